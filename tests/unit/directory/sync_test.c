/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading, keeping and publishing, with a Graph and a publisher of the test's own in the same loop.
 */
#include "directory/sync.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "contract/directory_build.h"
#include "contract/publish_protocol.h"
#include "directory/offer.h"
#include "tests/unit/support/loop.h"
#include "tests/unit/support/test_clock.h"

#include "contract/ban.h"

#define TENANT "72f988bf-86f1-41af-91ab-2d7cd011db47"
#define GROUP1 "10000000-86f1-41af-91ab-2d7cd011db47"
#define GROUP2 "20000000-86f1-41af-91ab-2d7cd011db47"
#define A      "aaaaaaaa-0000-4000-8000-000000000001"
#define B      "bbbbbbbb-0000-4000-8000-000000000002"
#define WAIT   20000

enum behaviour {
	BE_GOOD = 0,
	BE_FULL,    /* answers that it cannot now */
	BE_AHEAD,   /* refuses: a later generation is current; good afterwards */
	BE_CLOSING, /* hangs up without a word */
};

struct world {
	char dir[64];
	char store_file[96], socket[96], current[96];
	sd_event *event;
	struct test_clock clock;
	struct gp_config *config;
	struct gp_ids_rules *rules;
	struct gp_store *store;
	struct gp_sync *sync;
	size_t synced; /* attempts that ended */
	enum gp_status status;
	/* Graph */
	struct gp_graph_listing listing;
	char group[GP_GUID_TEXT];
	size_t listings, cancelled;
	/* the publisher */
	int listen_fd, fd;
	sd_event_source *accept, *io;
	enum behaviour behaviour;
	uint8_t *frame;
	size_t got, want;
	size_t candidates;
	uint64_t generation; /* of the last candidate */
};

static struct world *the; /* the lister has no argument of its own */

static enum gp_status fake_list(struct gp_graph *graph, const char *group_id,
				const struct gp_graph_listing *listing, struct gp_graph_call **out)
{
	(void)graph;
	the->listing = *listing;
	(void)snprintf(the->group, sizeof(the->group), "%s", group_id);
	the->listings++;
	*out = (struct gp_graph_call *)the;
	return GP_ST_OK;
}

static void fake_cancel(struct gp_graph_call *call)
{
	assert_ptr_equal(call, the);
	the->cancelled++;
}

static const struct gp_sync_lister fake_lister = {fake_list, fake_cancel};

static void on_synced(void *arg, enum gp_status status)
{
	struct world *w = arg;
	w->synced++;
	w->status = status;
}

