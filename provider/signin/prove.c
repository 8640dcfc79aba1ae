/* SPDX-License-Identifier: Apache-2.0 */
/* From the tokens to the decision: verification, the binding to the name that was typed, fresh
 * facts. */
#include <stdlib.h>

#include "base/log.h"
#include "policy/record.h"
#include "signin/internal.h"
#include "signin/policies.h"

#include "contract/ban.h"

#define KEYS_READS_MAX 3 /* of one sign-in whose keys are not known: a person has done his part */

static enum gp_tri tri(bool value)
{
	return value ? GP_TRUE : GP_FALSE;
}

/* GRANT lives until the admission is decided. */
static void add_grant(struct gp_signin *s, const struct gp_pass_object *grant,
		      struct gp_facts *facts)
{
	if (s->gather == NULL) {
		facts->passes.objects = grant;
		facts->passes.objects_len = 1;
		return;
	}
	gp_gather_add(s->gather, grant, facts);
}

/* Who lost his name while he signs in is not found by it any more. */
static enum gp_tri is_quarantined(const struct gp_signin *s, const struct gp_guest *same)
{
	if (same != NULL)
		return tri(same->quarantined);
	/* That he has another name or number now does not clear this one. */
	const struct gp_guest *held = s->guest_oid[0] != '\0'
					      ? gp_sync_find_oid(s->owner->deps.sync, s->guest_oid)
					      : NULL;
	return held != NULL && held->quarantined ? GP_TRUE : GP_UNKNOWN;
}

/* What the session and its steps need of what the decision was taken from. */
static void take_grant(struct gp_signin *s, const struct gp_facts *facts)
{
	const struct gp_config *config = s->tenant->config;
	if (facts->user != NULL)
		s->grant.user = *facts->user;
	s->grant.pass = s->admission.pass;
	memcpy(s->grant.sudo_group, config->sudo_group, sizeof(s->grant.sudo_group));
	s->grant.sudo_end_s = gp_sudo_end(config, &facts->passes, facts->now_s);
	s->grant.has_sponsor = facts->has_sponsor;
	s->grant.leave_read = facts->passes.leave_read;
	s->grant.leave_s = facts->passes.leave_s;
	memcpy(s->grant.sponsor, s->admission.sponsor, sizeof(s->grant.sponsor));
}

void gp_signin_evaluate(struct gp_signin *s, enum gp_phase phase, enum gp_tri clock_ok)
{
	const struct gp_guest *guest = gp_sync_find(s->owner->deps.sync, gp_str_from(s->name));
	bool same = guest != NULL && guest->uid == s->uid &&
		    memcmp(guest->id, s->guest_oid, sizeof(s->guest_oid)) == 0;
	struct gp_sync_stats stats;
	gp_sync_get_stats(s->owner->deps.sync, &stats);

	const struct gp_config *config = s->tenant->config;
	struct gp_pass_object grant;
	struct gp_facts facts = {
		.config = config,
		.service = s->service,
		.address = s->rhost,
		.guest_oid = s->guest_oid[0] != '\0' ? s->guest_oid : NULL,
		.canary = stats.canary,
		.clock_ok = clock_ok,
		.step_up = s->step_up,
		.quarantined = is_quarantined(s, same ? guest : NULL),
	};
	struct gp_user listed;
	gp_host_read(s->owner->deps.store, config->tenant_id, s->guest_oid,
		     s->has_identity ? gp_home_name(&s->grant.identity) : NULL, &s->host);
	if (phase == GP_PHASE_BEFORE) {
		if (same && guest->present) {
			gp_sync_user(s->owner->deps.sync, guest, &listed);
			facts.user = &listed;
		}
		/* Who left may be back since the last read: that is for Graph to say. */
		facts.member = same && guest->present ? GP_TRUE : GP_UNKNOWN;
		/* The tier's own API comes first, whose policies Entra then has looked at; what
		 * more is demanded can be asked for after it. */
		facts.elevated = config->elevation_resource[0] != '\0';
	} else {
		facts.identity = s->has_identity ? &s->grant.identity : NULL;
		facts.code_issued_s = s->grant.code_issued_s;
		facts.elevated = s->grant.elevated;
		facts.client_info_ok = tri(s->client_info_ok);
		facts.client_info = s->grant.has_client_info ? &s->grant.client_info : NULL;
		if (s->gather != NULL)
			gp_gather_apply(s->gather, config, &facts);
	}
	if (gp_host_apply(&s->host, config, s->owner->deps.clock, &facts, &grant))
		add_grant(s, &grant, &facts);
	gp_policies_apply(s->owner->deps.policies, s->gather, NULL, NULL, &facts);
	s->grant.location = facts.location;
	gp_admission_decide(&facts, phase, &s->admission);
	gp_buf_free(&s->facts);
	s->admission.facts = gp_record_keep(&s->facts, &facts, phase);
	take_grant(s, &facts);
	gp_buf_free(&s->text);
	if (s->admission.verdict == GP_NO) {
		char sentence[1024];
		gp_admission_sentence(&s->admission, phase, config, sentence, sizeof(sentence));
		gp_buf_text(&s->text, sentence);
	}
}

