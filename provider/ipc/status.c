/* SPDX-License-Identifier: Apache-2.0 */
/* The answer to "status": what an administrator or a monitor wants to know first. */
#include <stdio.h>

#include "base/json.h"
#include "config/foreign.h"
#include "ipc/admin.h"
#include "signin/policies.h"

#include "contract/ban.h"

#define QUARANTINE_SHOWN 100
#define QUARANTINE_BYTES 24000 /* so that the whole answer fits its frame, whatever names hold */
#define DAY_S            86400

enum health {
	HEALTH_OK = 0,
	HEALTH_DEGRADED,
	HEALTH_FAILING,
};

struct report {
	const struct gp_admin_deps *deps;
	struct gp_sync_stats sync;
	struct gp_audit_state audit;
	struct gp_policies_state policies;
	int64_t now_s;
	int64_t skew_s;
	int64_t not_after_s;
	enum health health;
	size_t problems;
	struct gp_buf levels; /* of the problems, each as a JSON string */
};

static const char *const health_names[] = {"ok", "degraded", "failing"};

static void problem(struct report *r, struct gp_buf *out, enum health health, const char *fmt, ...)
	gp_printf(4, 5);

static void problem(struct report *r, struct gp_buf *out, enum health health, const char *fmt, ...)
{
	char text[320];
	va_list args;
	va_start(args, fmt);
	if (vsnprintf(text, sizeof(text), fmt, args) < 0)
		text[0] = '\0';
	va_end(args);
	gp_buf_printf(&r->levels, "%s\"%s\"", r->problems > 0 ? "," : "", health_names[health]);
	gp_buf_text(out, r->problems++ > 0 ? "," : "");
	gp_json_write_str(out, gp_str_from(text));
	if (health > r->health)
		r->health = health;
}

static void credential_problems(struct report *r, struct gp_buf *out)
{
	if (r->not_after_s == 0)
		return;
	int64_t days = (r->not_after_s - r->now_s) / DAY_S;
	if (r->now_s >= r->not_after_s)
		problem(r, out, HEALTH_FAILING, "the reader's certificate has expired");
	else if (days <= 30)
		problem(r, out, HEALTH_DEGRADED, /* failing is when guests are refused */
			"the reader's certificate expires in %lld days: make a new one and add it "
			"as reader_certificate_2",
			(long long)days);
}

/* The last record only: whether the next one can be written nobody knows before it is. */
static void audit_problem(struct report *r, struct gp_buf *out)
{
	struct gp_error err;
	int64_t time_s = 0;
	char when[GP_TIME_TEXT];
	if (gp_audit_status(r->deps->audit, &time_s, &err) == GP_ST_OK)
		return;
	gp_time_format(time_s, when);
	problem(r, out, HEALTH_FAILING,
		"the last record could not be written (%s), and no guest is admitted without his: "
		"%s",
		when, err.text);
}

static void chain_problem(struct report *r, struct gp_buf *out)
{
	if (r->audit.broken)
		problem(r, out, HEALTH_DEGRADED,
			"when the daemon started the audit did not end as it had left it: see what "
			"guestpass audit verify says, and audit-chain-broken in guestpassd(8)");
}

static void audit_part(const struct report *r, struct gp_buf *out)
{
	gp_buf_printf(out, ",\"audit\":{\"seq\":%llu,\"head\":\"%s\",\"broken\":%s}",
		      (unsigned long long)r->audit.seq, r->audit.head,
		      r->audit.broken ? "true" : "false");
}

#define FOREIGN_SHOWN 3 /* one is told in full, ten thousand are as bad */

struct foreign {
	struct report *report;
	struct gp_buf *out;
	size_t shown;
};

static bool is_known(void *arg, struct gp_str name)
{
	return gp_sync_find(arg, name) != NULL;
}

static void on_foreign(void *arg, const struct gp_error *err)
{
	struct foreign *f = arg;
	if (f->shown++ < FOREIGN_SHOWN)
		problem(f->report, f->out,
			err->code == GP_ST_UNSUPPORTED ? HEALTH_OK : HEALTH_DEGRADED, "%s",
			err->text);
}

static void foreign_groups(struct report *r, struct gp_buf *out)
{
	struct foreign f = {r, out, 0};
	const struct gp_foreign foreign = {is_known, r->deps->sync, on_foreign, &f};
	size_t count = gp_foreign_look(&foreign, r->deps->host_root);
	if (count > FOREIGN_SHOWN)
		problem(r, out, HEALTH_DEGRADED,
			"there are %zu more lines that put guests into groups of this host",
			count - FOREIGN_SHOWN);
}

