/* SPDX-License-Identifier: Apache-2.0 */
/* What a plan changes that somebody will ask about later: in the log, and in the audit. */
#include <stdlib.h>

#include "directory/sync_internal.h"
#include "store/audit.h"

#include "contract/ban.h"

#define BASIS_TEXT 32

static const char *why_left_out(const struct gp_plan *plan, const char *group)
{
	for (size_t i = 0; i < plan->group_count; i++) {
		if (strcmp(plan->groups[i].name, group) == 0) {
			return plan->groups[i].quarantine;
		}
	}
	return NULL;
}

/* Is GUEST in quarantine as he was not before? */
static bool newly_quarantined(const struct gp_sync *s, const struct gp_guest *guest)
{
	const struct gp_guest *before = gp_sync_find_oid(s, guest->id);
	return before == NULL || !before->quarantined ||
	       strcmp(before->quarantine, guest->quarantine) != 0;
}

/* Once, when it begins or its reason changes. */
static void log_quarantine(const struct gp_sync *s, const struct gp_plan *plan)
{
	for (size_t i = 0; i < plan->guest_count && plan->guests[i].quarantined; i++) {
		if (newly_quarantined(s, &plan->guests[i])) {
			gp_log(GP_LOG_WARN, "quarantined", "guest=%s reason=%s", plan->guests[i].id,
			       plan->guests[i].quarantine);
		}
	}
	for (size_t i = 0; i < plan->group_count; i++) {
		const struct gp_plan_group *now = &plan->groups[i];
		const char *before = why_left_out(&s->table.plan, now->name);
		if (now->quarantine != NULL &&
		    (before == NULL || strcmp(before, now->quarantine) != 0)) {
			gp_log(GP_LOG_WARN, "group-left-out", "group=%s reason=%s", now->name,
			       now->quarantine);
		}
	}
}

/* Events, and the details that they borrow. */
struct changes {
	struct gp_audit_event *events;
	char (*details)[BASIS_TEXT];
	size_t count;
};

static void add(struct changes *c, const struct gp_audit_event *event, const char *key,
		const char *value)
{
	char *detail = c->details[c->count];
	c->events[c->count] = *event;
	if (gp_format(detail, BASIS_TEXT, "%s=%s", key, value) == GP_ST_OK) {
		c->events[c->count].detail = detail;
	}
	c->count++;
}

static void list(const struct gp_sync *s, const struct gp_plan *plan, struct changes *c)
{
	struct gp_audit_event event = {
		.time_s = gp_clock_wall_s(s->deps.clock), .event = "enrolled", .by = "guestpassd"};
	for (size_t i = 0; i < plan->added_count; i++) {
		const struct gp_guest_record *record = &plan->added[i];
		event.name = record->name;
		event.oid = record->oid;
		event.uid = record->uid;
		add(c, &event, "basis", record->basis[0] != '\0' ? record->basis : "hash");
	}
	event = (struct gp_audit_event){
		.time_s = event.time_s, .event = "quarantined", .by = "guestpassd"};
	for (size_t i = 0; i < plan->guest_count && plan->guests[i].quarantined; i++) {
		if (newly_quarantined(s, &plan->guests[i])) {
			event.oid = plan->guests[i].id;
			add(c, &event, "reason", plan->guests[i].quarantine);
		}
	}
}

/* They are facts by now, whether or not they can be written. */
static void record(const struct gp_sync *s, const struct gp_plan *plan)
{
	struct changes c = {0};
	struct gp_error err = {0};
	const size_t most = plan->added_count + plan->quarantined;
	if (s->audit == NULL || most == 0) {
		return;
	}
	c.events = calloc(most, sizeof(c.events[0]));
	c.details = calloc(most, sizeof(c.details[0]));
	enum gp_status st = GP_ST_NO_MEMORY;
	if (c.events != NULL && c.details != NULL) {
		list(s, plan, &c);
		st = gp_audit_events_write(s->audit, c.events, c.count, &err);
	}
	if (st != GP_ST_OK) {
		gp_log(GP_LOG_ERROR, "audit-failed", "event=enrolled count=%zu error=%s", c.count,
		       err.text[0] != '\0' ? err.text : gp_status_name(st));
	}
	free(c.events);
	free(c.details);
}

void gp_sync_tell_changes(const struct gp_sync *s, const struct gp_plan *plan)
{
	log_quarantine(s, plan);
	record(s, plan);
}

void gp_sync_set_audit(struct gp_sync *sync, struct gp_audit *audit)
{
	sync->audit = audit;
}
