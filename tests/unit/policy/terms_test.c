/* SPDX-License-Identifier: Apache-2.0 */
/* The checks of what tier and host demand: each verdict of each, every boundary second; and that no
 * verdict but yes is ever as good as yes. */
#include "policy/checks.h"

#include <stdio.h>

#include "config/syntax.h"
#include "tests/unit/policy/terms.h"

#include "contract/ban.h"

static void test_terms_revoked_and_frozen(void **state)
{
	(void)state;
	struct world w;
	world_good(&w);
	expect(&w, "revoked", GP_YES, "ok");
	expect(&w, "frozen", GP_YES, "ok");
	w.facts.revoked = GP_TRUE;
	w.facts.frozen = GP_TRUE;
	expect(&w, "revoked", GP_NO, "revoked");
	expect(&w, "frozen", GP_NO, "organisation-frozen");
	w.facts.revoked = GP_UNKNOWN;
	w.facts.frozen = GP_UNKNOWN;
	expect(&w, "revoked", GP_CANNOT_TELL, "revocation-unknown");
	expect(&w, "frozen", GP_CANNOT_TELL, "freeze-unknown");
	/* Before the token his home may not be known; a pinned one that is frozen is a no at once.
	 */
	world_before(&w);
	assert_int_equal(looked_at(&w, GP_PHASE_BEFORE, "frozen").verdict, GP_NOT_YET);
	w.facts.frozen = GP_TRUE;
	assert_int_equal(looked_at(&w, GP_PHASE_BEFORE, "frozen").verdict, GP_NO);
	w.facts.revoked = GP_UNKNOWN;
	assert_int_equal(looked_at(&w, GP_PHASE_BEFORE, "revoked").verdict, GP_CANNOT_TELL);
}

/* A guest who was here before as (tenant HOME, uid "u"). */
static void world_known(struct world *w)
{
	world_good(w);
	PUT(w->client_info.utid, HOME);
	PUT(w->client_info.uid, "u");
	w->facts.client_info = &w->client_info;
	PUT(w->baseline.utid, HOME);
	PUT(w->baseline.uid, "u");
	PUT(w->baseline.home, HOME);
	w->baseline.state_changed_s = NOW - 100 * DAY;
	w->user.state_changed_s = NOW - 100 * DAY;
	w->facts.baseline = &w->baseline;
}

static void test_terms_same_person(void **state)
{
	(void)state;
	struct world w;
	world_good(&w);
	expect(&w, "same-person", GP_YES, "ok"); /* his first time */
	w.facts.baseline_read = false;
	expect(&w, "same-person", GP_CANNOT_TELL, "person-unknown");
	world_known(&w);
	expect(&w, "same-person", GP_YES, "ok");
	PUT(w.baseline.mail, "of@before.example");
	expect(&w, "same-person", GP_YES, "ok"); /* a mail address may change at home */
	PUT(w.client_info.uid, "v");
	expect(&w, "same-person", GP_NO, "person-changed");
	world_known(&w);
	PUT(w.client_info.utid, SECOND);
	expect(&w, "same-person", GP_NO, "person-changed");
	world_known(&w);
	PUT(w.identity.home_tenant, SECOND);
	expect(&w, "same-person", GP_NO, "home-changed");
	world_known(&w);
	w.user.state_changed_s++;
	expect(&w, "same-person", GP_NO, "redeemed-again");
	world_known(&w);
	w.user.state_changed_s--;
	expect(&w, "same-person", GP_YES, "ok");
	world_known(&w);
	w.baseline.in_question = true;
	expect(&w, "same-person", GP_NO, "person-in-question");
	world_known(&w);
	w.facts.client_info = NULL;
	expect(&w, "same-person", GP_CANNOT_TELL, "person-unknown");
	/* Who never had one is compared by the rest. */
	w.baseline.utid[0] = '\0';
	expect(&w, "same-person", GP_YES, "ok");
	w.facts.identity = NULL;
	expect(&w, "same-person", GP_CANNOT_TELL, "person-unknown");
}

static void test_terms_creation(void **state)
{
	(void)state;
	struct world w;
	world_good(&w);
	expect(&w, "creation", GP_YES, "ok");
	PUT(w.config.creation_types[0], "invitation");
	w.config.creation_types_len = 1;
	expect(&w, "creation", GP_CANNOT_TELL, "creation-unknown");
	w.user.creation = GP_CREATION_INVITATION;
	expect(&w, "creation", GP_YES, "ok");
	w.user.creation = GP_CREATION_SELF_SERVICE;
	expect(&w, "creation", GP_NO, "creation-not-allowed");
	w.user.creation = GP_CREATION_NONE;
	expect(&w, "creation", GP_NO, "creation-not-allowed");
	w.user.creation = GP_CREATION_OTHER;
	expect(&w, "creation", GP_NO, "creation-not-allowed");
	w.facts.user = NULL;
	expect(&w, "creation", GP_CANNOT_TELL, "creation-unknown");
}

