/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

#include <stdlib.h>

#include <json-c/json.h>

#include "base/json_scan.h"
#include "contract/buf.h"
#include "contract/text.h"

#include "contract/ban.h"

struct gp_json_doc {
	struct json_object *root; /* NULL: the document is null */
};

/* A struct gp_json is json-c's object under another name; json-c's readers take no const. */
static struct json_object *inner(const struct gp_json *value)
{
	return (struct json_object *)(uintptr_t)value;
}

static const struct gp_json *outer(const struct json_object *value)
{
	return (const struct gp_json *)value;
}

/* Members of all objects below ROOT; the depth is bounded by the scan before. */
static size_t count_members(const struct json_object *root)
{
	struct frame {
		const struct json_object *value;
		size_t next;                   /* of an array */
		const struct lh_entry *member; /* of an object */
	} stack[GP_JSON_DEPTH];
	size_t depth = 0;
	size_t members = 0;
	const struct json_object *enter = root;

	for (;;) {
		const enum json_type type = json_object_get_type(enter);
		if ((type == json_type_object || type == json_type_array) &&
		    depth < GP_JSON_DEPTH) {
			stack[depth] = (struct frame){.value = enter};
			if (type == json_type_object) {
				const struct lh_table *table = json_object_get_object(enter);
				stack[depth].member = table->head;
				members += (size_t)table->count;
			}
			depth++;
		}
		enter = NULL;
		while (depth > 0 && enter == NULL) {
			struct frame *top = &stack[depth - 1];
			if (json_object_get_type(top->value) == json_type_array &&
			    top->next < json_object_array_length(top->value)) {
				enter = json_object_array_get_idx(top->value, top->next++);
			} else if (top->member != NULL) {
				enter = (const struct json_object *)lh_entry_v(top->member);
				top->member = top->member->next;
			} else {
				depth--;
			}
		}
		if (enter == NULL)
			return members;
	}
}

static enum gp_status build(struct gp_str text, struct json_object **out, struct gp_error *err)
{
	/* One level more: json-c counts the values in the innermost container too. */
	struct json_tokener *tokener = json_tokener_new_ex(GP_JSON_DEPTH + 1);

	if (tokener == NULL)
		return gp_fail(err, GP_ST_NO_MEMORY, "json: no memory");
	/* Our scan was strict, in grammar and UTF-8. json-c's own strictness adds nothing and, in
	 * 0.18, takes each byte above 127 for a control character. */
	json_tokener_set_flags(tokener, 0);
	struct json_object *root = json_tokener_parse_ex(tokener, text.ptr, (int)text.len);
	enum json_tokener_error error = json_tokener_get_error(tokener);
	if (error == json_tokener_continue) {
		/* A number at the end of the text is complete only at its end. */
		root = json_tokener_parse_ex(tokener, "", 1);
		error = json_tokener_get_error(tokener);
	}
	json_tokener_free(tokener);
	if (error != json_tokener_success)
		return gp_fail(err, GP_ST_INVALID, "json: %s", json_tokener_error_desc(error));
	*out = root;
	return GP_ST_OK;
}

enum gp_status gp_json_parse(struct gp_str text, struct gp_json_doc **out, struct gp_error *err)
{
	size_t members = 0;
	size_t at = 0;
	struct json_object *root = NULL;

	if (text.len > GP_JSON_MAX)
		return gp_fail(err, GP_ST_TOO_BIG, "json: document of %zu bytes", text.len);
	if (gp_json_scan(text, GP_JSON_DEPTH, &members, &at) != GP_ST_OK)
		return gp_fail(err, GP_ST_INVALID, "json: not JSON at byte %zu of %zu", at,
			       text.len);
	const enum gp_status st = build(text, &root, err);
	if (st != GP_ST_OK)
		return st;
	if (count_members(root) != members) {
		json_object_put(root);
		return gp_fail(err, GP_ST_INVALID, "json: a member occurs twice in an object");
	}
	struct gp_json_doc *doc = malloc(sizeof(*doc));
	if (doc == NULL) {
		json_object_put(root);
		return gp_fail(err, GP_ST_NO_MEMORY, "json: no memory");
	}
	doc->root = root;
	*out = doc;
	return GP_ST_OK;
}

void gp_json_doc_free(struct gp_json_doc *doc)
{
	if (doc == NULL)
		return;
	json_object_put(doc->root);
	free(doc);
}

const struct gp_json *gp_json_root(const struct gp_json_doc *doc)
{
	return outer(doc->root);
}

enum gp_json_type gp_json_type(const struct gp_json *value)
{
	switch (json_object_get_type(inner(value))) {
	case json_type_null:
		break;
	case json_type_boolean:
		return GP_JSON_BOOL;
	case json_type_int:
		return GP_JSON_INT;
	case json_type_double:
		return GP_JSON_DOUBLE;
	case json_type_string:
		return GP_JSON_STRING;
	case json_type_array:
		return GP_JSON_ARRAY;
	case json_type_object:
		return GP_JSON_OBJECT;
	}
	return GP_JSON_NULL;
}

enum gp_status gp_json_get(const struct gp_json *object, const char *key,
			   const struct gp_json **out)
{
	struct json_object *value = NULL;

	if (gp_json_type(object) != GP_JSON_OBJECT)
		return GP_ST_INVALID;
	if (!json_object_object_get_ex(inner(object), key, &value) || value == NULL)
		return GP_ST_NOT_FOUND;
	*out = outer(value);
	return GP_ST_OK;
}

