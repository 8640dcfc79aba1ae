/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Groups are read in waves: the top ones first, then those found in them, and so on. Before a wave
 * is read, the links for its groups are taken, fifty groups a request.
 */
#include "directory/reading.h"

#include <stdlib.h>

#include "directory/roll_internal.h"

#include "contract/ban.h"

#define MEMBERS_MAX 1000000 /* of all groups together */
#define GROUPS_MAX  ((size_t)(GP_LINKS_MAX - 1) * GP_DELTA_IDS_MAX)

struct gp_reading {
	struct gp_reading_request request;
	struct gp_graph_call *call;
	struct gp_roll *roll;
	struct gp_links links;
	char (*groups)[GP_GUID_TEXT]; /* in the order in which they are read */
	size_t group_count, group_room;
	size_t read;   /* so many are read */
	size_t linked; /* and for so many there is a link */
	size_t members;
	bool users_asked; /* for the users' link */
	enum gp_status status;
	int64_t now_s;
};

static void step(struct gp_reading *r);

static void finish(struct gp_reading *r, enum gp_status status, const struct gp_error *err)
{
	struct gp_error own = {0};
	if (status != GP_ST_OK && (err == NULL || err->text[0] == '\0')) {
		(void)gp_fail(&own, status, "reading the groups: %s", gp_status_name(status));
		err = &own;
	}
	r->request.done(r->request.arg, status, status == GP_ST_OK ? NULL : err);
}

/* Remembers the first thing that goes wrong while Graph's answer is being told. */
static void note(struct gp_reading *r, enum gp_status status)
{
	if (r->status == GP_ST_OK) {
		r->status = status;
	}
}

static enum gp_status add_group(struct gp_reading *r, const char *id)
{
	if (gp_roll_find_group(r->roll, id) != NULL) {
		return GP_ST_OK;
	}
	if (r->group_count == GROUPS_MAX) {
		return GP_ST_TOO_BIG;
	}
	enum gp_status st = gp_roll_grow((void **)&r->groups, r->group_count, &r->group_room,
					 sizeof(*r->groups));
	if (st == GP_ST_OK) {
		st = gp_roll_put_group(r->roll, id, true);
	}
	if (st == GP_ST_OK) {
		st = gp_copy(r->groups[r->group_count], GP_GUID_TEXT, gp_str_from(id));
	}
	if (st == GP_ST_OK) {
		r->group_count++;
	}
	return st;
}

static void add_member(struct gp_reading *r, const char *member, bool is_group)
{
	if (r->members == MEMBERS_MAX) {
		note(r, GP_ST_TOO_BIG);
		return;
	}
	r->members++;
	note(r, gp_roll_put_member(r->roll, r->groups[r->read], member, is_group, GP_SOURCE_FULL));
}

static void on_user(void *arg, const struct gp_user *user)
{
	struct gp_reading *r = arg;
	if (r->status == GP_ST_OK) {
		note(r, gp_roll_put_user(r->roll, user, GP_SOURCE_FULL, r->now_s));
		add_member(r, user->id, false);
	}
}

static void on_group(void *arg, const char *id)
{
	struct gp_reading *r = arg;
	if (r->status == GP_ST_OK) {
		note(r, add_group(r, id));
		add_member(r, id, true);
	}
}

static void on_listed(void *arg, enum gp_status status, const struct gp_error *err)
{
	struct gp_reading *r = arg;
	r->call = NULL;
	if (status == GP_ST_NOT_FOUND) {
		/* A group that nobody knows has no members. Which one it is, status tells. */
		status = gp_roll_drop_members(r->roll, r->groups[r->read]);
		note(r, gp_roll_put_group(r->roll, r->groups[r->read], false));
	}
	if (status == GP_ST_OK) {
		status = r->status;
	}
	if (status != GP_ST_OK) {
		finish(r, status, err);
		return;
	}
	r->read++;
	step(r);
}

static size_t links_wanted(const struct gp_reading *r)
{
	size_t left = r->group_count - r->linked;
	return left < GP_DELTA_IDS_MAX ? left : GP_DELTA_IDS_MAX;
}

