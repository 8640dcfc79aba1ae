/* SPDX-License-Identifier: Apache-2.0 */
/* Access packages that are loose, and who may invite. */
#include "policy/governance_findings.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
// clang-format on

#include "tests/unit/config/sample.h"

#include "contract/ban.h"

#define PACKAGE "cccccccc-0000-4000-8000-000000000001"
#define POLICY(package, expiration, self, approval)                                                \
	"[{\"value\":[{\"displayName\":\"P\",\"accessPackage\":{\"id\":\"" package                 \
	"\"},\"expiration\":{\"type\":\"" expiration                                               \
	"\"},\"requestorSettings\":{\"enableTargetsToSelfAddAccess\":" self                        \
	"},\"requestApprovalSettings\":{\"isApprovalRequiredForAdd\":" approval "}}]}]"

static char told[512];

static void on_finding(void *arg, const char *id, const char *text)
{
	size_t len = strlen(told);
	(void)arg;
	assert_true(text[0] != '\0');
	assert_int_equal(gp_format(told + len, sizeof(told) - len, "%s ", id), GP_ST_OK);
}

static void judge(const char *json, bool packages, const char *expected)
{
	gp_json_doc_auto struct gp_json_doc *doc = NULL;
	static struct gp_config config;
	config.access_groups_len = 1;
	config.access_bases[0].basis = GP_BASIS_PACKAGE;
	memcpy(config.access_bases[0].package, PACKAGE, sizeof(PACKAGE));
	assert_int_equal(gp_json_parse(gp_str_from(json), &doc, NULL), GP_ST_OK);
	told[0] = '\0';
	if (packages)
		gp_governance_packages(gp_json_root(doc), &config, on_finding, NULL);
	else
		gp_governance_invitations(gp_json_root(doc), on_finding, NULL);
	if (strcmp(told, expected) != 0)
		fail_msg("%s: '%s', not '%s'", json, told, expected);
}

static void test_packages(void **state)
{
	(void)state;
	judge(POLICY(PACKAGE, "afterDuration", "true", "true"), true, "");
	judge(POLICY(PACKAGE, "afterDateTime", "false", "false"), true, "");
	judge(POLICY(PACKAGE, "noExpiration", "true", "true"), true, "package-no-end ");
	judge(POLICY(PACKAGE, "notSpecified", "false", "true"), true, "package-no-end ");
	/* A kind of end that nobody knows is none. */
	judge(POLICY(PACKAGE, "later", "true", "false"), true,
	      "package-no-end package-no-approval ");
	judge(POLICY(PACKAGE, "afterDuration", "true", "false"), true, "package-no-approval ");
	judge(POLICY(PACKAGE, "afterDuration", "true", "null"), true, "package-no-approval ");
	/* Packages of others are not this tier's affair. */
	judge(POLICY(GROUP_1, "noExpiration", "true", "false"), true, "");
	judge("[{\"value\":[{},7,null]},{}]", true, "");
	judge("{}", true, "");
}

static void test_invitations(void **state)
{
	(void)state;
	judge("{\"allowInvitesFrom\":\"everyone\"}", false, "guests-invite ");
	judge("{\"allowInvitesFrom\":\"adminsAndGuestInviters\"}", false, "");
	judge("{\"allowInvitesFrom\":null}", false, "");
	judge("{}", false, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_packages),
		cmocka_unit_test(test_invitations),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
