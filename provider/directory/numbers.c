/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/numbers.h"

#include <stdlib.h>

#include "base/log.h"
#include "directory/sync_internal.h"

#include "contract/ban.h"

static enum gp_status unreadable(struct gp_error *err, enum gp_status st)
{
	return gp_fail(err, st, "the database cannot be read");
}

/* Places: a number that is held is its own, a guest's number comes behind all of those. */
#define GUESTS_PLACE ((uint64_t)UINT32_MAX + 1)

static enum gp_status list_held(const struct gp_sync *s, uint64_t *place, size_t most,
				struct gp_number_line *lines, size_t *count, struct gp_error *err)
{
	struct gp_held_number *held = NULL;
	size_t len = 0;
	enum gp_status st = gp_store_held(s->deps.store, &held, &len, err);
	for (size_t i = 0; st == GP_ST_OK && i < len && *count < most; i++) {
		if (held[i].uid > *place) {
			struct gp_number_line *line = &lines[(*count)++];
			*line = (struct gp_number_line){.kind = GP_NUMBER_HELD, .uid = held[i].uid};
			memcpy(line->name, held[i].name, sizeof(line->name));
			*place = held[i].uid;
		}
	}
	free(held);
	return st;
}

static void guest_line(const struct gp_guest_record *record, struct gp_number_line *line)
{
	*line = (struct gp_number_line){.kind = GP_NUMBER_GUEST,
					.uid = record->uid,
					.first_seen_s = record->first_seen_s,
					.left_s = record->left_s,
					.created_s = record->created_s};
	memcpy(line->oid, record->oid, sizeof(line->oid));
	memcpy(line->name, record->name, sizeof(line->name));
}

static enum gp_status list_guests(const struct gp_sync *s, uint64_t *place, size_t most,
				  struct gp_number_line *lines, size_t *count, struct gp_error *err)
{
	struct gp_guest_record *records = NULL;
	size_t len = 0;
	size_t room = most - *count;
	enum gp_status st = gp_store_guests_after(s->deps.store, (uint32_t)(*place - GUESTS_PLACE),
						  room, &records, &len, err);
	for (size_t i = 0; st == GP_ST_OK && i < len; i++) {
		*place = GUESTS_PLACE + records[i].uid;
		if (strcmp(records[i].tid, s->deps.config->tenant_id) == 0) {
			guest_line(&records[i], &lines[(*count)++]);
		}
	}
	if (st == GP_ST_OK && len < room) {
		*place = 0;
	}
	free(records);
	return st;
}

enum gp_status gp_numbers_list(const struct gp_sync *sync, uint64_t place, size_t most,
			       struct gp_number_line *lines, size_t *count, uint64_t *next,
			       struct gp_error *err)
{
	enum gp_status st = GP_ST_OK;
	*count = 0;
	*next = place;
	if (place < GUESTS_PLACE) {
		st = list_held(sync, next, most, lines, count, err);
		if (st == GP_ST_OK && *count < most) {
			*next = GUESTS_PLACE;
		}
	}
	if (st == GP_ST_OK && *next >= GUESTS_PLACE) {
		st = list_guests(sync, next, most, lines, count, err);
	}
	return st;
}

/* Does somebody else have the number or the name of RECORD? */
static enum gp_status check_free(const struct gp_sync *s, const struct gp_guest_record *record,
				 struct gp_error *err)
{
	struct gp_guest_record other;
	enum gp_status st = gp_store_guest_by_uid(s->deps.store, record->uid, &other);
	if (st == GP_ST_OK) {
		return gp_fail(err, GP_ST_CONFLICT, "%s has the number %u", other.name,
			       record->uid);
	}
	if (st == GP_ST_NOT_FOUND) {
		st = gp_store_guest_by_name(s->deps.store, record->name, &other);
	}
	if (st == GP_ST_OK) {
		return gp_fail(err, GP_ST_CONFLICT, "the guest %s has the name %s with number %u",
			       other.oid, other.name, other.uid);
	}
	return st == GP_ST_NOT_FOUND ? GP_ST_OK : unreadable(err, st);
}

static enum gp_status check_rules(const struct gp_sync *s, const struct gp_guest_record *record,
				  struct gp_error *err)
{
	if (gp_ids_user_ok(s->deps.rules, gp_str_from(record->name), record->uid)) {
		return GP_ST_OK;
	}
	return gp_fail(err, GP_ST_INVALID,
		       "ids.conf does not permit the number %u with the name %s: it is outside the "
		       "range, and not adopted",
		       record->uid, record->name);
}

