/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The login protocol between pam_guestpass.so and guestpassd: what a frame holds and how it is
 * written. PROTOCOL.md is the specification. One SOCK_SEQPACKET packet is one frame; one connection
 * carries one request; closing it ends what was asked for.
 */
#ifndef GP_CONTRACT_LOGIN_PROTOCOL_H
#define GP_CONTRACT_LOGIN_PROTOCOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "contract/status.h"
#include "contract/str.h"

#define GP_LOGIN_VERSION     1
#define GP_LOGIN_FRAME_MAX   8192 /* bytes of the largest frame */
#define GP_LOGIN_FIELD_MAX   256  /* bytes of service, user, rhost, tty */
#define GP_LOGIN_TEXT_MAX    6144 /* bytes of a text to show (PAM itself bounds a message) */
#define GP_DECISION_ID_BYTES 16
#define GP_DECISION_ID_TEXT  33 /* lower-case hex and NUL, as GUESTPASS_DECISION carries it */
#define GP_LOGIN_TIMEOUT_MIN 10
#define GP_LOGIN_TIMEOUT_MAX 900

enum gp_login_op {
	/* module to daemon; the first four open a connection */
	GP_LOGIN_START = 1,   /* pam_sm_authenticate: begin a sign-in */
	GP_LOGIN_ACCOUNT = 2, /* pam_sm_acct_mgmt: may this login go on? */
	GP_LOGIN_OPEN = 3,    /* pam_sm_open_session */
	GP_LOGIN_CLOSE = 4,   /* pam_sm_close_session */
	GP_LOGIN_ANSWER = 8,  /* the person answered the last ASK */
	/* daemon to module */
	GP_LOGIN_SHOW = 16, /* show this text, expect nothing */
	GP_LOGIN_ASK = 17,  /* show this text as a prompt without echo, send ANSWER */
	GP_LOGIN_DONE = 18, /* the last frame of the connection */
};

/* The daemon's last word. Zero denies. */
enum gp_login_code {
	GP_LOGIN_DENIED = 0,
	GP_LOGIN_GRANTED = 1,
	GP_LOGIN_UNAVAILABLE = 2, /* could not be decided: provider or tenant not reachable */
};

/* Flags of a request. */
#define GP_LOGIN_SILENT 0x01 /* PAM_SILENT: nothing is to be shown */
#define GP_LOGIN_UTF8   0x02 /* the module believes that the terminal takes UTF-8 */
#define GP_LOGIN_KEY    0x04 /* OPEN: sshd says that an SSH key is all that was proved */
/* START: the guest is logged in and wants to become somebody else */
#define GP_LOGIN_STEP_UP 0x08

struct gp_login_msg {
	enum gp_login_op op;

	/* START, ACCOUNT, OPEN, CLOSE */
	struct gp_str service;
	struct gp_str user; /* canonical name, as NSS gives it */
	struct gp_str rhost;
	struct gp_str tty;
	uint32_t uid;    /* of user, as NSS gives it */
	uint32_t caller; /* real uid of the process that asks */
	uint8_t flags;
	uint16_t timeout_s; /* START: the module gives up after so many seconds */
	bool has_decision;  /* ACCOUNT, OPEN, CLOSE; and DONE */
	uint8_t decision[GP_DECISION_ID_BYTES];

	/* ANSWER: never what was typed, only whether it was anything, and how long it took */
	bool typed;
	uint32_t after_ms;

	/* SHOW, ASK, DONE */
	struct gp_str text;
	enum gp_login_code code;
};

/* Writes MSG into FRAME; *LEN gets the bytes used. GP_ST_TOO_BIG when a field is beyond its limit,
 * GP_ST_INVALID for an op that does not exist. */
enum gp_status gp_login_encode(const struct gp_login_msg *msg, void *frame, size_t size,
			       size_t *len) gp_must_check;

/* Reads one frame. The strings of *MSG point into FRAME. GP_ST_UNSUPPORTED for another version,
 * GP_ST_INVALID for anything else that is not exactly one well-formed message. Texts may hold any
 * bytes but NUL: the reader makes them safe before showing them. */
enum gp_status gp_login_decode(const void *frame, size_t len,
			       struct gp_login_msg *msg) gp_must_check;

#endif
