/* SPDX-License-Identifier: Apache-2.0 */
/* The answer to "doctor": one question for each feature that the configuration switches on, with
 * the reader's own token, so that a permission that is missing is known before somebody signs in;
 * and what the policies say that were read last. */
#include <stdlib.h>

#include "base/json.h"
#include "graph/policies.h"
#include "graph/rights.h"
#include "graph/survey.h"
#include "ipc/admin.h"
#include "policy/governance_findings.h"
#include "signin/host.h"
#include "signin/policies.h"

#include "contract/ban.h"

#define PROBES_MAX 5
#define LEAVE_DATE "employeeLeaveDateTime"
#define POLICIES   "Conditional Access and who may invite"
#define WHERE_MAX  256
#define LIMIT_MS   40000 /* the command waits longer */
#define ANSWER_MAX 60000

struct doctor {
	struct gp_admin_later later;
	struct gp_admin_deps deps; /* with a reference to the tenant */
	struct gp_admin_asker asker;
	struct gp_graph_call *call;
	struct gp_graph_question questions[PROBES_MAX];
	char paths[PROBES_MAX][WHERE_MAX];
	size_t len;
	struct gp_error denied[PROBES_MAX]; /* empty: it was not */
	struct gp_buf unseen;               /* members of a JSON list */
};

static void cancel(struct gp_admin_later *later)
{
	struct doctor *d = (struct doctor *)later;
	gp_graph_cancel(d->call);
	gp_tenant_unref(d->deps.tenant);
	gp_buf_free(&d->unseen);
	free(d);
}

static void not_seen(struct doctor *d, const char *what, const char *why)
{
	char text[400];
	if (gp_format(text, sizeof(text), "%s: %s", what, why) != GP_ST_OK)
		text[0] = '\0';
	gp_buf_text(&d->unseen, d->unseen.len > 0 ? "," : "");
	gp_json_write_str(&d->unseen, gp_str_from(text));
}

static void probe(struct doctor *d, const char *name, const char *permission, bool list,
		  const char *path, const char *id)
{
	if (gp_format(d->paths[d->len], WHERE_MAX, "%s%s%s", path, id,
		      list && id[0] != '\0' ? "%27" : "") != GP_ST_OK)
		return;
	d->questions[d->len] = (struct gp_graph_question){
		.name = name, .path = d->paths[d->len], .permission = permission, .list = list};
	d->len++;
}

static size_t find_basis(const struct gp_config *config, enum gp_basis basis)
{
	size_t i = 0;
	while (i < config->access_groups_len && config->access_bases[i].basis != basis)
		i++;
	return i;
}

/* Of anybody who is known here: whoever it is, the right to ask is the same. */
static void ask_for_leave_date(struct doctor *d)
{
	const struct gp_sync *sync = d->deps.sync;
	char path[WHERE_MAX];
	size_t i = 0;
	while (i < gp_sync_count(sync) && !gp_sync_at(sync, i)->present)
		i++;
	if (i == gp_sync_count(sync))
		not_seen(d, "leave_date", "no guest is known of whom it could be asked");
	else if (gp_format(path, sizeof(path), "/v1.0/users/%s?$select=id," LEAVE_DATE,
			   gp_sync_at(sync, i)->id) == GP_ST_OK)
		probe(d, "leave_date", GP_PERMISSION_LEAVE, false, path, "");
}

/* Names are what an administrator calls the feature. */
static void collect(struct doctor *d)
{
	const struct gp_config *config = d->deps.tenant->config;
	size_t pim = find_basis(config, GP_BASIS_PIM);
	const char *pim_group = pim < config->access_groups_len     ? config->access_groups[pim]
				: config->sudo_basis == GP_SUDO_PIM ? config->sudo_group
								    : "";
	if (find_basis(config, GP_BASIS_PACKAGE) < config->access_groups_len)
		probe(d, "access packages", GP_PERMISSION_PACKAGE, true,
		      "/v1.0/identityGovernance/entitlementManagement/assignmentPolicies"
		      "?$expand=accessPackage",
		      "");
	if (pim_group[0] != '\0')
		probe(d, "PIM for Groups", GP_PERMISSION_PIM, true,
		      "/v1.0/identityGovernance/privilegedAccess/group/"
		      "assignmentScheduleInstances?$filter=groupId%20eq%20%27",
		      pim_group);
	if (config->ssh_location != GP_SSH_LOCATION_OFF)
		probe(d, POLICIES, GP_PERMISSION_POLICY, false,
		      "/v1.0/policies/authorizationPolicy", "");
	if (config->leave_date)
		ask_for_leave_date(d);
}

static void on_finding(void *arg, const char *id, const char *text)
{
	gp_admin_findings_add(arg, id, "%s", text);
}

