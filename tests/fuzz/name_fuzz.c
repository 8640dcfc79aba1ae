/* SPDX-License-Identifier: Apache-2.0 */
/* Arbitrary bytes as a mail address that becomes a login name, and as the other small values that
 * come from outside: GUIDs, numbers, hex, paths. */
#include <stdint.h>
#include <stdlib.h>

#include "contract/directory.h"
#include "contract/text.h"
#include "identity/name.h"

#include "contract/ban.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void as_mail(const char *mail)
{
	char name[GP_NAME_BUF];
	char again[GP_NAME_BUF];
	struct gp_error err = {0};

	if (gp_name_from_mail(mail, name, &err) != GP_ST_OK) {
		if (err.text[0] == '\0' || !gp_text_is_safe(gp_str_from(err.text), GP_TEXT_LINE))
			abort();
		return;
	}
	if (!gp_directory_name_ok(gp_str_from(name)) || strlen(name) != strlen(mail) ||
	    !gp_str_equal_nocase(gp_str_from(name), gp_str_from(mail)))
		abort();
	/* A name is the name of itself. */
	if (gp_name_from_mail(name, again, NULL) != GP_ST_OK || strcmp(name, again) != 0)
		abort();
}

static void as_values(struct gp_str text)
{
	uint8_t raw[16];
	char guid[GP_GUID_TEXT];
	char hex[33];
	uint64_t n = 0;
	int digits = 0;

	if (gp_guid_parse(text, raw) == GP_ST_OK) {
		gp_guid_format(raw, guid);
		if (!gp_str_equal_nocase(text, gp_str_from(guid)))
			abort();
	}
	if (gp_unhex(text, raw, sizeof(raw)) == GP_ST_OK) {
		gp_hex(raw, sizeof(raw), hex);
		if (!gp_str_equal_nocase(text, gp_str_from(hex)))
			abort();
	}
	if (gp_parse_u64(text, 77777, &n) == GP_ST_OK && (n > 77777 || text.len > 5))
		abort();
	if (gp_parse_digits(text, 1, 4, &digits) && (digits < 0 || digits > 9999 || text.len < 5))
		abort();
	if (gp_directory_path_ok(text) &&
	    (text.ptr[0] != '/' || !gp_directory_text_ok(text) || text.ptr[text.len - 1] == '/'))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *mail = malloc(len + 1);
	if (mail == NULL)
		return 0;
	if (len > 0)
		memcpy(mail, data, len);
	mail[len] = '\0';
	as_mail(mail);
	free(mail);
	as_values((struct gp_str){(const char *)data, len});
	return 0;
}
