/* SPDX-License-Identifier: Apache-2.0 */
/* The admin's questions about numbers: which there are, and those that root gives. */
#include <stdlib.h>

#include "base/json.h"
#include "base/log.h"
#include "directory/numbers.h"
#include "ipc/admin.h"

#include "contract/ban.h"

#define PART_LINES 256 /* of a list; written as JSON they must fit the packet */
#define PART_BYTES ((size_t)PART_LINES * 160)
#define TEXT_MAX   30000
#define LINES_MAX  512
#define KEY_MAX    256

void gp_admin_numbers(const struct gp_admin_deps *deps, const struct gp_json *request,
		      struct gp_buf *out)
{
	gp_buf_auto struct gp_buf text = GP_BUF(PART_BYTES);
	struct gp_error err = {0};
	int64_t from = 0;
	uint64_t next = 0;
	size_t count = 0;
	enum gp_status st = gp_json_get_int(request, "from", 0, 2 * (int64_t)UINT32_MAX, &from);
	if (st != GP_ST_OK && st != GP_ST_NOT_FOUND) {
		gp_admin_error(out, "\"from\" is no place in the list");
		return;
	}
	struct gp_number_line *lines = calloc(PART_LINES, sizeof(*lines));
	st = lines != NULL ? gp_numbers_list(deps->sync, (uint64_t)from, PART_LINES, lines, &count,
					     &next, &err)
			   : GP_ST_NO_MEMORY;
	for (size_t i = 0; st == GP_ST_OK && i < count; i++)
		gp_number_line_write(&lines[i], &text);
	free(lines);
	if (st == GP_ST_OK)
		st = gp_buf_status(&text);
	if (st != GP_ST_OK) {
		gp_admin_error(out, err.text[0] != '\0' ? err.text : "out of memory");
		return;
	}
	gp_buf_text(out, "{\"v\":1,\"tenant\":");
	gp_json_write_str(out, gp_str_from(deps->tenant->config->tenant_id));
	gp_buf_text(out, ",\"lines\":");
	gp_json_write_str(out, (struct gp_str){gp_buf_get(&text), text.len});
	if (next != 0)
		gp_buf_printf(out, ",\"more\":%llu", (unsigned long long)next);
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

static void record_count(const struct gp_admin_deps *deps, const char *event, size_t count)
{
	char detail[32];
	if (gp_format(detail, sizeof(detail), "count=%zu", count) == GP_ST_OK)
		gp_admin_record(deps, event, NULL, detail);
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
	if (st == GP_ST_OK && !check) {
		gp_log(GP_LOG_INFO, "numbers-imported", "lines=%zu added=%zu", count, added);
		record_count(deps, "numbers-imported", added);
		gp_numbers_apply(deps->sync);
	}
	gp_buf_printf(out, "{\"v\":1,\"ok\":%s,\"added\":%zu,\"line\":%zu,\"why\":",
		      st == GP_ST_OK ? "true" : "false", added, at);
	gp_json_write_str(out, gp_str_from(err.text));
	gp_buf_text(out, "}");
}

static struct gp_guest_record number_of(const struct gp_guest *guest, uint32_t uid)
{
	struct gp_guest_record record = {.uid = uid};
	memcpy(record.oid, guest->id, sizeof(record.oid));
	return record;
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
		gp_admin_error(out, GP_ADMIN_NO_GUEST);
		return;
	}
	const struct gp_guest_record given = number_of(guest, (uint32_t)uid);
	memcpy(oid, guest->id, sizeof(oid));
	if (gp_numbers_set(deps->sync, oid, (uint32_t)uid, &err) != GP_ST_OK) {
		gp_admin_error(out, err.text);
		return;
	}
	gp_admin_record(deps, "number-set", &given, NULL);
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
	record_count(deps, "numbers-held", held);
	gp_numbers_apply(deps->sync);
	gp_buf_printf(out, "{\"v\":1,\"held\":%zu}", held);
}