static void test_terms_pass(void **state)
{
	(void)state;
	struct world w;
	world_good(&w);
	expect(&w, "pass", GP_YES, "ok");
	w.config.max_stay_s = (uint32_t)DAY;
	expect(&w, "pass", GP_NO, "pass-ended");
	w.facts.passes.first_seen_s++;
	expect(&w, "pass", GP_YES, "ok");
	w.members[0] = GP_UNKNOWN;
	expect(&w, "pass", GP_CANNOT_TELL, "membership-unknown");
	assert_int_equal(looked_at(&w, GP_PHASE_BEFORE, "pass").verdict, GP_NOT_YET);
	w.facts.passes.first_seen_s--;
	assert_int_equal(looked_at(&w, GP_PHASE_BEFORE, "pass").verdict, GP_NO);
}

static void test_terms_sponsor(void **state)
{
	(void)state;
	struct world w;
	world_good(&w);
	w.facts.has_sponsor = GP_FALSE;
	expect(&w, "sponsor", GP_YES, "ok");
	w.config.sponsor_required = true;
	expect(&w, "sponsor", GP_NO, "no-sponsor");
	w.facts.has_sponsor = GP_UNKNOWN;
	expect(&w, "sponsor", GP_CANNOT_TELL, "sponsor-unknown");
	w.facts.has_sponsor = GP_TRUE;
	expect(&w, "sponsor", GP_YES, "ok");
}

static void test_terms_review(void **state)
{
	(void)state;
	struct world w;
	world_good(&w);
	w.config.review_every_s = 90 * (uint32_t)DAY;
	w.config.last_review_s = NOW - 90 * DAY + 1;
	expect(&w, "review", GP_YES, "ok");
	w.config.last_review_s--;
	expect(&w, "review", GP_NO, "review-overdue");
	w.config.last_review_s = 0;
	expect(&w, "review", GP_NO, "review-overdue");
}

static void test_terms_idle(void **state)
{
	(void)state;
	struct world w;
	world_good(&w);
	w.config.idle_limit_s = 30 * (uint32_t)DAY;
	w.facts.last_used_s = NOW - 30 * DAY + 1;
	expect(&w, "idle", GP_YES, "ok");
	w.facts.last_used_s--;
	expect(&w, "idle", GP_NO, "unused-too-long");
	w.facts.confirmed_s = NOW - DAY;
	expect(&w, "idle", GP_YES, "ok");
	w.facts.confirmed_s = NOW - 31 * DAY;
	expect(&w, "idle", GP_NO, "unused-too-long");
	/* A pass that nobody ever used rests as well. */
	w.facts.last_used_s = 0;
	w.facts.confirmed_s = 0;
	w.facts.passes.first_seen_s = NOW - 30 * DAY;
	expect(&w, "idle", GP_NO, "unused-too-long");
	w.facts.passes.first_seen_s = 0;
	expect(&w, "idle", GP_YES, "ok");
}

static void test_terms_hours(void **state)
{
	(void)state;
	struct world w;
	world_good(&w);
	expect(&w, "hours", GP_YES, "ok");
	PUT(w.config.hours, "Mon-Fri 07:00-19:00 Europe/Berlin");
	expect(&w, "hours", GP_CANNOT_TELL, "hour-unknown");
	w.facts.local_time.known = GP_TRUE;
	w.facts.local_time.weekday = 1;
	w.facts.local_time.minute = 7 * 60;
	expect(&w, "hours", GP_YES, "ok");
	w.facts.local_time.minute--;
	expect(&w, "hours", GP_NO, "outside-hours");
	w.facts.local_time.minute = 19 * 60 - 1;
	expect(&w, "hours", GP_YES, "ok");
	w.facts.local_time.minute++;
	expect(&w, "hours", GP_NO, "outside-hours");
	w.facts.local_time.minute = 12 * 60;
	w.facts.local_time.weekday = 6;
	expect(&w, "hours", GP_NO, "outside-hours");
	assert_int_equal(looked_at(&w, GP_PHASE_BEFORE, "hours").verdict, GP_NO);
}

static void test_terms_network(void **state)
{
	(void)state;
	static const struct {
		const char *address, *reason;
		enum gp_verdict verdict;
	} cases[] = {
		{"192.0.2.7", "ok", GP_YES},
		{"::ffff:192.0.2.7", "ok", GP_YES},
		{"2001:db8::1", "ok", GP_YES},
		{"192.0.3.7", "address-not-allowed", GP_NO},
		{"::1", "address-not-allowed", GP_NO},
		/* sshd with UseDNS gives a name, and whoever runs its zone says what it means. */
		{"host.partner.example", "address-unknown", GP_CANNOT_TELL},
		{"", "address-unknown", GP_CANNOT_TELL},
		{NULL, "address-unknown", GP_CANNOT_TELL},
	};
	struct world w;
	world_good(&w);
	w.facts.address = NULL;
	expect(&w, "network", GP_YES, "ok");
	PUT(w.config.networks[0], "192.0.2.0/24");
	PUT(w.config.networks[1], "2001:db8::/32");
	w.config.networks_len = 2;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		w.facts.address = cases[i].address;
		expect(&w, "network", cases[i].verdict, cases[i].reason);
	}
}

