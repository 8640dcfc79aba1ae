/* SPDX-License-Identifier: Apache-2.0 */
#include "signin/signin.h"

#include <stdlib.h>

#include "base/log.h"
#include "base/random.h"
#include "entra/login_error_table.h"
#include "policy/record.h"
#include "signin/internal.h"
#include "signin/policies.h"

#include "contract/ban.h"

#define TEXT_MAX        GP_LOGIN_TEXT_MAX
#define FIRST_PROMPT_US 25000000 /* PROTOCOL.md: the module hears of us within 30 s */

int64_t gp_signin_now_ms(const struct gp_signin *s)
{
	return gp_clock_monotonic_ms(s->owner->deps.clock);
}

enum gp_status gp_signins_new(const struct gp_signins_deps *deps, struct gp_signins **out)
{
	struct gp_signins *all = calloc(1, sizeof(*all));
	if (all == NULL)
		return GP_ST_NO_MEMORY;
	all->deps = *deps;
	*out = all;
	return GP_ST_OK;
}

void gp_signins_free(struct gp_signins *signins)
{
	if (signins == NULL)
		return;
	struct gp_signin *next = NULL;
	for (struct gp_signin *s = signins->first; s != NULL; s = next) {
		next = s->next;
		gp_signin_free(s);
	}
	free(signins);
}

size_t gp_signins_count(const struct gp_signins *signins)
{
	return signins->count;
}

/* No poll, no question and no timer from here on. One that went on could bring tokens, and turn
 * what was decided and recorded into something else. */
static void stop_finding_out(struct gp_signin *s)
{
	gp_signin_prove_cancel(s);
	gp_device_flow_cancel(s->flow);
	s->flow = NULL;
	gp_authority_forget(s->tenant->authority, s);
	gp_token_response_wipe(&s->tokens);
	s->timer = sd_event_source_disable_unref(s->timer);
}

void gp_signin_free(struct gp_signin *s)
{
	stop_finding_out(s);
	gp_buf_free(&s->text);
	gp_buf_free(&s->facts);
	if (s->prev != NULL)
		s->prev->next = s->next;
	else
		s->owner->first = s->next;
	if (s->next != NULL)
		s->next->prev = s->prev;
	s->owner->count--;
	gp_tenant_unref(s->tenant);
	free(s);
}

void gp_signin_decide(struct gp_signin *s, enum gp_login_code code, const char *verdict,
		      const char *reason)
{
	stop_finding_out(s);
	s->state = GP_SIGNIN_DECIDED;
	s->code = code;
	s->verdict = verdict;
	s->reason = reason;
	/* No record, no entry: whoever attests later who was here could not. */
	if (gp_signin_audit(s) != GP_ST_OK && s->code == GP_LOGIN_GRANTED) {
		s->code = GP_LOGIN_UNAVAILABLE;
		s->verdict = "unavailable";
		s->reason = "not-recorded";
		gp_buf_free(&s->text);
		gp_screen_unavailable(&s->text);
	}
	gp_log(GP_LOG_INFO, "sign-in", "verdict=%s reason=%s oid=%s address=%s correlation=%s",
	       s->verdict, s->reason, s->guest_oid, s->rhost, s->grant.correlation_id);
	struct gp_sync *sync = s->owner->deps.sync;
	char oid[GP_GUID_TEXT] = "";
	int64_t end_s = s->grant.pass.end_s;
	if (s->code == GP_LOGIN_GRANTED) {
		memcpy(oid, s->guest_oid, sizeof(oid));
		gp_signin_audit_first(s);
		gp_known_add(&s->owner->known, s->name, s->source);
	} else {
		gp_screen_reference(&s->text, s->grant.correlation_id);
	}
	(void)gp_signin_deliver(s);
	/* Nobody waits for this one; S may be gone. */
	if (oid[0] != '\0') {
		gp_sync_signed_in(sync, oid);
		gp_sync_pass(sync, oid, end_s);
	}
}

void gp_signin_unavailable(struct gp_signin *s, const char *reason)
{
	gp_buf_free(&s->text);
	gp_screen_unavailable(&s->text);
	gp_signin_decide(s, GP_LOGIN_UNAVAILABLE, "unavailable", reason);
}

