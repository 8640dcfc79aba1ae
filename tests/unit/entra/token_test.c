/* SPDX-License-Identifier: Apache-2.0 */
#include "entra/token.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/support/jwt_maker.h"
#include "tests/unit/support/token_pair.h"

#include "contract/ban.h"

static void test_token_good(void **state)
{
	struct gp_identity who = {0};
	struct gp_error err = {0};

	(void)state;
	if (token_pair_verify(&token_pair_expect, NULL, &who, &err) != GP_ST_OK)
		fail_msg("%s", err.text);
	assert_string_equal(who.tid, TENANT);
	assert_string_equal(who.oid, GUEST);
	assert_int_equal(who.home, GP_HOME_ENTRA);
	assert_string_equal(who.home_tenant, HOME);
	assert_string_equal(who.idp, STS HOME "/");
	assert_int_equal(who.acct, 1);
	assert_int_equal(who.auth_time, 1767000030);
	assert_string_equal(who.uti, "opaque-uti");
	assert_string_equal(who.name, "Dana Partner");
	assert_string_equal(who.preferred_username, "dana@partner.example");
	assert_string_equal(who.ipaddr, "203.0.113.7");
}

/* Contexts are kept as they are named; whatever else stands in the list is none. */
static void test_token_contexts(void **state)
{
	static const struct {
		const char *acrs, *kept;
	} rows[] = {
		{NULL, ""},
		{"[]", ""},
		{"[\"c1\"]", "c1"},
		{"[\"c1\",\"c25\"]", "c1 c25"},
		{"[\"c0\",\"p1\",\"urn:x\",7,null,\"c1 c2\",\"c100\",\"c3\"]", "c3"},
		{"\"c1\"", ""},
		{"{\"c1\":true}", ""},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct gp_identity who = {0};
		struct gp_error err = {0};
		const struct token_change change = {'a', "acrs", rows[i].acrs};
		if (token_pair_verify(&token_pair_expect, &change, &who, &err) != GP_ST_OK)
			fail_msg("%s", err.text);
		assert_string_equal(who.acrs, rows[i].kept);
	}
}

static void test_token_homes(void **state)
{
	static const struct {
		const char *idp;
		enum gp_home_kind home;
		const char *tenant;
	} rows[] = {
		{NULL, GP_HOME_INTERNAL, ""},
		{Q(ISSUER), GP_HOME_INTERNAL, ""},
		{Q(STS TENANT "/"), GP_HOME_INTERNAL, ""},
		{Q(STS HOME "/"), GP_HOME_ENTRA, HOME},
		{Q(STS "BBBBBBBB-0000-4000-8000-000000000002/"), GP_HOME_ENTRA, HOME},
		{Q("live.com"), GP_HOME_MSA, ""},
		{Q(STS MSA "/"), GP_HOME_MSA, ""},
		{Q("Live.com"), GP_HOME_OTHER, ""},
		{Q("https://live.com"), GP_HOME_OTHER, ""},
		{Q("google.com"), GP_HOME_OTHER, ""},
		{Q("mail"), GP_HOME_OTHER, ""},
		{Q(STS HOME), GP_HOME_OTHER, ""},
		{Q(STS HOME "//"), GP_HOME_OTHER, ""},
		{Q(STS HOME "/x"), GP_HOME_OTHER, ""},
		{Q(STS "/"), GP_HOME_OTHER, ""},
		{Q(STS "partner.example/"), GP_HOME_OTHER, ""},
		{Q(STS "zzzzzzzz-0000-4000-8000-000000000002/"), GP_HOME_OTHER, ""},
		{Q("http://sts.windows.net/" HOME "/"), GP_HOME_OTHER, ""},
		{Q("https://STS.windows.net/" HOME "/"), GP_HOME_OTHER, ""},
		{Q("https://sts.windows.net.evil.example/" HOME "/"), GP_HOME_OTHER, ""},
		{Q("https://sts.windows.net@evil.example/" HOME "/"), GP_HOME_OTHER, ""},
		{Q(" " STS HOME "/"), GP_HOME_OTHER, ""},
		{Q(HOST HOME "/v2.0"), GP_HOME_OTHER, ""},
		{Q("https://idp.partner.example/saml"), GP_HOME_OTHER, ""},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct token_change change = {'2', "idp", rows[i].idp};
		struct gp_identity who = {0};
		struct gp_error err = {0};
		if (token_pair_verify(&token_pair_expect, &change, &who, &err) != GP_ST_OK)
			fail_msg("%s: %s", rows[i].idp, err.text);
		if (who.home != rows[i].home)
			fail_msg("%s: home kind %d", rows[i].idp, (int)who.home);
		assert_string_equal(who.home_tenant, rows[i].tenant);
		const size_t len = rows[i].idp != NULL ? strlen(rows[i].idp) - 2 : 0;
		assert_int_equal(strlen(who.idp), len);
		/* However a token spells it, a home has one name. */
		assert_string_equal(gp_home_name(&who), who.home == GP_HOME_MSA        ? "msa"
							: who.home == GP_HOME_ENTRA    ? HOME
							: who.home == GP_HOME_INTERNAL ? TENANT
										       : who.idp);
	}
}

