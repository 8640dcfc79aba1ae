/* SPDX-License-Identifier: Apache-2.0 */
/* The admin's question why somebody may enter or not. */
#include <stdlib.h>

#include "base/json.h"
#include "base/random.h"
#include "ipc/admin.h"
#include "ipc/why_parts.h"
#include "signin/gather.h"
#include "signin/host.h"
#include "signin/policies.h"
#include "store/audit_line.h"

#include "contract/ban.h"

#define KEY_MAX    256
#define ANSWER_MAX 60000
#define LATE_US    3000000 /* the command waits for 5 s */

struct question {
	struct gp_str guest;
	char service[64], from[128];
	int64_t at_s; /* 0: now */
};

/* False when something is there and makes no sense. */
static bool take_word(const struct gp_json *request, const char *key, const char *otherwise,
		      char *out, size_t size)
{
	struct gp_str text = gp_str_from(otherwise);
	enum gp_status st = gp_json_get_str(request, key, size - 1, &text);
	return (st == GP_ST_OK || st == GP_ST_NOT_FOUND) && gp_copy(out, size, text) == GP_ST_OK;
}

static bool take_question(const struct gp_json *request, const struct gp_config *config,
			  struct question *q)
{
	const char *service = config->services_len > 0 ? config->services[0] : "";
	enum gp_status st = gp_json_get_int(request, "at", 1, INT64_MAX / 2, &q->at_s);
	return gp_json_get_str(request, "guest", KEY_MAX, &q->guest) == GP_ST_OK &&
	       (st == GP_ST_OK || st == GP_ST_NOT_FOUND) &&
	       take_word(request, "service", service, q->service, sizeof(q->service)) &&
	       take_word(request, "from", "", q->from, sizeof(q->from));
}

static int64_t asked_moment(void *arg)
{
	return *(const int64_t *)arg;
}

/* Facts that no sign-in brought: those of the last read and of this host, and above them what Entra
 * says of him now. BEHIND gets the passes and policies among them. */
static void decide(const struct gp_admin_deps *deps, const struct question *q,
		   const struct gp_guest *guest, struct gp_gather *gather, struct gp_admission *out,
		   struct gp_buf *behind)
{
	const struct gp_config *config = deps->tenant->config;
	int64_t at_s = q->at_s != 0 ? q->at_s : gp_clock_wall_s(deps->clock);
	const struct gp_clock clock = {.wall_s = asked_moment, .arg = &at_s};
	struct gp_sync_stats stats;
	struct gp_user user;
	struct gp_host host;
	struct gp_pass_object grant;
	struct gp_why_policies policies = {.rows = GP_BUF(GP_WHY_POLICIES_MAX)};
	gp_sync_get_stats(deps->sync, &stats);
	gp_sync_user(deps->sync, guest, &user);
	gp_host_read(deps->store, config->tenant_id, guest->id, NULL, &host);
	struct gp_facts facts = {
		.config = config,
		.service = q->service,
		.address = q->from[0] != '\0' ? q->from : NULL,
		.guest_oid = guest->id,
		.user = guest->person != NULL ? &user : NULL,
		.user_gone = guest->person != NULL && guest->person->gone,
		.member = guest->present ? GP_TRUE : GP_FALSE,
		.canary = stats.canary,
		.clock_ok = gp_tenant_clock_ok(deps->tenant),
		.quarantined = guest->quarantined ? GP_TRUE : GP_FALSE,
	};
	if (gather != NULL)
		gp_gather_apply(gather, config, &facts);
	if (gp_host_apply(&host, config, &clock, &facts, &grant)) {
		if (gather != NULL) {
			gp_gather_add(gather, &grant, &facts);
		} else {
			facts.passes.objects = &grant;
			facts.passes.objects_len = 1;
		}
	}
	gp_policies_apply(deps->policies, gather, gp_why_policy, &policies, &facts);
	gp_admission_decide(&facts, GP_PHASE_BEFORE, out);
	gp_why_write_passes(behind, &facts.passes);
	gp_why_write_policies(behind, &policies);
	gp_buf_free(&policies.rows);
}

