/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/checks.h"

#include <string.h>

#include "contract/text.h"

#include "contract/ban.h"

void gp_check_say(struct gp_check *check, enum gp_verdict verdict, const char *reason)
{
	check->verdict = verdict;
	check->reason = reason;
}

void gp_check_yes(struct gp_check *check)
{
	gp_check_say(check, GP_YES, "ok");
}

/* What was looked at, for the record only: cutting it does not matter, its safety does. */
void gp_check_input(struct gp_check *check, const char *text)
{
	(void)gp_text_safe(gp_str_from(text != NULL ? text : "unknown"), GP_TEXT_LINE, check->input,
			   sizeof(check->input));
}

static const char *tri_name(enum gp_tri value)
{
	switch (value) {
	case GP_TRUE:
		return "true";
	case GP_FALSE:
		return "false";
	case GP_UNKNOWN:
		break;
	}
	return "unknown";
}

/* Nothing but GP_TRUE is a yes, also when memory held something that is no gp_tri at all. */
static void want_true(struct gp_check *check, enum gp_tri value, const char *no,
		      const char *unknown)
{
	gp_check_input(check, tri_name(value));
	if (value == GP_TRUE) {
		gp_check_yes(check);
	} else if (value == GP_FALSE) {
		gp_check_say(check, GP_NO, no);
	} else {
		gp_check_say(check, GP_CANNOT_TELL, unknown);
	}
}

/* Without a guest object the person may still be the right one, and be told what happened to it:
 * guest-exists denies then. Another person must not be able to tell that case from any other. */
static void look_binding(const struct gp_facts *f, struct gp_check *check)
{
	uint8_t typed[16], person[16], object[16], tenant[16], tid[16];
	if (f->identity == NULL || f->config == NULL || f->guest_oid == NULL) {
		gp_check_input(check, NULL);
		gp_check_say(check, GP_CANNOT_TELL, "not-proved");
		return;
	}
	char both[96];
	if (gp_format(both, sizeof(both), "proved=%.36s guest=%.36s", f->identity->oid,
		      f->guest_oid) != GP_ST_OK) {
		both[0] = '\0';
	}
	gp_check_input(check, both);
	if (gp_guid_parse(gp_str_from(f->config->tenant_id), tenant) != GP_ST_OK ||
	    gp_guid_parse(gp_str_from(f->identity->tid), tid) != GP_ST_OK ||
	    !gp_ct_equal(tenant, tid, sizeof(tid))) {
		gp_check_say(check, GP_NO, "tenant-differs");
	} else if (gp_guid_parse(gp_str_from(f->guest_oid), typed) != GP_ST_OK ||
		   gp_guid_parse(gp_str_from(f->identity->oid), person) != GP_ST_OK ||
		   !gp_ct_equal(typed, person, sizeof(typed))) {
		gp_check_say(check, GP_NO, "oid-differs");
	} else if (f->user != NULL &&
		   (gp_guid_parse(gp_str_from(f->user->id), object) != GP_ST_OK ||
		    !gp_ct_equal(typed, object, sizeof(typed)))) {
		gp_check_say(check, GP_NO, "object-differs");
	} else {
		gp_check_yes(check);
	}
}

static void look_tier_open(const struct gp_facts *f, struct gp_check *check)
{
	if (f->config == NULL) {
		gp_check_input(check, NULL);
		gp_check_say(check, GP_CANNOT_TELL, "tier-unknown");
		return;
	}
	gp_check_input(check, f->config->guests == GP_GUESTS_ALLOWED ? "allowed" : "never");
	if (f->config->guests == GP_GUESTS_ALLOWED) {
		gp_check_yes(check);
	} else {
		gp_check_say(check, GP_NO, "tier-closed");
	}
}

static bool is_listed(const char (*services)[64], size_t n, const char *service)
{
	for (size_t i = 0; i < n && i < GP_CONFIG_LITERALS_MAX; i++) {
		if (strcmp(services[i], service) == 0) {
			return true;
		}
	}
	return false;
}

static void look_service(const struct gp_facts *f, struct gp_check *check)
{
	gp_check_input(check, f->service);
	if (f->config == NULL || f->service == NULL || f->service[0] == '\0') {
		gp_check_say(check, GP_CANNOT_TELL, "service-unknown");
		return;
	}
	if (f->step_up
		    ? is_listed(f->config->sudo_services, f->config->sudo_services_len, f->service)
		    : is_listed(f->config->services, f->config->services_len, f->service)) {
		gp_check_yes(check);
	} else {
		gp_check_say(check, GP_NO, "service-not-allowed");
	}
}

