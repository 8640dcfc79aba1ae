/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a person reads during a sign-in. Pure: every text is composed here from values that may be
 * hostile, and comes out safe for a terminal. The first screen is one prompt without echo, because
 * that is the only form that every OpenSSH shows at once.
 */
#ifndef GP_SIGNIN_SCREEN_H
#define GP_SIGNIN_SCREEN_H

#include <stdbool.h>
#include <stdint.h>

#include "contract/buf.h"
#include "entra/login_error.h"

/* Why a person is asked to sign in a second time. */
enum gp_screen_why {
	GP_SCREEN_FIRST = 0, /* he is not */
	GP_SCREEN_STALE,     /* the browser was still signed in, from too long ago */
	GP_SCREEN_ELEVATION, /* a location policy demands more from this address */
};

struct gp_screen {
	enum gp_screen_why why;
	const char *host;    /* this host's name */
	const char *address; /* where the SSH client is; may be empty */
	const char *name;    /* login name */
	const char *uri;
	const char *code;
	int64_t seconds; /* until the code, or the time for logging in, runs out */
	bool qr;         /* draw the page's address as a QR code (UTF-8) */
	const char *correlation_id;
	const char *likely; /* lines on what the browser may have shown, or "" */
	bool step_up;       /* he is logged in, and wants to become somebody else */
};

/* The sign-in screen, ending in the question to press Enter. */
void gp_screen_first(struct gp_buf *out, const struct gp_screen *screen);
/* Enter was pressed, nobody has signed in yet. LONG_WAIT: more than a minute after the first
 * screen, so name what may have gone wrong in the browser. */
void gp_screen_again(struct gp_buf *out, const struct gp_screen *screen, bool long_wait);
/* Enter was pressed; the person has signed in, and what that is worth is still being looked up. */
void gp_screen_checking(struct gp_buf *out);
/* Something was typed although nothing is to be typed. */
void gp_screen_no_typing(struct gp_buf *out, const struct gp_screen *screen);

/* The end without a decision about the guest. */
/* LIKELY: lines on what the browser may have shown, or "". */
void gp_screen_expired(struct gp_buf *out, const char *likely);
void gp_screen_password_method(struct gp_buf *out, const char *name, const char *host);
void gp_screen_nobody_there(struct gp_buf *out);
void gp_screen_replaced(struct gp_buf *out);
void gp_screen_unavailable(struct gp_buf *out);
void gp_screen_stopping(struct gp_buf *out);
/* One sentence for a device flow that ended with ERROR: OWN, the administrators' for its number, if
 * it is not NULL or "". */
void gp_screen_flow_error(struct gp_buf *out, const struct gp_login_error *error, const char *own,
			  const char *likely);
/* "Reference for your administrator: <id>" on a line of its own. */
void gp_screen_reference(struct gp_buf *out, const char *correlation_id);

/* Half-block drawing of TEXT as a QR code with its quiet zone; nothing when it cannot be drawn. */
void gp_qr_draw(struct gp_buf *out, const char *text);

#endif
