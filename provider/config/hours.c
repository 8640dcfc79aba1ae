/* SPDX-License-Identifier: Apache-2.0 */
#include "config/hours.h"

#include <string.h>

#include "contract/ban.h"

#define DAY_MINUTES 1440U

static const char form[] = "not of the form \"Mon-Fri 07:00-19:00 Europe/Berlin\"";

/* What stands before the next SIGN, or everything; taken off *REST with the sign. */
static struct gp_str take_until(struct gp_str *rest, char sign)
{
	const char *at = rest->len > 0 ? memchr(rest->ptr, sign, rest->len) : NULL;
	size_t len = at != NULL ? (size_t)(at - rest->ptr) : rest->len;
	struct gp_str taken = {rest->ptr, len};
	size_t used = len + (at != NULL ? 1 : 0);
	rest->ptr += used;
	rest->len -= used;
	return taken;
}

static bool take_day(struct gp_str word, unsigned int *out)
{
	static const char *const names[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
	for (unsigned int i = 0; i < 7; i++)
		if (gp_str_is(word, names[i])) {
			*out = i;
			return true;
		}
	return false;
}

static bool take_days(struct gp_str words, uint8_t *out)
{
	*out = 0;
	if (words.len == 0 || words.ptr[words.len - 1] == ',')
		return false;
	while (words.len > 0) {
		struct gp_str span = take_until(&words, ',');
		struct gp_str first_word = take_until(&span, '-');
		unsigned int first = 0;
		unsigned int last = 0;
		if (!take_day(first_word, &first))
			return false;
		last = first;
		if (first_word.ptr + first_word.len != span.ptr && !take_day(span, &last))
			return false;
		for (unsigned int day = first;; day = (day + 1) % 7) {
			*out |= (uint8_t)(1U << day);
			if (day == last)
				break;
		}
	}
	return true;
}

static bool take_minute(struct gp_str text, unsigned int *out)
{
	uint64_t hour = 0;
	uint64_t minute = 0;
	if (text.len != 5 || text.ptr[2] != ':' || text.ptr[0] < '0' || text.ptr[0] > '9' ||
	    text.ptr[3] < '0' || text.ptr[3] > '5' || text.ptr[1] < '0' || text.ptr[1] > '9' ||
	    text.ptr[4] < '0' || text.ptr[4] > '9')
		return false;
	hour = (uint64_t)(text.ptr[0] - '0') * 10 + (uint64_t)(text.ptr[1] - '0');
	minute = (uint64_t)(text.ptr[3] - '0') * 10 + (uint64_t)(text.ptr[4] - '0');
	*out = (unsigned int)(hour * 60 + minute);
	return *out <= DAY_MINUTES;
}

static bool take_span(struct gp_str text, unsigned int *from, unsigned int *to)
{
	struct gp_str first = take_until(&text, '-');
	return take_minute(first, from) && take_minute(text, to) && *from != *to &&
	       *from<DAY_MINUTES && * to> 0;
}

static bool is_zone(struct gp_str s)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];
		bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			     (c >= '0' && c <= '9') || c == '_' || c == '+' || c == '-';
		bool slash = c == '/' && i > 0 && i + 1 < s.len && s.ptr[i - 1] != '/';
		if (!plain && !slash)
			return false;
	}
	return s.len > 0;
}

const char *gp_hours_parse(struct gp_str text, struct gp_hours *out)
{
	struct gp_hours hours = {0};
	struct gp_str rest = gp_str_trim(text);
	size_t blank = rest.len;

	while (blank > 0 && rest.ptr[blank - 1] != ' ')
		blank--;
	struct gp_str zone = {rest.ptr + blank, rest.len - blank};
	if (blank == 0 || !is_zone(zone) ||
	    gp_copy(hours.zone, sizeof(hours.zone), zone) != GP_ST_OK)
		return form;
	rest = gp_str_trim((struct gp_str){rest.ptr, blank - 1});
	if (rest.len > 0 && rest.ptr[rest.len - 1] == ';')
		return form;
	do {
		struct gp_str window = gp_str_trim(take_until(&rest, ';'));
		if (hours.len == GP_HOURS_WINDOWS)
			return "more than eight windows";
		struct gp_str days = take_until(&window, ' ');
		if (!take_days(days, &hours.windows[hours.len].days) ||
		    !take_span(gp_str_trim(window), &hours.windows[hours.len].from,
			       &hours.windows[hours.len].to))
			return form;
		hours.len++;
	} while (rest.len > 0);
	*out = hours;
	return NULL;
}

const char *gp_hours_wrong(struct gp_str text)
{
	struct gp_hours hours;
	return gp_hours_parse(text, &hours);
}

bool gp_hours_include(const struct gp_hours *hours, unsigned int weekday, unsigned int minute)
{
	if (weekday > 6 || minute >= DAY_MINUTES)
		return false;
	for (size_t i = 0; i < hours->len && i < GP_HOURS_WINDOWS; i++) {
		unsigned int from = hours->windows[i].from;
		unsigned int to = hours->windows[i].to;
		bool today = (hours->windows[i].days & (1U << weekday)) != 0;
		bool yesterday = (hours->windows[i].days & (1U << ((weekday + 6) % 7))) != 0;
		if (from < to ? today && minute >= from && minute < to
			      : (today && minute >= from) || (yesterday && minute < to))
			return true;
	}
	return false;
}