static void look_clock(const struct gp_facts *f, struct gp_check *check)
{
	want_true(check, f->clock_ok, "clock-wrong", "clock-unknown");
}

static void look_canary(const struct gp_facts *f, struct gp_check *check)
{
	want_true(check, f->canary, "canary-failed", "canary-unknown");
}

/* Root's word is that the account is somebody's from then on. */
static bool before_roots_word(const struct gp_facts *f)
{
	return f->confirmed_s > 0 && f->key_age_s >= f->now_s - f->confirmed_s;
}

/* A key has no home, no Conditional Access and no end: it counts for a while after a sign-in of the
 * same guest, and only where the tier says so. */
static void look_key(const struct gp_facts *f, struct gp_check *check)
{
	char seen[64];
	if (gp_format(seen, sizeof(seen), "SSH key, %lld s after a sign-in",
		      (long long)f->key_age_s) != GP_ST_OK) {
		seen[0] = '\0';
	}
	gp_check_input(check, seen);
	if (f->config == NULL || f->config->key_valid_s == 0 || f->config->label == GP_LABEL_HIGH) {
		gp_check_say(check, GP_NO, "key-not-allowed");
	} else if (f->key_age_s < 0) {
		gp_check_say(check, GP_CANNOT_TELL, "key-age-unknown");
	} else if (f->key_age_s < (int64_t)f->config->key_valid_s && !before_roots_word(f)) {
		gp_check_yes(check);
	} else {
		gp_check_say(check, GP_NO, "key-too-old");
	}
}

/* A bool cannot be unknown: without a completed sign-in there is none. */
static void look_sign_in(const struct gp_facts *f, struct gp_check *check)
{
	if (f->by_key && !f->signed_in) {
		look_key(f, check);
		return;
	}
	gp_check_input(check, f->signed_in ? "completed" : "none");
	if (f->signed_in) {
		gp_check_yes(check);
	} else {
		gp_check_say(check, GP_CANNOT_TELL, "not-signed-in");
	}
}

static void look_guest_exists(const struct gp_facts *f, struct gp_check *check)
{
	uint8_t oid[16];
	if (f->user_gone) {
		gp_check_input(check, "gone");
		gp_check_say(check, GP_NO, "guest-gone");
	} else if (f->user == NULL || gp_guid_parse(gp_str_from(f->user->id), oid) != GP_ST_OK) {
		gp_check_input(check, NULL);
		gp_check_say(check, GP_CANNOT_TELL, "guest-unknown");
	} else {
		gp_check_input(check, f->user->id);
		gp_check_yes(check);
	}
}

static void look_quarantine(const struct gp_facts *f, struct gp_check *check)
{
	gp_check_input(check, tri_name(f->quarantined));
	if (f->quarantined == GP_FALSE) {
		gp_check_yes(check);
	} else if (f->quarantined == GP_TRUE) {
		gp_check_say(check, GP_NO, "quarantined");
	} else {
		gp_check_say(check, GP_CANNOT_TELL, "quarantine-unknown");
	}
}

static void look_client_info(const struct gp_facts *f, struct gp_check *check)
{
	want_true(check, f->client_info_ok, "client-info-differs", "client-info-unknown");
}

static const char *user_type_name(enum gp_user_type type)
{
	switch (type) {
	case GP_USER_TYPE_GUEST:
		return "guest";
	case GP_USER_TYPE_MEMBER:
		return "member";
	case GP_USER_TYPE_UNKNOWN:
		break;
	}
	return "unknown";
}

static const char *home_name(const struct gp_identity *identity)
{
	if (identity == NULL) {
		return "unknown";
	}
	switch (identity->home) {
	case GP_HOME_ENTRA:
		return "entra";
	case GP_HOME_MSA:
		return "msa";
	case GP_HOME_OTHER:
		return "other";
	case GP_HOME_INTERNAL:
		return "internal";
	case GP_HOME_UNKNOWN:
		break;
	}
	return "unknown";
}

static bool is_class_listed(const struct gp_config *config, const char *name)
{
	for (size_t i = 0; config != NULL && i < config->user_classes_len; i++) {
		if (strcmp(config->user_classes[i], name) == 0) {
			return true;
		}
	}
	return false;
}

/* The class is known to be NAME, which is also the reason of a no; the token's own word for it
 * (acct) must AGREE. */
static void look_listed(const struct gp_facts *f, struct gp_check *check, const char *name,
			bool agrees)
{
	if (!is_class_listed(f->config, name)) {
		gp_check_say(check, GP_NO, name);
	} else if (!agrees) {
		gp_check_say(check, GP_NO, "token-not-guest");
	} else {
		gp_check_yes(check);
	}
}

