/* SPDX-License-Identifier: Apache-2.0 */
/* From what was read to what is known: planned, kept in one transaction, and only then believed. */
#include <malloc.h>
#include <stdlib.h>

#include "base/log.h"
#include "directory/candidate.h"
#include "directory/sync_internal.h"

#include "contract/ban.h"

#define REMOVAL_FREE 2 /* so many may always go: of three guests one is more than 30 percent */
#define PERCENT      100

/* All that a plan is made of. */
struct material {
	struct gp_guest_record *records;
	struct gp_group_record *groups;
	struct gp_held_number *held;
	struct gp_oid *in_question;
	uint64_t *standing;
	struct gp_directory_view published;
	struct gp_plan_input in;
};

static void material_free(struct material *m)
{
	free(m->records);
	free(m->groups);
	free(m->held);
	free(m->in_question);
	free(m->standing);
	gp_directory_close(&m->published);
}

static bool stamp(const char *path, struct stat *out)
{
	*out = (struct stat){0};
	return stat(path, out) == 0;
}

static bool same_stamp(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_dev == b->st_dev && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

bool gp_sync_local_changed(const struct gp_sync *s)
{
	struct stat passwd;
	struct stat group;
	return !stamp(s->passwd, &passwd) || !stamp(s->group, &group) ||
	       !same_stamp(&passwd, &s->passwd_stamp) || !same_stamp(&group, &s->group_stamp);
}

static enum gp_status read_local(struct gp_sync *s, struct gp_error *err)
{
	struct gp_local local = {0};
	/* Before reading: what changes meanwhile is seen the next time. */
	(void)stamp(s->passwd, &s->passwd_stamp);
	(void)stamp(s->group, &s->group_stamp);
	enum gp_status st = gp_local_read(s->passwd, s->group, &local, err);
	if (st != GP_ST_OK) {
		s->passwd_stamp = s->group_stamp = (struct stat){0};
		return st;
	}
	gp_local_free(&s->local);
	s->local = local;
	return GP_ST_OK;
}

struct by_uid {
	const struct gp_guest_record *record;
};

static int uid_order(const void *a, const void *b)
{
	uint32_t x = ((const struct by_uid *)a)->record->uid;
	uint32_t y = ((const struct by_uid *)b)->record->uid;
	return (x > y) - (x < y);
}

static bool is_held(const struct material *m, const struct gp_directory_user *user)
{
	for (size_t i = 0; i < m->in.held_count; i++) {
		if (m->held[i].uid == user->uid) {
			return true;
		}
	}
	return false;
}

/* Published guests that no record explains: then the database is not the one that gave the numbers
 * out (lost, or restored from an old copy), and to give out more could give one twice. A record
 * with another name is one that was renamed since. */
static enum gp_status count_unexplained(const struct material *m, size_t *out)
{
	struct gp_directory_user user;
	size_t cursor = 0;
	struct by_uid *sorted = calloc(m->in.record_count + 1, sizeof(*sorted));
	*out = 0;
	if (sorted == NULL) {
		return GP_ST_NO_MEMORY;
	}
	for (size_t i = 0; i < m->in.record_count; i++) {
		sorted[i].record = &m->records[i];
	}
	if (m->in.record_count > 1) {
		qsort(sorted, m->in.record_count, sizeof(*sorted), uid_order);
	}
	while (gp_directory_next_user(&m->published, &cursor, &user) == GP_ST_OK) {
		const struct gp_guest_record wanted = {.uid = user.uid};
		const struct by_uid key = {&wanted};
		if (!user.adopted && !is_held(m, &user) &&
		    (m->in.record_count == 0 ||
		     bsearch(&key, sorted, m->in.record_count, sizeof(key), uid_order) == NULL)) {
			(*out)++;
		}
	}
	free(sorted);
	return GP_ST_OK;
}

enum gp_status gp_sync_open_published(const struct gp_sync *s, struct gp_directory_view *out)
{
	const char *const paths[] = {s->current, GP_PUBLISHEDDIR "/directory"};
	enum gp_status st = GP_ST_NOT_FOUND;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		st = gp_directory_open(paths[i], out);
		if (st != GP_ST_OK) {
			continue;
		}
		if (gp_directory_whole(out)) {
			return GP_ST_OK;
		}
		gp_directory_close(out);
		st = GP_ST_INVALID;
	}
	return st;
}

