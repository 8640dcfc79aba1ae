/* SPDX-License-Identifier: Apache-2.0 */
#include "entra/token.h"

#include "base/base64url.h"
#include "base/json.h"
#include "config/config.h"
#include "contract/text.h"
#include "entra/jws.h"
#include "entra/token_rules.h"

#include "contract/ban.h"

#define MSA_TENANT "9188040d-6c67-4c5b-b112-36a304b66dad"
#define MSA_NAME   "msa"

enum { CLIENT_INFO_MAX = 2048 };

/* Outside text that is only ever shown: cut and made safe once, here. */
static void show_text(const struct gp_json *first, const struct gp_json *second, const char *claim,
		      char *out, size_t size)
{
	struct gp_str s;

	out[0] = '\0';
	if (gp_json_get_str(first, claim, GP_JWS_MAX, &s) == GP_ST_OK ||
	    (second != NULL && gp_json_get_str(second, claim, GP_JWS_MAX, &s) == GP_ST_OK))
		(void)gp_text_safe(s, GP_TEXT_LINE, out, size);
}

/* Lower-case GUID of a claim that a rule has found to be one. */
static enum gp_status take_guid(const struct gp_json *claims, const char *claim,
				char out[static GP_GUID_TEXT])
{
	struct gp_str s;
	uint8_t raw[16];
	enum gp_status st = gp_json_get_str(claims, claim, GP_CLAIM_TEXT_MAX, &s);

	if (st == GP_ST_OK)
		st = gp_guid_parse(s, raw);
	if (st == GP_ST_OK)
		gp_guid_format(raw, out);
	return st;
}

/* A number which the rules allow to be absent. */
static int64_t take_number(const struct gp_json *access, const struct gp_json *id,
			   const char *claim)
{
	int64_t n = -1;

	if (gp_json_get_int(access, claim, 0, INT64_MAX, &n) != GP_ST_OK &&
	    gp_json_get_int(id, claim, 0, INT64_MAX, &n) != GP_ST_OK)
		n = -1;
	return n;
}

/* Exactly PREFIX, a GUID and a slash. */
static bool sts_guid(struct gp_str idp, const char *prefix, char out[static GP_GUID_TEXT])
{
	const size_t prefix_len = strlen(prefix);
	uint8_t raw[16];

	if (prefix_len == 0 || idp.len != prefix_len + GP_GUID_TEXT ||
	    !gp_str_starts(idp, prefix) || idp.ptr[idp.len - 1] != '/' ||
	    gp_guid_parse((struct gp_str){idp.ptr + prefix_len, GP_GUID_TEXT - 1}, raw) != GP_ST_OK)
		return false;
	gp_guid_format(raw, out);
	return true;
}

/* TENANT gets the GUID, if IDP has one. */
static enum gp_home_kind kind_of(const struct gp_token_expect *expect, struct gp_str idp,
				 const char *own_tid, char tenant[static GP_GUID_TEXT])
{
	const bool in_entra = sts_guid(idp, expect->sts_prefix, tenant);

	if (gp_str_is(idp, expect->issuer) || (in_entra && strcmp(tenant, own_tid) == 0))
		return GP_HOME_INTERNAL;
	if (gp_str_is(idp, "live.com") || (in_entra && strcmp(tenant, MSA_TENANT) == 0))
		return GP_HOME_MSA;
	return in_entra ? GP_HOME_ENTRA : GP_HOME_OTHER;
}

const char *gp_home_name(const struct gp_identity *identity)
{
	switch (identity->home) {
	case GP_HOME_ENTRA:
		return identity->home_tenant;
	case GP_HOME_MSA:
		return MSA_NAME;
	case GP_HOME_INTERNAL:
		return identity->tid;
	case GP_HOME_OTHER:
	case GP_HOME_UNKNOWN:
		break;
	}
	return identity->idp;
}

enum gp_status gp_home_parse(struct gp_str text, char out[static GP_IDP_MAX])
{
	static const char *const literals[] = {MSA_NAME, "mail", "google.com", "facebook.com"};
	uint8_t raw[16];
	char guid[GP_GUID_TEXT];

