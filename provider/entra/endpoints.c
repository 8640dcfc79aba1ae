/* SPDX-License-Identifier: Apache-2.0 */
/* The discovery document, pinned: nothing in it may lead away from the configured authority. */
#include "base/json.h"
#include "entra/authority.h"

#include "contract/ban.h"

static enum gp_status take(const struct gp_json *root, const char *key, char out[static GP_URL_MAX],
			   struct gp_error *err)
{
	struct gp_str value = {0};
	enum gp_status st = gp_json_get_str(root, key, GP_URL_MAX - 1, &value);
	if (st == GP_ST_OK)
		st = gp_copy(out, GP_URL_MAX, value);
	if (st != GP_ST_OK)
		return gp_fail(err, GP_ST_INVALID, "discovery: %s is missing or no text", key);
	return GP_ST_OK;
}

static enum gp_status take_url(const struct gp_json *root, const char *key, const char *login,
			       char out[static GP_URL_MAX], struct gp_error *err)
{
	enum gp_status st = take(root, key, out, err);
	if (st == GP_ST_OK && !gp_http_same_origin(out, login))
		st = gp_fail(err, GP_ST_INVALID, "discovery: %s is not on %s", key, login);
	return st;
}

enum gp_status gp_endpoints_parse(struct gp_str body, const char *login, const char *tenant_id,
				  struct gp_endpoints *out, struct gp_error *err)
{
	gp_json_doc_auto struct gp_json_doc *doc = NULL;
	struct gp_endpoints found = {0};
	char issuer[GP_URL_MAX];
	enum gp_status st = gp_json_parse(body, &doc, err);
	if (st != GP_ST_OK)
		return st;
	const struct gp_json *root = gp_json_root(doc);
	st = gp_format(issuer, sizeof(issuer), "%s/%s/v2.0", login, tenant_id);
	if (st != GP_ST_OK)
		return gp_fail(err, st, "the authority's address is too long");
	st = take(root, "issuer", found.issuer, err);
	if (st == GP_ST_OK && strcmp(found.issuer, issuer) != 0)
		st = gp_fail(err, GP_ST_INVALID, "discovery: the issuer is not %s", issuer);
	if (st == GP_ST_OK)
		st = take_url(root, "token_endpoint", login, found.token, err);
	if (st == GP_ST_OK)
		st = take_url(root, "device_authorization_endpoint", login, found.device_code, err);
	if (st == GP_ST_OK)
		st = take_url(root, "jwks_uri", login, found.keys, err);
	if (st == GP_ST_OK)
		*out = found;
	return st;
}
