/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/admission.h"

#include <stdio.h>

#include "contract/text.h"
#include "tests/unit/policy/world.h"

#include "contract/ban.h"

static void test_admission_good(void **state)
{
	(void)state;
	struct world w;
	struct gp_admission a;
	world_good(&w);
	gp_admission_decide(&w.facts, GP_PHASE_ACCOUNT, &a);
	assert_int_equal(a.verdict, GP_YES);
	assert_string_equal(a.reason, "ok");
	assert_int_equal(a.len, 29);
	for (size_t i = 0; i < a.len; i++) {
		assert_int_equal(a.checks[i].verdict, GP_YES);
		assert_string_equal(a.checks[i].reason, "ok");
		assert_true(a.checks[i].input[0] != '\0');
	}
	w.facts.signed_in = false;
	gp_admission_decide(&w.facts, GP_PHASE_TOKEN, &a);
	assert_int_equal(a.verdict, GP_YES);
	assert_int_equal(check_of(&a, "sign-in")->verdict, GP_NOT_YET);
	/* Before the sign-in the best that can be said is that nothing speaks against it. */
	w.facts.signed_in = true;
	gp_admission_decide(&w.facts, GP_PHASE_BEFORE, &a);
	assert_int_equal(a.verdict, GP_NOT_YET);
	world_before(&w);
	gp_admission_decide(&w.facts, GP_PHASE_BEFORE, &a);
	assert_int_equal(a.verdict, GP_NOT_YET);
	assert_int_equal(check_of(&a, "binding")->verdict, GP_NOT_YET);
	assert_int_equal(check_of(&a, "account-enabled")->verdict, GP_YES);
}

static void test_admission_zero_denies(void **state)
{
	(void)state;
	static const struct gp_facts zero;
	struct gp_admission a;
	for (int phase = GP_PHASE_BEFORE; phase <= GP_PHASE_ACCOUNT; phase++) {
		memset(&a, 0xff, sizeof(a));
		gp_admission_decide(&zero, (enum gp_phase)phase, &a);
		assert_int_equal(a.verdict, GP_NO);
		for (size_t i = 0; i < a.len; i++) {
			assert_int_not_equal(a.checks[i].verdict, GP_YES);
		}
		memset(&a, 0xff, sizeof(a));
		gp_admission_decide(NULL, (enum gp_phase)phase, &a);
		assert_int_equal(a.verdict, GP_NO);
	}
	memset(&a, 0, sizeof(a));
	assert_int_equal(a.verdict, GP_NO);
	assert_string_equal(gp_verdict_name(a.verdict), "no");
	assert_string_equal(gp_verdict_name(GP_YES), "yes");
	assert_string_equal(gp_verdict_name(GP_NOT_YET), "not-yet");
	assert_string_equal(gp_verdict_name(GP_CANNOT_TELL), "cannot-tell");
}

/* Each row breaks one thing. BEFORE: does it refuse already before the sign-in? */
struct broken {
	const char *check, *reason;
	void (*breaks)(struct world *w);
	bool before;
};

#define BREAK(fn, statement)                                                                       \
	static void fn(struct world *w)                                                            \
	{                                                                                          \
		statement;                                                                         \
	}