void gp_signin_likely(const struct gp_signin *s, struct gp_buf *out)
{
	gp_policies_likely(s->owner->deps.policies, s->tenant->config, out);
}

static void on_flow_failed(struct gp_signin *s, const struct gp_login_error *error)
{
	s->flow_error = *error;
	struct gp_login_advice advice = {0};
	bool known = gp_login_error_advice(error->number, &advice);
	gp_log(GP_LOG_WARN, "device-flow-ended",
	       "class=%s number=%u move=%s error=%s correlation=%s",
	       gp_login_class_name(error->class), error->number,
	       known ? gp_login_move_name(advice.move) : "unknown",
	       error->own ? error->description : error->error, s->grant.correlation_id);
	/* Entra's may name a person. */
	if (!error->own)
		gp_log(GP_LOG_DEBUG, "device-flow-description", "description=%s",
		       error->description);
	gp_buf_auto struct gp_buf likely = GP_BUF(GP_LIKELY_MAX);
	gp_signin_likely(s, &likely);
	gp_buf_free(&s->text);
	const struct gp_error_text *own = gp_config_error_text(s->tenant->config, error->number);
	gp_screen_flow_error(&s->text, error, own != NULL ? own->guest : NULL, gp_buf_get(&likely));
	/* These say nothing about the guest. */
	bool refused = error->class != GP_CLASS_RETRY && error->class != GP_CLASS_CONFIG &&
		       error->class != GP_CLASS_UNKNOWN;
	gp_signin_decide(s, refused ? GP_LOGIN_DENIED : GP_LOGIN_UNAVAILABLE,
			 refused ? "refused" : "unavailable", gp_login_class_name(error->class));
}

/* Finds the guest and makes the checks that need no sign-in. True if nothing speaks against going
 * on. HEARD: the authority has answered this sign-in. Before that a clock that was wrong may have
 * been set right since, and nothing but an answer can tell: so it counts as unknown, which leaves
 * every other no what it is. */
static bool may_begin(struct gp_signin *s, bool heard)
{
	const struct gp_guest *guest = gp_sync_find(s->owner->deps.sync, gp_str_from(s->name));
	if (guest != NULL && guest->uid == s->uid)
		memcpy(s->guest_oid, guest->id, sizeof(s->guest_oid));
	gp_signin_evaluate(s, GP_PHASE_BEFORE, heard ? gp_tenant_clock_ok(s->tenant) : GP_UNKNOWN);
	/* What is known may be out of date: his next try is then judged by what is true now, and
	 * who is back has a shell then. */
	if (s->admission.verdict == GP_NO || (guest != NULL && !guest->present))
		gp_sync_knock(s->owner->deps.sync, s->name);
	if (s->admission.verdict != GP_NO)
		return true;
	gp_signin_decide(s, GP_LOGIN_DENIED, "refused", s->admission.reason);
	return false;
}

static void on_device_news(void *arg, const struct gp_device_news *news)
{
	struct gp_signin *s = arg;
	switch (news->event) {
	case GP_DEVICE_CODE:
		s->timer = sd_event_source_disable_unref(s->timer);
		/* This answer's Date may be the first to say that the clocks have drifted apart. */
		if (!may_begin(s, true))
			return;
		s->grant.code_issued_s = gp_device_flow_issued_s(s->flow);
		s->state = GP_SIGNIN_POLLING;
		gp_signin_show_first(s);
		return;
	case GP_DEVICE_TOKENS:
		s->state = GP_SIGNIN_VERIFYING;
		gp_signin_prove(s, news->response);
		return;
	case GP_DEVICE_FAILED:
		break;
	}
	on_flow_failed(s, news->error);
}

static bool was_read(const struct gp_signins *all)
{
	struct gp_sync_stats stats;
	gp_sync_get_stats(all->deps.sync, &stats);
	return stats.last_sync_s != 0;
}

static void ask_for_code(struct gp_signin *s)
{
	if (!may_begin(s, false))
		return;
	s->state = GP_SIGNIN_ASKING;
	char scope[GP_CONFIG_TEXT];
	if (!gp_config_scope_of(s->tenant->config, s->grant.elevated, scope) ||
	    gp_device_flow_start(s->tenant->flows, scope, s->tenant->config->auth_context,
				 s->grant.correlation_id, on_device_news, s, &s->flow) != GP_ST_OK)
		gp_signin_unavailable(s, "code-request-failed");
}

