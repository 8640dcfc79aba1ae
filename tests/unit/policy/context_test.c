/* SPDX-License-Identifier: Apache-2.0 */
/* When an authentication context counts: only if an enabled policy on it certainly applies to this
 * guest and asks for something. In brackets the part of Microsoft's documentation. */
// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
// clang-format on

#include "policy/conditional_access.h"
#include "tests/unit/policy/terms.h"

#include "contract/ban.h"

#define GUEST_OID "cccccccc-0000-4000-8000-000000000003"
#define OTHER     "cccccccc-0000-4000-8000-0000000000ff"
#define IN        "67000000-0001-4e00-8e00-000000000001"
#define ELSEWHERE "67000000-0002-4e00-8e00-000000000002"
#define FROM      "bbbbbbbb-0000-4000-8000-000000000002"
#define TEXT_MAX  4096

#define ALL  "{\"includeUsers\":[\"All\"]}"
#define C1   "{\"includeAuthenticationContextClassReferences\":[\"c1\"]}"
#define MFA  "{\"operator\":\"OR\",\"builtInControls\":[\"mfa\"]}"
#define ON   "enabled"
#define NONE ""

struct row {
	const char *cite;
	enum gp_tri expected;
	const char *state, *users, *apps, *more, *grant, *session;
};

