/* SPDX-License-Identifier: Apache-2.0 */
/* What the harnesses for tokens expect, and the public half of a key pair whose private half signed
 * the seeds and is lost. The seeds were made with PyJWT. */
#ifndef GP_TESTS_FUZZ_TOKEN_SEEDS_H
#define GP_TESTS_FUZZ_TOKEN_SEEDS_H

#include "entra/token.h"

#define SEED_TENANT "aaaaaaaa-0000-4000-8000-000000000001"
#define SEED_GUEST  "cccccccc-0000-4000-8000-000000000003"
#define SEED_ISSUER "https://login.microsoftonline.com/" SEED_TENANT "/v2.0"
#define SEED_N                                                                                     \
	"vNsfUvDSx7vhoZM-cyJvTm1c7Y32bPegBD5TWMulbox4bi40cygstXcQQ3cTFI06"                         \
	"rBNYcNJ1gooJUUn4td4bQKBvGbY0CEUStEl3Wro-YKH38kF5klUT37tSePcLjX2_"                         \
	"Iyd4lbR5pLS09dXQduLT_pR07uzeH0ZY8zDOlwyjnhlXdap9-KexG2PXjzP5nyMG"                         \
	"sfH0rwmvmRPi2dUuWNJHD07zpiWtJouyQn2WV6386UerITYpvKfC0FxL6P9LV51L"                         \
	"agBow1gb8ki3vTsSTFPektno1YT5d1clc7GwQPqX5qCC8GXg0ZL5Mm4H0x1D0Q1J"                         \
	"yhbgBP4YuuBxTNF1-mvSEw"
#define SEED_KEYS                                                                                  \
	"{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"k1\",\"e\":\"AQAB\",\"issuer\":"                    \
	"\"https://login.microsoftonline.com/{tenantid}/v2.0\",\"n\":\"" SEED_N "\"}]}"

static const struct gp_token_expect seed_expect = {
	.issuer = SEED_ISSUER,
	.tenant_id = SEED_TENANT,
	.client_id = "dddddddd-0000-4000-8000-000000000004",
	.api_id = "eeeeeeee-0000-4000-8000-000000000005",
	.scope_word = "ssh.login",
	.sts_prefix = "https://sts.windows.net/",
	.code_issued_s = 1767000000,
	.now_s = 1767000060,
};

#endif