void gp_signin_prove_cancel(struct gp_signin *s)
{
	gp_gather_free(s->gather);
	s->gather = NULL;
}

/* What the admission says of the person has to outlive the daemon before the answer goes out. */
static enum gp_status keep_person(struct gp_signin *s)
{
	struct gp_store *store = s->owner->deps.store;
	const struct gp_config *config = s->tenant->config;
	struct gp_error err = {0};
	enum gp_status st = GP_ST_OK;
	if (s->admission.verdict == GP_YES)
		st = gp_host_remember(
			store, config, &s->host, s->guest_oid, &s->grant.user, &s->grant.identity,
			s->grant.has_client_info ? &s->grant.client_info : NULL, &err);
	else if (strcmp(s->grant.identity.oid, s->guest_oid) == 0 &&
		 gp_admission_other_person(&s->admission)) {
		st = gp_host_question(store, config, &s->host, s->guest_oid, &err);
		if (st == GP_ST_OK)
			gp_sync_question(s->owner->deps.sync, s->guest_oid, true);
	}
	if (st != GP_ST_OK)
		gp_log(GP_LOG_ERROR, "person-not-kept", "guest=%s error=%s", s->guest_oid,
		       err.text);
	return st;
}

/* Two refusals can be answered by another sign-in, here and now. */
static bool ask_for_more(struct gp_signin *s)
{
	if (strcmp(s->admission.reason, "sign-in-too-old") == 0)
		return gp_signin_once_more(s, GP_SCREEN_STALE);
	if (strcmp(s->admission.reason, "elevation-demanded") == 0 && !s->grant.elevated) {
		s->grant.elevated = true;
		return gp_signin_once_more(s, GP_SCREEN_ELEVATION);
	}
	return false;
}

static void decide_by_facts(struct gp_signin *s)
{
	gp_signin_evaluate(s, GP_PHASE_TOKEN, gp_tenant_clock_ok(s->tenant));
	bool admitted = s->admission.verdict == GP_YES;
	if (!admitted && ask_for_more(s))
		return;
	if (keep_person(s) != GP_ST_OK && admitted) {
		gp_signin_unavailable(s, "not-kept");
		return;
	}
	if (admitted) {
		char warning[1024];
		const struct gp_notice notice = {
			.config = s->tenant->config,
			.pass = &s->admission.pass,
			.sponsor = s->admission.sponsor,
			.now_s = gp_clock_wall_s(s->owner->deps.clock),
		};
		gp_admission_warning(&notice, warning, sizeof(warning));
		gp_buf_text(&s->text, warning);
	}
	gp_signin_decide(s, admitted ? GP_LOGIN_GRANTED : GP_LOGIN_DENIED,
			 admitted ? "admitted" : "refused", s->admission.reason);
}

static void facts_failed(struct gp_signin *s, enum gp_status status, const struct gp_error *err)
{
	gp_log(GP_LOG_WARN, "facts-not-read", "status=%s error=%s correlation=%s",
	       gp_status_name(status), err != NULL ? err->text : "", s->grant.correlation_id);
	gp_signin_prove_cancel(s);
	gp_signin_unavailable(s, "facts-not-read");
}

