/* SPDX-License-Identifier: Apache-2.0 */
/* The phases after the sign-in: account, open session, close session; and a sign-in that is refused
 * before it begins. */
#include "base/log.h"
#include "base/random.h"
#include "ipc/internal.h"
#include "policy/record.h"
#include "signin/host.h"
#include "signin/policies.h"

#include "contract/ban.h"

static const char not_admitted[] =
	"This login carries no completed sign-in, so it is refused. Guests log in with the method "
	"keyboard-interactive; keys, scheduled jobs and other services are not open to them.";

/* Services whose own rules let root alone start something in a guest's name without a sign-in. */
static const char *const root_started[] = {"su", "su-l", "runuser", "runuser-l"};

static bool is_root_started(const struct gp_login_msg *msg)
{
	if (msg->caller != 0)
		return false;
	for (size_t i = 0; i < sizeof(root_started) / sizeof(root_started[0]); i++)
		if (gp_str_is(msg->service, root_started[i]))
			return true;
	return false;
}

/* Copies of the request's texts with their NULs, for the audit. */
struct words {
	char service[GP_LOGIN_FIELD_MAX + 1];
	char user[GP_LOGIN_FIELD_MAX + 1];
	char rhost[GP_LOGIN_FIELD_MAX + 1];
	char tty[GP_LOGIN_FIELD_MAX + 1];
};

static bool take_words(struct words *w, const struct gp_login_msg *msg)
{
	return gp_copy(w->service, sizeof(w->service), msg->service) == GP_ST_OK &&
	       gp_copy(w->user, sizeof(w->user), msg->user) == GP_ST_OK &&
	       gp_copy(w->rhost, sizeof(w->rhost), msg->rhost) == GP_ST_OK &&
	       gp_copy(w->tty, sizeof(w->tty), msg->tty) == GP_ST_OK;
}

enum gp_status gp_login_record(struct gp_login_service *service, const struct gp_login_msg *msg,
			       const struct gp_ruling *ruling)
{
	struct words w;
	struct gp_error err = {0};
	const struct gp_grant *grant = ruling->grant;

	if (!take_words(&w, msg))
		return GP_ST_INVALID;
	const struct gp_guest *guest = gp_sync_find(service->deps.sync, msg->user);
	struct gp_audit_record line = {
		.time_s = gp_clock_wall_s(service->deps.clock),
		.event = ruling->event,
		.correlation_id = grant != NULL ? grant->correlation_id : NULL,
		.uti = grant != NULL ? grant->identity.uti : NULL,
		.tier = service->deps.tenant->config->tier,
		.name = w.user,
		.oid = guest != NULL ? guest->id : NULL,
		.uid = msg->uid,
		.proved_oid = grant != NULL ? grant->identity.oid : NULL,
		.home = grant != NULL ? gp_home_name(&grant->identity) : NULL,
		.address = w.rhost,
		.auth_time = grant != NULL ? grant->identity.auth_time : -1,
		.code_issued_s = grant != NULL ? grant->code_issued_s : 0,
		.service = w.service,
		.tty = w.tty,
		.verdict = ruling->verdict,
		.reason = ruling->reason,
		.basis = ruling->basis,
		.admission = ruling->admission,
	};
	/* An id that names no login of ours is somebody's claim: the audit's key is not for
	 * planting. */
	if (grant != NULL)
		memcpy(line.decision, grant->decision, sizeof(line.decision));
	enum gp_status st = gp_audit_write(service->deps.audit, &line, &err);
	if (st != GP_ST_OK)
		gp_log(GP_LOG_ERROR, "audit-failed", "error=%s", err.text);
	/* Without a record nothing is given; what gives nothing stays what it was. */
	bool withheld = st != GP_ST_OK && strcmp(ruling->verdict, "admitted") == 0;
	gp_log(GP_LOG_INFO, ruling->event, "verdict=%s reason=%s basis=%s service=%s uid=%u",
	       withheld ? "unavailable" : ruling->verdict,
	       withheld ? "not-recorded" : ruling->reason, ruling->basis, w.service, msg->uid);
	return st;
}