static void test_home_words(void **state)
{
	static const struct {
		const char *text;
		const char *name; /* NULL: none */
	} rows[] = {
		{HOME, HOME},
		{"BBBBBBBB-0000-4000-8000-000000000002", HOME},
		{MSA, "msa"},
		{"msa", "msa"},
		{"live.com", "msa"},
		{"mail", "mail"},
		{"google.com", "google.com"},
		{"facebook.com", "facebook.com"},
		{"", NULL},
		{"MSA", NULL},
		{"fabrikam.example", NULL},
		{HOME "0", NULL},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char name[GP_IDP_MAX] = "stale";
		const enum gp_status st = gp_home_parse(gp_str_from(rows[i].text), name);
		assert_int_equal(st, rows[i].name != NULL ? GP_ST_OK : GP_ST_NOT_FOUND);
		assert_string_equal(name, rows[i].name != NULL ? rows[i].name : "");
	}
}

static void test_token_idp_lengths(void **state)
{
	(void)state;
	for (size_t len = GP_IDP_MAX - 1; len <= GP_IDP_MAX; len++) {
		char json[GP_IDP_MAX + 3] = "\"";
		const struct token_change change = {'2', "idp", json};
		struct gp_identity who = {0};
		struct gp_error err = {0};
		memset(json + 1, 'x', len);
		json[len + 1] = '"';
		json[len + 2] = '\0';
		const enum gp_status st =
			token_pair_verify(&token_pair_expect, &change, &who, &err);
		assert_int_equal(st, len < GP_IDP_MAX ? GP_ST_OK : GP_ST_DENIED);
		assert_int_equal(who.home, len < GP_IDP_MAX ? GP_HOME_OTHER : GP_HOME_UNKNOWN);
	}
}