static void reply(struct world *w, size_t len)
{
	struct gp_publish_reply r = {.outcome = GP_PUBLISH_DONE};
	uint8_t out[GP_PUBLISH_REPLY + GP_PUBLISH_TEXT_MAX];
	struct gp_directory_view view = {0};
	assert_int_equal(gp_directory_validate(w->frame, len, w->rules, &view, NULL), GP_ST_OK);
	w->generation = r.generation = view.generation;
	if (w->behaviour == BE_FULL) {
		r = (struct gp_publish_reply){GP_PUBLISH_FAILED, 0, "no space"};
	} else if (w->behaviour == BE_AHEAD) {
		r = (struct gp_publish_reply){GP_PUBLISH_REFUSED, view.generation + 1000, "stale"};
		w->behaviour = BE_GOOD;
	} else {
		(void)unlink(w->current);
		int fd = open(w->current, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
		assert_true(fd >= 0);
		assert_int_equal(write(fd, w->frame, len), (ssize_t)len);
		assert_int_equal(close(fd), 0);
	}
	size_t n = gp_publish_reply_encode(&r, out);
	assert_int_equal(send(w->fd, out, n, MSG_NOSIGNAL), (ssize_t)n);
}

static void hang_up(struct world *w)
{
	w->io = sd_event_source_disable_unref(w->io);
	(void)close(w->fd);
	w->fd = -1;
	free(w->frame);
	w->frame = NULL;
	w->got = 0;
}

/* Takes the head, then the candidate, as they come. */
static int on_candidate(sd_event_source *source, int fd, uint32_t events, void *arg)
{
	struct world *w = arg;
	uint64_t len = 0;
	(void)source;
	(void)events;
	if (w->frame == NULL) {
		uint8_t head[GP_PUBLISH_HEAD];
		ssize_t n = recv(fd, head, sizeof(head), MSG_DONTWAIT);
		if (n <= 0) {
			hang_up(w);
			return 0;
		}
		assert_int_equal(n, sizeof(head));
		assert_int_equal(gp_publish_head_decode(head, &len), GP_ST_OK);
		w->frame = calloc(1, len);
		assert_non_null(w->frame);
		w->want = len;
		w->got = 0;
	}
	ssize_t n = recv(fd, w->frame + w->got, w->want - w->got, MSG_DONTWAIT);
	if (n > 0) {
		w->got += (size_t)n;
	}
	if (w->got == w->want) {
		w->candidates++;
		if (w->behaviour != BE_CLOSING) {
			reply(w, w->want);
		}
		hang_up(w);
	}
	return 0;
}

static int on_accept(sd_event_source *source, int fd, uint32_t events, void *arg)
{
	struct world *w = arg;
	(void)source;
	(void)events;
	w->fd = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	assert_true(w->fd >= 0);
	assert_true(sd_event_add_io(w->event, &w->io, w->fd, EPOLLIN, on_candidate, w) >= 0);
	return 0;
}

static void publisher_start(struct world *w)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	assert_int_equal(
		gp_copy(address.sun_path, sizeof(address.sun_path), gp_str_from(w->socket)), 0);
	w->listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	assert_true(w->listen_fd >= 0);
	assert_int_equal(bind(w->listen_fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(w->listen_fd, 4), 0);
	assert_true(sd_event_add_io(w->event, &w->accept, w->listen_fd, EPOLLIN, on_accept, w) >=
		    0);
}

static void sync_start(struct world *w)
{
	const struct gp_sync_deps deps = {.event = w->event,
					  .clock = &w->clock.clock,
					  .config = w->config,
					  .rules = w->rules,
					  .store = w->store,
					  .publish_socket = w->socket};
	struct gp_error err = {0};
	if (gp_sync_new(&deps, &w->sync, &err) != GP_ST_OK) {
		fail_msg("%s", err.text);
	}
	gp_sync_set_lister(w->sync, &fake_lister);
	gp_sync_start(w->sync, on_synced, w);
	assert_true(loop_until(w->event, &w->listings, w->listings + 1, WAIT));
}

static int set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	if (w == NULL) {
		return -1;
	}
	w->listen_fd = w->fd = -1;
	assert_int_equal(gp_copy(w->dir, sizeof(w->dir), GP_STR("/tmp/gp-sync-XXXXXX")), 0);
	assert_non_null(mkdtemp(w->dir));
	(void)snprintf(w->store_file, sizeof(w->store_file), "%s/guests.db", w->dir);
	(void)snprintf(w->socket, sizeof(w->socket), "%s/publish.sock", w->dir);
	(void)snprintf(w->current, sizeof(w->current), "%s/directory", w->dir);
	assert_true(sd_event_new(&w->event) >= 0);
	test_clock_init(&w->clock, 1795379862);
	w->config = calloc(1, sizeof(*w->config));
	w->rules = calloc(1, sizeof(*w->rules));
	if (w->config == NULL || w->rules == NULL) {
		return -1;
	}
	gp_ids_rules_default(w->rules);
	memcpy(w->config->tenant_id, TENANT, sizeof(TENANT));
	memcpy(w->config->access_groups[0], GROUP1, sizeof(GROUP1));
	memcpy(w->config->access_groups[1], GROUP2, sizeof(GROUP2));
	w->config->access_groups_len = 2;
	w->config->interval_s = 300;
	(void)snprintf(w->config->run_directory, sizeof(w->config->run_directory), "%s", w->dir);
	(void)snprintf(w->config->home_prefix, sizeof(w->config->home_prefix), "%s",
		       w->rules->homes[0]);
	(void)snprintf(w->config->shell, sizeof(w->config->shell), "%s", w->rules->shells[0]);
	assert_int_equal(gp_store_open(w->store_file, &w->store, NULL), GP_ST_OK);
	the = w;
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;
	static const char *const names[] = {"guests.db", "guests.db-wal", "guests.db-shm",
					    "publish.sock", "directory"};
	gp_sync_free(w->sync);
	gp_store_close(w->store);
	if (w->fd >= 0) {
		hang_up(w);
	}
	sd_event_source_disable_unref(w->accept);
	if (w->listen_fd >= 0) {
		(void)close(w->listen_fd);
	}
	sd_event_unref(w->event);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char path[160];
		(void)snprintf(path, sizeof(path), "%s/%s", w->dir, names[i]);
		(void)unlink(path);
	}
	int rc = rmdir(w->dir);
	free(w->config);
	free(w->rules);
	free(w);
	return rc;
}

