/* SPDX-License-Identifier: Apache-2.0 */
/* Questions that an administrator's own rights answer: he signs in for one of them, and his token
 * is gone with the answer. */
#include "ipc/as_admin.h"

#include <stdlib.h>

#include "base/json.h"
#include "policy/registration_findings.h"

#include "contract/ban.h"

/* What may be asked, and by which delegated permissions of Graph. */
static const struct gp_as_admin_purpose {
	const char *name;
	const char *permissions[4];
	enum gp_status (*begin)(struct gp_as_admin *a, struct gp_error *err);
} purposes[] = {
	{"registrations", GP_REGISTRATIONS_SCOPES, gp_as_admin_registrations},
	{"whatif", {"Policy.Read.ConditionalAccess"}, gp_as_admin_what_if},
};

static void cancel(struct gp_admin_later *later)
{
	struct gp_as_admin *a = (struct gp_as_admin *)later;
	gp_root_sign_in_free(a->sign_in);
	gp_registrations_stop(a->reading);
	gp_graph_cancel(a->call);
	gp_graph_free(a->graph);
	gp_app_token_free(a->token);
	gp_tenant_unref(a->deps.tenant);
	gp_buf_free(&a->unseen);
	gp_buf_free(&a->post);
	free(a);
}

void gp_as_admin_finish(struct gp_as_admin *a, struct gp_buf *out)
{
	const struct gp_admin_asker asker = a->asker;
	cancel(&a->later);
	asker.done(asker.arg, asker.conn, out);
}

void gp_as_admin_fail(struct gp_as_admin *a, const char *what)
{
	gp_buf_auto struct gp_buf out = GP_BUF(GP_AS_ADMIN_ANSWER_MAX);
	gp_admin_error(&out, what);
	gp_as_admin_finish(a, &out);
}

static void on_code(void *arg, const struct gp_device_code *code)
{
	const struct gp_as_admin *a = arg;
	gp_admin_send_code(&a->asker, code);
}

static void on_failed(void *arg, const struct gp_login_error *error)
{
	char text[400];
	if (gp_format(text, sizeof(text), "nobody signed in: %s%s%s", error->error,
		      error->error[0] != '\0' ? ": " : "", error->description) != GP_ST_OK)
		text[0] = '\0';
	gp_as_admin_fail(arg, text);
}

static void on_tokens(void *arg, struct gp_token_response *response, int64_t issued_s)
{
	struct gp_as_admin *a = arg;
	struct gp_tenant *tenant = a->deps.tenant;
	struct gp_error err = {0};
	(void)issued_s;
	enum gp_status st = gp_app_token_given(tenant->http, a->deps.clock, tenant->authority,
					       &response->access_token, response->expires_in_s,
					       &a->token, &err);
	if (st == GP_ST_OK)
		st = gp_graph_new(a->deps.event, tenant->http, a->deps.clock, a->token,
				  tenant->config, &a->graph, &err);
	if (st == GP_ST_OK)
		st = a->purpose->begin(a, &err);
	if (st != GP_ST_OK) {
		gp_as_admin_fail(a, err.text);
		return;
	}
	struct gp_guest_record record;
	bool about = a->guest_oid[0] != '\0' &&
		     gp_sync_record(a->deps.sync, a->guest_oid, &record) == GP_ST_OK;
	a->deps.by = a->by;
	gp_admin_record(&a->deps, "as-admin", about ? &record : NULL, a->purpose->name);
}

/* Each permission behind Graph's address: without it they would be the global cloud's. */
static enum gp_status write_scope(const struct gp_config *config,
				  const struct gp_as_admin_purpose *purpose,
				  char out[static GP_CONFIG_TEXT])
{
	gp_buf_auto struct gp_buf scope = GP_BUF(GP_CONFIG_TEXT);
	const size_t most = sizeof(purpose->permissions) / sizeof(purpose->permissions[0]);
	for (size_t i = 0; i < most && purpose->permissions[i] != NULL; i++)
		gp_buf_printf(&scope, "%s%s/%s", i > 0 ? " " : "", config->cloud.graph,
			      purpose->permissions[i]);
	enum gp_status st = gp_buf_status(&scope);
	return st == GP_ST_OK ? gp_copy(out, GP_CONFIG_TEXT, gp_str_from(gp_buf_get(&scope))) : st;
}

static const struct gp_as_admin_purpose *find(const struct gp_json *request)
{
	struct gp_str name = {0};
	if (gp_json_get_str(request, "for", 32, &name) != GP_ST_OK)
		return NULL;
	for (size_t i = 0; i < sizeof(purposes) / sizeof(purposes[0]); i++)
		if (gp_str_is(name, purposes[i].name))
			return &purposes[i];
	return NULL;
}

static enum gp_status start(struct gp_as_admin *a, struct gp_error *err)
{
	char scope[GP_CONFIG_TEXT];
	const struct gp_config *config = a->deps.tenant->config;
	if (config->admin_client_id[0] == '\0')
		return gp_fail(err, GP_ST_INVALID,
			       "guestpass.conf has no admin_client_id, by which an administrator "
			       "could sign in");
	enum gp_status st = write_scope(config, a->purpose, scope);
	if (st != GP_ST_OK)
		return gp_fail(err, st, "Graph's address is too long");
	const struct gp_root_sign_in_request what = {
		.tenant = a->deps.tenant,
		.clock = a->deps.clock,
		.client_id = config->admin_client_id,
		.scope = scope,
		.code = on_code,
		.tokens = on_tokens,
		.failed = on_failed,
		.arg = a,
	};
	return gp_root_sign_in_start(&what, &a->sign_in, err);
}

void gp_admin_as_admin(const struct gp_admin_deps *deps, const struct gp_json *request,
		       const struct gp_admin_asker *asker, struct gp_admin_later **later,
		       struct gp_buf *out)
{
	struct gp_error err = {0};
	const struct gp_as_admin_purpose *purpose = find(request);
	struct gp_as_admin *a = purpose != NULL ? calloc(1, sizeof(*a)) : NULL;
	if (a == NULL) {
		gp_admin_error(out, purpose == NULL ? "unknown request" : "out of memory");
		return;
	}
	*a = (struct gp_as_admin){
		.later = {cancel}, .deps = *deps, .asker = *asker, .purpose = purpose};
	a->unseen = GP_BUF(GP_AS_ADMIN_ANSWER_MAX);
	a->post = GP_BUF(4096);
	(void)gp_tenant_ref(a->deps.tenant);
	if (gp_copy(a->by, sizeof(a->by), gp_str_from(deps->by)) != GP_ST_OK)
		a->by[0] = '\0';
	enum gp_status st = purpose->begin == gp_as_admin_what_if
				    ? gp_as_admin_take_guest(a, request, &err)
				    : GP_ST_OK;
	if (st == GP_ST_OK)
		st = start(a, &err);
	if (st == GP_ST_OK) {
		*later = &a->later;
		return;
	}
	gp_admin_error(out, err.text);
	cancel(&a->later);
}
