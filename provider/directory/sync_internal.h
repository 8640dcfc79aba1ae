/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of a sync: sync.c says when something is read, take_over.c what becomes of it. */
#ifndef GP_DIRECTORY_SYNC_INTERNAL_H
#define GP_DIRECTORY_SYNC_INTERNAL_H

#include <sys/stat.h>

#include "base/log.h"
#include "directory/domains.h"
#include "directory/keep.h"
#include "directory/local.h"
#include "directory/lookup_limit.h"
#include "directory/lookups.h"
#include "directory/offer.h"
#include "directory/plan.h"
#include "directory/reading.h"
#include "directory/round.h"
#include "directory/sync.h"
#include "directory/table.h"

struct gp_sync {
	struct gp_sync_deps deps;
	const struct gp_source_ops *ops;
	gp_sync_done *synced;
	void *arg;
	/* the files of the local accounts, and as what they were last read */
	const char *passwd, *group;
	struct stat passwd_stamp, group_stamp;
	struct gp_local local;
	/* what is known */
	char scope[GP_KEEP_SCOPE_LEN];
	struct gp_roll *roll;
	struct gp_links links;
	struct gp_doubts doubts;
	struct gp_table table;
	struct gp_domains domains; /* whose unknown names are looked up */
	/* who is being looked up */
	struct gp_lookup_limit lookup_limit;
	struct gp_lookups *lookups; /* NULL until somebody is */
	struct gp_log_bound lookup_log;
	/* what is being read */
	struct gp_reading *reading;
	struct gp_round *round;
	int64_t read_began_s; /* wall */
	bool want_full;       /* the next one is to be of everything */
	bool explained;       /* the database knows everybody who is published */
	size_t accepted;      /* so many guests may be taken away by it; 0: nobody said so */
	/* when */
	sd_event_source *next;     /* when to read again */
	sd_event_source *deadline; /* of the read under way */
	sd_event_source *watch;    /* the directory of the local accounts changed */
	bool started;
	int64_t full_due_ms; /* monotonic */
	int64_t retry_ms;
	int64_t failed_ms; /* monotonic: when the last attempt failed */
	bool may_hurry;    /* it failed in a way that passes by itself */
	/* the publisher */
	struct gp_offer *offer;
	char current[GP_CONFIG_PATH + 16]; /* the published file */
	struct gp_sync_stats stats;
	struct gp_audit *audit; /* NULL: none */
};

/* Takes up what the store has. */
enum gp_status gp_sync_load(struct gp_sync *s, struct gp_error *err) gp_must_check;
/* ROLL (taken over in any case; NULL: the same as before) and LINKS (taken over when it succeeds)
 * become what is known: planned, kept, offered. GP_ST_CONFLICT with s->stats.held set: too many
 * guests would go. */
enum gp_status gp_sync_take_over(struct gp_sync *s, struct gp_roll *roll, struct gp_links *links,
				 bool full, struct gp_error *err) gp_must_check;
/* Who was looked up since the read under way began is in ROLL too, which is what came out of it;
 * after a FULL one also who was looked up so shortly before that lists may still leave him out. */
enum gp_status gp_knock_carry(struct gp_sync *s, bool full, struct gp_roll *roll) gp_must_check;
/* Have the local accounts changed since the last plan? */
bool gp_sync_local_changed(const struct gp_sync *s);
/* The published file, or its durable copy; to be closed. */
enum gp_status gp_sync_open_published(const struct gp_sync *s,
				      struct gp_directory_view *out) gp_must_check;
/* PLAN is kept, and not believed yet: what is new in it goes to the log and the audit. */
void gp_sync_tell_changes(const struct gp_sync *s, const struct gp_plan *plan);
/* After the start, what the store had is believed. Who is PUBLISHED, by his number in RECORDS, and
 * in quarantine now came into it while no daemon ran: that goes there too. */
void gp_sync_tell_taken_up(const struct gp_sync *s, const struct gp_guest_record *records,
			   size_t count, const struct gp_directory_view *published);
/* Offers the candidate that is right now, unless the published file must stay as it is: while the
 * database does not know everybody who is published, it may be all that still says whose a number
 * is. */
void gp_sync_touch(const struct gp_sync *s);
/* For the offer: the candidate that is right now. ARG is the sync. */
enum gp_status gp_sync_build(void *arg, uint64_t generation, uint64_t seed,
			     struct gp_directory_bytes *out, struct gp_error *err) gp_must_check;

#endif
