/* SPDX-License-Identifier: Apache-2.0 */
/* What must hold between keys. */
#include "config/access.h"
#include "config/clouds.h"
#include "config/merged.h"
#include "config/value.h"

#include "contract/ban.h"

/* The tenant of all personal Microsoft accounts: a home of its own kind, never one of Entra's. */
#define PERSONAL_ACCOUNTS "9188040d-6c67-4c5b-b112-36a304b66dad"

/* "file:line: " of a key, or "file: " where it is a default. */
static enum gp_status key_fail(const struct gp_merged *m, size_t key, struct gp_error *err,
			       const char *what)
{
	if (m->file[key] != NULL)
		return gp_fail(err, GP_ST_INVALID, "%s:%u: %s", m->file[key], m->line[key], what);
	return gp_fail(err, GP_ST_INVALID, "%s: %s", m->main_file, what);
}

static size_t index_of(const char *name)
{
	return gp_schema_index("guestpass", name);
}

static enum gp_status check_cloud(struct gp_merged *m, struct gp_error *err)
{
	static const char *const own[] = {"login_authority", "graph_root", "sts_prefix"};
	struct gp_cloud *cloud = &m->config->cloud;
	bool custom = strcmp(cloud->name, GP_CLOUD_CUSTOM) == 0;

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (!custom && m->file[index_of(own[i])] != NULL)
			return key_fail(m, index_of(own[i]), err,
					"login_authority, graph_root and sts_prefix need "
					"cloud = custom");
	if (!custom) {
		*cloud = *gp_cloud_find(gp_str_from(cloud->name));
		return GP_ST_OK;
	}
	if (cloud->login[0] == '\0' || cloud->graph[0] == '\0')
		return key_fail(m, index_of("cloud"), err,
				"cloud = custom needs login_authority and graph_root");
	if (cloud->sts_prefix[0] == '\0')
		return gp_copy(cloud->sts_prefix, sizeof(cloud->sts_prefix),
			       gp_str_from(gp_cloud_sts_default));
	return GP_ST_OK;
}

static enum gp_status check_credentials(const struct gp_merged *m, struct gp_error *err)
{
	const struct gp_config *c = m->config;

	if (c->reader[0].certificate[0] != '\0' && c->reader[0].key[0] == '\0')
		return key_fail(m, index_of("reader_certificate"), err,
				"reader_certificate needs reader_key");
	if (c->reader[0].key[0] != '\0' && c->reader[0].certificate[0] == '\0')
		return key_fail(m, index_of("reader_key"), err,
				"reader_key needs reader_certificate");
	if (c->reader[1].certificate[0] != '\0' && c->reader[1].key[0] == '\0')
		return key_fail(m, index_of("reader_certificate_2"), err,
				"reader_certificate_2 needs reader_key_2");
	if (c->reader[1].key[0] != '\0' && c->reader[1].certificate[0] == '\0')
		return key_fail(m, index_of("reader_key_2"), err,
				"reader_key_2 needs reader_certificate_2");
	if (c->reader[1].certificate[0] != '\0' && c->reader[0].certificate[0] == '\0')
		return key_fail(m, index_of("reader_certificate_2"), err,
				"reader_certificate_2 needs reader_certificate");
	if (c->reader_secret_file[0] != '\0' && c->reader[0].certificate[0] != '\0')
		return key_fail(m, index_of("reader_secret_file"), err,
				"reader_secret_file and reader_certificate exclude each other");
	if (c->reader_secret_file[0] == '\0' && c->reader[0].certificate[0] == '\0')
		return gp_fail(err, GP_ST_NOT_FOUND,
			       "%s: no credential: reader_certificate with reader_key, or "
			       "reader_secret_file, is missing",
			       m->main_file);
	return GP_ST_OK;
}

/* A registration that is two at once has too many rights: the sign-in client none may log in as,
 * the reader none may sign in to. */
