/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/number_line.h"

#include "contract/directory.h"

#include "contract/ban.h"

#define WORDS_MAX 7

static size_t split(struct gp_str text, struct gp_str words[static WORDS_MAX])
{
	size_t n = 0;
	while (n < WORDS_MAX) {
		const char *blank = text.len > 0 ? memchr(text.ptr, ' ', text.len) : NULL;
		words[n++] = (struct gp_str){text.ptr,
					     blank != NULL ? (size_t)(blank - text.ptr) : text.len};
		if (blank == NULL) {
			return n;
		}
		text.len -= (size_t)(blank + 1 - text.ptr);
		text.ptr = blank + 1;
	}
	return WORDS_MAX + 1;
}

static bool take_guid(struct gp_str word, char out[static GP_GUID_TEXT])
{
	uint8_t guid[16];
	if (gp_guid_parse(word, guid) != GP_ST_OK) {
		return false;
	}
	gp_guid_format(guid, out);
	return true;
}

static bool take_uid(struct gp_str word, uint32_t *out)
{
	uint64_t n = 0;
	if (gp_parse_u64(word, UINT32_MAX - 1, &n) != GP_ST_OK || n < GP_DIRECTORY_NUMBER_FLOOR) {
		return false;
	}
	*out = (uint32_t)n;
	return true;
}

static bool take_name(struct gp_str word, char out[static GP_NAME_BUF])
{
	return gp_directory_user_name_ok(word) && gp_copy(out, GP_NAME_BUF, word) == GP_ST_OK;
}

static bool take_time(struct gp_str word, int64_t *out)
{
	uint64_t n = 0;
	if (gp_parse_u64(word, INT64_MAX, &n) != GP_ST_OK) {
		return false;
	}
	*out = (int64_t)n;
	return true;
}

enum gp_status gp_number_line_parse(struct gp_str text, struct gp_number_line *out,
				    struct gp_error *err)
{
	struct gp_str w[WORDS_MAX];
	struct gp_number_line line = {.kind = GP_NUMBER_NOTHING};
	if (text.len == 0 || text.ptr[0] == '#') {
		*out = line;
		return GP_ST_OK;
	}
	size_t n = split(text, w);
	if (n == 2 && gp_str_is(w[0], "tenant") && take_guid(w[1], line.oid)) {
		line.kind = GP_NUMBER_TENANT;
	} else if (n == 3 && gp_str_is(w[0], "held") && take_uid(w[1], &line.uid) &&
		   take_name(w[2], line.name)) {
		line.kind = GP_NUMBER_HELD;
	} else if (n == WORDS_MAX && gp_str_is(w[0], "guest") && take_guid(w[1], line.oid) &&
		   take_uid(w[2], &line.uid) && take_name(w[3], line.name) &&
		   take_time(w[4], &line.first_seen_s) && take_time(w[5], &line.left_s) &&
		   take_time(w[6], &line.created_s)) {
		line.kind = GP_NUMBER_GUEST;
	} else {
		return gp_fail(err, GP_ST_INVALID,
			       "none of 'tenant TID', 'held UID NAME' and 'guest OID UID NAME "
			       "FIRST-SEEN LEFT CREATED'");
	}
	*out = line;
	return GP_ST_OK;
}

void gp_number_line_write(const struct gp_number_line *line, struct gp_buf *out)
{
	switch (line->kind) {
	case GP_NUMBER_TENANT:
		gp_buf_printf(out, "tenant %s\n", line->oid);
		break;
	case GP_NUMBER_HELD:
		gp_buf_printf(out, "held %u %s\n", line->uid, line->name);
		break;
	case GP_NUMBER_GUEST:
		gp_buf_printf(out, "guest %s %u %s %lld %lld %lld\n", line->oid, line->uid,
			      line->name, (long long)line->first_seen_s, (long long)line->left_s,
			      (long long)line->created_s);
		break;
	case GP_NUMBER_NOTHING:
		break;
	}
}
