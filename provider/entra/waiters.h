/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Callers that wait for one shared answer. They are told from the event loop, one after the other,
 * never from within the call in which they asked; each may forget itself or others, and may free
 * the whole owner while it is told.
 */
#ifndef GP_ENTRA_WAITERS_H
#define GP_ENTRA_WAITERS_H

#include <systemd/sd-event.h>

#include "contract/status.h"

struct gp_waiter {
	struct gp_waiter *next;
	void (*done)(void); /* cast back by the owner's call */
	void *arg;
	enum gp_status status;
	struct gp_error err;
};

typedef void gp_waiters_call(void *owner, const struct gp_waiter *waiter);

struct gp_waiters;

enum gp_status gp_waiters_new(sd_event *event, gp_waiters_call *call, void *owner,
			      struct gp_waiters **out) gp_must_check;
/* Nobody is told any more. NULL is allowed. */
void gp_waiters_free(struct gp_waiters *w);

enum gp_status gp_waiters_add(struct gp_waiters *w, void (*done)(void), void *arg) gp_must_check;
/* Everybody who waits now gets this answer. ERR may be NULL. */
void gp_waiters_settle(struct gp_waiters *w, enum gp_status status, const struct gp_error *err);
/* Adds one whose answer is known already; leaves those who wait alone. */
enum gp_status gp_waiters_add_due(struct gp_waiters *w, void (*done)(void), void *arg,
				  enum gp_status status, const struct gp_error *err) gp_must_check;
void gp_waiters_forget(struct gp_waiters *w, const void *arg);

#endif
