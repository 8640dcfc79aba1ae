/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/nsswitch.h"

#include "contract/ban.h"

static bool is_gap(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}

static void skip_gap(struct gp_str *s)
{
	while (s->len > 0 && is_gap(s->ptr[0])) {
		s->ptr++;
		s->len--;
	}
}

/* What stands before a gap or one of STOPS. */
static struct gp_str take_word(struct gp_str *s, const char *stops)
{
	struct gp_str word = {s->ptr, 0};
	while (s->len > 0 && !is_gap(s->ptr[0]) &&
	       (s->ptr[0] == '\0' || strchr(stops, s->ptr[0]) == NULL)) {
		s->ptr++;
		s->len--;
		word.len++;
	}
	return word;
}

/* "SUCCESS=return", and with '!' before it all statuses but that one. */
static void apply(struct gp_nss_service *service, struct gp_str status, bool negated, bool ends)
{
	const struct {
		struct gp_str name;
		bool *flag;
	} flags[] = {{GP_STR("success"), &service->ends_on_success},
		     {GP_STR("notfound"), &service->ends_on_notfound},
		     {GP_STR("unavail"), &service->ends_on_unavail},
		     {GP_STR("tryagain"), &service->ends_on_tryagain}};
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (gp_str_equal_nocase(status, flags[i].name) != negated)
			*flags[i].flag = ends;
}

/* What stands between the brackets; *S begins behind the first. */
static void read_actions(struct gp_str *s, struct gp_nss_service *service)
{
	for (;;) {
		skip_gap(s);
		if (s->len == 0)
			return;
		if (s->ptr[0] == ']') {
			s->ptr++;
			s->len--;
			return;
		}
		bool negated = s->ptr[0] == '!';
		if (negated) {
			s->ptr++;
			s->len--;
		}
		struct gp_str status = take_word(s, "=]");
		skip_gap(s);
		if (s->len == 0 || s->ptr[0] != '=') {
			if (s->len > 0 && s->ptr[0] != ']' && status.len == 0) {
				s->ptr++;
				s->len--;
			}
			continue;
		}
		s->ptr++;
		s->len--;
		skip_gap(s);
		struct gp_str action = take_word(s, "]");
		if (service != NULL)
			apply(service, status, negated,
			      gp_str_equal_nocase(action, GP_STR("return")));
	}
}

static void read_services(struct gp_str s, struct gp_nss_line *out)
{
	struct gp_nss_service *last = NULL;
	for (;;) {
		skip_gap(&s);
		if (s.len == 0)
			return;
		if (s.ptr[0] == '[') {
			s.ptr++;
			s.len--;
			read_actions(&s, last);
			continue;
		}
		struct gp_str name = take_word(&s, "[");
		if (name.len == 0) { /* a NUL */
			s.ptr++;
			s.len--;
			continue;
		}
		last = NULL;
		if (out->count == GP_NSS_SERVICES_MAX)
			continue;
		last = &out->services[out->count++];
		*last = (struct gp_nss_service){.name = name, .ends_on_success = true};
	}
}

void gp_nss_read(struct gp_str text, const char *database, struct gp_nss_line *out)
{
	*out = (struct gp_nss_line){0};
	for (size_t number = 1; text.len > 0; number++) {
		struct gp_str line = gp_str_take_line(&text);
		const char *comment = line.len > 0 ? memchr(line.ptr, '#', line.len) : NULL;
		if (comment != NULL)
			line.len = (size_t)(comment - line.ptr);
		skip_gap(&line);
		struct gp_str name = take_word(&line, ":");
		skip_gap(&line);
		if (line.len == 0 || line.ptr[0] != ':' || !gp_str_is(name, database))
			continue;
		line.ptr++;
		line.len--;
		*out = (struct gp_nss_line){.present = true, .line = number};
		read_services(line, out);
	}
}

size_t gp_nss_index(const struct gp_nss_line *line, const char *name)
{
	size_t i = 0;
	while (i < line->count && !gp_str_is(line->services[i].name, name))
		i++;
	return i;
}
