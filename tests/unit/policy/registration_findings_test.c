/* SPDX-License-Identifier: Apache-2.0 */
/* A sound set of registrations yields nothing; each fault in it alone yields its finding. */
#include "contract/buf.h"
#include "policy/registration_findings.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
// clang-format on
#include <stdlib.h>

#include "base/json.h"
#include "tests/unit/config/sample.h"

#include "contract/ban.h"

#define NOW       1790000000
#define TEXT_MAX  16384
#define NESTED    "aaaaaaaa-0000-4000-8000-000000000016"
#define API_SP    "eeeeeeee-0000-4000-8000-000000000001"
#define CLIENT_SP "eeeeeeee-0000-4000-8000-000000000002"
#define READER_SP "eeeeeeee-0000-4000-8000-000000000003"
#define GRAPH_SP  "eeeeeeee-0000-4000-8000-000000000004"
#define SCOPE     "eeeeeeee-0000-4000-8000-000000000005"
#define USERS     "ffffffff-0000-4000-8000-000000000001"
#define MEMBERS   "ffffffff-0000-4000-8000-000000000002"
#define POLICIES  "ffffffff-0000-4000-8000-000000000003"
#define WRITES    "ffffffff-0000-4000-8000-000000000004"

static const char objects[] =
	"{\"app.api\":{\"id\":\"a\",\"signInAudience\":\"AzureADMyOrg\",\"api\":{"
	"\"requestedAccessTokenVersion\":2,\"acceptMappedClaims\":null,"
	"\"oauth2PermissionScopes\":[{\"id\":\"" SCOPE
	"\",\"value\":\"ssh.login\",\"isEnabled\":true}],"
	"\"preAuthorizedApplications\":[{\"appId\":\"" SIGN_IN "\"}]},"
	"\"keyCredentials\":[],\"passwordCredentials\":[],\"isDisabled\":null,"
	"\"optionalClaims\":{\"accessToken\":[{\"name\":\"acct\"},{\"name\":\"ipaddr\"}]}},"
	"\"principal.api\":{\"id\":\"" API_SP
	"\",\"accountEnabled\":true,\"appRoleAssignmentRequired\":true,\"keyCredentials\":[]},"
	"\"app.client\":{\"isFallbackPublicClient\":true,\"web\":{\"redirectUris\":[]},"
	"\"spa\":{\"redirectUris\":[]},\"requiredResourceAccess\":[{\"resourceAppId\":\"x\","
	"\"resourceAccess\":[{\"id\":\"y\",\"type\":\"Scope\"}]}]},"
	"\"principal.client\":{\"id\":\"" CLIENT_SP "\",\"accountEnabled\":true},"
	"\"app.reader\":{\"keyCredentials\":[{\"endDateTime\":\"2026-12-24T00:00:00Z\"}],"
	"\"passwordCredentials\":[]},"
	"\"principal.reader\":{\"id\":\"" READER_SP "\",\"accountEnabled\":true},"
	"\"principal.graph\":{\"id\":\"" GRAPH_SP "\",\"appRoles\":[{\"id\":\"" USERS
	"\",\"value\":\"User.Read.All\"},{\"id\":\"" MEMBERS
	"\",\"value\":\"GroupMember.Read.All\"},{\"id\":\"" POLICIES
	"\",\"value\":\"Policy.Read.All\"},{\"id\":\"" WRITES
	"\",\"value\":\"User.ReadWrite.All\"}]},"
	"\"authorization\":{\"allowInvitesFrom\":\"adminsAndGuestInviters\"}}";

static const char lists[] =
	"{\"assigned.api\":[{\"value\":[{\"principalId\":\"" GROUP_1
	"\",\"principalType\":\"Group\"},{\"principalId\":\"" GROUP_2
	"\",\"principalType\":\"Group\"}]}],"
	"\"grants.client\":[{\"value\":[{\"consentType\":\"AllPrincipals\",\"resourceId\":"
	"\"" GRAPH_SP "\",\"scope\":\" openid profile \"}]}],"
	"\"roles.reader\":[{\"value\":[{\"resourceId\":\"" GRAPH_SP "\",\"appRoleId\":\"" USERS
	"\"},{\"resourceId\":\"" GRAPH_SP "\",\"appRoleId\":\"" MEMBERS "\"}]}],"
	"\"federated.api\":[{\"value\":[]}],\"federated.client\":[{\"value\":[]}],"
	"\"owners.api\":[{\"value\":[]}],\"principal-owners.reader\":[{\"value\":[]}],"
	"\"nested.0\":[{\"value\":[]}],\"nested.1\":[{\"value\":[]}]}";

