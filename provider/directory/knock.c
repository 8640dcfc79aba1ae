/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Somebody asked for a name that this host does not know, or was refused under one that it knows:
 * he may have been added a moment ago. He is looked up by himself, so that his next try works and
 * not only the one after the next round. At the door everything is asked afresh all the same.
 */
#include <stdlib.h>

#include "base/log.h"
#include "directory/sync_internal.h"

#include "contract/ban.h"

/* So long lists may still leave out who was just added (entra-facts 7.5). */
#define LISTS_LATE_S 900

static void on_told(void *arg, const char *name, enum gp_status status)
{
	struct gp_sync *s = arg;
	gp_lookup_limit_told(&s->lookup_limit, name, status != GP_ST_NOT_FOUND);
	gp_log_bounded(&s->lookup_log, GP_LOG_INFO, "looked-up", "guest=%s result=%s", name,
		       gp_status_name(status));
}

static enum gp_status put_found(struct gp_sync *s, struct gp_roll *roll,
				const struct gp_lookup_found *found)
{
	enum gp_status st = gp_roll_put_user(roll, &found->user, GP_SOURCE_KNOCK,
					     gp_clock_wall_s(s->deps.clock));
	const char *group = NULL;
	for (size_t i = 0; st == GP_ST_OK && (group = gp_lookups_group(s->lookups, i)) != NULL;
	     i++) {
		if (found->in[i]) {
			st = gp_roll_put_member(roll, group, found->user.id, false,
						GP_SOURCE_KNOCK);
		}
	}
	return st;
}

static void on_found(void *arg, const struct gp_lookup_found *found, size_t count)
{
	struct gp_sync *s = arg;
	struct gp_roll *roll = NULL;
	struct gp_error err = {0};
	if (count == 0) {
		return;
	}
	enum gp_status st = gp_roll_copy(s->roll, &roll);
	for (size_t i = 0; st == GP_ST_OK && i < count; i++) {
		st = put_found(s, roll, &found[i]);
	}
	if (st != GP_ST_OK) {
		gp_roll_free(roll);
		(void)gp_fail(&err, st, "no memory");
	} else {
		st = gp_sync_take_over(s, roll, &s->links, false, &err);
	}
	if (st != GP_ST_OK) {
		gp_log(GP_LOG_WARN, "looked-up-not-taken", "error=%s", err.text);
	}
}

static enum gp_status make_lookups(struct gp_sync *s)
{
	const struct gp_lookups_request request = {.ops = s->ops,
						   .graph = s->deps.graph,
						   .config = s->deps.config,
						   .told = on_told,
						   .done = on_found,
						   .arg = s};
	return s->lookups != NULL ? GP_ST_OK : gp_lookups_new(&request, &s->lookups);
}

void gp_sync_knock(struct gp_sync *sync, const char *name)
{
	struct gp_lookup what = {.name = ""};
	/* Before the first read everybody is a stranger. */
	if (sync->stats.last_sync_s == 0 || !gp_domains_have(&sync->domains, name) ||
	    !gp_lookup_limit_take(&sync->lookup_limit, name,
				  gp_clock_monotonic_ms(sync->deps.clock))) {
		return;
	}
	/* Whose name is given already is asked for by his id: his address may be another one by
	 * now, and somebody else's be this one. */
	const struct gp_guest *guest = gp_sync_find(sync, gp_str_from(name));
	enum gp_status st = gp_copy(what.name, sizeof(what.name), gp_str_from(name));
	if (st == GP_ST_OK && guest != NULL) {
		memcpy(what.oid, guest->id, sizeof(what.oid));
	}
	if (st == GP_ST_OK) {
		st = make_lookups(sync);
	}
	if (st == GP_ST_OK) {
		st = gp_lookups_add(sync->lookups, &what);
	}
	if (st != GP_ST_OK) {
		gp_log_bounded(&sync->lookup_log, GP_LOG_WARN, "not-looked-up",
			       "guest=%s reason=%s", name, gp_status_name(st));
	}
}

/* M of FROM, as far as TO does not know better. */
static enum gp_status carry(const struct gp_roll *from, const struct gp_roll_member *m,
			    struct gp_roll *to)
{
	char group[GP_GUID_TEXT];
	struct gp_user user;
	const struct gp_person *person = gp_roll_person_at(from, m->member);
	gp_guid_format(gp_roll_group_at(from, m->group)->id, group);
	if (gp_roll_find_group(to, group) == NULL) {
		return GP_ST_OK;
	}
	gp_roll_user(from, person, &user);
	const struct gp_person *there = gp_roll_find(to, user.id);
	enum gp_status st = GP_ST_OK;
	if (there == NULL || there->read_s < person->read_s) {
		st = gp_roll_put_user(to, &user, (enum gp_source)person->source, person->read_s);
	}
	if (st == GP_ST_OK) {
		st = gp_roll_put_member(to, group, user.id, false, GP_SOURCE_KNOCK);
	}
	return st;
}

enum gp_status gp_knock_carry(struct gp_sync *s, bool full, struct gp_roll *roll)
{
	int64_t from_s = s->read_began_s - (full ? LISTS_LATE_S : 0);
	size_t n = 0;
	const struct gp_roll_member *members = gp_roll_members(s->roll, &n);
	enum gp_status st = GP_ST_OK;
	for (size_t i = 0; st == GP_ST_OK && i < n; i++) {
		const struct gp_roll_member *m = &members[i];
		if (m->source == GP_SOURCE_KNOCK && !m->is_group &&
		    gp_roll_person_at(s->roll, m->member)->read_s >= from_s) {
			st = carry(s->roll, m, roll);
		}
	}
	return st;
}