static int on_no_code_yet(sd_event_source *source, uint64_t usec, void *arg)
{
	(void)source;
	(void)usec;
	struct gp_signin *s = arg;
	gp_signin_unavailable(s,
			      s->state == GP_SIGNIN_UNREAD ? "directory-not-read" : "tenant-slow");
	return 0;
}

static void on_authority_ready(void *arg, enum gp_status status, const struct gp_error *err)
{
	struct gp_signin *s = arg;
	if (status != GP_ST_OK) {
		gp_log(GP_LOG_WARN, "authority-not-ready", "error=%s correlation=%s",
		       err != NULL ? err->text : gp_status_name(status), s->grant.correlation_id);
		gp_signin_unavailable(s, "tenant-unreachable");
		return;
	}
	if (was_read(s->owner)) {
		ask_for_code(s);
		return;
	}
	/* Just started: the name resolves from the published file, but who it is is not known here
	 * yet. */
	s->state = GP_SIGNIN_UNREAD;
	gp_sync_hurry(s->owner->deps.sync);
}

void gp_signins_read(struct gp_signins *signins)
{
	struct gp_signin *next = NULL;
	for (struct gp_signin *s = signins->first; s != NULL; s = next) {
		next = s->next;
		if (s->state != GP_SIGNIN_UNREAD)
			continue;
		if (was_read(signins))
			ask_for_code(s);
		else
			gp_sync_hurry(signins->deps.sync);
	}
}

/* The sign-in that has to go so that S fits, or NULL. Those that have tokens hold no code any more.
 */
static struct gp_signin *find_victim(struct gp_signins *all, const struct gp_signin *s,
				     const struct gp_slot_limits *limits)
{
	struct gp_slot *slots = calloc(all->count, sizeof(*slots));
	struct gp_signin **of = calloc(all->count, sizeof(struct gp_signin *));
	struct gp_signin *victim = NULL;

	if (slots != NULL && of != NULL) {
		size_t n = 0;
		for (struct gp_signin *o = all->first; o != NULL && n < all->count; o = o->next) {
			if (o == s || o->state >= GP_SIGNIN_VERIFYING)
				continue;
			slots[n] = (struct gp_slot){o->name, o->source,
						    gp_known_has(&all->known, o->name, o->source),
						    o->shown_ms};
			of[n++] = o;
		}
		int at = gp_slots_victim(slots, n, limits, s->name, s->source);
		victim = at >= 0 ? of[at] : NULL;
	}
	free(slots);
	free(of);
	return victim;
}

/* Drops older sign-ins until one more for S fits. */
static void make_room(struct gp_signins *all, const struct gp_signin *s)
{
	const struct gp_config *c = s->tenant->config;
	const struct gp_slot_limits limits = {c->codes_per_guest, c->codes_per_address,
					      c->codes_total};
	struct gp_signin *drop = NULL;
	while ((drop = find_victim(all, s, &limits)) != NULL) {
		gp_buf_free(&drop->text);
		gp_screen_replaced(&drop->text);
		gp_signin_decide(drop, GP_LOGIN_DENIED, "refused", "replaced-by-newer");
	}
}

/* What the first tokens proved is forgotten: the second ones have to prove all of it again. */
bool gp_signin_once_more(struct gp_signin *s, enum gp_screen_why why)
{
	if ((s->asked_for & (1U << why)) != 0)
		return false;
	s->again = why;
	s->asked_for |= 1U << why;
	gp_signin_audit_again(s);
	stop_finding_out(s);
	memset(&s->grant.identity, 0, sizeof(s->grant.identity));
	s->grant.identity.auth_time = -1;
	s->grant.has_client_info = false;
	s->has_identity = false;
	s->client_info_ok = false;
	s->keys_reads = 0;
	gp_buf_free(&s->text);
	s->state = GP_SIGNIN_PREPARING;
	make_room(s->owner, s);
	if (sd_event_add_time_relative(s->owner->deps.event, &s->timer, CLOCK_BOOTTIME,
				       FIRST_PROMPT_US, 0, on_no_code_yet, s) < 0)
		gp_signin_unavailable(s, "no-timer");
	else
		ask_for_code(s);
	return true;
}