static void policy_problem(struct report *r, struct gp_buf *out)
{
	const struct gp_config *config = r->deps->tenant->config;
	bool enforced = config->ssh_location == GP_SSH_LOCATION_ENFORCE;
	bool context = config->auth_context[0] != '\0';
	bool old = r->now_s - r->policies.read_s > (int64_t)config->policy_max_age_s;
	if (!r->policies.wanted)
		return;
	if (r->policies.read_s == 0 || old)
		problem(r, out, enforced || context ? HEALTH_FAILING : HEALTH_DEGRADED,
			"the policies of Conditional Access %s: %s%s",
			r->policies.read_s == 0 ? "were not read yet" : "were read too long ago",
			r->policies.failed_s != 0 ? r->policies.error.text : "",
			enforced  ? " (ssh_location = enforce refuses guests until then)"
			: context ? " (auth_context refuses guests until then)"
				  : "");
	else if (r->policies.failed_s != 0)
		problem(r, out, HEALTH_DEGRADED,
			"the last read of the policies of Conditional Access failed: %s",
			r->policies.error.text);
}

static void list_problems(struct report *r, struct gp_buf *out)
{
	const struct gp_config *config = r->deps->tenant->config;
	if (config->guests != GP_GUESTS_ALLOWED)
		problem(r, out, HEALTH_OK, "this tier is closed to guests (guests = never)");
	if (gp_authority_endpoints(r->deps->tenant->authority) == NULL)
		problem(r, out, HEALTH_FAILING, "the tenant's login authority was not reached yet");
	if (r->skew_s > GP_CLOCK_SKEW_MAX_S || r->skew_s < -GP_CLOCK_SKEW_MAX_S)
		problem(r, out, HEALTH_FAILING,
			"this host's clock differs from Entra's by %lld seconds: guests are "
			"refused until it is set right",
			(long long)r->skew_s);
	if (r->sync.last_sync_s == 0)
		problem(r, out, HEALTH_FAILING, "the access groups were not read yet");
	if (r->sync.held.removed > 0)
		problem(r, out, HEALTH_DEGRADED,
			"a read would take away %zu of %zu guests, more than max_removal permits, "
			"so "
			"nothing was changed: if that is right, guestpass sync --accept",
			r->sync.held.removed, r->sync.held.of);
	else if (r->sync.last_status != GP_ST_OK)
		problem(r, out, HEALTH_DEGRADED, "the last read of the access groups failed: %s",
			r->sync.last_error.text);
	if (r->sync.missing_groups > 0)
		problem(r, out, HEALTH_DEGRADED,
			"%zu of the configured groups do not exist in Entra: see access_groups and "
			"[group] in guestpass.conf",
			r->sync.missing_groups);
	const char *name = NULL;
	const char *why = NULL;
	for (size_t i = 0; gp_sync_group(r->deps->sync, i, &name, &why); i++)
		if (why != NULL)
			problem(r, out, HEALTH_DEGRADED,
				"[group %s] is left out: %s (see guestpass(1))", name, why);
	for (size_t i = 0; i < GP_NEED_COUNT; i++)
		if (r->deps->tenant->missing[i].text[0] != '\0')
			problem(r, out, HEALTH_FAILING, "%s: it grants nothing until then",
				r->deps->tenant->missing[i].text);
	policy_problem(r, out);
	foreign_groups(r, out);
	if (r->sync.unexplained > 0)
		problem(r, out, HEALTH_DEGRADED,
			"%zu published guests are not in the database (lost, or from an old "
			"copy?): "
			"nobody new gets a number until it is put back",
			r->sync.unexplained);
	audit_problem(r, out);
	chain_problem(r, out);
	if (r->sync.publish_status != GP_ST_OK)
		problem(r, out, HEALTH_DEGRADED, "the directory could not be published: %s",
			r->sync.publish_error.text);
	if (r->sync.last_sync_s != 0 && r->sync.canary != GP_TRUE)
		problem(r, out, HEALTH_FAILING,
			"Graph does not return accountEnabled: give the reader registration the "
			"application permission User.Read.All; until then guests are refused");
	credential_problems(r, out);
	if (r->sync.quarantined > 0)
		problem(r, out, HEALTH_OK, "%zu guests are in quarantine", r->sync.quarantined);
}

static const char *tri_name(enum gp_tri value)
{
	return value == GP_TRUE ? "yes" : value == GP_FALSE ? "no" : "unknown";
}

static void tenant_part(const struct report *r, struct gp_buf *out)
{
	const struct gp_tenant *tenant = r->deps->tenant;
	bool reached = gp_authority_endpoints(tenant->authority) != NULL;
	gp_buf_text(out, ",\"tier\":");
	gp_json_write_str(out, gp_str_from(tenant->config->tier));
	gp_buf_printf(out,
		      ",\"guests_allowed\":%s,\"tenant\":{\"id\":\"%s\",\"reachable\":%s,"
		      "\"last_contact\":%lld,\"clock_skew_s\":%lld}",
		      tenant->config->guests == GP_GUESTS_ALLOWED ? "true" : "false",
		      tenant->config->tenant_id,
		      reached && r->sync.last_status == GP_ST_OK ? "true" : "false",
		      (long long)r->sync.last_sync_s, (long long)r->skew_s);
	gp_buf_printf(out, ",\"credential\":{\"kind\":\"%s\",\"not_after\":%lld}",
		      r->not_after_s != 0 ? "certificate" : "secret", (long long)r->not_after_s);
}

