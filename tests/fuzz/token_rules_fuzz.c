/* SPDX-License-Identifier: Apache-2.0 */
/* Arbitrary claims, as if they had been signed: {"access": {...}, "id": {...}}. */
#include <stdint.h>
#include <stdlib.h>

#include "entra/token_rules.h"
#include "tests/fuzz/token_seeds.h"

#include "contract/ban.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void must_be(const struct gp_json *claims, const char *claim, const char *want)
{
	struct gp_str s;

	if (gp_json_get_str(claims, claim, 999, &s) != GP_ST_OK || !gp_str_is(s, want))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	gp_json_doc_auto struct gp_json_doc *doc = NULL;
	struct gp_token_claims access = {NULL, GP_STR(SEED_ISSUER)};
	struct gp_token_claims id = access;
	struct gp_error err = {0};

	if (gp_json_parse((struct gp_str){(const char *)data, len}, &doc, NULL) != GP_ST_OK)
		return 0;
	/* One that is missing stays NULL: the rules must stand that. */
	(void)!gp_json_get(gp_json_root(doc), "access", &access.object);
	(void)!gp_json_get(gp_json_root(doc), "id", &id.object);
	const enum gp_status st = gp_token_rules_check(&seed_expect, &access, &id, &err);
	if ((st == GP_ST_OK) != (err.text[0] == '\0'))
		abort();
	if (st != GP_ST_OK)
		return 0;
	must_be(access.object, "iss", SEED_ISSUER);
	must_be(id.object, "iss", SEED_ISSUER);
	must_be(access.object, "azpacr", "0");
	must_be(access.object, "ver", "2.0");
	must_be(id.object, "ver", "2.0");
	return 0;
}
