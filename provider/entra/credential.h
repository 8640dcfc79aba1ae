/* SPDX-License-Identifier: Apache-2.0 */
/* What a loaded credential consists of; for the files that load it and use it, nobody else. */
#ifndef GP_ENTRA_CREDENTIAL_H
#define GP_ENTRA_CREDENTIAL_H

#include "base/secret.h"
#include "entra/app_credential.h"

#include <openssl/types.h>

#define GP_CERTIFICATES_MAX 2

struct gp_certificate {
	EVP_PKEY *key;
	char thumbprint[44]; /* x5t#S256: unpadded base64url of SHA-256 over the DER */
	int64_t not_before_s;
	int64_t not_after_s;
};

struct gp_credential {
	struct gp_certificate certificates[GP_CERTIFICATES_MAX]; /* the one valid longest first */
	size_t certificates_len;
	struct gp_secret secret; /* used only when there is no certificate */
};

/* Reads one certificate with its key, both in PEM. */
enum gp_status gp_certificate_load(const struct gp_credential_paths *paths,
				   struct gp_certificate *out, struct gp_error *err) gp_must_check;
void gp_certificate_wipe(struct gp_certificate *certificate);

/* Reads a small file that only root or we ourselves can write; SECRET: and that others cannot read.
 * BUF is wiped by its owner. */
struct gp_buf;
enum gp_status gp_credential_read(const char *path, bool secret, struct gp_buf *buf,
				  struct gp_error *err) gp_must_check;

#endif
