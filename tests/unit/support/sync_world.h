/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A struct gp_sync with a Graph and a publisher of the test's own, all in one loop. The tests say
 * what Graph lists, and how the publisher behaves.
 */
#ifndef GP_TESTS_SYNC_WORLD_H
#define GP_TESTS_SYNC_WORLD_H

#include <systemd/sd-event.h>

#include "directory/sync.h"
#include "tests/unit/support/loop.h"
#include "tests/unit/support/test_clock.h"

#define TENANT           "72f988bf-86f1-41af-91ab-2d7cd011db47"
#define GROUP1           "10000000-86f1-41af-91ab-2d7cd011db47"
#define GROUP2           "20000000-86f1-41af-91ab-2d7cd011db47"
#define ADA              "aaaaaaaa-0000-4000-8000-000000000001"
#define BOB              "bbbbbbbb-0000-4000-8000-000000000002"
#define WAIT             20000
#define SYNC_WORLD_ASKED 8

enum sync_world_behaviour {
	BE_GOOD = 0,
	BE_FULL,    /* answers that it cannot now */
	BE_AHEAD,   /* refuses: a later generation is current; good afterwards */
	BE_CLOSING, /* hangs up without a word */
};

struct sync_world {
	char dir[64];
	char store_file[96], socket[96], current[96];
	char passwd[96], group_file[96]; /* the local accounts; made with root alone */
	sd_event *event;
	struct test_clock clock;
	struct gp_config *config;
	struct gp_ids_rules *rules;
	struct gp_store *store;
	struct gp_sync *sync;
	struct gp_audit *audit; /* of the next sync that is made; the test's own, NULL: none */
	size_t synced;          /* attempts that ended */
	enum gp_status status;
	/* Graph */
	struct gp_graph_listing listing;
	char group[GP_GUID_TEXT];
	size_t listings, cancelled;
	struct gp_delta_sink sink; /* of the changes asked for last */
	enum gp_delta_kind kind;
	char followed[64]; /* the link that led to them */
	size_t links, deltas;
	sd_event_source *link_due;
	struct gp_graph_users users; /* asked for last */
	char asked[SYNC_WORLD_ASKED][GP_GUID_TEXT];
	size_t asked_len, batches;
	gp_graph_user_done *user_done; /* of the one asked for last */
	gp_graph_groups_done *groups_done;
	void *lookup_arg;
	char looked_up[GP_CONFIG_TEXT]; /* by this name or id */
	size_t lookups, group_checks;
	/* the publisher */
	int listen_fd, fd;
	sd_event_source *accept, *io;
	enum sync_world_behaviour behaviour;
	uint8_t *frame;
	size_t got, want;
	size_t candidates;
	uint64_t generation; /* of the last candidate */
};

/* For cmocka: *STATE is the world. */
int sync_world_set_up(void **state);
int sync_world_tear_down(void **state);
/* Writes a file of local accounts. */
void sync_world_write(const char *path, const char *text);
/* From now on somebody listens at the publisher's socket. */
void sync_world_publisher(struct sync_world *w);
/* Makes the sync and waits until it lists the first group. */
void sync_world_start(struct sync_world *w);
/* A guest as Graph tells of him. */
struct gp_user sync_world_user(const char *oid, const char *mail);
/* Makes a round of changes begin and waits until it asks for the first link's. */
void sync_world_next_round(struct sync_world *w);
/* The changes of the link under way end; the next link's may be asked for then. */
void sync_world_end_delta(struct sync_world *w, enum gp_status status);
/* Ends the daemon and makes a new sync on the same store, until it asks for changes. */
void sync_world_restart(struct sync_world *w);
/* All links of the round under way end without more changes. */
void sync_world_finish_round(struct sync_world *w);
/* Graph answers the look-up under way: this is the one, or nobody (NULL). */
void sync_world_is(struct sync_world *w, const struct gp_user *user);
/* And he is in the groups for which IN says so: the access groups first. */
void sync_world_is_in(struct sync_world *w, const bool *in, size_t n);
/* One member of the listing under way; its end. */
void sync_world_tell(struct sync_world *w, const char *oid, const char *mail);
void sync_world_end_listing(struct sync_world *w, enum gp_status status);
/* Both groups answer: the first with Ada, the second with Ada again and with Bob. */
void sync_world_complete_read(struct sync_world *w);
struct gp_sync_stats sync_world_stats(const struct sync_world *w);
void sync_world_until_published(struct sync_world *w);
void sync_world_until_publish_fails(struct sync_world *w);

#endif
