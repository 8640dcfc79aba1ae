/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The daemon's answer to "status" as a value, and how it is shown: as stable JSON, or to a person.
 * Everything that is printed was made safe for a terminal.
 */
#ifndef GP_CLI_REPORT_H
#define GP_CLI_REPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/json.h"
#include "contract/buf.h"
#include "contract/status.h"
#include "contract/str.h"

/* The worst is not zero by accident: what is unknown is no good health. */
enum gp_health {
	GP_HEALTH_FAILING = 0,
	GP_HEALTH_DEGRADED,
	GP_HEALTH_OK,
};

/* Texts and lists are borrowed from the parsed document. Times are seconds since 1970, 0 = never.
 */
struct gp_report {
	enum gp_health health;
	const struct gp_json *problems; /* array of strings */
	struct gp_str version;
	struct gp_str tier;
	bool guests_allowed;
	struct gp_str tenant_id;
	bool tenant_reachable;
	int64_t last_contact;
	int64_t clock_skew_s;
	struct gp_str credential_kind; /* certificate or secret */
	int64_t credential_not_after;
	int64_t sync_last;
	int64_t sync_last_publish;
	struct gp_str sync_status;
	struct gp_str sync_error;
	int64_t guests;
	struct gp_str canary; /* yes, no, unknown */
	bool published;       /* what the last read said */
	struct gp_str publish_status;
	struct gp_str publish_error;
	/* 0 when an earlier daemon does not say */
	int64_t departed, held, missing_groups, unexplained;
	int64_t sign_ins;
	int64_t sign_ins_limit;
	int64_t sessions;
	/* of the audit: likewise */
	int64_t audit_seq;
	struct gp_str audit_head;
	bool audit_broken;
	/* of the policies of Conditional Access: likewise */
	bool policies_wanted;
	int64_t policies_read, policies_count;
	const struct gp_json *quarantined; /* array of {oid, mail, reason} */
};

/* GP_ST_INVALID if a field is absent or of another type; an answer that says "error" is
 * GP_ST_DENIED with the daemon's words in ERR. */
enum gp_status gp_report_read(const struct gp_json_doc *doc, struct gp_report *out,
			      struct gp_error *err) gp_must_check;

/* One line of JSON with the fields above and no others, always in the same order. */
void gp_report_json(const struct gp_report *report, struct gp_buf *out);

/* For a person, at the moment NOW. */
enum gp_status gp_report_show(const struct gp_report *report, int64_t now_s, bool color,
			      FILE *out) gp_must_check;

#endif
