/* SPDX-License-Identifier: Apache-2.0 */
#include "entra/token_rules.h"

#include "contract/text.h"

#include "contract/ban.h"

#define TIME_MAX (INT64_C(1) << 52) /* far beyond any date, and sums of it cannot overflow */

enum { IN_ACCESS = 1, IN_ID = 2, IN_BOTH = IN_ACCESS | IN_ID };

/* What a rule sees: one token, and the other one of the same sign-in. */
struct facts {
	const struct gp_token_expect *expect;
	const struct gp_json *claims;
	struct gp_str key_issuer;
	const struct gp_json *other;
};

static bool text_of(const struct gp_json *claims, const char *claim, struct gp_str *out)
{
	return gp_json_get_str(claims, claim, GP_CLAIM_TEXT_MAX, out) == GP_ST_OK && out->len > 0;
}

static bool time_of(const struct gp_json *claims, const char *claim, int64_t *out)
{
	return gp_json_get_int(claims, claim, 0, TIME_MAX, out) == GP_ST_OK;
}

static bool absent(const struct gp_json *claims, const char *claim)
{
	const struct gp_json *unused = NULL;
	return gp_json_get(claims, claim, &unused) == GP_ST_NOT_FOUND;
}

static bool text_is(const struct gp_json *claims, const char *claim, const char *want)
{
	struct gp_str s;
	return text_of(claims, claim, &s) && gp_str_is(s, want);
}

bool gp_token_same_guid(struct gp_str a, struct gp_str b)
{
	uint8_t raw_a[16];
	uint8_t raw_b[16];

	return gp_guid_parse(a, raw_a) == GP_ST_OK && gp_guid_parse(b, raw_b) == GP_ST_OK &&
	       memcmp(raw_a, raw_b, sizeof(raw_a)) == 0;
}

static bool guid_is(const struct gp_json *claims, const char *claim, const char *want)
{
	struct gp_str s;
	return text_of(claims, claim, &s) && gp_token_same_guid(s, gp_str_from(want));
}

static bool check_iss(const struct facts *f)
{
	return text_is(f->claims, "iss", f->expect->issuer);
}

static bool check_tid(const struct facts *f)
{
	return guid_is(f->claims, "tid", f->expect->tenant_id);
}

/* entra-facts 4.5(3): the key's issuer, with the token's tid for "{tenantid}", is the token's. */
static bool check_key_issuer(const struct facts *f)
{
	uint8_t raw[16];
	char tid[GP_GUID_TEXT];
	struct gp_str s;

	if (!text_of(f->claims, "tid", &s) || gp_guid_parse(s, raw) != GP_ST_OK)
		return false;
	gp_guid_format(raw, tid);
	return text_of(f->claims, "iss", &s) && gp_jwks_issuer_fits(f->key_issuer, tid, s);
}

static bool check_access_aud(const struct facts *f)
{
	return guid_is(f->claims, "aud", f->expect->api_id);
}

static bool check_id_aud(const struct facts *f)
{
	return guid_is(f->claims, "aud", f->expect->client_id);
}

static bool check_ver(const struct facts *f)
{
	return text_is(f->claims, "ver", "2.0");
}

static bool check_exp(const struct facts *f)
{
	int64_t exp;
	return time_of(f->claims, "exp", &exp) && exp > f->expect->now_s - GP_TOKEN_SKEW_S;
}

static bool check_nbf(const struct facts *f)
{
	int64_t nbf;
	return time_of(f->claims, "nbf", &nbf) && nbf <= f->expect->now_s + GP_TOKEN_SKEW_S;
}

static bool check_iat(const struct facts *f)
{
	int64_t iat;
	return time_of(f->claims, "iat", &iat) && iat <= f->expect->now_s + GP_TOKEN_SKEW_S;
}

/* Entra back-dates iat by 300 s (entra-facts 18), hence twice 300. */
static bool check_fresh(const struct facts *f)
{
	int64_t iat;
	return time_of(f->claims, "iat", &iat) &&
	       iat + 300 >= f->expect->code_issued_s - GP_TOKEN_SKEW_S;
}

static bool check_sub(const struct facts *f)
{
	struct gp_str s;
	return text_of(f->claims, "sub", &s);
}

static bool check_oid(const struct facts *f)
{
	struct gp_str s;
	return text_of(f->claims, "oid", &s) && gp_token_same_guid(s, s);
}

static bool check_azp(const struct facts *f)
{
	return guid_is(f->claims, "azp", f->expect->client_id);
}

static bool check_azpacr(const struct facts *f)
{
	return text_is(f->claims, "azpacr", "0");
}

static bool check_scp(const struct facts *f)
{
	const struct gp_str want = gp_str_from(f->expect->scope_word);
	struct gp_str rest;

	if (want.len == 0 || !text_of(f->claims, "scp", &rest))
		return false;
	while (rest.len > 0) {
		const char *space = memchr(rest.ptr, ' ', rest.len);
		const size_t len = space != NULL ? (size_t)(space - rest.ptr) : rest.len;
		if (gp_str_equal((struct gp_str){rest.ptr, len}, want))
			return true;
		const size_t used = space != NULL ? len + 1 : len;
		rest = (struct gp_str){rest.ptr + used, rest.len - used};
	}
	return false;
}

static bool check_idtyp(const struct facts *f)
{
	return absent(f->claims, "idtyp") || text_is(f->claims, "idtyp", "user");
}

static bool check_idp(const struct facts *f)
{
	struct gp_str s;
	return absent(f->claims, "idp") || (text_of(f->claims, "idp", &s) && s.len < GP_IDP_MAX &&
					    gp_text_is_safe(s, GP_TEXT_LINE));
}