static void tell(struct world *w, const char *oid, const char *mail)
{
	struct gp_user u = {.account_enabled = GP_TRUE,
			    .user_type = GP_USER_TYPE_GUEST,
			    .external_state = GP_EXTERNAL_ACCEPTED,
			    .created_s = 1000};
	(void)snprintf(u.id, sizeof(u.id), "%s", oid);
	(void)snprintf(u.mail, sizeof(u.mail), "%s", mail);
	w->listing.each(w->listing.arg, &u);
}

static void end_listing(struct world *w, enum gp_status status)
{
	struct gp_error err = {0};
	if (status != GP_ST_OK) {
		(void)gp_fail(&err, status, "page 2 is missing");
	}
	w->listing.done(w->listing.arg, status, status == GP_ST_OK ? NULL : &err);
}

/* Both groups answer: the first with Ada, the second with Ada again and with Bob. */
static void complete_read(struct world *w)
{
	assert_string_equal(w->group, GROUP1);
	tell(w, A, "ada@fabrikam.example");
	end_listing(w, GP_ST_OK);
	assert_string_equal(w->group, GROUP2);
	tell(w, A, "ada@fabrikam.example");
	tell(w, B, "bob@northwind.example");
	end_listing(w, GP_ST_OK);
}

static struct gp_sync_stats stats_of(const struct world *w)
{
	struct gp_sync_stats stats = {0};
	gp_sync_get_stats(w->sync, &stats);
	return stats;
}

static void until_published(struct world *w)
{
	int64_t end = loop_now_ms() + WAIT;
	while (!stats_of(w).published && loop_now_ms() < end) {
		assert_true(sd_event_run(w->event, 50000) >= 0);
	}
	assert_true(stats_of(w).published);
}

