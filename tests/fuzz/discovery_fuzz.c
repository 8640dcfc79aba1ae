/* SPDX-License-Identifier: Apache-2.0 */
/* Arbitrary bytes as a discovery document: what is taken stays on the authority. */
#include <stdint.h>
#include <stdlib.h>

#include "entra/authority.h"

#include "contract/ban.h"

#define LOGIN  "https://login.example"
#define TENANT "aaaaaaaa-0000-4000-8000-000000000001"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct gp_endpoints out = {0};
	struct gp_error err = {0};
	enum gp_status st = gp_endpoints_parse((struct gp_str){(const char *)data, len}, LOGIN,
					       TENANT, &out, &err);
	if (st != GP_ST_OK) {
		if (out.issuer[0] != '\0' || out.token[0] != '\0')
			abort();
		return 0;
	}
	if (strcmp(out.issuer, LOGIN "/" TENANT "/v2.0") != 0 ||
	    !gp_http_same_origin(out.token, LOGIN) ||
	    !gp_http_same_origin(out.device_code, LOGIN) || !gp_http_same_origin(out.keys, LOGIN))
		abort();
	return 0;
}