BREAK(no_config, w->facts.config = NULL)
BREAK(tier_never, w->config.guests = GP_GUESTS_NEVER)
BREAK(tier_garbage, memset(&w->config.guests, 0x5a, sizeof(w->config.guests)))
BREAK(no_service, w->facts.service = NULL)
BREAK(empty_service, w->facts.service = "")
BREAK(other_service, w->facts.service = "cron")
BREAK(longer_service, w->facts.service = "sshd2")
BREAK(clock_off, w->facts.clock_ok = GP_FALSE)
BREAK(clock_unknown, w->facts.clock_ok = GP_UNKNOWN)
BREAK(canary_off, w->facts.canary = GP_FALSE)
BREAK(canary_unknown, w->facts.canary = GP_UNKNOWN)
BREAK(gone, w->facts.user_gone = true)
BREAK(no_user, w->facts.user = NULL)
BREAK(user_without_id, w->user.id[0] = '\0')
BREAK(quarantined, w->facts.quarantined = GP_TRUE)
BREAK(quarantine_unknown, w->facts.quarantined = GP_UNKNOWN)
BREAK(client_info_off, w->facts.client_info_ok = GP_FALSE)
BREAK(client_info_unknown, w->facts.client_info_ok = GP_UNKNOWN)
BREAK(disabled, w->user.account_enabled = GP_FALSE)
BREAK(enabled_unknown, w->user.account_enabled = GP_UNKNOWN)
BREAK(enabled_garbage, memset(&w->user.account_enabled, 0x5a, sizeof(w->user.account_enabled)))
BREAK(pending, w->user.external_state = GP_EXTERNAL_PENDING)
BREAK(never_invited, w->user.external_state = GP_EXTERNAL_NONE)
BREAK(state_unknown, w->user.external_state = GP_EXTERNAL_UNKNOWN)
BREAK(type_member, w->user.user_type = GP_USER_TYPE_MEMBER)
BREAK(type_unknown, w->user.user_type = GP_USER_TYPE_UNKNOWN)
BREAK(acct_member, w->identity.acct = 0)
BREAK(acct_other, w->identity.acct = 2)
BREAK(internal_guest, w->identity.home = GP_HOME_INTERNAL)
BREAK(internal_member, w->identity.home = GP_HOME_INTERNAL; w->user.user_type = GP_USER_TYPE_MEMBER)
BREAK(home_unknown, w->identity.home = GP_HOME_UNKNOWN)
BREAK(home_garbage, memset(&w->identity.home, 0x5a, sizeof(w->identity.home)))
BREAK(home_unlisted, PUT(w->identity.home_tenant, OID))
BREAK(home_empty, w->identity.home_tenant[0] = '\0')
BREAK(home_ours, PUT(w->identity.home_tenant, TENANT); PUT(w->config.home_tenants[0], TENANT))
BREAK(no_homes, w->config.home_tenants_len = 0)
BREAK(msa_unlisted, w->identity.home = GP_HOME_MSA)
BREAK(other_unlisted, w->identity.home = GP_HOME_OTHER; PUT(w->identity.idp, "facebook.com"))
BREAK(other_prefix, w->identity.home = GP_HOME_OTHER; PUT(w->identity.idp, "google.co"))
BREAK(other_case, w->identity.home = GP_HOME_OTHER; PUT(w->identity.idp, "Google.com"))
BREAK(other_empty, w->identity.home = GP_HOME_OTHER; w->config.idp_allowed_len = 2)
BREAK(other_says_msa, w->identity.home = GP_HOME_OTHER; PUT(w->identity.idp, "msa");
      PUT(w->config.idp_allowed[0], "msa"))
BREAK(not_member, w->facts.member = GP_FALSE)
BREAK(member_unknown, w->facts.member = GP_UNKNOWN)
BREAK(no_identity, w->facts.identity = NULL)
BREAK(no_guest_oid, w->facts.guest_oid = NULL)
BREAK(other_person, PUT(w->identity.oid, SECOND))
BREAK(empty_person, w->identity.oid[0] = '\0')
BREAK(both_empty, w->identity.oid[0] = '\0'; w->facts.guest_oid = "")
BREAK(other_tenant, PUT(w->identity.tid, HOME))
BREAK(no_tenant, w->identity.tid[0] = '\0'; w->config.tenant_id[0] = '\0')
BREAK(other_object, PUT(w->user.id, SECOND))
BREAK(not_signed_in, w->facts.signed_in = false)

