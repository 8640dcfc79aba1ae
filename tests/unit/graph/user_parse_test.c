/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/json.h"
#include "contract/buf.h"
#include "graph/graph.h"

#include "contract/ban.h"

#define ID "\"id\":\"AAAAAAAA-1111-4111-8111-00000000000f\""

static enum gp_status parse(const char *text, struct gp_user *out)
{
	gp_json_doc_auto struct gp_json_doc *doc = NULL;
	assert_int_equal(gp_json_parse(gp_str_from(text), &doc, NULL), GP_ST_OK);
	return gp_user_parse(gp_json_root(doc), out);
}

static void test_user_whole(void **state)
{
	(void)state;
	struct gp_user u;
	assert_int_equal(
		parse("{\"@odata.type\":\"#microsoft.graph.user\"," ID
		      ",\"accountEnabled\":true,\"userType\":\"Guest\","
		      "\"externalUserState\":\"Accepted\","
		      "\"externalUserStateChangeDateTime\":\"2026-03-01T10:00:00.1234567Z\","
		      "\"mail\":\"ada@fabrikam.example\",\"displayName\":\"Ada\","
		      "\"companyName\":\"Fabrikam\",\"userPrincipalName\":"
		      "\"ada_fabrikam.example#EXT#@contoso.example\","
		      "\"createdDateTime\":\"2026-02-28T23:59:59Z\",\"unknown\":[1,{}]}",
		      &u),
		GP_ST_OK);
	assert_string_equal(u.id, "aaaaaaaa-1111-4111-8111-00000000000f");
	assert_int_equal(u.account_enabled, GP_TRUE);
	assert_int_equal(u.user_type, GP_USER_TYPE_GUEST);
	assert_int_equal(u.external_state, GP_EXTERNAL_ACCEPTED);
	assert_string_equal(u.mail, "ada@fabrikam.example");
	assert_string_equal(u.display_name, "Ada");
	assert_string_equal(u.company_name, "Fabrikam");
	assert_string_equal(u.upn, "ada_fabrikam.example#EXT#@contoso.example");
	assert_int_equal(u.created_s, 1772323199);
	assert_int_equal(u.state_changed_s, 1772359200);
}

static void test_user_absence_says_nothing(void **state)
{
	(void)state;
	struct gp_user u;
	assert_int_equal(parse("{" ID "}", &u), GP_ST_OK);
	assert_int_equal(u.account_enabled, GP_UNKNOWN);
	assert_int_equal(u.user_type, GP_USER_TYPE_UNKNOWN);
	assert_int_equal(u.external_state, GP_EXTERNAL_UNKNOWN);
	assert_string_equal(u.mail, "");
	assert_int_equal(u.created_s, 0);
	assert_int_equal(parse("{" ID ",\"accountEnabled\":null,\"userType\":null,"
			       "\"externalUserState\":null,\"mail\":null}",
			       &u),
			 GP_ST_OK);
	assert_int_equal(u.account_enabled, GP_UNKNOWN);
	assert_int_equal(u.user_type, GP_USER_TYPE_UNKNOWN);
	assert_int_equal(u.external_state, GP_EXTERNAL_NONE);
}

static void test_user_wrong_types_say_nothing(void **state)
{
	(void)state;
	static const char *const texts[] = {
		"\"accountEnabled\":\"true\"",
		"\"accountEnabled\":1",
		"\"userType\":\"guest\"",
		"\"userType\":[\"Guest\"]",
		"\"externalUserState\":\"accepted\"",
		"\"externalUserState\":\"AcceptedLater\"",
		"\"externalUserState\":true",
		"\"createdDateTime\":\"2026-02-28 23:59:59Z\"",
		"\"createdDateTime\":\"2026-13-01T00:00:00Z\"",
		"\"createdDateTime\":\"2026-02-28T23:59:59\"",
		"\"createdDateTime\":\"0001-01-01T00:00:00Z\"",
		"\"createdDateTime\":\"2026-02-28T23:59:59+01:00Z\"",
		"\"createdDateTime\":1772323199",
		"\"mail\":{}",
		"\"mail\":\"a\\u0000b\"",
	};
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct gp_user u;
		char text[300];
		(void)snprintf(text, sizeof(text), "{" ID ",%s}", texts[i]);
		assert_int_equal(parse(text, &u), GP_ST_OK);
		assert_int_equal(u.account_enabled, GP_UNKNOWN);
		assert_int_equal(u.user_type, GP_USER_TYPE_UNKNOWN);
		assert_int_equal(u.external_state, GP_EXTERNAL_UNKNOWN);
		assert_int_equal(u.created_s, 0);
		assert_string_equal(u.mail, "");
	}
}

static void test_user_false_and_others(void **state)
{
	(void)state;
	struct gp_user u;
	assert_int_equal(parse("{" ID ",\"accountEnabled\":false,\"userType\":\"Member\","
			       "\"externalUserState\":\"PendingAcceptance\"}",
			       &u),
			 GP_ST_OK);
	assert_int_equal(u.account_enabled, GP_FALSE);
	assert_int_equal(u.user_type, GP_USER_TYPE_MEMBER);
	assert_int_equal(u.external_state, GP_EXTERNAL_PENDING);
}

