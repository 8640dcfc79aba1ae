/* SPDX-License-Identifier: Apache-2.0 */
/* A page of assignments of access packages, or of instances in PIM for groups. What is not
 * understood of an object that matters makes the page an error: unknown is no right without end. */
#include "contract/text.h"
#include "graph/internal.h"
#include "graph/stamp.h"

#include "contract/ban.h"

#define PAGE_LEN 10000 /* objects */
#define WORD_MAX 64    /* bytes of a word of the schema */

/* A word of the schema; documentation prints some with a capital letter. */
static bool is_word(struct gp_str word, const char *want)
{
	return gp_str_equal_nocase(word, gp_str_from(want));
}

static bool take_word(const struct gp_json *object, const char *key, struct gp_str *out)
{
	return gp_json_get_str(object, key, WORD_MAX, out) == GP_ST_OK && out->len > 0;
}

static bool take_id(const struct gp_json *object, char out[static GP_RIGHT_ID])
{
	struct gp_str id = {0};
	return gp_json_get_str(object, "id", GP_RIGHT_ID - 1, &id) == GP_ST_OK && id.len > 0 &&
	       gp_text_is_safe(id, GP_TEXT_LINE) && gp_copy(out, GP_RIGHT_ID, id) == GP_ST_OK;
}

/* A time, or NONE for null. A member that is not there at all says nothing: an end must not get
 * lost by being misspelt. */
static bool take_time(const struct gp_json *object, const char *key, int64_t none, int64_t *out)
{
	struct gp_str text = {0};
	if (gp_json_has_null(object, key)) {
		*out = none;
		return true;
	}
	return gp_json_get_str(object, key, GP_STAMP_MAX, &text) == GP_ST_OK &&
	       gp_stamp_parse(text, out) == GP_ST_OK;
}

static bool is_absent(const struct gp_json *object, const char *key)
{
	const struct gp_json *value = NULL;
	return gp_json_get(object, key, &value) == GP_ST_NOT_FOUND;
}

/* After a duration; an end that stands beside it counts where it is earlier. */
static bool end_after(const struct gp_json *expiration, int64_t begin_s, int64_t *out)
{
	struct gp_str duration = {0};
	int64_t given = INT64_MAX;
	if (begin_s == INT64_MIN ||
	    gp_json_get_str(expiration, "duration", GP_DURATION_MAX, &duration) != GP_ST_OK ||
	    gp_stamp_add(begin_s, duration, out) != GP_ST_OK)
		return false;
	if (!is_absent(expiration, "endDateTime") &&
	    !take_time(expiration, "endDateTime", INT64_MAX, &given))
		return false;
	if (given < *out)
		*out = given;
	return true;
}

static bool take_end(const struct gp_json *expiration, int64_t begin_s, int64_t *out)
{
	struct gp_str type = {0};
	if (!take_word(expiration, "type", &type))
		return false;
	if (is_word(type, "afterDateTime"))
		return !is_absent(expiration, "endDateTime") &&
		       take_time(expiration, "endDateTime", INT64_MAX, out);
	if (is_word(type, "afterDuration"))
		return end_after(expiration, begin_s, out);
	*out = INT64_MAX;
	return (is_word(type, "notSpecified") || is_word(type, "noExpiration")) &&
	       is_absent(expiration, "endDateTime") && is_absent(expiration, "duration");
}

/* A schedule that recurs would leave gaps; Entra has none so far. */
static bool take_schedule(const struct gp_json *object, struct gp_right *right)
{
	const struct gp_json *schedule = NULL;
	const struct gp_json *expiration = NULL;
	return gp_json_get_object(object, "schedule", &schedule) == GP_ST_OK &&
	       gp_json_get_object(schedule, "expiration", &expiration) == GP_ST_OK &&
	       is_absent(schedule, "recurrence") &&
	       take_time(schedule, "startDateTime", INT64_MIN, &right->begin_s) &&
	       take_end(expiration, right->begin_s, &right->end_s);
}

/* OURS: the object is about the person and the package that were asked for. */
static bool take_assignment(const struct gp_json *object, const struct gp_rights_page *page,
			    struct gp_right *right, bool *ours)
{
	const struct gp_json *target = NULL;
	const struct gp_json *package = NULL;
	struct gp_str state = {0};
	char oid[GP_GUID_TEXT] = "";
	if (gp_json_get_object(object, "target", &target) != GP_ST_OK ||
	    gp_json_get_object(object, "accessPackage", &package) != GP_ST_OK ||
	    !gp_graph_guid(package, "id", right->of))
		return false;
	/* Who is not in the directory yet has no object id. */
	if (!gp_json_has_null(target, "objectId") && !gp_graph_guid(target, "objectId", oid))
		return false;
	*ours = strcmp(oid, page->oid) == 0 && strcmp(right->of, page->package) == 0;
	if (!*ours)
		return true;
	if (!take_id(object, right->id) || !take_word(object, "state", &state) ||
	    !take_schedule(object, right))
		return false;
	right->delivered = is_word(state, "delivered");
	return true;
}

/* An owner manages the group and is not in it. */
static bool take_activation(const struct gp_json *object, const struct gp_rights_page *page,
			    struct gp_right *right, bool *ours)
{
	struct gp_str access = {0};
	struct gp_str type = {0};
	char oid[GP_GUID_TEXT];
	if (!gp_graph_guid(object, "principalId", oid))
		return false;
	*ours = strcmp(oid, page->oid) == 0;
	if (!*ours)
		return true;
	if (!take_id(object, right->id) || !gp_graph_guid(object, "groupId", right->of) ||
	    !take_word(object, "accessId", &access) || !take_word(object, "assignmentType", &type))
		return false;
	right->activated = is_word(type, "activated");
	right->delivered =
		is_word(access, "member") && (right->activated || is_word(type, "assigned"));
	return take_time(object, "startDateTime", INT64_MIN, &right->begin_s) &&
	       take_time(object, "endDateTime", INT64_MAX, &right->end_s);
}

static enum gp_status take_row(const struct gp_json *object, const struct gp_rights_page *page)
{
	struct gp_right right = {.kind = page->kind};
	bool ours = false;
	bool ok = page->kind == GP_RIGHT_PACKAGE ? take_assignment(object, page, &right, &ours)
						 : take_activation(object, page, &right, &ours);
	if (!ok)
		return GP_ST_INVALID;
	return ours ? page->right(page->arg, &right) : GP_ST_OK;
}

enum gp_status gp_rights_page_parse(struct gp_str body, const struct gp_rights_page *page,
				    char *next, size_t next_size, struct gp_error *err)
{
	struct gp_graph_rows rows = {0};
	enum gp_status st =
		gp_graph_rows_parse(body, page->root, PAGE_LEN, &rows, next, next_size, err);
	for (size_t i = 0; st == GP_ST_OK && i < rows.len; i++) {
		st = take_row(gp_json_array_at(rows.rows, i), page);
		if (st == GP_ST_INVALID)
			(void)gp_fail(err, st, "Graph: %s %zu of a page is not understood",
				      page->kind == GP_RIGHT_PACKAGE ? "assignment" : "activation",
				      i);
		else if (st != GP_ST_OK)
			(void)gp_fail(err, st, "Graph: not all rights of one person can be kept");
	}
	gp_json_doc_free(rows.doc);
	return st;
}