static void test_sync_reads_keeps_and_publishes(void **state)
{
	struct world *w = *state;
	publisher_start(w);
	sync_start(w);
	assert_int_equal(gp_sync_count(w->sync), 0);
	assert_int_equal(stats_of(w).canary, GP_UNKNOWN);
	complete_read(w);
	assert_int_equal(w->synced, 1);
	assert_int_equal(w->status, GP_ST_OK);
	assert_int_equal(gp_sync_count(w->sync), 2);
	/* Durable before anything is published. */
	struct gp_guest_record record;
	assert_int_equal(w->candidates, 0);
	assert_int_equal(gp_store_guest_by_oid(w->store, TENANT, A, &record), GP_ST_OK);
	assert_string_equal(record.name, "ada@fabrikam.example");
	const struct gp_guest *ada = gp_sync_find(w->sync, GP_STR("ada@fabrikam.example"));
	assert_non_null(ada);
	assert_int_equal(ada->uid, record.uid);
	assert_ptr_equal(gp_sync_find_oid(w->sync, A), ada);
	assert_null(gp_sync_find(w->sync, GP_STR("ada@fabrikam.exampl")));
	assert_null(gp_sync_find(w->sync, GP_STR("")));
	assert_null(gp_sync_find_oid(w->sync, TENANT));
	assert_non_null(gp_sync_at(w->sync, 1));
	assert_null(gp_sync_at(w->sync, 2));
	until_published(w);
	struct gp_sync_stats stats = stats_of(w);
	assert_int_equal(w->candidates, 1);
	assert_int_equal(stats.guests, 2);
	assert_int_equal(stats.quarantined, 0);
	assert_int_equal(stats.canary, GP_TRUE);
	assert_int_equal(stats.last_sync_s, 1795379862);
	assert_int_equal(stats.last_publish_s, 1795379862);
	assert_int_equal(stats.last_status, GP_ST_OK);
	assert_int_equal(stats.publish_status, GP_ST_OK);
}

/* A listing that breaks off takes nobody away, whichever group it was. */
static void test_sync_broken_read_changes_nothing(void **state)
{
	struct world *w = *state;
	publisher_start(w);
	sync_start(w);
	complete_read(w);
	until_published(w);
	gp_sync_reload(w->sync, w->config, NULL);
	assert_true(loop_until(w->event, &w->listings, 3, WAIT));
	tell(w, B, "bob@northwind.example");
	end_listing(w, GP_ST_OK);
	end_listing(w, GP_ST_TIMEOUT);
	assert_int_equal(w->synced, 2);
	assert_int_equal(w->status, GP_ST_TIMEOUT);
	assert_int_equal(gp_sync_count(w->sync), 2);
	assert_non_null(gp_sync_find_oid(w->sync, A));
	assert_int_equal(stats_of(w).last_status, GP_ST_TIMEOUT);
	assert_string_equal(stats_of(w).last_error.text, "page 2 is missing");
	assert_int_equal(stats_of(w).canary, GP_TRUE);
	assert_true(loop_drain(w->event));
	assert_int_equal(w->candidates, 1);
}

/* The same records are not published again, and the numbers are those of before the restart. */
static void test_sync_after_a_restart(void **state)
{
	struct world *w = *state;
	if (geteuid() != 0) {
		skip(); /* only root's file is believed */
	}
	publisher_start(w);
	sync_start(w);
	complete_read(w);
	until_published(w);
	uint32_t uid = gp_sync_find_oid(w->sync, A)->uid;
	uint64_t generation = w->generation;
	gp_sync_free(w->sync);
	w->sync = NULL;
	sync_start(w);
	complete_read(w);
	until_published(w);
	assert_int_equal(w->candidates, 1);
	assert_int_equal(stats_of(w).last_publish_s, 0);
	assert_int_equal(gp_sync_find_oid(w->sync, A)->uid, uid);
	/* The published file is lost: the next one has a later generation all the same. */
	assert_int_equal(unlink(w->current), 0);
	gp_sync_reload(w->sync, w->config, NULL);
	assert_true(loop_until(w->event, &w->listings, 5, WAIT));
	complete_read(w);
	assert_true(loop_until(w->event, &w->candidates, 2, WAIT));
	assert_true(w->generation > generation);
}

