/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/sync.h"

#include <stdlib.h>
#include <sys/inotify.h>
#include <time.h>

#include "base/log.h"
#include "base/random.h"
#include "directory/sync_internal.h"

#include "contract/ban.h"

#define RETRY_MS     5000
#define READ_MAX_MS  900000 /* for all groups together */
#define JITTER_SHARE 10     /* a tenth: so that a fleet does not ask at the same moment */

static const struct gp_source_ops graph_ops = {
	gp_graph_list_members, gp_graph_delta,        gp_graph_get_users, gp_graph_get_user,
	gp_graph_find_user,    gp_graph_check_groups, gp_graph_cancel};

static void arm(sd_event_source *timer, int64_t ms)
{
	if (sd_event_source_set_time_relative(timer, (uint64_t)ms * 1000) < 0 ||
	    sd_event_source_set_enabled(timer, SD_EVENT_ONESHOT) < 0) {
		gp_log(GP_LOG_ERROR, "sync-timer-failed", "wait_ms=%lld", (long long)ms);
	}
}

static int64_t with_jitter(uint32_t interval_s)
{
	uint32_t ms = interval_s * 1000;
	return (int64_t)ms - gp_random_below(ms / JITTER_SHARE + 1);
}

static void end_reading(struct gp_sync *s)
{
	(void)sd_event_source_set_enabled(s->deadline, SD_EVENT_OFF);
	gp_reading_free(s->reading);
	s->reading = NULL;
	gp_round_free(s->round);
	s->round = NULL;
}

/* What was known stays known. */
static void read_failed(struct gp_sync *s, enum gp_status status, const struct gp_error *err,
			bool arrived)
{
	int64_t interval_ms = (int64_t)s->deps.config->interval_s * 1000;
	struct gp_error copy = err != NULL ? *err : (struct gp_error){0};
	end_reading(s);
	s->stats.attempts++;
	s->failed_ms = gp_clock_monotonic_ms(s->deps.clock);
	s->may_hurry = !arrived && gp_status_may_pass(status);
	s->stats.last_status = status;
	(void)gp_fail(&s->stats.last_error, status, "%s",
		      copy.text[0] != '\0' ? copy.text : gp_status_name(status));
	/* What is held is not cured by reading everything again and again. */
	int64_t wait_ms = s->stats.held.removed > 0 ? interval_ms : s->retry_ms;
	gp_log(GP_LOG_WARN, "sync-failed", "status=%s error=%s retry_ms=%lld",
	       gp_status_name(status), s->stats.last_error.text, (long long)wait_ms);
	arm(s->next, wait_ms);
	s->retry_ms = s->retry_ms * 2 > interval_ms ? interval_ms : s->retry_ms * 2;
	if (s->synced != NULL) {
		s->synced(s->arg, status);
	}
}

static void read_complete(struct gp_sync *s, bool full)
{
	end_reading(s);
	s->stats.attempts++;
	s->retry_ms = RETRY_MS;
	s->stats.last_sync_s = gp_clock_wall_s(s->deps.clock);
	s->stats.last_status = GP_ST_OK;
	s->stats.last_error = (struct gp_error){0};
	if (full) {
		s->stats.last_full_s = s->stats.last_sync_s;
		s->full_due_ms = gp_clock_monotonic_ms(s->deps.clock) +
				 with_jitter(s->deps.config->full_interval_s);
	}
	/* A new daemon goes on with what changed, and then makes sure: the last one may have been
	 * away for long, or have missed something. */
	bool sure = s->stats.last_full_s != 0;
	s->want_full = !sure;
	arm(s->next, sure ? with_jitter(s->deps.config->interval_s) : 0);
	if (s->synced != NULL) {
		s->synced(s->arg, GP_ST_OK);
	}
}

/* ROLL is taken over in any case, LINKS when it succeeds. */
static enum gp_status take_read(struct gp_sync *s, struct gp_roll *roll, struct gp_links *links,
				bool full, struct gp_error *err)
{
	if (roll != NULL && gp_knock_carry(s, full, roll) != GP_ST_OK) {
		gp_roll_free(roll);
		return gp_fail(err, GP_ST_NO_MEMORY, "no memory");
	}
	return gp_sync_take_over(s, roll, links, full, err);
}

static void on_read(void *arg, enum gp_status status, const struct gp_error *err)
{
	struct gp_sync *s = arg;
	struct gp_roll *roll = NULL;
	struct gp_links links = {.count = 0};
	struct gp_error own = {0};
	if (status != GP_ST_OK) {
		read_failed(s, status, err, false);
		return;
	}
	gp_reading_take(s->reading, &roll, &links);
	status = take_read(s, roll, &links, true, &own);
	gp_links_free(&links);
	if (status != GP_ST_OK) {
		read_failed(s, status, &own, true);
		return;
	}
	gp_doubts_free(&s->doubts);
	read_complete(s, true);
}

