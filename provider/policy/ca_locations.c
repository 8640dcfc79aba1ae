/* SPDX-License-Identifier: Apache-2.0 */
/* Where the SSH client is, in the terms of named locations. */
#include "policy/ca_internal.h"

#include "contract/ban.h"

/* The legacy list of trusted IPs, as some policies name it. */
static const uint8_t legacy_id[16];

static bool is_in(const struct gp_network *networks, size_t n, const struct gp_address *address)
{
	for (size_t i = 0; i < n; i++) {
		if (gp_network_has(&networks[i], address)) {
			return true;
		}
	}
	return false;
}

/* Addresses that nobody has on the Internet: this host's own, private networks (RFC 1918, 4193),
 * carriers' (RFC 6598), link-local ones (RFC 3927, 4291), none and multicast; and IPv6 forms of
 * IPv4 addresses (RFC 6052, 8215, 3056), which Entra would see as something else. */
static bool is_public(const struct gp_address *address)
{
	static const char *const others[] = {
		"127.0.0.0/8",    "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10",
		"169.254.0.0/16", "0.0.0.0/8",  "224.0.0.0/3",   "::/128",         "::1/128",
		"fc00::/7",       "fe80::/10",  "fec0::/10",     "ff00::/8",       "64:ff9b::/96",
		"64:ff9b:1::/48", "2002::/16"};
	struct gp_network network;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		if (gp_network_parse(gp_str_from(others[i]), &network) != GP_ST_OK ||
		    gp_network_has(&network, address)) {
			return false;
		}
	}
	return true;
}

bool gp_ca_take_address(struct gp_ca_view *view)
{
	const struct gp_ca_signin *s = view->signin;
	view->address_known =
		s->address != NULL &&
		gp_address_parse(gp_str_from(s->address), &view->address) == GP_ST_OK &&
		is_public(&view->address) && !is_in(s->relays, s->relays_len, &view->address);
	return view->address_known;
}

static enum gp_tri is_legacy_trusted(const struct gp_ca_view *view)
{
	const struct gp_ca_signin *s = view->signin;
	if (!s->legacy_trusted_known) {
		return GP_UNKNOWN;
	}
	return is_in(s->legacy_trusted, s->legacy_trusted_len, &view->address) ? GP_TRUE : GP_FALSE;
}

/* Countries are Entra's alone. */
static enum gp_tri is_inside(const struct gp_ca_view *view, const struct gp_ca_location *location)
{
	if (!location->by_address) {
		return GP_UNKNOWN;
	}
	if (is_in(location->ranges, location->ranges_len, &view->address)) {
		return GP_TRUE;
	}
	return location->whole ? GP_FALSE : GP_UNKNOWN;
}

/* Outside of all that can be seen an address may still be in the list that cannot. */
static enum gp_tri is_trusted(const struct gp_ca_view *view)
{
	enum gp_tri any = is_legacy_trusted(view);
	for (size_t i = 0; i < view->set->locations_len; i++) {
		const struct gp_ca_location *location = &view->set->locations[i];
		any = gp_tri_or(any, gp_tri_and(location->trusted, is_inside(view, location)));
	}
	return any;
}

static enum gp_tri is_at(const struct gp_ca_view *view, struct gp_str item)
{
	if (gp_str_is(item, "All")) {
		return GP_TRUE;
	}
	if (gp_str_is(item, "AllTrusted")) {
		return is_trusted(view);
	}
	if (gp_ca_same_id(item, legacy_id)) {
		return is_legacy_trusted(view);
	}
	for (size_t i = 0; i < view->set->locations_len; i++) {
		if (view->set->locations[i].has_id &&
		    gp_ca_same_id(item, view->set->locations[i].id)) {
			return is_inside(view, &view->set->locations[i]);
		}
	}
	return GP_UNKNOWN; /* one that Graph does not list, such as compliant networks */
}

static enum gp_tri is_everywhere(const struct gp_ca_view *view, struct gp_str item)
{
	(void)view;
	return gp_str_is(item, "All") ? GP_TRUE : GP_FALSE;
}

/* "Everywhere, but for nowhere" is no condition. */
bool gp_ca_has_location(const struct gp_json *conditions)
{
	static const char *const known[] = {"includeLocations", "excludeLocations", NULL};
	const struct gp_json *locations = NULL;
	enum gp_status st = gp_json_get(conditions, "locations", &locations);
	if (st != GP_ST_OK || gp_ca_is_empty(locations)) {
		return false;
	}
	return gp_ca_has_list(locations, "excludeLocations") ||
	       !gp_ca_only_known(locations, known) ||
	       gp_ca_any(NULL, locations, "includeLocations", is_everywhere) != GP_TRUE;
}

enum gp_tri gp_ca_locations(const struct gp_ca_view *view, const struct gp_json *conditions)
{
	static const char *const known[] = {"includeLocations", "excludeLocations", NULL};
	const struct gp_json *locations = NULL;
	if (gp_json_get_object(conditions, "locations", &locations) != GP_ST_OK) {
		return GP_UNKNOWN;
	}
	enum gp_tri more = gp_ca_only_known(locations, known) ? GP_FALSE : GP_UNKNOWN;
	enum gp_tri in = gp_ca_any(view, locations, "includeLocations", is_at);
	enum gp_tri out = gp_ca_any(view, locations, "excludeLocations", is_at);
	return gp_tri_and(gp_tri_or(in, more), gp_tri_not(gp_tri_or(out, more)));
}