/* clang-format off */
static const struct row rows[] = {
	{"contexts: a policy for all that asks for a second factor", GP_TRUE, ON, ALL, C1, NONE, MFA, "null"},
	{"contexts: no policy names it", GP_FALSE, ON, ALL, "{\"includeAuthenticationContextClassReferences\":[\"c2\"]}", NONE, MFA, "null"},
	{"contexts: c11 is not c1", GP_FALSE, ON, ALL, "{\"includeAuthenticationContextClassReferences\":[\"c11\"]}", NONE, MFA, "null"},
	{"contexts: among others", GP_TRUE, ON, ALL, "{\"includeAuthenticationContextClassReferences\":[\"c2\",\"c1\"]}", NONE, MFA, "null"},
	{"applications: a policy for every API is not one on a context", GP_FALSE, ON, ALL, "{\"includeApplications\":[\"All\"]}", NONE, MFA, "null"},
	{"applications: both at once", GP_UNKNOWN, ON, ALL, "{\"includeApplications\":[\"All\"],\"includeAuthenticationContextClassReferences\":[\"c1\"]}", NONE, MFA, "null"},
	{"applications: a member of later", GP_UNKNOWN, ON, ALL, "{\"networkAccess\":{\"x\":1},\"includeAuthenticationContextClassReferences\":[\"c1\"]}", NONE, MFA, "null"},
	{"semantics 3: report-only", GP_FALSE, "enabledForReportingButNotEnforced", ALL, C1, NONE, MFA, "null"},
	{"semantics 3: disabled", GP_FALSE, "disabled", ALL, C1, NONE, MFA, "null"},
	{"state: a word of later", GP_UNKNOWN, "enabledForSome", ALL, C1, NONE, MFA, "null"},
	{"grant: nothing is asked for", GP_FALSE, ON, ALL, C1, NONE, "null", "null"},
	{"session: a frequency", GP_TRUE, ON, ALL, C1, NONE, "null", "{\"signInFrequency\":{\"isEnabled\":true,\"frequencyInterval\":\"everyTime\"}}"},
	{"session: a frequency that is off", GP_FALSE, ON, ALL, C1, NONE, "null", "{\"signInFrequency\":{\"isEnabled\":false}}"},
	{"grant: block", GP_TRUE, ON, ALL, C1, NONE, "{\"operator\":\"OR\",\"builtInControls\":[\"block\"]}", "null"},
	{"grant: a control of later alone", GP_UNKNOWN, ON, ALL, C1, NONE, "{\"operator\":\"OR\",\"builtInControls\":[\"unknownFutureValue\"]}", "null"},
	{"grant: a control of later beside one that is known", GP_TRUE, ON, ALL, C1, NONE, "{\"operator\":\"AND\",\"builtInControls\":[\"unknownFutureValue\",\"mfa\"]}", "null"},
	{"grant: or a control of later", GP_UNKNOWN, ON, ALL, C1, NONE, "{\"operator\":\"OR\",\"builtInControls\":[\"mfa\",\"unknownFutureValue\"]}", "null"},
	{"grant: or a member of later", GP_UNKNOWN, ON, ALL, C1, NONE, "{\"operator\":\"OR\",\"builtInControls\":[\"mfa\"],\"laterMember\":1}", "null"},
	{"grant: and a member of later", GP_TRUE, ON, ALL, C1, NONE, "{\"operator\":\"AND\",\"builtInControls\":[\"mfa\"],\"laterMember\":1}", "null"},
	{"grant: an operator of later", GP_UNKNOWN, ON, ALL, C1, NONE, "{\"operator\":\"SOME\",\"builtInControls\":[\"mfa\",\"unknownFutureValue\"]}", "null"},
	{"grant: or a control of later, with a frequency", GP_TRUE, ON, ALL, C1, NONE, "{\"operator\":\"OR\",\"builtInControls\":[\"unknownFutureValue\"]}", "{\"signInFrequency\":{\"isEnabled\":true,\"frequencyInterval\":\"everyTime\"}}"},
	{"grant: an annotation of Graph's", GP_TRUE, ON, ALL, C1, NONE, "{\"operator\":\"OR\",\"builtInControls\":[\"mfa\"],\"authenticationStrength@odata.context\":\"https://graph.example/x\",\"authenticationStrength\":null}", "null"},
	{"grant: a member of later alone", GP_UNKNOWN, ON, ALL, C1, NONE, "{\"operator\":\"OR\",\"laterMember\":0}", "null"},
	{"grant: empty lists", GP_FALSE, ON, ALL, C1, NONE, "{\"operator\":\"OR\",\"builtInControls\":[],\"termsOfUse\":[],\"laterMember\":{}}", "null"},
	{"grant: terms of use", GP_TRUE, ON, ALL, C1, NONE, "{\"operator\":\"OR\",\"builtInControls\":[],\"termsOfUse\":[\"x\"]}", "null"},
	{"grant: a strength", GP_TRUE, ON, ALL, C1, NONE, "{\"operator\":\"OR\",\"authenticationStrength\":{\"id\":\"x\"}}", "null"},
	{"users: a group of his", GP_TRUE, ON, "{\"includeGroups\":[\"" IN "\"]}", C1, NONE, MFA, "null"},
	{"users: another group", GP_FALSE, ON, "{\"includeGroups\":[\"" ELSEWHERE "\"]}", C1, NONE, MFA, "null"},
	{"users: somebody else", GP_FALSE, ON, "{\"includeUsers\":[\"" OTHER "\"]}", C1, NONE, MFA, "null"},
	{"users: excluded by a group", GP_FALSE, ON, "{\"includeUsers\":[\"All\"],\"excludeGroups\":[\"" IN "\"]}", C1, NONE, MFA, "null"},
	{"users: an excluded group that he is not seen in", GP_UNKNOWN, ON, "{\"includeUsers\":[\"All\"],\"excludeGroups\":[\"" ELSEWHERE "\"]}", C1, NONE, MFA, "null"},
	{"users: an exclusion of a role, which nobody knows", GP_UNKNOWN, ON, "{\"includeUsers\":[\"All\"],\"excludeRoles\":[\"" OTHER "\"]}", C1, NONE, MFA, "null"},
	{"guests: of his home", GP_TRUE, ON, "{\"includeGuestsOrExternalUsers\":{\"guestOrExternalUserTypes\":\"b2bCollaborationGuest\",\"externalTenants\":{\"membershipKind\":\"enumerated\",\"members\":[\"" FROM "\"]}}}", C1, NONE, MFA, "null"},
	{"guests: of another home", GP_FALSE, ON, "{\"includeGuestsOrExternalUsers\":{\"guestOrExternalUserTypes\":\"b2bCollaborationGuest\",\"externalTenants\":{\"membershipKind\":\"enumerated\",\"members\":[\"" OTHER "\"]}}}", C1, NONE, MFA, "null"},
	{"locations: narrowed by a place", GP_UNKNOWN, ON, ALL, C1, ",\"locations\":{\"includeLocations\":[\"All\"],\"excludeLocations\":[\"AllTrusted\"]}", MFA, "null"},
	{"locations: everywhere narrows nothing", GP_TRUE, ON, ALL, C1, ",\"locations\":{\"includeLocations\":[\"All\"],\"excludeLocations\":[]}", MFA, "null"},
	{"platforms: narrowed", GP_UNKNOWN, ON, ALL, C1, ",\"platforms\":{\"includePlatforms\":[\"windows\"]}", MFA, "null"},
	{"risk: narrowed", GP_UNKNOWN, ON, ALL, C1, ",\"signInRiskLevels\":[\"high\"]", MFA, "null"},
	{"devices: narrowed", GP_UNKNOWN, ON, ALL, C1, ",\"devices\":{\"deviceFilter\":{\"mode\":\"exclude\",\"rule\":\"x\"}}", MFA, "null"},
	{"client applications: narrowed", GP_UNKNOWN, ON, ALL, C1, ",\"clientAppTypes\":[\"browser\"]", MFA, "null"},
	{"flows: another one", GP_FALSE, ON, ALL, C1, ",\"authenticationFlows\":{\"transferMethods\":\"authenticationTransfer\"}", MFA, "null"},
	{"empty members are not configured", GP_TRUE, ON, ALL, C1, ",\"platforms\":null,\"times\":null,\"devices\":{},\"signInRiskLevels\":[]", MFA, "null"},
};
/* clang-format on */

