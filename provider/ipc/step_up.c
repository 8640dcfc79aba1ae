/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest who is logged in wants to become somebody else. Only where root and the configuration
 * name the same group, only out of a session that was admitted, and by a sign-in of its own, which
 * is remembered for the terminal that it was made in. Each time it is judged by what is known now.
 */
#include "base/log.h"
#include "ipc/internal.h"
#include "policy/record.h"

#include "contract/ban.h"

#define ANCESTORS 64 /* between sudo and the process that opened the session */

static const char not_offered[] = "Guests cannot become another user on this host.";
static const char no_session[] =
	"This host knows no open session of yours, so nobody can become another user out of it. "
	"Log in again and try once more.";
static const char is_over[] = "Your sign-in to become another user is over, or was made in another "
			      "session. Run \"sudo -k\" and try again.";

static void refuse(struct gp_login_conn *lc, const struct gp_login_msg *msg, const char *reason,
		   const char *text, const struct gp_admission *admission)
{
	const struct gp_ruling ruling = {"step-up", "refused", reason, "none", admission, NULL};
	(void)gp_login_record(lc->service, msg, &ruling);
	gp_login_finish(lc, GP_LOGIN_DENIED, gp_str_from(text), NULL);
}

/* The session out of which the peer asks: that of an ancestor of it, else (under tmux, say, whose
 * server is nobody's child) any of his, if they all come from one address. */
static const struct gp_session *session_of(struct gp_login_conn *lc, const struct gp_login_msg *msg)
{
	const struct gp_registry *registry = lc->service->deps.registry;
	pid_t pid = gp_conn_peer(lc->conn)->pid;
	for (int i = 0; i < ANCESTORS && pid > 1; i++) {
		const struct gp_session *s =
			gp_registry_open_session(registry, msg->user, msg->uid, pid);
		if (s != NULL)
			return s;
		pid = gp_process_parent(pid);
	}
	return gp_registry_open_session(registry, msg->user, msg->uid, 0);
}

static bool is_offered(const struct gp_login_conn *lc)
{
	const struct gp_login_deps *deps = &lc->service->deps;
	const char *group = deps->tenant->config->sudo_group;
	return group[0] != '\0' && deps->sudo_group != NULL && strcmp(deps->sudo_group, group) == 0;
}