static void sync_part(const struct report *r, struct gp_buf *out)
{
	gp_buf_printf(out,
		      ",\"sync\":{\"last\":%lld,\"last_publish\":%lld,\"status\":\"%s\","
		      "\"error\":",
		      (long long)r->sync.last_sync_s, (long long)r->sync.last_publish_s,
		      gp_status_name(r->sync.last_status));
	gp_json_write_str(out, gp_str_from(r->sync.last_error.text));
	gp_buf_printf(out,
		      ",\"guests\":%zu,\"canary\":\"%s\",\"published\":%s,"
		      "\"publish_status\":\"%s\",\"publish_error\":",
		      r->sync.guests, tri_name(r->sync.canary),
		      r->sync.published ? "true" : "false", gp_status_name(r->sync.publish_status));
	gp_json_write_str(out, gp_str_from(r->sync.publish_error.text));
	gp_buf_printf(out,
		      ",\"departed\":%zu,\"held\":%zu,\"missing_groups\":%zu,\"unexplained\":%zu}",
		      r->sync.departed, r->sync.held.removed, r->sync.missing_groups,
		      r->sync.unexplained);
	gp_buf_printf(out, ",\"sign_ins\":{\"in_flight\":%zu,\"limit\":%u},\"sessions\":%zu",
		      gp_signins_count(r->deps->signins), r->deps->tenant->config->codes_total,
		      gp_registry_count_open(r->deps->registry));
}

static void policies_part(const struct report *r, struct gp_buf *out)
{
	gp_buf_printf(out,
		      ",\"policies\":{\"wanted\":%s,\"read\":%lld,\"count\":%zu,\"failed\":%lld,"
		      "\"error\":",
		      r->policies.wanted ? "true" : "false", (long long)r->policies.read_s,
		      r->policies.count, (long long)r->policies.failed_s);
	gp_json_write_str(out, gp_str_from(r->policies.error.text));
	gp_buf_text(out, "}");
}

static void quarantine_part(const struct report *r, struct gp_buf *out)
{
	size_t shown = 0;
	gp_buf_text(out, ",\"quarantined\":[");
	const size_t most = out->len + QUARANTINE_BYTES;
	for (size_t i = 0;
	     i < gp_sync_count(r->deps->sync) && shown < QUARANTINE_SHOWN && out->len < most; i++) {
		const struct gp_guest *guest = gp_sync_at(r->deps->sync, i);
		if (!guest->quarantined)
			continue;
		struct gp_user user;
		gp_sync_user(r->deps->sync, guest, &user);
		gp_buf_text(out, shown++ > 0 ? ",{\"oid\":" : "{\"oid\":");
		gp_json_write_str(out, gp_str_from(guest->id));
		gp_buf_text(out, ",\"mail\":");
		gp_json_write_str(out, gp_str_from(user.mail));
		gp_buf_text(out, ",\"reason\":");
		gp_json_write_str(out, gp_str_from(guest->quarantine));
		gp_buf_text(out, "}");
	}
	gp_buf_text(out, "]}");
}

void gp_admin_status(const struct gp_admin_deps *deps, const struct gp_json *request,
		     struct gp_buf *out)
{
	(void)request;
	gp_buf_auto struct gp_buf problems = GP_BUF(16384);
	struct report r = {
		.deps = deps,
		.now_s = gp_clock_wall_s(deps->clock),
		.skew_s = gp_authority_skew_s(deps->tenant->authority),
		.not_after_s = gp_credential_not_after_s(deps->tenant->credential),
		.levels = GP_BUF(4096),
	};
	gp_sync_get_stats(deps->sync, &r.sync);
	if (deps->policies != NULL)
		gp_policies_get_state(deps->policies, &r.policies);
	gp_audit_get_state(deps->audit, &r.audit);
	list_problems(&r, &problems);
	gp_buf_printf(out,
		      "{\"v\":1,\"health\":\"%s\",\"problems\":[%s],\"problem_levels\":[%s],"
		      "\"version\":\"%s\"",
		      health_names[r.health], gp_buf_get(&problems), gp_buf_get(&r.levels),
		      GP_VERSION);
	gp_buf_free(&r.levels);
	tenant_part(&r, out);
	sync_part(&r, out);
	policies_part(&r, out);
	audit_part(&r, out);
	quarantine_part(&r, out);
}
