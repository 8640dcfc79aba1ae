/* SPDX-License-Identifier: Apache-2.0 */
/* What a decision at the door, or root's, changes of what is kept and published of one guest. */
#include "base/log.h"
#include "directory/expiry.h"
#include "directory/sync_internal.h"
#include "store/audit.h"

#include "contract/ban.h"

void gp_sync_signed_in(struct gp_sync *sync, const char *oid)
{
	struct gp_error err = {0};
	if (gp_store_guest_signed_in(sync->deps.store, sync->deps.config->tenant_id, oid,
				     gp_clock_wall_s(sync->deps.clock), &err) != GP_ST_OK) {
		gp_log(GP_LOG_WARN, "sign-in-time-not-kept", "guest=%s error=%s", oid, err.text);
	}
}

/* Ours to change; NULL for nobody. */
static struct gp_guest *guest_of(struct gp_sync *s, const char *oid)
{
	const struct gp_guest *found = gp_sync_find_oid(s, oid);
	return found != NULL ? s->table.plan.guests + (found - s->table.plan.guests) : NULL;
}

static int32_t day_of(const struct gp_sync *s, const struct gp_guest *guest)
{
	return gp_expiry_day(gp_expiry_end(s->deps.config, guest->first_seen_s, guest->pass_end_s));
}

/* Building the file takes a moment, and nothing of it shows where the day is the same. */
void gp_sync_pass(struct gp_sync *sync, const char *oid, int64_t end_s)
{
	struct gp_error err = {0};
	if (gp_store_guest_pass(sync->deps.store, sync->deps.config->tenant_id, oid, end_s,
				gp_clock_wall_s(sync->deps.clock), &err) != GP_ST_OK) {
		gp_log(GP_LOG_WARN, "end-of-pass-not-kept", "guest=%s error=%s", oid, err.text);
	}
	struct gp_guest *guest = guest_of(sync, oid);
	if (guest == NULL) {
		return;
	}
	const int32_t before = day_of(sync, guest);
	guest->pass_end_s = end_s;
	if (day_of(sync, guest) != before) {
		gp_sync_touch(sync);
	}
}

void gp_sync_question(struct gp_sync *sync, const char *oid, bool in_question)
{
	struct gp_error err = {0};
	struct gp_guest *guest = guest_of(sync, oid);
	if (guest == NULL || guest->in_question == in_question) {
		return;
	}
	guest->in_question = in_question;
	gp_sync_touch(sync);
	if (!in_question) {
		return;
	}
	gp_log(GP_LOG_WARN, "quarantined", "guest=%s reason=%s", oid, GP_REASON_ANOTHER_PERSON);
	const struct gp_audit_event event = {.time_s = gp_clock_wall_s(sync->deps.clock),
					     .event = "quarantined",
					     .name = guest->name,
					     .oid = oid,
					     .uid = guest->uid,
					     .by = "guestpassd",
					     .reason = GP_REASON_ANOTHER_PERSON};
	if (sync->audit != NULL && gp_audit_event_write(sync->audit, &event, &err) != GP_ST_OK) {
		gp_log(GP_LOG_ERROR, "audit-failed", "event=quarantined error=%s", err.text);
	}
}
