/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens as the tenant issues them, with one thing wrong or none. */
#include <stdlib.h>

#include "contract/buf.h"
#include "tests/fuzz/daemon/world.h"
#include "tests/unit/support/jwt_maker.h"

#include "contract/ban.h"

#define ISSUER LOGIN_ROOT "/" OUR_TENANT "/v2.0"

const char *tokens_keys(void)
{
	static char *body;
	if (body == NULL) {
		char *jwk = jwt_maker_jwk(jwt_maker_key(0, 2048), "k1",
					  LOGIN_ROOT "/{tenantid}/v2.0", "");
		body = jwt_maker_format("{\"keys\":[%s]}", jwk);
		free(jwk);
	}
	return body;
}

static char *sign(char *payload, enum tokens kind)
{
	char *header = jwt_maker_format("{\"alg\":\"RS256\",\"kid\":\"%s\"}",
					kind == TOKENS_UNKNOWN_KEY ? "k9" : "k1");
	char *token = jwt_maker_sign(jwt_maker_key(kind == TOKENS_BAD_SIGNATURE ? 1 : 0, 2048),
				     header, payload);
	free(header);
	free(payload);
	return token;
}

static char *make(bool access, const struct person *p, enum tokens kind, int64_t now_s)
{
	const int64_t iat = kind == TOKENS_EXPIRED ? now_s - 90000 : now_s - 300;
	const char *aud = kind == TOKENS_OTHER_AUDIENCE ? READER_ID : access ? API_ID : CLIENT_ID;
	char *payload = jwt_maker_format(
		"{\"aud\":\"%s\",\"iss\":\"%s\",\"iat\":%lld,\"nbf\":%lld,\"exp\":%lld,"
		"\"ver\":\"2.0\",\"tid\":\"%s\",\"oid\":\"%s\",\"sub\":\"s-%s\","
		"\"idp\":\"https://sts.windows.net/%s/\",\"acct\":1,\"auth_time\":%lld%s}",
		aud, ISSUER, (long long)iat, (long long)iat, (long long)iat + 3900, OUR_TENANT,
		p->oid, access ? "api" : "client", p->home, (long long)now_s,
		access ? ",\"azp\":\"" CLIENT_ID "\",\"azpacr\":\"0\",\"scp\":\"ssh.login\","
			 "\"idtyp\":\"user\",\"uti\":\"u\",\"ipaddr\":\"203.0.113.7\""
		       : "");
	return sign(payload, kind);
}

static char *make_body(const struct person *person, enum tokens kind, int64_t now_s)
{
	char *access = make(true, person, kind, now_s);
	char *id = make(false, person, kind, now_s);
	char *info = jwt_maker_format("{\"uid\":\"u\",\"utid\":\"%s\"}",
				      kind == TOKENS_OTHER_INFO ? READER_ID : person->home);
	char *info64 = jwt_maker_base64url(info, strlen(info));
	char *body = jwt_maker_format(
		"{\"token_type\":\"Bearer\",\"expires_in\":3900,\"access_token\":\"%s\","
		"\"id_token\":\"%s\",\"client_info\":\"%s\"}",
		access, id, info64);
	free(access);
	free(id);
	free(info);
	free(info64);
	return body;
}

/* Programs are much alike, and signing is most of the work. */
const char *tokens_body(const struct person *person, enum tokens kind, int64_t now_s)
{
	static struct {
		char *body;
		const char *oid;
		enum tokens kind;
		int64_t now_s;
	} kept[256];
	const size_t at = (size_t)(now_s * 24 + (int64_t)kind * 4 + person->oid[35] % 4) % 256;

	if (kept[at].body == NULL || kept[at].oid != person->oid || kept[at].kind != kind ||
	    kept[at].now_s != now_s) {
		free(kept[at].body);
		kept[at].body = make_body(person, kind, now_s);
		kept[at].oid = person->oid;
		kept[at].kind = kind;
		kept[at].now_s = now_s;
	}
	return kept[at].body;
}
