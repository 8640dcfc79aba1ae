/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tier and this host demand beyond the person and his account: a pass, a sponsor, a
 * review, hours and addresses, and that he is the person of before. Where the tier demands nothing
 * the answer is yes, and the record says so.
 */
#include <string.h>

#include "base/address.h"
#include "base/clock.h"
#include "config/access.h"
#include "config/hours.h"
#include "contract/text.h"
#include "policy/checks.h"
#include "policy/egress.h"

#include "contract/ban.h"

#define SKEW_S 300 /* between our clock and Entra's, as look_clock() permits */

static const char nothing_demanded[] = "nothing demanded";

/* Without a configuration nothing is demanded of anybody, and nobody enters. */
static bool is_demanded(const struct gp_facts *f, struct gp_check *check, bool demanded)
{
	if (f->config == NULL) {
		gp_check_input(check, NULL);
		gp_check_say(check, GP_CANNOT_TELL, "tier-unknown");
		return false;
	}
	if (!demanded) {
		gp_check_input(check, nothing_demanded);
		gp_check_yes(check);
	}
	return demanded;
}

/* "WORD 2026-12-31T00:00:00Z" */
static void time_input(struct gp_check *check, const char *word, int64_t time_s)
{
	char when[GP_TIME_TEXT];
	char seen[64];
	gp_time_format(time_s, when);
	if (gp_format(seen, sizeof(seen), "%.32s %s", word, when) != GP_ST_OK) {
		seen[0] = '\0';
	}
	gp_check_input(check, seen);
}

/* FALSE is the yes here: what is asked is whether something stands in his way. */
static void want_false(struct gp_check *check, enum gp_tri value, const char *no,
		       const char *unknown)
{
	gp_check_input(check, value == GP_FALSE ? "false" : value == GP_TRUE ? "true" : "unknown");
	if (value == GP_FALSE) {
		gp_check_yes(check);
	} else {
		gp_check_say(check, value == GP_TRUE ? GP_NO : GP_CANNOT_TELL,
			     value == GP_TRUE ? no : unknown);
	}
}

void gp_look_frozen(const struct gp_facts *f, struct gp_check *check)
{
	want_false(check, f->frozen, "organisation-frozen", "freeze-unknown");
}

void gp_look_revoked(const struct gp_facts *f, struct gp_check *check)
{
	want_false(check, f->revoked, "revoked", "revocation-unknown");
}

/* What differs between now and the first time; NULL for nothing. */
static const char *difference(const struct gp_facts *f)
{
	const struct gp_baseline *then = f->baseline;
	if (strcmp(then->home, gp_home_name(f->identity)) != 0) {
		return "home-changed";
	}
	if (f->client_info != NULL && then->utid[0] != '\0' &&
	    (strcmp(then->utid, f->client_info->utid) != 0 ||
	     strcmp(then->uid, f->client_info->uid) != 0)) {
		return "person-changed";
	}
	if (f->user != NULL && f->user->state_changed_s > then->state_changed_s) {
		return "redeemed-again";
	}
	return NULL;
}

void gp_look_same_person(const struct gp_facts *f, struct gp_check *check)
{
	/* A key brings no identity of its own: who was remembered by a sign-in may be another than
	 * he whom root has confirmed since. */
	bool proved_now = f->identity != NULL && !(f->by_key && !f->signed_in);
	if (f->baseline_read && f->baseline == NULL && proved_now) {
		gp_check_input(check, "first sign-in");
		gp_check_yes(check);
		return;
	}
	if (f->baseline_read && f->baseline != NULL && f->baseline->in_question) {
		gp_check_input(check, "in question");
		gp_check_say(check, GP_NO, "person-in-question");
		return;
	}
	/* Who had a client_info and has none now may be anybody. */
	if (!f->baseline_read || f->baseline == NULL || f->identity == NULL ||
	    (f->client_info == NULL && f->baseline->utid[0] != '\0')) {
		gp_check_input(check, NULL);
		gp_check_say(check, GP_CANNOT_TELL, "person-unknown");
		return;
	}
	const char *why = difference(f);
	gp_check_input(check, why != NULL ? why : "same");
	if (why == NULL) {
		gp_check_yes(check);
	} else {
		gp_check_say(check, GP_NO, why);
	}
}