/* entra-facts 4.5(3). The signatures are good in every row. */
static void test_token_key_issuer(void **state)
{
	static const struct {
		const char *access_kid;
		const char *id_kid;
		const char *rule;
	} rows[] = {
		{"any", "own", ""},
		{"own", "any", ""},
		{"other", "any", "access.iss: expected the issuer of the key that signed it"},
		{"any", "other", "id.iss: expected the issuer of the key that signed it"},
		{"upper", "any", "access.iss: expected the issuer of the key that signed it"},
		{"v1", "any", "access.iss: expected the issuer of the key that signed it"},
		{"lost", "any", "access.kid: lost is not in the key set"},
		{"any", "lost", "id.kid: lost is not in the key set"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *access = token_pair_access(rows[i].access_kid, NULL);
		char *id = token_pair_id(rows[i].id_kid, NULL);
		struct gp_identity who = {0};
		struct gp_error err = {0};
		const enum gp_status st =
			gp_token_verify(token_pair_keys, &token_pair_expect, gp_str_from(access),
					gp_str_from(id), &who, &err);
		const bool lost = strstr(rows[i].rule, "lost") != NULL;
		assert_int_equal(st, rows[i].rule[0] == '\0' ? GP_ST_OK
				     : lost                  ? GP_ST_NOT_FOUND
							     : GP_ST_DENIED);
		assert_true(gp_str_starts(gp_str_from(err.text), rows[i].rule));
		free(access);
		free(id);
	}
}

/* One token for both, the two swapped, one missing, one forged: claims decide nothing then. */
static void test_token_pairs(void **state)
{
	char *access = token_pair_access("any", NULL);
	char *id = token_pair_id("any", NULL);
	char *forged = jwt_maker_sign(jwt_maker_key(2, 2048), "{\"alg\":\"RS256\",\"kid\":\"any\"}",
				      "{\"aud\":\"" API "\"}");
	const struct {
		const char *access;
		const char *id;
		enum gp_status st;
		const char *rule;
	} rows[] = {
		{access, access, GP_ST_DENIED, "id.aud: "},
		{id, id, GP_ST_DENIED, "access.aud: "},
		{id, access, GP_ST_DENIED, "access.aud: "},
		{access, "", GP_ST_INVALID, "id.form: "},
		{"", id, GP_ST_INVALID, "access.form: "},
		{forged, id, GP_ST_BAD_SIGNATURE, "access.signature: "},
		{access, forged, GP_ST_BAD_SIGNATURE, "id.signature: "},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct gp_identity who = {0};
		struct gp_error err = {0};
		assert_int_equal(gp_token_verify(token_pair_keys, &token_pair_expect,
						 gp_str_from(rows[i].access),
						 gp_str_from(rows[i].id), &who, &err),
				 rows[i].st);
		assert_true(gp_str_starts(gp_str_from(err.text), rows[i].rule));
		assert_int_equal(who.home, GP_HOME_UNKNOWN);
	}
	free(access);
	free(id);
	free(forged);
}

/* Whatever expectation is left empty refuses. */
static void test_token_empty_expectations(void **state)
{
	(void)state;
	for (int i = 0; i < 5; i++) {
		struct gp_token_expect want = token_pair_expect;
		struct gp_identity who = {0};
		const char **fields[] = {&want.issuer, &want.tenant_id, &want.client_id,
					 &want.api_id, &want.scope_word};
		*fields[i] = "";
		assert_int_equal(token_pair_verify(&want, NULL, &who, NULL), GP_ST_DENIED);
	}
	struct gp_token_expect want = token_pair_expect;
	struct gp_identity who = {0};
	want.sts_prefix = "";
	assert_int_equal(token_pair_verify(&want, NULL, &who, NULL), GP_ST_OK);
	assert_int_equal(who.home, GP_HOME_OTHER);
}

static void test_token_display_texts(void **state)
{
	const struct token_change name = {'2', "name", Q("Dana\\u001b[2J\\u202e\\nroot")};
	struct gp_identity who = {0};

	(void)state;
	assert_int_equal(token_pair_verify(&token_pair_expect, &name, &who, NULL), GP_ST_OK);
	assert_string_equal(who.name, "Dana\\x1B[2J\\u{202E}\\x0Aroot");
	char json[600];
	memset(json, 'n', sizeof(json));
	json[0] = '"';
	json[sizeof(json) - 2] = '"';
	json[sizeof(json) - 1] = '\0';
	const struct token_change longer = {'2', "name", json};
	assert_int_equal(token_pair_verify(&token_pair_expect, &longer, &who, NULL), GP_ST_OK);
	assert_int_equal(strlen(who.name), sizeof(who.name) - 1);
}

static void test_token_client_info(void **state)
{
	static const struct {
		const char *json;
		enum gp_home_kind home;
		enum gp_status st;
	} rows[] = {
		{NULL, GP_HOME_UNKNOWN, GP_ST_OK},
		{"{\"uid\":\"u\",\"utid\":\"" HOME "\"}", GP_HOME_ENTRA, GP_ST_OK},
		{"{\"uid\":\"u\",\"utid\":\"BBBBBBBB-0000-4000-8000-000000000002\"}", GP_HOME_ENTRA,
		 GP_ST_OK},
		{"{\"uid\":\"u\",\"utid\":\"" TENANT "\"}", GP_HOME_ENTRA, GP_ST_DENIED},
		{"{\"uid\":\"u\",\"utid\":\"" MSA "\"}", GP_HOME_MSA, GP_ST_OK},
		{"{\"uid\":\"u\",\"utid\":\"" HOME "\"}", GP_HOME_MSA, GP_ST_DENIED},
		{"{\"uid\":\"u\",\"utid\":\"" TENANT "\"}", GP_HOME_INTERNAL, GP_ST_OK},
		{"{\"uid\":\"u\",\"utid\":\"" HOME "\"}", GP_HOME_INTERNAL, GP_ST_DENIED},
		{"{\"uid\":\"u\",\"utid\":\"" HOME "\"}", GP_HOME_OTHER, GP_ST_OK},
		{"{\"uid\":\"u\",\"utid\":\"" HOME "\"}", GP_HOME_UNKNOWN, GP_ST_DENIED},
		{"{\"uid\":\"u\",\"utid\":\"x\"}", GP_HOME_ENTRA, GP_ST_INVALID},
		{"{\"uid\":\"u\"}", GP_HOME_ENTRA, GP_ST_INVALID},
		{"{\"utid\":\"" HOME "\"}", GP_HOME_ENTRA, GP_ST_INVALID},
		{"{\"uid\":\"\",\"utid\":\"" HOME "\"}", GP_HOME_ENTRA, GP_ST_INVALID},
		{"{\"uid\":\"u\",\"utid\":\"" HOME "\",\"utid\":\"" HOME "\"}", GP_HOME_ENTRA,
		 GP_ST_INVALID},
		{"[]", GP_HOME_ENTRA, GP_ST_INVALID},
		{"x", GP_HOME_OTHER, GP_ST_INVALID},
	};
	struct gp_identity who = {.tid = TENANT, .home_tenant = HOME};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct gp_error err = {0};
		char *text = rows[i].json != NULL
				     ? jwt_maker_base64url(rows[i].json, strlen(rows[i].json))
				     : jwt_maker_format("%s", "");
		who.home = rows[i].home;
		if (gp_client_info_check(gp_str_from(text), &who, &err) != rows[i].st)
			fail_msg("row %zu: %s", i, err.text);
		free(text);
	}
	char big[2050];
	memset(big, 'A', sizeof(big));
	who.home = GP_HOME_OTHER;
	assert_int_equal(gp_client_info_check((struct gp_str){big, sizeof(big)}, &who, NULL),
			 GP_ST_INVALID);
	assert_int_equal(gp_client_info_check(GP_STR("e30="), &who, NULL), GP_ST_INVALID);
}