/* No file is no contradiction: on a new host, or after a boot without the durable copy. Once the
 * database has explained the file, only we can change either. */
static enum gp_status compare_published(struct gp_sync *s, struct material *m, struct gp_error *err)
{
	size_t unexplained = 0;
	if (s->explained) {
		return GP_ST_OK;
	}
	if (gp_sync_open_published(s, &m->published) != GP_ST_OK) {
		m->published = (struct gp_directory_view){0};
		s->stats.unexplained = 0;
		return GP_ST_OK;
	}
	if (count_unexplained(m, &unexplained) != GP_ST_OK) {
		return gp_fail(err, GP_ST_NO_MEMORY, "no memory");
	}
	if (unexplained > 0) {
		m->in.only = &m->published;
	}
	if (unexplained > 0 && s->stats.unexplained == 0) {
		gp_log(GP_LOG_ERROR, "allocation-stopped",
		       "published_guests_that_the_database_does_not_know=%zu", unexplained);
	}
	s->stats.unexplained = unexplained;
	s->explained = unexplained == 0;
	return GP_ST_OK;
}

/* What was known of guests who are not in what was read now: their files keep an organisation. */
static enum gp_status carry_over(const struct gp_sync *s, struct gp_roll *roll,
				 const struct gp_guest_record *records, size_t count)
{
	enum gp_status st = GP_ST_OK;
	for (size_t i = 0; st == GP_ST_OK && i < count; i++) {
		struct gp_user user;
		const struct gp_person *person = gp_roll_find(s->roll, records[i].oid);
		if (person == NULL || gp_roll_find(roll, records[i].oid) != NULL) {
			continue;
		}
		gp_roll_user(s->roll, person, &user);
		st = gp_roll_put_user(roll, &user, (enum gp_source)person->source, person->read_s);
		if (st == GP_ST_OK && person->gone) {
			st = gp_roll_put_gone(roll, records[i].oid, person->read_s);
		}
	}
	return st;
}

/* Where everybody stands in ROLL, with all that is given already. A roll that was read wholly is
 * completed before. */
static enum gp_status gather(struct gp_sync *s, struct gp_roll *roll, bool full, struct material *m,
			     struct gp_error *err)
{
	m->in = (struct gp_plan_input){
		.config = s->deps.config,
		.rules = s->deps.rules,
		.local = &s->local,
		.now_s = gp_clock_wall_s(s->deps.clock),
		.roll = roll,
	};
	enum gp_status st = read_local(s, err);
	if (st == GP_ST_OK) {
		st = gp_store_guests(s->deps.store, &m->records, &m->in.record_count, err);
	}
	if (st == GP_ST_OK) {
		st = gp_store_groups(s->deps.store, &m->groups, &m->in.group_count, err);
	}
	if (st == GP_ST_OK) {
		st = gp_store_held(s->deps.store, &m->held, &m->in.held_count, err);
	}
	if (st == GP_ST_OK) {
		st = gp_store_in_question(s->deps.store, s->deps.config->tenant_id, &m->in_question,
					  &m->in.in_question_count, err);
	}
	if (st == GP_ST_OK) {
		st = compare_published(s, m, err);
	}
	if (st != GP_ST_OK) {
		return st;
	}
	if (full && (carry_over(s, roll, m->records, m->in.record_count) != GP_ST_OK ||
		     gp_roll_sort(roll) != GP_ST_OK)) {
		return gp_fail(err, GP_ST_NO_MEMORY, "no memory");
	}
	m->standing = calloc(gp_roll_person_count(roll) + 1, sizeof(*m->standing));
	if (m->standing == NULL ||
	    gp_plan_standing(roll, s->deps.config, m->standing) != GP_ST_OK) {
		return gp_fail(err, GP_ST_NO_MEMORY, "no memory");
	}
	m->in.standing = m->standing;
	m->in.records = m->records;
	m->in.groups = m->groups;
	m->in.held = m->held;
	m->in.in_question = m->in_question;
	return GP_ST_OK;
}

