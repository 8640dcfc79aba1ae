/* SPDX-License-Identifier: Apache-2.0 */
/* One good pair of tokens, as Entra would issue it for a guest, and any one claim of it changed. */
#ifndef GP_TESTS_TOKEN_PAIR_H
#define GP_TESTS_TOKEN_PAIR_H

#include "entra/token.h"

#define TENANT  "aaaaaaaa-0000-4000-8000-000000000001"
#define HOME    "bbbbbbbb-0000-4000-8000-000000000002"
#define GUEST   "cccccccc-0000-4000-8000-000000000003"
#define CLIENT  "dddddddd-0000-4000-8000-000000000004"
#define API     "eeeeeeee-0000-4000-8000-000000000005"
#define MSA     "9188040d-6c67-4c5b-b112-36a304b66dad"
#define HOST    "https://login.microsoftonline.com/"
#define STS     "https://sts.windows.net/"
#define ISSUER  HOST TENANT "/v2.0"
#define Q(text) "\"" text "\""

/* Within which the pair is good. */
extern const struct gp_token_expect token_pair_expect;

/* One changed claim: JSON in its place, or without it when that is NULL. */
struct token_change {
	char in; /* 'a' access, 'i' ID, '2' both */
	const char *claim;
	const char *json;
};

/* The keys, all of one key pair: "any" has the templated issuer, "own" the tenant's, "other"
 * another tenant's, "upper" and "v1" wrong templates. Fit for cmocka's group setup and teardown. */
extern struct gp_jwks *token_pair_keys;
int token_pair_setup(void **state);
int token_pair_teardown(void **state);

/* Signed tokens; CHANGE may be NULL. The caller frees them. */
char *token_pair_access(const char *kid, const struct token_change *change);
char *token_pair_id(const char *kid, const struct token_change *change);

/* gp_token_verify() on the pair with CHANGE, signed with "any". */
enum gp_status token_pair_verify(const struct gp_token_expect *want,
				 const struct token_change *change, struct gp_identity *out,
				 struct gp_error *err);

#endif