static void test_terms_classes_and_homes(void **state)
{
	(void)state;
	struct world w;
	world_good(&w);
	w.config.user_classes_len = 0;
	expect(&w, "class", GP_NO, "external-guest");
	world_good(&w);
	w.user.user_type = GP_USER_TYPE_MEMBER;
	w.identity.acct = 0;
	expect(&w, "class", GP_NO, "external-member");
	PUT(w.config.user_classes[0], "external-member");
	expect(&w, "class", GP_YES, "ok");
	w.identity.acct = 1;
	expect(&w, "class", GP_NO, "token-not-guest");
	world_good(&w);
	w.identity.home = GP_HOME_INTERNAL;
	PUT(w.config.user_classes[1], "internal-guest");
	w.config.user_classes_len = 2;
	expect(&w, "class", GP_YES, "ok");
	expect(&w, "home", GP_YES, "ok");
	w.user.user_type = GP_USER_TYPE_UNKNOWN;
	expect(&w, "class", GP_CANNOT_TELL, "class-unknown");
	w.user.user_type = GP_USER_TYPE_MEMBER;
	expect(&w, "class", GP_NO, "internal-member");
	world_good(&w);
	PUT(w.config.home_tenants_denied[0], HOME);
	w.config.home_tenants_denied_len = 1;
	expect(&w, "home", GP_NO, "home-not-allowed");
}

/* A rule that is tried out is recorded as it would be, and changes nothing; no other rule can be.
 */
static void test_terms_report(void **state)
{
	(void)state;
	struct world w;
	struct gp_admission a;
	world_good(&w);
	w.config.sponsor_required = true;
	w.facts.has_sponsor = GP_FALSE;
	gp_admission_decide(&w.facts, GP_PHASE_TOKEN, &a);
	assert_int_equal(a.verdict, GP_NO);
	PUT(w.config.report[0], "sponsor");
	PUT(w.config.report[1], "binding");
	PUT(w.config.report[2], "pass");
	w.config.report_len = 3;
	gp_admission_decide(&w.facts, GP_PHASE_TOKEN, &a);
	assert_int_equal(a.verdict, GP_YES);
	assert_int_equal(check_of(&a, "sponsor")->verdict, GP_NO);
	assert_true(check_of(&a, "sponsor")->report);
	w.members[0] = GP_FALSE;
	gp_admission_decide(&w.facts, GP_PHASE_TOKEN, &a);
	assert_int_equal(a.verdict, GP_NO);
	world_good(&w);
	PUT(w.config.report[0], "binding");
	w.config.report_len = 1;
	PUT(w.identity.oid, SECOND);
	gp_admission_decide(&w.facts, GP_PHASE_TOKEN, &a);
	assert_int_equal(a.verdict, GP_NO);
	/* What the configuration takes for "report", and what may report, are one list. */
	for (size_t i = 0; i < gp_check_rules_len; i++) {
		assert_int_equal(gp_syntax_reportable(gp_str_from(gp_check_rules[i].name)),
				 gp_check_rules[i].may_report);
	}
}

/* Whatever one check says other than yes, once its phase has come nobody enters. */
static void test_terms_any_other_verdict_turns_it(void **state)
{
	(void)state;
	static const enum gp_verdict others[] = {GP_NO, GP_CANNOT_TELL, (enum gp_verdict)77};
	struct world w;
	struct gp_admission good;
	world_good(&w);
	gp_admission_decide(&w.facts, GP_PHASE_ACCOUNT, &good);
	assert_int_equal(good.verdict, GP_YES);
	for (size_t i = 0; i < good.len; i++) {
		for (size_t k = 0; k < sizeof(others) / sizeof(others[0]); k++) {
			struct gp_admission a = good;
			a.checks[i].verdict = others[k];
			a.checks[i].reason = "turned";
			gp_admission_conclude(&a, GP_PHASE_ACCOUNT);
			assert_int_equal(a.verdict, GP_NO);
			assert_string_equal(a.reason, "turned");
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_terms_revoked_and_frozen),
		cmocka_unit_test(test_terms_same_person),
		cmocka_unit_test(test_terms_creation),
		cmocka_unit_test(test_terms_pass),
		cmocka_unit_test(test_terms_sponsor),
		cmocka_unit_test(test_terms_review),
		cmocka_unit_test(test_terms_idle),
		cmocka_unit_test(test_terms_hours),
		cmocka_unit_test(test_terms_network),
		cmocka_unit_test(test_terms_classes_and_homes),
		cmocka_unit_test(test_terms_report),
		cmocka_unit_test(test_terms_any_other_verdict_turns_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