static void on_link(void *arg, enum gp_status status, const char *link, const struct gp_error *err)
{
	struct gp_reading *r = arg;
	bool is_first = !r->users_asked;
	r->call = NULL;
	r->users_asked = true;
	if (status == GP_ST_OK) {
		status = gp_links_add(&r->links, is_first ? GP_DELTA_USERS : GP_DELTA_GROUPS, link);
	} else if (is_first && status == GP_ST_DENIED) {
		/* Without the right to read users there is still something to say about them, and
		 * what is missing is found by that (entra-facts 7.4). */
		status = GP_ST_OK;
	}
	if (status != GP_ST_OK) {
		finish(r, status, err);
		return;
	}
	if (!is_first) {
		r->linked += links_wanted(r);
	}
	step(r);
}

static enum gp_status ask_link(struct gp_reading *r)
{
	const struct gp_delta_sink sink = {.done = on_link, .arg = r};
	struct gp_delta_request request = {.kind = GP_DELTA_USERS};
	if (r->users_asked) {
		request.kind = GP_DELTA_GROUPS;
		request.ids = (const char(*)[GP_GUID_TEXT])(r->groups + r->linked);
		request.ids_len = links_wanted(r);
	}
	return r->request.ops->delta(r->request.graph, &request, &sink, &r->call);
}

static enum gp_status list(struct gp_reading *r)
{
	const struct gp_graph_listing listing = {on_user, on_group, on_listed, r};
	return r->request.ops->list(r->request.graph, r->groups[r->read], &listing, &r->call);
}

/* The next question: a link first, where one is missing. */
static enum gp_status ask(struct gp_reading *r)
{
	bool needs_link = !r->users_asked || (r->read == r->linked && r->linked < r->group_count);
	enum gp_status st = needs_link ? ask_link(r) : list(r);
	if (st != GP_ST_OK) {
		r->call = NULL;
	}
	return st;
}

static void step(struct gp_reading *r)
{
	if (r->read == r->group_count && r->users_asked) {
		finish(r, GP_ST_OK, NULL);
		return;
	}
	enum gp_status st = ask(r);
	if (st != GP_ST_OK) {
		finish(r, st, NULL);
	}
}

static enum gp_status set_up(struct gp_reading *r)
{
	const struct gp_config *config = r->request.config;
	enum gp_status st = gp_roll_new(&r->roll);
	for (size_t i = 0; st == GP_ST_OK && i < config->access_groups_len; i++) {
		st = add_group(r, config->access_groups[i]);
	}
	for (size_t i = 0; st == GP_ST_OK && i < config->mapped_groups_len; i++) {
		st = add_group(r, config->mapped_groups[i].entra_group);
	}
	return st == GP_ST_OK ? ask(r) : st;
}

enum gp_status gp_reading_start(const struct gp_reading_request *request, struct gp_reading **out,
				struct gp_error *err)
{
	struct gp_reading *r = calloc(1, sizeof(*r));
	if (r == NULL) {
		return gp_fail(err, GP_ST_NO_MEMORY, "no memory");
	}
	r->request = *request;
	r->now_s = gp_clock_wall_s(request->clock);
	enum gp_status st = set_up(r);
	if (st != GP_ST_OK) {
		gp_reading_free(r);
		return gp_fail(err, st, "the groups cannot be read: %s", gp_status_name(st));
	}
	*out = r;
	return GP_ST_OK;
}

void gp_reading_free(struct gp_reading *reading)
{
	if (reading == NULL) {
		return;
	}
	if (reading->call != NULL) {
		reading->request.ops->cancel(reading->call);
	}
	gp_roll_free(reading->roll);
	gp_links_free(&reading->links);
	free(reading->groups);
	free(reading);
}

void gp_reading_take(struct gp_reading *reading, struct gp_roll **roll, struct gp_links *links)
{
	*roll = reading->roll;
	reading->roll = NULL;
	*links = reading->links;
	reading->links.count = 0;
}

struct gp_progress gp_reading_progress(const struct gp_reading *reading)
{
	return (struct gp_progress){reading->read, reading->group_count - reading->read,
				    reading->members};
}
