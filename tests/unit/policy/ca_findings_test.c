/* SPDX-License-Identifier: Apache-2.0 */
/* Which policies a guest with a device code can never meet, and which homes are kept out. */
// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
// clang-format on
#include <stdio.h>
#include <stdlib.h>

#include "contract/buf.h"
#include "policy/ca_findings.h"

#include "contract/ban.h"

#define API    "aaaaaaaa-0000-4000-8000-000000000004"
#define OTHER  "aaaaaaaa-0000-4000-8000-000000000009"
#define ACCESS "aaaaaaaa-0000-4000-8000-000000000005"
#define HOME_1 "bbbbbbbb-0000-4000-8000-000000000001"
#define HOME_2 "bbbbbbbb-0000-4000-8000-000000000002"

#define ALL_USERS "\"includeUsers\":[\"All\"]"
#define ALL_APPS  "\"includeApplications\":[\"All\"]"
#define GUESTS                                                                                     \
	"\"includeGuestsOrExternalUsers\":{\"guestOrExternalUserTypes\":"                          \
	"\"b2bCollaborationGuest,b2bCollaborationMember\",\"externalTenants\":"                    \
	"{\"membershipKind\":\"all\"}}"
#define BUILT(word) "\"operator\":\"AND\",\"builtInControls\":[" word "]"
#define STRENGTH(combinations)                                                                     \
	"\"operator\":\"AND\",\"builtInControls\":[],\"authenticationStrength\":{\"id\":\"x\","    \
	"\"allowedCombinations\":[" combinations "]}"
#define FIDO "\"fido2\",\"windowsHelloForBusiness\""
#define FLOW ",\"authenticationFlows\":{\"transferMethods\":\"deviceCodeFlow\"}"
#define PLACE                                                                                      \
	",\"locations\":{\"includeLocations\":[\"All\"],\"excludeLocations\":[\"AllTrusted\"]}"

struct row {
	const char
		*said; /* "obstacle:all|some", with " report" behind it, and a blank between two */
	const char *state, *users, *apps, *conditions, *grant;
};

static char said[1024];

static void say(const char *text)
{
	size_t len = strlen(said);
	(void)snprintf(said + len, sizeof(said) - len, "%s%s", len > 0 ? " " : "", text);
}

static void on_impossible(void *arg, const struct gp_ca_impossible *found)
{
	static const char *const names[] = {"none", "device", "approved", "protection", "password",
					    "risk", "home",   "trust",    "code",       "blocked"};
	char text[128];
	(void)arg;
	assert_true(gp_ca_obstacle_text(found->obstacle)[0] != '\0');
	(void)snprintf(text, sizeof(text), "%s:%s%s%s%s", names[found->obstacle],
		       found->all ? "all" : "some", found->report_only ? ":report" : "",
		       found->home != NULL ? "=" : "", found->home != NULL ? found->home : "");
	say(text);
}

static struct gp_ca_set *parse(const char *policy, const char *standard, const char *partners)
{
	gp_buf_auto struct gp_buf text = GP_BUF(65536);
	struct gp_ca_set *set = NULL;
	struct gp_error err = {0};
	gp_buf_printf(&text,
		      "{\"policies\":[{\"value\":[%s]}],\"locations\":[{\"value\":[]}],"
		      "\"default\":%s,\"partners\":[{\"value\":[%s]}]}",
		      policy, standard, partners);
	if (gp_ca_set_parse((struct gp_str){gp_buf_get(&text), text.len}, &set, &err) != GP_ST_OK) {
		fail_msg("%s: %s", err.text, gp_buf_get(&text));
	}
	return set;
}

static const char groups[][GP_GUID_TEXT] = {ACCESS};
static const char homes[][GP_GUID_TEXT] = {HOME_1, HOME_2};
static const struct gp_ca_audience audience = {
	.api = API, .groups = groups, .groups_len = 1, .homes = homes, .homes_len = 2};

#define NO_TRUST "{\"inboundTrust\":{\"isMfaAccepted\":false}}"
#define TRUST    "{\"inboundTrust\":{\"isMfaAccepted\":true}}"

