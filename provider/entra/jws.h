/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compact JWS (RFC 7515), RS256 and nothing else. The payload is parsed only after the signature
 * was verified: a failed verification has no claims to offer.
 */
#ifndef GP_ENTRA_JWS_H
#define GP_ENTRA_JWS_H

#include "base/json.h"
#include "entra/jwks.h"

#define GP_JWS_MAX 16384 /* bytes of a token */

/* Verifies TOKEN with the key of KEYS that its header names; *CLAIMS gets its payload (an object)
 * and *KEY_ISSUER the issuer of that key, borrowed from KEYS. GP_ST_NOT_FOUND: the kid is not in
 * KEYS (refetch them); GP_ST_BAD_SIGNATURE; GP_ST_INVALID, GP_ST_TOO_BIG for anything malformed:
 * not exactly three non-empty parts, padding, alg other than RS256, crit, duplicate members. jku,
 * jwk, x5u, x5c are ignored as key sources. */
enum gp_status gp_jws_verify(const struct gp_jwks *keys, struct gp_str token,
			     struct gp_json_doc **claims, struct gp_str *key_issuer,
			     struct gp_error *err) gp_must_check;

/* The kid of an unverified token's header, for deciding whether to refetch keys; grants nothing. */
enum gp_status gp_jws_peek_kid(struct gp_str token, char *kid, size_t size) gp_must_check;

#endif
