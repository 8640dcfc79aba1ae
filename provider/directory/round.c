/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/round.h"

#include <stdlib.h>

#include "directory/roll_internal.h"

#include "contract/ban.h"

#define MENTIONS_MAX 20000 /* before each user counts once */

/* A user who appeared among the changes. */
struct mention {
	char id[GP_GUID_TEXT];
	bool added;   /* became a member */
	bool removed; /* from a group */
	bool suspect; /* said to be disabled or removed */
};

struct gp_round {
	struct gp_round_request request;
	struct gp_graph_call *call;
	struct gp_roll *roll; /* a copy; NULL as long as nothing changed */
	struct gp_links links;
	struct mention *mentions;
	size_t mention_count, mention_room;
	struct gp_doubts doubts;
	enum gp_status status;
	int64_t now_s;
};

static void finish(struct gp_round *r, enum gp_status status, const struct gp_error *err)
{
	struct gp_error own = {0};
	if (status != GP_ST_OK && (err == NULL || err->text[0] == '\0')) {
		(void)gp_fail(&own, status, "reading changes: %s", gp_status_name(status));
		err = &own;
	}
	r->request.done(r->request.arg, status, status == GP_ST_OK ? NULL : err);
}

static void note(struct gp_round *r, enum gp_status status)
{
	if (r->status == GP_ST_OK) {
		r->status = status;
	}
}

/* The copy, made when the first change is to be written into it. */
static bool is_writable(struct gp_round *r)
{
	if (r->status == GP_ST_OK && r->roll == NULL) {
		note(r, gp_roll_copy(r->request.roll, &r->roll));
	}
	return r->status == GP_ST_OK;
}

static void mention(struct gp_round *r, const char *id, const struct mention *what)
{
	if (r->status != GP_ST_OK) {
		return;
	}
	if (r->mention_count == MENTIONS_MAX) {
		note(r, GP_ST_TOO_BIG);
		return;
	}
	note(r, gp_roll_grow((void **)&r->mentions, r->mention_count, &r->mention_room,
			     sizeof(*r->mentions)));
	if (r->status != GP_ST_OK) {
		return;
	}
	struct mention *m = &r->mentions[r->mention_count++];
	*m = *what;
	note(r, gp_copy(m->id, sizeof(m->id), gp_str_from(id)));
}

/* The stream of users is the whole tenant's; most of them are nobody of ours. */
static void on_user(void *arg, const char *id, enum gp_tri enabled, enum gp_removed removed)
{
	struct gp_round *r = arg;
	if (gp_roll_find(r->request.roll, id) != NULL ||
	    (r->roll != NULL && gp_roll_find(r->roll, id) != NULL)) {
		const struct mention what = {.suspect = enabled == GP_FALSE ||
							removed != GP_REMOVED_NOT};
		mention(r, id, &what);
	}
}

static void on_group(void *arg, const char *id, enum gp_removed removed)
{
	struct gp_round *r = arg;
	const struct gp_roll_group *group =
		gp_roll_find_group(r->roll != NULL ? r->roll : r->request.roll, id);
	if (group == NULL) {
		return;
	}
	if (removed == GP_REMOVED_NOT) {
		/* It is back: its members are not told again. */
		note(r, group->exists ? GP_ST_OK : GP_ST_EXPIRED);
	} else if (group->exists && is_writable(r)) {
		note(r, gp_roll_put_group(r->roll, id, false));
	}
}

static void on_member(void *arg, const char *group, const char *member, bool is_group, bool removed)
{
	struct gp_round *r = arg;
	if (gp_roll_find_group(r->request.roll, group) == NULL || !is_writable(r)) {
		return;
	}
	if (removed) {
		note(r, gp_roll_drop_member(r->roll, group, member, is_group));
	} else if (is_group && gp_roll_find_group(r->request.roll, member) == NULL) {
		/* Nobody told who is in that one. */
		note(r, GP_ST_EXPIRED);
	} else {
		note(r, gp_roll_put_member(r->roll, group, member, is_group, GP_SOURCE_DELTA));
	}
	/* Removed from the group, or deleted altogether: the change does not say which. */
	if (!is_group) {
		const struct mention what = {.added = !removed, .removed = removed};
		mention(r, member, &what);
	}
}