/* Who left the groups is not published any more, but keeps his number for good. */
static void test_sync_guest_leaves(void **state)
{
	struct world *w = *state;
	publisher_start(w);
	sync_start(w);
	complete_read(w);
	until_published(w);
	uint64_t generation = w->generation;
	test_clock_advance_ms(&w->clock, GP_OFFER_PAUSE_MS);
	gp_sync_reload(w->sync, w->config, NULL);
	assert_true(loop_until(w->event, &w->listings, 3, WAIT));
	end_listing(w, GP_ST_OK);
	tell(w, B, "bob@northwind.example");
	end_listing(w, GP_ST_OK);
	assert_null(gp_sync_find(w->sync, GP_STR("ada@fabrikam.example")));
	assert_true(loop_until(w->event, &w->candidates, 2, WAIT));
	until_published(w);
	assert_true(w->generation > generation);
	struct gp_guest_record record;
	assert_int_equal(gp_store_guest_by_oid(w->store, TENANT, A, &record), GP_ST_OK);
	struct gp_directory_view view = {0};
	struct gp_directory_user user;
	if (geteuid() == 0) {
		assert_int_equal(gp_directory_open(w->current, &view), GP_ST_OK);
		assert_int_equal(gp_directory_find_uid(&view, record.uid, &user), GP_ST_NOT_FOUND);
		assert_int_equal(view.user_count, 1);
		gp_directory_close(&view);
	}
}

/* Changes that follow each other within the pause go out as one. */
static void test_sync_coalesces(void **state)
{
	struct world *w = *state;
	publisher_start(w);
	sync_start(w);
	complete_read(w);
	until_published(w);
	for (size_t i = 0; i < 3; i++) {
		gp_sync_reload(w->sync, w->config, NULL);
		assert_true(loop_until(w->event, &w->listings, w->listings + 1, WAIT));
		end_listing(w, GP_ST_OK);
		tell(w, B, "bob@northwind.example");
		end_listing(w, GP_ST_OK);
		assert_true(loop_drain(w->event));
		assert_int_equal(w->candidates, 1);
		assert_false(stats_of(w).published);
		assert_int_equal(stats_of(w).publish_status, GP_ST_OK);
	}
	test_clock_advance_ms(&w->clock, GP_OFFER_PAUSE_MS);
	gp_sync_reload(w->sync, w->config, NULL);
	assert_true(loop_until(w->event, &w->listings, w->listings + 1, WAIT));
	end_listing(w, GP_ST_OK);
	tell(w, B, "bob@northwind.example");
	end_listing(w, GP_ST_OK);
	until_published(w);
	assert_int_equal(w->candidates, 2);
}

static void until_publish_fails(struct world *w)
{
	int64_t end = loop_now_ms() + WAIT;
	while (stats_of(w).publish_status == GP_ST_OK && loop_now_ms() < end) {
		assert_true(sd_event_run(w->event, 50000) >= 0);
	}
}

/* Nobody listens, then somebody does: the candidate is offered again. */
static void test_sync_publisher_absent(void **state)
{
	struct world *w = *state;
	sync_start(w);
	complete_read(w);
	until_publish_fails(w);
	assert_int_equal(stats_of(w).publish_status, GP_ST_UNAVAILABLE);
	assert_false(stats_of(w).published);
	assert_int_equal(w->status, GP_ST_OK);
	publisher_start(w);
	test_clock_advance_ms(&w->clock, GP_OFFER_PAUSE_MAX_MS);
	gp_sync_reload(w->sync, w->config, NULL);
	assert_true(loop_until(w->event, &w->listings, 3, WAIT));
	complete_read(w);
	until_published(w);
	assert_int_equal(w->candidates, 1);
	assert_int_equal(stats_of(w).publish_status, GP_ST_OK);
}

static void test_sync_publisher_troubles(void **state)
{
	struct world *w = *state;
	static const struct {
		enum behaviour behaviour;
		enum gp_status status;
	} rows[] = {{BE_FULL, GP_ST_UNAVAILABLE}, {BE_CLOSING, GP_ST_CLOSED}};
	publisher_start(w);
	for (size_t i = 0; i < 2; i++) {
		w->behaviour = rows[i].behaviour;
		sync_start(w);
		complete_read(w);
		until_publish_fails(w);
		assert_int_equal(stats_of(w).publish_status, rows[i].status);
		assert_false(stats_of(w).published);
		gp_sync_free(w->sync);
		w->sync = NULL;
	}
}