/* One guest of an import. *IS_NEW: he is to be added; else he is here already, as the line says. */
static enum gp_status check_guest(const struct gp_sync *s, const struct gp_guest_record *record,
				  bool *is_new, struct gp_error *err)
{
	struct gp_guest_record here;
	*is_new = false;
	enum gp_status st = check_rules(s, record, err);
	if (st != GP_ST_OK) {
		return st;
	}
	st = gp_store_guest_by_oid(s->deps.store, record->tid, record->oid, &here);
	if (st == GP_ST_OK) {
		if (here.uid == record->uid && strcmp(here.name, record->name) == 0) {
			return GP_ST_OK;
		}
		return gp_fail(err, GP_ST_CONFLICT,
			       "this guest is %s with number %u on this host already: numbers that "
			       "were given are not changed",
			       here.name, here.uid);
	}
	if (st != GP_ST_NOT_FOUND) {
		return unreadable(err, st);
	}
	*is_new = true;
	return check_free(s, record, err);
}

static enum gp_status import_guest(struct gp_sync *s, const struct gp_number_line *line,
				   size_t *added, struct gp_error *err)
{
	struct gp_guest_record record = {.uid = line->uid,
					 .first_seen_s = line->first_seen_s,
					 .left_s = line->left_s,
					 .created_s = line->created_s,
					 .basis = "import"};
	bool is_new = false;
	memcpy(record.tid, s->deps.config->tenant_id, sizeof(record.tid));
	memcpy(record.oid, line->oid, sizeof(record.oid));
	memcpy(record.name, line->name, sizeof(record.name));
	enum gp_status st = check_guest(s, &record, &is_new, err);
	if (st != GP_ST_OK) {
		return st;
	}
	if (!is_new) {
		return gp_store_guest_first_seen(s->deps.store, record.tid, record.oid,
						 line->first_seen_s, err);
	}
	(*added)++;
	return gp_store_guest_add(s->deps.store, &record, err);
}

static enum gp_status import_held(struct gp_sync *s, const struct gp_number_line *line,
				  struct gp_error *err)
{
	struct gp_held_number held = {.uid = line->uid};
	struct gp_guest_record owner;
	memcpy(held.name, line->name, sizeof(held.name));
	enum gp_status st = gp_store_guest_by_uid(s->deps.store, line->uid, &owner);
	if (st == GP_ST_NOT_FOUND) {
		return gp_store_held_add(s->deps.store, &held, err);
	}
	if (st == GP_ST_OK && strcmp(owner.name, line->name) != 0) {
		st = gp_fail(err, GP_ST_CONFLICT, "%s has the number %u", owner.name, line->uid);
	}
	return st;
}

static enum gp_status import_line(struct gp_sync *s, const struct gp_number_line *line,
				  size_t *added, struct gp_error *err)
{
	switch (line->kind) {
	case GP_NUMBER_NOTHING:
		return GP_ST_OK;
	case GP_NUMBER_TENANT:
		if (strcmp(line->oid, s->deps.config->tenant_id) == 0) {
			return GP_ST_OK;
		}
		return gp_fail(err, GP_ST_CONFLICT,
			       "the numbers are those of the tenant %s, and this host's is %s",
			       line->oid, s->deps.config->tenant_id);
	case GP_NUMBER_HELD:
		return import_held(s, line, err);
	case GP_NUMBER_GUEST:
		return import_guest(s, line, added, err);
	}
	return GP_ST_INTERNAL;
}

enum gp_status gp_numbers_import(struct gp_sync *sync, const struct gp_number_line *lines,
				 size_t count, bool check, size_t *added, size_t *at,
				 struct gp_error *err)
{
	*added = 0;
	*at = 0;
	enum gp_status st = gp_store_begin(sync->deps.store, err);
	for (; st == GP_ST_OK && *at < count; (*at)++) {
		st = import_line(sync, &lines[*at], added, err);
		if (st != GP_ST_OK) {
			break;
		}
	}
	/* A check is the whole thing, taken back: lines of one file can contradict each other. */
	if (st == GP_ST_OK && !check) {
		st = gp_store_commit(sync->deps.store, err);
	}
	if (st != GP_ST_OK || check) {
		gp_store_rollback(sync->deps.store);
	}
	return st;
}

/* What is held may go to the one whose name it was published with, if root says that it is he. */
static enum gp_status check_not_held(const struct gp_sync *s, const struct gp_guest_record *record,
				     struct gp_error *err)
{
	struct gp_held_number *held = NULL;
	size_t count = 0;
	enum gp_status st = gp_store_held(s->deps.store, &held, &count, err);
	for (size_t i = 0; st == GP_ST_OK && i < count; i++) {
		if (held[i].uid == record->uid && strcmp(held[i].name, record->name) != 0) {
			st = gp_fail(err, GP_ST_CONFLICT,
				     "the number %u was published for %s once and is held",
				     record->uid, held[i].name);
		}
	}
	free(held);
	return st;
}

static enum gp_status check_local(const struct gp_sync *s, const struct gp_guest_record *record,
				  struct gp_error *err)
{
	if (gp_local_has_user(&s->local, gp_str_from(record->name), record->uid)) {
		return gp_fail(err, GP_ST_CONFLICT, "a local account has the name %s or number %u",
			       record->name, record->uid);
	}
	return GP_ST_OK;
}

