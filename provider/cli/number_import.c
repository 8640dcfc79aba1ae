/* SPDX-License-Identifier: Apache-2.0 */
/*
 * guestpass number import: a file of number lines, handed to the daemon in parts. Everything is
 * checked before anything is taken over.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json.h"
#include "cli/ask.h"
#include "cli/cell.h"
#include "cli/number.h"
#include "identity/number_line.h"

#include "contract/ban.h"

#define IMPORT_MAX ((size_t)256 << 20)
#define PART_BYTES 4000 /* six times as long as JSON at most, which fits a packet */
#define PART_LINES 512

static const struct gp_syntax syntax = {"", 1, "number import [--json] [--run-dir=DIR] FILE|-"};

static enum gp_status read_file(const char *path, char **out, size_t *len, struct gp_error *err)
{
	bool is_stdin = strcmp(path, "-") == 0;
	size_t room = 0;
	char *text = NULL;
	ssize_t n = 1;
	int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	*len = 0;
	while (fd >= 0 && n > 0) {
		if (*len == room) {
			room = room == 0 ? 65536 : room * 2;
			char *more = room <= IMPORT_MAX ? realloc(text, room) : NULL;
			if (more == NULL) {
				n = -1;
				errno = EFBIG;
				break;
			}
			text = more;
		}
		n = read(fd, text + *len, room - *len);
		*len += n > 0 ? (size_t)n : 0;
	}
	int e = errno;
	if (fd >= 0 && !is_stdin)
		(void)close(fd);
	if (fd < 0 || n < 0) {
		free(text);
		return gp_fail(err, GP_ST_IO, "%s: %s", path, strerror(e));
	}
	*out = text;
	return GP_ST_OK;
}

/* The next part of TEXT, of whole lines, and how many they are. */
static struct gp_str next_part(struct gp_str text, size_t *lines)
{
	struct gp_str part = {text.ptr, 0};
	*lines = 0;
	while (text.ptr != NULL && part.len < text.len && *lines < PART_LINES) {
		const char *end = memchr(text.ptr + part.len, '\n', text.len - part.len);
		size_t len = end != NULL ? (size_t)(end + 1 - text.ptr) : text.len;
		if (len > PART_BYTES && *lines > 0)
			break;
		part.len = len;
		(*lines)++;
	}
	return part;
}

/* Numbers are hashes of a tenant's object ids: another tenant's mean nothing here. That it is the
 * right one is for the daemon to say. */
static enum gp_status check_tenant_first(const char *path, struct gp_str text, struct gp_error *err)
{
	struct gp_number_line line = {0};
	while (text.len > 0 && line.kind == GP_NUMBER_NOTHING)
		if (gp_number_line_parse(gp_str_take_line(&text), &line, NULL) != GP_ST_OK)
			break;
	return line.kind == GP_NUMBER_TENANT
		       ? GP_ST_OK
		       : gp_fail(err, GP_ST_INVALID,
				 "%s: whose numbers are these? The first line must be \"tenant\" "
				 "and an id, as \"guestpass number export\" writes it",
				 path);
}

struct import {
	const struct gp_common *args;
	bool check;
	size_t line; /* lines handed over so far */
	size_t added;
};

static enum gp_status hand_over(struct import *in, struct gp_str part, struct gp_error *err)
{
	gp_json_doc_auto struct gp_json_doc *doc = NULL;
	gp_buf_auto struct gp_buf question = GP_BUF(32000);
	char why[GP_CELL];
	bool ok = false;
	gp_buf_printf(&question, "{\"v\":1,\"op\":\"number-import\",\"check\":%s,\"lines\":",
		      in->check ? "true" : "false");
	gp_json_write_str(&question, part);
	gp_ask_add_login(&question);
	gp_buf_text(&question, "}");
	enum gp_status st = gp_buf_status(&question);
	if (st != GP_ST_OK || part.len > PART_BYTES)
		return gp_fail(err, GP_ST_INVALID, "%s:%zu: the line is too long",
			       in->args->argument, in->line + 1);
	st = gp_ask_doc(in->args->run_dir, gp_buf_get(&question), &doc, err);
	if (st != GP_ST_OK)
		return st;
	const struct gp_json *answer = gp_json_root(doc);
	if (gp_json_get_bool(answer, "ok", &ok) != GP_ST_OK || !ok)
		return gp_fail(err, GP_ST_INVALID, "%s:%lld: %s", in->args->argument,
			       (long long)in->line + 1 + (long long)gp_cell_number(answer, "line"),
			       gp_cell_text(answer, "why", why));
	in->added += (size_t)gp_cell_number(answer, "added");
	return GP_ST_OK;
}

static enum gp_status hand_all_over(struct import *in, struct gp_str text, struct gp_error *err)
{
	enum gp_status st = GP_ST_OK;
	in->line = 0;
	in->added = 0;
	while (st == GP_ST_OK && text.len > 0) {
		size_t lines = 0;
		struct gp_str part = next_part(text, &lines);
		st = hand_over(in, part, err);
		in->line += lines;
		text.ptr += part.len;
		text.len -= part.len;
	}
	return st;
}

int gp_number_import(int argc, char **argv)
{
	struct gp_common args;
	struct gp_error err = {0};
	char *text = NULL;
	size_t len = 0;
	if (!gp_common_parse(argc, argv, &syntax, &args))
		return GP_EXIT_USAGE;
	struct import in = {.args = &args, .check = true};
	enum gp_status st = read_file(args.argument, &text, &len, &err);
	if (st == GP_ST_OK)
		st = check_tenant_first(args.argument, (struct gp_str){text, len}, &err);
	if (st == GP_ST_OK)
		st = hand_all_over(&in, (struct gp_str){text, len}, &err);
	if (st == GP_ST_OK) {
		in.check = false;
		st = hand_all_over(&in, (struct gp_str){text, len}, &err);
	}
	free(text);
	if (st != GP_ST_OK && !in.check && in.added > 0)
		(void)fprintf(stderr, "guestpass: %zu numbers of lines before are taken over\n",
			      in.added);
	if (st != GP_ST_OK)
		return gp_common_failed(st, &err);
	if (args.json)
		(void)printf("{\"v\":1,\"added\":%zu,\"lines\":%zu}\n", in.added, in.line);
	else
		(void)printf("%zu numbers taken over, of %zu lines\n", in.added, in.line);
	return GP_EXIT_OK;
}
