/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_cut.h"

#include "contract/ban.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static size_t skip_blanks(struct gp_str s, size_t at)
{
	while (at < s.len && is_blank(s.ptr[at]))
		at++;
	return at;
}

static struct gp_str trim(struct gp_str s)
{
	size_t from = skip_blanks(s, 0);
	while (s.len > from && is_blank(s.ptr[s.len - 1]))
		s.len--;
	return (struct gp_str){s.ptr + from, s.len - from};
}

/* Is the quote at AT a part of the string that begins at FROM? */
static bool is_escaped(struct gp_str s, size_t from, size_t at)
{
	size_t backslashes = 0;
	while (at - backslashes > from + 1 && s.ptr[at - backslashes - 1] == '\\')
		backslashes++;
	return backslashes % 2 == 1;
}

/* Behind the string that begins at FROM, or the end of S. */
static size_t skip_string(struct gp_str s, size_t from)
{
	size_t at = from;
	do {
		at++;
		const char *quote = memchr(s.ptr + at, '"', s.len - at);
		if (quote == NULL)
			return s.len;
		at = (size_t)(quote - s.ptr);
	} while (is_escaped(s, from, at));
	return at + 1;
}

/* Where the value at AT ends: at what separates it from the next, at what closes the container that
 * it is in, or at the end of S. Which brackets belong together is its parser's business. */
static size_t skip_value(struct gp_str s, size_t at)
{
	size_t depth = 0;
	while (at < s.len) {
		const char c = s.ptr[at];
		if (c == '"') {
			at = skip_string(s, at);
			continue;
		}
		if (depth == 0 && (c == ',' || c == ']' || c == '}'))
			break;
		if (c == '[' || c == '{')
			depth++;
		else if (c == ']' || c == '}')
			depth--;
		at++;
	}
	return at;
}

/* The list from FROM to its closing bracket, behind which may be blanks until TO. */
static enum gp_status take_list(struct gp_str text, size_t from, size_t to, struct gp_json_cut *out)
{
	struct gp_str list = trim((struct gp_str){text.ptr + from, to - from});
	if (list.len < 2 || list.ptr[0] != '[' || list.ptr[list.len - 1] != ']')
		return GP_ST_NOT_FOUND;
	size_t behind = from + list.len;
	out->before = (struct gp_str){text.ptr, from};
	out->after = (struct gp_str){text.ptr + behind, text.len - behind};
	out->rest = (struct gp_str){list.ptr + 1, list.len - 2};
	out->over = trim(out->rest).len == 0;
	return GP_ST_OK;
}

enum gp_status gp_json_cut(struct gp_str text, const char *name, struct gp_json_cut *out)
{
	*out = (struct gp_json_cut){.over = true};
	size_t at = skip_blanks(text, 0);
	if (at == text.len || text.ptr[at] != '{')
		return GP_ST_NOT_FOUND;
	do {
		at = skip_blanks(text, at + 1);
		if (at == text.len || text.ptr[at] != '"')
			return GP_ST_NOT_FOUND;
		size_t end = skip_string(text, at);
		/* Without its quotes; one that does not end is nobody's. */
		const struct gp_str key = {text.ptr + at + 1, end - at > 1 ? end - at - 2 : 0};
		at = skip_blanks(text, end);
		if (at == text.len || text.ptr[at] != ':')
			return GP_ST_NOT_FOUND;
		size_t from = skip_blanks(text, at + 1);
		at = skip_value(text, from);
		if (gp_str_is(key, name))
			return take_list(text, from, at, out);
	} while (at < text.len && text.ptr[at] == ',');
	return GP_ST_NOT_FOUND;
}

void gp_json_cut_frame(const struct gp_json_cut *cut, struct gp_buf *out)
{
	gp_buf_str(out, cut->before);
	gp_buf_text(out, "[]");
	gp_buf_str(out, cut->after);
}

enum gp_status gp_json_cut_next(struct gp_json_cut *cut, struct gp_str *element)
{
	if (cut->over)
		return GP_ST_NOT_FOUND;
	size_t end = skip_value(cut->rest, 0);
	*element = trim((struct gp_str){cut->rest.ptr, end});
	if (end == cut->rest.len) {
		cut->over = true;
		return GP_ST_OK;
	}
	if (cut->rest.ptr[end] != ',')
		return GP_ST_INVALID;
	cut->rest.ptr += end + 1;
	cut->rest.len -= end + 1;
	return GP_ST_OK;
}
