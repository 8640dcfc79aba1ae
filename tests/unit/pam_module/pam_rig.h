/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs the real module through libpam in a directory of its own, against a daemon, an NSS, a clock
 * and a person that the test plays. The functions of libc that the module uses for these are
 * defined in the test program, which the loader searches first.
 */
#ifndef GP_TESTS_UNIT_PAM_MODULE_PAM_RIG_H
#define GP_TESTS_UNIT_PAM_MODULE_PAM_RIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <security/pam_appl.h>

#include "contract/login_protocol.h"

#define RIG_ADA     "ada@fabrikam.example"
#define RIG_SECRET  "correct horse battery"
#define RIG_SHOWN   32
#define RIG_FRAMES  32
#define RIG_DEFAULT ((uint32_t)-1)

/* What the daemon does with its one connection, step by step; then it closes. */
enum rig_step_kind {
	RIG_END = 0,
	RIG_RECEIVE, /* a frame, which must decode */
	RIG_SEND,    /* MSG */
	RIG_RAW,     /* BYTES, as one packet */
	RIG_HOLD,    /* nothing more: wait until the module has closed */
};

struct rig_step {
	enum rig_step_kind kind;
	struct gp_login_msg msg;
	const void *bytes;
	size_t len;
};

/* How the person answers a prompt. */
enum rig_person {
	RIG_PERSON_ENTER = 0,
	RIG_PERSON_TYPES, /* RIG_SECRET */
	RIG_PERSON_GONE,  /* the conversation fails */
	RIG_PERSON_NULL,  /* it succeeds, but without an answer */
};

enum rig_nss {
	RIG_NSS_AGREES = 0,
	RIG_NSS_SILENT,     /* knows no such name */
	RIG_NSS_OTHER_UID,  /* a local account of the same name */
	RIG_NSS_OTHER_NAME, /* another canonical name */
};

struct rig_shown {
	int style;
	char text[GP_LOGIN_TEXT_MAX * 2];
};

struct rig {
	/* set by the test */
	enum rig_person person;
	enum rig_nss nss;
	char *home;           /* Ada's; NULL: one that does not exist */
	uint32_t uid;         /* what getuid() says, or RIG_DEFAULT */
	int64_t think_ms;     /* how long the person sits at a prompt, on the module's clock */
	bool wait_for_daemon; /* a person answers only after the daemon has closed */
	bool fast;            /* waits that nothing ends are over at once, on the module's clock */
	/* what happened */
	size_t shown_count;
	struct rig_shown shown[RIG_SHOWN];
	size_t frame_count;
	struct {
		size_t len;
		uint8_t bytes[GP_LOGIN_FRAME_MAX];
	} frames[RIG_FRAMES]; /* what the daemon got */
	int connections;
	int nss_calls;
	char log[8192];
	int64_t clock_shift_ms;
};

extern struct rig rig;

/* cmocka fixtures: a new directory with run/directory and svc/rig; everything back to zero.
 * The teardown fails a test in which a descriptor was left open. */
int rig_setup(void **state);
int rig_teardown(void **state);

/* The PAM service's lines all have these options from now on. */
void rig_options(const char *options);
/* Starts the daemon; STEPS end with RIG_END and live until rig_daemon_stop(). */
void rig_daemon_start(const struct rig_step *steps);
/* Waits for the daemon and fails the test if a step went wrong. Idempotent. */
void rig_daemon_stop(void);

/* A handle for USER in service NAME ("rig" or another; all have the same stack). */
pam_handle_t *rig_start(const char *service, const char *user);
void rig_end(pam_handle_t *pamh);

/* One of the six, by the names of pam_guestpass(8). */
enum rig_call {
	RIG_AUTH,
	RIG_CRED,
	RIG_ACCOUNT,
	RIG_OPEN,
	RIG_CLOSE,
	RIG_PASSWORD,
};
int rig_call(pam_handle_t *pamh, enum rig_call what, int flags);

/* Decodes the I-th frame that the daemon got. */
struct gp_login_msg rig_frame(size_t i);
/* Does any frame or log line hold TEXT? */
bool rig_leaked(const char *text);
struct gp_login_msg rig_done(enum gp_login_code code, const char *text, bool with_decision);
struct gp_login_msg rig_text(enum gp_login_op op, const char *text);

#endif
