/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/sudoers.h"

#include "contract/ban.h"

#define LINE_MAX_ 16384
#define WORD_MAX  256

/* One rule may go on over several lines, each but the last ending in a backslash. */
struct line {
	char text[LINE_MAX_];
	size_t len, number;
	bool cut; /* what had no room is missing */
};

static bool next_line(struct gp_str *text, size_t *number, struct line *out)
{
	bool goes_on = text->len > 0;
	if (!goes_on)
		return false;
	out->len = 0;
	out->cut = false;
	out->number = *number + 1;
	while (goes_on && text->len > 0) {
		struct gp_str part = gp_str_take_line(text);
		(*number)++;
		goes_on = part.len > 0 && part.ptr[part.len - 1] == '\\';
		if (goes_on)
			part.len--;
		size_t room = LINE_MAX_ - out->len;
		size_t n = part.len < room ? part.len : room;
		out->cut = out->cut || n < part.len;
		if (n > 0)
			memcpy(out->text + out->len, part.ptr, n);
		out->len += n;
	}
	return true;
}

/* A '#' begins a comment, unless a number follows: "#1000" is a user, "%#1000" a group. */
static struct gp_str without_comment(struct gp_str s)
{
	bool quoted = false;
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] == '\\') {
			i++;
		} else if (s.ptr[i] == '"') {
			quoted = !quoted;
		} else if (s.ptr[i] == '#' && !quoted &&
			   (i + 1 == s.len || s.ptr[i + 1] < '0' || s.ptr[i + 1] > '9')) {
			s.len = i;
		}
	}
	return s;
}

/* A word up to a comma, a blank or '=', without quotes and backslashes. */
static struct gp_str take_word(struct gp_str *s, char word[static WORD_MAX])
{
	size_t len = 0;
	size_t i = 0;
	bool quoted = false;
	for (; i < s->len; i++) {
		char c = s->ptr[i];
		if (c == '"') {
			quoted = !quoted;
			continue;
		}
		if (c == '\\' && i + 1 < s->len)
			c = s->ptr[++i];
		else if (!quoted && (gp_is_blank(c) || c == ',' || c == '='))
			break;
		if (len < WORD_MAX)
			word[len++] = c;
	}
	*s = gp_str_trim((struct gp_str){s->ptr + i, s->len - i});
	return (struct gp_str){word, len};
}

static bool means_guests(const struct gp_sudoers_who *who, struct gp_str word)
{
	uint64_t number = 0;
	bool group = false;
	if (gp_str_is(word, "ALL"))
		return true;
	if (word.len > 0 && word.ptr[0] == '%') {
		group = true;
		word = (struct gp_str){word.ptr + 1, word.len - 1};
	}
	/* "%:name" is a group of another source than the group file. */
	if (group && word.len > 0 && word.ptr[0] == ':')
		word = (struct gp_str){word.ptr + 1, word.len - 1};
	if (word.len > 0 && word.ptr[0] == '#')
		return gp_parse_u64((struct gp_str){word.ptr + 1, word.len - 1}, UINT32_MAX,
				    &number) == GP_ST_OK &&
		       who->is_guest_number(who->arg, (uint32_t)number, group);
	return word.len > 0 && who->is_guest_name(who->arg, word, group);
}

/* The users at the beginning of a rule, or behind "User_Alias NAME =". */
static void read_users(struct gp_str s, size_t number, const struct gp_sudoers_who *who,
		       const struct gp_sudoers_hear *hear)
{
	char bytes[WORD_MAX];
	while (s.len > 0) {
		bool negated = s.ptr[0] == '!';
		if (negated)
			s = gp_str_trim((struct gp_str){s.ptr + 1, s.len - 1});
		struct gp_str word = take_word(&s, bytes);
		if (!negated && means_guests(who, word))
			hear->guests(hear->arg, number, word);
		else if (!negated && word.len > 0)
			hear->other(hear->arg, word);
		if (s.len == 0 || s.ptr[0] != ',')
			return;
		s = gp_str_trim((struct gp_str){s.ptr + 1, s.len - 1});
	}
}

/* "A = x, y : B = z" */
static void read_aliases(struct gp_str s, size_t number, const struct gp_sudoers_who *who,
			 const struct gp_sudoers_hear *hear)
{
	while (s.len > 0) {
		const char *colon = memchr(s.ptr, ':', s.len);
		/* "%:name" has one too. */
		while (colon != NULL && colon > s.ptr && colon[-1] == '%')
			colon = memchr(colon + 1, ':', s.len - (size_t)(colon + 1 - s.ptr));
		struct gp_str one = {s.ptr, colon != NULL ? (size_t)(colon - s.ptr) : s.len};
		size_t used = one.len + (colon != NULL ? 1 : 0);
		const char *equals = one.len > 0 ? memchr(one.ptr, '=', one.len) : NULL;
		if (equals != NULL)
			read_users(gp_str_trim((struct gp_str){
					   equals + 1, one.len - (size_t)(equals + 1 - one.ptr)}),
				   number, who, hear);
		s = (struct gp_str){s.ptr + used, s.len - used};
	}
}

static bool read_include(struct gp_str s, const struct gp_sudoers_hear *hear)
{
	static const struct {
		const char *word;
		bool directory;
	} words[] = {{"@includedir", true},
		     {"#includedir", true},
		     {"@include", false},
		     {"#include", false}};
	char bytes[WORD_MAX];
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		size_t n = strlen(words[i].word);
		if (!gp_str_starts(s, words[i].word) || s.len == n || !gp_is_blank(s.ptr[n]))
			continue;
		s = gp_str_trim((struct gp_str){s.ptr + n, s.len - n});
		hear->include(hear->arg, take_word(&s, bytes), words[i].directory);
		return true;
	}
	return false;
}

static void read_rule(struct gp_str s, size_t number, const struct gp_sudoers_who *who,
		      const struct gp_sudoers_hear *hear)
{
	static const char *const skipped[] = {"Host_Alias", "Runas_Alias", "Cmnd_Alias",
					      "Cmd_Alias"};
	if (read_include(s, hear))
		return;
	s = gp_str_trim(without_comment(s));
	if (s.len == 0 || gp_str_starts(s, "Defaults"))
		return;
	for (size_t i = 0; i < sizeof(skipped) / sizeof(skipped[0]); i++)
		if (gp_str_starts(s, skipped[i]))
			return;
	if (gp_str_starts(s, "User_Alias"))
		read_aliases((struct gp_str){s.ptr + 10, s.len - 10}, number, who, hear);
	else
		read_users(s, number, who, hear);
}

void gp_sudoers_read(struct gp_str text, const struct gp_sudoers_who *who,
		     const struct gp_sudoers_hear *hear)
{
	struct line line;
	size_t number = 0;
	while (next_line(&text, &number, &line)) {
		if (line.cut)
			hear->cut(hear->arg, line.number);
		read_rule(gp_str_trim((struct gp_str){line.text, line.len}), line.number, who,
			  hear);
	}
}
