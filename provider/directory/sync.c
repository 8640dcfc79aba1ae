/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/sync.h"

#include <stdlib.h>
#include <time.h>

#include "base/log.h"
#include "base/random.h"
#include "directory/candidate.h"
#include "directory/offer.h"
#include "directory/table.h"

#include "contract/ban.h"

#define RETRY_MS     5000
#define READ_MAX_MS  900000 /* for all groups together */
#define MEMBERS_MAX  200000 /* of all groups together, before merging */
#define JITTER_SHARE 10     /* a tenth: so that a fleet does not ask at the same moment */

/* The members as they arrive; thrown away unless the read is complete. */
struct reading {
	struct gp_graph_call *call;
	size_t group;
	struct gp_user *users;
	size_t count;
	size_t room;
	enum gp_status status;
};

struct gp_sync {
	struct gp_sync_deps deps;
	const struct gp_sync_lister *lister;
	const char *passwd; /* the files of the local accounts */
	const char *group;
	struct gp_local local; /* as of the last complete read */
	struct gp_offer *offer;
	char current[GP_CONFIG_PATH + 16]; /* the published file */
	sd_event_source *next;             /* when to read again */
	sd_event_source *deadline;         /* of the read under way */
	bool started;
	struct reading reading;
	struct gp_table table;
	int64_t retry_ms;
	int64_t failed_ms; /* monotonic: when the last attempt failed */
	bool may_hurry;    /* it failed in a way that passes by itself */
	struct gp_sync_stats stats;
	gp_sync_done *synced;
	void *arg;
};

static const struct gp_sync_lister graph_lister = {gp_graph_list_members, gp_graph_cancel};

static void list_group(struct gp_sync *s);

static void arm(sd_event_source *timer, int64_t ms)
{
	if (sd_event_source_set_time_relative(timer, (uint64_t)ms * 1000) < 0 ||
	    sd_event_source_set_enabled(timer, SD_EVENT_ONESHOT) < 0) {
		gp_log(GP_LOG_ERROR, "sync-timer-failed", "wait_ms=%lld", (long long)ms);
	}
}

static void end_reading(struct gp_sync *s)
{
	(void)sd_event_source_set_enabled(s->deadline, SD_EVENT_OFF);
	if (s->reading.call != NULL) {
		s->lister->cancel(s->reading.call);
	}
	free(s->reading.users);
	s->reading = (struct reading){0};
}

/* What was known stays known. */
static void read_failed(struct gp_sync *s, enum gp_status status, const struct gp_error *err)
{
	int64_t interval_ms = (int64_t)s->deps.config->interval_s * 1000;
	bool listed_whole = s->reading.group >= s->deps.config->access_groups_len;
	end_reading(s);
	s->failed_ms = gp_clock_monotonic_ms(s->deps.clock);
	s->may_hurry = !listed_whole && gp_status_may_pass(status);
	s->stats.last_status = status;
	(void)gp_fail(&s->stats.last_error, status, "%s",
		      err != NULL && err->text[0] != '\0' ? err->text : gp_status_name(status));
	gp_log(GP_LOG_WARN, "sync-failed", "status=%s error=%s retry_ms=%lld",
	       gp_status_name(status), s->stats.last_error.text, (long long)s->retry_ms);
	arm(s->next, s->retry_ms);
	s->retry_ms = s->retry_ms * 2 > interval_ms ? interval_ms : s->retry_ms * 2;
	if (s->synced != NULL) {
		s->synced(s->arg, status);
	}
}

/* No number is published before it is durable. */
static enum gp_status keep_numbers(struct gp_sync *s, const struct gp_plan *plan,
				   struct gp_error *err)
{
	if (plan->added_count == 0) {
		return GP_ST_OK;
	}
	enum gp_status st = gp_store_begin(s->deps.store, err);
	for (size_t i = 0; st == GP_ST_OK && i < plan->added_count; i++) {
		st = gp_store_guest_add(s->deps.store, &plan->added[i], err);
	}
	if (st == GP_ST_OK) {
		st = gp_store_commit(s->deps.store, err);
	}
	if (st != GP_ST_OK) {
		gp_store_rollback(s->deps.store);
	}
	return st;
}

/* Once, when it begins or its reason changes. */
static void log_quarantine(const struct gp_sync *s, const struct gp_plan *plan)
{
	for (size_t i = 0; i < plan->guest_count && plan->guests[i].quarantined; i++) {
		const struct gp_guest *now = &plan->guests[i];
		const struct gp_guest *before = gp_sync_find_oid(s, now->user.id);
		if (before == NULL || !before->quarantined ||
		    strcmp(before->quarantine, now->quarantine) != 0) {
			gp_log(GP_LOG_WARN, "quarantined", "guest=%s reason=%s", now->user.id,
			       now->quarantine);
		}
	}
}