static enum gp_status check_registrations(const struct gp_merged *m, struct gp_error *err)
{
	const struct gp_config *c = m->config;
	const char *api = c->api_client_id;

	if (strcmp(c->sign_in_client_id, c->reader_client_id) == 0)
		return key_fail(m, index_of("sign_in_client_id"), err,
				"sign_in_client_id and reader_client_id must be two registrations");
	/* What is consented to for it every guest's sign-in could ask for. */
	if (c->admin_client_id[0] != '\0' &&
	    (strcmp(c->admin_client_id, c->sign_in_client_id) == 0 ||
	     strcmp(c->admin_client_id, c->reader_client_id) == 0 ||
	     strcmp(c->admin_client_id, api) == 0))
		return key_fail(m, index_of("admin_client_id"), err,
				"admin_client_id must be a registration of its own");
	if (api[0] != '\0' &&
	    (strcmp(api, c->reader_client_id) == 0 || strcmp(api, c->sign_in_client_id) == 0))
		return key_fail(m, gp_schema_index("tier", "api_client_id"), err,
				"api_client_id must be a registration of its own");
	const char *elevation = c->elevation_resource;
	if (elevation[0] != '\0' &&
	    (strcmp(elevation, c->reader_client_id) == 0 ||
	     strcmp(elevation, c->sign_in_client_id) == 0 || strcmp(elevation, api) == 0))
		return key_fail(m, gp_schema_index("tier", "elevation_resource"), err,
				"elevation_resource must be a registration of its own");
	return GP_ST_OK;
}

static enum gp_status check_homes(const struct gp_merged *m, struct gp_error *err)
{
	const struct gp_config *c = m->config;

	for (size_t i = 0; i < c->home_tenants_len; i++) {
		if (strcmp(c->home_tenants[i], PERSONAL_ACCOUNTS) == 0)
			return key_fail(m, gp_schema_index("tier", "home_tenants"), err,
					"personal accounts are no home tenant: write "
					"idp_allowed = msa");
		if (strcmp(c->home_tenants[i], c->tenant_id) == 0)
			return key_fail(m, gp_schema_index("tier", "home_tenants"), err,
					"our own tenant is no guest's home");
	}
	return GP_ST_OK;
}

/* The list as written becomes the groups, and beside each what gives its members a pass. */
static enum gp_status check_access(struct gp_merged *m, struct gp_error *err)
{
	struct gp_config *c = m->config;
	size_t key = gp_schema_index("tier", "access_groups");

	c->access_groups_len = 0;
	for (size_t i = 0; i < c->access_len; i++) {
		if (gp_access_parse(gp_str_from(c->access[i]), c->access_groups[i],
				    &c->access_bases[i]) != GP_ST_OK)
			return key_fail(m, key, err, "access_groups cannot be read");
		for (size_t k = 0; k < i; k++)
			if (strcmp(c->access_groups[k], c->access_groups[i]) == 0)
				return key_fail(m, key, err,
						"a group has one basis: this one is listed twice");
		c->access_groups_len = i + 1;
	}
	return GP_ST_OK;
}

/* A group that is no section would be nobody's, and nobody would ever get a shell. */
static bool is_mapped(const struct gp_config *c, const char *group)
{
	for (size_t i = 0; i < c->mapped_groups_len; i++)
		if (strcmp(c->mapped_groups[i].name, group) == 0)
			return true;
	return false;
}

static enum gp_status check_sessions(const struct gp_merged *m, struct gp_error *err)
{
	const struct gp_config *c = m->config;
	if (c->forwarding != GP_FORWARDING_NO && c->label != GP_LABEL_LOW)
		return key_fail(m, gp_schema_index("tier", "forwarding"), err,
				"forwarding = local is for hosts of label low only");
	if (c->shell_group[0] != '\0' && !is_mapped(c, c->shell_group))
		return key_fail(m, gp_schema_index("tier", "shell_group"), err,
				"shell_group names no [group ...] of this configuration");
	return GP_ST_OK;
}

