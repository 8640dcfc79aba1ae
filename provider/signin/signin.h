/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One login's sign-in, from the first message to the decision: checks that need no sign-in, the
 * device code, the polling, the verification of the tokens, fresh facts from Graph, the admission,
 * the audit record. It talks to the person through two callbacks and never blocks.
 */
#ifndef GP_SIGNIN_SIGNIN_H
#define GP_SIGNIN_SIGNIN_H

#include "contract/login_protocol.h"
#include "directory/sync.h"
#include "policy/admission.h"
#include "signin/tenant.h"
#include "store/audit.h"

struct gp_signins; /* all sign-ins of the daemon, and their limits */
struct gp_signin;  /* one */

/* What an admitted sign-in established; kept with the session for the account phase. */
struct gp_grant {
	uint8_t decision[GP_DECISION_ID_BYTES];
	char correlation_id[GP_GUID_TEXT];
	struct gp_user user;
	struct gp_identity identity;
	bool has_client_info;
	struct gp_client_info client_info;
	struct gp_pass pass; /* by which he was admitted */
	enum gp_tri leave_read;
	int64_t leave_s;
	int64_t code_issued_s;
	bool elevated; /* a sign-in for elevation_resource */
	bool step_up;  /* by which he may become somebody else */
	char sudo_group[GP_GUID_TEXT];
	int64_t sudo_end_s;
	struct gp_location location;
	enum gp_tri has_sponsor;
	char sponsor[GP_SPONSOR_MAX];
};

struct gp_signin_ops {
	/* Show TEXT as a prompt without echo and call gp_signin_answer() once it was answered. */
	void (*ask)(void *arg, struct gp_str text);
	/* The end: CODE and the text for the person. GRANT is NULL unless CODE is GP_LOGIN_GRANTED.
	 * The sign-in is freed when this returns. */
	void (*done)(void *arg, enum gp_login_code code, struct gp_str text,
		     const struct gp_grant *grant);
};

struct gp_signin_request {
	struct gp_str service;
	struct gp_str user; /* canonical login name */
	struct gp_str rhost;
	struct gp_str tty;
	uint32_t uid;
	uint8_t flags;
	uint16_t timeout_s;
	bool step_up; /* he is logged in, and wants to become somebody else */
};

struct gp_signins_deps {
	sd_event *event;
	const struct gp_clock *clock;
	struct gp_sync *sync;
	struct gp_store *store;
	struct gp_audit *audit;
	const char *host_name; /* lives as long as the daemon */
	const struct gp_policies *policies;
};

enum gp_status gp_signins_new(const struct gp_signins_deps *deps,
			      struct gp_signins **out) gp_must_check;
/* There must be no sign-in left: gp_signins_stop() first. */
void gp_signins_free(struct gp_signins *signins);
/* Ends every sign-in with a sentence that says so. */
void gp_signins_stop(struct gp_signins *signins);
/* A read of the access groups ended: sign-ins that wait for the first one go on, or wait for the
 * next attempt. */
void gp_signins_read(struct gp_signins *signins);
size_t gp_signins_count(const struct gp_signins *signins);

/* Begins one; TENANT gets a reference of its own. OPS are called with ARG, possibly before this
 * returns (a refusal that needs no sign-in); *OUT is then NULL. */
enum gp_status gp_signin_start(struct gp_signins *signins, struct gp_tenant *tenant,
			       const struct gp_signin_request *request,
			       const struct gp_signin_ops *ops, void *arg,
			       struct gp_signin **out) gp_must_check;

/* The person answered the last ask, AFTER_MS after it was shown; TYPED: not with Enter alone. May
 * end the sign-in. */
void gp_signin_answer(struct gp_signin *signin, bool typed, uint32_t after_ms);

/* The other side is gone: ends the polling, records that it was abandoned, frees. No callback. */
void gp_signin_cancel(struct gp_signin *signin);

#endif