static void judge_policies(struct doctor *d, struct gp_admin_findings *f)
{
	struct gp_policies_state state = {.wanted = false};
	const struct gp_ca_set *set = NULL;
	if (d->deps.policies != NULL) {
		gp_policies_get_state(d->deps.policies, &state);
		set = gp_policies_set(d->deps.policies);
	}
	/* What the tier does not want to be looked at is a notice, what could not be is none. */
	if (set != NULL)
		gp_admin_doctor_policies(set, d->deps.tenant->config, f);
	else if (!state.wanted)
		gp_admin_findings_add(f, "policies-unread",
				      "the policies of Conditional Access are not read: "
				      "ssh_location = off");
	else
		not_seen(d, "the policies of Conditional Access",
			 state.failed_s != 0 ? state.error.text : "they were not read yet");
}

static void judge_address(const struct doctor *d, struct gp_admin_findings *f)
{
	const struct gp_config *config = d->deps.tenant->config;
	bool compares = config->signin_address == GP_SIGNIN_ADDRESS_MATCH ||
			config->signin_address == GP_SIGNIN_ADDRESS_NETWORK;
	if (compares && gp_host_ipaddr_seen(d->deps.store, config->tenant_id) != GP_TRUE)
		gp_admin_findings_add(
			f, "address-not-captured",
			"signin_address = match and network hold only after "
			"guestpass doctor --capture has seen a guest's address in the "
			"token, and it has not");
}

static void write_answer(struct doctor *d, const struct gp_json *answers, struct gp_buf *out)
{
	struct gp_admin_findings f;
	const struct gp_json *part = NULL;
	struct gp_str text = {0};
	gp_admin_findings_begin(&f, out);
	for (size_t i = 0; i < d->len; i++)
		if (d->denied[i].text[0] != '\0')
			gp_admin_findings_add(&f, "permission-missing", "%s: %s",
					      d->questions[i].name, d->denied[i].text);
	if (gp_json_get_array(answers, "access packages", &part) == GP_ST_OK)
		gp_governance_packages(part, d->deps.tenant->config, on_finding, &f);
	if (gp_json_get_object(answers, POLICIES, &part) == GP_ST_OK)
		gp_governance_invitations(part, on_finding, &f);
	/* Without the right it may also just be left out (entra-facts 7.1). */
	if (gp_json_get_object(answers, "leave_date", &part) == GP_ST_OK &&
	    !gp_json_has_null(part, LEAVE_DATE) &&
	    gp_json_get_str(part, LEAVE_DATE, GP_JSON_MAX, &text) == GP_ST_NOT_FOUND)
		gp_admin_findings_add(&f, "permission-missing",
				      "leave_date: Graph leaves it out; this needs the permission "
				      "%s",
				      GP_PERMISSION_LEAVE);
	judge_policies(d, &f);
	judge_address(d, &f);
	gp_admin_findings_end(&f, gp_buf_get(&d->unseen));
}

static void on_failed(void *arg, size_t question, enum gp_status status, const struct gp_error *err)
{
	struct doctor *d = arg;
	if (status == GP_ST_DENIED)
		d->denied[question] = *err;
	else
		not_seen(d, d->questions[question].name, err->text);
}

static void on_done(void *arg, enum gp_status status, struct gp_str text,
		    const struct gp_error *err)
{
	struct doctor *d = arg;
	gp_json_doc_auto struct gp_json_doc *doc = NULL;
	d->call = NULL;
	if (status == GP_ST_OK && gp_json_parse(text, &doc, NULL) != GP_ST_OK)
		status = GP_ST_INVALID;
	if (status != GP_ST_OK)
		not_seen(d, "Graph", err != NULL ? err->text : "the answers make no sense");
	const struct gp_admin_asker asker = d->asker;
	gp_buf_auto struct gp_buf out = GP_BUF(ANSWER_MAX);
	write_answer(d, doc != NULL ? gp_json_root(doc) : NULL, &out);
	cancel(&d->later);
	asker.done(asker.arg, asker.conn, &out);
}

static enum gp_status ask(struct doctor *d)
{
	const struct gp_graph_survey survey = {
		.questions = d->questions,
		.len = d->len,
		.limit_ms = LIMIT_MS,
		.text_max = GP_JSON_MAX,
		.failed = on_failed,
		.done = on_done,
		.arg = d,
	};
	return gp_graph_ask_all(d->deps.tenant->graph, &survey, &d->call);
}

void gp_admin_doctor(const struct gp_admin_deps *deps, const struct gp_json *request,
		     const struct gp_admin_asker *asker, struct gp_admin_later **later,
		     struct gp_buf *out)
{
	struct doctor *d = calloc(1, sizeof(*d));
	(void)request;
	if (d == NULL) {
		gp_admin_error(out, "out of memory");
		return;
	}
	*d = (struct doctor){.later = {cancel}, .deps = *deps, .asker = *asker};
	d->unseen = GP_BUF(ANSWER_MAX);
	(void)gp_tenant_ref(d->deps.tenant);
	collect(d);
	enum gp_status st = d->len > 0 ? ask(d) : GP_ST_NOT_FOUND;
	if (st == GP_ST_OK) {
		*later = &d->later;
		return;
	}
	if (st != GP_ST_NOT_FOUND)
		not_seen(d, "Graph", gp_status_name(st));
	write_answer(d, NULL, out);
	cancel(&d->later);
}