static struct gp_config *config(const char *more)
{
	char text[2048];
	struct gp_config *out = NULL;
	struct gp_error err = {0};
	assert_int_equal(gp_format(text, sizeof(text), SAMPLE "%s", more), GP_ST_OK);
	const struct gp_config_file file = {"g.conf", gp_str_from(text)};
	if (gp_config_parse(&file, 1, &out, &err) != GP_ST_OK)
		fail_msg("%s", err.text);
	return out;
}

struct told {
	char ids[512];
	char texts[4096];
};

static void on_finding(void *arg, const char *id, const char *text)
{
	struct told *t = arg;
	size_t len = strlen(t->ids);
	assert_int_equal(
		gp_format(t->ids + len, sizeof(t->ids) - len, "%s%s", len > 0 ? " " : "", id),
		GP_ST_OK);
	len = strlen(t->texts);
	assert_int_equal(gp_format(t->texts + len, sizeof(t->texts) - len, "%s\n", text), GP_ST_OK);
}

/* TEXT with the first FROM in it as TO. */
static struct gp_json_doc *changed(const char *text, const char *from, const char *to)
{
	char out[TEXT_MAX];
	struct gp_json_doc *doc = NULL;
	struct gp_error err = {0};
	const char *at = from != NULL ? strstr(text, from) : NULL;
	size_t head = at != NULL ? (size_t)(at - text) : strlen(text);
	assert_int_equal(gp_format(out, sizeof(out), "%.*s%s%s", (int)head, text,
				   at != NULL ? to : "", at != NULL ? at + strlen(from) : ""),
			 GP_ST_OK);
	if (gp_json_parse(gp_str_from(out), &doc, &err) != GP_ST_OK)
		fail_msg("%s: %s", err.text, out);
	return doc;
}

static void judge(const char *more, struct gp_registrations *r, struct told *t)
{
	struct gp_config *c = config(more);
	const struct gp_registration_look look = {
		.config = c, .found = r, .now_s = NOW, .each = on_finding, .arg = t};
	*t = (struct told){0};
	gp_registrations_judge(&look);
	gp_config_free(c);
}

struct row {
	const char *ids;       /* expected */
	const char *more;      /* of the configuration, or NULL */
	const char *from, *to; /* in either text, or NULL */
};

static void one(const struct row *row)
{
	struct gp_registrations r = {0};
	struct told t;
	bool somewhere = row->from == NULL || strstr(objects, row->from) != NULL ||
			 strstr(lists, row->from) != NULL;
	if (!somewhere)
		fail_msg("there is no %s", row->from);
	r.objects = changed(objects, row->from, row->to);
	r.lists = changed(lists, row->from, row->to);
	judge(row->more != NULL ? row->more : "", &r, &t);
	if (strcmp(t.ids, row->ids) != 0)
		fail_msg("%s -> %s: '%s', not '%s':\n%s", row->from, row->to, t.ids, row->ids,
			 t.texts);
	gp_registrations_free(&r);
}

static void test_sound(void **state)
{
	(void)state;
	one(&(struct row){.ids = ""});
}

