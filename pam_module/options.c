/* SPDX-License-Identifier: Apache-2.0 */
#include "pam_module/options.h"

#include <stdint.h>

#include "contract/login_protocol.h"
#include "contract/str.h"

#include "contract/ban.h"

enum kind {
	FLAG,
	SECONDS,
};

static const struct option {
	const char *name;
	enum kind kind;
	size_t target; /* offset in struct gp_options */
	const char *doc;
} table[] = {
	{"timeout=", SECONDS, offsetof(struct gp_options, timeout_s),
	 "seconds for a whole sign-in, 10 to 900 (300)"},
	{"debug", FLAG, offsetof(struct gp_options, debug), "log each step"},
	{"is_guest", FLAG, offsetof(struct gp_options, is_guest),
	 "in a session stack: succeed for guests and do nothing else"},
};

#define TABLE_SIZE (sizeof(table) / sizeof(table[0]))

static bool read_one(const char *word, struct gp_options *out)
{
	struct gp_str s = gp_str_from(word);
	for (size_t i = 0; i < TABLE_SIZE; i++) {
		void *target = (char *)out + table[i].target;
		if (table[i].kind == FLAG && gp_str_is(s, table[i].name)) {
			*(bool *)target = true;
			return true;
		}
		if (table[i].kind == SECONDS && gp_str_starts(s, table[i].name)) {
			size_t skip = strlen(table[i].name);
			struct gp_str value = {s.ptr + skip, s.len - skip};
			uint64_t n = 0;
			if (gp_parse_u64(value, GP_LOGIN_TIMEOUT_MAX, &n) != GP_ST_OK ||
			    n < GP_LOGIN_TIMEOUT_MIN)
				return false;
			*(unsigned int *)target = (unsigned int)n;
			return true;
		}
	}
	return false;
}

const char *gp_options_read(int argc, const char **argv, struct gp_options *out)
{
	const char *bad = NULL;

	*out = (struct gp_options){.timeout_s = 300};
	for (int i = 0; i < argc; i++)
		if (!read_one(argv[i], out) && bad == NULL)
			bad = argv[i];
	return bad;
}

bool gp_options_describe(size_t i, const char **name, const char **doc)
{
	if (i >= TABLE_SIZE)
		return false;
	*name = table[i].name;
	*doc = table[i].doc;
	return true;
}
