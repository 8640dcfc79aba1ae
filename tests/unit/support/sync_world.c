/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/support/sync_world.h"

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

#include "contract/ban.h"

static struct sync_world *the; /* the lister has no argument of its own */

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

static int on_link_due(sd_event_source *source, void *arg)
{
	struct sync_world *w = arg;
	char link[64];
	(void)source;
	w->link_due = sd_event_source_disable_unref(w->link_due);
	(void)snprintf(link, sizeof(link), "https://graph.example/link/%zu", ++w->links);
	w->sink.done(w->sink.arg, GP_ST_OK, link, NULL);
	return 0;
}

/* A link is given at once, but not from within. What a link leads to, the test says. */
static enum gp_status fake_delta(struct gp_graph *graph, const struct gp_delta_request *request,
				 const struct gp_delta_sink *sink, struct gp_graph_call **out)
{
	(void)graph;
	the->sink = *sink;
	*out = (struct gp_graph_call *)the;
	if (request->link == NULL) {
		assert_true(sd_event_add_defer(the->event, &the->link_due, on_link_due, the) >= 0);
		return GP_ST_OK;
	}
	(void)snprintf(the->followed, sizeof(the->followed), "%s", request->link);
	the->kind = request->kind;
	the->deltas++;
	return GP_ST_OK;
}

static enum gp_status fake_users(struct gp_graph *graph, const char (*ids)[GP_GUID_TEXT], size_t n,
				 const struct gp_graph_users *users, struct gp_graph_call **out)
{
	(void)graph;
	the->users = *users;
	the->asked_len = 0;
	for (size_t i = 0; i < n && i < SYNC_WORLD_ASKED; i++) {
		memcpy(the->asked[the->asked_len++], ids[i], GP_GUID_TEXT);
	}
	the->batches++;
	*out = (struct gp_graph_call *)the;
	return GP_ST_OK;
}

static enum gp_status fake_find(struct gp_graph *graph, const char *whom,
				const char *correlation_id, gp_graph_user_done *done, void *arg,
				struct gp_graph_call **out)
{
	(void)graph;
	(void)correlation_id;
	the->user_done = done;
	the->lookup_arg = arg;
	(void)snprintf(the->looked_up, sizeof(the->looked_up), "%s", whom);
	the->lookups++;
	*out = (struct gp_graph_call *)the;
	return GP_ST_OK;
}

static enum gp_status fake_groups(struct gp_graph *graph, const char *oid,
				  const char (*groups)[GP_GUID_TEXT], size_t n,
				  const char *correlation_id, gp_graph_groups_done *done, void *arg,
				  struct gp_graph_call **out)
{
	(void)graph;
	(void)oid;
	(void)correlation_id;
	assert_string_equal(groups[0], GROUP1);
	assert_true(n <= GP_CONFIG_GROUPS_MAX);
	the->groups_done = done;
	the->lookup_arg = arg;
	the->group_checks++;
	*out = (struct gp_graph_call *)the;
	return GP_ST_OK;
}

static void fake_cancel(struct gp_graph_call *call)
{
	assert_ptr_equal(call, the);
	the->link_due = sd_event_source_disable_unref(the->link_due);
	the->cancelled++;
}

static const struct gp_source_ops fake_ops = {fake_list, fake_delta,  fake_users, fake_find,
					      fake_find, fake_groups, fake_cancel};

static void on_synced(void *arg, enum gp_status status)
{
	struct sync_world *w = arg;
	w->synced++;
	w->status = status;
}

static void reply(struct sync_world *w, size_t len)
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

static void hang_up(struct sync_world *w)
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
	struct sync_world *w = arg;
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
	struct sync_world *w = arg;
	(void)source;
	(void)events;
	w->fd = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	assert_true(w->fd >= 0);
	assert_true(sd_event_add_io(w->event, &w->io, w->fd, EPOLLIN, on_candidate, w) >= 0);
	return 0;
}

void sync_world_publisher(struct sync_world *w)
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

static void make(struct sync_world *w)
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
	gp_sync_set_source(w->sync, &fake_ops);
	gp_sync_set_local(w->sync, w->passwd, w->group_file);
	gp_sync_set_audit(w->sync, w->audit);
	gp_sync_start(w->sync, on_synced, w);
}

void sync_world_start(struct sync_world *w)
{
	make(w);
	assert_true(loop_until(w->event, &w->listings, w->listings + 1, WAIT));
}

void sync_world_restart(struct sync_world *w)
{
	gp_sync_free(w->sync);
	w->sync = NULL;
	make(w);
	assert_true(loop_until(w->event, &w->deltas, w->deltas + 1, WAIT));
}

void sync_world_finish_round(struct sync_world *w)
{
	size_t synced = w->synced;
	while (w->synced == synced) {
		sync_world_end_delta(w, GP_ST_OK);
	}
	assert_int_equal(w->status, GP_ST_OK);
}

void sync_world_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	assert_int_equal(close(fd), 0);
}