static void test_user_refused(void **state)
{
	(void)state;
	static const char *const texts[] = {
		"{}",
		"[]",
		"\"x\"",
		"{\"id\":1}",
		"{\"id\":\"\"}",
		"{\"id\":\"aaaaaaaa-1111-4111-8111-00000000000\"}",
		"{\"id\":\"aaaaaaaa-1111-4111-8111-00000000000g\"}",
		"{\"id\":\"aaaaaaaa-1111-4111-8111-00000000000ff\"}",
		"{\"@odata.type\":\"#microsoft.graph.group\"," ID "}",
		"{\"@odata.type\":7," ID "}",
	};
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct gp_user u = {.account_enabled = GP_TRUE};
		assert_int_equal(parse(texts[i], &u), GP_ST_INVALID);
		assert_int_equal(u.account_enabled, GP_TRUE);
	}
}

static void test_user_long_texts(void **state)
{
	(void)state;
	struct gp_user u;
	struct gp_buf text = GP_BUF(4096);
	gp_buf_text(&text, "{" ID ",\"displayName\":\"");
	for (int i = 0; i < 100; i++)
		gp_buf_text(&text, "\xc3\xa9");
	gp_buf_text(&text, "\",\"mail\":\"");
	for (int i = 0; i < 300; i++)
		gp_buf_text(&text, "m");
	gp_buf_text(&text, "\"}");
	assert_int_equal(parse(gp_buf_get(&text), &u), GP_ST_OK);
	/* 127 bytes are half a character too many. */
	assert_int_equal(strlen(u.display_name), 126);
	assert_string_equal(u.mail, "");
	gp_buf_free(&text);
}

/* Four quadrants: by how the object came to be and where he signs in, never by a name's form. */
static void test_user_class(void **state)
{
	(void)state;
#define OURS "{\"signInType\":\"userPrincipalName\",\"issuer\":\"ours.example\"}"
#define HOME                                                                                       \
	"{\"signInType\":\"federated\",\"issuer\":\"ExternalAzureAD\",\"issuerAssignedId\":null}"
	static const struct {
		const char *text;
		enum gp_user_class user_class;
	} cases[] = {
		{"\"userType\":\"Guest\",\"externalUserState\":\"Accepted\"",
		 GP_USER_EXTERNAL_GUEST},
		{"\"userType\":\"Guest\",\"externalUserState\":\"PendingAcceptance\","
		 "\"identities\":[" OURS "]",
		 GP_USER_EXTERNAL_GUEST},
		{"\"userType\":\"Member\",\"externalUserState\":null,\"identities\":[" OURS "," HOME
		 "]",
		 GP_USER_EXTERNAL_MEMBER},
		{"\"userType\":\"Guest\",\"identities\":[" HOME "," OURS "]",
		 GP_USER_EXTERNAL_GUEST},
		{"\"userType\":\"Guest\",\"creationType\":\"Invitation\"", GP_USER_EXTERNAL_GUEST},
		{"\"userType\":\"Guest\",\"creationType\":\"LocalAccount\",\"identities\":[" OURS
		 "]",
		 GP_USER_INTERNAL_GUEST},
		{"\"userType\":\"Member\",\"creationType\":null,\"identities\":[" OURS "]",
		 GP_USER_INTERNAL_MEMBER},
		{"\"userType\":\"Member\",\"creationType\":\"SelfServiceSignUp\"",
		 GP_USER_EXTERNAL_MEMBER},
		/* Not told. */
		{"\"userType\":\"Guest\",\"externalUserState\":null", GP_USER_CLASS_UNKNOWN},
		{"\"userType\":\"Guest\",\"identities\":[]", GP_USER_CLASS_UNKNOWN},
		{"\"userType\":\"Guest\",\"identities\":[" HOME "]", GP_USER_CLASS_UNKNOWN},
		{"\"userType\":null,\"externalUserState\":\"Accepted\"", GP_USER_CLASS_UNKNOWN},
		{"\"userType\":\"Guest\",\"userPrincipalName\":\"a_b#EXT#@ours.example\"",
		 GP_USER_CLASS_UNKNOWN},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct gp_user u;
		char text[512];
		(void)snprintf(text, sizeof(text), "{" ID ",%s}", cases[i].text);
		assert_int_equal(parse(text, &u), GP_ST_OK);
		assert_int_equal(u.user_class, cases[i].user_class);
	}
	assert_string_equal(gp_user_class_name(GP_USER_INTERNAL_GUEST), "internal-guest");
	assert_string_equal(gp_user_class_name(GP_USER_CLASS_UNKNOWN), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_user_whole),
		cmocka_unit_test(test_user_absence_says_nothing),
		cmocka_unit_test(test_user_wrong_types_say_nothing),
		cmocka_unit_test(test_user_false_and_others),
		cmocka_unit_test(test_user_refused),
		cmocka_unit_test(test_user_long_texts),
		cmocka_unit_test(test_user_class),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
