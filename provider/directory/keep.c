/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/keep.h"

#include <stdlib.h>

#include "base/sha256.h"

#include "contract/ban.h"

#define SCOPE_NAME  "scope"
#define USERS_NAME  "users"
#define GROUPS_NAME "groups"

static int by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

enum gp_status gp_keep_scope(const struct gp_config *config, char out[static GP_KEEP_SCOPE_LEN])
{
	char ids[1 + GP_CONFIG_GROUPS_MAX + GP_CONFIG_MAPPED_MAX][GP_GUID_TEXT];
	uint8_t digest[GP_SHA256_LEN];
	size_t n = 0;
	memcpy(ids[n++], config->tenant_id, GP_GUID_TEXT);
	for (size_t i = 0; i < config->access_groups_len; i++) {
		memcpy(ids[n++], config->access_groups[i], GP_GUID_TEXT);
	}
	for (size_t i = 0; i < config->mapped_groups_len; i++) {
		memcpy(ids[n++], config->mapped_groups[i].entra_group, GP_GUID_TEXT);
	}
	qsort(ids + 1, n - 1, sizeof(ids[0]), by_text);
	_Static_assert(2 * GP_SHA256_LEN + 1 == GP_KEEP_SCOPE_LEN, "a digest in hex and a NUL");
	if (gp_sha256((struct gp_str){ids[0], n * sizeof(ids[0])}, digest) != GP_ST_OK) {
		return GP_ST_INTERNAL;
	}
	gp_hex(digest, sizeof(digest), out);
	return GP_ST_OK;
}

struct loading {
	struct gp_roll *roll;
	struct gp_links links;
	char scope[GP_KEEP_SCOPE_LEN];
};

static void copy_text(char *dst, size_t size, const char *text)
{
	/* It came out of a field of this size; of another's doing it is left out. */
	if (gp_copy(dst, size, gp_str_from(text)) != GP_ST_OK) {
		dst[0] = '\0';
	}
}

static enum gp_status on_person(void *arg, const struct gp_person_row *row)
{
	struct loading *l = arg;
	struct gp_user user = {
		.account_enabled = row->account_enabled <= GP_TRUE
					   ? (enum gp_tri)row->account_enabled
					   : GP_UNKNOWN,
		.user_type = row->user_type <= GP_USER_TYPE_MEMBER
				     ? (enum gp_user_type)row->user_type
				     : GP_USER_TYPE_UNKNOWN,
		.external_state = row->external_state <= GP_EXTERNAL_ACCEPTED
					  ? (enum gp_external_state)row->external_state
					  : GP_EXTERNAL_UNKNOWN,
		.user_class = row->user_class <= GP_USER_INTERNAL_MEMBER
				      ? (enum gp_user_class)row->user_class
				      : GP_USER_CLASS_UNKNOWN,
		.created_s = row->created_s,
		.state_changed_s = row->state_changed_s,
	};
	copy_text(user.id, sizeof(user.id), row->oid);
	copy_text(user.mail, sizeof(user.mail), row->mail);
	copy_text(user.display_name, sizeof(user.display_name), row->display_name);
	copy_text(user.company_name, sizeof(user.company_name), row->company);
	copy_text(user.upn, sizeof(user.upn), row->upn);
	enum gp_status st =
		gp_roll_put_user(l->roll, &user, (enum gp_source)row->source, row->read_s);
	return st == GP_ST_OK && row->gone ? gp_roll_put_gone(l->roll, row->oid, row->read_s) : st;
}

static enum gp_status on_watched(void *arg, const char *oid, bool present)
{
	struct loading *l = arg;
	return gp_roll_put_group(l->roll, oid, present);
}

static enum gp_status on_member(void *arg, const struct gp_member_row *row)
{
	struct loading *l = arg;
	return gp_roll_put_member(l->roll, row->group, row->member, row->is_group,
				  (enum gp_source)row->source);
}

static enum gp_status on_link(void *arg, const char *name, const char *text)
{
	struct loading *l = arg;
	if (strcmp(name, SCOPE_NAME) == 0) {
		return gp_copy(l->scope, sizeof(l->scope), gp_str_from(text));
	}
	return gp_links_add(&l->links,
			    gp_str_starts(gp_str_from(name), USERS_NAME) ? GP_DELTA_USERS
									 : GP_DELTA_GROUPS,
			    text);
}