int sync_world_set_up(void **state)
{
	struct sync_world *w = calloc(1, sizeof(*w));
	if (w == NULL) {
		return -1;
	}
	w->listen_fd = w->fd = -1;
	assert_int_equal(gp_copy(w->dir, sizeof(w->dir), GP_STR("/tmp/gp-sync-XXXXXX")), 0);
	assert_non_null(mkdtemp(w->dir));
	(void)snprintf(w->store_file, sizeof(w->store_file), "%s/guests.db", w->dir);
	(void)snprintf(w->socket, sizeof(w->socket), "%s/publish.sock", w->dir);
	(void)snprintf(w->current, sizeof(w->current), "%s/directory", w->dir);
	(void)snprintf(w->passwd, sizeof(w->passwd), "%s/passwd", w->dir);
	(void)snprintf(w->group_file, sizeof(w->group_file), "%s/group", w->dir);
	sync_world_write(w->passwd, "root:x:0:0::/root:/bin/sh\n");
	sync_world_write(w->group_file, "root:x:0:\n");
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
	w->config->full_interval_s = 21600;
	w->config->max_removal = 30;
	w->config->enumerate = true;
	(void)snprintf(w->config->name_template, sizeof(w->config->name_template), "{mail}");
	(void)snprintf(w->config->user_classes[0], sizeof(w->config->user_classes[0]),
		       "external-guest");
	w->config->user_classes_len = 1;
	(void)snprintf(w->config->run_directory, sizeof(w->config->run_directory), "%s", w->dir);
	(void)snprintf(w->config->home_prefix, sizeof(w->config->home_prefix), "%s",
		       w->rules->homes[0]);
	(void)snprintf(w->config->shell, sizeof(w->config->shell), "%s", w->rules->shells[0]);
	assert_int_equal(gp_store_open(w->store_file, &w->store, NULL), GP_ST_OK);
	the = w;
	*state = w;
	return 0;
}

int sync_world_tear_down(void **state)
{
	struct sync_world *w = *state;
	static const char *const names[] = {"guests.db",    "guests.db-wal", "guests.db-shm",
					    "publish.sock", "directory",     "passwd",
					    "group"};
	gp_sync_free(w->sync);
	sd_event_source_disable_unref(w->link_due);
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

struct gp_user sync_world_user(const char *oid, const char *mail)
{
	struct gp_user u = {.account_enabled = GP_TRUE,
			    .user_type = GP_USER_TYPE_GUEST,
			    .external_state = GP_EXTERNAL_ACCEPTED,
			    .user_class = GP_USER_EXTERNAL_GUEST,
			    .created_s = 1000};
	(void)snprintf(u.id, sizeof(u.id), "%s", oid);
	(void)snprintf(u.mail, sizeof(u.mail), "%s", mail);
	return u;
}

void sync_world_tell(struct sync_world *w, const char *oid, const char *mail)
{
	struct gp_user u = sync_world_user(oid, mail);
	w->listing.user(w->listing.arg, &u);
}

void sync_world_end_delta(struct sync_world *w, enum gp_status status)
{
	char link[64];
	struct gp_error err = {0};
	(void)snprintf(link, sizeof(link), "https://graph.example/link/%zu", ++w->links);
	if (status != GP_ST_OK) {
		(void)gp_fail(&err, status, "changes are missing");
	}
	w->sink.done(w->sink.arg, status, status == GP_ST_OK ? link : NULL,
		     status == GP_ST_OK ? NULL : &err);
}

void sync_world_next_round(struct sync_world *w)
{
	size_t deltas = w->deltas;
	gp_sync_now(w->sync, GP_SYNC_CHANGES);
	assert_true(loop_until(w->event, &w->deltas, deltas + 1, WAIT));
}

void sync_world_is(struct sync_world *w, const struct gp_user *user)
{
	struct gp_error err = {0};
	enum gp_status st =
		user != NULL ? GP_ST_OK : gp_fail(&err, GP_ST_NOT_FOUND, "nobody has it");
	w->user_done(w->lookup_arg, st, user, user != NULL ? NULL : &err);
}

void sync_world_is_in(struct sync_world *w, const bool *in, size_t n)
{
	w->groups_done(w->lookup_arg, GP_ST_OK, in, n, NULL);
}

void sync_world_end_listing(struct sync_world *w, enum gp_status status)
{
	struct gp_error err = {0};
	if (status != GP_ST_OK) {
		(void)gp_fail(&err, status, "page 2 is missing");
	}
	w->listing.done(w->listing.arg, status, status == GP_ST_OK ? NULL : &err);
}

void sync_world_complete_read(struct sync_world *w)
{
	assert_string_equal(w->group, GROUP1);
	sync_world_tell(w, ADA, "ada@fabrikam.example");
	sync_world_end_listing(w, GP_ST_OK);
	assert_string_equal(w->group, GROUP2);
	sync_world_tell(w, ADA, "ada@fabrikam.example");
	sync_world_tell(w, BOB, "bob@northwind.example");
	sync_world_end_listing(w, GP_ST_OK);
}

struct gp_sync_stats sync_world_stats(const struct sync_world *w)
{
	struct gp_sync_stats stats = {0};
	gp_sync_get_stats(w->sync, &stats);
	return stats;
}

void sync_world_until_published(struct sync_world *w)
{
	int64_t end = loop_now_ms() + WAIT;
	while (!sync_world_stats(w).published && loop_now_ms() < end) {
		assert_true(sd_event_run(w->event, 50000) >= 0);
	}
	assert_true(sync_world_stats(w).published);
}

void sync_world_until_publish_fails(struct sync_world *w)
{
	int64_t end = loop_now_ms() + WAIT;
	while (sync_world_stats(w).publish_status == GP_ST_OK && loop_now_ms() < end) {
		assert_true(sd_event_run(w->event, 50000) >= 0);
	}
}
