/* SPDX-License-Identifier: Apache-2.0 */
/* Where a file of the audit ends: its last whole line, and its last record of the chain. */
#include "store/audit_tail.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/audit_file.h"

#include "contract/ban.h"

#define TAIL_BYTES                                                                                 \
	((off_t)2 * GP_AUDIT_LINE_MAX) /* the last record is in it, behind whatever piece */

off_t gp_audit_whole_until(int fd, off_t size)
{
	char piece[4096];
	const off_t floor = size > GP_AUDIT_LINE_MAX ? size - GP_AUDIT_LINE_MAX : 0;
	for (off_t end = size; end > floor;) {
		size_t len = sizeof(piece);
		if (end - floor < (off_t)len) {
			len = (size_t)(end - floor);
		}
		const off_t at = end - (off_t)len;
		if (pread(fd, piece, len, at) != (ssize_t)len) {
			return -1;
		}
		const char *newline = memrchr(piece, '\n', len);
		if (newline != NULL) {
			return at + (newline - piece) + 1;
		}
		end = at;
	}
	return floor == 0 ? 0 : -1;
}

/* The last line of TEXT that has its newline; *TEXT becomes what is before it. */
static bool take_last_line(struct gp_str *text, struct gp_str *line)
{
	const char *end = text->len > 0 ? memrchr(text->ptr, '\n', text->len) : NULL;
	if (end == NULL) {
		return false;
	}
	const size_t len = (size_t)(end - text->ptr);
	const char *before = len > 0 ? memrchr(text->ptr, '\n', len) : NULL;
	const size_t from = before != NULL ? (size_t)(before - text->ptr) + 1 : 0;
	*line = (struct gp_str){text->ptr + from, len - from};
	text->len = from;
	return true;
}

static enum gp_status last_in(struct gp_str text, struct gp_audit_head *out,
			      struct gp_audit_link *link)
{
	struct gp_str line = {0};
	while (take_last_line(&text, &line)) {
		enum gp_status st = gp_audit_link_parse(line, link);
		if (st == GP_ST_OK) {
			out->seq = link->seq;
			return gp_audit_hash(line, out->hash);
		}
		if (st == GP_ST_NO_MEMORY) {
			return st;
		}
	}
	return GP_ST_NOT_FOUND;
}

enum gp_status gp_audit_last(int fd, struct gp_audit_head *out, struct gp_audit_link *link)
{
	struct stat st;
	if (fstat(fd, &st) != 0) {
		return GP_ST_IO;
	}
	const off_t from = st.st_size > TAIL_BYTES ? st.st_size - TAIL_BYTES : 0;
	const size_t len = (size_t)(st.st_size - from);
	if (len == 0) {
		return GP_ST_NOT_FOUND;
	}
	char *text = malloc(len);
	if (text == NULL) {
		return GP_ST_NO_MEMORY;
	}
	enum gp_status status = pread(fd, text, len, from) == (ssize_t)len
					? last_in((struct gp_str){text, len}, out, link)
					: GP_ST_IO;
	free(text);
	return status;
}