static const char *look(const struct row *row, const struct gp_ca_audience *who,
			const char *standard, const char *partners)
{
	gp_buf_auto struct gp_buf policy = GP_BUF(16384);
	gp_buf_printf(&policy,
		      "{\"id\":\"" OTHER "\",\"displayName\":\"P\",\"state\":\"%s\","
		      "\"conditions\":{\"users\":{%s},\"applications\":{%s}%s},"
		      "\"grantControls\":{%s}}",
		      row->state != NULL ? row->state : "enabled",
		      row->users != NULL ? row->users : ALL_USERS,
		      row->apps != NULL ? row->apps : ALL_APPS,
		      row->conditions != NULL ? row->conditions : "", row->grant);
	struct gp_ca_set *set = parse(gp_buf_get(&policy), standard, partners);
	said[0] = '\0';
	gp_ca_find_impossible(set, who, on_impossible, NULL);
	gp_ca_set_free(set);
	return said;
}

static void test_ca_findings_of_each_control(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{.said = "", .grant = BUILT("\"mfa\"")},
		{.said = "device:all", .grant = BUILT("\"compliantDevice\"")},
		{.said = "device:all", .grant = BUILT("\"domainJoinedDevice\"")},
		{.said = "approved:all", .grant = BUILT("\"approvedApplication\"")},
		{.said = "protection:all", .grant = BUILT("\"compliantApplication\"")},
		{.said = "password:all", .grant = BUILT("\"mfa\",\"passwordChange\"")},
		{.said = "risk:all", .grant = BUILT("\"riskRemediation\"")},
		{.said = "", .grant = BUILT("\"somethingNew\"")},
		/* OR leaves another way, as long as there is one. */
		{.said = "",
		 .grant = "\"operator\":\"OR\",\"builtInControls\":[\"compliantDevice\",\"mfa\"]"},
		{.said = "device:all",
		 .grant = "\"operator\":\"OR\",\"builtInControls\":["
			  "\"compliantDevice\",\"domainJoinedDevice\"]"},
		{.said = "",
		 .grant = "\"operator\":\"OR\",\"builtInControls\":["
			  "\"compliantDevice\"],\"termsOfUse\":[\"t\"]"},
		{.said = "",
		 .grant = "\"operator\":\"OR\",\"builtInControls\":["
			  "\"compliantDevice\",\"somethingNew\"]"},
		/* Blocks. */
		{.said = "blocked:all", .grant = BUILT("\"block\"")},
		{.said = "code:all", .conditions = FLOW, .grant = BUILT("\"block\"")},
		{.said = "", .conditions = PLACE, .grant = BUILT("\"block\"")},
		{.said = "code:some", .conditions = FLOW PLACE, .grant = BUILT("\"block\"")},
		{.said = "",
		 .conditions = ",\"authenticationFlows\":{\"transferMethods\":"
			       "\"authenticationTransfer\"}",
		 .grant = BUILT("\"block\"")},
		{.said = "blocked:all",
		 .conditions = ",\"authenticationFlows\":{\"transferMethods\":\"none\"}",
		 .grant = BUILT("\"block\"")},
		/* Strengths. */
		{.said = "trust:all=" HOME_1, .grant = STRENGTH(FIDO)},
		{.said = "", .grant = STRENGTH(FIDO ",\"password,sms\"")},
		{.said = "trust:all=" HOME_1, .grant = STRENGTH("\"federatedMultiFactor\"")},
		{.said = "",
		 .grant = "\"operator\":\"AND\",\"authenticationStrength\":{\"id\":\"x\"}"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strcmp(look(&rows[i], &audience, NO_TRUST, ""), rows[i].said) != 0) {
			fail_msg("row %zu said '%s', not '%s'", i, said, rows[i].said);
		}
	}
}

