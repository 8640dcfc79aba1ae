/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules for the claims of one sign-in's two tokens, one table row each. Used by token.c once
 * both signatures are good; it has a header of its own so that the table can be read alone.
 */
#ifndef GP_ENTRA_TOKEN_RULES_H
#define GP_ENTRA_TOKEN_RULES_H

#include <stdbool.h>

#include "base/json.h"
#include "entra/token.h"

#define GP_CLAIM_TEXT_MAX 1024 /* bytes of a claim that a rule reads */

/* A token whose signature was verified. */
struct gp_token_claims {
	const struct gp_json *object;
	struct gp_str key_issuer; /* of the key which signed it */
};

/* GP_ST_OK if every rule holds; GP_ST_DENIED, and ERR "access.azp: expected ..., is ...", for the
 * first which does not. */
enum gp_status gp_token_rules_check(const struct gp_token_expect *expect,
				    const struct gp_token_claims *access,
				    const struct gp_token_claims *id,
				    struct gp_error *err) gp_must_check;

/* Do both texts spell the same GUID, in whatever case? */
bool gp_token_same_guid(struct gp_str a, struct gp_str b);

#endif
