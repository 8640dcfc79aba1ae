/* SPDX-License-Identifier: Apache-2.0 */
#include "entra/app_credential.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/pem.h>

#include <cmocka.h>

#include "base/json.h"
#include "tests/unit/support/credential_files.h"
#include "tests/unit/support/entra_rig.h"
#include "tests/unit/support/jwt_maker.h"

#include "contract/ban.h"

#define TOKEN_URL "https://login.example/t/oauth2/v2.0/token"

static char *path_of(const char *dir, const char *name)
{
	return jwt_maker_format("%s/%s", dir, name);
}

static void check_text(const struct gp_json *o, const char *key, const char *want)
{
	struct gp_str s = {0};
	assert_int_equal(gp_json_get_str(o, key, 300, &s), GP_ST_OK);
	assert_true(gp_str_is(s, want));
}

static void check_claims(const char *text, char jti[static GP_GUID_TEXT])
{
	gp_json_doc_auto struct gp_json_doc *doc = NULL;
	struct gp_str s = {0};
	assert_int_equal(gp_json_parse(gp_str_from(text), &doc, NULL), GP_ST_OK);
	const struct gp_json *o = gp_json_root(doc);
	check_text(o, "aud", TOKEN_URL);
	check_text(o, "iss", RIG_READER);
	check_text(o, "sub", RIG_READER);
	static const struct {
		const char *key;
		int64_t want;
	} times[] = {{"nbf", RIG_NOW}, {"iat", RIG_NOW}, {"exp", RIG_NOW + 600}};
	for (size_t i = 0; i < 3; i++) {
		int64_t value = 0;
		assert_int_equal(gp_json_get_int(o, times[i].key, 0, INT64_MAX, &value), GP_ST_OK);
		assert_int_equal(value, times[i].want);
	}
	assert_int_equal(gp_json_get_str(o, "jti", 36, &s), GP_ST_OK);
	uint8_t guid[16];
	assert_int_equal(gp_guid_parse(s, guid), GP_ST_OK);
	gp_guid_format(guid, jti);
}

static void test_credential_assertion(void **state)
{
	(void)state;
	struct entra_rig r;
	struct gp_credential *c = NULL;
	struct gp_secret jws = {0};
	struct gp_error err = {0};
	char jti[2][GP_GUID_TEXT];
	size_t len = 0;
	entra_rig_start(&r);
	configure_two(&r);
	assert_int_equal(gp_credential_load(r.config, &c, &err), GP_ST_OK);
	assert_int_equal(gp_credential_not_after_s(c), RIG_NOW + 9 * DAY);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(
			gp_credential_assertion(c, 0, RIG_READER, TOKEN_URL, RIG_NOW, &jws, &err),
			GP_ST_OK);
		assert_true(signed_by(jws.ptr, jwt_maker_key(1, 2048)));
		check_claims(part_of(jws.ptr, 1, &len), jti[i]);
	}
	assert_string_not_equal(jti[0], jti[1]);
	const char *header = part_of(jws.ptr, 0, &len);
	assert_non_null(strstr(header, "{\"alg\":\"PS256\",\"typ\":\"JWT\",\"x5t#S256\":\""));
	assert_int_equal(len, strlen("{\"alg\":\"PS256\",\"typ\":\"JWT\",\"x5t#S256\":\"\"}") + 43);
	assert_int_equal(gp_credential_assertion(c, 1, RIG_READER, TOKEN_URL, RIG_NOW, &jws, &err),
			 GP_ST_OK);
	assert_true(signed_by(jws.ptr, jwt_maker_key(0, 2048)));
	assert_int_equal(gp_credential_assertion(c, 2, RIG_READER, TOKEN_URL, RIG_NOW, &jws, &err),
			 GP_ST_NOT_FOUND);
	gp_secret_wipe(&jws);
	gp_credential_free(c);
	remove_pairs(r.config);
	entra_rig_stop(&r);
}

