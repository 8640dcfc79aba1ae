/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who exists on this host: the guests of the tier's access groups, given numbers and names, built
 * into the directory file and handed to the publisher. The groups are read wholly now and then, and
 * in between by what changed. A read that breaks off changes nothing, and one that would take away
 * too many guests waits until somebody accepts it. What is known is kept in the store, so a start
 * needs no network.
 */
#ifndef GP_DIRECTORY_SYNC_H
#define GP_DIRECTORY_SYNC_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/clock.h"
#include "config/config.h"
#include "contract/ids_conf.h"
#include "directory/guest.h"
#include "directory/source.h"
#include "graph/graph.h"
#include "identity/name.h"
#include "store/store.h"

/* What a sync is doing. */
enum gp_sync_phase {
	GP_SYNC_IDLE = 0,
	GP_SYNC_READING, /* everything */
	GP_SYNC_ROUND,   /* what changed */
};

/* A read that would have taken away too many guests. */
struct gp_sync_held {
	size_t removed; /* 0: nothing is held */
	size_t of;      /* guests there were */
	int64_t since_s;
};

struct gp_sync_stats {
	int64_t last_sync_s;    /* wall: of the last read, whole or of changes; 0 never */
	int64_t last_full_s;    /* wall: of the last whole one in this process; 0 never */
	int64_t last_publish_s; /* wall; 0 never */
	size_t guests;          /* present and published */
	size_t departed;        /* left, and keep name and number */
	size_t quarantined;
	size_t missing_groups; /* configured groups that Graph does not know */
	enum gp_tri canary;    /* did Graph return accountEnabled for every guest read? */
	enum gp_sync_phase phase;
	struct gp_progress progress; /* of a whole read under way */
	struct gp_sync_held held;
	uint64_t attempts;  /* reads that ended, well or not */
	size_t unexplained; /* published guests whom the database does not know: nobody new gets a
			       number */
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

struct gp_sync;
enum gp_status gp_sync_new(const struct gp_sync_deps *deps, struct gp_sync **out,
			   struct gp_error *err) gp_must_check;
void gp_sync_free(struct gp_sync *sync);
/* For tests, before gp_sync_start(); borrowed. The files of the local accounts are /etc/passwd and
 * /etc/group otherwise. */
void gp_sync_set_source(struct gp_sync *sync, const struct gp_source_ops *ops);
void gp_sync_set_local(struct gp_sync *sync, const char *passwd, const char *group);

/* Where it is recorded who got a number and who came into quarantine; borrowed. NULL, and before it
 * is called: nowhere. */
struct gp_audit;
void gp_sync_set_audit(struct gp_sync *sync, struct gp_audit *audit);

/* Takes up what the store has, starts the first read at once, later ones every interval (a failed
 * one is retried sooner, with backoff from 5 s). SYNCED is called after every attempt; may be NULL.
 */
typedef void gp_sync_done(void *arg, enum gp_status status);
void gp_sync_start(struct gp_sync *sync, gp_sync_done *synced, void *arg);
/* Somebody waits for the first read: it is tried again 5 s after the last attempt failed, however
 * long the backoff is by then. Not if it failed for what asking again does not cure (refused, too
 * much, what was read cannot be kept): who waits could have everything read every 5 s for nothing.
 */
void gp_sync_hurry(struct gp_sync *sync);
/* An administrator wants a read now. A read under way is left to end, unless it is of less. */
enum gp_sync_wish {
	GP_SYNC_CHANGES,
	GP_SYNC_FULL,
	GP_SYNC_ACCEPT, /* a whole one, which may take away as many guests as are held */
};
void gp_sync_now(struct gp_sync *sync, enum gp_sync_wish wish);
/* Somebody asks for NAME (lower case) whom this host does not know or does not let in: he is looked
 * up, if his domain is among those that may be, and if that has not been done just before. Nothing
 * is answered; if he may come the directory has him a moment later. */
void gp_sync_knock(struct gp_sync *sync, const char *name);
/* A new configuration and Graph client; a read under way is thrown away and everything is read at
 * once. The old ones are not used any more when this returns. */
void gp_sync_reload(struct gp_sync *sync, const struct gp_config *config, struct gp_graph *graph);
/* NAME, which the guest OLD_OID had who left, is free for another from now on: he is NAME~N, and so
 * is his home. GP_ST_NOT_FOUND: OLD_OID does not have this name. GP_ST_DENIED: he has not left. */
struct gp_replaced {
	char name[GP_NAME_BUF];                      /* his name now */
	uint32_t uid;                                /* his number, for good */
	char home[GP_CONFIG_PATH + GP_NAME_BUF];     /* before */
	char new_home[GP_CONFIG_PATH + GP_NAME_BUF]; /* and now, as it is published */
};
enum gp_status gp_sync_replace(struct gp_sync *sync, const char *name, const char *old_oid,
			       struct gp_replaced *out, struct gp_error *err) gp_must_check;
/* He was admitted, for those who ask when he was last here. */
void gp_sync_signed_in(struct gp_sync *sync, const char *oid);
/* The end of his pass, as an admission or root found it: INT64_MAX none, 0 not known any more. It
 * is kept, and his account expires by it: published soon after. */
void gp_sync_pass(struct gp_sync *sync, const char *oid, int64_t end_s);
/* His account is in question from now on, or is not any more, as the store has it: he stays known
 * by his number, and nobody enters as him. */
void gp_sync_question(struct gp_sync *sync, const char *oid, bool in_question);

/* NULL when no guest has that canonical name (quarantined ones have none). Borrowed until the loop
 * runs. */
const struct gp_guest *gp_sync_find(const struct gp_sync *sync, struct gp_str name);
const struct gp_guest *gp_sync_find_oid(const struct gp_sync *sync, const char *oid);
size_t gp_sync_count(const struct gp_sync *sync);
const struct gp_guest *gp_sync_at(const struct gp_sync *sync, size_t i);
/* What Graph last said of GUEST; nothing but his id when that is not known any more. */
void gp_sync_user(const struct gp_sync *sync, const struct gp_guest *guest, struct gp_user *out);
/* The group of this host at place I of a guest's groups; borrowed until the loop runs. *WHY it is
 * not published; NULL when it is. False when there is none. */
bool gp_sync_group(const struct gp_sync *sync, size_t i, const char **name, const char **why);
/* What is kept of him. GP_ST_NOT_FOUND: he has no number yet. */
enum gp_status gp_sync_record(const struct gp_sync *sync, const char *oid,
			      struct gp_guest_record *out) gp_must_check;
void gp_sync_get_stats(const struct gp_sync *sync, struct gp_sync_stats *out);

#endif