/* Would PLAN take away more than may go by itself? */
static bool is_too_much(struct gp_sync *s, const struct gp_plan *plan, struct gp_error *err)
{
	size_t removed = plan->newly_departed;
	size_t before = plan->stayed + removed;
	if (removed <= REMOVAL_FREE || removed <= s->accepted ||
	    removed * PERCENT <= before * s->deps.config->max_removal) {
		return false;
	}
	if (s->stats.held.removed == 0) {
		s->stats.held.since_s = gp_clock_wall_s(s->deps.clock);
	}
	s->stats.held.removed = removed;
	s->stats.held.of = before;
	(void)gp_fail(
		err, GP_ST_CONFLICT,
		"%zu of %zu guests would go, more than max_removal permits: see whether that is "
		"right, then guestpass sync --accept",
		removed, before);
	return true;
}

static size_t count_missing(const struct gp_roll *roll, const struct gp_config *config)
{
	size_t missing = 0;
	for (size_t i = 0; i < config->access_groups_len; i++) {
		const struct gp_roll_group *g = gp_roll_find_group(roll, config->access_groups[i]);
		missing += g != NULL && !g->exists;
	}
	for (size_t i = 0; i < config->mapped_groups_len; i++) {
		const struct gp_roll_group *g =
			gp_roll_find_group(roll, config->mapped_groups[i].entra_group);
		missing += g != NULL && !g->exists;
	}
	return missing;
}

static const char *canary_word(enum gp_tri canary)
{
	return canary == GP_TRUE ? "told" : canary == GP_FALSE ? "not-told" : "unknown";
}

/* From here on nothing can fail. ADDED of the guests are new. */
static void believe(struct gp_sync *s, struct gp_roll *roll, struct gp_table *table, size_t added,
		    const struct material *m)
{
	gp_table_free(&s->table);
	s->table = *table;
	if (roll != s->roll) {
		gp_roll_free(s->roll);
		s->roll = roll;
	}
	if (m->in.only != NULL) {
		/* Each of them is one whom the file has. */
		s->stats.unexplained -= added < s->stats.unexplained ? added : s->stats.unexplained;
		s->explained = s->stats.unexplained == 0;
	}
	s->stats.canary = gp_plan_canary(roll, m->standing);
	s->stats.quarantined = s->table.plan.quarantined;
	s->stats.departed = s->table.plan.departed;
	s->stats.guests = 0;
	for (size_t i = s->table.quarantined; i < s->table.plan.guest_count; i++) {
		s->stats.guests += s->table.plan.guests[i].present;
	}
	s->stats.missing_groups = count_missing(roll, s->deps.config);
	gp_domains_make(s->deps.config, &s->table.plan, &s->domains);
	gp_log(s->stats.canary == GP_FALSE ? GP_LOG_ERROR : GP_LOG_INFO, "synced",
	       "guests=%zu quarantined=%zu departed=%zu added=%zu account_enabled=%s",
	       s->stats.guests, s->stats.quarantined, s->stats.departed, added,
	       canary_word(s->stats.canary));
	if (s->stats.missing_groups > 0) {
		gp_log(GP_LOG_WARN, "groups-missing", "count=%zu", s->stats.missing_groups);
	}
}

void gp_sync_touch(const struct gp_sync *s)
{
	if (s->stats.unexplained == 0) {
		gp_offer_touch(s->offer);
	}
}

