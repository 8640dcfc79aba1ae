/* SPDX-License-Identifier: Apache-2.0 */
/*
 * guestpassd: the wiring. main.c reads the command line, starter.c does what needs root (and gives
 * root up), daemon.c assembles the rooms on one event loop and handles signals.
 */
#ifndef GP_DAEMON_DAEMON_H
#define GP_DAEMON_DAEMON_H

#include <stdbool.h>
#include <sys/types.h>

#include "config/config.h"
#include "contract/ids_conf.h"
#include "store/audit.h"
#include "store/store.h"

/* Listening sockets, by whoever made them: systemd or the starter. -1 for none. */
struct gp_sockets {
	int login;
	int admin;
	int knock;
	pid_t publisher;    /* our child in foreground mode; 0: systemd starts it */
	int publisher_life; /* open as long as we live */
};

/* Sockets that systemd passed (LISTEN_FDS with the names "login", "admin" and "knock").
 * GP_ST_NOT_FOUND when it passed none. */
enum gp_status gp_sockets_from_systemd(struct gp_sockets *out, struct gp_error *err) gp_must_check;

/* Foreground mode, as root: makes the run directory and the sockets, starts guestpass-publish on a
 * socket that only root and the daemon's account may use, makes the daemon's own directories, and
 * becomes CONFIG's user for good. As another user than root: an error that says how to run it. */
enum gp_status gp_start_as_root(const struct gp_config *config, struct gp_sockets *out,
				struct gp_error *err) gp_must_check;

/* No new privileges, no core files, no world-readable files, SIGPIPE ignored. */
enum gp_status gp_harden(struct gp_error *err) gp_must_check;

/* A record of the audit if DIGEST is not that of the configuration that was recorded last. BY: who
 * had it read. */
void gp_daemon_record_config(struct gp_store *store, struct gp_audit *audit, const char *digest,
			     const char *by, int64_t now_s);

struct gp_daemon_options {
	const char *config_file;
	struct gp_sockets sockets;
};

/* Runs until SIGTERM or SIGINT; takes CONFIG and RULES over. The program's exit status. */
int gp_daemon_run(const struct gp_daemon_options *options, struct gp_config *config,
		  struct gp_ids_rules *rules);

#endif