static bool check_acct(const struct facts *f)
{
	int64_t acct;
	return absent(f->claims, "acct") ||
	       gp_json_get_int(f->claims, "acct", 0, 1, &acct) == GP_ST_OK;
}

static bool check_auth_time(const struct facts *f)
{
	int64_t t;
	return absent(f->claims, "auth_time") || time_of(f->claims, "auth_time", &t);
}

static bool same_oid(const struct facts *f)
{
	struct gp_str a;
	struct gp_str b;
	return text_of(f->claims, "oid", &a) && text_of(f->other, "oid", &b) &&
	       gp_token_same_guid(a, b);
}

static bool same_idp(const struct facts *f)
{
	struct gp_str a;
	struct gp_str b;
	return absent(f->claims, "idp") || absent(f->other, "idp") ||
	       (text_of(f->claims, "idp", &a) && text_of(f->other, "idp", &b) &&
		gp_str_equal(a, b));
}

static bool same_number(const struct facts *f, const char *claim)
{
	int64_t a;
	int64_t b;
	return absent(f->claims, claim) || absent(f->other, claim) ||
	       (time_of(f->claims, claim, &a) && time_of(f->other, claim, &b) && a == b);
}

static bool same_acct(const struct facts *f)
{
	return same_number(f, "acct");
}

static bool same_auth_time(const struct facts *f)
{
	return same_number(f, "auth_time");
}

/* architecture.md, "Registrations in Entra". The last rows compare the two tokens;
 * that both have one tid follows from its being the tenant in each. */
static const struct rule {
	const char *claim;
	unsigned int in;
	bool (*holds)(const struct facts *f);
	const char *expected;
} rules[] = {
	{"iss", IN_BOTH, check_iss, "the tenant's issuer"},
	{"tid", IN_BOTH, check_tid, "the tenant"},
	{"iss", IN_BOTH, check_key_issuer, "the issuer of the key that signed it"},
	{"aud", IN_ACCESS, check_access_aud, "the tier's API"},
	{"aud", IN_ID, check_id_aud, "the sign-in client"},
	{"ver", IN_BOTH, check_ver, "2.0"},
	{"exp", IN_BOTH, check_exp, "a time to come"},
	{"nbf", IN_BOTH, check_nbf, "a time that has come"},
	{"iat", IN_BOTH, check_iat, "a time that has come"},
	{"iat", IN_BOTH, check_fresh, "a time after the code was issued"},
	{"sub", IN_BOTH, check_sub, "a subject"},
	{"oid", IN_BOTH, check_oid, "an object id"},
	{"azp", IN_ACCESS, check_azp, "the sign-in client"},
	{"azpacr", IN_ACCESS, check_azpacr, "0, a public client"},
	{"scp", IN_ACCESS, check_scp, "the tier's scope among its words"},
	{"idtyp", IN_ACCESS, check_idtyp, "user, or none"},
	{"idp", IN_BOTH, check_idp, "a short printable text, or none"},
	{"acct", IN_BOTH, check_acct, "0 or 1, or none"},
	{"auth_time", IN_BOTH, check_auth_time, "a time, or none"},
	{"oid", IN_ACCESS, same_oid, "the ID token's"},
	{"idp", IN_ACCESS, same_idp, "the ID token's"},
	{"acct", IN_ACCESS, same_acct, "the ID token's"},
	{"auth_time", IN_ACCESS, same_auth_time, "the ID token's"},
};

/* What CLAIMS say of CLAIM, for an administrator's eyes: short, and safe for a terminal. */
static void describe(const struct gp_json *claims, const char *claim, char *out, size_t size)
{
	const struct gp_json *value = NULL;
	struct gp_str s;
	int64_t n = 0;

	if (gp_json_get(claims, claim, &value) != GP_ST_OK)
		s = GP_STR("absent");
	else if (gp_json_int(value, INT64_MIN, INT64_MAX, &n) == GP_ST_OK)
		s = gp_format(out, size, "%lld", (long long)n) == GP_ST_OK ? gp_str_from(out)
									   : GP_STR("a number");
	else if (gp_json_str(value, GP_CLAIM_TEXT_MAX, &s) != GP_ST_OK)
		s = GP_STR("of another kind");
	if (s.ptr != out)
		(void)gp_text_safe(s, GP_TEXT_LINE, out, size);
}

static enum gp_status check_row(const struct rule *rule, const char *token, const struct facts *f,
				struct gp_error *err)
{
	char is[64];

	if (rule->holds(f))
		return GP_ST_OK;
	describe(f->claims, rule->claim, is, sizeof(is));
	return gp_fail(err, GP_ST_DENIED, "%s.%s: expected %s, is %s", token, rule->claim,
		       rule->expected, is);
}

enum gp_status gp_token_rules_check(const struct gp_token_expect *expect,
				    const struct gp_token_claims *access,
				    const struct gp_token_claims *id, struct gp_error *err)
{
	const struct facts of_access = {expect, access->object, access->key_issuer, id->object};
	const struct facts of_id = {expect, id->object, id->key_issuer, access->object};
	enum gp_status st = GP_ST_OK;

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]) && st == GP_ST_OK; i++) {
		if ((rules[i].in & IN_ACCESS) != 0)
			st = check_row(&rules[i], "access", &of_access, err);
		if (st == GP_ST_OK && (rules[i].in & IN_ID) != 0)
			st = check_row(&rules[i], "id", &of_id, err);
	}
	return st;
}
