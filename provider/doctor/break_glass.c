/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is there an administrator who is local, may become root, and can prove himself without us: root,
 * or a member of sudo or wheel or somebody in sudoers, by name, with a password or a key? Whether
 * the PAM stacks let local accounts in without us is told by the check pam.
 */
#include <stdlib.h>

#include "doctor/sudoers_files.h"

#include "contract/ban.h"

#define ADMINS_MAX 256
#define DAY_S      86400

struct name {
	char text[GP_DIRECTORY_NAME_MAX + 1];
};

struct look {
	struct gp_doctor *d;
	size_t user_count, group_count;
	struct name users[ADMINS_MAX];
	struct name groups[ADMINS_MAX];
	struct gp_str passwd, group, shadow; /* the files */
};

static void note(struct name *names, size_t *count, struct gp_str name)
{
	if (name.len > 0 && *count < ADMINS_MAX &&
	    gp_copy(names[*count].text, sizeof(names[0].text), name) == GP_ST_OK)
		(*count)++;
}

static bool is_noted(const struct name *names, size_t count, struct gp_str name)
{
	for (size_t i = 0; i < count; i++)
		if (gp_str_is(name, names[i].text))
			return true;
	return false;
}

/* No guest is an administrator, so none is looked for. */
static bool nobody_by_name(void *arg, struct gp_str name, bool group)
{
	(void)arg;
	(void)name;
	(void)group;
	return false;
}

static bool nobody_by_number(void *arg, uint32_t number, bool group)
{
	(void)arg;
	(void)number;
	(void)group;
	return false;
}

static void on_all(void *arg, const char *file, size_t line, struct gp_str word)
{
	(void)arg;
	(void)file;
	(void)line;
	(void)word;
}

static void on_admin(void *arg, struct gp_str word)
{
	struct look *l = arg;
	if (word.len > 0 && word.ptr[0] == '%')
		note(l->groups, &l->group_count, (struct gp_str){word.ptr + 1, word.len - 1});
	else
		note(l->users, &l->user_count, word);
}

/* Takes a field off the line. */
static struct gp_str take(struct gp_str *line)
{
	const char *colon = line->len > 0 ? memchr(line->ptr, ':', line->len) : NULL;
	struct gp_str field = {line->ptr, colon != NULL ? (size_t)(colon - line->ptr) : line->len};
	size_t used = field.len + (colon != NULL ? 1 : 0);
	line->ptr += used;
	line->len -= used;
	return field;
}

/* Field N of the line of NAME in TEXT; ptr is NULL when there is none. */
static struct gp_str field_of(struct gp_str text, struct gp_str name, size_t n)
{
	while (text.len > 0) {
		struct gp_str line = gp_str_take_line(&text);
		if (!gp_str_equal(take(&line), name))
			continue;
		struct gp_str field = {NULL, 0};
		for (size_t i = 0; i < n; i++)
			field = take(&line);
		return field;
	}
	return (struct gp_str){NULL, 0};
}

static bool lists(struct gp_str members, struct gp_str name)
{
	while (members.len > 0) {
		const char *comma = memchr(members.ptr, ',', members.len);
		size_t len = comma != NULL ? (size_t)(comma - members.ptr) : members.len;
		if (gp_str_equal((struct gp_str){members.ptr, len}, name))
			return true;
		len += comma != NULL ? 1 : 0;
		members = (struct gp_str){members.ptr + len, members.len - len};
	}
	return false;
}

static bool is_admin(const struct look *l, struct gp_str name, struct gp_str gid)
{
	if (is_noted(l->users, l->user_count, name))
		return true;
	for (size_t i = 0; i < l->group_count; i++) {
		struct gp_str group = gp_str_from(l->groups[i].text);
		struct gp_str number = field_of(l->group, group, 2);
		if (number.ptr != NULL &&
		    (gp_str_equal(number, gid) || lists(field_of(l->group, group, 3), name)))
			return true;
	}
	return false;
}