/* Two questions make four classes: userType says what the person is to the tenant, the home says
 * who signs him in. Only a guest who is signed in elsewhere is an external guest. */
static void look_class(const struct gp_facts *f, struct gp_check *check)
{
	enum gp_user_type type = f->user != NULL ? f->user->user_type : GP_USER_TYPE_UNKNOWN;
	const struct gp_identity *id = f->identity;
	char seen[64];
	if (gp_format(seen, sizeof(seen), "userType=%s home=%s acct=%d", user_type_name(type),
		      home_name(id), id != NULL ? id->acct : -1) != GP_ST_OK) {
		seen[0] = '\0';
	}
	gp_check_input(check, seen);
	bool external = id != NULL && (id->home == GP_HOME_ENTRA || id->home == GP_HOME_MSA ||
				       id->home == GP_HOME_OTHER);
	bool internal = id != NULL && id->home == GP_HOME_INTERNAL;
	if (type == GP_USER_TYPE_MEMBER && internal) {
		gp_check_say(check, GP_NO, "internal-member");
	} else if (type == GP_USER_TYPE_MEMBER && !external) {
		/* Before the token says where he signs in there may be a class that is listed. */
		bool listed = is_class_listed(f->config, "external-member");
		gp_check_say(check, listed && id == NULL ? GP_CANNOT_TELL : GP_NO,
			     listed && id == NULL ? "class-unknown" : "not-a-guest");
	} else if (type == GP_USER_TYPE_MEMBER) {
		look_listed(f, check, "external-member", id->acct == 0 || id->acct == -1);
	} else if (internal &&
		   (type == GP_USER_TYPE_GUEST || !is_class_listed(f->config, "internal-guest"))) {
		look_listed(f, check, "internal-guest", id->acct == 1 || id->acct == -1);
	} else if (type != GP_USER_TYPE_GUEST || !external) {
		bool odd = id != NULL && id->acct != 1 && id->acct != -1;
		gp_check_say(check, odd ? GP_NO : GP_CANNOT_TELL,
			     odd ? "token-not-guest" : "class-unknown");
	} else {
		look_listed(f, check, "external-guest", id->acct == 1 || id->acct == -1);
	}
}

static bool is_literal_allowed(const struct gp_config *config, const char *literal)
{
	for (size_t i = 0; i < config->idp_allowed_len && i < GP_CONFIG_LITERALS_MAX; i++) {
		if (strcmp(config->idp_allowed[i], literal) == 0) {
			return true;
		}
	}
	return false;
}

static bool is_tenant_allowed(const struct gp_config *config, const char *tenant)
{
	uint8_t home[16], own[16], listed[16];
	if (gp_guid_parse(gp_str_from(tenant), home) != GP_ST_OK ||
	    gp_guid_parse(gp_str_from(config->tenant_id), own) != GP_ST_OK ||
	    memcmp(home, own, sizeof(own)) == 0) {
		return false;
	}
	for (size_t i = 0; i < config->home_tenants_denied_len && i < GP_CONFIG_HOMES_MAX; i++) {
		if (gp_guid_parse(gp_str_from(config->home_tenants_denied[i]), listed) !=
			    GP_ST_OK ||
		    memcmp(home, listed, sizeof(listed)) == 0) {
			return false;
		}
	}
	for (size_t i = 0; i < config->home_tenants_len && i < GP_CONFIG_HOMES_MAX; i++) {
		if (gp_guid_parse(gp_str_from(config->home_tenants[i]), listed) == GP_ST_OK &&
		    memcmp(home, listed, sizeof(listed)) == 0) {
			return true;
		}
	}
	return false;
}

/* "msa" in idp_allowed is our word for Microsoft accounts: an identity provider that calls itself
 * so is not meant by it. */
static bool is_home_allowed(const struct gp_config *config, const struct gp_identity *id)
{
	switch (id->home) {
	case GP_HOME_ENTRA:
		return is_tenant_allowed(config, id->home_tenant);
	case GP_HOME_MSA:
		return is_literal_allowed(config, "msa");
	case GP_HOME_OTHER:
		return id->idp[0] != '\0' && strcmp(id->idp, "msa") != 0 &&
		       is_literal_allowed(config, id->idp);
	case GP_HOME_INTERNAL:
	case GP_HOME_UNKNOWN:
		break;
	}
	return false;
}