/* What was read, with the records there are, as a plan. */
static enum gp_status make_plan(struct gp_sync *s, struct gp_plan *plan, struct gp_error *err)
{
	struct gp_guest_record *records = NULL;
	struct gp_local local = {0};
	struct gp_plan_input in = {
		.tid = s->deps.config->tenant_id,
		.rules = s->deps.rules,
		.home_prefix = s->deps.config->home_prefix,
		.local = &s->local,
		.now_s = gp_clock_wall_s(s->deps.clock),
		.users = s->reading.users,
		.user_count = s->reading.count,
	};
	enum gp_status st = gp_local_read(s->passwd, s->group, &local, err);
	if (st != GP_ST_OK) {
		return st;
	}
	gp_local_free(&s->local);
	s->local = local;
	st = gp_store_guests(s->deps.store, &records, &in.record_count, err);
	in.records = records;
	if (st == GP_ST_OK) {
		st = gp_plan_make(&in, plan, err);
	}
	free(records);
	return st;
}

static enum gp_status take_over(struct gp_sync *s, struct gp_error *err)
{
	struct gp_plan plan = {0};
	enum gp_status st = make_plan(s, &plan, err);
	if (st != GP_ST_OK) {
		return st;
	}
	size_t added = plan.added_count;
	struct gp_table table = {0};
	st = keep_numbers(s, &plan, err);
	if (st == GP_ST_OK) {
		log_quarantine(s, &plan);
		st = gp_table_make(&plan, &table, err);
	}
	if (st != GP_ST_OK) {
		gp_plan_free(&plan);
		return st;
	}
	gp_table_free(&s->table);
	s->table = table;
	s->stats.quarantined = table.quarantined;
	s->stats.guests = table.plan.guest_count - table.quarantined;
	s->stats.canary = gp_plan_canary(s->reading.users, s->reading.count);
	gp_log(s->stats.canary == GP_FALSE ? GP_LOG_ERROR : GP_LOG_INFO, "synced",
	       "guests=%zu quarantined=%zu added=%zu account_enabled=%s", s->stats.guests,
	       s->stats.quarantined, added,
	       s->stats.canary == GP_TRUE    ? "told"
	       : s->stats.canary == GP_FALSE ? "not-told"
					     : "unknown");
	return GP_ST_OK;
}

static void read_complete(struct gp_sync *s)
{
	struct gp_error err = {0};
	enum gp_status st = take_over(s, &err);
	if (st != GP_ST_OK) {
		read_failed(s, st, &err);
		return;
	}
	end_reading(s);
	uint32_t interval_ms = s->deps.config->interval_s * 1000;
	s->retry_ms = RETRY_MS;
	s->stats.last_sync_s = gp_clock_wall_s(s->deps.clock);
	s->stats.last_status = GP_ST_OK;
	s->stats.last_error = (struct gp_error){0};
	arm(s->next, (int64_t)interval_ms - gp_random_below(interval_ms / JITTER_SHARE + 1));
	gp_offer_touch(s->offer);
	if (s->synced != NULL) {
		s->synced(s->arg, GP_ST_OK);
	}
}

static void on_member(void *arg, const struct gp_user *user)
{
	struct reading *r = &((struct gp_sync *)arg)->reading;
	if (r->status != GP_ST_OK) {
		return;
	}
	if (r->count == MEMBERS_MAX) {
		r->status = GP_ST_TOO_BIG;
		return;
	}
	if (r->count == r->room) {
		size_t room = r->room == 0 ? 64 : r->room * 2;
		struct gp_user *more = reallocarray(r->users, room, sizeof(*more));
		if (more == NULL) {
			r->status = GP_ST_NO_MEMORY;
			return;
		}
		r->users = more;
		r->room = room;
	}
	r->users[r->count++] = *user;
}

static void on_group(void *arg, const char *id)
{
	(void)arg;
	(void)id;
}

static void on_listed(void *arg, enum gp_status status, const struct gp_error *err)
{
	struct gp_sync *s = arg;
	s->reading.call = NULL;
	if (status == GP_ST_OK && s->reading.status != GP_ST_OK) {
		status = s->reading.status;
		err = NULL;
	}
	if (status != GP_ST_OK) {
		read_failed(s, status, err);
		return;
	}
	s->reading.group++;
	list_group(s);
}

static void list_group(struct gp_sync *s)
{
	const struct gp_graph_listing listing = {on_member, on_group, on_listed, s};
	if (s->reading.group >= s->deps.config->access_groups_len) {
		read_complete(s);
		return;
	}
	enum gp_status st =
		s->lister->list(s->deps.graph, s->deps.config->access_groups[s->reading.group],
				&listing, &s->reading.call);
	if (st != GP_ST_OK) {
		s->reading.call = NULL;
		read_failed(s, st, NULL);
	}
}

static int on_next(sd_event_source *source, uint64_t usec, void *arg)
{
	struct gp_sync *s = arg;
	(void)source;
	(void)usec;
	end_reading(s);
	s->may_hurry = false;
	arm(s->deadline, READ_MAX_MS);
	list_group(s);
	return 0;
}

static int on_deadline(sd_event_source *source, uint64_t usec, void *arg)
{
	(void)source;
	(void)usec;
	read_failed(arg, GP_ST_TIMEOUT, NULL);
	return 0;
}

