/* SPDX-License-Identifier: Apache-2.0 */
/* Credential files for tests, and the signatures made with them, by OpenSSL alone. */
#ifndef GP_TESTS_CREDENTIAL_FILES_H
#define GP_TESTS_CREDENTIAL_FILES_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "tests/unit/support/entra_rig.h"

#include <openssl/types.h>

#define DAY 86400

void write_text(const char *path, const char *text, mode_t mode);
/* Writes NAME.pem and NAME.key into DIR, valid from FROM_S to TO_S, and points PATHS at them. */
struct pair_kind {
	const char *name;
	EVP_PKEY *key;
	int64_t from_s;
	int64_t to_s;
};
void make_pair(struct gp_credential_paths *paths, const char *dir, const struct pair_kind *kind);
/* Two certificates: that of jwt_maker's key 1 is valid longer than that of key 0. */
void configure_two(struct entra_rig *r);
void remove_pairs(const struct gp_config *config);

/* Part I of a compact JWS, decoded, with a NUL; overwritten by the next call. */
char *part_of(const char *jws, int i, size_t *len);
/* PS256 with a salt of 32 bytes. */
bool signed_by(const char *jws, EVP_PKEY *key);

#endif
