/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The audit: one JSON line a decision, and one for what happens to guests and to this host beside
 * them. Each line has the hash of the one before (audit_chain.h). It is appended and synced before
 * the answer goes out; also to the journal when there is one, with the head of the chain. A
 * decision whose record cannot be written is not given: the caller refuses.
 */
#ifndef GP_STORE_AUDIT_H
#define GP_STORE_AUDIT_H

#include <stdint.h>

#include "contract/login_protocol.h"
#include "policy/admission.h"

struct gp_audit;

/* Opens (0640, appended to) FILE and goes on with its chain, by its last record, that of the file
 * it was rotated to, and FILE.head. If these do not agree the log has an "audit-chain-broken", and
 * so will the audit. When FILE was renamed or removed (logrotate), the next record goes to a new
 * file of that name. */
enum gp_status gp_audit_open(const char *file, struct gp_audit **out,
			     struct gp_error *err) gp_must_check;
void gp_audit_close(struct gp_audit *audit);
/* Where the journal listens, for tests; NULL: nowhere. Borrowed. */
void gp_audit_set_journal(struct gp_audit *audit, const char *socket_path);
/* How long a record may take to reach the disk, for tests; 2 s otherwise. What takes longer counts
 * as not written. While the disk does not answer nothing is waited for any more, until it does. */
void gp_audit_set_limit(struct gp_audit *audit, int64_t limit_ms);

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
	int64_t code_issued_s;       /* 0: not known; the age of auth_time is counted from here */
	const char *service;
	const char *tty;
	const char *verdict; /* "admitted", "refused", "unavailable", "abandoned" */
	const char *reason;
	/* of a sign-in that Entra refused: the number, what it means, whose move it is, policies */
	const char *login_error, *advice, *move, *policies;
	const char *basis; /* ACCOUNT: "sign-in", "root-started", "session-running" */
	const struct gp_admission *admission; /* its checks and facts; may be NULL */
};

/* The line is on the disk when this returns GP_ST_OK. Otherwise it was taken away again; where the
 * disk did not do that either, a line can stay (or come back after a crash) whose decision was not
 * given: the log has an "audit-record-stays" with its decision then, and if it is an admission that
 * can be seen in the file, an event "withdrawn" with its decision follows as soon as the disk takes
 * one. So does "records-lost" with their number after records that could not be written. */
enum gp_status gp_audit_write(struct gp_audit *audit, const struct gp_audit_record *record,
			      struct gp_error *err) gp_must_check;

/* What is no decision about a login. Strings may be NULL or empty, and are made safe here. */
struct gp_audit_event {
	int64_t time_s;
	/* "enrolled", "first-login", "granted", "confirmed", "frozen", "thawed", "revoked",
	 * "quarantined", "number-set", "numbers-imported", "numbers-held",
	 * "configuration-changed", "asked-again"; of the audit's own: "audit-chain-broken",
	 * "withdrawn", "records-lost" */
	const char *event;
	const char *name;     /* the guest's */
	const char *oid;      /* likewise */
	uint32_t uid;         /* likewise; 0: left out */
	const char *by;       /* who did it: "uid=0 loginuid=1000", or "guestpassd" */
	const char *reason;   /* why: a word of ours, or what root said */
	const char *detail;   /* "key=value" pairs */
	const char *decision; /* as hex; NULL for most */
};
/* Like a decision: on the disk when this returns GP_ST_OK. What was done is done all the same when
 * it is not, and counts as lost. */
enum gp_status gp_audit_event_write(struct gp_audit *audit, const struct gp_audit_event *event,
				    struct gp_error *err) gp_must_check;
/* Many with few syncs. */
enum gp_status gp_audit_events_write(struct gp_audit *audit, const struct gp_audit_event *events,
				     size_t count, struct gp_error *err) gp_must_check;

/* To be called now and then, and at the start: what the audit has to say of itself is written, and
 * the head of the chain goes to the journal if it has advanced and did not go there within
 * GP_AUDIT_HEAD_MS. */
#define GP_AUDIT_HEAD_MS 300000
void gp_audit_tick(struct gp_audit *audit, int64_t wall_s, int64_t monotonic_ms);

/* Where the chain ends. */
struct gp_audit_state {
	uint64_t seq; /* 0: no record yet */
	char head[65];
	bool broken; /* at the start of this process it was not what the kept head says */
};
void gp_audit_get_state(const struct gp_audit *audit, struct gp_audit_state *out);

#endif
