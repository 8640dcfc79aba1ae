/* SPDX-License-Identifier: Apache-2.0 */
#include "graph/stamp.h"

#include <stdbool.h>
#include <time.h>

#include "contract/ban.h"

#define YEAR_MAX   9999
#define NUMBER_MAX 999999999U

/* ".1234567" or nothing. */
static bool is_fraction(struct gp_str s)
{
	if (s.len == 0)
		return true;
	if (s.ptr[0] != '.' || s.len == 1)
		return false;
	for (size_t i = 1; i < s.len; i++) {
		if (s.ptr[i] < '0' || s.ptr[i] > '9')
			return false;
	}
	return true;
}

/* False for a day that is not in the calendar: timegm() would make it one of the next month. */
static bool to_seconds(struct tm tm, int64_t *out)
{
	int day = tm.tm_mday;
	int64_t t = timegm(&tm);
	if (tm.tm_mday != day)
		return false;
	*out = t;
	return true;
}

enum gp_status gp_stamp_parse(struct gp_str text, int64_t *out)
{
	static const char shape[] = "####-##-##T##:##:##";
	const size_t len = sizeof(shape) - 1;
	struct tm tm = {0};
	if (text.len <= len || text.len > GP_STAMP_MAX || text.ptr[text.len - 1] != 'Z')
		return GP_ST_INVALID;
	for (size_t i = 0; i < len; i++) {
		if (shape[i] != '#' && text.ptr[i] != shape[i])
			return GP_ST_INVALID;
	}
	if (!is_fraction((struct gp_str){text.ptr + len, text.len - len - 1}))
		return GP_ST_INVALID;
	if (!gp_parse_digits(text, 0, 4, &tm.tm_year) || !gp_parse_digits(text, 5, 2, &tm.tm_mon) ||
	    !gp_parse_digits(text, 8, 2, &tm.tm_mday) ||
	    !gp_parse_digits(text, 11, 2, &tm.tm_hour) ||
	    !gp_parse_digits(text, 14, 2, &tm.tm_min) || !gp_parse_digits(text, 17, 2, &tm.tm_sec))
		return GP_ST_INVALID;
	if (tm.tm_year < 1 || tm.tm_mon < 1 || tm.tm_mon > 12 || tm.tm_mday < 1 ||
	    tm.tm_mday > 31 || tm.tm_hour > 23 || tm.tm_min > 59 || tm.tm_sec > 59)
		return GP_ST_INVALID;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	return to_seconds(tm, out) ? GP_ST_OK : GP_ST_INVALID;
}

struct duration {
	int64_t months;
	int64_t seconds;
};

/* One unit is a number of months or a number of seconds. In the order in which they are written;
 * from TIME_UNITS on they stand behind the T. */
static const struct {
	char letter;
	int64_t months;
	int64_t seconds;
} units[] = {
	{'Y', 12, 0},   {'M', 1, 0},  {'W', 0, 604800}, {'D', 0, 86400},
	{'H', 0, 3600}, {'M', 0, 60}, {'S', 0, 1},
};
#define UNITS      (sizeof(units) / sizeof(units[0]))
#define TIME_UNITS 4U

/* The unit that LETTER means among those from FIRST on that may still come; UNITS for none. */
static size_t find_unit(char letter, size_t first)
{
	size_t end = first < TIME_UNITS ? TIME_UNITS : UNITS;
	for (size_t i = first; i < end; i++) {
		if (units[i].letter == letter)
			return i;
	}
	return UNITS;
}

/* Takes "12M" from the front of *TEXT. *NEXT is the first unit that may come. */
static bool take_number(struct gp_str *text, size_t *next, bool in_time, struct duration *d)
{
	size_t digits = 0;
	uint64_t n = 0;
	while (digits < text->len && text->ptr[digits] >= '0' && text->ptr[digits] <= '9')
		digits++;
	if (digits == text->len ||
	    gp_parse_u64((struct gp_str){text->ptr, digits}, NUMBER_MAX, &n) != GP_ST_OK)
		return false;
	if (!in_time && *next >= TIME_UNITS)
		return false;
	size_t unit = find_unit(text->ptr[digits], *next);
	if (unit == UNITS)
		return false;
	d->months += (int64_t)n * units[unit].months;
	d->seconds += (int64_t)n * units[unit].seconds;
	*next = unit + 1;
	text->ptr += digits + 1;
	text->len -= digits + 1;
	return true;
}

static bool read_duration(struct gp_str text, struct duration *d)
{
	size_t next = 0;
	bool in_time = false;
	bool complete = false; /* something stands behind the last P or T */
	if (text.len == 0 || text.len > GP_DURATION_MAX || text.ptr[0] != 'P')
		return false;
	text.ptr++;
	text.len--;
	while (text.len > 0) {
		if (text.ptr[0] == 'T' && !in_time) {
			in_time = true;
			complete = false;
			next = TIME_UNITS;
			text.ptr++;
			text.len--;
			continue;
		}
		if (!take_number(&text, &next, in_time, d))
			return false;
		complete = true;
	}
	return complete;
}

static int days_of(int64_t year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
	return month == 1 && leap ? 29 : days[month];
}

enum gp_status gp_stamp_add(int64_t start, struct gp_str duration, int64_t *out)
{
	static const struct tm last = {.tm_year = YEAR_MAX - 1900,
				       .tm_mon = 11,
				       .tm_mday = 31,
				       .tm_hour = 23,
				       .tm_min = 59,
				       .tm_sec = 59};
	struct duration d = {0};
	struct tm tm = {0};
	time_t from = start;
	int64_t end = 0;
	int64_t limit = 0;
	if (!read_duration(duration, &d) || !to_seconds(last, &limit) || start > limit ||
	    gmtime_r(&from, &tm) == NULL || tm.tm_year < 1 - 1900)
		return GP_ST_INVALID;
	int64_t months = (int64_t)tm.tm_year * 12 + tm.tm_mon + INT64_C(1900) * 12 + d.months;
	if (months / 12 > YEAR_MAX)
		return GP_ST_INVALID;
	tm.tm_year = (int)(months / 12) - 1900;
	tm.tm_mon = (int)(months % 12);
	int days = days_of(months / 12, tm.tm_mon);
	if (tm.tm_mday > days)
		tm.tm_mday = days;
	if (!to_seconds(tm, &end) || d.seconds > limit - end)
		return GP_ST_INVALID;
	*out = end + d.seconds;
	return GP_ST_OK;
}