static enum gp_status start_reading(struct gp_sync *s, struct gp_error *err)
{
	const struct gp_reading_request request = {.ops = s->ops,
						   .graph = s->deps.graph,
						   .config = s->deps.config,
						   .clock = s->deps.clock,
						   .done = on_read,
						   .arg = s};
	return gp_reading_start(&request, &s->reading, err);
}

/* What changed is to be kept, or at least where to go on. */
static enum gp_status take_round(struct gp_sync *s, struct gp_round_result *result,
				 struct gp_error *err)
{
	enum gp_status st = GP_ST_OK;
	if (result->roll != NULL || gp_sync_local_changed(s)) {
		st = take_read(s, result->roll, &result->links, false, err);
		result->roll = NULL;
	} else {
		const struct gp_keep keep = {s->roll,        s->roll,  NULL,
					     &result->links, s->scope, s->deps.config->tenant_id};
		st = gp_keep_save(s->deps.store, &keep, err);
		if (st == GP_ST_OK) {
			gp_links_free(&s->links);
			s->links = result->links;
			result->links.count = 0;
		}
	}
	if (st == GP_ST_OK) {
		gp_doubts_free(&s->doubts);
		s->doubts = result->doubts;
		result->doubts = (struct gp_doubts){0};
	}
	return st;
}

static void on_round(void *arg, enum gp_status status, const struct gp_error *err)
{
	struct gp_sync *s = arg;
	struct gp_round_result result = {.roll = NULL};
	struct gp_error own = {0};
	/* Without the right to read the users' changes a full read still tells who is there. */
	if (status == GP_ST_EXPIRED || status == GP_ST_TOO_BIG || status == GP_ST_DENIED) {
		gp_log(GP_LOG_INFO, "sync-reads-all", "because=%s", gp_status_name(status));
		end_reading(s);
		s->want_full = true;
		arm(s->next, 0);
		return;
	}
	if (status != GP_ST_OK) {
		read_failed(s, status, err, false);
		return;
	}
	gp_round_take(s->round, &result);
	status = take_round(s, &result, &own);
	gp_links_free(&result.links);
	gp_doubts_free(&result.doubts);
	if (status != GP_ST_OK) {
		read_failed(s, status, &own, true);
		return;
	}
	read_complete(s, false);
}

static enum gp_status start_round(struct gp_sync *s, struct gp_error *err)
{
	const struct gp_round_request request = {.ops = s->ops,
						 .graph = s->deps.graph,
						 .clock = s->deps.clock,
						 .roll = s->roll,
						 .links = &s->links,
						 .doubts = &s->doubts,
						 .done = on_round,
						 .arg = s};
	return gp_round_start(&request, &s->round, err);
}

static bool is_full_due(const struct gp_sync *s)
{
	return s->want_full || s->links.count == 0 || s->stats.held.removed > 0 ||
	       (s->full_due_ms != 0 && gp_clock_monotonic_ms(s->deps.clock) >= s->full_due_ms);
}

static int on_next(sd_event_source *source, uint64_t usec, void *arg)
{
	struct gp_sync *s = arg;
	struct gp_error err = {0};
	(void)source;
	(void)usec;
	end_reading(s);
	s->may_hurry = false;
	arm(s->deadline, READ_MAX_MS);
	s->read_began_s = gp_clock_wall_s(s->deps.clock);
	enum gp_status st = is_full_due(s) ? start_reading(s, &err) : start_round(s, &err);
	if (st != GP_ST_OK) {
		read_failed(s, st, &err, false);
	}
	return 0;
}

static int on_deadline(sd_event_source *source, uint64_t usec, void *arg)
{
	(void)source;
	(void)usec;
	read_failed(arg, GP_ST_TIMEOUT, NULL, false);
	return 0;
}

/* A local account takes precedence from the moment that it is there: not only at the next read. */
static int on_watch(sd_event_source *source, const struct inotify_event *event, void *arg)
{
	struct gp_sync *s = arg;
	struct gp_error err = {0};
	(void)source;
	(void)event;
	if (s->stats.last_sync_s == 0 || !gp_sync_local_changed(s)) {
		return 0;
	}
	if (gp_sync_take_over(s, NULL, &s->links, false, &err) != GP_ST_OK) {
		gp_log(GP_LOG_WARN, "local-accounts-not-taken", "error=%s", err.text);
	}
	return 0;
}