static void on_facts(void *arg, enum gp_status status, const struct gp_error *err)
{
	struct gp_signin *s = arg;
	if (status == GP_ST_OK)
		decide_by_facts(s);
	else
		facts_failed(s, status, err);
}

void gp_signin_look_up(struct gp_signin *s)
{
	s->state = GP_SIGNIN_READING;
	enum gp_status st = gp_gather_start(s->tenant, s->guest_oid, s->grant.correlation_id,
					    s->step_up, on_facts, s, &s->gather);
	if (st != GP_ST_OK)
		facts_failed(s, st, NULL);
}

static void verify(struct gp_signin *s);

static gp_authority_done on_keys;

static enum gp_status read_keys(struct gp_signin *s)
{
	s->keys_reads++;
	return gp_authority_refetch_keys(s->tenant->authority, on_keys, s);
}

static void on_keys(void *arg, enum gp_status status, const struct gp_error *err)
{
	struct gp_signin *s = arg;
	if (status == GP_ST_OK)
		verify(s);
	else if (!gp_status_may_pass(status) || s->keys_reads >= KEYS_READS_MAX ||
		 read_keys(s) != GP_ST_OK)
		facts_failed(s, status, err);
}

static void tokens_refused(struct gp_signin *s, const struct gp_error *err)
{
	gp_log(GP_LOG_WARN, "token-refused", "rule=%s correlation=%s", err->text,
	       s->grant.correlation_id);
	gp_token_response_wipe(&s->tokens);
	gp_buf_free(&s->text);
	gp_buf_text(&s->text, "Your sign-in could not be verified, so it was refused. The host's "
			      "administrators have to look into it.");
	gp_signin_decide(s, GP_LOGIN_DENIED, "refused", "token-invalid");
}

static void verify(struct gp_signin *s)
{
	const struct gp_config *config = s->tenant->config;
	const struct gp_endpoints *endpoints = gp_authority_endpoints(s->tenant->authority);
	const struct gp_jwks *keys = gp_authority_keys(s->tenant->authority);
	struct gp_error err = {0};

	if (endpoints == NULL || keys == NULL) {
		facts_failed(s, GP_ST_UNAVAILABLE, NULL);
		return;
	}
	const struct gp_token_expect expect = {
		.issuer = endpoints->issuer,
		.tenant_id = config->tenant_id,
		.client_id = config->sign_in_client_id,
		.api_id = s->grant.elevated ? config->elevation_resource : config->api_client_id,
		.scope_word = gp_config_scope_word(config),
		.sts_prefix = config->cloud.sts_prefix,
		.code_issued_s = s->grant.code_issued_s,
		.now_s = gp_clock_wall_s(s->owner->deps.clock),
	};
	enum gp_status st =
		gp_token_verify(keys, &expect, gp_secret_str(&s->tokens.access_token),
				gp_secret_str(&s->tokens.id_token), &s->grant.identity, &err);
	if (st == GP_ST_NOT_FOUND && s->keys_reads == 0 && read_keys(s) == GP_ST_OK)
		return;
	if (st != GP_ST_OK) {
		tokens_refused(s, &err);
		return;
	}
	s->has_identity = true;
	s->client_info_ok = gp_client_info_check(gp_secret_str(&s->tokens.client_info),
						 &s->grant.identity, &err) == GP_ST_OK;
	s->grant.has_client_info = gp_client_info_parse(gp_secret_str(&s->tokens.client_info),
							&s->grant.client_info, NULL) == GP_ST_OK;
	gp_token_response_wipe(&s->tokens);
	if (strcmp(s->grant.identity.oid, s->guest_oid) != 0) {
		/* Another person than the one whose name was typed: nothing about either is looked
		 * up. */
		decide_by_facts(s);
	} else if (s->prompt_open) {
		/* Minutes may pass until the Enter, and what is read now would be old by then. */
		s->state = GP_SIGNIN_PROVED;
	} else {
		gp_signin_look_up(s);
	}
}

void gp_signin_prove(struct gp_signin *s, struct gp_token_response *tokens)
{
	s->tokens = *tokens;
	*tokens = (struct gp_token_response){0};
	/* One code, one redemption: the flow has nothing more to say. */
	verify(s);
}