static void refuse(struct gp_login_conn *lc, const struct gp_login_msg *msg,
		   const struct gp_ruling *ruling, struct gp_str text)
{
	(void)gp_login_record(lc->service, msg, ruling);
	gp_login_finish(lc, GP_LOGIN_DENIED, text, NULL);
}

void gp_login_refuse_silent(struct gp_login_conn *lc, const struct gp_login_msg *msg)
{
	const struct gp_ruling ruling = {"sign-in", "refused", "nothing-may-be-shown",
					 "none",    NULL,      NULL};
	refuse(lc, msg, &ruling, GP_STR(""));
}

void gp_login_not_begun(struct gp_login_conn *lc, const struct gp_login_msg *msg,
			const char *reason)
{
	const struct gp_ruling ruling = {"sign-in", "unavailable", reason, "none", NULL, NULL};
	(void)gp_login_record(lc->service, msg, &ruling);
	gp_login_finish(lc, GP_LOGIN_UNAVAILABLE, GP_STR(""), NULL);
}

/* Grants only once the record is on disk. */
static bool granted(struct gp_login_conn *lc, const struct gp_login_msg *msg,
		    const struct gp_ruling *ruling, const char *told)
{
	if (gp_login_record(lc->service, msg, ruling) != GP_ST_OK) {
		gp_login_finish(lc, GP_LOGIN_UNAVAILABLE, GP_STR(""), NULL);
		return false;
	}
	gp_login_finish(lc, GP_LOGIN_GRANTED, gp_str_from(told), NULL);
	return true;
}

/* The pass of a sign-in as the object that gave it, with the end that bounded it then. */
static struct gp_pass_object pass_object(const struct gp_config *config, const struct gp_pass *pass)
{
	struct gp_pass_object object = {
		.basis = pass->basis, .begin_s = pass->begin_s, .end_s = pass->end_s};
	memcpy(object.id, pass->id, sizeof(object.id));
	memcpy(object.of, pass->group, sizeof(object.of));
	for (size_t i = 0; pass->basis == GP_BASIS_PACKAGE && i < config->access_groups_len; i++)
		if (strcmp(config->access_groups[i], pass->group) == 0)
			memcpy(object.of, config->access_bases[i].package, sizeof(object.of));
	/* Membership and root's grant are looked up anew. */
	if (pass->basis == GP_BASIS_GROUP || pass->basis == GP_BASIS_LOCAL)
		object.basis = GP_BASIS_NONE;
	return object;
}

/* Likewise of the activation behind a step-up; a group that the configuration has now and had not
 * then is not looked up by it, since it has none. */
static struct gp_pass_object sudo_object(const struct gp_config *config,
					 const struct gp_grant *grant)
{
	struct gp_pass_object object = {.begin_s = INT64_MIN, .end_s = grant->sudo_end_s};
	if (grant->step_up && strcmp(grant->sudo_group, config->sudo_group) == 0) {
		object.basis = GP_BASIS_PIM;
		memcpy(object.of, config->sudo_group, sizeof(object.of));
	}
	return object;
}

/* By the pass of the sign-in and what root granted; a group that was not its, or that the
 * configuration has now and had not then, gives nothing. */
static void take_passes(const struct gp_config *config, const struct gp_grant *grant,
			enum gp_tri member[static GP_CONFIG_GROUPS_MAX],
			struct gp_pass_object objects[static 2], struct gp_pass_facts *out)
{
	for (size_t i = 0; i < config->access_groups_len; i++)
		member[i] = strcmp(config->access_groups[i], grant->pass.group) == 0 ? GP_TRUE
										     : GP_FALSE;
	objects[0] = pass_object(config, &grant->pass);
	objects[1] = sudo_object(config, grant);
	*out = (struct gp_pass_facts){
		.member = member,
		.member_len = config->access_groups_len,
		.objects = objects,
		.objects_len = 2,
		.packages_read = true,
		.activations_read = true,
		.of_sign_in = true,
		.leave_read = grant->leave_read,
		.leave_s = grant->leave_s,
	};
}