static void write_answer(const struct gp_admin_deps *deps, const struct question *q,
			 const struct gp_guest *guest, struct gp_gather *gather, const char *failed,
			 struct gp_buf *out)
{
	struct gp_admission admission;
	gp_buf_auto struct gp_buf behind = GP_BUF(ANSWER_MAX);
	int64_t now_s = gp_clock_wall_s(deps->clock);
	int64_t read_s = guest->person != NULL ? guest->person->read_s : 0;
	decide(deps, q, guest, gather, &admission, &behind);
	gp_buf_text(out, "{\"v\":1,\"name\":");
	gp_json_write_str(out, gp_str_from(guest->name));
	gp_buf_printf(out, ",\"oid\":\"%s\",\"at\":%lld,\"read\":%lld,\"fresh\":%s,\"not_fresh\":",
		      guest->id, (long long)(q->at_s != 0 ? q->at_s : now_s),
		      (long long)(gather != NULL ? now_s : read_s),
		      gather != NULL ? "true" : "false");
	gp_json_write_str(out, gp_str_from(failed));
	gp_buf_printf(out, ",\"verdict\":\"%s\",\"reason\":", gp_verdict_name(admission.verdict));
	gp_json_write_str(out, gp_str_from(admission.reason));
	gp_audit_checks(out, &admission);
	gp_buf_text(out, gp_buf_get(&behind));
	out->bad = out->bad || behind.bad;
	gp_buf_text(out, "}");
}

struct why {
	struct gp_admin_later later;
	struct gp_admin_deps deps; /* with a reference to the tenant */
	struct question question;
	char oid[GP_GUID_TEXT];
	struct gp_admin_asker asker;
	struct gp_gather *gather;
	sd_event_source *timer;
};

static void cancel(struct gp_admin_later *later)
{
	struct why *why = (struct why *)later;
	sd_event_source_disable_unref(why->timer);
	gp_gather_free(why->gather);
	gp_tenant_unref(why->deps.tenant);
	free(why);
}

/* FAILED is why Entra's answers are not there; empty when they are. WHY is gone afterwards. */
static void finish(struct why *why, const char *failed)
{
	gp_buf_auto struct gp_buf out = GP_BUF(ANSWER_MAX);
	const struct gp_admin_asker asker = why->asker;
	const struct gp_guest *guest = gp_sync_find_oid(why->deps.sync, why->oid);
	if (guest == NULL)
		gp_admin_error(&out, "this guest is not known here any more");
	else
		write_answer(&why->deps, &why->question, guest,
			     failed[0] == '\0' ? why->gather : NULL, failed, &out);
	cancel(&why->later);
	asker.done(asker.arg, asker.conn, &out);
}

static void on_facts(void *arg, enum gp_status status, const struct gp_error *err)
{
	if (status == GP_ST_OK)
		finish(arg, "");
	else
		finish(arg,
		       err != NULL && err->text[0] != '\0' ? err->text : gp_status_name(status));
}

static int on_late(sd_event_source *source, uint64_t usec, void *arg)
{
	(void)source;
	(void)usec;
	finish(arg, "Entra did not answer in time");
	return 0;
}

void gp_admin_why(const struct gp_admin_deps *deps, const struct gp_json *request,
		  const struct gp_admin_asker *asker, struct gp_admin_later **later,
		  struct gp_buf *out)
{
	struct question q = {0};
	char correlation_id[GP_GUID_TEXT];
	*later = NULL;
	if (!take_question(request, deps->tenant->config, &q)) {
		gp_admin_error(out, "a guest is needed; \"at\" is seconds, the rest are words");
		return;
	}
	const struct gp_guest *guest = gp_admin_find(deps, q.guest);
	struct why *why = guest != NULL ? calloc(1, sizeof(*why)) : NULL;
	if (why == NULL) {
		gp_admin_error(out, guest == NULL ? GP_ADMIN_NO_GUEST : "out of memory");
		return;
	}
	*why = (struct why){.later = {cancel}, .deps = *deps, .question = q, .asker = *asker};
	why->question.guest = (struct gp_str){0}; /* the packet's */
	why->deps.by = "";
	why->deps.tenant = gp_tenant_ref(deps->tenant);
	memcpy(why->oid, guest->id, sizeof(why->oid));
	gp_random_guid(correlation_id);
	enum gp_status st = gp_gather_start(why->deps.tenant, why->oid, correlation_id, false,
					    on_facts, why, &why->gather);
	if (st == GP_ST_OK && sd_event_add_time_relative(deps->event, &why->timer, CLOCK_BOOTTIME,
							 LATE_US, 0, on_late, why) < 0)
		st = GP_ST_NO_MEMORY;
	if (st == GP_ST_OK) {
		*later = &why->later;
		return;
	}
	write_answer(&why->deps, &why->question, guest, NULL, gp_status_name(st), out);
	cancel(&why->later);
}
