/* SPDX-License-Identifier: Apache-2.0 */
/* The good answers of the two endpoints; their contracts are in login_error.h. */
#include <string.h>

#include "base/json.h"
#include "entra/jws.h"
#include "entra/login_error.h"

#include "contract/ban.h"

enum {
	DEVICE_CODE_MAX = 4096,
	CLIENT_INFO_MAX = 2048,
	EXPIRES_MIN_S = 30,
	EXPIRES_MAX_S = 3600,
	INTERVAL_MAX_S = 60,
	INTERVAL_DEFAULT_S = 5, /* RFC 8628 3.2 */
	TOKEN_LIFE_MAX_S = 30 * 86400,
};

/* Printable ASCII without blanks: what may stand in a header, a form or on a screen as it is. */
static bool is_plain(struct gp_str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] <= 0x20 || s.ptr[i] >= 0x7F)
			return false;
	return s.len > 0;
}

static enum gp_status get_plain(const struct gp_json *body, const char *key, size_t max,
				struct gp_str *out)
{
	struct gp_str s;
	const enum gp_status st = gp_json_get_str(body, key, max, &s);

	if (st != GP_ST_OK)
		return st;
	if (!is_plain(s))
		return GP_ST_INVALID;
	*out = s;
	return GP_ST_OK;
}

enum gp_status gp_device_code_parse(struct gp_str body, struct gp_device_code *out,
				    struct gp_error *err)
{
	gp_json_doc_auto struct gp_json_doc *doc = NULL;
	struct gp_device_code found = {.interval_s = INTERVAL_DEFAULT_S};
	struct gp_str secret;
	struct gp_str user_code;
	struct gp_str uri;

	enum gp_status st = gp_json_parse(body, &doc, err);
	if (st != GP_ST_OK)
		return st;
	const struct gp_json *root = gp_json_root(doc);
	if (get_plain(root, "device_code", DEVICE_CODE_MAX, &secret) != GP_ST_OK)
		return gp_fail(err, GP_ST_INVALID, "device code: device_code missing or bad");
	if (get_plain(root, "user_code", sizeof(found.user_code) - 1, &user_code) != GP_ST_OK)
		return gp_fail(err, GP_ST_INVALID, "device code: user_code missing or bad");
	if (get_plain(root, "verification_uri", sizeof(found.verification_uri) - 1, &uri) !=
		    GP_ST_OK ||
	    !gp_str_starts(uri, "https://") || uri.len == strlen("https://"))
		return gp_fail(err, GP_ST_INVALID, "device code: verification_uri is not https");
	if (gp_json_get_int(root, "expires_in", EXPIRES_MIN_S, EXPIRES_MAX_S,
			    &found.expires_in_s) != GP_ST_OK)
		return gp_fail(err, GP_ST_INVALID, "device code: expires_in not in %d .. %d",
			       EXPIRES_MIN_S, EXPIRES_MAX_S);
	st = gp_json_get_int(root, "interval", 1, INTERVAL_MAX_S, &found.interval_s);
	if (st != GP_ST_OK && st != GP_ST_NOT_FOUND)
		return gp_fail(err, GP_ST_INVALID, "device code: interval not in 1 .. %d",
			       INTERVAL_MAX_S);
	if (gp_copy(found.user_code, sizeof(found.user_code), user_code) != GP_ST_OK ||
	    gp_copy(found.verification_uri, sizeof(found.verification_uri), uri) != GP_ST_OK ||
	    gp_secret_set(&found.device_code, secret) != GP_ST_OK)
		return gp_fail(err, GP_ST_NO_MEMORY, "device code: no memory");
	*out = found;
	return GP_ST_OK;
}

void gp_device_code_wipe(struct gp_device_code *code)
{
	gp_secret_wipe(&code->device_code);
	explicit_bzero(code, sizeof(*code));
}

static enum gp_status get_lifetime(const struct gp_json *body, int64_t *out)
{
	struct gp_str digits;
	uint64_t n = 0;

	if (gp_json_get_int(body, "expires_in", 1, TOKEN_LIFE_MAX_S, out) == GP_ST_OK)
		return GP_ST_OK;
	if (gp_json_get_str(body, "expires_in", 20, &digits) != GP_ST_OK ||
	    gp_parse_u64(digits, TOKEN_LIFE_MAX_S, &n) != GP_ST_OK || n == 0)
		return GP_ST_INVALID;
	*out = (int64_t)n;
	return GP_ST_OK;
}

/* An absent one is empty; one that is there must be plain. */
static enum gp_status get_optional(const struct gp_json *body, const char *key, size_t max,
				   struct gp_secret *out)
{
	struct gp_str s;
	const enum gp_status st = get_plain(body, key, max, &s);

	if (st == GP_ST_NOT_FOUND)
		return GP_ST_OK;
	return st == GP_ST_OK ? gp_secret_set(out, s) : st;
}

static enum gp_status read_tokens(const struct gp_json *root, struct gp_token_response *out,
				  struct gp_error *err)
{
	struct gp_str s;

	if (gp_json_get_str(root, "token_type", 32, &s) != GP_ST_OK ||
	    !gp_str_equal_nocase(s, GP_STR("Bearer")))
		return gp_fail(err, GP_ST_INVALID, "token response: token_type is not Bearer");
	if (get_lifetime(root, &out->expires_in_s) != GP_ST_OK)
		return gp_fail(err, GP_ST_INVALID, "token response: expires_in missing or bad");
	if (get_plain(root, "access_token", GP_JWS_MAX, &s) != GP_ST_OK)
		return gp_fail(err, GP_ST_INVALID, "token response: access_token missing or bad");
	enum gp_status st = gp_secret_set(&out->access_token, s);
	if (st == GP_ST_OK)
		st = get_optional(root, "id_token", GP_JWS_MAX, &out->id_token);
	if (st == GP_ST_OK)
		st = get_optional(root, "client_info", CLIENT_INFO_MAX, &out->client_info);
	if (st != GP_ST_OK)
		return gp_fail(err, st, "token response: id_token or client_info bad");
	return GP_ST_OK;
}

enum gp_status gp_token_response_parse(struct gp_str body, struct gp_token_response *out,
				       struct gp_error *err)
{
	gp_json_doc_auto struct gp_json_doc *doc = NULL;
	struct gp_token_response found = {0};

	enum gp_status st = gp_json_parse(body, &doc, err);
	if (st == GP_ST_OK)
		st = read_tokens(gp_json_root(doc), &found, err);
	if (st == GP_ST_OK)
		*out = found;
	else
		gp_token_response_wipe(&found);
	return st;
}

void gp_token_response_wipe(struct gp_token_response *response)
{
	gp_secret_wipe(&response->access_token);
	gp_secret_wipe(&response->id_token);
	gp_secret_wipe(&response->client_info);
	response->expires_in_s = 0;
}