/* Policies that were read since the sign-in may refuse, and do no more: they know less of him now.
 */
static void look_at_location(const struct gp_login_service *service, struct gp_facts *facts)
{
	struct gp_facts now = *facts;
	gp_policies_apply(service->deps.policies, NULL, NULL, NULL, &now);
	if (now.location.outcome == GP_CA_BLOCK)
		facts->location = now.location;
}

void gp_login_judge(struct gp_login_service *service, const struct gp_session *session,
		    struct gp_admission *out, struct gp_buf *kept)
{
	const struct gp_guest *guest = gp_sync_find(service->deps.sync, gp_str_from(session->name));
	enum gp_tri clock_ok = gp_tenant_clock_ok(service->deps.tenant);
	const struct gp_config *config = service->deps.tenant->config;
	const struct gp_grant *grant = &session->grant;
	struct gp_host host;
	enum gp_tri member[GP_CONFIG_GROUPS_MAX];
	struct gp_pass_object objects[3];
	struct gp_sync_stats stats;
	gp_sync_get_stats(service->deps.sync, &stats);

	struct gp_facts facts = {
		.config = config,
		.service = session->service,
		.address = session->rhost,
		.guest_oid = guest != NULL && guest->uid == session->uid ? guest->id : NULL,
		.user = &session->grant.user,
		.identity = &session->grant.identity,
		.code_issued_s = grant->code_issued_s,
		.elevated = grant->elevated,
		.step_up = grant->step_up,
		.sudo_member = grant->step_up && strcmp(grant->sudo_group, config->sudo_group) == 0
				       ? GP_TRUE
				       : GP_UNKNOWN,
		.location = grant->location,
		/* By the checkMemberGroups of the sign-in: at a login that is as old as the
		 * module's deadline lets a person wait with Enter, and a minute at most; a step-up
		 * is older, up to sudo_valid, and ends when the directory knows that he has left.
		 */
		.member = grant->step_up && (guest == NULL || !guest->present) ? GP_FALSE : GP_TRUE,
		.canary = stats.canary,
		/* After a reload Entra was not asked yet; the sign-in's own check holds. */
		.clock_ok = clock_ok != GP_UNKNOWN ? clock_ok : GP_TRUE,
		.quarantined = guest == NULL        ? GP_UNKNOWN
			       : guest->quarantined ? GP_TRUE
						    : GP_FALSE,
		.client_info_ok = GP_TRUE,
		.client_info = grant->has_client_info ? &grant->client_info : NULL,
		.signed_in = true,
		.has_sponsor = grant->has_sponsor,
		.sponsor = grant->sponsor[0] != '\0' ? grant->sponsor : NULL,
	};
	take_passes(config, grant, member, objects, &facts.passes);
	gp_host_read(service->deps.store, config->tenant_id, grant->identity.oid,
		     gp_home_name(&grant->identity), &host);
	if (gp_host_apply(&host, config, service->deps.clock, &facts, &objects[2]))
		facts.passes.objects_len = 3;
	look_at_location(service, &facts);
	gp_admission_decide(&facts, GP_PHASE_ACCOUNT, out);
	out->facts = gp_record_keep(kept, &facts, GP_PHASE_ACCOUNT);
}

void gp_login_opening(struct gp_login_service *service, struct gp_session *session, pid_t peer)
{
	session->state = GP_SESSION_OPENING;
	session->leader = peer;
	session->leader_start = gp_process_start_time(peer);
	session->since_ms = gp_clock_monotonic_ms(service->deps.clock);
}