static enum gp_status find_candidate(const struct gp_sync *s, const char *oid,
				     struct gp_guest_record *record, struct gp_error *err)
{
	struct gp_user user;
	const struct gp_guest *guest = gp_sync_find_oid(s, oid);
	if (guest == NULL || guest->person == NULL) {
		return gp_fail(err, GP_ST_NOT_FOUND, "no guest has this object id here");
	}
	enum gp_status st =
		gp_store_guest_by_oid(s->deps.store, s->deps.config->tenant_id, oid, record);
	if (st == GP_ST_OK) {
		return gp_fail(err, GP_ST_DENIED,
			       "%s has the number %u already: what was given is not changed, "
			       "because files carry it",
			       record->name, record->uid);
	}
	if (st != GP_ST_NOT_FOUND) {
		return unreadable(err, st);
	}
	*record = (struct gp_guest_record){.basis = "set"};
	gp_sync_user(s, guest, &user);
	memcpy(record->tid, s->deps.config->tenant_id, sizeof(record->tid));
	memcpy(record->oid, guest->id, sizeof(record->oid));
	record->created_s = user.created_s;
	record->first_seen_s = gp_clock_wall_s(s->deps.clock);
	return gp_name_make(s->deps.config->name_template, user.mail, record->name, err);
}

enum gp_status gp_numbers_set(struct gp_sync *sync, const char *oid, uint32_t uid,
			      struct gp_error *err)
{
	struct gp_guest_record record;
	enum gp_status st = find_candidate(sync, oid, &record, err);
	record.uid = uid;
	if (st == GP_ST_OK) {
		st = check_rules(sync, &record, err);
	}
	if (st == GP_ST_OK) {
		st = check_local(sync, &record, err);
	}
	if (st == GP_ST_OK) {
		st = check_not_held(sync, &record, err);
	}
	if (st == GP_ST_OK) {
		st = check_free(sync, &record, err);
	}
	if (st == GP_ST_OK) {
		st = gp_store_guest_add(sync->deps.store, &record, err);
	}
	if (st == GP_ST_OK) {
		gp_log(GP_LOG_INFO, "number-set", "guest=%s name=%s uid=%u", oid, record.name, uid);
	}
	return st;
}

/* Every published number that no record explains, one transaction. */
static enum gp_status hold_all(struct gp_sync *s, const struct gp_directory_view *view,
			       size_t *held, struct gp_error *err)
{
	struct gp_directory_user user;
	struct gp_guest_record record;
	size_t cursor = 0;
	enum gp_status st = GP_ST_OK;
	while (st == GP_ST_OK && gp_directory_next_user(view, &cursor, &user) == GP_ST_OK) {
		struct gp_held_number number = {.uid = user.uid};
		enum gp_status known =
			user.adopted ? GP_ST_OK
				     : gp_store_guest_by_uid(s->deps.store, user.uid, &record);
		if (known == GP_ST_OK) {
			continue;
		}
		st = known == GP_ST_NOT_FOUND ? gp_copy(number.name, sizeof(number.name), user.name)
					      : unreadable(err, known);
		if (st == GP_ST_OK) {
			st = gp_store_held_add(s->deps.store, &number, err);
		}
		*held += st == GP_ST_OK;
	}
	return st;
}

enum gp_status gp_numbers_hold_published(struct gp_sync *sync, size_t *held, struct gp_error *err)
{
	struct gp_directory_view view = {0};
	*held = 0;
	if (sync->stats.unexplained == 0) {
		return gp_fail(err, GP_ST_DENIED,
			       "the database knows everybody who is published: there is nothing to "
			       "hold");
	}
	if (gp_sync_open_published(sync, &view) != GP_ST_OK) {
		return gp_fail(err, GP_ST_NOT_FOUND, "there is no published directory");
	}
	enum gp_status st = gp_store_begin(sync->deps.store, err);
	if (st == GP_ST_OK) {
		st = hold_all(sync, &view, held, err);
	}
	gp_directory_close(&view);
	if (st == GP_ST_OK) {
		st = gp_store_commit(sync->deps.store, err);
	}
	if (st != GP_ST_OK) {
		gp_store_rollback(sync->deps.store);
		return st;
	}
	gp_log(GP_LOG_WARN, "published-numbers-held", "count=%zu", *held);
	return GP_ST_OK;
}

void gp_numbers_apply(struct gp_sync *sync)
{
	struct gp_error err = {0};
	if (sync->stats.last_sync_s != 0 &&
	    gp_sync_take_over(sync, NULL, &sync->links, false, &err) != GP_ST_OK) {
		gp_log(GP_LOG_WARN, "numbers-taken-later", "error=%s", err.text);
	}
}