static enum gp_status settle(struct gp_sync *s, struct gp_roll *roll, struct gp_links *links,
			     bool full, struct material *m, struct gp_error *err)
{
	struct gp_plan plan = {0};
	struct gp_table table = {0};
	enum gp_status st = gather(s, roll, full, m, err);
	if (st == GP_ST_OK) {
		st = gp_plan_make(&m->in, &plan, err);
	}
	/* As much as the guests themselves, and not needed any more. */
	free(m->records);
	m->records = NULL;
	if (st != GP_ST_OK) {
		return st;
	}
	if (is_too_much(s, &plan, err)) {
		gp_plan_free(&plan);
		return GP_ST_CONFLICT;
	}
	const struct gp_keep keep = {s->roll, roll,     &plan,
				     links,   s->scope, s->deps.config->tenant_id};
	size_t added = plan.added_count;
	st = gp_keep_save(s->deps.store, &keep, err);
	if (st == GP_ST_OK) {
		gp_sync_tell_changes(s, &plan);
		gp_plan_forget_changes(&plan);
		st = gp_table_make(&plan, &table, err);
	}
	if (st != GP_ST_OK) {
		gp_plan_free(&plan);
		return st;
	}
	believe(s, roll, &table, added, m);
	return GP_ST_OK;
}

enum gp_status gp_sync_take_over(struct gp_sync *s, struct gp_roll *roll, struct gp_links *links,
				 bool full, struct gp_error *err)
{
	struct material m = {0};
	struct gp_roll *next = roll != NULL ? roll : s->roll;
	bool is_read = links != &s->links;
	enum gp_status st = settle(s, next, links, full, &m, err);
	material_free(&m);
	if (st != GP_ST_OK) {
		if (next != s->roll) {
			gp_roll_free(next);
		}
		return st;
	}
	if (is_read) {
		gp_links_free(&s->links);
		s->links = *links;
		links->count = 0;
	}
	if (roll != NULL && is_read) {
		s->stats.held = (struct gp_sync_held){0};
		s->accepted = 0;
	}
	gp_sync_touch(s);
	/* What a read needed for a moment goes back to the system. */
	(void)malloc_trim(0);
	return GP_ST_OK;
}

/* Whom the kept roll and the records make. Nothing new is given here: that is for a read to do,
 * which can be kept. */
static enum gp_status take_up(struct gp_sync *s, struct material *m, struct gp_error *err)
{
	struct gp_plan plan = {0};
	struct gp_table table = {0};
	enum gp_status st = gather(s, s->roll, false, m, err);
	if (st == GP_ST_OK) {
		st = gp_plan_make(&m->in, &plan, err);
	}
	if (st != GP_ST_OK) {
		return st;
	}
	if (plan.added_count == 0 && plan.added_group_count == 0) {
		gp_plan_forget_changes(&plan);
		st = gp_table_make(&plan, &table, err);
		if (st == GP_ST_OK) {
			believe(s, s->roll, &table, 0, m);
			gp_sync_tell_taken_up(s, m->records, m->in.record_count, &m->published);
			gp_sync_touch(s);
		}
	}
	gp_plan_free(&plan);
	return st;
}

enum gp_status gp_sync_load(struct gp_sync *s, struct gp_error *err)
{
	struct gp_roll *roll = NULL;
	struct gp_links links = {.count = 0};
	struct material m = {0};
	enum gp_status st = gp_keep_scope(s->deps.config, s->scope);
	if (st == GP_ST_OK) {
		st = gp_keep_load(s->deps.store, s->scope, &roll, &links, err);
	}
	if (st != GP_ST_OK) {
		return st;
	}
	gp_roll_free(s->roll);
	gp_links_free(&s->links);
	s->roll = roll;
	s->links = links;
	if (gp_roll_person_count(roll) > 0) {
		st = take_up(s, &m, err);
	}
	material_free(&m);
	(void)malloc_trim(0);
	return st;
}

enum gp_status gp_sync_build(void *arg, uint64_t generation, uint64_t seed,
			     struct gp_directory_bytes *out, struct gp_error *err)
{
	const struct gp_sync *s = arg;
	const struct gp_candidate in = {
		.plan = &s->table.plan,
		.roll = s->roll,
		.config = s->deps.config,
		.rules = s->deps.rules,
		.local = &s->local,
		.generation = generation,
		.seed = seed,
	};
	return gp_candidate_build(&in, out, err);
}