static int by_id(const void *a, const void *b)
{
	return strcmp(((const struct mention *)a)->id, ((const struct mention *)b)->id);
}

/* Each user once, with all that was said of him. */
static void merge(struct gp_round *r)
{
	size_t kept = 0;
	if (r->mention_count > 1) {
		qsort(r->mentions, r->mention_count, sizeof(*r->mentions), by_id);
	}
	for (size_t i = 0; i < r->mention_count; i++) {
		const struct mention *m = &r->mentions[i];
		if (kept > 0 && by_id(&r->mentions[kept - 1], m) == 0) {
			r->mentions[kept - 1].added |= m->added;
			r->mentions[kept - 1].removed |= m->removed;
			r->mentions[kept - 1].suspect |= m->suspect;
		} else {
			r->mentions[kept++] = *m;
		}
	}
	r->mention_count = kept;
}

static void doubt(struct gp_round *r, const char *id)
{
	char(*more)[GP_GUID_TEXT] = reallocarray(r->doubts.ids, r->doubts.count + 1, sizeof(*more));
	if (more == NULL) {
		note(r, GP_ST_NO_MEMORY);
		return;
	}
	r->doubts.ids = more;
	note(r, gp_copy(r->doubts.ids[r->doubts.count++], GP_GUID_TEXT, gp_str_from(id)));
}

static void on_read(void *arg, const char *id, enum gp_status status, const struct gp_user *user)
{
	struct gp_round *r = arg;
	struct mention key = {0};
	if (!is_writable(r) || gp_copy(key.id, sizeof(key.id), gp_str_from(id)) != GP_ST_OK) {
		return;
	}
	const struct mention *m = bsearch(&key, r->mentions, r->mention_count, sizeof(key), by_id);
	bool added = m != NULL && m->added;
	bool suspect = m != NULL && m->suspect;
	if (status == GP_ST_NOT_FOUND && added) {
		/* Where this was answered he has not arrived yet. */
		doubt(r, id);
	} else if (status == GP_ST_NOT_FOUND) {
		note(r, gp_roll_put_gone(r->roll, id, r->now_s));
	} else if (suspect && user->account_enabled == GP_TRUE) {
		/* One of the two is out of date. Until it is known which, he is disabled. */
		struct gp_user less = *user;
		less.account_enabled = GP_FALSE;
		note(r, gp_roll_put_user(r->roll, &less, GP_SOURCE_DELTA, r->now_s));
		doubt(r, id);
	} else {
		note(r, gp_roll_put_user(r->roll, user, GP_SOURCE_DELTA, r->now_s));
	}
}

/* Whoever was looked up by himself stands in the top groups, whatever group below them he is in.
 * When he is removed from one, what that look said is not worth anything any more. */
static enum gp_status forget_knocks(struct gp_round *r)
{
	if (r->roll == NULL) {
		return GP_ST_OK;
	}
	uint8_t *marks = calloc(gp_roll_person_count(r->roll) + 1, 1);
	if (marks == NULL) {
		return GP_ST_NO_MEMORY;
	}
	for (size_t i = 0; i < r->mention_count; i++) {
		uint8_t id[16];
		size_t at = SIZE_MAX;
		if (r->mentions[i].removed &&
		    gp_guid_parse(gp_str_from(r->mentions[i].id), id) == GP_ST_OK) {
			at = gp_roll_index(r->roll, id);
		}
		if (at != SIZE_MAX) {
			marks[at] = 1;
		}
	}
	gp_roll_drop_knocked(r->roll, marks);
	free(marks);
	return GP_ST_OK;
}