static int64_t smaller(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Until when the sign-in of GRANT may be remembered: never beyond an activation or a pass. */
static int64_t remembered_until_ms(const struct gp_login_service *service,
				   const struct gp_grant *grant)
{
	int64_t now_s = gp_clock_wall_s(service->deps.clock);
	int64_t left_s = service->deps.tenant->config->sudo_valid_s;
	if (grant->sudo_end_s != INT64_MAX)
		left_s = smaller(left_s, grant->sudo_end_s - now_s);
	if (grant->pass.end_s != INT64_MAX)
		left_s = smaller(left_s, grant->pass.end_s - now_s);
	return gp_clock_monotonic_ms(service->deps.clock) + (left_s > 0 ? left_s * 1000 : 0);
}

static bool remember(struct gp_login_conn *lc, const struct gp_grant *grant)
{
	struct gp_login_service *service = lc->service;
	struct gp_session session = {
		.state = GP_SESSION_GRANTED, .grant = *grant, .leader = lc->step_leader};
	int64_t now_ms = gp_clock_monotonic_ms(service->deps.clock);
	session.uid = lc->request.uid;
	return gp_copy(session.service, sizeof(session.service), lc->request.service) == GP_ST_OK &&
	       gp_copy(session.name, sizeof(session.name), lc->request.user) == GP_ST_OK &&
	       gp_copy(session.rhost, sizeof(session.rhost), lc->request.rhost) == GP_ST_OK &&
	       gp_steps_add(service->steps, &session, &lc->terminal, now_ms,
			    remembered_until_ms(service, grant)) == GP_ST_OK;
}

static void on_ask(void *arg, struct gp_str text)
{
	struct gp_login_conn *lc = arg;
	const struct gp_login_msg msg = {.op = GP_LOGIN_ASK, .text = text};
	lc->phase = GP_LOGIN_PHASE_ASKED;
	(void)gp_login_send(lc, &msg);
}

static void on_done(void *arg, enum gp_login_code code, struct gp_str text,
		    const struct gp_grant *grant)
{
	struct gp_login_conn *lc = arg;
	lc->signin = NULL; /* freed when this returns */
	if (code == GP_LOGIN_GRANTED && (grant == NULL || !grant->step_up || !remember(lc, grant)))
		code = GP_LOGIN_UNAVAILABLE;
	gp_login_finish(lc, code, text, NULL);
}

static const struct gp_signin_ops ops = {on_ask, on_done};

/* A sign-in of a while ago, by what is known now. */
static void judge_again(struct gp_login_conn *lc, const struct gp_login_msg *msg,
			const struct gp_session *step)
{
	struct gp_login_service *service = lc->service;
	struct gp_admission admission;
	gp_buf_auto struct gp_buf facts = GP_BUF(GP_RECORD_MAX);
	gp_login_judge(service, step, &admission, &facts);
	if (admission.verdict != GP_YES) {
		char sentence[1024];
		gp_admission_sentence(&admission, GP_PHASE_ACCOUNT, service->deps.tenant->config,
				      sentence, sizeof(sentence));
		gp_steps_drop(service->steps, msg->user, msg->uid); /* STEP is gone */
		refuse(lc, msg, admission.reason, sentence, &admission);
		return;
	}
	const struct gp_ruling ruling = {"step-up", "admitted", "ok",
					 "sign-in", &admission, &step->grant};
	bool recorded = gp_login_record(service, msg, &ruling) == GP_ST_OK;
	gp_login_finish(lc, recorded ? GP_LOGIN_GRANTED : GP_LOGIN_UNAVAILABLE, GP_STR(""), NULL);
}

static void sign_in(struct gp_login_conn *lc, const struct gp_login_msg *msg,
		    const struct gp_session *session)
{
	struct gp_login_service *service = lc->service;
	struct gp_signin *signin = NULL;
	if (!gp_login_keep_request(lc, msg) ||
	    gp_copy(lc->rhost, sizeof(lc->rhost), gp_str_from(session->rhost)) != GP_ST_OK) {
		gp_conn_close(lc->conn);
		return;
	}
	/* sudo knows no address: it is that of the session. */
	lc->request.rhost = gp_str_from(lc->rhost);
	lc->request.step_up = true;
	lc->step_leader = session->leader;
	enum gp_status st = gp_signin_start(service->deps.signins, service->deps.tenant,
					    &lc->request, &ops, lc, &signin);
	if (st != GP_ST_OK)
		gp_login_not_begun(lc, msg, gp_status_name(st));
	else if (signin != NULL)
		lc->signin = signin;
}

void gp_login_step_up(struct gp_login_conn *lc, const struct gp_login_msg *msg)
{
	struct gp_login_service *service = lc->service;
	if (!is_offered(lc)) {
		refuse(lc, msg, "sudo-not-offered", not_offered, NULL);
		return;
	}
	const struct gp_session *session = session_of(lc, msg);
	if (session == NULL) {
		refuse(lc, msg, "no-session", no_session, NULL);
		return;
	}
	gp_terminal_of(gp_conn_peer(lc->conn)->pid, &lc->terminal);
	const struct gp_session *step =
		gp_steps_find(service->steps, msg->user, msg->uid, &lc->terminal,
			      gp_clock_monotonic_ms(service->deps.clock));
	/* It ends with the session that it was made in. */
	if (step != NULL && gp_registry_open_session(service->deps.registry, msg->user, msg->uid,
						     step->leader) == NULL) {
		gp_steps_drop(service->steps, msg->user, msg->uid);
		step = NULL;
	}
	if (step != NULL)
		judge_again(lc, msg, step);
	else if ((msg->flags & GP_LOGIN_SILENT) != 0)
		refuse(lc, msg, "not-signed-in", is_over, NULL);
	else
		sign_in(lc, msg, session);
}

void gp_login_step_up_sweep(struct gp_login_service *service)
{
	gp_steps_sweep(service->steps, gp_clock_monotonic_ms(service->deps.clock));
}