static void watch_local(struct gp_sync *s)
{
	char dir[GP_CONFIG_PATH];
	const char *slash = strrchr(s->passwd, '/');
	size_t len = slash == NULL || slash == s->passwd ? 1 : (size_t)(slash - s->passwd);
	s->watch = sd_event_source_disable_unref(s->watch);
	if (slash == NULL ||
	    gp_copy(dir, sizeof(dir), (struct gp_str){s->passwd, len}) != GP_ST_OK ||
	    sd_event_add_inotify(s->deps.event, &s->watch, dir,
				 IN_MOVED_TO | IN_CLOSE_WRITE | IN_ONLYDIR, on_watch, s) < 0) {
		gp_log(GP_LOG_WARN, "local-accounts-not-watched", "seen_at=next-read");
	}
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
	    sd_event_source_set_enabled(s->deadline, SD_EVENT_OFF) < 0 ||
	    gp_roll_new(&s->roll) != GP_ST_OK) {
		return gp_fail(err, GP_ST_NO_MEMORY, "no memory");
	}
	const struct gp_offer_deps offer = {
		.event = s->deps.event,
		.clock = s->deps.clock,
		.store = s->deps.store,
		.publish_socket = s->deps.publish_socket,
		.current = s->current,
		.build = gp_sync_build,
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
	s->ops = &graph_ops;
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
	gp_lookups_free(sync->lookups);
	gp_offer_free(sync->offer);
	sd_event_source_disable_unref(sync->next);
	sd_event_source_disable_unref(sync->deadline);
	sd_event_source_disable_unref(sync->watch);
	gp_table_free(&sync->table);
	gp_roll_free(sync->roll);
	gp_links_free(&sync->links);
	gp_doubts_free(&sync->doubts);
	gp_local_free(&sync->local);
	free(sync);
}

void gp_sync_set_source(struct gp_sync *sync, const struct gp_source_ops *ops)
{
	sync->ops = ops;
}

void gp_sync_set_local(struct gp_sync *sync, const char *passwd, const char *group)
{
	sync->passwd = passwd;
	sync->group = group;
}

void gp_sync_start(struct gp_sync *sync, gp_sync_done *synced, void *arg)
{
	struct gp_error err = {0};
	sync->synced = synced;
	sync->arg = arg;
	sync->started = true;
	watch_local(sync);
	/* Then the first read finds out what is wrong, and says so. */
	if (gp_sync_load(sync, &err) != GP_ST_OK) {
		gp_log(GP_LOG_WARN, "kept-not-taken", "error=%s", err.text);
	}
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

void gp_sync_now(struct gp_sync *sync, enum gp_sync_wish wish)
{
	if (wish != GP_SYNC_CHANGES) {
		sync->want_full = true;
	}
	if (wish == GP_SYNC_ACCEPT) {
		sync->accepted = sync->stats.held.removed;
	}
	if (sync->reading != NULL || (sync->round != NULL && wish == GP_SYNC_CHANGES)) {
		return;
	}
	arm(sync->next, 0);
}

void gp_sync_reload(struct gp_sync *sync, const struct gp_config *config, struct gp_graph *graph)
{
	end_reading(sync);
	gp_lookups_free(sync->lookups);
	sync->lookups = NULL;
	sync->may_hurry = false;
	sync->deps.config = config;
	sync->deps.graph = graph;
	sync->retry_ms = RETRY_MS;
	sync->want_full = true;
	char scope[GP_KEEP_SCOPE_LEN] = "";
	if (gp_keep_scope(config, scope) != GP_ST_OK || strcmp(scope, sync->scope) != 0) {
		/* They lead to changes of other groups. */
		gp_links_free(&sync->links);
	}
	memcpy(sync->scope, scope, sizeof(sync->scope));
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

void gp_sync_user(const struct gp_sync *sync, const struct gp_guest *guest, struct gp_user *out)
{
	if (guest->person != NULL) {
		gp_roll_user(sync->roll, guest->person, out);
		return;
	}
	*out = (struct gp_user){0};
	memcpy(out->id, guest->id, sizeof(out->id));
}

bool gp_sync_group(const struct gp_sync *sync, size_t i, const char **name, const char **why)
{
	if (i >= sync->table.plan.group_count) {
		return false;
	}
	*name = sync->table.plan.groups[i].name;
	*why = sync->table.plan.groups[i].quarantine;
	return true;
}

enum gp_status gp_sync_record(const struct gp_sync *sync, const char *oid,
			      struct gp_guest_record *out)
{
	return gp_store_guest_by_oid(sync->deps.store, sync->deps.config->tenant_id, oid, out);
}

void gp_sync_get_stats(const struct gp_sync *sync, struct gp_sync_stats *out)
{
	*out = sync->stats;
	out->phase = sync->reading != NULL ? GP_SYNC_READING
		     : sync->round != NULL ? GP_SYNC_ROUND
					   : GP_SYNC_IDLE;
	if (sync->reading != NULL) {
		out->progress = gp_reading_progress(sync->reading);
	}
	out->last_publish_s = gp_offer_last_s(sync->offer);
	out->published = gp_offer_is_current(sync->offer);
	out->publish_status = gp_offer_status(sync->offer, &out->publish_error);
}
