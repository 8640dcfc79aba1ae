/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who exists on this host: the guests of the tier's access groups, read at start and every
 * interval, given numbers and names, built into the directory file and handed to the publisher. The
 * full sync engine comes behind this same interface. A read that breaks off changes nothing.
 */
#ifndef GP_DIRECTORY_SYNC_H
#define GP_DIRECTORY_SYNC_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/clock.h"
#include "config/config.h"
#include "contract/ids_conf.h"
#include "graph/graph.h"
#include "identity/name.h"
#include "store/store.h"

/* A guest of the tier as the last complete read saw him. */
struct gp_guest {
	char name[GP_NAME_BUF];
	uint32_t uid;
	struct gp_user user;
	bool quarantined;       /* not published */
	const char *quarantine; /* reason code, a constant; NULL if not */
};

struct gp_sync_stats {
	int64_t last_sync_s;    /* wall; 0 never */
	int64_t last_publish_s; /* wall; 0 never */
	size_t guests;
	size_t quarantined;
	enum gp_tri canary; /* did Graph return accountEnabled for every guest read? */
	enum gp_status last_status;
	struct gp_error last_error;
	bool published; /* the published file says what the last read said */
	enum gp_status
		publish_status; /* what stands against it; GP_ST_OK while it waits its turn */
	struct gp_error publish_error;
};

struct gp_sync_deps {
	sd_event *event;
	const struct gp_clock *clock;
	const struct gp_config *config; /* replaced by gp_sync_reload() */
	const struct gp_ids_rules *rules;
	struct gp_graph *graph;
	struct gp_store *store;
	const char *publish_socket; /* path of the publisher's socket */
};

/* How the members of a group are listed: gp_graph_list_members(), or a test's own. */
struct gp_sync_lister {
	enum gp_status (*list)(struct gp_graph *graph, const char *group_id,
			       const struct gp_graph_listing *listing, struct gp_graph_call **out);
	void (*cancel)(struct gp_graph_call *call);
};

struct gp_sync;
enum gp_status gp_sync_new(const struct gp_sync_deps *deps, struct gp_sync **out,
			   struct gp_error *err) gp_must_check;
void gp_sync_free(struct gp_sync *sync);
/* For tests, before gp_sync_start(); borrowed. The files of the local accounts are /etc/passwd and
 * /etc/group otherwise. */
void gp_sync_set_lister(struct gp_sync *sync, const struct gp_sync_lister *lister);
void gp_sync_set_local(struct gp_sync *sync, const char *passwd, const char *group);

/* Starts the first read at once, later ones every interval (a failed one is retried sooner, with
 * backoff from 5 s). SYNCED is called after every attempt; may be NULL. */
typedef void gp_sync_done(void *arg, enum gp_status status);
void gp_sync_start(struct gp_sync *sync, gp_sync_done *synced, void *arg);
/* Somebody waits for the first read: it is tried again 5 s after the last attempt failed, however
 * long the backoff is by then. Not if it failed for what asking again does not cure (refused, too
 * much, what was read cannot be kept): who waits could have everything read every 5 s for nothing.
 */
void gp_sync_hurry(struct gp_sync *sync);
/* A new configuration and Graph client; a read under way is thrown away and the next one starts at
 * once. The old ones are not used any more when this returns. */
void gp_sync_reload(struct gp_sync *sync, const struct gp_config *config, struct gp_graph *graph);

/* NULL when no guest has that canonical name (quarantined ones have none). Borrowed until the loop
 * runs. */
const struct gp_guest *gp_sync_find(const struct gp_sync *sync, struct gp_str name);
const struct gp_guest *gp_sync_find_oid(const struct gp_sync *sync, const char *oid);
size_t gp_sync_count(const struct gp_sync *sync);
const struct gp_guest *gp_sync_at(const struct gp_sync *sync, size_t i);
void gp_sync_get_stats(const struct gp_sync *sync, struct gp_sync_stats *out);

#endif
