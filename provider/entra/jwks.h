/* SPDX-License-Identifier: Apache-2.0 */
/* A tenant's signing keys (RFC 7517; Entra's per-key issuer, entra-facts 1.4). Parsing is pure. */
#ifndef GP_ENTRA_JWKS_H
#define GP_ENTRA_JWKS_H

#include <openssl/types.h>
#include <stdbool.h>

#include "contract/status.h"
#include "contract/str.h"

#define GP_JWKS_KEYS_MAX 64

struct gp_jwks; /* immutable once parsed */

/* Takes the RSA signing keys of a v2.0 key document (kty RSA; use, alg and key_ops absent or for
 * verifying RS256; n of 2048 to 8192 bits, e odd and >= 3; kid and issuer present). Other entries
 * are skipped; two keys with one kid are an error, a document without any usable key is one. */
enum gp_status gp_jwks_parse(struct gp_str body, struct gp_jwks **out,
			     struct gp_error *err) gp_must_check;
void gp_jwks_free(struct gp_jwks *keys);
static inline void gp_jwks_freep(struct gp_jwks **keys)
{
	gp_jwks_free(*keys);
}
#define gp_jwks_auto __attribute__((cleanup(gp_jwks_freep)))

/* The key called KID, or NULL; *ISSUER gets its issuer as the document has it ("{tenantid}" and
 * all). Both borrowed. */
EVP_PKEY *gp_jwks_find(const struct gp_jwks *keys, struct gp_str kid, struct gp_str *issuer);
size_t gp_jwks_count(const struct gp_jwks *keys);

/* True if KEY_ISSUER, with TENANT_ID in the place of "{tenantid}", is ISSUER (entra-facts 4.5(3)).
 */
bool gp_jwks_issuer_fits(struct gp_str key_issuer, const char *tenant_id, struct gp_str issuer);
/* True if any key signs for ISSUER. */
bool gp_jwks_serve(const struct gp_jwks *keys, const char *tenant_id, const char *issuer);

#endif