bool gp_json_has_null(const struct gp_json *object, const char *key)
{
	struct json_object *value = NULL;

	return gp_json_type(object) == GP_JSON_OBJECT &&
	       json_object_object_get_ex(inner(object), key, &value) && value == NULL;
}

bool gp_json_each(const struct gp_json *object, gp_json_member *each, void *arg)
{
	if (gp_json_type(object) != GP_JSON_OBJECT)
		return false;
	const struct lh_entry *entry = json_object_get_object(inner(object))->head;
	for (; entry != NULL; entry = entry->next)
		if (!each(arg, (const char *)lh_entry_k(entry),
			  outer((const struct json_object *)lh_entry_v(entry))))
			return false;
	return true;
}

/* Like gp_json_get, and the member is of TYPE. */
static enum gp_status get_typed(const struct gp_json *object, const char *key,
				enum gp_json_type type, const struct gp_json **out)
{
	const struct gp_json *value = NULL;
	const enum gp_status st = gp_json_get(object, key, &value);

	if (st != GP_ST_OK)
		return st;
	if (gp_json_type(value) != type)
		return GP_ST_INVALID;
	*out = value;
	return GP_ST_OK;
}

enum gp_status gp_json_get_str(const struct gp_json *object, const char *key, size_t max,
			       struct gp_str *out)
{
	const struct gp_json *value = NULL;
	const enum gp_status st = get_typed(object, key, GP_JSON_STRING, &value);

	return st == GP_ST_OK ? gp_json_str(value, max, out) : st;
}

enum gp_status gp_json_get_int(const struct gp_json *object, const char *key, int64_t min,
			       int64_t max, int64_t *out)
{
	const struct gp_json *value = NULL;
	const enum gp_status st = get_typed(object, key, GP_JSON_INT, &value);

	return st == GP_ST_OK ? gp_json_int(value, min, max, out) : st;
}

enum gp_status gp_json_get_bool(const struct gp_json *object, const char *key, bool *out)
{
	const struct gp_json *value = NULL;
	const enum gp_status st = get_typed(object, key, GP_JSON_BOOL, &value);

	if (st == GP_ST_OK)
		*out = json_object_get_boolean(inner(value)) != 0;
	return st;
}

enum gp_status gp_json_get_object(const struct gp_json *object, const char *key,
				  const struct gp_json **out)
{
	return get_typed(object, key, GP_JSON_OBJECT, out);
}

enum gp_status gp_json_get_array(const struct gp_json *object, const char *key,
				 const struct gp_json **out)
{
	return get_typed(object, key, GP_JSON_ARRAY, out);
}

size_t gp_json_array_len(const struct gp_json *array)
{
	return gp_json_type(array) == GP_JSON_ARRAY ? json_object_array_length(inner(array)) : 0;
}

const struct gp_json *gp_json_array_at(const struct gp_json *array, size_t i)
{
	if (i >= gp_json_array_len(array))
		return NULL;
	return outer(json_object_array_get_idx(inner(array), i));
}

enum gp_status gp_json_str(const struct gp_json *value, size_t max, struct gp_str *out)
{
	if (gp_json_type(value) != GP_JSON_STRING)
		return GP_ST_INVALID;
	const struct gp_str s = {json_object_get_string(inner(value)),
				 (size_t)json_object_get_string_len(inner(value))};
	if (s.len > max || strlen(s.ptr) != s.len)
		return GP_ST_INVALID;
	*out = s;
	return GP_ST_OK;
}

enum gp_status gp_json_int(const struct gp_json *value, int64_t min, int64_t max, int64_t *out)
{
	if (gp_json_type(value) != GP_JSON_INT)
		return GP_ST_INVALID;
	const int64_t v = json_object_get_int64(inner(value));
	/* json-c turns what does not fit into the nearest number that does, so the two extreme
	 * numbers may stand for any beyond them. */
	if (v < min || v > max || v == INT64_MIN || v == INT64_MAX)
		return GP_ST_INVALID;
	*out = v;
	return GP_ST_OK;
}

static void write_unit(struct gp_buf *b, unsigned int unit)
{
	gp_buf_printf(b, "\\u%04x", unit);
}

void gp_json_write_str(struct gp_buf *b, struct gp_str s)
{
	gp_buf_text(b, "\"");
	while (s.len > 0) {
		unsigned int cp = 0;
		const size_t n = gp_utf8_decode(s, &cp);
		const struct gp_str one = {s.ptr, n > 0 ? n : 1};

		if (n == 0) {
			/* JSON cannot say it: the visible escape of gp_text_safe() instead. */
			gp_buf_printf(b, "\\\\x%02X", (unsigned char)s.ptr[0]);
		} else if (cp == '"' || cp == '\\') {
			gp_buf_printf(b, "\\%c", (int)cp);
		} else if (gp_text_is_safe(one, GP_TEXT_LINE)) {
			gp_buf_str(b, one);
		} else if (cp < 0x10000) {
			write_unit(b, cp);
		} else {
			write_unit(b, 0xD800 + ((cp - 0x10000) >> 10));
			write_unit(b, 0xDC00 + ((cp - 0x10000) & 0x3FF));
		}
		s.ptr += one.len;
		s.len -= one.len;
	}
	gp_buf_text(b, "\"");
}
