/* SPDX-License-Identifier: Apache-2.0 */
/* Every row changes one claim of one otherwise good pair of tokens, and names the rule which must
 * refuse it: so each rule of token_rules.c has a row here that breaks it and nothing before it. */
#include "entra/token_rules.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "tests/unit/support/token_pair.h"

#include "contract/ban.h"

static const struct broken {
	struct token_change change;
	const char *rule;
} broken[] = {
	/* Required, in both: absent, of another kind, of another value. */
	{{'a', "iss", NULL}, "access.iss: expected the tenant's issuer, is absent"},
	{{'i', "iss", NULL}, "id.iss: expected the tenant's issuer, is absent"},
	{{'a', "iss", "1"}, "access.iss: expected the tenant's issuer, is 1"},
	{{'a', "iss", Q(ISSUER "/")}, "access.iss: expected the tenant's issuer"},
	{{'i', "iss", Q(HOST HOME "/v2.0")}, "id.iss: expected the tenant's issuer"},
	{{'a', "iss", Q(STS TENANT "/")}, "access.iss: expected the tenant's issuer"},
	{{'a', "iss", Q(ISSUER "\\u0000")}, "access.iss: expected the tenant's issuer"},
	{{'a', "tid", NULL}, "access.tid: expected the tenant, is absent"},
	{{'i', "tid", NULL}, "id.tid: expected the tenant, is absent"},
	{{'a', "tid", Q(HOME)}, "access.tid: expected the tenant, is " HOME},
	{{'i', "tid", Q(HOME)}, "id.tid: expected the tenant, is " HOME},
	{{'2', "tid", Q("contoso.example")}, "access.tid: expected the tenant"},
	{{'a', "aud", NULL}, "access.aud: expected the tier's API, is absent"},
	{{'i', "aud", NULL}, "id.aud: expected the sign-in client, is absent"},
	{{'a', "aud", Q(CLIENT)}, "access.aud: expected the tier's API, is " CLIENT},
	{{'i', "aud", Q(API)}, "id.aud: expected the sign-in client, is " API},
	{{'a', "aud", "[" Q(API) "]"}, "access.aud: expected the tier's API, is of another kind"},
	{{'i', "aud", "[" Q(CLIENT) "]"}, "id.aud: expected the sign-in client"},
	{{'a', "aud", Q("api://" API)}, "access.aud: expected the tier's API, is api://"},
	{{'a', "aud", Q("00000003-0000-0000-c000-000000000000")}, "access.aud: "},
	{{'a', "ver", NULL}, "access.ver: expected 2.0, is absent"},
	{{'i', "ver", NULL}, "id.ver: expected 2.0, is absent"},
	{{'a', "ver", Q("1.0")}, "access.ver: expected 2.0, is 1.0"},
	{{'i', "ver", Q("1.0")}, "id.ver: expected 2.0, is 1.0"},
	{{'a', "ver", "2.0"}, "access.ver: expected 2.0, is of another kind"},
	{{'a', "exp", NULL}, "access.exp: expected a time to come, is absent"},
	{{'i', "exp", NULL}, "id.exp: expected a time to come, is absent"},
	{{'a', "exp", "1766999760"}, "access.exp: expected a time to come, is 1766999760"},
	{{'i', "exp", "1766999760"}, "id.exp: expected a time to come, is 1766999760"},
	{{'a', "exp", Q("1767004200")}, "access.exp: expected a time to come"},
	{{'a', "exp", "1767004200.5"}, "access.exp: expected a time to come"},
	{{'a', "exp", "-1"}, "access.exp: expected a time to come, is -1"},
	{{'a', "exp", "99999999999999999999"}, "access.exp: expected a time to come"},
	{{'a', "exp", "9223372036854775806"}, "access.exp: expected a time to come"},
	{{'a', "nbf", NULL}, "access.nbf: expected a time that has come, is absent"},
	{{'i', "nbf", NULL}, "id.nbf: expected a time that has come, is absent"},
	{{'a', "nbf", "1767000361"}, "access.nbf: expected a time that has come, is 1767000361"},
	{{'i', "nbf", "1767000361"}, "id.nbf: expected a time that has come, is 1767000361"},
	{{'a', "iat", NULL}, "access.iat: expected a time that has come, is absent"},
	{{'i', "iat", NULL}, "id.iat: expected a time that has come, is absent"},
	{{'a', "iat", "1767000361"}, "access.iat: expected a time that has come, is 1767000361"},
	{{'i', "iat", "1767000361"}, "id.iat: expected a time that has come, is 1767000361"},
	{{'a', "iat", "1766999399"}, "access.iat: expected a time after the code was issued, is"},
	{{'i', "iat", "1766999399"}, "id.iat: expected a time after the code was issued, is"},
	{{'a', "sub", NULL}, "access.sub: expected a subject, is absent"},
	{{'i', "sub", NULL}, "id.sub: expected a subject, is absent"},
	{{'a', "sub", Q("")}, "access.sub: expected a subject"},
	{{'i', "sub", "null"}, "id.sub: expected a subject, is absent"},
	{{'a', "oid", NULL}, "access.oid: expected an object id, is absent"},
	{{'i', "oid", NULL}, "id.oid: expected an object id, is absent"},
	{{'2', "oid", Q("dana@partner.example")}, "access.oid: expected an object id"},
	{{'i', "oid", "[" Q(GUEST) "]"}, "id.oid: expected an object id, is of another kind"},
	{{'2', "oid", Q("{" GUEST "}")}, "access.oid: expected an object id"},
	/* Of the access token alone. */
	{{'a', "azp", NULL}, "access.azp: expected the sign-in client, is absent"},
	{{'a', "azp", Q(API)}, "access.azp: expected the sign-in client, is " API},
	{{'a', "azpacr", NULL}, "access.azpacr: expected 0, a public client, is absent"},
	{{'a', "azpacr", Q("1")}, "access.azpacr: expected 0, a public client, is 1"},
	{{'a', "azpacr", Q("2")}, "access.azpacr: expected 0, a public client, is 2"},
	{{'a', "azpacr", "0"}, "access.azpacr: expected 0, a public client, is 0"},
	{{'a', "scp", NULL}, "access.scp: expected the tier's scope among its words, is absent"},
	{{'a', "scp", Q("")}, "access.scp: "},
	{{'a', "scp", Q("ssh.login.all")}, "access.scp: "},
	{{'a', "scp", Q("xssh.login")}, "access.scp: "},
	{{'a', "scp", Q("SSH.login")}, "access.scp: "},
	{{'a', "scp", Q("api://x/ssh.login other")}, "access.scp: "},
	{{'a', "scp", Q("other,ssh.login")}, "access.scp: "},
	{{'a', "scp", "[" Q("ssh.login") "]"}, "access.scp: "},
	{{'a', "idtyp", Q("app")}, "access.idtyp: expected user, or none, is app"},
	{{'a', "idtyp", Q("device")}, "access.idtyp: expected user, or none, is device"},
	{{'a', "idtyp", Q("")}, "access.idtyp: "},
	{{'a', "idtyp", "1"}, "access.idtyp: "},
	/* Optional, but well formed where present. */
	{{'2', "idp", "7"}, "access.idp: expected a short printable text, or none, is 7"},
	{{'2', "idp", Q("")}, "access.idp: expected a short printable text, or none"},
	{{'2', "idp", Q("a\\u001b[2Jb")}, "access.idp: expected a short printable text"},
	{{'2', "idp", Q("a\\u202eb")}, "access.idp: expected a short printable text"},
	{{'i', "idp", Q("")}, "id.idp: expected a short printable text, or none"},
	{{'2', "acct", "2"}, "access.acct: expected 0 or 1, or none, is 2"},
	{{'2', "acct", Q("1")}, "access.acct: expected 0 or 1, or none, is 1"},
	{{'i', "acct", "-1"}, "id.acct: expected 0 or 1, or none, is -1"},
	{{'2', "auth_time", Q("1767000030")}, "access.auth_time: expected a time, or none"},
	{{'i', "auth_time", "-1"}, "id.auth_time: expected a time, or none, is -1"},
	/* The same in both. */
	{{'a', "oid", Q(HOME)}, "access.oid: expected the ID token's, is " HOME},
	{{'i', "oid", Q(HOME)}, "access.oid: expected the ID token's, is " GUEST},
	{{'a', "idp", Q("live.com")}, "access.idp: expected the ID token's, is live.com"},
	{{'i', "idp", Q("live.com")}, "access.idp: expected the ID token's"},
	{{'a', "acct", "0"}, "access.acct: expected the ID token's, is 0"},
	{{'i', "acct", "0"}, "access.acct: expected the ID token's, is 1"},
	{{'a', "auth_time", "1767000031"}, "access.auth_time: expected the ID token's, is"},
	{{'i', "auth_time", "1767000031"}, "access.auth_time: expected the ID token's, is"},
};

