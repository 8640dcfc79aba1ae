/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/ca_policy.h"

#include <stdlib.h>

#include "policy/ca_internal.h"

#include "contract/ban.h"

#define TYPE_MAX  128
#define RANGE_MAX 64

static void free_locations(struct gp_ca_set *set)
{
	for (size_t i = 0; i < set->locations_len; i++) {
		free(set->locations[i].ranges);
	}
	free(set->locations);
}

void gp_ca_set_free(struct gp_ca_set *set)
{
	if (set == NULL) {
		return;
	}
	free_locations(set);
	free(set->policies);
	gp_json_doc_free(set->doc);
	free(set);
}

size_t gp_ca_set_policies(const struct gp_ca_set *set)
{
	return set->policies_len;
}

/* The "value" of page I of the list NAME. NULL when it is none. */
static const struct gp_json *page_at(const struct gp_json *pages, size_t i)
{
	const struct gp_json *value = NULL;
	return gp_json_get_array(gp_json_array_at(pages, i), "value", &value) == GP_ST_OK ? value
											  : NULL;
}

/* How many objects the pages of NAME hold, at most MOST. */
static enum gp_status count(const struct gp_json *root, const char *name, size_t most,
			    const struct gp_json **pages, size_t *n, struct gp_error *err)
{
	*n = 0;
	if (gp_json_get_array(root, name, pages) != GP_ST_OK) {
		return gp_fail(err, GP_ST_INVALID, "%s: no list of pages", name);
	}
	for (size_t i = 0; i < gp_json_array_len(*pages); i++) {
		const struct gp_json *page = page_at(*pages, i);
		if (page == NULL) {
			return gp_fail(err, GP_ST_INVALID, "%s: page %zu has no value", name, i);
		}
		*n += gp_json_array_len(page);
	}
	return *n <= most ? GP_ST_OK
			  : gp_fail(err, GP_ST_TOO_BIG, "%s: %zu of them, %zu are read", name, *n,
				    most);
}

static enum gp_status take_policies(struct gp_ca_set *set, const struct gp_json *root,
				    struct gp_error *err)
{
	const struct gp_json *pages = NULL;
	size_t n = 0;
	enum gp_status st = count(root, "policies", GP_CA_POLICIES_MAX, &pages, &n, err);
	if (st != GP_ST_OK) {
		return st;
	}
	set->policies = calloc(n + 1, sizeof(const struct gp_json *));
	if (set->policies == NULL) {
		return gp_fail(err, GP_ST_NO_MEMORY, "no memory for policies");
	}
	for (size_t i = 0; i < gp_json_array_len(pages); i++) {
		const struct gp_json *page = page_at(pages, i);
		for (size_t k = 0; k < gp_json_array_len(page); k++) {
			set->policies[set->policies_len++] = gp_json_array_at(page, k);
		}
	}
	return GP_ST_OK;
}

static bool take_range(const struct gp_json *range, struct gp_network *out)
{
	struct gp_str cidr = {0};
	return gp_json_get_str(range, "cidrAddress", RANGE_MAX, &cidr) == GP_ST_OK &&
	       gp_network_parse(cidr, out) == GP_ST_OK;
}

static enum gp_status take_ranges(struct gp_ca_location *l, const struct gp_json *ranges,
				  struct gp_error *err)
{
	size_t n = gp_json_array_len(ranges);
	if (n > GP_CA_RANGES_MAX) {
		return gp_fail(err, GP_ST_TOO_BIG, "locations: one of %zu ranges", n);
	}
	l->ranges = calloc(n + 1, sizeof(*l->ranges));
	if (l->ranges == NULL) {
		return gp_fail(err, GP_ST_NO_MEMORY, "no memory for locations");
	}
	for (size_t i = 0; i < n; i++) {
		if (take_range(gp_json_array_at(ranges, i), &l->ranges[l->ranges_len])) {
			l->ranges_len++;
		} else {
			l->whole = false;
		}
	}
	return GP_ST_OK;
}

/* A location that is not understood stays one of which nothing is known. */
static enum gp_status take_location(struct gp_ca_location *l, const struct gp_json *object,
				    struct gp_error *err)
{
	static const char by_address[] = "#microsoft.graph.ipNamedLocation";
	static const char by_country[] = "#microsoft.graph.countryNamedLocation";
	struct gp_str text = {0};
	const struct gp_json *ranges = NULL;
	bool trusted = false;
	l->has_id = gp_json_get_str(object, "id", GP_GUID_TEXT - 1, &text) == GP_ST_OK &&
		    gp_guid_parse(text, l->id) == GP_ST_OK;
	bool typed = gp_json_get_str(object, "@odata.type", TYPE_MAX, &text) == GP_ST_OK;
	bool country = typed && gp_str_is(text, by_country);
	l->by_address = typed && gp_str_is(text, by_address);
	enum gp_status st = gp_json_get_bool(object, "isTrusted", &trusted);
	if (st == GP_ST_OK) {
		l->trusted = trusted ? GP_TRUE : GP_FALSE;
	} else if (st == GP_ST_NOT_FOUND && country) {
		l->trusted = GP_FALSE; /* a country cannot be trusted */
	}
	if (!l->by_address) {
		return GP_ST_OK;
	}
	l->whole = gp_json_get_array(object, "ipRanges", &ranges) == GP_ST_OK;
	return take_ranges(l, ranges, err);
}

static enum gp_status take_locations(struct gp_ca_set *set, const struct gp_json *root,
				     struct gp_error *err)
{
	const struct gp_json *pages = NULL;
	size_t n = 0;
	enum gp_status st = count(root, "locations", GP_CA_LOCATIONS_MAX, &pages, &n, err);
	if (st != GP_ST_OK) {
		return st;
	}
	set->locations = calloc(n + 1, sizeof(*set->locations));
	if (set->locations == NULL) {
		return gp_fail(err, GP_ST_NO_MEMORY, "no memory for locations");
	}
	for (size_t i = 0; st == GP_ST_OK && i < gp_json_array_len(pages); i++) {
		const struct gp_json *page = page_at(pages, i);
		for (size_t k = 0; st == GP_ST_OK && k < gp_json_array_len(page); k++) {
			st = take_location(&set->locations[set->locations_len++],
					   gp_json_array_at(page, k), err);
		}
	}
	return st;
}

static enum gp_status check_trust(const struct gp_json *root, struct gp_error *err)
{
	const struct gp_json *value = NULL;
	size_t n = 0;
	if (gp_json_get_object(root, "default", &value) != GP_ST_OK) {
		return gp_fail(err, GP_ST_INVALID, "default: no object");
	}
	return count(root, "partners", SIZE_MAX, &value, &n, err);
}

enum gp_status gp_ca_set_parse(struct gp_str json, struct gp_ca_set **out, struct gp_error *err)
{
	*out = NULL;
	struct gp_ca_set *set = calloc(1, sizeof(*set));
	if (set == NULL) {
		return gp_fail(err, GP_ST_NO_MEMORY, "no memory for policies");
	}
	enum gp_status st = gp_json_parse(json, &set->doc, err);
	if (st == GP_ST_OK) {
		const struct gp_json *root = gp_json_root(set->doc);
		st = take_policies(set, root, err);
		if (st == GP_ST_OK) {
			st = take_locations(set, root, err);
		}
		if (st == GP_ST_OK) {
			st = check_trust(root, err);
		}
	}
	if (st != GP_ST_OK) {
		gp_ca_set_free(set);
		return st;
	}
	*out = set;
	return GP_ST_OK;
}
