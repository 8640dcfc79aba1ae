/* SPDX-License-Identifier: Apache-2.0 */
/* The admin's questions about numbers: which there are, and those that root gives. */
#include <stdlib.h>

#include "base/json.h"
#include "directory/numbers.h"
#include "ipc/admin.h"

#include "contract/ban.h"

#define PART_BYTES ((size_t)40000) /* of a list; written as JSON the lines must fit the packet */
#define TEXT_MAX   30000
#define LINES_MAX  512
#define KEY_MAX    256

static void write_record(const struct gp_guest_record *record, struct gp_buf *out)
{
	struct gp_number_line line = {.kind = GP_NUMBER_GUEST,
				      .uid = record->uid,
				      .first_seen_s = record->first_seen_s,
				      .left_s = record->left_s,
				      .created_s = record->created_s};
	memcpy(line.oid, record->oid, sizeof(line.oid));
	memcpy(line.name, record->name, sizeof(line.name));
	gp_number_line_write(&line, out);
}

static void write_held(const struct gp_held_number *held, struct gp_buf *out)
{
	struct gp_number_line line = {.kind = GP_NUMBER_HELD, .uid = held->uid};
	memcpy(line.name, held->name, sizeof(line.name));
	gp_number_line_write(&line, out);
}

/* The lines from place FROM on, as many as fit. The place to go on at; 0 when that was all. */
static size_t write_part(const struct gp_sync *sync, size_t from, struct gp_buf *lines)
{
	struct gp_held_number *held = NULL;
	size_t held_count = 0;
	size_t i = from;
	if (gp_sync_held(sync, &held, &held_count) != GP_ST_OK)
		return 0;
	for (; i < held_count && lines->len < PART_BYTES; i++)
		write_held(&held[i], lines);
	free(held);
	size_t all = held_count + gp_sync_count(sync);
	for (; i >= held_count && i < all && lines->len < PART_BYTES; i++) {
		struct gp_guest_record record;
		const struct gp_guest *guest = gp_sync_at(sync, i - held_count);
		if (gp_sync_record(sync, guest->id, &record) == GP_ST_OK)
			write_record(&record, lines);
	}
	return i < all ? i : 0;
}

void gp_admin_numbers(const struct gp_admin_deps *deps, const struct gp_json *request,
		      struct gp_buf *out)
{
	gp_buf_auto struct gp_buf lines = GP_BUF(2 * PART_BYTES);
	int64_t from = 0;
	enum gp_status st = gp_json_get_int(request, "from", 0, INT32_MAX, &from);
	if (st != GP_ST_OK && st != GP_ST_NOT_FOUND) {
		gp_admin_error(out, "\"from\" is no place in the list");
		return;
	}
	size_t next = write_part(deps->sync, (size_t)from, &lines);
	gp_buf_text(out, "{\"v\":1,\"tenant\":");
	gp_json_write_str(out, gp_str_from(deps->tenant->config->tenant_id));
	gp_buf_text(out, ",\"lines\":");
	gp_json_write_str(out, (struct gp_str){gp_buf_get(&lines), lines.len});
	if (next != 0)
		gp_buf_printf(out, ",\"more\":%zu", next);
	gp_buf_text(out, "}");
}

/* *AT is the line that is wrong. */
static enum gp_status parse_lines(struct gp_str text, struct gp_number_line *lines, size_t *count,
				  size_t *at, struct gp_error *err)
{
	enum gp_status st = GP_ST_OK;
	size_t n = 0;
	while (st == GP_ST_OK && text.len > 0) {
		*at = n;
		if (n == LINES_MAX)
			return gp_fail(err, GP_ST_TOO_BIG, "too many lines at once");
		st = gp_number_line_parse(gp_str_take_line(&text), &lines[n++], err);
	}
	*count = n;
	return st;
}

void gp_admin_number_import(const struct gp_admin_deps *deps, const struct gp_json *request,
			    struct gp_buf *out)
{
	struct gp_str text = {0};
	bool check = true;
	struct gp_error err = {0};
	size_t count = 0;
	size_t added = 0;
	size_t at = 0;
	struct gp_number_line *lines = calloc(LINES_MAX, sizeof(*lines));
	if (lines == NULL || gp_json_get_str(request, "lines", TEXT_MAX, &text) != GP_ST_OK ||
	    gp_json_get_bool(request, "check", &check) != GP_ST_OK) {
		free(lines);
		gp_admin_error(out, "\"lines\" and \"check\" are needed");
		return;
	}
	enum gp_status st = parse_lines(text, lines, &count, &at, &err);
	if (st == GP_ST_OK)
		st = gp_numbers_import(deps->sync, lines, count, check, &added, &at, &err);
	free(lines);
	if (st == GP_ST_OK && !check)
		gp_numbers_apply(deps->sync);
	gp_buf_printf(out, "{\"v\":1,\"ok\":%s,\"added\":%zu,\"line\":%zu,\"why\":",
		      st == GP_ST_OK ? "true" : "false", added, at);
	gp_json_write_str(out, gp_str_from(err.text));
	gp_buf_text(out, "}");
}

void gp_admin_number_set(const struct gp_admin_deps *deps, const struct gp_json *request,
			 struct gp_buf *out)
{
	struct gp_str key = {0};
	int64_t uid = 0;
	struct gp_error err = {0};
	char oid[GP_GUID_TEXT];
	if (gp_json_get_str(request, "guest", KEY_MAX, &key) != GP_ST_OK ||
	    gp_json_get_int(request, "uid", 1, UINT32_MAX - 1, &uid) != GP_ST_OK) {
		gp_admin_error(out, "a guest and a number are needed");
		return;
	}
	const struct gp_guest *guest = gp_admin_find(deps, key);
	if (guest == NULL) {
		gp_admin_error(out, "no guest has this name, address or object id here");
		return;
	}
	memcpy(oid, guest->id, sizeof(oid));
	if (gp_numbers_set(deps->sync, oid, (uint32_t)uid, &err) != GP_ST_OK) {
		gp_admin_error(out, err.text);
		return;
	}
	gp_numbers_apply(deps->sync);
	gp_buf_printf(out, "{\"v\":1,\"oid\":\"%s\",\"uid\":%lld}", oid, (long long)uid);
}

void gp_admin_number_hold(const struct gp_admin_deps *deps, const struct gp_json *request,
			  struct gp_buf *out)
{
	struct gp_error err = {0};
	size_t held = 0;
	(void)request;
	if (gp_numbers_hold_published(deps->sync, &held, &err) != GP_ST_OK) {
		gp_admin_error(out, err.text);
		return;
	}
	gp_numbers_apply(deps->sync);
	gp_buf_printf(out, "{\"v\":1,\"held\":%zu}", held);
}
