/* SPDX-License-Identifier: Apache-2.0 */
/* What is read with an administrator's rights, and the answers. */
#include <stdlib.h>

#include "base/address.h"
#include "base/json.h"
#include "graph/survey.h"
#include "ipc/as_admin.h"
#include "policy/registration_findings.h"
#include "policy/what_if.h"

#include "contract/ban.h"

#define KEY_MAX          256
#define WHAT_IF_LIMIT_MS 60000

static void on_unread(void *arg, const char *name, const struct gp_error *err)
{
	struct gp_as_admin *a = arg;
	char text[300];
	if (gp_format(text, sizeof(text), "%s: %s", name, err->text) != GP_ST_OK)
		text[0] = '\0';
	gp_buf_text(&a->unseen, a->unseen.len > 0 ? "," : "");
	gp_json_write_str(&a->unseen, gp_str_from(text));
}

static void on_finding(void *arg, const char *id, const char *text)
{
	gp_admin_findings_add(arg, id, "%s", text);
}

static void on_registrations(void *arg, enum gp_status status, const struct gp_registrations *found,
			     const struct gp_error *err)
{
	struct gp_as_admin *a = arg;
	gp_buf_auto struct gp_buf out = GP_BUF(GP_AS_ADMIN_ANSWER_MAX);
	struct gp_admin_findings f;
	if (status != GP_ST_OK) {
		gp_as_admin_fail(a, err->text);
		return;
	}
	gp_admin_findings_begin(&f, &out);
	const struct gp_registration_look look = {
		.config = a->deps.tenant->config,
		.found = found,
		.now_s = gp_clock_wall_s(a->deps.clock),
		.each = on_finding,
		.arg = &f,
	};
	gp_registrations_judge(&look);
	gp_admin_findings_end(&f, gp_buf_get(&a->unseen));
	gp_as_admin_finish(a, &out);
}

enum gp_status gp_as_admin_registrations(struct gp_as_admin *a, struct gp_error *err)
{
	const struct gp_registrations_read read = {
		.config = a->deps.tenant->config,
		.failed = on_unread,
		.done = on_registrations,
		.arg = a,
	};
	return gp_registrations_start(a->graph, &read, &a->reading, err);
}

enum gp_status gp_as_admin_take_guest(struct gp_as_admin *a, const struct gp_json *request,
				      struct gp_error *err)
{
	struct gp_str name = {0};
	struct gp_str from = {0};
	struct gp_address address;
	if (gp_json_get_str(request, "guest", KEY_MAX, &name) != GP_ST_OK ||
	    gp_json_get_str(request, "from", KEY_MAX, &from) != GP_ST_OK ||
	    gp_address_parse(from, &address) != GP_ST_OK)
		return gp_fail(err, GP_ST_INVALID, "a guest and an address are needed");
	const struct gp_guest *guest = gp_admin_find(&a->deps, name);
	if (guest == NULL)
		return gp_fail(err, GP_ST_NOT_FOUND, GP_ADMIN_NO_GUEST);
	memcpy(a->guest_oid, guest->id, sizeof(a->guest_oid));
	/* The platform is the browser's, which nobody knows: a condition that is left out is not
	 * evaluated. */
	gp_buf_printf(&a->post,
		      "{\"signInIdentity\":{\"@odata.type\":\"#microsoft.graph.userSignIn\","
		      "\"userId\":\"%s\"},\"signInContext\":{\"@odata.type\":"
		      "\"#microsoft.graph.applicationContext\",\"includeApplications\":[\"%s\"]},"
		      "\"signInConditions\":{\"ipAddress\":",
		      guest->id, a->deps.tenant->config->api_client_id);
	gp_json_write_str(&a->post, from);
	gp_buf_text(&a->post, ",\"clientAppType\":\"mobileAppsAndDesktopClients\","
			      "\"authenticationFlow\":{\"transferMethod\":\"deviceCodeFlow\"}},"
			      "\"appliedPoliciesOnly\":true}");
	return gp_buf_status(&a->post);
}

static void on_what_if(void *arg, enum gp_status status, struct gp_str text,
		       const struct gp_error *err)
{
	struct gp_as_admin *a = arg;
	gp_buf_auto struct gp_buf out = GP_BUF(GP_AS_ADMIN_ANSWER_MAX);
	a->call = NULL;
	if (status != GP_ST_OK) {
		gp_as_admin_fail(a, err->text);
		return;
	}
	gp_buf_text(&out, "{\"v\":1,\"policies\":");
	if (gp_what_if_rows(text, &out) != GP_ST_OK) {
		gp_as_admin_fail(a, "Graph's answer makes no sense");
		return;
	}
	gp_buf_text(&out, "}");
	gp_as_admin_finish(a, &out);
}

enum gp_status gp_as_admin_what_if(struct gp_as_admin *a, struct gp_error *err)
{
	static const char path[] = "/v1.0/identity/conditionalAccess/evaluate";
	a->question = (struct gp_graph_question){
		.name = "evaluate",
		.path = path,
		.permission = "Policy.Read.ConditionalAccess",
		.post = gp_buf_get(&a->post),
		.list = true,
	};
	const struct gp_graph_survey survey = {
		.questions = &a->question,
		.len = 1,
		.limit_ms = WHAT_IF_LIMIT_MS,
		.text_max = GP_JSON_MAX,
		.done = on_what_if,
		.arg = a,
	};
	enum gp_status st = gp_graph_ask_all(a->graph, &survey, &a->call);
	return st == GP_ST_OK ? st : gp_fail(err, st, "Graph cannot be asked");
}