static enum gp_status take_request(struct gp_signin *s, const struct gp_signin_request *request)
{
	enum gp_status st = gp_copy(s->service, sizeof(s->service), request->service);
	if (st == GP_ST_OK)
		st = gp_copy(s->name, sizeof(s->name), request->user);
	if (st == GP_ST_OK)
		st = gp_copy(s->rhost, sizeof(s->rhost), request->rhost);
	if (st == GP_ST_OK)
		st = gp_copy(s->tty, sizeof(s->tty), request->tty);
	gp_slot_source(s->rhost, s->source);
	s->uid = request->uid;
	s->flags = request->flags;
	s->step_up = request->step_up;
	s->grant.step_up = request->step_up;
	/* Another API, with policies of its own. */
	s->grant.elevated = request->step_up;
	s->shown_ms = gp_signin_now_ms(s);
	s->deadline_ms = s->shown_ms + (int64_t)request->timeout_s * 1000;
	return st;
}

static struct gp_signin *new_signin(struct gp_signins *all, struct gp_tenant *tenant)
{
	struct gp_signin *s = calloc(1, sizeof(*s));
	if (s == NULL)
		return NULL;
	s->owner = all;
	s->tenant = gp_tenant_ref(tenant);
	s->text = GP_BUF(TEXT_MAX);
	s->facts = GP_BUF(GP_RECORD_MAX);
	s->grant.identity.auth_time = -1;
	gp_random(s->grant.decision, sizeof(s->grant.decision));
	gp_random_guid(s->grant.correlation_id);
	s->next = all->first;
	if (s->next != NULL)
		s->next->prev = s;
	all->first = s;
	all->count++;
	return s;
}

enum gp_status gp_signin_start(struct gp_signins *signins, struct gp_tenant *tenant,
			       const struct gp_signin_request *request,
			       const struct gp_signin_ops *ops, void *arg, struct gp_signin **out)
{
	*out = NULL;
	struct gp_signin *s = new_signin(signins, tenant);
	if (s == NULL)
		return GP_ST_NO_MEMORY;
	enum gp_status st = take_request(s, request);
	if (st != GP_ST_OK) {
		gp_signin_free(s);
		return st;
	}
	s->ops = *ops;
	s->arg = arg;
	s->state = GP_SIGNIN_PREPARING;
	if (was_read(signins) && !may_begin(s, false))
		return GP_ST_OK;
	make_room(signins, s);
	if (sd_event_add_time_relative(signins->deps.event, &s->timer, CLOCK_BOOTTIME,
				       FIRST_PROMPT_US, 0, on_no_code_yet, s) < 0) {
		gp_signin_unavailable(s, "no-timer");
		return GP_ST_OK;
	}
	st = gp_authority_ready(tenant->authority, on_authority_ready, s);
	if (st != GP_ST_OK) {
		gp_signin_unavailable(s, "tenant-unreachable");
		return GP_ST_OK;
	}
	*out = s;
	return GP_ST_OK;
}

void gp_signin_cancel(struct gp_signin *signin)
{
	/* An admission that nobody came for must not stand as the last word. */
	if (signin->state != GP_SIGNIN_DECIDED || signin->code == GP_LOGIN_GRANTED) {
		signin->verdict = "abandoned";
		signin->reason = "client-gone";
		(void)gp_signin_audit(signin);
	}
	gp_signin_free(signin);
}

void gp_signins_stop(struct gp_signins *signins)
{
	struct gp_signin *next = NULL;
	for (struct gp_signin *s = signins->first; s != NULL; s = next) {
		next = s->next;
		if (s->state == GP_SIGNIN_DECIDED && s->code != GP_LOGIN_GRANTED) {
			/* Decided, but the person has not pressed Enter: the answer waits in the
			 * socket. An admission cannot: without the Enter it is none
			 * (PROTOCOL.md), and its session would be forgotten with us. */
			s->prompt_open = false;
			(void)gp_signin_deliver(s);
			continue;
		}
		s->prompt_open = false;
		gp_buf_free(&s->text);
		gp_screen_stopping(&s->text);
		gp_signin_decide(s, GP_LOGIN_UNAVAILABLE, "unavailable", "daemon-stopping");
	}
}