/* The publisher knows of a later generation: the next candidate is above it. */
static void test_sync_generation_behind(void **state)
{
	struct world *w = *state;
	publisher_start(w);
	w->behaviour = BE_AHEAD;
	sync_start(w);
	complete_read(w);
	until_publish_fails(w);
	uint64_t refused = w->generation;
	assert_int_equal(stats_of(w).publish_status, GP_ST_DENIED);
	test_clock_advance_ms(&w->clock, GP_OFFER_PAUSE_MAX_MS);
	gp_sync_reload(w->sync, w->config, NULL);
	assert_true(loop_until(w->event, &w->listings, 3, WAIT));
	complete_read(w);
	until_published(w);
	assert_int_equal(w->generation, refused + 1001);
	uint64_t kept = 0;
	assert_int_equal(gp_store_value_get(w->store, "generation", &kept), GP_ST_OK);
	assert_int_equal(kept, w->generation);
}

/* A reload throws the read under way away; so does the end. */
static void test_sync_reload_cancels(void **state)
{
	struct world *w = *state;
	sync_start(w);
	tell(w, A, "ada@fabrikam.example");
	gp_sync_reload(w->sync, w->config, NULL);
	assert_int_equal(w->cancelled, 1);
	assert_true(loop_until(w->event, &w->listings, 2, WAIT));
	end_listing(w, GP_ST_OK);
	end_listing(w, GP_ST_OK);
	assert_int_equal(w->synced, 1);
	assert_int_equal(gp_sync_count(w->sync), 0);
	gp_sync_reload(w->sync, w->config, NULL);
	assert_true(loop_until(w->event, &w->listings, 4, WAIT));
	gp_sync_free(w->sync);
	w->sync = NULL;
	assert_int_equal(w->cancelled, 2);
}

/* The store cannot keep the numbers: then nobody has one. */
static void test_sync_store_fails(void **state)
{
	struct world *w = *state;
	publisher_start(w);
	sync_start(w);
	assert_int_equal(gp_store_begin(w->store, NULL), GP_ST_OK);
	complete_read(w);
	gp_store_rollback(w->store);
	assert_int_equal(w->synced, 1);
	assert_int_not_equal(w->status, GP_ST_OK);
	assert_int_equal(gp_sync_count(w->sync), 0);
	assert_int_equal(stats_of(w).canary, GP_UNKNOWN);
	assert_true(loop_drain(w->event));
	assert_int_equal(w->candidates, 0);
}

static void test_sync_quarantine(void **state)
{
	struct world *w = *state;
	sync_start(w);
	tell(w, A, "x@fabrikam.example");
	tell(w, B, "x@fabrikam.example");
	end_listing(w, GP_ST_OK);
	end_listing(w, GP_ST_OK);
	const struct gp_guest *holder = gp_sync_find(w->sync, GP_STR("x@fabrikam.example"));
	assert_non_null(holder);
	assert_string_equal(holder->user.id, A);
	const struct gp_guest *other = gp_sync_find_oid(w->sync, B);
	assert_non_null(other);
	assert_true(other->quarantined);
	assert_string_equal(other->quarantine, "name-taken");
	assert_int_equal(stats_of(w).guests, 1);
	assert_int_equal(stats_of(w).quarantined, 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_sync_reads_keeps_and_publishes),
		TEST(test_sync_broken_read_changes_nothing),
		TEST(test_sync_after_a_restart),
		TEST(test_sync_guest_leaves),
		TEST(test_sync_coalesces),
		TEST(test_sync_publisher_absent),
		TEST(test_sync_publisher_troubles),
		TEST(test_sync_generation_behind),
		TEST(test_sync_reload_cancels),
		TEST(test_sync_store_fails),
		TEST(test_sync_quarantine),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
