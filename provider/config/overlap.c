/* SPDX-License-Identifier: Apache-2.0 */
#include "config/overlap.h"

#include "contract/text.h"

#include "contract/ban.h"

#define BLANKS " \t"

struct span {
	uint64_t first, last;
};

struct look {
	const struct gp_ids_rules *rules;
	const char *name; /* of the file */
	size_t line;
	size_t count;
	gp_config_finding *found;
	void *arg;
};

static bool meets(struct span a, uint32_t base, uint32_t size)
{
	return a.first <= a.last && a.first <= (uint64_t)base + size - 1 && a.last >= base;
}

/* WHAT the span is, and whether it is one of users' numbers or of groups'. */
static void compare(struct look *l, struct span span, bool of_groups, const char *what)
{
	uint32_t base = of_groups ? l->rules->gid_base : l->rules->uid_base;
	uint32_t size = of_groups ? l->rules->gid_size : l->rules->uid_size;
	struct gp_error err = {0};
	char where[32];
	if (!meets(span, base, size))
		return;
	l->count++;
	if (l->line == 0 || gp_format(where, sizeof(where), ":%zu", l->line) != GP_ST_OK)
		where[0] = '\0';
	(void)gp_fail(&err, GP_ST_CONFLICT,
		      "%s%s: %s %llu-%llu meets the range %u-%u of guests' %s in ids.conf: change "
		      "one of them before guests get numbers",
		      l->name, where, what, (unsigned long long)span.first,
		      (unsigned long long)span.last, base, base + size - 1,
		      of_groups ? "groups" : "users");
	l->found(l->arg, &err);
}

static struct gp_str trim(struct gp_str s)
{
	while (s.len > 0 && memchr(BLANKS "\r", s.ptr[0], 3) != NULL) {
		s.ptr++;
		s.len--;
	}
	while (s.len > 0 && memchr(BLANKS "\r", s.ptr[s.len - 1], 3) != NULL)
		s.len--;
	return s;
}

/* What stands before the first byte that is one of STOPS, and what is behind it. */
static bool cut(struct gp_str s, const char *stops, struct gp_str *before, struct gp_str *after)
{
	for (size_t i = 0; i < s.len; i++) {
		if (strchr(stops, s.ptr[i]) == NULL || s.ptr[i] == '\0')
			continue;
		*before = trim((struct gp_str){s.ptr, i});
		*after = trim((struct gp_str){s.ptr + i + 1, s.len - i - 1});
		return true;
	}
	return false;
}

/* The four spans of login.defs, with shadow's own defaults where a key is not set. */
static void read_login_defs(struct look *l, struct gp_str text)
{
	static const char *const keys[] = {"UID_MIN",     "UID_MAX",     "GID_MIN",
					   "GID_MAX",     "SUB_UID_MIN", "SUB_UID_MAX",
					   "SUB_GID_MIN", "SUB_GID_MAX"};
	uint64_t values[] = {1000, 60000, 1000, 60000, 100000, 600100000, 100000, 600100000};
	while (text.len > 0) {
		struct gp_str key;
		struct gp_str value;
		uint64_t n = 0;
		if (!cut(trim(gp_str_take_line(&text)), BLANKS, &key, &value) ||
		    gp_parse_u64(value, UINT32_MAX, &n) != GP_ST_OK)
			continue;
		for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
			if (gp_str_is(key, keys[i]))
				values[i] = n;
	}
	compare(l, (struct span){values[0], values[1]}, false, "UID_MIN-UID_MAX");
	compare(l, (struct span){values[2], values[3]}, true, "GID_MIN-GID_MAX");
	compare(l, (struct span){values[4], values[5]}, false, "SUB_UID_MIN-SUB_UID_MAX");
	compare(l, (struct span){values[6], values[7]}, true, "SUB_GID_MIN-SUB_GID_MAX");
}

/* "who:first:count" */
static void read_sub_ids(struct look *l, struct gp_str line, bool of_groups)
{
	struct gp_str who;
	struct gp_str rest;
	struct gp_str first;
	struct gp_str count;
	uint64_t a = 0;
	uint64_t n = 0;
	if (cut(line, ":", &who, &rest) && cut(rest, ":", &first, &count) &&
	    gp_parse_u64(first, UINT32_MAX, &a) == GP_ST_OK &&
	    gp_parse_u64(count, UINT32_MAX, &n) == GP_ST_OK && n > 0)
		compare(l, (struct span){a, a + n - 1}, of_groups, "the subordinate range");
}