static void test_each_fault_alone(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"api-open", NULL, "\"AzureADMyOrg\"", "\"AzureADMultipleOrgs\""},
		{"api-broken", NULL, "\"requestedAccessTokenVersion\":2",
		 "\"requestedAccessTokenVersion\":null"},
		{"api-broken", NULL, "\"value\":\"ssh.login\",\"isEnabled\":true",
		 "\"value\":\"ssh.login\",\"isEnabled\":false"},
		{"api-broken", NULL, "\"value\":\"ssh.login\"", "\"value\":\"ssh.other\""},
		{"api-broken", NULL, "\"isDisabled\":null", "\"isDisabled\":true"},
		{"api-broken", NULL, "\"isDisabled\":null",
		 "\"disabledByMicrosoftStatus\":\"DisabledDueToViolationOfServicesAgreement\""},
		{"api-broken", NULL, "\"accountEnabled\":true,\"appRole",
		 "\"accountEnabled\":false,\"appRole"},
		{"api-open", NULL, "\"acceptMappedClaims\":null", "\"acceptMappedClaims\":true"},
		{"api-open", NULL, "\"appRoleAssignmentRequired\":true",
		 "\"appRoleAssignmentRequired\":false"},
		{"api-open", NULL, "{\"appId\":\"" SIGN_IN "\"}",
		 "{\"appId\":\"" SIGN_IN "\"},{\"appId\":\"" READER "\"}"},
		{"api-open", NULL, "\"keyCredentials\":[],\"passwordCredentials\":[]",
		 "\"keyCredentials\":[],\"passwordCredentials\":[{}]"},
		{"api-open", NULL, "\"federated.api\":[{\"value\":[]}]",
		 "\"federated.api\":[{\"value\":[{}]}]"},
		{"client-broken", NULL, "{\"appId\":\"" SIGN_IN "\"}", ""},
		{"api-claims", NULL, "{\"name\":\"acct\"},", ""},
		{"api-claims", NULL, "{\"name\":\"acct\"},{\"name\":\"ipaddr\"}",
		 "{\"name\":\"acct\"}"},
		{"api-claims", "max_auth_age = 1h\n", NULL, NULL},
		{"api-not-assigned", NULL,
		 "{\"principalId\":\"" GROUP_1 "\",\"principalType\":\"Group\"},", ""},
		{"api-not-assigned api-others", NULL,
		 "\"principalId\":\"" GROUP_1 "\",\"principalType\":\"Group\"",
		 "\"principalId\":\"" GROUP_1 "\",\"principalType\":\"User\""},
		{"api-others", NULL, "\"assigned.api\":[{\"value\":[",
		 "\"assigned.api\":[{\"value\":[{\"principalId\":\"x\",\"principalType\":"
		 "\"ServicePrincipal\"},"},
		{"api-nested", NULL, "\"nested.1\":[{\"value\":[]}]",
		 "\"nested.1\":[{\"value\":[{\"id\":\"" NESTED "\",\"displayName\":\"n\"}]}]"},
		{"", NULL, "\"nested.1\":[{\"value\":[]}]",
		 "\"nested.1\":[{\"value\":[{\"id\":\"" GROUP_1 "\",\"displayName\":\"n\"}]}]"},
		{"client-broken", NULL, "\"isFallbackPublicClient\":true",
		 "\"isFallbackPublicClient\":null"},
		{"client-open", NULL, "\"spa\":{\"redirectUris\":[]}",
		 "\"spa\":{\"redirectUris\":[\"http://localhost\"]}"},
		{"client-open", NULL, "\"type\":\"Scope\"", "\"type\":\"Role\""},
		{"client-open", NULL, " openid profile ", "openid profile User.Read.All"},
		{"", NULL, " openid profile ", "email profile openid"},
		{"client-consent", NULL, " openid profile ", "openid"},
		{"client-consent client-single", NULL, "\"AllPrincipals\"", "\"Principal\""},
		/* A permission that is not the wanted one is also one too many. */
		{"reader-excess reader-missing", NULL, "\"value\":\"User.Read.All\"",
		 "\"value\":\"x\""},
		{"reader-missing", "ssh_location = report\n", NULL, NULL},
		{"reader-excess", NULL, "\"appRoleId\":\"" USERS "\"}",
		 "\"appRoleId\":\"" USERS "\"},{\"resourceId\":\"" GRAPH_SP
		 "\",\"appRoleId\":\"" POLICIES "\"}"},
		{"reader-excess", NULL, "\"appRoleId\":\"" USERS "\"}",
		 "\"appRoleId\":\"" USERS "\"},{\"resourceId\":\"" API_SP
		 "\",\"appRoleId\":\"" POLICIES "\"}"},
		{"reader-writes", NULL, "\"appRoleId\":\"" USERS "\"}",
		 "\"appRoleId\":\"" USERS "\"},{\"resourceId\":\"" GRAPH_SP
		 "\",\"appRoleId\":\"" WRITES "\"}"},
		{"reader-credential", NULL, "2026-12-24", "2026-10-01"},
		{"reader-credential", NULL, "2026-12-24", "2026-01-01"},
		{"reader-credential", NULL, "Z\"}],\"passwordCredentials\":[]",
		 "Z\"}],\"passwordCredentials\":[{}]"},
		{"registration-owners", NULL, "\"owners.api\":[{\"value\":[]}]",
		 "\"owners.api\":[{\"value\":[{\"displayName\":\"Olga\"}]}]"},
		{"guests-invite", NULL, "adminsAndGuestInviters", "everyone"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		one(&rows[i]);
}

