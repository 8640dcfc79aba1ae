/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files of the reader's credential. 'T': texts, certificate, key and secret with form feeds
 * between them. Else the DER of a good certificate ('C') or key ('K') made at the start, in which
 * the rest of the input changes bytes (three each: where, where, what).
 */
#include <stdint.h>

#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "contract/text.h"
#include "entra/credential.h"
#include "tests/fuzz/support/split.h"
#include "tests/fuzz/support/work_dir.h"
#include "tests/unit/support/jwt_maker.h"

#include "contract/ban.h"

enum { DER_MAX = 4096 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
int LLVMFuzzerInitialize(int *argc, char ***argv);

struct der {
	const char *name; /* of the PEM block */
	unsigned char bytes[DER_MAX];
	int len;
};

static struct der good[2] = {{.name = "CERTIFICATE"}, {.name = "PRIVATE KEY"}};
static struct gp_config config;

static void must(bool truth)
{
	if (!truth)
		abort();
}

static void make_pair(void)
{
	EVP_PKEY *key = jwt_maker_key(0, 2048);
	X509 *x509 = X509_new();
	PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(key);
	unsigned char *at = good[0].bytes;

	must(x509 != NULL && info != NULL &&
	     ASN1_INTEGER_set(X509_get_serialNumber(x509), 7) == 1 &&
	     ASN1_TIME_set(X509_getm_notBefore(x509), 1700000000) != NULL &&
	     ASN1_TIME_set(X509_getm_notAfter(x509), 1900000000) != NULL &&
	     X509_set_pubkey(x509, key) == 1 && X509_sign(x509, key, EVP_sha256()) > 0);
	must(i2d_X509(x509, NULL) < DER_MAX && i2d_PKCS8_PRIV_KEY_INFO(info, NULL) < DER_MAX);
	good[0].len = i2d_X509(x509, &at);
	at = good[1].bytes;
	good[1].len = i2d_PKCS8_PRIV_KEY_INFO(info, &at);
	X509_free(x509);
	PKCS8_PRIV_KEY_INFO_free(info);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	make_pair();
	return 0;
}

/* libFuzzer reads its corpus by relative paths before the first input, so not earlier. */
static void enter_once(void)
{
	static bool entered;
	if (entered)
		return;
	entered = true;
	work_dir_enter();
	must(gp_format(config.reader[0].certificate, sizeof(config.reader[0].certificate),
		       "%s/cert", work_dir_path) == GP_ST_OK &&
	     gp_format(config.reader[0].key, sizeof(config.reader[0].key), "%s/key",
		       work_dir_path) == GP_ST_OK &&
	     gp_format(config.reader_secret_file, sizeof(config.reader_secret_file), "%s/secret",
		       work_dir_path) == GP_ST_OK);
}

/* DER with the changes of CHANGES, as PEM. */
static void put_pem(const char *name, const struct der *der, struct gp_str changes)
{
	unsigned char copy[DER_MAX];
	BIO *bio = BIO_new(BIO_s_mem());
	char *text = NULL;

	memcpy(copy, der->bytes, DER_MAX);
	while (changes.len >= 3) {
		size_t at = split_byte(&changes);
		at = (at << 8 | split_byte(&changes)) % (size_t)der->len;
		copy[at] ^= (unsigned char)split_byte(&changes);
	}
	must(bio != NULL && PEM_write_bio(bio, der->name, "", copy, der->len) > 0);
	const long n = BIO_get_mem_data(bio, &text);
	work_dir_put(name, (struct gp_str){text, (size_t)n}, 0600);
	BIO_free(bio);
}

static void load(const struct gp_config *from, bool unchanged)
{
	struct gp_credential *credential = NULL;
	struct gp_error err = {0};
	const enum gp_status st = gp_credential_load(from, &credential, &err);

	must((st == GP_ST_OK) == (credential != NULL) && (st == GP_ST_OK) == (err.text[0] == '\0'));
	must(gp_text_is_safe(gp_str_from(err.text), GP_TEXT_LINE));
	must(!unchanged || st == GP_ST_OK);
	if (credential == NULL)
		return;
	must(credential->certificates_len == 1 || credential->secret.len > 0);
	for (size_t i = 0; i < credential->certificates_len; i++)
		must(EVP_PKEY_get_bits(credential->certificates[i].key) >= 2048 &&
		     strlen(credential->certificates[i].thumbprint) == 43);
	gp_credential_free(credential);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct gp_str rest = {(const char *)data, len};
	const unsigned int mode = split_byte(&rest);
	struct gp_config secret_only = {0};

	enter_once();
	if (mode == 'T') {
		work_dir_put("cert", split_at(&rest, '\f'), 0600);
		work_dir_put("key", split_at(&rest, '\f'), 0600);
		work_dir_put("secret", rest, 0600);
		memcpy(secret_only.reader_secret_file, config.reader_secret_file,
		       sizeof(secret_only.reader_secret_file));
		load(&secret_only, false);
		load(&config, false);
		return 0;
	}
	put_pem("cert", &good[0], mode == 'C' ? rest : GP_STR(""));
	put_pem("key", &good[1], mode == 'K' ? rest : GP_STR(""));
	load(&config, rest.len < 3 || (mode != 'C' && mode != 'K'));
	return 0;
}
