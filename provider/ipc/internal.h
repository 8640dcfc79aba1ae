/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this room share about one login connection. */
#ifndef GP_IPC_INTERNAL_H
#define GP_IPC_INTERNAL_H

#include "base/log.h"
#include "ipc/login.h"
#include "session/recent.h"
#include "session/steps.h"

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
	struct gp_key_login *key;
	bool reserved;                    /* room in the registry */
	struct gp_terminal terminal;      /* of a step-up */
	pid_t step_leader;                /* of the session that it is made in */
	struct gp_signin_request request; /* borrows from texts below */
	char service_name[GP_LOGIN_FIELD_MAX + 1];
	char user[GP_LOGIN_FIELD_MAX + 1];
	char rhost[GP_LOGIN_FIELD_MAX + 1];
	char tty[GP_LOGIN_FIELD_MAX + 1];
};

struct gp_login_service {
	struct gp_login_deps deps;
	struct gp_server *server;
	struct gp_recent *recent;
	struct gp_steps *steps;    /* sign-ins by which guests may become somebody else */
	struct gp_key_login *keys; /* those that are being decided */
	sd_event_source *sweep;
	struct gp_log_bound bad_frames, lost_replies, no_room;
};

/* Sends MSG; false (and the connection closed) when that fails. */
bool gp_login_send(struct gp_login_conn *lc, const struct gp_login_msg *msg);
/* The last frame, and the end of the connection. DECISION may be NULL. */
void gp_login_finish(struct gp_login_conn *lc, enum gp_login_code code, struct gp_str text,
		     const uint8_t *decision);

/* The request of MSG, which the frame's buffer does not outlive, into LC. */
bool gp_login_keep_request(struct gp_login_conn *lc, const struct gp_login_msg *msg);
/* Room in the registry for LC's login; false, recorded and answered, when there is none. */
bool gp_login_reserve(struct gp_login_conn *lc, const struct gp_login_msg *msg);

/* account.c: the phases after the sign-in. Each answers and ends the connection. */
void gp_login_account(struct gp_login_conn *lc, const struct gp_login_msg *msg);
void gp_login_open(struct gp_login_conn *lc, const struct gp_login_msg *msg);
void gp_login_close(struct gp_login_conn *lc, const struct gp_login_msg *msg);
/* A START of somebody to whom nothing may be shown: recorded and refused. */
void gp_login_refuse_silent(struct gp_login_conn *lc, const struct gp_login_msg *msg);
/* A START that cannot become a sign-in for REASON: recorded, and unavailable. */
void gp_login_not_begun(struct gp_login_conn *lc, const struct gp_login_msg *msg,
			const char *reason);
/* What one of these phases decided. */
struct gp_ruling {
	const char *event;
	const char *verdict;
	const char *reason;
	const char *basis;
	const struct gp_admission *admission; /* NULL: nothing was evaluated */
	const struct gp_grant *grant;         /* NULL without a sign-in */
};
/* Onto disk. Who is refused is refused with or without a record; who is to be admitted must look at
 * the answer. */
enum gp_status gp_login_record(struct gp_login_service *service, const struct gp_login_msg *msg,
			       const struct gp_ruling *ruling);
/* The sign-in behind SESSION judged again, by what is configured and known now. OUT's facts are in
 * KEPT. */
void gp_login_judge(struct gp_login_service *service, const struct gp_session *session,
		    struct gp_admission *out, struct gp_buf *kept);
/* The account phase admitted SESSION: PEER, the process that asked, is to open it. */
void gp_login_opening(struct gp_login_service *service, struct gp_session *session, pid_t peer);

/* key_login.c: the account phase of a login by an SSH key. Answers and ends the connection. */
void gp_login_key(struct gp_login_conn *lc, const struct gp_login_msg *msg);
/* Answers all that wait. */
void gp_key_logins_stop(struct gp_login_service *service);
/* The module is gone; NULL is allowed. */
void gp_key_login_cancel(struct gp_key_login *key);

/* step_up.c: a START of a guest who is logged in and wants to become somebody else. */
void gp_login_step_up(struct gp_login_conn *lc, const struct gp_login_msg *msg);
/* Forgets the sign-ins for that which are over. */
void gp_login_step_up_sweep(struct gp_login_service *service);

/* Records and forgets what is overdue. */
void gp_login_sweep(struct gp_login_service *service);

#endif