static void refuse(struct entra_rig *r, const char *word)
{
	struct gp_credential *c = NULL;
	struct gp_error err = {0};
	assert_int_not_equal(gp_credential_load(r->config, &c, &err), GP_ST_OK);
	assert_null(c);
	if (strstr(err.text, word) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", err.text, word);
}

static void accept(struct entra_rig *r)
{
	struct gp_credential *c = NULL;
	assert_int_equal(gp_credential_load(r->config, &c, NULL), GP_ST_OK);
	gp_credential_free(c);
}

static void test_credential_files_are_checked(void **state)
{
	(void)state;
	struct entra_rig r;
	entra_rig_start(&r);
	refuse(&r, "neither");
	configure_two(&r);
	accept(&r);
	const char *key = r.config->reader[0].key;
	const char *certificate = r.config->reader[0].certificate;
	assert_int_equal(chmod(key, 0604), 0);
	refuse(&r, "others can read it");
	assert_int_equal(chmod(key, 0620), 0);
	refuse(&r, "others can write it");
	assert_int_equal(chmod(key, 0640), 0);
	accept(&r);
	assert_int_equal(chmod(certificate, 0646), 0);
	refuse(&r, "others can write it");
	assert_int_equal(chmod(certificate, 0644), 0);
	if (geteuid() == 0) {
		assert_int_equal(chown(key, 12345, 0), 0);
		refuse(&r, "belongs to uid 12345");
		assert_int_equal(chown(key, 0, 0), 0);
	}
	char *moved = path_of(r.dir, "moved");
	assert_int_equal(rename(key, moved), 0);
	refuse(&r, "No such file");
	assert_int_equal(symlink(moved, key), 0);
	refuse(&r, "symbolic link");
	assert_int_equal(unlink(key), 0);
	assert_int_equal(mkfifo(key, 0600), 0);
	refuse(&r, "not a regular file");
	assert_int_equal(unlink(key), 0);
	write_text(key, "no key at all\n", 0600);
	refuse(&r, "no private key");
	assert_int_equal(unlink(moved), 0);
	free(moved);
	remove_pairs(r.config);
	entra_rig_stop(&r);
}

static void test_credential_pairs_are_checked(void **state)
{
	(void)state;
	struct entra_rig r;
	entra_rig_start(&r);
	configure_two(&r);
	/* The key of the other certificate. */
	struct gp_credential_paths first = r.config->reader[0];
	assert_int_equal(gp_copy(r.config->reader[0].key, sizeof(first.key),
				 gp_str_from(r.config->reader[1].key)),
			 GP_ST_OK);
	refuse(&r, "is not the key of");
	r.config->reader[0] = first;
	EVP_PKEY *ec = EVP_EC_gen("P-256");
	make_pair(&r.config->reader[0], r.dir,
		  &(struct pair_kind){"short", ec, RIG_NOW, RIG_NOW + DAY});
	refuse(&r, "not an RSA key");
	EVP_PKEY_free(ec);
	write_text(first.certificate, "-----BEGIN CERTIFICATE-----\nMIIB\n", 0644);
	refuse(&r, "no certificate");
	remove_pairs(r.config);
	entra_rig_stop(&r);
}

static void test_credential_passphrase_is_refused(void **state)
{
	(void)state;
	struct entra_rig r;
	char passphrase[] = "secret";
	entra_rig_start(&r);
	configure_two(&r);
	FILE *f = fopen(r.config->reader[0].key, "we");
	assert_non_null(f);
	assert_int_equal(PEM_write_PrivateKey(f, jwt_maker_key(0, 2048), EVP_aes_128_cbc(), NULL, 0,
					      NULL, passphrase),
			 1);
	assert_int_equal(fclose(f), 0);
	refuse(&r, "without a passphrase");
	remove_pairs(r.config);
	entra_rig_stop(&r);
}

static void test_credential_secret_file(void **state)
{
	(void)state;
	struct entra_rig r;
	entra_rig_start(&r);
	char *path = path_of(r.dir, "secret");
	assert_int_equal(gp_copy(r.config->reader_secret_file, sizeof(r.config->reader_secret_file),
				 gp_str_from(path)),
			 GP_ST_OK);
	write_text(path, "\n", 0600);
	refuse(&r, "is empty");
	write_text(path, "s3cret\n", 0644);
	refuse(&r, "others can read it");
	assert_int_equal(chmod(path, 0600), 0);
	accept(&r);
	free(path);
	remove_pairs(r.config);
	entra_rig_stop(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_credential_assertion),
		cmocka_unit_test(test_credential_files_are_checked),
		cmocka_unit_test(test_credential_pairs_are_checked),
		cmocka_unit_test(test_credential_passphrase_is_refused),
		cmocka_unit_test(test_credential_secret_file),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