static enum gp_status build(void *arg, uint64_t generation, uint64_t seed,
			    struct gp_directory_bytes *out, struct gp_error *err)
{
	const struct gp_sync *s = arg;
	const struct gp_candidate in = {
		.guests = s->table.plan.guests,
		.guest_count = s->table.plan.guest_count,
		.rules = s->deps.rules,
		.local = &s->local,
		.home_prefix = s->deps.config->home_prefix,
		.shell = s->deps.config->shell,
		.generation = generation,
		.seed = seed,
	};
	return gp_candidate_build(&in, out, err);
}

static enum gp_status set_up(struct gp_sync *s, struct gp_error *err)
{
	if (gp_format(s->current, sizeof(s->current), "%s/directory",
		      s->deps.config->run_directory) != GP_ST_OK) {
		return gp_fail(err, GP_ST_TOO_BIG, "the run directory's path is too long");
	}
	if (sd_event_add_time_relative(s->deps.event, &s->next, CLOCK_BOOTTIME, 0, 0, on_next, s) <
		    0 ||
	    sd_event_source_set_enabled(s->next, SD_EVENT_OFF) < 0 ||
	    sd_event_add_time_relative(s->deps.event, &s->deadline, CLOCK_BOOTTIME, 0, 0,
				       on_deadline, s) < 0 ||
	    sd_event_source_set_enabled(s->deadline, SD_EVENT_OFF) < 0) {
		return gp_fail(err, GP_ST_NO_MEMORY, "the loop takes no more timers");
	}
	const struct gp_offer_deps offer = {
		.event = s->deps.event,
		.clock = s->deps.clock,
		.store = s->deps.store,
		.publish_socket = s->deps.publish_socket,
		.current = s->current,
		.build = build,
		.arg = s,
	};
	return gp_offer_new(&offer, &s->offer, err);
}

enum gp_status gp_sync_new(const struct gp_sync_deps *deps, struct gp_sync **out,
			   struct gp_error *err)
{
	struct gp_sync *s = calloc(1, sizeof(*s));
	if (s == NULL) {
		return gp_fail(err, GP_ST_NO_MEMORY, "no memory");
	}
	s->deps = *deps;
	s->lister = &graph_lister;
	s->passwd = "/etc/passwd";
	s->group = "/etc/group";
	s->retry_ms = RETRY_MS;
	enum gp_status st = set_up(s, err);
	if (st != GP_ST_OK) {
		gp_sync_free(s);
		return st;
	}
	*out = s;
	return GP_ST_OK;
}

void gp_sync_free(struct gp_sync *sync)
{
	if (sync == NULL) {
		return;
	}
	end_reading(sync);
	gp_offer_free(sync->offer);
	sd_event_source_disable_unref(sync->next);
	sd_event_source_disable_unref(sync->deadline);
	gp_table_free(&sync->table);
	gp_local_free(&sync->local);
	free(sync);
}

void gp_sync_set_lister(struct gp_sync *sync, const struct gp_sync_lister *lister)
{
	sync->lister = lister;
}

void gp_sync_set_local(struct gp_sync *sync, const char *passwd, const char *group)
{
	sync->passwd = passwd;
	sync->group = group;
}

void gp_sync_start(struct gp_sync *sync, gp_sync_done *synced, void *arg)
{
	sync->synced = synced;
	sync->arg = arg;
	sync->started = true;
	arm(sync->next, 0);
}

void gp_sync_hurry(struct gp_sync *sync)
{
	if (!sync->may_hurry) {
		return;
	}
	int64_t left = sync->failed_ms + RETRY_MS - gp_clock_monotonic_ms(sync->deps.clock);
	arm(sync->next, left > 0 ? left : 0);
}

void gp_sync_reload(struct gp_sync *sync, const struct gp_config *config, struct gp_graph *graph)
{
	end_reading(sync);
	sync->may_hurry = false;
	sync->deps.config = config;
	sync->deps.graph = graph;
	sync->retry_ms = RETRY_MS;
	if (sync->started) {
		arm(sync->next, 0);
	}
}

const struct gp_guest *gp_sync_find(const struct gp_sync *sync, struct gp_str name)
{
	return gp_table_find(&sync->table, name);
}

const struct gp_guest *gp_sync_find_oid(const struct gp_sync *sync, const char *oid)
{
	return gp_table_find_oid(&sync->table, oid);
}

size_t gp_sync_count(const struct gp_sync *sync)
{
	return sync->table.plan.guest_count;
}

const struct gp_guest *gp_sync_at(const struct gp_sync *sync, size_t i)
{
	return i < sync->table.plan.guest_count ? &sync->table.plan.guests[i] : NULL;
}

void gp_sync_get_stats(const struct gp_sync *sync, struct gp_sync_stats *out)
{
	*out = sync->stats;
	out->last_publish_s = gp_offer_last_s(sync->offer);
	out->published = gp_offer_is_current(sync->offer);
	out->publish_status = gp_offer_status(sync->offer, &out->publish_error);
}