static enum gp_tri asked(const char *policies, struct gp_ca_finding *by)
{
	static const char groups[][GP_GUID_TEXT] = {IN};
	static const struct gp_ca_signin signin = {
		.oid = GUEST_OID,
		.groups = groups,
		.groups_len = 1,
		.groups_known = true,
		.guest = GP_CA_B2B_GUEST,
		.home_is_entra = GP_TRUE,
		.home_tenant = FROM,
		.api = OTHER,
	};
	struct gp_ca_set *set = NULL;
	struct gp_error err = {0};
	char text[TEXT_MAX];
	assert_int_equal(gp_format(text, sizeof(text),
				   "{\"policies\":[{\"value\":[%s]}],\"locations\":[],"
				   "\"default\":{},\"partners\":[]}",
				   policies),
			 GP_ST_OK);
	if (gp_ca_set_parse(gp_str_from(text), &set, &err) != GP_ST_OK)
		fail_msg("%s: %s", err.text, text);
	enum gp_tri out = gp_ca_context(set, &signin, "c1", by);
	gp_ca_set_free(set);
	return out;
}

static void write_policy(const struct row *row, char *out, size_t size)
{
	assert_int_equal(gp_format(out, size,
				   "{\"id\":\"" OTHER "\",\"displayName\":\"P\",\"state\":\"%s\","
				   "\"conditions\":{\"users\":%s,\"applications\":%s%s},"
				   "\"grantControls\":%s,\"sessionControls\":%s}",
				   row->state, row->users, row->apps, row->more, row->grant,
				   row->session),
			 GP_ST_OK);
}

static void test_context_each_member(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char policy[TEXT_MAX / 2];
		struct gp_ca_finding by;
		write_policy(&rows[i], policy, sizeof(policy));
		enum gp_tri got = asked(policy, &by);
		if (got != rows[i].expected)
			fail_msg("%s: %d, not %d", rows[i].cite, (int)got, (int)rows[i].expected);
		assert_string_equal(by.name, got == GP_TRUE ? "P" : "");
	}
}

/* One that certainly protects it is enough; where none does, one that might leaves it open. */
static void test_context_of_several(void **state)
{
	(void)state;
	char no[512], maybe[512], yes[512];
	char several[TEXT_MAX - 512];
	struct gp_ca_finding by;
	write_policy(&rows[1], no, sizeof(no));
	write_policy(&rows[5], maybe, sizeof(maybe));
	write_policy(&rows[0], yes, sizeof(yes));
	assert_int_equal(asked("", &by), GP_FALSE);
	assert_int_equal(gp_format(several, sizeof(several), "%s,%s", no, maybe), GP_ST_OK);
	assert_int_equal(asked(several, &by), GP_UNKNOWN);
	assert_int_equal(gp_format(several, sizeof(several), "%s,%s,%s", no, maybe, yes), GP_ST_OK);
	assert_int_equal(asked(several, &by), GP_TRUE);
	assert_string_equal(by.name, "P");
}

static void test_context_check(void **state)
{
	(void)state;
	struct world w;
	world_good(&w);
	expect(&w, "context", GP_YES, "ok");
	assert_int_equal(gp_copy(w.config.auth_context, GP_CONTEXT_TEXT, GP_STR("c1")), GP_ST_OK);
	w.config.ssh_location = GP_SSH_LOCATION_REPORT;
	w.config.policy_max_age_s = 3600;
	expect(&w, "context", GP_CANNOT_TELL, "context-unknown"); /* no policies */
	w.facts.location.read_s = NOW - 3600;
	expect(&w, "context", GP_NO, "context-missing");
	static const char *const others[] = {"c2", "c11", "c11 c2", "xc1"};
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		assert_int_equal(gp_copy(w.identity.acrs, GP_ACRS_MAX, gp_str_from(others[i])),
				 GP_ST_OK);
		expect(&w, "context", GP_NO, "context-missing");
	}
	assert_int_equal(gp_copy(w.identity.acrs, GP_ACRS_MAX, GP_STR("c11 c1 c2")), GP_ST_OK);
	expect(&w, "context", GP_CANNOT_TELL, "context-unknown");
	w.facts.location.context = GP_FALSE;
	expect(&w, "context", GP_NO, "context-unprotected");
	w.facts.location.context = GP_TRUE;
	expect(&w, "context", GP_YES, "ok");
	w.facts.location.read_s--;
	expect(&w, "context", GP_CANNOT_TELL, "context-unknown"); /* they are too old */
	w.facts.location.read_s = NOW + 301;
	expect(&w, "context", GP_CANNOT_TELL, "context-unknown"); /* and of the future */
	w.facts.location.read_s = NOW;
	w.facts.identity = NULL;
	expect(&w, "context", GP_CANNOT_TELL, "context-unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_context_each_member),
		cmocka_unit_test(test_context_of_several),
		cmocka_unit_test(test_context_check),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
