/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Single guests, looked up in Graph because somebody asked for their names: who they are, and in
 * which of this host's groups. One after the other; what was found is told when nobody waits any
 * more, so that many who come together cost one change of the directory.
 */
#ifndef GP_DIRECTORY_LOOKUPS_H
#define GP_DIRECTORY_LOOKUPS_H

#include "directory/source.h"
#include "identity/name.h"

#define GP_LOOKUPS_QUEUE      64
#define GP_LOOKUPS_GROUPS_MAX (GP_CONFIG_GROUPS_MAX + GP_CONFIG_MAPPED_MAX)

struct gp_lookup {
	char name[GP_NAME_BUF];
	char oid[GP_GUID_TEXT]; /* of a guest who is known; empty: find him by his name */
};

/* Somebody in at least one of the access groups. */
struct gp_lookup_found {
	struct gp_user user;
	bool in[GP_LOOKUPS_GROUPS_MAX]; /* of each group, as gp_lookups_group() counts them */
};

/* TOLD is called for each name: was it somebody of the access groups? GP_ST_OK, GP_ST_NOT_FOUND, or
 * why it is not known. DONE follows when the queue is empty, with those who were found; borrowed.
 */
struct gp_lookups_request {
	const struct gp_source_ops *ops; /* borrowed, like the next two */
	struct gp_graph *graph;
	const struct gp_config *config;
	void (*told)(void *arg, const char *name, enum gp_status status);
	void (*done)(void *arg, const struct gp_lookup_found *found, size_t count);
	void *arg;
};

struct gp_lookups;
enum gp_status gp_lookups_new(const struct gp_lookups_request *request,
			      struct gp_lookups **out) gp_must_check;
void gp_lookups_free(struct gp_lookups *lookups); /* breaks off; NULL is allowed */
/* GP_ST_TOO_BIG when too many wait. */
enum gp_status gp_lookups_add(struct gp_lookups *lookups,
			      const struct gp_lookup *what) gp_must_check;
/* The object id of group I; NULL when there are no more. */
const char *gp_lookups_group(const struct gp_lookups *lookups, size_t i);

#endif
