/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/support/token_pair.h"

#include <stdlib.h>

#include "contract/buf.h"
#include "tests/unit/support/jwt_maker.h"

#include "contract/ban.h"

/* The code was issued, the person signed in 30 s later, it is a minute later. Entra back-dates. */
const struct gp_token_expect token_pair_expect = {
	.issuer = ISSUER,
	.tenant_id = TENANT,
	.client_id = CLIENT,
	.api_id = API,
	.scope_word = "ssh.login",
	.sts_prefix = STS,
	.code_issued_s = 1767000000,
	.now_s = 1767000060,
};

struct claim {
	const char *name;
	const char *json;
};

static const struct claim access_claims[] = {
	{"aud", Q(API)},
	{"iss", Q(ISSUER)},
	{"iat", "1766999730"},
	{"nbf", "1766999730"},
	{"exp", "1767004200"},
	{"uti", Q("opaque-uti")},
	{"ver", Q("2.0")},
	{"azp", Q(CLIENT)},
	{"azpacr", Q("0")},
	{"scp", Q("ssh.login")},
	{"idtyp", Q("user")},
	{"tid", Q(TENANT)},
	{"oid", Q(GUEST)},
	{"sub", Q("pairwise-for-the-api")},
	{"name", Q("Dana Partner")},
	{"idp", Q(STS HOME "/")},
	{"acct", "1"},
	{"auth_time", "1767000030"},
	{"ipaddr", Q("203.0.113.7")},
	{NULL, NULL},
};

static const struct claim id_claims[] = {
	{"aud", Q(CLIENT)},
	{"iss", Q(ISSUER)},
	{"iat", "1766999730"},
	{"nbf", "1766999730"},
	{"exp", "1767003630"},
	{"ver", Q("2.0")},
	{"tid", Q(TENANT)},
	{"oid", Q(GUEST)},
	{"sub", Q("pairwise-for-the-client")},
	{"name", Q("Dana Partner")},
	{"preferred_username", Q("dana@partner.example")},
	{"idp", Q(STS HOME "/")},
	{"acct", "1"},
	{"auth_time", "1767000030"},
	{NULL, NULL},
};

struct gp_jwks *token_pair_keys;

int token_pair_setup(void **state)
{
	EVP_PKEY *key = jwt_maker_key(0, 2048);
	char *any = jwt_maker_jwk(key, "any", HOST "{tenantid}/v2.0", "");
	char *own = jwt_maker_jwk(key, "own", ISSUER, "");
	char *other = jwt_maker_jwk(key, "other", HOST MSA "/v2.0", "");
	char *upper = jwt_maker_jwk(key, "upper", HOST "{TenantId}/v2.0", "");
	char *v1 = jwt_maker_jwk(key, "v1", STS "{tenantid}/", "");
	char *body = jwt_maker_format("{\"keys\":[%s,%s,%s,%s,%s]}", any, own, other, upper, v1);
	const enum gp_status st = gp_jwks_parse(gp_str_from(body), &token_pair_keys, NULL);

	(void)state;
	free(any);
	free(own);
	free(other);
	free(upper);
	free(v1);
	free(body);
	return st == GP_ST_OK ? 0 : -1;
}

int token_pair_teardown(void **state)
{
	(void)state;
	gp_jwks_free(token_pair_keys);
	return 0;
}

static char *make_token(const struct claim *claims, const char *kid, char which,
			const struct token_change *change)
{
	gp_buf_auto struct gp_buf b = GP_BUF(16384);
	const bool ours = change != NULL && (change->in == which || change->in == '2');
	bool done = false;

	gp_buf_text(&b, "{\"x\":0");
	for (; claims->name != NULL; claims++) {
		const bool hit = ours && strcmp(claims->name, change->claim) == 0;
		const char *json = hit ? change->json : claims->json;
		done = done || hit;
		if (json != NULL)
			gp_buf_printf(&b, ",\"%s\":%s", claims->name, json);
	}
	if (ours && !done && change->json != NULL)
		gp_buf_printf(&b, ",\"%s\":%s", change->claim, change->json);
	gp_buf_text(&b, "}");
	char *header = jwt_maker_format("{\"alg\":\"RS256\",\"kid\":\"%s\"}", kid);
	char *token = jwt_maker_sign(jwt_maker_key(0, 2048), header, gp_buf_get(&b));
	free(header);
	return token;
}

char *token_pair_access(const char *kid, const struct token_change *change)
{
	return make_token(access_claims, kid, 'a', change);
}

char *token_pair_id(const char *kid, const struct token_change *change)
{
	return make_token(id_claims, kid, 'i', change);
}

enum gp_status token_pair_verify(const struct gp_token_expect *want,
				 const struct token_change *change, struct gp_identity *out,
				 struct gp_error *err)
{
	char *access = token_pair_access("any", change);
	char *id = token_pair_id("any", change);
	const enum gp_status st = gp_token_verify(token_pair_keys, want, gp_str_from(access),
						  gp_str_from(id), out, err);

	free(access);
	free(id);
	return st;
}
