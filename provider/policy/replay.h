/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a past decision would be under another configuration, with the facts and the time of then.
 * PURE. Each decision by itself: that who is refused does not come back the next day, or comes
 * later, is not thought of.
 */
#ifndef GP_POLICY_REPLAY_H
#define GP_POLICY_REPLAY_H

#include "policy/record.h"

/* A decision as the audit has it. */
struct gp_past {
	bool admitted;
	bool has_facts; /* false: the record is of before facts were kept, or has no room for them
			 */
	struct gp_record record;
	size_t len;
	struct gp_past_check {
		char name[32];
		char reason[64];
		enum gp_verdict verdict;
		bool report;
	} checks[GP_CHECKS_MAX];
};

struct gp_json;
/* A line of the audit. GP_ST_NOT_FOUND: the checks decided nothing here (an event, a session, an
 * answer that never came). GP_ST_UNSUPPORTED: facts of a version that we do not know. Any other:
 * the line is broken. */
enum gp_status gp_past_read(const struct gp_json *line, struct gp_past *out,
			    struct gp_error *err) gp_must_check;

enum gp_replay_outcome {
	GP_REPLAY_CANNOT_TELL = 0, /* what nobody asked then would decide */
	GP_REPLAY_SAME,
	GP_REPLAY_REFUSED,
	GP_REPLAY_ADMITTED,
	GP_REPLAY_MAY_SIGN_IN, /* was refused before the sign-in; that would decide now */
};

struct gp_replay {
	enum gp_replay_outcome outcome;
	/* The checks that make the difference, borrowed from PAST or constants: those that would
	 * refuse, that refused then, or that cannot tell. */
	struct {
		const char *name;
		const char *reason;
	} by[GP_CHECKS_MAX];
	size_t by_len;
};

struct gp_zone_time;
/* LOCAL is what clocks showed then in the zone of CONFIG's hours; NULL: unknown. */
void gp_replay_decide(struct gp_past *past, const struct gp_config *config,
		      const struct gp_zone_time *local, struct gp_replay *out);
/* Only recorded without its facts: it cannot be told. */
void gp_replay_without_facts(struct gp_replay *out);

#endif