static void account_of_sign_in(struct gp_login_conn *lc, const struct gp_login_msg *msg,
			       struct gp_session *session)
{
	struct gp_login_service *service = lc->service;
	struct gp_admission admission;
	gp_buf_auto struct gp_buf facts = GP_BUF(GP_RECORD_MAX);
	struct gp_ruling ruling = {"account", "refused",  "",
				   "sign-in", &admission, &session->grant};

	gp_login_judge(service, session, &admission, &facts);
	ruling.reason = admission.reason;
	if (admission.verdict != GP_YES) {
		char sentence[1024];
		gp_admission_sentence(&admission, GP_PHASE_ACCOUNT, service->deps.tenant->config,
				      sentence, sizeof(sentence));
		refuse(lc, msg, &ruling, gp_str_from(sentence));
		gp_registry_remove(service->deps.registry, session);
		return;
	}
	ruling.verdict = "admitted";
	pid_t peer = gp_conn_peer(lc->conn)->pid;
	if (granted(lc, msg, &ruling, "") && session->state == GP_SESSION_GRANTED) {
		/* Who came is kept only where a key of his can count. */
		if (service->deps.tenant->config->key_valid_s != 0)
			gp_recent_add(service->recent, &session->grant, service->deps.clock);
		gp_login_opening(service, session, peer);
	}
}

/* What needs no sign-in of its own, each a named basis; NULL when nothing of the kind holds. */
static const char *other_basis(const struct gp_login_service *service,
			       const struct gp_login_msg *msg)
{
	if (is_root_started(msg))
		return "root-started";
	if (gp_str_is(msg->service, "systemd-user") &&
	    gp_registry_has_session(service->deps.registry, msg->user, msg->uid))
		return "session-running";
	return NULL;
}

/* Whatever sshd took instead of a sign-in, if the tier lets it be a key. What it was is said when
 * the session opens. */
static bool may_be_key(const struct gp_config *config, const struct gp_login_msg *msg)
{
	for (size_t i = 0; config->key_valid_s != 0 && i < config->services_len; i++)
		if (gp_str_is(msg->service, config->services[i]))
			return true;
	return false;
}

void gp_login_account(struct gp_login_conn *lc, const struct gp_login_msg *msg)
{
	struct gp_login_service *service = lc->service;
	struct gp_session *session =
		msg->has_decision ? gp_registry_find(service->deps.registry, msg->decision, msg)
				  : NULL;
	int64_t now_ms = gp_clock_monotonic_ms(service->deps.clock);

	if (session != NULL && !session->by_key && session->state != GP_SESSION_OPEN &&
	    now_ms - session->since_ms <= GP_SESSION_GRANTED_MS) {
		account_of_sign_in(lc, msg, session);
		return;
	}
	const char *basis = session == NULL ? other_basis(service, msg) : NULL;
	if (basis != NULL) {
		const struct gp_ruling ruling = {"account", "admitted", "ok", basis, NULL, NULL};
		(void)granted(lc, msg, &ruling, "");
		return;
	}
	if (!msg->has_decision && may_be_key(service->deps.tenant->config, msg)) {
		gp_login_key(lc, msg);
		return;
	}
	const struct gp_ruling ruling = {
		"account", "refused", msg->has_decision ? "decision-unknown" : "no-sign-in",
		"none",    NULL,      NULL};
	refuse(lc, msg, &ruling, GP_STR(not_admitted));
}

static void notice_of(const struct gp_login_service *service, const struct gp_session *session,
		      char *text, size_t size)
{
	const struct gp_notice notice = {
		.config = service->deps.tenant->config,
		.pass = &session->grant.pass,
		.sponsor = session->grant.sponsor,
		.identity = &session->grant.identity,
		.now_s = gp_clock_wall_s(service->deps.clock),
	};
	gp_admission_notice(&notice, text, size);
}