static const struct broken rows[] = {
	{"tier-open", "tier-unknown", no_config, true},
	{"tier-open", "tier-closed", tier_never, true},
	{"tier-open", "tier-closed", tier_garbage, true},
	{"service", "service-unknown", no_service, true},
	{"service", "service-unknown", empty_service, true},
	{"service", "service-not-allowed", other_service, true},
	{"service", "service-not-allowed", longer_service, true},
	{"clock", "clock-wrong", clock_off, true},
	{"clock", "clock-unknown", clock_unknown, false},
	{"canary", "canary-failed", canary_off, true},
	{"canary", "canary-unknown", canary_unknown, false},
	{"guest-exists", "guest-gone", gone, true},
	{"guest-exists", "guest-unknown", no_user, false},
	{"guest-exists", "guest-unknown", user_without_id, false},
	{"quarantine", "quarantined", quarantined, true},
	{"quarantine", "quarantine-unknown", quarantine_unknown, false},
	{"client-info", "client-info-differs", client_info_off, true},
	{"client-info", "client-info-unknown", client_info_unknown, false},
	{"account-enabled", "guest-disabled", disabled, true},
	{"account-enabled", "enabled-unknown", enabled_unknown, false},
	{"account-enabled", "enabled-unknown", enabled_garbage, false},
	{"account-enabled", "enabled-unknown", no_user, false},
	{"state", "guest-pending", pending, true},
	{"state", "never-invited", never_invited, true},
	{"state", "state-unknown", state_unknown, false},
	{"state", "state-unknown", no_user, false},
	{"class", "external-member", type_member, false},
	{"class", "class-unknown", type_unknown, false},
	{"class", "token-not-guest", acct_member, false},
	{"class", "token-not-guest", acct_other, false},
	{"class", "internal-guest", internal_guest, false},
	{"class", "internal-member", internal_member, false},
	{"class", "class-unknown", home_unknown, false},
	{"class", "class-unknown", home_garbage, false},
	{"home", "home-not-allowed", home_unlisted, false},
	{"home", "home-not-allowed", home_empty, false},
	{"home", "home-not-allowed", home_ours, false},
	{"home", "home-not-allowed", no_homes, false},
	{"home", "home-not-allowed", msa_unlisted, false},
	{"home", "home-not-allowed", other_unlisted, false},
	{"home", "home-not-allowed", other_prefix, false},
	{"home", "home-not-allowed", other_case, false},
	{"home", "home-not-allowed", other_empty, false},
	{"home", "home-not-allowed", other_says_msa, false},
	{"home", "home-not-allowed", home_garbage, false},
	{"home", "home-unknown", home_unknown, false},
	{"home", "home-internal", internal_guest, false},
	{"home", "home-unknown", no_identity, false},
	{"member", "not-member", not_member, true},
	{"member", "membership-unknown", member_unknown, false},
	{"binding", "not-proved", no_identity, false},
	{"binding", "not-proved", no_guest_oid, false},
	{"binding", "not-proved", no_config, false},
	{"binding", "oid-differs", other_person, false},
	{"binding", "oid-differs", empty_person, false},
	{"binding", "oid-differs", both_empty, false},
	{"binding", "tenant-differs", other_tenant, false},
	{"binding", "tenant-differs", no_tenant, false},
	{"binding", "object-differs", other_object, false},
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

static void test_admission_each_check_alone_denies(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS; i++) {
		for (int phase = GP_PHASE_TOKEN; phase <= GP_PHASE_ACCOUNT; phase++) {
			struct world w;
			struct gp_admission a;
			world_good(&w);
			rows[i].breaks(&w);
			gp_admission_decide(&w.facts, (enum gp_phase)phase, &a);
			const struct gp_check *check = check_of(&a, rows[i].check);
			assert_int_equal(a.verdict, GP_NO);
			assert_string_equal(check->reason, rows[i].reason);
			assert_true(check->verdict == GP_NO || check->verdict == GP_CANNOT_TELL);
			assert_int_equal(a.len, 29);
		}
	}
}

static void test_admission_before_refuses_only_definite_no(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS; i++) {
		struct world w;
		struct gp_admission a;
		world_before(&w);
		rows[i].breaks(&w);
		if (w.facts.identity != NULL || rows[i].breaks == type_member ||
		    rows[i].breaks == internal_member || rows[i].breaks == no_config) {
			continue;
		}
		gp_admission_decide(&w.facts, GP_PHASE_BEFORE, &a);
		assert_int_equal(a.verdict, rows[i].before ? GP_NO : GP_NOT_YET);
		assert_string_equal(a.reason, rows[i].before ? rows[i].reason : "ok");
	}
	struct world w;
	struct gp_admission a;
	world_before(&w);
	w.user.user_type = GP_USER_TYPE_MEMBER;
	gp_admission_decide(&w.facts, GP_PHASE_BEFORE, &a);
	assert_int_equal(a.verdict, GP_NO);
	assert_string_equal(a.reason, "not-a-guest");
}