/* What would never hold, or hold by accident, is said here and not at the door. */
static enum gp_status check_conditions(const struct gp_merged *m, struct gp_error *err)
{
	const struct gp_config *c = m->config;
	bool compares = c->signin_address == GP_SIGNIN_ADDRESS_MATCH ||
			c->signin_address == GP_SIGNIN_ADDRESS_NETWORK;
	if (compares && c->egress_addresses_len == 0)
		return key_fail(m, gp_schema_index("tier", "signin_address"), err,
				"signin_address = match and network need egress_addresses: a "
				"token may hold this host's own address instead of the browser's");
	if (c->auth_context[0] != '\0' && c->ssh_location == GP_SSH_LOCATION_OFF)
		return key_fail(m, gp_schema_index("tier", "auth_context"), err,
				"auth_context needs ssh_location = enforce or report: only where "
				"the policies are read is it known whether one protects it");
	if (c->ssh_location != GP_SSH_LOCATION_OFF && c->policy_max_age_s == 0)
		return key_fail(m, gp_schema_index("tier", "policy_max_age"), err,
				"policy_max_age must not be 0 where ssh_location is not off");
	if (c->sudo_group[0] != '\0' && c->elevation_resource[0] == '\0')
		return key_fail(m, gp_schema_index("tier", "sudo_group"), err,
				"sudo_group needs elevation_resource, which the sign-in is for");
	return GP_ST_OK;
}

static enum gp_status check_terms(const struct gp_merged *m, struct gp_error *err)
{
	const struct gp_config *c = m->config;
	if (c->guests != GP_GUESTS_ALLOWED)
		return GP_ST_OK;
	if (c->review_every_s != 0 && c->last_review_s == 0)
		return key_fail(
			m, gp_schema_index("tier", "review_every"), err,
			"review_every needs last_review, the day of the owner's last review "
			"of who has access (or review_every = 0)");
	if (c->key_valid_s != 0 && c->label == GP_LABEL_HIGH)
		return key_fail(m, gp_schema_index("tier", "key_valid"), err,
				"key_valid: SSH keys open nothing on hosts of label high");
	return GP_ST_OK;
}

static enum gp_status check_tier(const struct gp_merged *m, struct gp_error *err)
{
	static const struct {
		const char *section;
		const char *name;
	} needed[] = {{"guestpass", "sign_in_client_id"},
		      {"tier", "api_client_id"},
		      {"tier", "scope"},
		      {"tier", "access_groups"},
		      {"tier", "owner"}};
	char what[96];

	if (m->config->services_len == 0)
		return key_fail(m, gp_schema_index("tier", "services"), err, "services is empty");
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		const struct gp_key *key =
			&gp_schema[gp_schema_index(needed[i].section, needed[i].name)];
		if (m->config->guests != GP_GUESTS_ALLOWED || gp_value_is_set(key, m->config))
			continue;
		enum gp_status st =
			gp_format(what, sizeof(what), "guests = allowed needs '%s' in [%s]",
				  key->name, key->section);
		return st != GP_ST_OK ? st
				      : key_fail(m, gp_schema_index("tier", "guests"), err, what);
	}
	return GP_ST_OK;
}

enum gp_status gp_merged_validate(struct gp_merged *m, struct gp_error *err)
{
	enum gp_status st = check_cloud(m, err);
	if (st == GP_ST_OK)
		st = check_credentials(m, err);
	if (st == GP_ST_OK)
		st = check_registrations(m, err);
	if (st == GP_ST_OK)
		st = check_homes(m, err);
	if (st == GP_ST_OK)
		st = check_access(m, err);
	if (st == GP_ST_OK)
		st = check_tier(m, err);
	if (st == GP_ST_OK)
		st = check_sessions(m, err);
	if (st == GP_ST_OK)
		st = check_conditions(m, err);
	return st == GP_ST_OK ? check_terms(m, err) : st;
}