void gp_login_open(struct gp_login_conn *lc, const struct gp_login_msg *msg)
{
	struct gp_login_service *service = lc->service;
	struct gp_session *session =
		msg->has_decision ? gp_registry_find(service->deps.registry, msg->decision, msg)
				  : NULL;
	if (session != NULL && session->by_key && session->state == GP_SESSION_OPENING &&
	    (msg->flags & GP_LOGIN_KEY) == 0) {
		const struct gp_ruling ruling = {"session-open", "refused", "key-not-shown",
						 "key",          NULL,      &session->grant};
		refuse(lc, msg, &ruling, GP_STR(not_admitted));
		gp_registry_remove(service->deps.registry, session);
		return;
	}
	if (session != NULL && session->state == GP_SESSION_OPENING) {
		char told[2048];
		const struct gp_ruling ruling = {
			"session-open", "admitted",     "ok", session->by_key ? "key" : "sign-in",
			NULL,           &session->grant};
		pid_t leader = gp_conn_peer(lc->conn)->pid;
		notice_of(service, session, told, sizeof(told));
		if (!granted(lc, msg, &ruling, told))
			return;
		session->state = GP_SESSION_OPEN;
		session->since_ms = gp_clock_monotonic_ms(service->deps.clock);
		session->leader = leader;
		session->leader_start = gp_process_start_time(leader);
		return;
	}
	const char *basis = session == NULL ? other_basis(service, msg) : NULL;
	if (basis != NULL) {
		const struct gp_ruling ruling = {"session-open", "admitted", "ok",
						 basis,          NULL,       NULL};
		(void)granted(lc, msg, &ruling, "");
		return;
	}
	const struct gp_ruling ruling = {"session-open", "refused", "no-sign-in",
					 "none",         NULL,      NULL};
	refuse(lc, msg, &ruling, GP_STR(not_admitted));
}

/* An id alone must not end a session: a guest can put the id of another one of his into PAM's
 * environment, and whoever ends sessions later would not know of that one any more. */
static bool may_close(const struct gp_session *session, pid_t peer)
{
	return session->state != GP_SESSION_OPEN || session->leader == peer ||
	       !gp_session_leader_alive(session);
}

void gp_login_close(struct gp_login_conn *lc, const struct gp_login_msg *msg)
{
	struct gp_login_service *service = lc->service;
	struct gp_ruling ruling = {"session-close", "ended", "closed", "none", NULL, NULL};
	struct gp_session *session =
		msg->has_decision ? gp_registry_find(service->deps.registry, msg->decision, msg)
				  : NULL;
	if (session != NULL && !may_close(session, gp_conn_peer(lc->conn)->pid)) {
		ruling.reason = "session-of-another";
		session = NULL;
	}
	if (session != NULL) {
		ruling.basis = session->by_key ? "key" : "sign-in";
		ruling.grant = &session->grant;
	}
	(void)gp_login_record(service, msg, &ruling);
	if (session != NULL)
		gp_registry_remove(service->deps.registry, session);
	gp_login_finish(lc, GP_LOGIN_GRANTED, GP_STR(""), NULL);
}

void gp_login_sweep(struct gp_login_service *service)
{
	int64_t now_ms = gp_clock_monotonic_ms(service->deps.clock);
	struct gp_session *s = NULL;
	while ((s = gp_registry_overdue(service->deps.registry, now_ms, gp_session_leader_alive)) !=
	       NULL) {
		const struct gp_login_msg msg = {
			.service = gp_str_from(s->service),
			.user = gp_str_from(s->name),
			.rhost = gp_str_from(s->rhost),
			.tty = gp_str_from(s->tty),
			.uid = s->uid,
			.has_decision = true,
		};
		struct gp_login_msg with_id = msg;
		memcpy(with_id.decision, s->grant.decision, sizeof(with_id.decision));
		const struct gp_ruling ruling = {"session-close",
						 "ended",
						 s->state == GP_SESSION_OPEN ? "leader-gone"
									     : "never-opened",
						 s->by_key ? "key" : "sign-in",
						 NULL,
						 &s->grant};
		(void)gp_login_record(service, &with_id, &ruling);
		gp_registry_remove(service->deps.registry, s);
	}
}