static void test_admission_account_needs_the_sign_in(void **state)
{
	(void)state;
	struct world w;
	struct gp_admission a;
	world_good(&w);
	not_signed_in(&w);
	gp_admission_decide(&w.facts, GP_PHASE_ACCOUNT, &a);
	assert_int_equal(a.verdict, GP_NO);
	assert_string_equal(a.reason, "not-signed-in");
}

static void test_admission_homes(void **state)
{
	(void)state;
	struct world w;
	struct gp_admission a;
	world_good(&w);
	w.identity.acct = -1;
	w.identity.home = GP_HOME_OTHER;
	PUT(w.identity.idp, "google.com");
	gp_admission_decide(&w.facts, GP_PHASE_TOKEN, &a);
	assert_int_equal(a.verdict, GP_YES);
	w.identity.home = GP_HOME_MSA;
	PUT(w.config.idp_allowed[0], "msa");
	gp_admission_decide(&w.facts, GP_PHASE_TOKEN, &a);
	assert_int_equal(a.verdict, GP_YES);
}

/* Whatever else is wrong with the guest, another person is told only that he is another person. */
static void test_admission_binding_hides_everything_else(void **state)
{
	(void)state;
	char told[1024], alone[1024];
	struct world w;
	struct gp_admission a;
	world_good(&w);
	other_person(&w);
	gp_admission_decide(&w.facts, GP_PHASE_TOKEN, &a);
	gp_admission_sentence(&a, GP_PHASE_TOKEN, &w.config, alone, sizeof(alone));
	for (size_t i = 0; i < ROWS; i++) {
		world_good(&w);
		rows[i].breaks(&w);
		if (strcmp(rows[i].check, "binding") == 0 || w.facts.config == NULL ||
		    w.facts.identity == NULL) {
			continue;
		}
		other_person(&w);
		gp_admission_decide(&w.facts, GP_PHASE_TOKEN, &a);
		assert_string_equal(a.reason, "oid-differs");
		gp_admission_sentence(&a, GP_PHASE_TOKEN, &w.config, told, sizeof(told));
		assert_string_equal(told, alone);
	}
}

static void test_admission_sentence_after_proof(void **state)
{
	(void)state;
	char told[1024], generic[1024];
	struct world w;
	struct gp_admission a;
	world_good(&w);
	no_identity(&w);
	gp_admission_decide(&w.facts, GP_PHASE_TOKEN, &a);
	gp_admission_sentence(&a, GP_PHASE_TOKEN, &w.config, generic, sizeof(generic));
	for (size_t i = 0; i < ROWS; i++) {
		world_good(&w);
		rows[i].breaks(&w);
		gp_admission_decide(&w.facts, GP_PHASE_TOKEN, &a);
		gp_admission_sentence(&a, GP_PHASE_TOKEN, &w.config, told, sizeof(told));
		bool proved = check_of(&a, "binding")->verdict == GP_YES ||
			      strcmp(a.reason, "oid-differs") == 0;
		if (proved) {
			/* Every reason has its own sentence. */
			assert_string_not_equal(told, generic);
		} else {
			assert_string_equal(told, generic);
		}
		assert_true(gp_text_is_safe(gp_str_from(told), GP_TEXT_LINE));
		assert_null(strchr(told, '\n'));
	}
}