static void test_ca_findings_of_whom_it_is_about(void **state)
{
	(void)state;
	static const char device[] = BUILT("\"compliantDevice\"");
	const struct row rows[] = {
		{.said = "device:all", .users = GUESTS, .grant = device},
		{.said = "device:all",
		 .users = "\"includeUsers\":[\"GuestsOrExternalUsers\"]",
		 .grant = device},
		{.said = "device:some",
		 .users = "\"includeGroups\":[\"" ACCESS "\"]",
		 .grant = device},
		{.said = "", .users = "\"includeGroups\":[\"" OTHER "\"]", .grant = device},
		{.said = "", .users = "\"includeUsers\":[\"" OTHER "\"]", .grant = device},
		{.said = "", .users = "\"includeRoles\":[\"" OTHER "\"]", .grant = device},
		{.said = "", .users = "\"includeUsers\":[\"None\"]", .grant = device},
		{.said = "device:some",
		 .users = ALL_USERS ",\"excludeGroups\":[\"" OTHER "\"]",
		 .grant = device},
		{.said = "device:all",
		 .users = ALL_USERS ",\"excludeUsers\":[\"" OTHER "\"]",
		 .grant = device},
		{.said = "",
		 .users = ALL_USERS ",\"excludeUsers\":[\"GuestsOrExternalUsers\"]",
		 .grant = device},
		{.said = "",
		 .users = ALL_USERS
		 ",\"excludeGuestsOrExternalUsers\":{\"guestOrExternalUserTypes\":"
		 "\"b2bCollaborationGuest\",\"externalTenants\":"
		 "{\"membershipKind\":\"all\"}}",
		 .grant = device},
		{.said = "device:all",
		 .apps = "\"includeApplications\":[\"" API "\"]",
		 .grant = device},
		{.said = "", .apps = "\"includeApplications\":[\"" OTHER "\"]", .grant = device},
		{.said = "", .apps = "\"includeApplications\":[\"Office365\"]", .grant = device},
		{.said = "",
		 .apps = ALL_APPS ",\"excludeApplications\":[\"" API "\"]",
		 .grant = device},
		{.said = "device:some", .conditions = PLACE, .grant = device},
		{.said = "device:some",
		 .conditions = ",\"userRiskLevels\":[\"high\"]",
		 .grant = device},
		{.said = "device:some",
		 .conditions = ",\"somethingNew\":{\"x\":1}",
		 .grant = device},
		{.said = "device:all",
		 .conditions = ",\"somethingNew\":null,\"platforms\":null",
		 .grant = device},
		{.said = "", .state = "disabled", .grant = device},
		{.said = "device:all:report",
		 .state = "enabledForReportingButNotEnforced",
		 .grant = device},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strcmp(look(&rows[i], &audience, NO_TRUST, ""), rows[i].said) != 0) {
			fail_msg("row %zu said '%s', not '%s'", i, said, rows[i].said);
		}
	}
}

#define PARTNER(home, members) "{\"tenantId\":\"" home "\"," members "}"
#define MFA(value)             "\"inboundTrust\":{\"isMfaAccepted\":" value "}"

static void test_ca_findings_of_trust(void **state)
{
	(void)state;
	const struct row row = {.said = NULL, .grant = STRENGTH(FIDO)};
	struct gp_ca_audience others = audience;
	assert_string_equal(look(&row, &audience, TRUST, ""), "");
	assert_string_equal(look(&row, &audience, NO_TRUST, PARTNER(HOME_1, MFA("true"))),
			    "trust:some=" HOME_2);
	assert_string_equal(look(&row, &audience, TRUST, PARTNER(HOME_2, MFA("false"))),
			    "trust:some=" HOME_2);
	/* null inherits, by member. */
	assert_string_equal(look(&row, &audience, TRUST, PARTNER(HOME_1, "\"inboundTrust\":null")),
			    "");
	assert_string_equal(look(&row, &audience, TRUST, PARTNER(HOME_1, MFA("null"))), "");
	/* What nobody knows is no fault. */
	assert_string_equal(look(&row, &audience, "{}", ""), "");
	others.other_homes = true;
	assert_string_equal(look(&row, &others, TRUST, ""), "home:some");
	assert_string_equal(look(&row, &others, NO_TRUST, ""), "home:some trust:some=" HOME_1);
	others.homes_len = 0;
	assert_string_equal(look(&row, &others, NO_TRUST, ""), "home:all");
}

static void on_home(void *arg, const char *home, bool from_this_api)
{
	char text[64];
	(void)arg;
	(void)snprintf(text, sizeof(text), "%s%s", home, from_this_api ? ":api" : "");
	say(text);
}

static const char *blocked(const char *standard, const char *partners)
{
	struct gp_ca_set *set = parse("", standard, partners);
	said[0] = '\0';
	gp_ca_find_blocked_homes(set, &audience, on_home, NULL);
	gp_ca_set_free(set);
	return said;
}