	out[0] = '\0';
	if (gp_guid_parse(text, raw) == GP_ST_OK) {
		gp_guid_format(raw, guid);
		return gp_copy(out, GP_IDP_MAX,
			       gp_str_from(strcmp(guid, MSA_TENANT) == 0 ? MSA_NAME : guid));
	}
	if (gp_str_is(text, "live.com"))
		return gp_copy(out, GP_IDP_MAX, GP_STR(MSA_NAME));
	for (size_t i = 0; i < sizeof(literals) / sizeof(literals[0]); i++)
		if (gp_str_is(text, literals[i]))
			return gp_copy(out, GP_IDP_MAX, text);
	return GP_ST_NOT_FOUND;
}

bool gp_home_is_shared(struct gp_str idp, const char *sts_prefix)
{
	char ignored[GP_IDP_MAX];
	return sts_guid(idp, sts_prefix, ignored) || gp_home_parse(idp, ignored) == GP_ST_OK;
}

static void take_home(const struct gp_token_expect *expect, const struct gp_json *access,
		      const struct gp_json *id, struct gp_identity *out)
{
	struct gp_str idp;
	char tenant[GP_GUID_TEXT];

	if (gp_json_get_str(access, "idp", GP_IDP_MAX - 1, &idp) != GP_ST_OK &&
	    gp_json_get_str(id, "idp", GP_IDP_MAX - 1, &idp) != GP_ST_OK) {
		out->home = GP_HOME_INTERNAL;
		return;
	}
	if (gp_copy(out->idp, sizeof(out->idp), idp) != GP_ST_OK)
		return; /* unknown, which admits nobody */
	out->home = kind_of(expect, idp, out->tid, tenant);
	if (out->home == GP_HOME_ENTRA)
		memcpy(out->home_tenant, tenant, sizeof(tenant));
}

/* What is no "c1" to "c99" is left out; so is what has no room, and that can only refuse. */
static void take_contexts(const struct gp_json *access, struct gp_identity *out)
{
	const struct gp_json *list = NULL;
	size_t len = 0;
	if (gp_json_get_array(access, "acrs", &list) != GP_ST_OK)
		return;
	for (size_t i = 0; i < gp_json_array_len(list); i++) {
		struct gp_str word;
		if (gp_json_str(gp_json_array_at(list, i), 3, &word) != GP_ST_OK ||
		    !gp_context_ok(word))
			continue;
		if (gp_format(out->acrs + len, sizeof(out->acrs) - len, "%s%.*s",
			      len > 0 ? " " : "", GP_STR_ARGS(word)) != GP_ST_OK) {
			out->acrs[len] = '\0';
			return;
		}
		len += strlen(out->acrs + len);
	}
}

static enum gp_status take_identity(const struct gp_token_expect *expect,
				    const struct gp_json *access, const struct gp_json *id,
				    struct gp_identity *out, struct gp_error *err)
{
	if (take_guid(access, "tid", out->tid) != GP_ST_OK ||
	    take_guid(access, "oid", out->oid) != GP_ST_OK)
		return gp_fail(err, GP_ST_INTERNAL, "access: tid or oid lost after the rules");
	take_home(expect, access, id, out);
	out->acct = (int)take_number(access, id, "acct");
	out->auth_time = take_number(access, id, "auth_time");
	show_text(access, NULL, "uti", out->uti, sizeof(out->uti));
	show_text(id, access, "name", out->name, sizeof(out->name));
	show_text(id, access, "preferred_username", out->preferred_username,
		  sizeof(out->preferred_username));
	show_text(access, id, "ipaddr", out->ipaddr, sizeof(out->ipaddr));
	take_contexts(access, out);
	return GP_ST_OK;
}

static enum gp_status verify_one(const struct gp_jwks *keys, const char *which, struct gp_str token,
				 struct gp_json_doc **doc, struct gp_token_claims *out,
				 struct gp_error *err)
{
	struct gp_error inner = {0};
	const enum gp_status st = gp_jws_verify(keys, token, doc, &out->key_issuer, &inner);

