/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_scan.h"

#include <stdbool.h>
#include <stdint.h>

#include "contract/text.h"

#include "contract/ban.h"

/* What may come next. */
enum want {
	WANT_VALUE,
	WANT_VALUE_OR_END, /* just after '[' */
	WANT_NAME,         /* after a ',' in an object */
	WANT_NAME_OR_END,  /* just after '{' */
	WANT_COMMA_OR_END,
	WANT_NOTHING,
};

struct scan {
	const char *ptr;
	size_t at, len;
	unsigned int depth, max_depth;
	uint32_t objects; /* bit i: the container at depth i + 1 is an object */
	size_t members;
};

static int peek(const struct scan *s)
{
	return s->at < s->len ? (unsigned char)s->ptr[s->at] : -1;
}

static void skip_blanks(struct scan *s)
{
	int c = peek(s);

	while (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
		s->at++;
		c = peek(s);
	}
}

static bool take_word(struct scan *s, const char *word)
{
	if (!gp_str_starts((struct gp_str){s->ptr + s->at, s->len - s->at}, word))
		return false;
	s->at += strlen(word);
	return true;
}

static bool is_digit(int c)
{
	return c >= '0' && c <= '9';
}

static bool take_digits(struct scan *s)
{
	if (!is_digit(peek(s)))
		return false;
	while (is_digit(peek(s)))
		s->at++;
	return true;
}

static bool take_number(struct scan *s)
{
	if (peek(s) == '-')
		s->at++;
	if (peek(s) == '0')
		s->at++; /* no further digits: leading zeros are not JSON */
	else if (!take_digits(s))
		return false;
	if (peek(s) == '.') {
		s->at++;
		if (!take_digits(s))
			return false;
	}
	if (peek(s) == 'e' || peek(s) == 'E') {
		s->at++;
		if (peek(s) == '+' || peek(s) == '-')
			s->at++;
		return take_digits(s);
	}
	return true;
}

static bool take_escape(struct scan *s, bool is_name)
{
	unsigned int value = 0;
	int c = peek(s);

	s->at++;
	if (c != 'u')
		return c >= 0 && memchr("\"\\/bfnrt", c, 8) != NULL;
	for (int i = 0; i < 4; i++, s->at++) {
		c = peek(s);
		if (is_digit(c))
			value = value << 4 | (unsigned int)(c - '0');
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			value = value << 4 | (unsigned int)((c | 0x20) - 'a' + 10);
		else
			return false;
	}
	/* json-c cuts names at a NUL, so two names could become one. */
	return value != 0 || !is_name;
}

static bool take_string(struct scan *s, bool is_name)
{
	if (peek(s) != '"')
		return false;
	s->at++;
	for (;;) {
		const int c = peek(s);
		if (c < 0x20) /* the end, and control characters */
			return false;
		if (c == '"') {
			s->at++;
			return true;
		}
		if (c == '\\') {
			s->at++;
			if (!take_escape(s, is_name))
				return false;
			continue;
		}
		if (c < 0x80) { /* nearly all there is */
			s->at++;
			continue;
		}
		unsigned int cp = 0;
		const size_t n =
			gp_utf8_decode((struct gp_str){s->ptr + s->at, s->len - s->at}, &cp);
		if (n == 0)
			return false;
		s->at += n;
	}
}

static bool in_object(const struct scan *s)
{
	return s->depth > 0 && (s->objects >> (s->depth - 1) & 1U) != 0;
}

static enum want after_value(const struct scan *s)
{
	return s->depth > 0 ? WANT_COMMA_OR_END : WANT_NOTHING;
}

static bool take_open(struct scan *s, enum want *want)
{
	const bool object = peek(s) == '{';

	if (s->depth >= s->max_depth)
		return false;
	s->objects &= ~(1U << s->depth);
	s->objects |= (object ? 1U : 0U) << s->depth;
	s->depth++;
	s->at++;
	*want = object ? WANT_NAME_OR_END : WANT_VALUE_OR_END;
	return true;
}

static bool take_close(struct scan *s, enum want *want)
{
	if (s->depth == 0 || peek(s) != (in_object(s) ? '}' : ']'))
		return false;
	s->depth--;
	s->at++;
	*want = after_value(s);
	return true;
}

static bool take_name(struct scan *s, enum want *want)
{
	if (!take_string(s, true))
		return false;
	skip_blanks(s);
	if (peek(s) != ':')
		return false;
	s->at++;
	s->members++;
	*want = WANT_VALUE;
	return true;
}

static bool take_comma(struct scan *s, enum want *want)
{
	if (peek(s) != ',')
		return false;
	s->at++;
	*want = in_object(s) ? WANT_NAME : WANT_VALUE;
	return true;
}

static bool take_value(struct scan *s, enum want *want)
{
	const int c = peek(s);

	if (c == '{' || c == '[')
		return take_open(s, want);
	const bool ok = c == '"'   ? take_string(s, false)
			: c == 't' ? take_word(s, "true")
			: c == 'f' ? take_word(s, "false")
			: c == 'n' ? take_word(s, "null")
				   : take_number(s);
	*want = after_value(s);
	return ok;
}

static bool step(struct scan *s, enum want *want)
{
	switch (*want) {
	case WANT_VALUE_OR_END:
		return peek(s) == ']' ? take_close(s, want) : take_value(s, want);
	case WANT_VALUE:
		return take_value(s, want);
	case WANT_NAME_OR_END:
		return peek(s) == '}' ? take_close(s, want) : take_name(s, want);
	case WANT_NAME:
		return take_name(s, want);
	case WANT_COMMA_OR_END:
		return peek(s) == ',' ? take_comma(s, want) : take_close(s, want);
	case WANT_NOTHING:
		break;
	}
	return false;
}

enum gp_status gp_json_scan(struct gp_str text, unsigned int depth, size_t *members, size_t *at)
{
	struct scan s = {.ptr = text.ptr, .len = text.len, .max_depth = depth < 32 ? depth : 32};
	enum want want = WANT_VALUE;
	bool ok = true;

	skip_blanks(&s);
	while (ok && want != WANT_NOTHING) {
		ok = step(&s, &want);
		skip_blanks(&s);
	}
	*at = s.at;
	*members = s.members;
	return ok && s.at == s.len ? GP_ST_OK : GP_ST_INVALID;
}
