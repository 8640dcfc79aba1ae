/* SPDX-License-Identifier: Apache-2.0 */
/* Hostile texts in every screen of a sign-in, one behind the other with a NUL between them: each
 * screen fits into its frame and is safe for a terminal. */
#include <stdint.h>
#include <stdlib.h>

#include "contract/login_protocol.h"
#include "contract/text.h"
#include "signin/screen.h"
#include "tests/fuzz/support/split.h"

#include "contract/ban.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void must_be_good(struct gp_buf *out)
{
	if (gp_buf_status(out) != GP_ST_OK ||
	    !gp_text_is_safe((struct gp_str){gp_buf_get(out), out->len}, GP_TEXT_SCREEN))
		abort();
	gp_buf_free(out);
}

/* As gp_device_code_parse() lets it through. */
static void printable(char *text, size_t max)
{
	size_t n = 0;
	for (const char *c = text; *c != '\0' && n < max; c++)
		if (*c > ' ' && *c < 0x7F)
			text[n++] = *c;
	text[n] = '\0';
}

static void show_all(const struct gp_screen *screen, const struct gp_login_error *error)
{
	gp_buf_auto struct gp_buf out = GP_BUF(GP_LOGIN_TEXT_MAX);

	gp_screen_first(&out, screen);
	must_be_good(&out);
	gp_screen_again(&out, screen, screen->qr);
	must_be_good(&out);
	gp_screen_no_typing(&out, screen);
	must_be_good(&out);
	gp_screen_password_method(&out, screen->name, screen->host);
	must_be_good(&out);
	gp_screen_flow_error(&out, error, NULL, "");
	gp_screen_flow_error(&out, error, error->description, "");
	gp_screen_reference(&out, screen->correlation_id);
	must_be_good(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *texts[6] = {0};
	struct gp_login_error error;
	struct gp_str rest = {(const char *)data, len};
	const unsigned int flags = split_byte(&rest);
	const int64_t seconds = (int64_t)split_byte(&rest) * 17 - 100;

	for (size_t i = 0; i < 6; i++) {
		struct gp_str text = split_at(&rest, '\0');
		if (text.len > GP_LOGIN_FIELD_MAX)
			text.len = GP_LOGIN_FIELD_MAX;
		texts[i] = calloc(1, text.len + 1);
		if (texts[i] == NULL)
			abort();
		if (text.len > 0)
			memcpy(texts[i], text.ptr, text.len);
	}
	printable(texts[3], 255);
	printable(texts[4], 31);
	gp_login_error_parse(400, rest, &error);
	const struct gp_screen screen = {
		.host = texts[0],
		.address = texts[1],
		.name = texts[2],
		.uri = texts[3],
		.code = texts[4],
		.correlation_id = texts[5],
		.likely = "",
		.seconds = seconds,
		.qr = (flags & 1) != 0,
	};
	show_all(&screen, &error);
	for (size_t i = 0; i < 6; i++)
		free(texts[i]);
	return 0;
}
