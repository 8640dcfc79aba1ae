/* SPDX-License-Identifier: Apache-2.0 */
/* Arbitrary words after pam_guestpass.so in a PAM file, one a line, and the first line as what
 * /proc says of the login uid. */
#include <stdint.h>
#include <stdlib.h>

#include "contract/login_protocol.h"
#include "pam_module/caller.h"
#include "pam_module/options.h"
#include "tests/fuzz/support/memory_file.h"
#include "tests/fuzz/support/split.h"

#include "contract/ban.h"

enum { WORDS_MAX = 32 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void login_uid(struct gp_str text)
{
	static struct memory_file file;
	uint64_t n = 0;

	memory_file_set(&file, text);
	const uint32_t uid = gp_caller_read_login_uid(file.path);
	const bool is_number = gp_parse_u64(text, UINT32_MAX, &n) == GP_ST_OK;
	if (uid != (is_number ? (uint32_t)n : GP_CALLER_NO_UID))
		abort();
	if (gp_caller_is_guest(NULL, &(struct gp_caller){1, uid, NULL}) &&
	    uid < GP_DIRECTORY_NUMBER_FLOOR)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct gp_str rest = {(const char *)data, len};
	struct gp_str first = rest;
	char *text = calloc(1, len + 1);
	const char *words[WORDS_MAX];
	int n = 0;
	struct gp_options options;

	if (text == NULL)
		return 0;
	login_uid(split_at(&first, '\n'));
	for (char *at = text; rest.len > 0 && n < WORDS_MAX; n++) {
		const struct gp_str word = split_at(&rest, '\n');
		if (word.len > 0)
			memcpy(at, word.ptr, word.len);
		words[n] = at;
		at += word.len + (rest.len > 0 ? 1 : 0);
	}
	const char *bad = gp_options_read(n, words, &options);
	if (options.timeout_s < GP_LOGIN_TIMEOUT_MIN || options.timeout_s > GP_LOGIN_TIMEOUT_MAX)
		abort();
	for (int i = 0; i < n && bad == NULL; i++)
		if (strcmp(words[i], "debug") != 0 && strcmp(words[i], "is_guest") != 0 &&
		    strncmp(words[i], "timeout=", 8) != 0)
			abort();
	free(text);
	return 0;
}
