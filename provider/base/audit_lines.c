/* SPDX-License-Identifier: Apache-2.0 */
#include "base/audit_lines.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/audit_chain.h"

#include "contract/ban.h"

/* Lines of a file, of whatever size. */
struct lines {
	gp_audit_take_line *take;
	void *arg;
	char *text; /* 2 * GP_AUDIT_LINE_MAX */
	size_t len;
	struct gp_audit_place at; /* of the line that begins at text */
	bool skipping;            /* a line too long for us: its end is awaited */
};

static enum gp_status take_lines(struct lines *l)
{
	size_t from = 0;
	enum gp_status st = GP_ST_OK;
	const char *end = NULL;
	while (st == GP_ST_OK && from < l->len &&
	       (end = memchr(l->text + from, '\n', l->len - from)) != NULL) {
		const size_t to = (size_t)(end - l->text);
		if (!l->skipping) {
			st = l->take(l->arg, l->at, (struct gp_str){l->text + from, to - from},
				     true);
		}
		l->skipping = false;
		l->at.line++;
		from = to + 1;
	}
	l->len -= from;
	memmove(l->text, l->text + from, l->len);
	if (st == GP_ST_OK && l->len >= GP_AUDIT_LINE_MAX) {
		if (!l->skipping) {
			st = l->take(l->arg, l->at, (struct gp_str){l->text, l->len}, false);
		}
		l->skipping = true;
		l->len = 0;
	}
	return st;
}

static enum gp_status take_file(struct lines l, const struct gp_audit_one *file,
				struct gp_error *err)
{
	off_t offset = 0;
	enum gp_status st = GP_ST_OK;
	while (st == GP_ST_OK) {
		ssize_t n = pread(file->fd, l.text + l.len, (size_t)2 * GP_AUDIT_LINE_MAX - l.len,
				  offset);
		if (n < 0 && errno == EINTR) {
			continue;
		}
		if (n < 0) {
			return gp_fail(err, GP_ST_IO, "%s: %m", file->name);
		}
		if (n == 0) {
			break;
		}
		offset += n;
		l.len += (size_t)n;
		st = take_lines(&l);
	}
	if (st == GP_ST_OK && l.len > 0 && !l.skipping) {
		st = l.take(l.arg, l.at, (struct gp_str){l.text, l.len}, false);
	}
	return st == GP_ST_OK
		       ? st
		       : gp_fail(err, st, "%s: cannot be read: %s", file->name, gp_status_name(st));
}

enum gp_status gp_audit_lines_each(const struct gp_audit_files *files, size_t from,
				   gp_audit_take_line *take, void *arg, struct gp_error *err)
{
	char *text = malloc((size_t)2 * GP_AUDIT_LINE_MAX);
	enum gp_status st = GP_ST_OK;
	if (text == NULL) {
		return gp_fail(err, GP_ST_NO_MEMORY, "no memory");
	}
	for (size_t i = from; st == GP_ST_OK && i < files->count; i++) {
		const struct lines l = {
			.take = take, .arg = arg, .text = text, .at = {files->files[i].name, 1}};
		st = take_file(l, &files->files[i], err);
	}
	free(text);
	return st;
}