enum gp_status gp_keep_load(struct gp_store *store, const char *scope, struct gp_roll **roll,
			    struct gp_links *links, struct gp_error *err)
{
	struct loading l = {0};
	const struct gp_entra_rows rows = {on_person, on_watched, on_member, &l};
	enum gp_status st = gp_roll_new(&l.roll);
	if (st != GP_ST_OK) {
		return gp_fail(err, st, "no memory");
	}
	st = gp_store_entra_rows(store, &rows, err);
	if (st == GP_ST_OK) {
		st = gp_store_links(store, on_link, &l, err);
	}
	if (st != GP_ST_OK) {
		gp_roll_free(l.roll);
		gp_links_free(&l.links);
		return st;
	}
	if (strcmp(l.scope, scope) != 0) {
		gp_links_free(&l.links);
	}
	*roll = l.roll;
	*links = l.links;
	return GP_ST_OK;
}

static void row_of(const struct gp_roll *roll, const struct gp_person *p, struct gp_person_row *row)
{
	*row = (struct gp_person_row){
		.account_enabled = p->account_enabled,
		.user_type = p->user_type,
		.external_state = p->external_state,
		.user_class = p->user_class,
		.source = p->source,
		.gone = p->gone,
		.mail = gp_roll_text(roll, p->mail),
		.display_name = gp_roll_text(roll, p->display_name),
		.company = gp_roll_text(roll, p->company),
		.upn = gp_roll_text(roll, p->upn),
		.created_s = p->created_s,
		.state_changed_s = p->state_changed_s,
		.read_s = p->read_s,
	};
	gp_guid_format(p->id, row->oid);
}

/* But for when it was said, and how. */
static bool says_the_same(const struct gp_person_row *a, const struct gp_person_row *b)
{
	return a->account_enabled == b->account_enabled && a->user_type == b->user_type &&
	       a->external_state == b->external_state && a->user_class == b->user_class &&
	       a->gone == b->gone && a->created_s == b->created_s &&
	       a->state_changed_s == b->state_changed_s && strcmp(a->mail, b->mail) == 0 &&
	       strcmp(a->display_name, b->display_name) == 0 &&
	       strcmp(a->company, b->company) == 0 && strcmp(a->upn, b->upn) == 0;
}

static enum gp_status save_persons(struct gp_store *store, const struct gp_keep *keep,
				   struct gp_error *err)
{
	enum gp_status st = GP_ST_OK;
	struct gp_person_row row;
	struct gp_person_row before;
	for (size_t i = 0; st == GP_ST_OK && i < gp_roll_person_count(keep->roll); i++) {
		const struct gp_person *p = gp_roll_person_at(keep->roll, i);
		const struct gp_person *q =
			gp_roll_person_at(keep->old, gp_roll_index(keep->old, p->id));
		row_of(keep->roll, p, &row);
		if (q != NULL) {
			row_of(keep->old, q, &before);
			if (says_the_same(&row, &before)) {
				continue;
			}
		}
		st = gp_store_person_put(store, &row, err);
	}
	for (size_t i = 0; st == GP_ST_OK && i < gp_roll_person_count(keep->old); i++) {
		const struct gp_person *q = gp_roll_person_at(keep->old, i);
		if (gp_roll_index(keep->roll, q->id) == SIZE_MAX) {
			row_of(keep->old, q, &before);
			st = gp_store_person_drop(store, before.oid, err);
		}
	}
	return st;
}

static enum gp_status save_groups(struct gp_store *store, const struct gp_keep *keep,
				  struct gp_error *err)
{
	enum gp_status st = GP_ST_OK;
	char oid[GP_GUID_TEXT];
	for (size_t i = 0; st == GP_ST_OK && i < gp_roll_group_count(keep->roll); i++) {
		const struct gp_roll_group *g = gp_roll_group_at(keep->roll, i);
		gp_guid_format(g->id, oid);
		const struct gp_roll_group *before = gp_roll_find_group(keep->old, oid);
		if (before == NULL || before->exists != g->exists) {
			st = gp_store_watched_put(store, oid, g->exists, err);
		}
	}
	for (size_t i = 0; st == GP_ST_OK && i < gp_roll_group_count(keep->old); i++) {
		gp_guid_format(gp_roll_group_at(keep->old, i)->id, oid);
		if (gp_roll_find_group(keep->roll, oid) == NULL) {
			st = gp_store_watched_drop(store, oid, err);
		}
	}
	return st;
}

/* M of ROLL, with the indexes that OTHER has for the same group and member; false when it does not
 * know one of them. */
