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

static void log_quarantined(const struct gp_guest *guest)
{
	gp_log(GP_LOG_WARN, "quarantined", "guest=%s reason=%s", guest->id, guest->quarantine);
}

/* Once, when it begins or its reason changes. */
static void log_quarantine(const struct gp_sync *s, const struct gp_plan *plan)
{
	for (size_t i = 0; i < plan->guest_count && plan->guests[i].quarantined; i++) {
		if (newly_quarantined(s, &plan->guests[i])) {
			log_quarantined(&plan->guests[i]);
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

static void add_enrolled(const struct gp_sync *s, struct changes *c,
			 const struct gp_guest_record *record)
{
	char *detail = c->details[c->count];
	const char *basis = record->basis[0] != '\0' ? record->basis : "hash";
	c->events[c->count] = (struct gp_audit_event){.time_s = gp_clock_wall_s(s->deps.clock),
						      .event = "enrolled",
						      .name = record->name,
						      .oid = record->oid,
						      .uid = record->uid,
						      .by = "guestpassd"};
	if (gp_format(detail, BASIS_TEXT, "basis=%s", basis) == GP_ST_OK) {
		c->events[c->count].detail = detail;
	}
	c->count++;
}

static void add_quarantined(const struct gp_sync *s, struct changes *c,
			    const struct gp_guest *guest)
{
	c->events[c->count++] = (struct gp_audit_event){.time_s = gp_clock_wall_s(s->deps.clock),
							.event = "quarantined",
							.oid = guest->id,
							.by = "guestpassd",
							.reason = guest->quarantine};
}

static void list(const struct gp_sync *s, const struct gp_plan *plan, struct changes *c)
{
	for (size_t i = 0; i < plan->added_count; i++) {
		add_enrolled(s, c, &plan->added[i]);
	}
	for (size_t i = 0; i < plan->guest_count && plan->guests[i].quarantined; i++) {
		if (newly_quarantined(s, &plan->guests[i])) {
			add_quarantined(s, c, &plan->guests[i]);
		}
	}
}

/* Room for MOST; false: what happens then is not recorded. */
static bool make_room(struct changes *c, size_t most)
{
	*c = (struct changes){.events = calloc(most + 1, sizeof(c->events[0])),
			      .details = calloc(most + 1, sizeof(c->details[0]))};
	return c->events != NULL && c->details != NULL;
}

/* They are facts by now, whether or not they can be written. */
static void write_all(const struct gp_sync *s, struct changes *c, bool has_room)
{
	struct gp_error err = {0};
	enum gp_status st = GP_ST_NO_MEMORY;
	if (has_room) {
		st = gp_audit_events_write(s->audit, c->events, c->count, &err);
	}
	if (st != GP_ST_OK) {
		gp_log(GP_LOG_ERROR, "audit-failed", "event=%s count=%zu error=%s",
		       c->count > 0 ? c->events[0].event : "-", c->count,
		       err.text[0] != '\0' ? err.text : gp_status_name(st));
	}
	free(c->events);
	free(c->details);
}

static void record(const struct gp_sync *s, const struct gp_plan *plan)
{
	struct changes c = {0};
	const size_t most = plan->added_count + plan->quarantined;
	if (s->audit == NULL || most == 0) {
		return;
	}
	const bool has_room = make_room(&c, most);
	if (has_room) {
		list(s, plan, &c);
	}
	write_all(s, &c, has_room);
}

void gp_sync_tell_changes(const struct gp_sync *s, const struct gp_plan *plan)
{
	log_quarantine(s, plan);
	record(s, plan);
}

void gp_sync_tell_taken_up(const struct gp_sync *s, const struct gp_guest_record *records,
			   size_t count, const struct gp_directory_view *published)
{
	struct changes c = {0};
	struct gp_directory_user user;
	const size_t most = s->table.plan.quarantined;
	if (most == 0 || published->bytes == NULL) {
		return;
	}
	const bool recorded = s->audit != NULL;
	const bool has_room = recorded && make_room(&c, most);
	for (size_t i = 0; i < count; i++) {
		const struct gp_guest *guest = gp_sync_find_oid(s, records[i].oid);
		if (guest == NULL || !guest->quarantined ||
		    gp_directory_find_uid(published, records[i].uid, &user) != GP_ST_OK) {
			continue;
		}
		log_quarantined(guest);
		if (has_room && c.count < most) {
			add_quarantined(s, &c, guest);
		}
	}
	if (recorded) {
		write_all(s, &c, has_room);
	}
}

void gp_sync_set_audit(struct gp_sync *sync, struct gp_audit *audit)
{
	sync->audit = audit;
}
