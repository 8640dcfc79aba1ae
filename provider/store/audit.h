/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The audit: one JSON line a decision, appended and synced before the answer goes out; also to the
 * journal when there is one. A decision whose record cannot be written is not given: the caller
 * refuses.
 */
#ifndef GP_STORE_AUDIT_H
#define GP_STORE_AUDIT_H

#include <stdint.h>

#include "contract/login_protocol.h"
#include "policy/admission.h"

struct gp_audit;

/* Opens (0640, appended to) FILE. When FILE was renamed or removed (logrotate), the next record
 * goes to a new file of that name; gp_audit_reopen() makes it at once. */
enum gp_status gp_audit_open(const char *file, struct gp_audit **out,
			     struct gp_error *err) gp_must_check;
enum gp_status gp_audit_reopen(struct gp_audit *audit, struct gp_error *err) gp_must_check;
void gp_audit_close(struct gp_audit *audit);
/* Where the journal listens, for tests; NULL: nowhere. Borrowed. */
void gp_audit_set_journal(struct gp_audit *audit, const char *socket_path);

/* How the last write went, and no more: the next decision stands or falls with its own. *TIME_S is
 * that of the record which could not be written, 0 when the last one was. */
enum gp_status gp_audit_status(const struct gp_audit *audit, int64_t *time_s, struct gp_error *err);

/* One decision; strings may be NULL or empty (left out of the line). All text is made safe here. */
struct gp_audit_record {
	int64_t time_s;
	const char *event; /* "sign-in", "account", "session-open", "session-close", ... */
	uint8_t decision[GP_DECISION_ID_BYTES]; /* all zero: there is none, left out */
	const char *correlation_id;
	const char *trace_id;
	const char *uti;
	const char *tier;
	const char *name;            /* login name asked for */
	const char *oid;             /* of that name */
	uint32_t uid;                /* 0: left out */
	const char *proved_oid;      /* of the person who signed in */
	const char *home;            /* home tenant id, or idp literal */
	const char *address;         /* PAM_RHOST */
	const char *sign_in_address; /* ipaddr claim */
	int64_t auth_time;           /* -1 when absent */
	const char *service;
	const char *tty;
	const char *verdict; /* "admitted", "refused", "unavailable", "abandoned" */
	const char *reason;
	const char *basis; /* ACCOUNT: "sign-in", "root-started", "session-running" */
	const struct gp_admission *admission; /* its checks; may be NULL */
};

/* The line is on the disk when this returns GP_ST_OK. Otherwise it was taken away again; where the
 * disk did not do that either, a line can stay (or come back after a crash) whose decision was not
 * given: the log has an "audit-record-stays" with its decision then. */
enum gp_status gp_audit_write(struct gp_audit *audit, const struct gp_audit_record *record,
			      struct gp_error *err) gp_must_check;

#endif