/* As many rights as somebody might click together: what is long is not nothing. */
static void test_a_long_consent(void **state)
{
	(void)state;
	struct gp_registrations r = {0};
	struct told t;
	gp_buf_auto struct gp_buf scope = GP_BUF(4096);
	gp_buf_text(&scope, " openid profile");
	for (unsigned int i = 0; i < 27; i++)
		gp_buf_printf(&scope, " Some.Rather.Long.Right.Of.Graph%02u.All", i);
	gp_buf_text(&scope, " ");
	assert_true(scope.len > 1024);
	r.objects = changed(objects, NULL, NULL);
	r.lists = changed(lists, " openid profile ", gp_buf_get(&scope));
	judge("", &r, &t);
	assert_non_null(strstr(t.ids, "client-open"));
	assert_null(strstr(t.ids, "client-consent"));
	gp_registrations_free(&r);
}

/* What is not there at all; and what was not read is not judged. */
static void test_missing_and_unread(void **state)
{
	(void)state;
	struct gp_registrations r = {0};
	struct told t;
	r.no_application[GP_REGISTRATION_API] = true;
	r.no_principal[GP_REGISTRATION_CLIENT] = true;
	judge("", &r, &t);
	assert_string_equal(t.ids, "api-broken client-broken");
	assert_non_null(strstr(t.texts, "the tier's API (" API ") is not registered"));
	r = (struct gp_registrations){0};
	judge("", &r, &t);
	assert_string_equal(t.ids, "");
	r.objects = changed("{}", NULL, NULL);
	r.lists = changed("{\"assigned.api\":[{\"value\":{}}],\"grants.client\":{}}", NULL, NULL);
	judge("", &r, &t);
	assert_string_equal(t.ids, "");
	gp_registrations_free(&r);
}

/* A group inside an access group that is assigned itself is as it should be. */
static void test_nested_and_assigned(void **state)
{
	(void)state;
	struct gp_registrations r = {0};
	struct told t;
	r.objects = changed("{}", NULL, NULL);
	r.lists = changed("{\"assigned.api\":[{\"value\":[{\"principalId\":\"" GROUP_1
			  "\",\"principalType\":\"Group\"},{\"principalId\":\"" GROUP_2
			  "\",\"principalType\":\"Group\"},{\"principalId\":\"" NESTED
			  "\",\"principalType\":\"Group\"}]}],"
			  "\"nested.1\":[{\"value\":[{\"id\":\"" NESTED "\"}]}]}",
			  NULL, NULL);
	judge("", &r, &t);
	assert_string_equal(t.ids, "");
	gp_registrations_free(&r);
}

static void test_elevation(void **state)
{
	(void)state;
	struct gp_registrations r = {0};
	struct told t;
	r.objects = changed("{}", NULL, NULL);
	r.lists = changed("{\"assigned.elevation\":[{\"value\":[]}]}", NULL, NULL);
	judge("elevation_resource = " HOME_1 "\n", &r, &t);
	assert_string_equal(t.ids, "api-not-assigned");
	gp_registrations_free(&r);
	r.objects = changed("{}", NULL, NULL);
	r.lists = changed("{\"assigned.elevation\":[{\"value\":[{\"principalId\":\"" HOME_2
			  "\",\"principalType\":\"Group\"}]}]}",
			  NULL, NULL);
	judge("elevation_resource = " HOME_1 "\nsudo_group = " HOME_2 "\n", &r, &t);
	assert_string_equal(t.ids, "");
	gp_registrations_free(&r);
}

/* Whatever the answers are, judging them ends and says ids that are rows of a table. */
static void test_spoilt(void **state)
{
	(void)state;
	static char text[TEXT_MAX];
	assert_int_equal(gp_copy(text, sizeof(text), gp_str_from(objects)), GP_ST_OK);
	const size_t len = strlen(text);
	size_t judged = 0;
	for (size_t bit = 0; bit < len * 8; bit += 3) {
		struct gp_registrations r = {0};
		struct told t;
		text[bit / 8] = (char)((unsigned char)text[bit / 8] ^ (1U << (bit % 8)));
		if (gp_json_parse((struct gp_str){text, len}, &r.objects, NULL) == GP_ST_OK) {
			r.lists = changed(lists, NULL, NULL);
			judge("", &r, &t);
			judged++;
		}
		text[bit / 8] = (char)((unsigned char)text[bit / 8] ^ (1U << (bit % 8)));
		gp_registrations_free(&r);
	}
	assert_true(judged > 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sound),          cmocka_unit_test(test_each_fault_alone),
		cmocka_unit_test(test_a_long_consent), cmocka_unit_test(test_missing_and_unread),
		cmocka_unit_test(test_elevation),      cmocka_unit_test(test_nested_and_assigned),
		cmocka_unit_test(test_spoilt),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