static void on_all_read(void *arg, enum gp_status status, const struct gp_error *err)
{
	struct gp_round *r = arg;
	r->call = NULL;
	if (status == GP_ST_OK) {
		note(r, forget_knocks(r));
		status = r->status;
	}
	finish(r, status, err);
}

static enum gp_status read_users(struct gp_round *r)
{
	const struct gp_graph_users users = {on_read, on_all_read, r};
	char(*ids)[GP_GUID_TEXT] = calloc(r->mention_count, sizeof(*ids));
	enum gp_status st = ids != NULL ? GP_ST_OK : GP_ST_NO_MEMORY;
	for (size_t i = 0; st == GP_ST_OK && i < r->mention_count; i++) {
		st = gp_copy(ids[i], sizeof(ids[i]), gp_str_from(r->mentions[i].id));
	}
	if (st == GP_ST_OK) {
		st = r->request.ops->users(r->request.graph, (const char(*)[GP_GUID_TEXT])ids,
					   r->mention_count, &users, &r->call);
	}
	free(ids);
	return st;
}

static enum gp_status follow(struct gp_round *r);

static void on_link(void *arg, enum gp_status status, const char *link, const struct gp_error *err)
{
	struct gp_round *r = arg;
	r->call = NULL;
	if (status == GP_ST_OK) {
		status = r->status;
	}
	if (status == GP_ST_OK) {
		const struct gp_link *old = &r->request.links->all[r->links.count];
		status = gp_links_add(&r->links, old->kind, link);
	}
	bool last = r->links.count == r->request.links->count;
	if (status == GP_ST_OK && last) {
		merge(r);
		if (r->mention_count == 0) {
			finish(r, GP_ST_OK, NULL);
			return;
		}
		status = r->mention_count > GP_ROUND_USERS_MAX ? GP_ST_TOO_BIG : read_users(r);
	} else if (status == GP_ST_OK) {
		status = follow(r);
	}
	if (status != GP_ST_OK) {
		r->call = NULL;
		finish(r, status, err);
	}
}

static enum gp_status follow(struct gp_round *r)
{
	const struct gp_link *link = &r->request.links->all[r->links.count];
	const struct gp_delta_request request = {.kind = link->kind, .link = link->text};
	const struct gp_delta_sink sink = {on_user, on_group, on_member, on_link, r};
	return r->request.ops->delta(r->request.graph, &request, &sink, &r->call);
}

enum gp_status gp_round_start(const struct gp_round_request *request, struct gp_round **out,
			      struct gp_error *err)
{
	struct gp_round *r = calloc(1, sizeof(*r));
	if (r == NULL) {
		return gp_fail(err, GP_ST_NO_MEMORY, "no memory");
	}
	r->request = *request;
	r->now_s = gp_clock_wall_s(request->clock);
	for (size_t i = 0; i < request->doubts->count; i++) {
		mention(r, request->doubts->ids[i], &(struct mention){.added = false});
	}
	enum gp_status st = request->links->count == 0 ? GP_ST_EXPIRED : r->status;
	if (st == GP_ST_OK) {
		st = follow(r);
	}
	if (st != GP_ST_OK) {
		r->call = NULL;
		gp_round_free(r);
		return gp_fail(err, st, "changes cannot be read: %s", gp_status_name(st));
	}
	*out = r;
	return GP_ST_OK;
}

void gp_round_free(struct gp_round *round)
{
	if (round == NULL) {
		return;
	}
	if (round->call != NULL) {
		round->request.ops->cancel(round->call);
	}
	gp_roll_free(round->roll);
	gp_links_free(&round->links);
	gp_doubts_free(&round->doubts);
	free(round->mentions);
	free(round);
}

void gp_doubts_free(struct gp_doubts *doubts)
{
	free(doubts->ids);
	*doubts = (struct gp_doubts){0};
}

void gp_round_take(struct gp_round *round, struct gp_round_result *out)
{
	*out = (struct gp_round_result){round->roll, round->links, round->doubts};
	round->roll = NULL;
	round->links.count = 0;
	round->doubts = (struct gp_doubts){0};
}