#define INBOUND(users, user, apps, app)                                                            \
	"\"b2bCollaborationInbound\":{\"usersAndGroups\":{\"accessType\":\"" users                 \
	"\",\"targets\":[{\"target\":\"" user "\",\"targetType\":\"user\"}]},\"applications\":{"   \
	"\"accessType\":\"" apps "\",\"targets\":[{\"target\":\"" app                              \
	"\",\"targetType\":\"application\"}]}}"
#define OPEN INBOUND("allowed", "AllUsers", "allowed", "AllApplications")

static void test_ca_findings_of_blocked_homes(void **state)
{
	(void)state;
	assert_string_equal(blocked("{" OPEN "}", ""), "");
	assert_string_equal(blocked("{}", ""), "");
	assert_string_equal(
		blocked("{" INBOUND("blocked", "AllUsers", "blocked", "AllApplications") "}",
			PARTNER(HOME_2, OPEN)),
		HOME_1);
	assert_string_equal(blocked("{" OPEN "}", PARTNER(HOME_1, INBOUND("allowed", "AllUsers",
									  "allowed", OTHER))),
			    HOME_1 ":api");
	assert_string_equal(blocked("{" OPEN "}", PARTNER(HOME_1, INBOUND("allowed", "AllUsers",
									  "blocked", API))),
			    HOME_1 ":api");
	assert_string_equal(blocked("{" OPEN "}", PARTNER(HOME_1, INBOUND("allowed", "AllUsers",
									  "allowed", API))),
			    "");
	/* Some of theirs: nobody here knows who. */
	assert_string_equal(
		blocked("{" OPEN "}",
			PARTNER(HOME_1, INBOUND("blocked", OTHER, "allowed", "AllApplications"))),
		"");
	/* One member of its own, the other inherited. */
	assert_string_equal(
		blocked("{" INBOUND("blocked", "AllUsers", "allowed", "AllApplications") "}",
			PARTNER(HOME_1, "\"b2bCollaborationInbound\":null") "," PARTNER(HOME_2,
											OPEN)),
		HOME_1);
}

/* Damaged JSON is refused as a whole or looked at without harm. */
static void test_ca_findings_damaged(void **state)
{
	(void)state;
	static const char sample[] =
		"{\"policies\":[{\"value\":[{\"state\":\"enabled\",\"conditions\":{\"users\":{"
		"\"includeUsers\":[\"All\"]},\"applications\":{\"includeApplications\":[\"All\"]},"
		"\"authenticationFlows\":{\"transferMethods\":\"deviceCodeFlow\"}},"
		"\"grantControls\":{\"operator\":\"OR\",\"builtInControls\":[\"compliantDevice\"],"
		"\"authenticationStrength\":{\"allowedCombinations\":[\"fido2,sms\",\"\"]}}}]}],"
		"\"locations\":[],\"default\":{\"inboundTrust\":{\"isMfaAccepted\":false},"
		"\"b2bCollaborationInbound\":{\"usersAndGroups\":{\"accessType\":\"blocked\","
		"\"targets\":[{\"target\":\"AllUsers\"}]}}},\"partners\":[]}";
	struct gp_error err;
	size_t looked = 0;
	for (size_t n = 0; n < sizeof(sample) - 1; n++) {
		for (int bit = 0; bit < 9; bit++) {
			char copy[sizeof(sample)];
			struct gp_ca_set *set = NULL;
			memcpy(copy, sample, sizeof(sample));
			if (bit < 8) {
				copy[n] = (char)((unsigned char)copy[n] ^ (1U << bit));
			}
			size_t len = bit < 8 ? sizeof(sample) - 1 : n;
			if (gp_ca_set_parse((struct gp_str){copy, len}, &set, &err) != GP_ST_OK) {
				assert_null(set);
				continue;
			}
			said[0] = '\0';
			gp_ca_find_impossible(set, &audience, on_impossible, NULL);
			gp_ca_find_blocked_homes(set, &audience, on_home, NULL);
			gp_ca_set_free(set);
			looked++;
		}
	}
	assert_true(looked > 500);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ca_findings_of_each_control),
		cmocka_unit_test(test_ca_findings_of_whom_it_is_about),
		cmocka_unit_test(test_ca_findings_of_trust),
		cmocka_unit_test(test_ca_findings_of_blocked_homes),
		cmocka_unit_test(test_ca_findings_damaged),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