static void look_home(const struct gp_facts *f, struct gp_check *check)
{
	const struct gp_identity *id = f->identity;
	if (id == NULL || f->config == NULL || id->home == GP_HOME_UNKNOWN) {
		gp_check_input(check, NULL);
		gp_check_say(check, GP_CANNOT_TELL, "home-unknown");
		return;
	}
	gp_check_input(check, id->home == GP_HOME_ENTRA   ? id->home_tenant
			      : id->home == GP_HOME_OTHER ? id->idp
							  : home_name(id));
	/* Whether somebody with a password of ours is a guest is the class's affair. */
	bool internal = id->home == GP_HOME_INTERNAL;
	if (internal ? is_class_listed(f->config, "internal-guest")
		     : is_home_allowed(f->config, id)) {
		gp_check_yes(check);
	} else {
		gp_check_say(check, GP_NO, internal ? "home-internal" : "home-not-allowed");
	}
}

static void look_account_enabled(const struct gp_facts *f, struct gp_check *check)
{
	want_true(check, f->user != NULL ? f->user->account_enabled : GP_UNKNOWN, "guest-disabled",
		  "enabled-unknown");
}

static void look_member(const struct gp_facts *f, struct gp_check *check)
{
	want_true(check, f->member, "not-member", "membership-unknown");
}

static void look_state(const struct gp_facts *f, struct gp_check *check)
{
	enum gp_external_state state =
		f->user != NULL ? f->user->external_state : GP_EXTERNAL_UNKNOWN;
	gp_check_input(check, NULL);
	switch (state) {
	case GP_EXTERNAL_ACCEPTED:
		gp_check_input(check, "accepted");
		gp_check_yes(check);
		return;
	case GP_EXTERNAL_PENDING:
		gp_check_input(check, "pending");
		gp_check_say(check, GP_NO, "guest-pending");
		return;
	case GP_EXTERNAL_NONE:
		gp_check_input(check, "none");
		gp_check_say(check, GP_NO, "never-invited");
		return;
	case GP_EXTERNAL_UNKNOWN:
		break;
	}
	gp_check_say(check, GP_CANNOT_TELL, "state-unknown");
}

const struct gp_check_rule gp_check_rules[] = {
	{"binding", GP_PHASE_TOKEN, look_binding, false},
	{"tier-open", GP_PHASE_BEFORE, look_tier_open, false},
	{"service", GP_PHASE_BEFORE, look_service, false},
	{"clock", GP_PHASE_TOKEN, look_clock, false},
	{"canary", GP_PHASE_TOKEN, look_canary, false},
	{"sign-in", GP_PHASE_ACCOUNT, look_sign_in, false},
	{"revoked", GP_PHASE_BEFORE, gp_look_revoked, false},
	{"frozen", GP_PHASE_TOKEN, gp_look_frozen, false},
	{"guest-exists", GP_PHASE_TOKEN, look_guest_exists, false},
	{"quarantine", GP_PHASE_TOKEN, look_quarantine, false},
	{"client-info", GP_PHASE_TOKEN, look_client_info, false},
	{"same-person", GP_PHASE_TOKEN, gp_look_same_person, false},
	{"class", GP_PHASE_TOKEN, look_class, false},
	{"home", GP_PHASE_TOKEN, look_home, false},
	{"creation", GP_PHASE_TOKEN, gp_look_creation, true},
	{"account-enabled", GP_PHASE_TOKEN, look_account_enabled, false},
	{"member", GP_PHASE_TOKEN, look_member, false},
	{"state", GP_PHASE_TOKEN, look_state, false},
	{"pass", GP_PHASE_TOKEN, gp_look_pass, false},
	{"sudo", GP_PHASE_TOKEN, gp_look_sudo, false},
	{"sponsor", GP_PHASE_TOKEN, gp_look_sponsor, true},
	{"review", GP_PHASE_BEFORE, gp_look_review, true},
	{"idle", GP_PHASE_BEFORE, gp_look_idle, true},
	{"hours", GP_PHASE_BEFORE, gp_look_hours, true},
	{"network", GP_PHASE_BEFORE, gp_look_network, true},
	{"location", GP_PHASE_TOKEN, gp_look_location, false},
	{"sign-in-address", GP_PHASE_TOKEN, gp_look_sign_in_address, true},
	{"sign-in-age", GP_PHASE_TOKEN, gp_look_sign_in_age, true},
	{"context", GP_PHASE_TOKEN, gp_look_context, false},
};
const size_t gp_check_rules_len = sizeof(gp_check_rules) / sizeof(gp_check_rules[0]);
_Static_assert(sizeof(gp_check_rules) / sizeof(gp_check_rules[0]) <= GP_CHECKS_MAX,
	       "an admission must hold every check");
