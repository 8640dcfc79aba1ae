/* SPDX-License-Identifier: Apache-2.0 */
#include "signin/root_sign_in.h"

#include <stdlib.h>

#include "base/random.h"
#include "contract/text.h"

#include "contract/ban.h"

struct gp_root_sign_in {
	struct gp_root_sign_in_request request;
	char scope[GP_CONFIG_TEXT];
	struct gp_device_flows *flows; /* of its own: another client, and others may not watch */
	struct gp_device_flow *flow;
};

static void fail(struct gp_root_sign_in *s, const char *text)
{
	struct gp_login_error error = {.class = GP_CLASS_RETRY, .own = true};
	(void)gp_text_safe(gp_str_from(text), GP_TEXT_LINE, error.description,
			   sizeof(error.description));
	s->request.failed(s->request.arg, &error);
}

static void on_news(void *arg, const struct gp_device_news *news)
{
	struct gp_root_sign_in *s = arg;
	switch (news->event) {
	case GP_DEVICE_CODE:
		s->request.code(s->request.arg, gp_device_flow_code(s->flow));
		break;
	case GP_DEVICE_TOKENS:
		s->request.tokens(s->request.arg, news->response, gp_device_flow_issued_s(s->flow));
		break;
	case GP_DEVICE_FAILED:
		s->request.failed(s->request.arg, news->error);
		break;
	}
}

static void on_ready(void *arg, enum gp_status status, const struct gp_error *err)
{
	struct gp_root_sign_in *s = arg;
	char correlation_id[GP_GUID_TEXT];
	gp_random_guid(correlation_id);
	if (status != GP_ST_OK)
		fail(s, err->text);
	else if (gp_device_flow_start(s->flows, s->scope, "", correlation_id, on_news, s,
				      &s->flow) != GP_ST_OK)
		fail(s, "the sign-in cannot be begun");
}

enum gp_status gp_root_sign_in_start(const struct gp_root_sign_in_request *request,
				     struct gp_root_sign_in **out, struct gp_error *err)
{
	struct gp_tenant *tenant = request->tenant;
	struct gp_root_sign_in *s = calloc(1, sizeof(*s));
	if (s == NULL)
		return gp_fail(err, GP_ST_NO_MEMORY, "out of memory");
	s->request = *request;
	(void)gp_tenant_ref(tenant);
	enum gp_status st = gp_copy(s->scope, sizeof(s->scope), gp_str_from(request->scope));
	if (st == GP_ST_OK)
		st = gp_device_flows_new(gp_http_event(tenant->http), tenant->http, request->clock,
					 tenant->authority, request->client_id, &s->flows, err);
	if (st == GP_ST_OK) {
		gp_device_flows_watch(s->flows, request->seen, request->arg);
		st = gp_authority_ready(tenant->authority, on_ready, s);
	}
	if (st != GP_ST_OK) {
		gp_root_sign_in_free(s);
		return gp_fail(err, st, "the sign-in cannot be begun");
	}
	*out = s;
	return GP_ST_OK;
}

void gp_root_sign_in_free(struct gp_root_sign_in *s)
{
	if (s == NULL)
		return;
	gp_authority_forget(s->request.tenant->authority, s);
	gp_device_flow_cancel(s->flow);
	gp_device_flows_free(s->flows);
	gp_tenant_unref(s->request.tenant);
	free(s);
}
