/* SPDX-License-Identifier: Apache-2.0 */
#include "entra/app_credential.h"

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <stdlib.h>

#include "base/base64url.h"
#include "base/json.h"
#include "base/random.h"
#include "contract/buf.h"
#include "entra/credential.h"

#include "contract/ban.h"

#define ASSERTION_S   600
#define ASSERTION_MAX 4096

static enum gp_status load_certificates(struct gp_credential *c, const struct gp_config *config,
					struct gp_error *err)
{
	for (size_t i = 0; i < GP_CERTIFICATES_MAX; i++) {
		if (config->reader[i].certificate[0] == '\0')
			continue;
		enum gp_status st = gp_certificate_load(&config->reader[i],
							&c->certificates[c->certificates_len], err);
		if (st != GP_ST_OK)
			return st;
		c->certificates_len++;
	}
	struct gp_certificate *all = c->certificates;
	if (c->certificates_len == 2 && all[1].not_after_s > all[0].not_after_s) {
		struct gp_certificate shorter = all[0];
		all[0] = all[1];
		all[1] = shorter;
	}
	return GP_ST_OK;
}

/* The file's text without the line end that editors put there. */
static enum gp_status load_secret(struct gp_credential *c, const char *path, struct gp_error *err)
{
	gp_buf_auto struct gp_buf text = {0};
	enum gp_status st = gp_credential_read(path, true, &text, err);
	if (st != GP_ST_OK)
		return st;
	struct gp_str value = {gp_buf_get(&text), text.len};
	while (value.len > 0 &&
	       (value.ptr[value.len - 1] == '\n' || value.ptr[value.len - 1] == '\r'))
		value.len--;
	if (value.len == 0)
		return gp_fail(err, GP_ST_INVALID, "%s: is empty", path);
	st = gp_secret_set(&c->secret, value);
	return st == GP_ST_OK ? st : gp_fail(err, st, "%s: not a line of text", path);
}

enum gp_status gp_credential_load(const struct gp_config *config, struct gp_credential **out,
				  struct gp_error *err)
{
	struct gp_credential *c = calloc(1, sizeof(*c));
	if (c == NULL)
		return gp_fail(err, GP_ST_NO_MEMORY, "out of memory");
	enum gp_status st = load_certificates(c, config, err);
	if (st == GP_ST_OK && c->certificates_len == 0) {
		if (config->reader_secret_file[0] != '\0')
			st = load_secret(c, config->reader_secret_file, err);
		else
			st = gp_fail(err, GP_ST_INVALID,
				     "neither a certificate nor a secret file is configured");
	}
	if (st != GP_ST_OK) {
		gp_credential_free(c);
		return st;
	}
	*out = c;
	return GP_ST_OK;
}

void gp_credential_free(struct gp_credential *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < c->certificates_len; i++)
		gp_certificate_wipe(&c->certificates[i]);
	gp_secret_wipe(&c->secret);
	free(c);
}

int64_t gp_credential_not_after_s(const struct gp_credential *c)
{
	return c->certificates_len > 0 ? c->certificates[0].not_after_s : 0;
}

static void add_base64url(struct gp_buf *out, const void *bytes, size_t n)
{
	char text[GP_BASE64URL_ENCODED(2048) + 1];
	if (n > 2048 || gp_base64url_encode(bytes, n, text, sizeof(text)) != GP_ST_OK) {
		out->bad = true;
		return;
	}
	gp_buf_text(out, text);
}

static void add_member(struct gp_buf *json, const char *key, const char *value)
{
	gp_buf_printf(json, "%s\"%s\":", json->len > 1 ? "," : "", key);
	gp_json_write_str(json, gp_str_from(value));
}

static void add_claims(struct gp_buf *jws, const char *client_id, const char *token_url,
		       int64_t now_s)
{
	gp_buf_auto struct gp_buf claims = GP_BUF(2048);
	char jti[GP_GUID_TEXT];
	gp_random_guid(jti);
	gp_buf_text(&claims, "{");
	add_member(&claims, "aud", token_url);
	add_member(&claims, "iss", client_id);
	add_member(&claims, "sub", client_id);
	add_member(&claims, "jti", jti);
	gp_buf_printf(&claims, ",\"nbf\":%lld,\"iat\":%lld,\"exp\":%lld}", (long long)now_s,
		      (long long)now_s, (long long)now_s + ASSERTION_S);
	if (gp_buf_status(&claims) != GP_ST_OK)
		jws->bad = true;
	add_base64url(jws, gp_buf_get(&claims), claims.len);
}

/* RSASSA-PSS with SHA-256, MGF1 with the same, a salt as long as the digest (RFC 7518 3.5). */
static enum gp_status sign(EVP_PKEY *key, struct gp_buf *jws)
{
	unsigned char signature[1024];
	size_t len = sizeof(signature);
	EVP_PKEY_CTX *options = NULL; /* belongs to the digest context */
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok = ctx != NULL && EVP_PKEY_get_size(key) <= (int)sizeof(signature) &&
		  EVP_DigestSignInit(ctx, &options, EVP_sha256(), NULL, key) == 1 &&
		  EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING) > 0 &&
		  EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST) > 0 &&
		  EVP_DigestSign(ctx, signature, &len, (const unsigned char *)gp_buf_get(jws),
				 jws->len) == 1;
	EVP_MD_CTX_free(ctx);
	if (!ok)
		return GP_ST_INTERNAL;
	gp_buf_text(jws, ".");
	add_base64url(jws, signature, len);
	return GP_ST_OK;
}

enum gp_status gp_credential_assertion(const struct gp_credential *c, size_t index,
				       const char *client_id, const char *token_url, int64_t now_s,
				       struct gp_secret *out, struct gp_error *err)
{
	gp_buf_auto struct gp_buf header = GP_BUF(256);
	gp_buf_auto struct gp_buf jws = GP_BUF(ASSERTION_MAX);
	if (index >= c->certificates_len)
		return gp_fail(err, GP_ST_NOT_FOUND, "there is no certificate %zu", index);
	const struct gp_certificate *certificate = &c->certificates[index];
	gp_buf_printf(&header, "{\"alg\":\"PS256\",\"typ\":\"JWT\",\"x5t#S256\":\"%s\"}",
		      certificate->thumbprint);
	add_base64url(&jws, gp_buf_get(&header), header.len);
	gp_buf_text(&jws, ".");
	add_claims(&jws, client_id, token_url, now_s);
	enum gp_status st = gp_buf_status(&jws);
	if (st == GP_ST_OK)
		st = sign(certificate->key, &jws);
	if (st == GP_ST_OK)
		st = gp_buf_status(&jws);
	if (st == GP_ST_OK)
		st = gp_secret_set(out, (struct gp_str){gp_buf_get(&jws), jws.len});
	return st == GP_ST_OK ? st : gp_fail(err, st, "the assertion cannot be signed");
}
