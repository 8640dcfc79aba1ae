/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a fallible function answers. Statuses tell callers what happened; they are not decisions:
 * a decision about a guest is an enum gp_verdict (policy/), whose zero means no.
 */
#ifndef GP_CONTRACT_STATUS_H
#define GP_CONTRACT_STATUS_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#define gp_must_check        __attribute__((warn_unused_result))
#define gp_printf(fmt, args) __attribute__((format(printf, fmt, args)))

enum gp_status {
	GP_ST_OK = 0,
	GP_ST_INVALID, /* malformed input */
	GP_ST_TOO_BIG, /* beyond a stated limit */
	GP_ST_NOT_FOUND,
	GP_ST_CONFLICT, /* already there, or two claim the same */
	GP_ST_DENIED,   /* the other side, or the operating system, said no */
	GP_ST_TIMEOUT,
	GP_ST_UNAVAILABLE, /* not now: network, daemon, service */
	GP_ST_CLOSED,      /* the peer is gone */
	GP_ST_IO,
	GP_ST_NO_MEMORY,
	GP_ST_UNSUPPORTED, /* a version or kind that we do not know */
	GP_ST_BAD_SIGNATURE,
	GP_ST_EXPIRED,  /* what was given earlier does not count any more: begin again */
	GP_ST_INTERNAL, /* our bug */
};

/* For logs and administrators. A guest never reads .text: messages for people go by reason code. */
struct gp_error {
	enum gp_status code;
	char text[192];
};

/* A short constant name such as "not-found"; never NULL. */
const char *gp_status_name(enum gp_status st);

/* A failure of somebody else's, for now: the same question may be answered the next time. False for
 * GP_ST_OK and for everything unknown. */
bool gp_status_may_pass(enum gp_status st);

/* Fills ERR (may be NULL), cutting long text, and returns CODE, so: return gp_fail(err, ...). */
enum gp_status gp_fail(struct gp_error *err, enum gp_status code, const char *fmt, ...)
	gp_printf(3, 4);

#endif