	if (st != GP_ST_OK)
		return gp_fail(err, st, "%s.%s", which, inner.text);
	out->object = gp_json_root(*doc);
	return GP_ST_OK;
}

enum gp_status gp_token_verify(const struct gp_jwks *keys, const struct gp_token_expect *expect,
			       struct gp_str access_token, struct gp_str id_token,
			       struct gp_identity *out, struct gp_error *err)
{
	gp_json_doc_auto struct gp_json_doc *access_doc = NULL;
	gp_json_doc_auto struct gp_json_doc *id_doc = NULL;
	struct gp_token_claims access = {0};
	struct gp_token_claims id = {0};
	struct gp_identity found = {.acct = -1, .auth_time = -1};

	/* Both signatures before any claim of either. */
	enum gp_status st = verify_one(keys, "access", access_token, &access_doc, &access, err);
	if (st == GP_ST_OK)
		st = verify_one(keys, "id", id_token, &id_doc, &id, err);
	if (st == GP_ST_OK)
		st = gp_token_rules_check(expect, &access, &id, err);
	if (st == GP_ST_OK)
		st = take_identity(expect, access.object, id.object, &found, err);
	if (st == GP_ST_OK)
		*out = found;
	return st;
}

enum gp_status gp_client_info_parse(struct gp_str client_info, struct gp_client_info *out,
				    struct gp_error *err)
{
	gp_json_doc_auto struct gp_json_doc *doc = NULL;
	uint8_t raw[GP_BASE64URL_DECODED(CLIENT_INFO_MAX)];
	size_t len = 0;
	struct gp_str uid;

	if (client_info.len == 0)
		return gp_fail(err, GP_ST_NOT_FOUND, "client_info: there is none");
	if (client_info.len > CLIENT_INFO_MAX ||
	    gp_base64url_decode(client_info, raw, sizeof(raw), &len) != GP_ST_OK ||
	    gp_json_parse((struct gp_str){(const char *)raw, len}, &doc, NULL) != GP_ST_OK)
		return gp_fail(err, GP_ST_INVALID, "client_info: not base64url of strict JSON");
	const struct gp_json *info = gp_json_root(doc);
	if (gp_json_get_str(info, "uid", sizeof(out->uid) - 1, &uid) != GP_ST_OK || uid.len == 0 ||
	    gp_copy(out->uid, sizeof(out->uid), uid) != GP_ST_OK ||
	    take_guid(info, "utid", out->utid) != GP_ST_OK)
		return gp_fail(err, GP_ST_INVALID, "client_info: uid or utid missing");
	return GP_ST_OK;
}

enum gp_status gp_client_info_check(struct gp_str client_info, const struct gp_identity *identity,
				    struct gp_error *err)
{
	struct gp_client_info info;
	const char *home = "";
	enum gp_status st = gp_client_info_parse(client_info, &info, err);

	if (st == GP_ST_NOT_FOUND && err != NULL)
		*err = (struct gp_error){0};
	if (st != GP_ST_OK)
		return st == GP_ST_NOT_FOUND ? GP_ST_OK : st;
	switch (identity->home) {
	case GP_HOME_UNKNOWN:
		return gp_fail(err, GP_ST_DENIED, "client_info.utid: no home to agree with");
	case GP_HOME_ENTRA:
		home = identity->home_tenant;
		break;
	case GP_HOME_MSA:
		home = MSA_TENANT;
		break;
	case GP_HOME_INTERNAL:
		home = identity->tid;
		break;
	case GP_HOME_OTHER:
		/* Which tenant Entra names for a home outside of it is not documented. */
		return GP_ST_OK;
	}
	if (strcmp(info.utid, home) != 0)
		return gp_fail(err, GP_ST_DENIED, "client_info.utid: expected %s, is %s", home,
			       info.utid);
	return GP_ST_OK;
}
