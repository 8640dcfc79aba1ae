/* SPDX-License-Identifier: Apache-2.0 */
/*
 * guestpass-publish: the only writer of the published directory. It runs as root's uid without
 * capabilities, takes candidate files from a socket into its own memory, and publishes what
 * ids.conf and the host's local accounts permit.
 */
#ifndef GP_PUBLISH_PUBLISH_H
#define GP_PUBLISH_PUBLISH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "contract/directory.h"
#include "contract/ids_conf.h"
#include "contract/publish_protocol.h"
#include "contract/status.h"

/* Each step leaves the host in a state from which readers and the next start can go on. */
enum gp_publish_step {
	GP_STEP_DURABLE_WRITTEN, /* temporary file written and synced */
	GP_STEP_DURABLE_RENAMED,
	GP_STEP_RUN_WRITTEN,
	GP_STEP_RUN_LINKED, /* the current file has its second name superseded.<generation> */
	GP_STEP_RUN_RENAMED,
	GP_STEP_RUN_FLAGGED,
	GP_STEP_RUN_UNLINKED,
	GP_STEPS,
};

struct gp_publisher {
	const char *run_dir;
	const char *durable_dir;
	const char *ids_conf;
	const char *passwd;
	const char *group;
	uid_t allow_uid;  /* besides root */
	int idle_exit_s;  /* 0: run until SIGTERM */
	int life_fd;      /* the other end is the daemon's: closed, we end too. -1: none */
	int deadline_ms;  /* for one candidate */
	int lock_wait_ms; /* for another publisher to end */
	/* Tests learn of each step here, and die after some; NULL otherwise. */
	void (*after_step)(enum gp_publish_step step);
	int run_fd; /* set by gp_publisher_open(), with the two below */
	int durable_fd;
	int lock_fd; /* publisher.lock in run_dir, mode 0600: nobody else can open and lock it */
	struct gp_ids_rules rules; /* as of the last candidate */
};

/* Opens both directories (they must be root's), takes the lock on a file that only
 * root can open, and finishes or undoes what an earlier publisher left half done. Close it in any
 * case. */
enum gp_status gp_publisher_open(struct gp_publisher *p, struct gp_error *err) gp_must_check;
/* Puts the durable copy back where /run has no file, or an older one: after a boot, or when a
 * publisher died between the two. No copy is no error. */
enum gp_status gp_publisher_restore(struct gp_publisher *p, struct gp_error *err) gp_must_check;
void gp_publisher_close(struct gp_publisher *p);

/* Checks BYTES wholly, and publishes them unless they say what is current already. */
struct gp_publish_reply gp_publisher_offer(struct gp_publisher *p, const void *bytes, size_t len);

/* The checks alone: format, ids.conf, local accounts. Reads ids.conf anew into P->rules. */
enum gp_status gp_publisher_check(struct gp_publisher *p, const void *bytes, size_t len,
				  struct gp_directory_view *view,
				  struct gp_error *err) gp_must_check;

/* No name and no number of VIEW occurs in the files PASSWD and GROUP. */
enum gp_status gp_publish_check_local(const struct gp_directory_view *view, const char *passwd,
				      const char *group, struct gp_error *err) gp_must_check;
/* The number of user NAME in the file PASSWD; without asking NSS, which may be asking us. */
enum gp_status gp_publish_find_uid(const char *passwd, struct gp_str name,
				   uid_t *uid) gp_must_check;

/* write.c: the ordered steps. */
enum gp_status gp_publish_durable(struct gp_publisher *p, const void *bytes, size_t len,
				  struct gp_error *err) gp_must_check;
enum gp_status gp_publish_run(struct gp_publisher *p, const void *bytes, size_t len,
			      struct gp_error *err) gp_must_check;
/* Flags and removes every superseded.* but a second name of the current file. */
enum gp_status gp_publish_clean(struct gp_publisher *p, struct gp_error *err) gp_must_check;
enum gp_status gp_publish_has_space(int dir_fd, size_t len, struct gp_error *err) gp_must_check;

/* A whole regular file in memory of our own; unmap with gp_publish_free(). */
struct gp_publish_copy {
	void *ptr;
	size_t len;
};
enum gp_status gp_publish_copy_file(int dir_fd, const char *name, bool trusted,
				    struct gp_publish_copy *out) gp_must_check;
enum gp_status gp_publish_alloc(size_t len, struct gp_publish_copy *out) gp_must_check;
void gp_publish_free(struct gp_publish_copy *copy);

/* Serves connections on the listening socket one after the other until a signal, idleness or
 * the end of who holds the other end of life_fd. */
enum gp_status gp_publish_serve(struct gp_publisher *p, int listen_fd,
				struct gp_error *err) gp_must_check;
/* Lets SIGTERM and SIGINT end gp_publish_serve(). */
void gp_publish_catch_signals(void);

/* Gives up whatever the rest of the run does not need. */
enum gp_status gp_publish_confine(struct gp_error *err) gp_must_check;

#endif
