/* SPDX-License-Identifier: Apache-2.0 */
/* Arbitrary bytes as a token, as two tokens with a newline between them, and as client_info. Nobody
 * has the key any more, so no input but the seeds themselves can be taken. */
#include <stdint.h>
#include <stdlib.h>

#include "entra/jws.h"
#include "entra/token.h"
#include "tests/fuzz/token_seeds.h"

#include "contract/ban.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

__attribute__((weak)) void failing_hold(bool hold);

static void one_token(const struct gp_jwks *keys, struct gp_str token)
{
	gp_json_doc_auto struct gp_json_doc *claims = NULL;
	struct gp_str issuer = GP_STR("");
	struct gp_str oid;
	char kid[8];
	struct gp_error err = {0};
	const enum gp_status st = gp_jws_verify(keys, token, &claims, &issuer, &err);

	if ((st == GP_ST_OK) != (claims != NULL) || (st == GP_ST_OK) != (err.text[0] == '\0'))
		abort();
	if (st == GP_ST_OK && (gp_json_get_str(gp_json_root(claims), "oid", 99, &oid) != GP_ST_OK ||
			       !gp_str_is(oid, SEED_GUEST)))
		abort();
	/* It asks for memory anew, and may get none (tests/enomem). */
	if (gp_jws_peek_kid(token, kid, sizeof(kid)) != GP_ST_OK && st == GP_ST_OK &&
	    failing_hold == NULL)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct gp_jwks *keys;
	const struct gp_str text = {(const char *)data, len};
	const struct gp_identity home = {.home = GP_HOME_OTHER};
	struct gp_identity who = {0};

	if (keys == NULL && gp_jwks_parse(gp_str_from(SEED_KEYS), &keys, NULL) != GP_ST_OK)
		abort();
	one_token(keys, text);
	(void)!gp_client_info_check(text, &home, NULL);
	const char *cut = len > 0 ? memchr(text.ptr, '\n', len) : NULL;
	if (cut == NULL)
		return 0;
	const struct gp_str access = {text.ptr, (size_t)(cut - text.ptr)};
	const struct gp_str id = {cut + 1, len - access.len - 1};
	if (gp_token_verify(keys, &seed_expect, access, id, &who, NULL) == GP_ST_OK &&
	    (strcmp(who.oid, SEED_GUEST) != 0 || who.home != GP_HOME_ENTRA))
		abort();
	return 0;
}
