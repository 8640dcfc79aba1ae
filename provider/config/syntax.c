/* SPDX-License-Identifier: Apache-2.0 */
#include "config/syntax.h"

#include "config/config.h"

#include "contract/ban.h"

#define SCOPE_WORD_MAX 120 /* what Entra takes */

static bool digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool one_of(char c, const char *set)
{
	return c != '\0' && strchr(set, c) != NULL;
}

/* How many bytes of S, from FROM on, are letters, digits or of MORE. */
static size_t span(struct gp_str s, size_t from, const char *more)
{
	size_t n = 0;
	while (from + n < s.len &&
	       (letter(s.ptr[from + n]) || digit(s.ptr[from + n]) || one_of(s.ptr[from + n], more)))
		n++;
	return n;
}

/* The end of "host[:port]" that begins at AT, or 0. */
static size_t host_end(struct gp_str s, size_t at)
{
	size_t n = 0;
	if (at < s.len && s.ptr[at] == '[') {
		n = span(s, at + 1, ":.");
		if (n == 0 || at + 1 + n >= s.len || s.ptr[at + 1 + n] != ']')
			return 0;
		at += n + 2;
	} else {
		n = span(s, at, ".-");
		if (n == 0 || s.ptr[at] == '-' || s.ptr[at] == '.')
			return 0;
		at += n;
	}
	if (at == s.len || s.ptr[at] != ':')
		return at;
	size_t from = ++at;
	while (at < s.len && digit(s.ptr[at]))
		at++;
	uint64_t port = 0;
	if (gp_parse_u64((struct gp_str){s.ptr + from, at - from}, 65535, &port) != GP_ST_OK ||
	    port == 0)
		return 0;
	return at;
}

/* The end of "<scheme>host[:port]" at the beginning of S, or 0. */
static size_t origin_end(struct gp_str s, const char *scheme)
{
	return gp_str_starts(s, scheme) ? host_end(s, strlen(scheme)) : 0;
}

bool gp_syntax_origin(struct gp_str s)
{
	return s.len > 0 && origin_end(s, "https://") == s.len;
}

bool gp_syntax_link(struct gp_str s)
{
	size_t at = origin_end(s, "https://");
	if (at == 0)
		return false;
	return at == s.len || ((s.ptr[at] == '/' || s.ptr[at] == '?') &&
			       at + span(s, at, "/?&=%#.-_~!$'()*+,;:@") == s.len);
}

bool gp_syntax_proxy(struct gp_str s)
{
	if (s.len > 0 && s.ptr[s.len - 1] == '/')
		s.len--;
	return s.len > 0 && (origin_end(s, "http://") == s.len || gp_syntax_origin(s));
}

bool gp_syntax_scope(struct gp_str s)
{
	size_t slash = s.len;
	while (slash > 0 && s.ptr[slash - 1] != '/')
		slash--;
	/* Now it is behind the last slash, or 0. */
	size_t word = s.len - slash;
	if (slash == 0 || word == 0 || word > SCOPE_WORD_MAX || span(s, slash, ".-_") != word)
		return false;
	struct gp_str resource = {s.ptr, slash - 1};
	uint8_t guid[16];
	if (gp_guid_parse(resource, guid) == GP_ST_OK)
		return true;
	if (!gp_str_starts(resource, "api://"))
		return false;
	struct gp_str rest = {resource.ptr + 6, resource.len - 6};
	return rest.len > 0 && rest.ptr[0] != '/' && rest.ptr[rest.len - 1] != '/' &&
	       span(rest, 0, "/.-_~") == rest.len;
}

bool gp_syntax_path(struct gp_str s)
{
	if (s.len < 2 || s.ptr[0] != '/')
		return false;
	size_t at = 0;
	while (at < s.len) {
		size_t end = ++at; /* behind a slash */
		while (end < s.len && s.ptr[end] != '/')
			end++;
		struct gp_str part = {s.ptr + at, end - at};
		if (part.len == 0 || gp_str_is(part, ".") || gp_str_is(part, ".."))
			return false;
		at = end;
	}
	return true;
}

bool gp_syntax_account(struct gp_str s)
{
	if (s.len == 0 || digit(s.ptr[0]) || s.ptr[0] == '-' || span(s, 0, "-_") != s.len)
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] >= 'A' && s.ptr[i] <= 'Z')
			return false;
	return true;
}

bool gp_syntax_word(struct gp_str s)
{
	return s.len > 0 && !one_of(s.ptr[0], "._-") && span(s, 0, "._-") == s.len;
}

bool gp_syntax_literal(struct gp_str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] <= ' ' || s.ptr[i] > '~' || one_of(s.ptr[i], ",'\"\\"))
			return false;
	return s.len > 0;
}

bool gp_syntax_user_class(struct gp_str s)
{
	return gp_str_is(s, "external-guest") || gp_str_is(s, "external-member") ||
	       gp_str_is(s, "internal-guest");
}

static bool is_listed(struct gp_str s, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (gp_str_is(s, words[i]))
			return true;
	return false;
}

bool gp_syntax_creation_type(struct gp_str s)
{
	static const char *const words[] = {"invitation", "self-service", "email-verified", "none"};
	return is_listed(s, words, sizeof(words) / sizeof(words[0]));
}

bool gp_syntax_reportable(struct gp_str s)
{
	static const char *const words[] = {
		"creation", "sponsor", "review",          "idle",
		"hours",    "network", "sign-in-address", "sign-in-age"};
	return is_listed(s, words, sizeof(words) / sizeof(words[0]));
}

static bool lower_or_digit(char c)
{
	return (c >= 'a' && c <= 'z') || digit(c);
}

bool gp_syntax_name_template(struct gp_str s)
{
	static const char *const parts[] = {"{mail}", "{local}", "{domain}"};
	bool person = false;

	while (s.len > 0) {
		size_t skip = 0;
		for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
			if (gp_str_starts(s, parts[i])) {
				skip = strlen(parts[i]);
				person = person || i < 2;
			}
		if (skip == 0 && (lower_or_digit(s.ptr[0]) || one_of(s.ptr[0], "._-+@")))
			skip = 1;
		if (skip == 0)
			return false;
		s.ptr += skip;
		s.len -= skip;
	}
	return person;
}

bool gp_context_ok(struct gp_str text)
{
	uint64_t number = 0;
	if (text.len < 2 || text.len >= GP_CONTEXT_TEXT || text.ptr[0] != 'c' || text.ptr[1] == '0')
		return false;
	return gp_parse_u64((struct gp_str){text.ptr + 1, text.len - 1}, 99, &number) == GP_ST_OK;
}
