/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this room share about one login connection. */
#ifndef GP_IPC_INTERNAL_H
#define GP_IPC_INTERNAL_H

#include "base/log.h"
#include "ipc/login.h"

/* Where a connection stands: which messages it may send. */
enum gp_login_phase {
	GP_LOGIN_PHASE_NEW = 0x01,   /* nothing was said yet */
	GP_LOGIN_PHASE_ASKED = 0x02, /* an ASK is out */
	GP_LOGIN_PHASE_BUSY = 0x04,  /* we are working: nothing may be said */
};

struct gp_login_conn {
	struct gp_login_service *service;
	struct gp_conn *conn;
	enum gp_login_phase phase;
	struct gp_signin *signin;
	bool reserved;                    /* room in the registry */
	struct gp_signin_request request; /* borrows from texts below */
	char service_name[GP_LOGIN_FIELD_MAX + 1];
	char user[GP_LOGIN_FIELD_MAX + 1];
	char rhost[GP_LOGIN_FIELD_MAX + 1];
	char tty[GP_LOGIN_FIELD_MAX + 1];
};

struct gp_login_service {
	struct gp_login_deps deps;
	struct gp_server *server;
	sd_event_source *sweep;
	struct gp_log_bound bad_frames, lost_replies, no_room;
};

/* Sends MSG; false (and the connection closed) when that fails. */
bool gp_login_send(struct gp_login_conn *lc, const struct gp_login_msg *msg);
/* The last frame, and the end of the connection. DECISION may be NULL. */
void gp_login_finish(struct gp_login_conn *lc, enum gp_login_code code, struct gp_str text,
		     const uint8_t *decision);

/* account.c: the phases after the sign-in. Each answers and ends the connection. */
void gp_login_account(struct gp_login_conn *lc, const struct gp_login_msg *msg);
void gp_login_open(struct gp_login_conn *lc, const struct gp_login_msg *msg);
void gp_login_close(struct gp_login_conn *lc, const struct gp_login_msg *msg);
/* A START of somebody to whom nothing may be shown: recorded and refused. */
void gp_login_refuse_silent(struct gp_login_conn *lc, const struct gp_login_msg *msg);
/* A START that cannot become a sign-in for REASON: recorded, and unavailable. */
void gp_login_not_begun(struct gp_login_conn *lc, const struct gp_login_msg *msg,
			const char *reason);
/* Records and forgets what is overdue. */
void gp_login_sweep(struct gp_login_service *service);

#endif
