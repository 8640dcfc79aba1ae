/* SPDX-License-Identifier: Apache-2.0 */
#include "http/answer.h"

#include <time.h>

#include "contract/text.h"

#include "contract/ban.h"

void gp_http_fields_reset(struct gp_http_fields *fields)
{
	*fields = (struct gp_http_fields){.retry_after_s = -1};
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct gp_str trimmed(struct gp_str s)
{
	while (s.len > 0 && is_blank(s.ptr[s.len - 1]))
		s.len--;
	while (s.len > 0 && is_blank(s.ptr[0])) {
		s.ptr++;
		s.len--;
	}
	return s;
}

static struct gp_str part(struct gp_str s, size_t from, size_t len)
{
	return (struct gp_str){s.ptr + from, len};
}

/* Index of the three letters at FROM among NAMES (three letters each), or -1. */
static int name_index(struct gp_str s, size_t from, const char *names)
{
	for (int i = 0; names[(size_t)i * 3] != '\0'; i++)
		if (memcmp(s.ptr + from, names + (size_t)i * 3, 3) == 0)
			return i;
	return -1;
}

enum gp_status gp_http_date_parse(struct gp_str text, int64_t *out)
{
	static const char shape[] = "###, ## ### #### ##:##:## GMT";
	struct tm tm = {0};
	if (text.len != sizeof(shape) - 1)
		return GP_ST_INVALID;
	for (size_t i = 0; i < text.len; i++)
		if (shape[i] != '#' && text.ptr[i] != shape[i])
			return GP_ST_INVALID;
	int weekday = name_index(text, 0, "SunMonTueWedThuFriSat");
	int month = name_index(text, 8, "JanFebMarAprMayJunJulAugSepOctNovDec");
	int year = 0;
	if (weekday < 0 || month < 0 || !gp_parse_digits(text, 5, 2, &tm.tm_mday) ||
	    !gp_parse_digits(text, 12, 4, &year) || !gp_parse_digits(text, 17, 2, &tm.tm_hour) ||
	    !gp_parse_digits(text, 20, 2, &tm.tm_min) || !gp_parse_digits(text, 23, 2, &tm.tm_sec))
		return GP_ST_INVALID;
	if (year < 1970 || tm.tm_mday < 1 || tm.tm_mday > 31 || tm.tm_hour > 23 || tm.tm_min > 59 ||
	    tm.tm_sec > 60)
		return GP_ST_INVALID;
	tm.tm_year = year - 1900;
	tm.tm_mon = month;
	int day = tm.tm_mday;
	time_t t = timegm(&tm);
	/* timegm() makes 31 February a day of March, and says which weekday it really was. */
	if (t < 0 || tm.tm_mday != day || tm.tm_wday != weekday)
		return GP_ST_INVALID;
	*out = t;
	return GP_ST_OK;
}

static void take_retry_after(struct gp_http_fields *fields, struct gp_str value)
{
	int64_t at = 0;
	fields->retry_after_s = -1;
	fields->retry_at_s = 0;
	if (gp_http_date_parse(value, &at) == GP_ST_OK) {
		fields->retry_at_s = at;
		return;
	}
	uint64_t seconds = 0;
	size_t n = 0;
	while (n < value.len && value.ptr[n] >= '0' && value.ptr[n] <= '9')
		n++;
	if (n == 0 || n != value.len)
		return;
	/* More digits than a number has is still "very long". */
	if (gp_parse_u64(value, GP_HTTP_RETRY_AFTER_MAX_S, &seconds) != GP_ST_OK)
		seconds = GP_HTTP_RETRY_AFTER_MAX_S;
	fields->retry_after_s = (int64_t)seconds;
}

void gp_http_fields_line(struct gp_http_fields *fields, struct gp_str line)
{
	if (gp_str_starts(line, "HTTP/")) {
		gp_http_fields_reset(fields);
		return;
	}
	const char *colon = line.len > 0 ? memchr(line.ptr, ':', line.len) : NULL;
	if (colon == NULL)
		return;
	size_t name_len = (size_t)(colon - line.ptr);
	struct gp_str name = part(line, 0, name_len);
	struct gp_str value = trimmed(part(line, name_len + 1, line.len - name_len - 1));
	if (gp_str_equal_nocase(name, GP_STR("date"))) {
		if (gp_http_date_parse(value, &fields->date_s) != GP_ST_OK)
			fields->date_s = 0;
	} else if (gp_str_equal_nocase(name, GP_STR("retry-after"))) {
		take_retry_after(fields, value);
	} else if (gp_str_equal_nocase(name, GP_STR("content-type"))) {
		(void)gp_text_safe(value, GP_TEXT_LINE, fields->content_type,
				   sizeof(fields->content_type));
	}
}

int64_t gp_http_fields_retry_after(const struct gp_http_fields *fields)
{
	if (fields->retry_at_s == 0)
		return fields->retry_after_s;
	if (fields->date_s == 0)
		return -1;
	int64_t wait = fields->retry_at_s - fields->date_s;
	if (wait < 0)
		return 0;
	return wait > GP_HTTP_RETRY_AFTER_MAX_S ? GP_HTTP_RETRY_AFTER_MAX_S : wait;
}
