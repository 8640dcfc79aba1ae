/* SPDX-License-Identifier: Apache-2.0 */
#include "config/foreign.h"

#include <stdlib.h>
#include <unistd.h>

#include "config/whole.h"
#include "contract/text.h"

#include "contract/ban.h"

#define SHOWN 80 /* of a text in a message */

struct where {
	const struct gp_foreign *foreign;
	const char *name; /* of the file */
	size_t line;
	size_t count;
};

/* Takes what stands before the next SIGN off *REST, and the SIGN. */
static struct gp_str take(struct gp_str *rest, char sign)
{
	const char *end = rest->len > 0 ? memchr(rest->ptr, sign, rest->len) : NULL;
	struct gp_str field = {rest->ptr, end != NULL ? (size_t)(end - rest->ptr) : rest->len};
	size_t used = field.len + (end != NULL ? 1 : 0);
	rest->ptr += used;
	rest->len -= used;
	return field;
}

static bool is_guest(const struct where *w, struct gp_str name)
{
	return name.len > 0 && w->foreign->is_guest(w->foreign->guests, name);
}

/* "FILE:LINE: WHO VERB GROUPS: REST", both texts made safe. */
static void tell(struct where *w, enum gp_status st, struct gp_str who, const char *verb,
		 struct gp_str groups)
{
	struct gp_error err = {0};
	char safe_who[SHOWN];
	char safe_groups[SHOWN];
	gp_text_safe(who, GP_TEXT_LINE, safe_who, sizeof(safe_who));
	gp_text_safe(groups, GP_TEXT_LINE, safe_groups, sizeof(safe_groups));
	w->count++;
	(void)gp_fail(&err, st,
		      "%s:%zu: %s %s %s: take it out, guests are in groups of their own only",
		      w->name, w->line, safe_who, verb, safe_groups);
	w->foreign->found(w->foreign->arg, &err);
}

/* "group:password:number:member,member"; "+" and "-" lines are old NIS syntax. */
static void read_group(struct where *w, struct gp_str line)
{
	struct gp_str group = take(&line, ':');
	(void)take(&line, ':');
	(void)take(&line, ':');
	struct gp_str members = take(&line, ':');
	if (group.len == 0 || memchr("+-#", group.ptr[0], 3) != NULL)
		return;
	while (members.len > 0) {
		struct gp_str member = take(&members, ',');
		if (is_guest(w, member))
			tell(w, GP_ST_CONFLICT, member, "is a guest and listed in the group",
			     group);
	}
}

/* A wild card, a negation, a netgroup or a group: nobody but pam_group knows whom it means. */
static bool is_pattern(struct gp_str word)
{
	return word.len > 0 &&
	       (memchr("!%@", word.ptr[0], 3) != NULL || memchr(word.ptr, '*', word.len) != NULL);
}

/* "services;terminals;users;times;groups" */
static void read_pam_group(struct where *w, struct gp_str line)
{
	line = take(&line, '#');
	(void)take(&line, ';');
	(void)take(&line, ';');
	struct gp_str users = gp_str_trim(take(&line, ';'));
	(void)take(&line, ';');
	struct gp_str groups = gp_str_trim(line);
	struct gp_str left = users;
	/* A line that goes on in the next one has its groups there. */
	if (groups.len == 0)
		groups = GP_STR("other groups");
	while (left.len > 0) {
		struct gp_str either = take(&left, '|');
		while (either.len > 0) {
			struct gp_str word = gp_str_trim(take(&either, '&'));
			if (!is_pattern(word) && !is_guest(w, word))
				continue;
			tell(w, is_pattern(word) ? GP_ST_UNSUPPORTED : GP_ST_CONFLICT, users,
			     "may give guests", groups);
			return;
		}
	}
}

size_t gp_foreign_text(const struct gp_foreign *foreign, enum gp_foreign_format format,
		       const char *name, struct gp_str text)
{
	struct where w = {.foreign = foreign, .name = name};
	for (w.line = 1; text.len > 0; w.line++) {
		struct gp_str line = gp_str_take_line(&text);
		if (format == GP_FOREIGN_PAM_GROUP)
			read_pam_group(&w, line);
		else
			read_group(&w, line);
	}
	return w.count;
}

size_t gp_foreign_look(const struct gp_foreign *foreign, const char *root)
{
	static const struct {
		enum gp_foreign_format format;
		const char *path;
	} files[] = {{GP_FOREIGN_GROUP, "/etc/group"},
		     {GP_FOREIGN_PAM_GROUP, "/etc/security/group.conf"}};
	size_t count = 0;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		char path[GP_CONFIG_PATH];
		size_t len = 0;
		if (gp_format(path, sizeof(path), "%s%s", root, files[i].path) != GP_ST_OK)
			continue;
		char *text = gp_whole_read(path, &len);
		if (text != NULL) {
			count += gp_foreign_text(foreign, files[i].format, path,
						 (struct gp_str){text, len});
		} else if (access(path, F_OK) == 0) {
			struct gp_error err = {0};
			(void)gp_fail(&err, GP_ST_IO, "%s: cannot be read wholly", path);
			foreign->found(foreign->arg, &err);
			count++;
		}
		free(text);
	}
	return count;
}
