/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sign-ins by which guests who are logged in may become somebody else (sudo), remembered for a
 * while and for one session of the kernel only: that of the terminal in which they were made. In
 * memory.
 */
#ifndef GP_SESSION_STEPS_H
#define GP_SESSION_STEPS_H

#include "session/registry.h"

#define GP_STEPS_MAX 1024

/* A session of the kernel (setsid(2)): its leader, and when that started, since pids are used
 * again. All zero: not known, and equal to none. */
struct gp_terminal {
	pid_t session;
	uint64_t start;
	pid_t asks; /* the process that asks, and its start: what is not remembered holds for it */
	uint64_t asks_start;
};

/* Of the process PID. */
void gp_terminal_of(pid_t pid, struct gp_terminal *out);
/* From the text of /proc/PID/stat: the fields 4 (parent) and 6 (session). Pure; false when it is
 * none. */
bool gp_process_parse_kin(struct gp_str stat, pid_t *parent, pid_t *session);
/* The parent of PID; 0 when there is none. */
pid_t gp_process_parent(pid_t pid);

struct gp_steps;
enum gp_status gp_steps_new(struct gp_steps **out) gp_must_check;
void gp_steps_free(struct gp_steps *steps);
/* SESSION holds name, uid, address, service and grant of the sign-in. It counts in TERMINAL until
 * UNTIL_MS (monotonic), and for the very process that asked a minute in any case. The oldest gives
 * way when there are too many. */
enum gp_status gp_steps_add(struct gp_steps *steps, const struct gp_session *session,
			    const struct gp_terminal *terminal, int64_t now_ms,
			    int64_t until_ms) gp_must_check;
/* That of this guest in this terminal, or NULL. */
const struct gp_session *gp_steps_find(const struct gp_steps *steps, struct gp_str name,
				       uint32_t uid, const struct gp_terminal *terminal,
				       int64_t now_ms);
/* Forgets those of one guest; all that are over. */
void gp_steps_drop(struct gp_steps *steps, struct gp_str name, uint32_t uid);
void gp_steps_sweep(struct gp_steps *steps, int64_t now_ms);

#endif
