/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/lookups.h"

#include <stdlib.h>

#include "contract/ban.h"

struct gp_lookups {
	struct gp_lookups_request request;
	char groups[GP_LOOKUPS_GROUPS_MAX][GP_GUID_TEXT];
	size_t group_count;
	size_t access_count; /* the first ones: those that let somebody in */
	struct gp_lookup queue[GP_LOOKUPS_QUEUE];
	size_t waiting; /* the first of them is being looked up */
	struct gp_graph_call *call;
	struct gp_lookup_found now; /* of the first one, as far as it is known */
	size_t asked;               /* groups */
	struct gp_lookup_found *found;
	size_t found_count;
};

static enum gp_status keep_found(struct gp_lookups *l)
{
	struct gp_lookup_found *more =
		reallocarray(l->found, l->found_count + 1, sizeof(*l->found));
	if (more == NULL) {
		return GP_ST_NO_MEMORY;
	}
	l->found = more;
	l->found[l->found_count++] = l->now;
	return GP_ST_OK;
}

static void on_user(void *arg, enum gp_status status, const struct gp_user *user,
		    const struct gp_error *err);

/* Asks who the first one is. */
static enum gp_status begin(struct gp_lookups *l)
{
	const struct gp_lookup *what = &l->queue[0];
	const struct gp_source_ops *ops = l->request.ops;
	l->now = (struct gp_lookup_found){.in = {false}};
	l->asked = 0;
	enum gp_status st =
		what->oid[0] != '\0'
			? ops->user(l->request.graph, what->oid, NULL, on_user, l, &l->call)
			: ops->find(l->request.graph, what->name, NULL, on_user, l, &l->call);
	if (st != GP_ST_OK) {
		l->call = NULL;
	}
	return st;
}

/* What became of the first one. */
static void answer(struct gp_lookups *l, enum gp_status status)
{
	if (status == GP_ST_OK) {
		status = keep_found(l);
	}
	l->request.told(l->request.arg, l->queue[0].name, status);
	l->waiting--;
	memmove(&l->queue[0], &l->queue[1], l->waiting * sizeof(l->queue[0]));
}

/* On to the next one whom Graph can be asked about, or to the end. */
static void go_on(struct gp_lookups *l)
{
	while (l->waiting > 0) {
		enum gp_status st = begin(l);
		if (st == GP_ST_OK) {
			return;
		}
		answer(l, st);
	}
	struct gp_lookup_found *found = l->found;
	size_t count = l->found_count;
	l->found = NULL;
	l->found_count = 0;
	l->request.done(l->request.arg, found, count);
	free(found);
}

static void next(struct gp_lookups *l, enum gp_status status)
{
	answer(l, status);
	go_on(l);
}

static bool may_enter(const struct gp_lookups *l)
{
	for (size_t i = 0; i < l->access_count; i++) {
		if (l->now.in[i]) {
			return true;
		}
	}
	return false;
}

static void ask_groups(struct gp_lookups *l);

static void on_groups(void *arg, enum gp_status status, const bool *member, size_t n,
		      const struct gp_error *err)
{
	struct gp_lookups *l = arg;
	(void)err;
	l->call = NULL;
	if (status != GP_ST_OK) {
		next(l, status);
		return;
	}
	for (size_t i = 0; i < n && l->asked < l->group_count; i++) {
		l->now.in[l->asked++] = member[i];
	}
	ask_groups(l);
}

static void ask_groups(struct gp_lookups *l)
{
	size_t left = l->group_count - l->asked;
	size_t n = left < GP_CONFIG_GROUPS_MAX ? left : GP_CONFIG_GROUPS_MAX;
	if (left == 0 || (l->asked >= l->access_count && !may_enter(l))) {
		next(l, may_enter(l) ? GP_ST_OK : GP_ST_NOT_FOUND);
		return;
	}
	enum gp_status st =
		l->request.ops->groups(l->request.graph, l->now.user.id,
				       (const char(*)[GP_GUID_TEXT])(l->groups + l->asked), n, NULL,
				       on_groups, l, &l->call);
	if (st != GP_ST_OK) {
		l->call = NULL;
		next(l, st);
	}
}

static void on_user(void *arg, enum gp_status status, const struct gp_user *user,
		    const struct gp_error *err)
{
	struct gp_lookups *l = arg;
	(void)err;
	l->call = NULL;
	if (status != GP_ST_OK) {
		/* Of several with one address nobody can say which is meant. */
		next(l, status == GP_ST_CONFLICT ? GP_ST_NOT_FOUND : status);
		return;
	}
	l->now.user = *user;
	ask_groups(l);
}

/* Once, although a mapped group may be an access group too. */
static enum gp_status add_group(struct gp_lookups *l, const char *id)
{
	for (size_t i = 0; i < l->group_count; i++) {
		if (strcmp(l->groups[i], id) == 0) {
			return GP_ST_OK;
		}
	}
	return gp_copy(l->groups[l->group_count++], GP_GUID_TEXT, gp_str_from(id));
}

enum gp_status gp_lookups_new(const struct gp_lookups_request *request, struct gp_lookups **out)
{
	const struct gp_config *config = request->config;
	struct gp_lookups *l = calloc(1, sizeof(*l));
	enum gp_status st = l != NULL ? GP_ST_OK : GP_ST_NO_MEMORY;
	if (st == GP_ST_OK) {
		l->request = *request;
	}
	for (size_t i = 0; st == GP_ST_OK && i < config->access_groups_len; i++) {
		st = add_group(l, config->access_groups[i]);
		l->access_count = l->group_count;
	}
	for (size_t i = 0; st == GP_ST_OK && i < config->mapped_groups_len; i++) {
		st = add_group(l, config->mapped_groups[i].entra_group);
	}
	if (st != GP_ST_OK) {
		gp_lookups_free(l);
		return st;
	}
	*out = l;
	return GP_ST_OK;
}

void gp_lookups_free(struct gp_lookups *lookups)
{
	if (lookups == NULL) {
		return;
	}
	if (lookups->call != NULL) {
		lookups->request.ops->cancel(lookups->call);
	}
	free(lookups->found);
	free(lookups);
}

enum gp_status gp_lookups_add(struct gp_lookups *lookups, const struct gp_lookup *what)
{
	if (lookups->waiting == GP_LOOKUPS_QUEUE) {
		return GP_ST_TOO_BIG;
	}
	lookups->queue[lookups->waiting++] = *what;
	if (lookups->waiting == 1) {
		go_on(lookups);
	}
	return GP_ST_OK;
}

const char *gp_lookups_group(const struct gp_lookups *lookups, size_t i)
{
	return i < lookups->group_count ? lookups->groups[i] : NULL;
}
