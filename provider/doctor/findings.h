/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `guestpass doctor` finds: one table of everything that it can find, and the list of one run.
 * An id, once printed, keeps its meaning: monitors look for it.
 */
#ifndef GP_DOCTOR_FINDINGS_H
#define GP_DOCTOR_FINDINGS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "contract/buf.h"
#include "contract/status.h"
#include "contract/str.h"

enum gp_severity {
	GP_SEVERITY_NOTICE = 0,
	GP_SEVERITY_WARNING,
	GP_SEVERITY_ERROR,
};

/* In the order of the table in findings.c. */
enum gp_finding_id {
	GP_FINDING_NSS_MISSING = 0,
	GP_FINDING_NSS_GROUP_MISSING,
	GP_FINDING_NSS_SHADOW_MISSING,
	GP_FINDING_NSS_INITGROUPS,
	GP_FINDING_NSS_ORDER,
	GP_FINDING_NSS_CUT_OFF,
	GP_FINDING_NSS_OTHER_FIRST,
	GP_FINDING_NSS_CACHE,
	GP_FINDING_PAM_AUTH_MISSING,
	GP_FINDING_PAM_ACCOUNT_MISSING,
	GP_FINDING_PAM_SESSION_MISSING,
	GP_FINDING_PAM_BYPASS,
	GP_FINDING_PAM_NOT_FINAL,
	GP_FINDING_PAM_NEVER_ADMITS,
	GP_FINDING_PAM_LOCAL,
	GP_FINDING_PAM_NO_MODULE_LOCAL,
	GP_FINDING_PAM_PASSWORD_FIRST,
	GP_FINDING_PAM_OPTION,
	GP_FINDING_PAM_HOME,
	GP_FINDING_SSHD_INVALID,
	GP_FINDING_SSHD_FILE,
	GP_FINDING_SSHD_PAM,
	GP_FINDING_SSHD_QUESTIONS,
	GP_FINDING_SSHD_METHODS,
	GP_FINDING_SSHD_GRACE,
	GP_FINDING_SSHD_DIFFERS,
	GP_FINDING_DAEMON_SILENT,
	GP_FINDING_DAEMON_FAILING,
	GP_FINDING_DAEMON_DEGRADED,
	GP_FINDING_DAEMON_SAYS,
	GP_FINDING_CLOCK,
	GP_FINDING_READ_OLD,
	GP_FINDING_CA_IMPOSSIBLE,
	GP_FINDING_CA_IMPOSSIBLE_SOME,
	GP_FINDING_CA_REPORT_ONLY,
	GP_FINDING_HOME_BLOCKED,
	GP_FINDING_POLICIES_UNREAD,
	GP_FINDING_CONTEXT_UNPROTECTED,
	GP_FINDING_CONTEXT_UNSURE,
	GP_FINDING_ADDRESS_NOT_CAPTURED,
	GP_FINDING_API_BROKEN,
	GP_FINDING_API_OPEN,
	GP_FINDING_API_CLAIMS,
	GP_FINDING_API_NOT_ASSIGNED,
	GP_FINDING_API_NESTED,
	GP_FINDING_API_OTHERS,
	GP_FINDING_CLIENT_BROKEN,
	GP_FINDING_CLIENT_OPEN,
	GP_FINDING_CLIENT_CONSENT,
	GP_FINDING_CLIENT_SINGLE,
	GP_FINDING_READER_MISSING,
	GP_FINDING_READER_EXCESS,
	GP_FINDING_READER_WRITES,
	GP_FINDING_READER_CREDENTIAL,
	GP_FINDING_REGISTRATION_OWNERS,
	GP_FINDING_GUESTS_INVITE,
	GP_FINDING_PERMISSION_MISSING,
	GP_FINDING_PACKAGE_NO_END,
	GP_FINDING_PACKAGE_NO_APPROVAL,
	GP_FINDING_CONFIG,
	GP_FINDING_FILE_MISSING,
	GP_FINDING_FILE_OPEN,
	GP_FINDING_SECRET_OPEN,
	GP_FINDING_DIRECTORY,
	GP_FINDING_DIRECTORY_COPY,
	GP_FINDING_NUMBER_RANGE,
	GP_FINDING_NUMBER_TAKEN,
	GP_FINDING_SUDO,
	GP_FINDING_SUDO_GROUP,
	GP_FINDING_POLKIT,
	GP_FINDING_POLKIT_RULE,
	GP_FINDING_BREAK_GLASS,
	GP_FINDING_METADATA,
	GP_FINDING_COUNT,
};

/* One row of the table. */
struct gp_finding_row {
	const char *id;
	enum gp_severity severity;
	const char *guest; /* what a guest, or who else is hurt, would experience */
	const char *mend;
};

const struct gp_finding_row *gp_finding_row(enum gp_finding_id id);
/* The row whose id is NAME; GP_FINDING_COUNT when there is none. */
enum gp_finding_id gp_finding_by_name(struct gp_str name);
/* "notice", "warning", "error". */
const char *gp_severity_name(enum gp_severity severity);

#define GP_FINDINGS_MAX     128
#define GP_FINDING_TEXT_MAX 512

/* What one run found, and what it could not look at. Texts are owned and safe for a terminal. */
struct gp_findings {
	size_t count, unseen_count;
	struct {
		enum gp_finding_id id;
		char what[GP_FINDING_TEXT_MAX];
	} found[GP_FINDINGS_MAX];
	struct {
		const char *check;
		char why[GP_FINDING_TEXT_MAX];
		bool asked; /* false: only another option looks there */
	} unseen[GP_FINDINGS_MAX];
	size_t more; /* that had no room */
};

struct gp_findings *gp_findings_new(void); /* NULL: no memory */
void gp_findings_free(struct gp_findings *f);
static inline void gp_findings_freep(struct gp_findings **f)
{
	gp_findings_free(*f);
}
#define gp_findings_auto __attribute__((cleanup(gp_findings_freep)))

/* WHAT is wrong, in one line; the same finding with the same words is kept once. */
void gp_findings_add(struct gp_findings *f, enum gp_finding_id id, const char *what);
/* CHECK (which stays the caller's, and lives as long as F) could not look, and WHY. */
void gp_findings_unseen(struct gp_findings *f, const char *check, const char *why);
/* It was not asked to, and WHY says how it would be. That changes no exit code. */
void gp_findings_unasked(struct gp_findings *f, const char *check, const char *why);

/* 0: nothing, or notices only. 1: a warning, or something could not be looked at. 2: an error. */
int gp_findings_exit(const struct gp_findings *f);

/* One line of JSON: {"v":1,"findings":[{"id","severity","what","guest","mend"}],
 * "not_looked_at":[{"check","why","asked"}],"left_out":0}. */
void gp_findings_json(const struct gp_findings *f, struct gp_buf *out);
/* For a person, the worst first. */
void gp_findings_text(const struct gp_findings *f, struct gp_buf *out);

#endif
