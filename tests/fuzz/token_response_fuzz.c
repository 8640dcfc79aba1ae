/* SPDX-License-Identifier: Apache-2.0 */
/* Arbitrary bytes as each answer of the devicecode and token endpoints. */
#include <stdint.h>
#include <stdlib.h>

#include "contract/text.h"
#include "entra/login_error.h"

#include "contract/ban.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void must_be_safe(const char *text)
{
	if (!gp_text_is_safe(gp_str_from(text), GP_TEXT_LINE))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const struct gp_str body = {(const char *)data, len};
	static const int codes[] = {400, 401, 429, 503};
	struct gp_device_code code = {0};
	struct gp_token_response tokens = {0};

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		struct gp_login_error e;
		gp_login_error_parse(codes[i], body, &e);
		must_be_safe(e.error);
		must_be_safe(e.description);
		must_be_safe(e.trace_id);
		must_be_safe(e.correlation_id);
		if ((codes[i] == 429) && !e.throttled)
			abort();
	}
	if (gp_device_code_parse(body, &code, NULL) == GP_ST_OK) {
		must_be_safe(code.user_code);
		must_be_safe(code.verification_uri);
		if (code.interval_s < 1 || code.expires_in_s < 30 || code.device_code.len == 0)
			abort();
	} else if (code.device_code.ptr != NULL) {
		abort();
	}
	gp_device_code_wipe(&code);
	if (gp_token_response_parse(body, &tokens, NULL) == GP_ST_OK) {
		if (tokens.access_token.len == 0 || tokens.expires_in_s < 1)
			abort();
	} else if (tokens.access_token.ptr != NULL) {
		abort();
	}
	gp_token_response_wipe(&tokens);
	return 0;
}
