/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/support/credential_files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <cmocka.h>

#include "base/base64url.h"
#include "tests/unit/support/jwt_maker.h"

#include "contract/ban.h"

void write_text(const char *path, const char *text, mode_t mode)
{
	FILE *f = fopen(path, "we");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, mode), 0);
}

void make_pair(struct gp_credential_paths *paths, const char *dir, const struct pair_kind *kind)
{
	X509 *x509 = X509_new();
	assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(x509), 7), 1);
	assert_non_null(ASN1_TIME_set(X509_getm_notBefore(x509), kind->from_s));
	assert_non_null(ASN1_TIME_set(X509_getm_notAfter(x509), kind->to_s));
	assert_int_equal(X509_set_pubkey(x509, kind->key), 1);
	assert_true(X509_sign(x509, kind->key, EVP_sha256()) > 0);
	assert_int_equal(gp_format(paths->certificate, sizeof(paths->certificate), "%s/%s.pem", dir,
				   kind->name),
			 GP_ST_OK);
	assert_int_equal(gp_format(paths->key, sizeof(paths->key), "%s/%s.key", dir, kind->name),
			 GP_ST_OK);
	FILE *f = fopen(paths->certificate, "we");
	assert_non_null(f);
	assert_int_equal(PEM_write_X509(f, x509), 1);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(paths->certificate, 0644), 0);
	f = fopen(paths->key, "we");
	assert_non_null(f);
	assert_int_equal(PEM_write_PrivateKey(f, kind->key, NULL, NULL, 0, NULL, NULL), 1);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(paths->key, 0600), 0);
	X509_free(x509);
}

void remove_pairs(const struct gp_config *config)
{
	for (size_t i = 0; i < 2; i++) {
		(void)unlink(config->reader[i].certificate);
		(void)unlink(config->reader[i].key);
	}
	(void)unlink(config->reader_secret_file);
}

void configure_two(struct entra_rig *r)
{
	make_pair(
		&r->config->reader[0], r->dir,
		&(struct pair_kind){"short", jwt_maker_key(0, 2048), RIG_NOW - DAY, RIG_NOW + DAY});
	make_pair(&r->config->reader[1], r->dir,
		  &(struct pair_kind){"long", jwt_maker_key(1, 2048), RIG_NOW - DAY,
				      RIG_NOW + 9 * DAY});
}

char *part_of(const char *jws, int i, size_t *len)
{
	static char out[4096];
	for (; i > 0; i--)
		jws = strchr(jws, '.') + 1;
	assert_int_equal(gp_base64url_decode((struct gp_str){jws, strcspn(jws, ".")},
					     (uint8_t *)out, sizeof(out) - 1, len),
			 GP_ST_OK);
	out[*len] = '\0';
	return out;
}

bool signed_by(const char *jws, EVP_PKEY *key)
{
	size_t len = 0;
	const char *signature = part_of(jws, 2, &len);
	size_t input = (size_t)(strrchr(jws, '.') - jws);
	EVP_PKEY_CTX *options = NULL;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	assert_int_equal(EVP_DigestVerifyInit(ctx, &options, EVP_sha256(), NULL, key), 1);
	assert_true(EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING) > 0);
	assert_true(EVP_PKEY_CTX_set_rsa_pss_saltlen(options, 32) > 0);
	int ok = EVP_DigestVerify(ctx, (const unsigned char *)signature, len,
				  (const unsigned char *)jws, input);
	EVP_MD_CTX_free(ctx);
	return ok == 1;
}
