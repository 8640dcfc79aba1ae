/* SPDX-License-Identifier: Apache-2.0 */
#include "contract/knock.h"

#include "contract/ban.h"

#define HEAD    2
#define VERSION 1

size_t gp_knock_write(struct gp_str name, uint8_t out[static GP_KNOCK_MAX])
{
	if (name.len == 0 || name.len > GP_DIRECTORY_NAME_MAX)
		return 0;
	out[0] = 'K';
	out[1] = VERSION;
	memcpy(out + HEAD, name.ptr, name.len);
	return HEAD + name.len;
}

enum gp_status gp_knock_parse(const uint8_t *bytes, size_t len,
			      char out[static GP_DIRECTORY_NAME_MAX + 1])
{
	if (len <= HEAD || len > GP_KNOCK_MAX || bytes[0] != 'K' || bytes[1] != VERSION)
		return GP_ST_INVALID;
	for (size_t i = HEAD; i < len; i++) {
		char c = (char)bytes[i];
		out[i - HEAD] = (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
	}
	out[len - HEAD] = '\0';
	const struct gp_str name = {out, len - HEAD};
	if (!gp_directory_name_ok(name) || memchr(out, '@', name.len) == NULL)
		return GP_ST_INVALID;
	return GP_ST_OK;
}
