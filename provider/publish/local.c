/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The host's own accounts, read from their files: getpwnam() would ask our own module too, and
 * whatever else the host has configured.
 */
#include <fcntl.h>

#include "contract/text.h"
#include "publish/publish.h"

#include "contract/ban.h"

struct entry {
	struct gp_str name;
	bool has_number;
	uint32_t number;
};

static struct gp_str take_field(struct gp_str *line)
{
	const char *end = line->len > 0 ? memchr(line->ptr, ':', line->len) : NULL;
	struct gp_str field = {line->ptr, end != NULL ? (size_t)(end - line->ptr) : line->len};
	size_t used = field.len + (end != NULL ? 1 : 0);
	line->ptr += used;
	line->len -= used;
	return field;
}

/* The next line of TEXT that is an entry; "+" and "-" lines are old NIS syntax. */
static bool next_entry(struct gp_str *text, struct entry *out)
{
	while (text->len > 0) {
		const char *end = memchr(text->ptr, '\n', text->len);
		struct gp_str line = {text->ptr,
				      end != NULL ? (size_t)(end - text->ptr) : text->len};
		size_t used = line.len + (end != NULL ? 1 : 0);
		text->ptr += used;
		text->len -= used;
		out->name = take_field(&line);
		(void)take_field(&line);
		uint64_t n = 0;
		out->has_number = gp_parse_u64(take_field(&line), UINT32_MAX, &n) == GP_ST_OK;
		out->number = (uint32_t)n;
		if (out->name.len > 0 && memchr("+-#", out->name.ptr[0], 3) == NULL)
			return true;
	}
	return false;
}

static enum gp_status conflict(const char *file, const char *kind, const struct entry *e,
			       bool by_number, struct gp_error *err)
{
	char safe[80];
	gp_text_safe(e->name, GP_TEXT_LINE, safe, sizeof(safe));
	return gp_fail(err, GP_ST_CONFLICT, "the %s of %s \"%s\" is in %s already",
		       by_number ? "number" : "name", kind, safe, file);
}

/* A damaged record counts as found: nothing unclear may pass. */
static bool has_user(const struct gp_directory_view *view, const struct entry *e, bool by_number)
{
	struct gp_directory_user user;
	return (by_number ? gp_directory_find_uid(view, e->number, &user)
			  : gp_directory_find_user(view, e->name, &user)) != GP_ST_NOT_FOUND;
}

static bool has_group(const struct gp_directory_view *view, const struct entry *e, bool by_number)
{
	struct gp_directory_group group;
	return (by_number ? gp_directory_find_gid(view, e->number, &group)
			  : gp_directory_find_group(view, e->name, &group)) != GP_ST_NOT_FOUND;
}

static enum gp_status check_file(const struct gp_directory_view *view, const char *file,
				 bool groups, struct gp_error *err)
{
	struct gp_publish_copy copy = {NULL, 0};
	struct entry e;
	enum gp_status st = gp_publish_copy_file(AT_FDCWD, file, false, &copy);
	if (st != GP_ST_OK)
		return gp_fail(err, GP_ST_UNAVAILABLE, "%s cannot be read", file);
	struct gp_str text = {copy.ptr, copy.len};
	while (st == GP_ST_OK && next_entry(&text, &e)) {
		bool name = groups ? has_group(view, &e, false) : has_user(view, &e, false);
		bool number = e.has_number &&
			      (groups ? has_group(view, &e, true) : has_user(view, &e, true));
		if (name || number)
			st = conflict(file, groups ? "group" : "user", &e, !name, err);
	}
	gp_publish_free(&copy);
	return st;
}

enum gp_status gp_publish_check_local(const struct gp_directory_view *view, const char *passwd,
				      const char *group, struct gp_error *err)
{
	enum gp_status st = check_file(view, passwd, false, err);
	return st == GP_ST_OK ? check_file(view, group, true, err) : st;
}

enum gp_status gp_publish_find_uid(const char *passwd, struct gp_str name, uid_t *uid)
{
	struct gp_publish_copy copy = {NULL, 0};
	struct entry e;
	enum gp_status st = gp_publish_copy_file(AT_FDCWD, passwd, false, &copy);
	if (st != GP_ST_OK)
		return st;
	struct gp_str text = {copy.ptr, copy.len};
	st = GP_ST_NOT_FOUND;
	while (st == GP_ST_NOT_FOUND && next_entry(&text, &e)) {
		if (e.has_number && gp_str_equal(e.name, name)) {
			*uid = e.number;
			st = GP_ST_OK;
		}
	}
	gp_publish_free(&copy);
	return st;
}
