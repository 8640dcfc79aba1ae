/* SPDX-License-Identifier: Apache-2.0 */
/* The admin's question why somebody may enter or not. */
#include "base/json.h"
#include "ipc/admin.h"
#include "signin/host.h"
#include "store/audit_line.h"

#include "contract/ban.h"

#define KEY_MAX 256

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

static void decide(const struct gp_admin_deps *deps, const struct question *q,
		   const struct gp_guest *guest, struct gp_host *host, struct gp_admission *out)
{
	const struct gp_config *config = deps->tenant->config;
	int64_t at_s = q->at_s != 0 ? q->at_s : gp_clock_wall_s(deps->clock);
	const struct gp_clock clock = {.wall_s = asked_moment, .arg = &at_s};
	struct gp_sync_stats stats;
	struct gp_user user;
	struct gp_pass_object grant;
	gp_sync_get_stats(deps->sync, &stats);
	gp_sync_user(deps->sync, guest, &user);
	gp_host_read(deps->store, config->tenant_id, guest->id, NULL, host);
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
	if (gp_host_apply(host, config, &clock, &facts, &grant)) {
		facts.passes.objects = &grant;
		facts.passes.objects_len = 1;
	}
	gp_admission_decide(&facts, GP_PHASE_BEFORE, out);
}

void gp_admin_why(const struct gp_admin_deps *deps, const struct gp_json *request,
		  struct gp_buf *out)
{
	struct question q = {0};
	struct gp_host host;
	struct gp_admission admission;
	struct gp_sync_stats stats;
	if (!take_question(request, deps->tenant->config, &q)) {
		gp_admin_error(out, "a guest is needed; \"at\" is seconds, the rest are words");
		return;
	}
	const struct gp_guest *guest = gp_admin_find(deps, q.guest);
	if (guest == NULL) {
		gp_admin_error(out, "no guest has this name, address or object id here");
		return;
	}
	decide(deps, &q, guest, &host, &admission);
	gp_sync_get_stats(deps->sync, &stats);
	gp_buf_text(out, "{\"v\":1,\"name\":");
	gp_json_write_str(out, gp_str_from(guest->name));
	gp_buf_printf(out,
		      ",\"oid\":\"%s\",\"at\":%lld,\"read\":%lld,\"verdict\":\"%s\",\"reason\":",
		      guest->id, (long long)(q.at_s != 0 ? q.at_s : gp_clock_wall_s(deps->clock)),
		      (long long)(guest->person != NULL ? guest->person->read_s : 0),
		      gp_verdict_name(admission.verdict));
	gp_json_write_str(out, gp_str_from(admission.reason));
	gp_audit_checks(out, &admission);
	gp_buf_text(out, "}");
}
