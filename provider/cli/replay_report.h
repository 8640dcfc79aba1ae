/* SPDX-License-Identifier: Apache-2.0 */
/* What a replay of past decisions came to: those that would be otherwise, as they are found, and
 * the sums. It keeps no decision, so their number does not matter. */
#ifndef GP_CLI_REPLAY_REPORT_H
#define GP_CLI_REPLAY_REPORT_H

#include "base/audit_lines.h"
#include "base/json.h"
#include "contract/buf.h"
#include "policy/replay.h"

#define GP_REPLAY_TALLIES                                                                          \
	((size_t)GP_CHECKS_MAX * 2) /* checks of now, and of then that are no more */

struct gp_replay_report {
	bool json;
	uint64_t decisions; /* all below but BROKEN and NOT_REACHED */
	uint64_t same, refused, admitted, may_sign_in, cannot_tell;
	uint64_t without_facts; /* of those that cannot be told */
	uint64_t not_reached;   /* account phases whose sign-in would be refused */
	uint64_t broken;        /* lines */
	uint64_t shown;
	struct gp_buf broken_lines; /* of JSON */
	struct gp_replay_tally {
		char check[32];
		uint64_t refused, admitted, cannot_tell;
	} tallies[GP_REPLAY_TALLIES];
	size_t tallies_len;
};

void gp_replay_report_begin(struct gp_replay_report *report, bool json);
/* LINE is the record of PAST, of which REPLAY was made. */
void gp_replay_report_add(struct gp_replay_report *report, const struct gp_json *line,
			  const struct gp_past *past, const struct gp_replay *replay);
void gp_replay_report_broken(struct gp_replay_report *report, struct gp_audit_place at,
			     const char *why);
/* Prints the sums and frees what it holds. */
void gp_replay_report_end(struct gp_replay_report *report);
/* Nothing would be otherwise, and all could be told. */
bool gp_replay_report_is_same(const struct gp_replay_report *report);

#endif