/* Cut at any byte, or with any one bit flipped, neither token is taken. */
static void test_token_mutations(void **state)
{
	char *access = token_pair_access("any", NULL);
	char *id = token_pair_id("any", NULL);
	char *both[] = {access, id};
	struct gp_identity who = {0};

	(void)state;
	for (int which = 0; which < 2; which++) {
		char *token = both[which];
		const size_t len = strlen(token);
		for (size_t bit = 0; bit < len * 8; bit++) {
			token[bit / 8] = (char)(token[bit / 8] ^ (1 << bit % 8));
			if (gp_token_verify(token_pair_keys, &token_pair_expect,
					    gp_str_from(access), gp_str_from(id), &who,
					    NULL) == GP_ST_OK)
				fail_msg("token %d accepted with bit %zu flipped", which, bit);
			token[bit / 8] = (char)(token[bit / 8] ^ (1 << bit % 8));
		}
		for (size_t n = 0; n < len; n++) {
			const struct gp_str a = {access, which == 0 ? n : strlen(access)};
			const struct gp_str i = {id, which == 1 ? n : strlen(id)};
			assert_int_not_equal(gp_token_verify(token_pair_keys, &token_pair_expect, a,
							     i, &who, NULL),
					     GP_ST_OK);
		}
	}
	assert_int_equal(who.home, GP_HOME_UNKNOWN);
	free(access);
	free(id);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_token_good),
		cmocka_unit_test(test_token_contexts),
		cmocka_unit_test(test_token_homes),
		cmocka_unit_test(test_token_idp_lengths),
		cmocka_unit_test(test_home_words),
		cmocka_unit_test(test_token_key_issuer),
		cmocka_unit_test(test_token_pairs),
		cmocka_unit_test(test_token_empty_expectations),
		cmocka_unit_test(test_token_display_texts),
		cmocka_unit_test(test_token_client_info),
		cmocka_unit_test(test_token_mutations),
	};
	return cmocka_run_group_tests(tests, token_pair_setup, token_pair_teardown);
}