static bool translate(const struct gp_roll *roll, const struct gp_roll_member *m,
		      const struct gp_roll *other, struct gp_roll_member *out)
{
	size_t group = gp_roll_group_index(other, gp_roll_group_at(roll, m->group)->id);
	size_t member = m->is_group
				? gp_roll_group_index(other, gp_roll_group_at(roll, m->member)->id)
				: gp_roll_index(other, gp_roll_person_at(roll, m->member)->id);
	if (group == SIZE_MAX || member == SIZE_MAX) {
		return false;
	}
	*out = (struct gp_roll_member){(uint32_t)group, (uint32_t)member, m->is_group, m->source};
	return true;
}

/* Those of FROM that are not in OTHER, with the same source, are given to PUT. */
static enum gp_status each_missing(
	struct gp_store *store, struct gp_roll *from, struct gp_roll *other, bool compare_source,
	enum gp_status (*put)(struct gp_store *, const struct gp_member_row *, struct gp_error *),
	struct gp_error *err)
{
	size_t n = 0;
	size_t others = 0;
	const struct gp_roll_member *members = gp_roll_members(from, &n);
	const struct gp_roll_member *there = gp_roll_members(other, &others);
	enum gp_status st = GP_ST_OK;
	for (size_t i = 0; st == GP_ST_OK && i < n; i++) {
		struct gp_roll_member key;
		const struct gp_roll_member *hit = NULL;
		if (translate(from, &members[i], other, &key) && others > 0) {
			hit = bsearch(&key, there, others, sizeof(key), gp_roll_member_order);
		}
		if (hit != NULL && (!compare_source || hit->source == members[i].source)) {
			continue;
		}
		struct gp_member_row row = {.is_group = members[i].is_group,
					    .source = members[i].source};
		gp_guid_format(gp_roll_group_at(from, members[i].group)->id, row.group);
		gp_guid_format(members[i].is_group ? gp_roll_group_at(from, members[i].member)->id
						   : gp_roll_person_at(from, members[i].member)->id,
			       row.member);
		st = put(store, &row, err);
	}
	return st;
}

static enum gp_status save_plan(struct gp_store *store, const struct gp_keep *keep,
				struct gp_error *err)
{
	const struct gp_plan *plan = keep->plan;
	enum gp_status st = GP_ST_OK;
	for (size_t i = 0; st == GP_ST_OK && i < plan->added_count; i++) {
		st = gp_store_guest_add(store, &plan->added[i], err);
	}
	for (size_t i = 0; st == GP_ST_OK && i < plan->added_group_count; i++) {
		st = gp_store_group_add(store, &plan->added_groups[i], err);
	}
	for (size_t i = 0; st == GP_ST_OK && i < plan->move_count; i++) {
		st = gp_store_guest_left(store, keep->tid, plan->moves[i].oid,
					 plan->moves[i].left_s, err);
	}
	return st;
}

static enum gp_status save_links(struct gp_store *store, const struct gp_keep *keep,
				 struct gp_error *err)
{
	enum gp_status st = gp_store_links_drop(store, err);
	for (size_t i = 0; st == GP_ST_OK && i < keep->links->count; i++) {
		const struct gp_link *link = &keep->links->all[i];
		char name[32];
		/* Of two digits, so that their order stays. */
		st = gp_format(name, sizeof(name), "%s %02zu",
			       link->kind == GP_DELTA_USERS ? USERS_NAME : GROUPS_NAME, i);
		if (st == GP_ST_OK) {
			st = gp_store_link_put(store, name, link->text, err);
		}
	}
	return st == GP_ST_OK ? gp_store_link_put(store, SCOPE_NAME, keep->scope, err) : st;
}

static enum gp_status save_all(struct gp_store *store, const struct gp_keep *keep,
			       struct gp_error *err)
{
	enum gp_status st = keep->plan != NULL ? save_plan(store, keep, err) : GP_ST_OK;
	if (st == GP_ST_OK && keep->roll != keep->old) {
		st = save_persons(store, keep, err);
		if (st == GP_ST_OK) {
			st = save_groups(store, keep, err);
		}
		if (st == GP_ST_OK) {
			st = each_missing(store, keep->old, keep->roll, false, gp_store_member_drop,
					  err);
		}
		if (st == GP_ST_OK) {
			st = each_missing(store, keep->roll, keep->old, true, gp_store_member_put,
					  err);
		}
	}
	return st == GP_ST_OK ? save_links(store, keep, err) : st;
}

enum gp_status gp_keep_save(struct gp_store *store, const struct gp_keep *keep,
			    struct gp_error *err)
{
	enum gp_status st = gp_store_begin(store, err);
	if (st == GP_ST_OK) {
		st = save_all(store, keep, err);
	}
	if (st == GP_ST_OK) {
		st = gp_store_commit(store, err);
	}
	if (st != GP_ST_OK) {
		gp_store_rollback(store);
	}
	return st;
}
