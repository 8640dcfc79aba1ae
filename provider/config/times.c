/* SPDX-License-Identifier: Apache-2.0 */
#include "config/times.h"

#include <stdbool.h>

#include "contract/ban.h"

#define DAY_S 86400

enum gp_status gp_duration_parse(struct gp_str text, uint32_t *seconds)
{
	static const struct {
		char unit;
		uint32_t seconds;
	} units[] = {{'d', DAY_S}, {'h', 3600}, {'m', 60}, {'s', 1}};
	uint64_t n = 0;

	if (gp_str_is(text, "0")) {
		*seconds = 0;
		return GP_ST_OK;
	}
	if (text.len < 2)
		return GP_ST_INVALID;
	struct gp_str number = {text.ptr, text.len - 1};
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (text.ptr[text.len - 1] != units[i].unit)
			continue;
		if (gp_parse_u64(number, UINT32_MAX / units[i].seconds, &n) != GP_ST_OK)
			return GP_ST_INVALID;
		*seconds = (uint32_t)n * units[i].seconds;
		return GP_ST_OK;
	}
	return GP_ST_INVALID;
}

static bool take_number(struct gp_str text, size_t at, size_t len, int64_t *out)
{
	int64_t n = 0;
	for (size_t i = at; i < at + len; i++) {
		if (text.ptr[i] < '0' || text.ptr[i] > '9')
			return false;
		n = n * 10 + (text.ptr[i] - '0');
	}
	*out = n;
	return true;
}

/* Of the proleptic Gregorian calendar: days since 1970-01-01. */
static int64_t days_from(int64_t year, int64_t month, int64_t day)
{
	/* Years begin in March, so that a leap day is a year's last. */
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t m = month <= 2 ? month + 9 : month - 3;
	return y * 365 + y / 4 - y / 100 + y / 400 + (m * 153 + 2) / 5 + day - 1 - 719468;
}

enum gp_status gp_date_parse(struct gp_str text, int64_t *end_s)
{
	static const int64_t lengths[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int64_t year = 0;
	int64_t month = 0;
	int64_t day = 0;

	if (text.len != 10 || text.ptr[4] != '-' || text.ptr[7] != '-' ||
	    !take_number(text, 0, 4, &year) || !take_number(text, 5, 2, &month) ||
	    !take_number(text, 8, 2, &day) || year < 1970 || month < 1 || month > 12 || day < 1 ||
	    day > lengths[month - 1])
		return GP_ST_INVALID;
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
	if (month == 2 && day == 29 && !leap)
		return GP_ST_INVALID;
	*end_s = (days_from(year, month, day) + 1) * DAY_S;
	return GP_ST_OK;
}