void gp_look_creation(const struct gp_facts *f, struct gp_check *check)
{
	if (!is_demanded(f, check, f->config != NULL && f->config->creation_types_len > 0)) {
		return;
	}
	enum gp_creation creation = f->user != NULL ? f->user->creation : GP_CREATION_UNKNOWN;
	const char *name = gp_creation_name(creation);
	gp_check_input(check, name);
	if (creation == GP_CREATION_UNKNOWN) {
		gp_check_say(check, GP_CANNOT_TELL, "creation-unknown");
		return;
	}
	for (size_t i = 0; i < f->config->creation_types_len; i++) {
		if (strcmp(f->config->creation_types[i], name) == 0) {
			gp_check_yes(check);
			return;
		}
	}
	gp_check_say(check, GP_NO, "creation-not-allowed");
}

void gp_look_pass(const struct gp_facts *f, struct gp_check *check)
{
	struct gp_pass pass;
	const char *reason = NULL;
	char begin[GP_TIME_TEXT] = "always";
	char end[GP_TIME_TEXT] = "never";
	char seen[160];
	if (!is_demanded(f, check, true)) {
		return;
	}
	enum gp_verdict verdict = gp_pass_find(f->config, &f->passes, f->now_s, &pass, &reason);
	if (pass.basis != GP_BASIS_NONE) {
		if (pass.begin_s != INT64_MIN) {
			gp_time_format(pass.begin_s, begin);
		}
		if (pass.end_s != INT64_MAX) {
			gp_time_format(pass.end_s, end);
		}
		if (gp_format(seen, sizeof(seen), "basis=%s group=%s begin=%s end=%s",
			      gp_basis_name(pass.basis), pass.group, begin, end) != GP_ST_OK) {
			seen[0] = '\0';
		}
		gp_check_input(check, seen);
	} else {
		gp_check_input(check, "none");
	}
	if (verdict == GP_YES) {
		gp_check_yes(check);
	} else {
		gp_check_say(check, verdict, reason);
	}
}

void gp_look_sponsor(const struct gp_facts *f, struct gp_check *check)
{
	if (!is_demanded(f, check, f->config != NULL && f->config->sponsor_required)) {
		return;
	}
	gp_check_input(check, f->has_sponsor == GP_TRUE    ? f->sponsor
			      : f->has_sponsor == GP_FALSE ? "none"
							   : NULL);
	if (f->has_sponsor == GP_TRUE) {
		gp_check_yes(check);
	} else {
		bool none = f->has_sponsor == GP_FALSE;
		gp_check_say(check, none ? GP_NO : GP_CANNOT_TELL,
			     none ? "no-sponsor" : "sponsor-unknown");
	}
}

void gp_look_review(const struct gp_facts *f, struct gp_check *check)
{
	if (!is_demanded(f, check, f->config != NULL && f->config->review_every_s != 0)) {
		return;
	}
	int64_t due_s = f->config->last_review_s + (int64_t)f->config->review_every_s;
	time_input(check, "due", due_s);
	if (f->now_s > 0 && f->now_s < due_s) {
		gp_check_yes(check);
	} else {
		gp_check_say(check, GP_NO, "review-overdue");
	}
}

/* Counted from what he did last, or from root's word for him; who never came, from when he was
 * first seen. */
void gp_look_idle(const struct gp_facts *f, struct gp_check *check)
{
	if (!is_demanded(f, check, f->config != NULL && f->config->idle_limit_s != 0)) {
		return;
	}
	int64_t since_s = f->last_used_s > 0 ? f->last_used_s : f->passes.first_seen_s;
	since_s = f->confirmed_s > since_s ? f->confirmed_s : since_s;
	if (since_s <= 0) {
		gp_check_input(check, "never seen");
		gp_check_yes(check);
		return;
	}
	time_input(check, "since", since_s);
	if (f->now_s - since_s < (int64_t)f->config->idle_limit_s) {
		gp_check_yes(check);
	} else {
		gp_check_say(check, GP_NO, "unused-too-long");
	}
}

void gp_look_hours(const struct gp_facts *f, struct gp_check *check)
{
	struct gp_hours hours;
	char seen[32];
	if (!is_demanded(f, check, f->config != NULL && f->config->hours[0] != '\0')) {
		return;
	}
	if (f->local_time.known != GP_TRUE ||
	    gp_hours_parse(gp_str_from(f->config->hours), &hours) != NULL) {
		gp_check_input(check, NULL);
		gp_check_say(check, GP_CANNOT_TELL, "hour-unknown");
		return;
	}
	static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
	unsigned int day = f->local_time.weekday % 7;
	if (gp_format(seen, sizeof(seen), "%s %02u:%02u", days[day], f->local_time.minute / 60,
		      f->local_time.minute % 60) != GP_ST_OK) {
		seen[0] = '\0';
	}
	gp_check_input(check, seen);
	if (gp_hours_include(&hours, f->local_time.weekday, f->local_time.minute)) {
		gp_check_yes(check);
	} else {
		gp_check_say(check, GP_NO, "outside-hours");
	}
}