static void test_admission_sentence_before(void **state)
{
	(void)state;
	char told[1024], generic[1024];
	struct world w;
	struct gp_admission a;
	world_before(&w);
	PUT(w.config.redemption_url, "https://invite.example/redeem");
	disabled(&w);
	gp_admission_decide(&w.facts, GP_PHASE_BEFORE, &a);
	gp_admission_sentence(&a, GP_PHASE_BEFORE, &w.config, generic, sizeof(generic));
	assert_null(strstr(generic, "disabled"));
	/* Disabled as well as pending: the redemption would be in vain, and nothing is told. */
	pending(&w);
	gp_admission_decide(&w.facts, GP_PHASE_BEFORE, &a);
	assert_string_equal(a.reason, "guest-disabled");
	for (size_t i = 0; i < ROWS; i++) {
		struct world v;
		world_before(&v);
		PUT(v.config.redemption_url, "https://invite.example/redeem");
		rows[i].breaks(&v);
		gp_admission_decide(&v.facts, GP_PHASE_BEFORE, &a);
		gp_admission_sentence(&a, GP_PHASE_BEFORE, &v.config, told, sizeof(told));
		if (rows[i].breaks == pending) {
			assert_non_null(strstr(told, "https://invite.example/redeem"));
		} else {
			assert_string_equal(told, generic);
		}
	}
}

static void test_admission_sentence_links(void **state)
{
	(void)state;
	char told[1024], small[16];
	struct world w;
	struct gp_admission a;
	world_good(&w);
	not_member(&w);
	PUT(w.config.access_request_url, "https://myaccess.example/x");
	gp_admission_decide(&w.facts, GP_PHASE_TOKEN, &a);
	gp_admission_sentence(&a, GP_PHASE_TOKEN, &w.config, told, sizeof(told));
	assert_non_null(strstr(told, "no group"));
	assert_non_null(strstr(told, "https://myaccess.example/x"));
	gp_admission_sentence(&a, GP_PHASE_BEFORE, &w.config, told, sizeof(told));
	assert_null(strstr(told, "no group"));
	assert_non_null(strstr(told, "https://myaccess.example/x"));
	gp_admission_sentence(&a, GP_PHASE_TOKEN, &w.config, small, sizeof(small));
	assert_string_equal(small, "");
	gp_admission_sentence(&a, GP_PHASE_TOKEN, NULL, told, sizeof(told));
	assert_non_null(strstr(told, "no group"));
	memset(&a, 0, sizeof(a));
	gp_admission_sentence(&a, GP_PHASE_TOKEN, NULL, told, sizeof(told));
	assert_non_null(strstr(told, "cannot sign in"));
}

/* What was looked at is recorded, and is safe to print. */
static void test_admission_input_is_safe(void **state)
{
	(void)state;
	struct world w;
	struct gp_admission a;
	world_good(&w);
	w.facts.service = "ss\x1b[2Jhd\n";
	w.identity.home = GP_HOME_OTHER;
	/* A mark that turns the direction of the text, as bytes: linters refuse it in a literal. */
	static const unsigned char tail[] = {0xe2, 0x80, 0xae, 0x07, 0};
	PUT(w.identity.idp, "https://evil.example/");
	memcpy(w.identity.idp + strlen(w.identity.idp), tail, sizeof(tail));
	gp_admission_decide(&w.facts, GP_PHASE_TOKEN, &a);
	assert_int_equal(a.verdict, GP_NO);
	for (size_t i = 0; i < a.len; i++) {
		assert_true(gp_text_is_safe(gp_str_from(a.checks[i].input), GP_TEXT_LINE));
	}
	assert_non_null(strstr(check_of(&a, "home")->input, "https://evil.example/"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_admission_good),
		cmocka_unit_test(test_admission_zero_denies),
		cmocka_unit_test(test_admission_each_check_alone_denies),
		cmocka_unit_test(test_admission_before_refuses_only_definite_no),
		cmocka_unit_test(test_admission_account_needs_the_sign_in),
		cmocka_unit_test(test_admission_homes),
		cmocka_unit_test(test_admission_binding_hides_everything_else),
		cmocka_unit_test(test_admission_sentence_after_proof),
		cmocka_unit_test(test_admission_sentence_before),
		cmocka_unit_test(test_admission_sentence_links),
		cmocka_unit_test(test_admission_input_is_safe),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