/* A hash that some password can have: neither empty nor locked. */
static bool has_password(const struct look *l, struct gp_str name)
{
	struct gp_str hash = field_of(l->shadow, name, 1);
	return hash.len > 1 && hash.ptr[0] != '!' && hash.ptr[0] != '*';
}

static bool has_expired(const struct look *l, struct gp_str name)
{
	struct gp_str day = field_of(l->shadow, name, 7);
	uint64_t n = 0;
	return day.len > 0 && gp_parse_u64(day, INT32_MAX, &n) == GP_ST_OK &&
	       (int64_t)n <= l->d->now_s / DAY_S;
}

/* A line that is no comment. sshd's own options and other files for keys are not looked at. */
static bool has_key(const struct look *l, struct gp_str home)
{
	char path[GP_CONFIG_PATH];
	size_t len = 0;
	bool absent = false;
	bool found = false;
	if (gp_format(path, sizeof(path), "%.*s/.ssh/authorized_keys", GP_STR_ARGS(home)) !=
	    GP_ST_OK)
		return false;
	char *bytes = gp_doctor_read(l->d, path, &len, &absent);
	struct gp_str text = {bytes, len};
	while (text.len > 0) {
		struct gp_str line = gp_str_trim(gp_str_take_line(&text));
		found = found || (line.len > 0 && line.ptr[0] != '#');
	}
	free(bytes);
	return found;
}

static bool works(const struct look *l, struct gp_str line)
{
	struct gp_str name = take(&line);
	uint64_t uid = 0;
	(void)take(&line);
	struct gp_str number = take(&line);
	struct gp_str gid = take(&line);
	(void)take(&line);
	struct gp_str home = take(&line);
	struct gp_str shell = take(&line);
	if (name.len == 0 || gp_parse_u64(number, UINT32_MAX, &uid) != GP_ST_OK ||
	    gp_str_ends(shell, "/nologin") || gp_str_ends(shell, "/false"))
		return false;
	if (uid != 0 && !is_admin(l, name, gid))
		return false;
	return !has_expired(l, name) && (has_password(l, name) || has_key(l, home));
}

static bool anybody_works(const struct look *l)
{
	struct gp_str text = l->passwd;
	while (text.len > 0)
		if (works(l, gp_str_take_line(&text)))
			return true;
	return false;
}

void gp_doctor_break_glass(struct gp_doctor *d)
{
	static const char *const files[] = {"/etc/passwd", "/etc/group", "/etc/shadow"};
	static const struct gp_sudoers_who who = {nobody_by_name, nobody_by_number, NULL};
	char *bytes[3] = {NULL, NULL, NULL};
	size_t len[3] = {0, 0, 0};
	bool absent = false;
	struct look *l = calloc(1, sizeof(*l));
	if (l == NULL) {
		gp_doctor_unseen(d, "out of memory");
		return;
	}
	l->d = d;
	const struct gp_sudoers_visitor visitor = {&who, on_all, on_admin, l};
	bool all = true;
	for (size_t i = 0; i < 3; i++) {
		bytes[i] = gp_doctor_read(d, files[i], &len[i], &absent);
		if (bytes[i] == NULL) {
			gp_doctor_unseen(d, "%s cannot be read", files[i]);
			all = false;
		}
	}
	l->passwd = (struct gp_str){bytes[0], len[0]};
	l->group = (struct gp_str){bytes[1], len[1]};
	l->shadow = (struct gp_str){bytes[2], len[2]};
	if (all) {
		(void)gp_doctor_sudoers(d, &visitor);
		if (!anybody_works(l))
			gp_doctor_find(d, GP_FINDING_BREAK_GLASS,
				       "no local account that may become root has a password or "
				       "a key");
	}
	for (size_t i = 0; i < 3; i++) {
		if (bytes[i] != NULL)
			explicit_bzero(bytes[i], len[i]);
		free(bytes[i]);
	}
	free(l);
}