/* SSSD gives users and groups numbers from one range. */
static void compare_both(struct look *l, struct span span, const char *what)
{
	compare(l, span, false, what);
	compare(l, span, true, what);
}

/* Both keys of one domain, in any order; its defaults where one is missing. */
struct sssd {
	uint64_t min, max;
	bool said;
};

static const struct sssd sssd_default = {200000, 2000200000, false};

static void end_domain(struct look *l, struct sssd *d)
{
	if (d->said)
		compare_both(l, (struct span){d->min, d->max},
			     "ldap_idmap_range_min-ldap_idmap_range_max");
	*d = sssd_default;
}

static void read_sssd(struct look *l, struct gp_str text)
{
	struct sssd d = sssd_default;
	for (l->line = 1; text.len > 0; l->line++) {
		struct gp_str line = trim(gp_str_take_line(&text));
		struct gp_str key;
		struct gp_str value;
		uint64_t n = 0;
		if (line.len > 0 && line.ptr[0] == '[')
			end_domain(l, &d);
		if (!cut(line, "=", &key, &value) ||
		    gp_parse_u64(value, UINT32_MAX, &n) != GP_ST_OK)
			continue;
		if (gp_str_is(key, "ldap_idmap_range_min")) {
			d.min = n;
			d.said = true;
		} else if (gp_str_is(key, "ldap_idmap_range_max")) {
			d.max = n;
			d.said = true;
		}
	}
	end_domain(l, &d);
}

/* "idmap config DOMAIN : range = FIRST - LAST", in any case and with blanks anywhere. */
static void read_samba(struct look *l, struct gp_str line)
{
	static const struct gp_str start = {"idmap config", sizeof("idmap config") - 1};
	struct gp_str key;
	struct gp_str value;
	struct gp_str first;
	struct gp_str last;
	uint64_t a = 0;
	uint64_t b = 0;
	if (!cut(line, "=", &key, &value) || key.len < start.len ||
	    !gp_str_equal_nocase((struct gp_str){key.ptr, start.len}, start) ||
	    !cut(key, ":", &first, &last) || !gp_str_equal_nocase(last, GP_STR("range")) ||
	    !cut(value, "-", &first, &last) || gp_parse_u64(first, UINT32_MAX, &a) != GP_ST_OK ||
	    gp_parse_u64(last, UINT32_MAX, &b) != GP_ST_OK)
		return;
	compare_both(l, (struct span){a, b}, "the idmap range");
}

size_t gp_overlap_text(const struct gp_ids_rules *rules, enum gp_overlap_format format,
		       const char *name, struct gp_str text, gp_config_finding *found, void *arg)
{
	struct look l = {.rules = rules, .name = name, .found = found, .arg = arg};
	if (format == GP_OVERLAP_LOGIN_DEFS) {
		read_login_defs(&l, text);
		return l.count;
	}
	if (format == GP_OVERLAP_SSSD) {
		read_sssd(&l, text);
		return l.count;
	}
	for (l.line = 1; text.len > 0; l.line++) {
		struct gp_str line = trim(gp_str_take_line(&text));
		if (line.len == 0 || line.ptr[0] == '#' || line.ptr[0] == ';')
			continue;
		if (format == GP_OVERLAP_SAMBA)
			read_samba(&l, line);
		else
			read_sub_ids(&l, line, format == GP_OVERLAP_SUBGID);
	}
	return l.count;
}

size_t gp_overlap_systemd(const struct gp_ids_rules *rules, gp_config_finding *found, void *arg)
{
	static const struct {
		struct span span;
		const char *what;
	} rows[] = {
		{{60001, 60513}, "the users of systemd-homed"},
		{{60578, 60705}, "the users of containers' hosts"},
		{{61184, 65519}, "the dynamic users"},
		{{65534, 65535}, "the number of nobody"},
		{{524288, 1879048191}, "the users of containers"},
		{{2147483648, UINT32_MAX}, "what does not fit a signed number"},
	};
	struct look l = {.rules = rules, .name = "systemd", .found = found, .arg = arg};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		compare_both(&l, rows[i].span, rows[i].what);
	return l.count;
}