void gp_look_network(const struct gp_facts *f, struct gp_check *check)
{
	struct gp_address address;
	struct gp_network network;
	if (!is_demanded(f, check, f->config != NULL && f->config->networks_len > 0)) {
		return;
	}
	gp_check_input(check, f->address);
	if (f->address == NULL || gp_address_parse(gp_str_from(f->address), &address) != GP_ST_OK) {
		gp_check_say(check, GP_CANNOT_TELL, "address-unknown");
		return;
	}
	for (size_t i = 0; i < f->config->networks_len && i < GP_CONFIG_NETWORKS_MAX; i++) {
		if (gp_network_parse(gp_str_from(f->config->networks[i]), &network) == GP_ST_OK &&
		    gp_network_has(&network, &address)) {
			gp_check_yes(check);
			return;
		}
	}
	gp_check_say(check, GP_NO, "address-not-allowed");
}

/* The token may hold the address of the browser, or that of whoever asked for the token, which is
 * this host: Entra does not say which. So the claim counts only where root has seen that it is the
 * former, and never when it could be the latter. */
static bool is_comparable(const struct gp_facts *f, const struct gp_address *ssh,
			  const struct gp_address *signed_in)
{
	return gp_egress_has(f->config, signed_in) == GP_FALSE &&
	       gp_address_is_ipv4(ssh) == gp_address_is_ipv4(signed_in);
}

void gp_look_sign_in_address(const struct gp_facts *f, struct gp_check *check)
{
	struct gp_address ssh, signed_in;
	char seen[160];
	enum gp_signin_address rule =
		f->config != NULL ? f->config->signin_address : GP_SIGNIN_ADDRESS_MATCH;
	if (!is_demanded(f, check,
			 rule != GP_SIGNIN_ADDRESS_REPORT && rule != GP_SIGNIN_ADDRESS_OFF)) {
		return;
	}
	const char *from = f->identity != NULL ? f->identity->ipaddr : "";
	if (gp_format(seen, sizeof(seen), "ssh=%.64s sign-in=%.63s",
		      f->address != NULL ? f->address : "unknown",
		      from[0] != '\0' ? from : "unknown") != GP_ST_OK) {
		seen[0] = '\0';
	}
	gp_check_input(check, seen);
	if (f->ipaddr_seen != GP_TRUE) {
		gp_check_say(check, GP_CANNOT_TELL, "sign-in-address-not-captured");
		return;
	}
	if (f->address == NULL || gp_address_parse(gp_str_from(f->address), &ssh) != GP_ST_OK ||
	    gp_address_parse(gp_str_from(from), &signed_in) != GP_ST_OK ||
	    !is_comparable(f, &ssh, &signed_in)) {
		gp_check_say(check, GP_CANNOT_TELL, "sign-in-address-unknown");
		return;
	}
	unsigned int bits = gp_address_is_ipv4(&ssh) ? 96 + 24 : 48;
	const struct gp_network network = {ssh, rule == GP_SIGNIN_ADDRESS_NETWORK ? bits : 128};
	if (gp_network_has(&network, &signed_in)) {
		gp_check_yes(check);
	} else {
		gp_check_say(check, GP_NO, "sign-in-address-differs");
	}
}

void gp_look_sign_in_age(const struct gp_facts *f, struct gp_check *check)
{
	if (!is_demanded(f, check, f->config != NULL && f->config->max_auth_age_s != 0)) {
		return;
	}
	if (f->identity == NULL || f->identity->auth_time <= 0) {
		gp_check_input(check, NULL);
		gp_check_say(check, GP_CANNOT_TELL, "sign-in-age-unknown");
		return;
	}
	/* Counted back from the code: how long the person then needed is nobody's staleness. A code
	 * may be approved in a browser session that the tenant already holds, so the time can be
	 * before it; whether home asked for anything again is not known either way. */
	time_input(check, "authenticated", f->identity->auth_time);
	int64_t asked_s =
		f->code_issued_s > 0 && f->code_issued_s < f->now_s ? f->code_issued_s : f->now_s;
	bool begun = f->identity->auth_time <= f->now_s + SKEW_S;
	if (begun && asked_s - f->identity->auth_time <= (int64_t)f->config->max_auth_age_s) {
		gp_check_yes(check);
	} else {
		gp_check_say(check, GP_NO, "sign-in-too-old");
	}
}
