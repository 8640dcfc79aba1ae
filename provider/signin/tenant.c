/* SPDX-License-Identifier: Apache-2.0 */
#include "signin/tenant.h"

#include "base/log.h"

#include <stdlib.h>

#include "contract/ban.h"

#define USER_AGENT "Guestpass/" GP_VERSION " (Linux)"

static void destroy(struct gp_tenant *t)
{
	/* In the order of dependence: what uses another goes first. */
	gp_device_flows_free(t->flows);
	gp_graph_free(t->graph);
	gp_app_token_free(t->app_token);
	gp_authority_free(t->authority);
	gp_http_free(t->http);
	gp_credential_free(t->credential);
	gp_config_free(t->config);
	free(t);
}

static enum gp_status assemble(struct gp_tenant *t, sd_event *event, const struct gp_clock *clock,
			       struct gp_error *err)
{
	const struct gp_config *config = t->config;
	struct gp_http_options http = {
		.ca_directory = config->ca_directory[0] != '\0' ? config->ca_directory : NULL,
		.proxy = config->proxy[0] != '\0' ? config->proxy : NULL,
		.user_agent = USER_AGENT,
	};
	enum gp_status st = gp_credential_load(config, &t->credential, err);
	if (st == GP_ST_OK)
		st = gp_http_new(event, &http, &t->http, err);
	if (st == GP_ST_OK)
		st = gp_authority_new(event, t->http, clock, config, &t->authority, err);
	if (st == GP_ST_OK)
		st = gp_app_token_new(t->http, clock, t->authority, config, t->credential,
				      &t->app_token, err);
	if (st == GP_ST_OK)
		st = gp_graph_new(event, t->http, clock, t->app_token, config, &t->graph, err);
	if (st == GP_ST_OK)
		st = gp_device_flows_new(event, t->http, clock, t->authority,
					 config->sign_in_client_id, &t->flows, err);
	return st;
}

enum gp_status gp_tenant_new(sd_event *event, const struct gp_clock *clock,
			     struct gp_config *config, struct gp_tenant **out, struct gp_error *err)
{
	struct gp_tenant *t = calloc(1, sizeof(*t));
	if (t == NULL) {
		gp_config_free(config);
		return gp_fail(err, GP_ST_NO_MEMORY, "out of memory");
	}
	t->refs = 1;
	t->config = config;
	enum gp_status st = assemble(t, event, clock, err);
	if (st != GP_ST_OK) {
		destroy(t);
		return st;
	}
	*out = t;
	return GP_ST_OK;
}

struct gp_tenant *gp_tenant_ref(struct gp_tenant *tenant)
{
	tenant->refs++;
	return tenant;
}

void gp_tenant_unref(struct gp_tenant *tenant)
{
	if (tenant != NULL && --tenant->refs == 0)
		destroy(tenant);
}

enum gp_tri gp_tenant_clock_ok(const struct gp_tenant *tenant)
{
	int64_t skew = gp_authority_skew_s(tenant->authority);
	if (!gp_authority_has_date(tenant->authority))
		return GP_UNKNOWN;
	return skew <= GP_CLOCK_SKEW_MAX_S && skew >= -GP_CLOCK_SKEW_MAX_S ? GP_TRUE : GP_FALSE;
}

void gp_tenant_note_need(struct gp_tenant *tenant, enum gp_need need, const struct gp_error *err)
{
	if (err != NULL && tenant->missing[need].text[0] == '\0')
		gp_log(GP_LOG_ERROR, "permission-missing", "error=%s", err->text);
	tenant->missing[need] = err != NULL ? *err : (struct gp_error){0};
}
