/* SPDX-License-Identifier: Apache-2.0 */
/* What a sign-in leaves in the audit. */
#include "base/log.h"
#include "entra/login_error_table.h"
#include "signin/internal.h"

#include "contract/ban.h"

enum gp_status gp_signin_audit(struct gp_signin *s)
{
	const struct gp_identity *id = s->has_identity ? &s->grant.identity : NULL;
	struct gp_login_advice advice = {0};
	char number[24] = "";
	if (s->flow_error.number != 0 &&
	    gp_format(number, sizeof(number), "AADSTS%u", s->flow_error.number) == GP_ST_OK)
		(void)gp_login_error_advice(s->flow_error.number, &advice);
	const struct gp_error_text *own =
		gp_config_error_text(s->tenant->config, s->flow_error.number);
	const char *move = advice.admin != NULL ? gp_login_move_name(advice.move) : NULL;
	if (own != NULL && own->admin[0] != '\0')
		advice.admin = own->admin;
	struct gp_audit_record record = {
		.time_s = gp_clock_wall_s(s->owner->deps.clock),
		.event = s->step_up ? "step-up" : "sign-in",
		.correlation_id = s->grant.correlation_id,
		.trace_id = s->flow_error.trace_id,
		.uti = id != NULL ? id->uti : NULL,
		.tier = s->tenant->config->tier,
		.name = s->name,
		.oid = s->guest_oid,
		.uid = s->uid,
		.proved_oid = id != NULL ? id->oid : NULL,
		.home = id != NULL ? gp_home_name(id) : NULL,
		.address = s->rhost,
		.sign_in_address = id != NULL ? id->ipaddr : NULL,
		.auth_time = id != NULL ? id->auth_time : -1,
		.code_issued_s = s->grant.code_issued_s,
		.service = s->service,
		.tty = s->tty,
		.verdict = s->verdict,
		.reason = s->reason,
		.login_error = number,
		.advice = advice.admin,
		.move = move,
		.policies = s->flow_error.policies,
		.admission = s->admission.len > 0 ? &s->admission : NULL,
	};
	memcpy(record.decision, s->grant.decision, sizeof(record.decision));
	struct gp_error err = {0};
	enum gp_status st = gp_audit_write(s->owner->deps.audit, &record, &err);
	if (st != GP_ST_OK)
		gp_log(GP_LOG_ERROR, "audit-failed", "error=%s", err.text);
	return st;
}

void gp_signin_audit_first(const struct gp_signin *s)
{
	struct gp_guest_record known;
	struct gp_error err = {0};
	if (gp_sync_record(s->owner->deps.sync, s->guest_oid, &known) != GP_ST_OK ||
	    known.last_sign_in_s != 0)
		return;
	char decision[GP_DECISION_ID_TEXT];
	gp_hex(s->grant.decision, sizeof(s->grant.decision), decision);
	const struct gp_audit_event event = {
		.time_s = gp_clock_wall_s(s->owner->deps.clock),
		.event = "first-login",
		.name = s->name,
		.oid = s->guest_oid,
		.uid = s->uid,
		.by = "guestpassd",
		.decision = decision,
	};
	if (gp_audit_event_write(s->owner->deps.audit, &event, &err) != GP_ST_OK)
		gp_log(GP_LOG_ERROR, "audit-failed", "event=first-login error=%s", err.text);
}

void gp_signin_audit_again(const struct gp_signin *s)
{
	char decision[GP_DECISION_ID_TEXT];
	char detail[64];
	struct gp_error err = {0};
	gp_hex(s->grant.decision, sizeof(s->grant.decision), decision);
	if (gp_format(detail, sizeof(detail), "auth_time=%lld code_issued=%lld",
		      (long long)s->grant.identity.auth_time,
		      (long long)s->grant.code_issued_s) != GP_ST_OK)
		detail[0] = '\0';
	const struct gp_audit_event event = {
		.time_s = gp_clock_wall_s(s->owner->deps.clock),
		.event = "asked-again",
		.name = s->name,
		.oid = s->guest_oid,
		.uid = s->uid,
		.by = "guestpassd",
		.reason = s->admission.reason,
		.detail = detail,
		.decision = decision,
	};
	if (gp_audit_event_write(s->owner->deps.audit, &event, &err) != GP_ST_OK)
		gp_log(GP_LOG_ERROR, "audit-failed", "event=asked-again error=%s", err.text);
}