static void test_token_each_rule(void **state)
{
	static const struct gp_identity untouched = {.acct = 7};

	(void)state;
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		struct gp_identity who = untouched;
		struct gp_error err = {0};
		const enum gp_status st =
			token_pair_verify(&token_pair_expect, &broken[i].change, &who, &err);
		if (st != GP_ST_DENIED || !gp_str_starts(gp_str_from(err.text), broken[i].rule))
			fail_msg("row %zu, %s: %s, %s", i, broken[i].rule, gp_status_name(st),
				 err.text);
		assert_memory_equal(&who, &untouched, sizeof(who));
	}
}

/* What must not refuse an honest guest. */
static void test_token_accepts(void **state)
{
	static const struct token_change rows[] = {
		{'a', "idtyp", NULL},
		{'a', "scp", Q("other ssh.login")},
		{'a', "scp", Q("ssh.login other")},
		{'a', "scp", Q("a  ssh.login")},
		{'a', "aud", Q("EEEEEEEE-0000-4000-8000-000000000005")},
		{'2', "oid", Q("CCCCCCCC-0000-4000-8000-000000000003")},
		{'i', "oid", Q("CCCCCCCC-0000-4000-8000-000000000003")},
		{'2', "acct", NULL},
		{'a', "acct", NULL},
		{'i', "acct", NULL},
		{'2', "auth_time", NULL},
		{'i', "auth_time", NULL},
		{'a', "auth_time", NULL},
		{'i', "idp", NULL},
		{'a', "idp", NULL},
		{'2', "name", NULL},
		{'2', "name", "7"},
		{'a', "uti", NULL},
		{'i', "preferred_username", NULL},
		/* The edges of the skew. */
		{'2', "exp", "1766999761"},
		{'2', "nbf", "1767000360"},
		{'2', "iat", "1767000360"},
		{'2', "iat", "1766999400"},
		/* Roles and groups decide nothing here. */
		{'2', "roles", "[" Q("x") "]"},
		{'2', "nonce", Q("x")},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct gp_identity who = {0};
		struct gp_error err = {0};
		if (token_pair_verify(&token_pair_expect, &rows[i], &who, &err) != GP_ST_OK)
			fail_msg("%s: %s", rows[i].claim, err.text);
		assert_string_equal(who.oid, GUEST);
		assert_int_equal(who.home, GP_HOME_ENTRA);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_token_each_rule),
		cmocka_unit_test(test_token_accepts),
	};
	return cmocka_run_group_tests(tests, token_pair_setup, token_pair_teardown);
}
