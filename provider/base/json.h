/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON from outside, behind strict typed getters. json-c alone keeps the last of two equal keys,
 * accepts NaN and "123" as a number, and keeps embedded NULs; here a document with a duplicate key
 * anywhere, with NaN or Infinity, with bytes that are not UTF-8, deeper than GP_JSON_DEPTH or with
 * anything after it is refused as a whole, and a member of another type than asked for is
 * GP_ST_INVALID, not converted.
 */
#ifndef GP_BASE_JSON_H
#define GP_BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "contract/status.h"
#include "contract/str.h"

#define GP_JSON_DEPTH 16
#define GP_JSON_MAX   (4U << 20) /* bytes of the largest document */

/* A parsed document: owns everything below it. */
struct gp_json_doc;
/* A value inside a document: borrowed, valid as long as the document. Opaque. */
struct gp_json;

enum gp_json_type {
	GP_JSON_NULL = 0,
	GP_JSON_BOOL,
	GP_JSON_INT,
	GP_JSON_DOUBLE,
	GP_JSON_STRING,
	GP_JSON_ARRAY,
	GP_JSON_OBJECT,
};

enum gp_status gp_json_parse(struct gp_str text, struct gp_json_doc **out,
			     struct gp_error *err) gp_must_check;
void gp_json_doc_free(struct gp_json_doc *doc);
static inline void gp_json_doc_freep(struct gp_json_doc **doc)
{
	gp_json_doc_free(*doc);
}
#define gp_json_doc_auto __attribute__((cleanup(gp_json_doc_freep)))

const struct gp_json *gp_json_root(const struct gp_json_doc *doc);
enum gp_json_type gp_json_type(const struct gp_json *value);

/* Members of an object. GP_ST_NOT_FOUND: absent, or JSON null. GP_ST_INVALID: of another type, a
 * string with an embedded NUL or longer than MAX, a number that is no integer or outside [MIN,
 * MAX]. *OUT is untouched unless GP_ST_OK. OBJECT may be NULL or no object: GP_ST_INVALID. */
enum gp_status gp_json_get(const struct gp_json *object, const char *key,
			   const struct gp_json **out) gp_must_check;
/* The member is there and is null, which gp_json_get() does not tell from absence. */
bool gp_json_has_null(const struct gp_json *object, const char *key);
/* Each member in the text's order, until EACH returns false; VALUE is NULL where it is null. False
 * when EACH was, or OBJECT is no object. */
typedef bool gp_json_member(void *arg, const char *key, const struct gp_json *value);
bool gp_json_each(const struct gp_json *object, gp_json_member *each, void *arg);
enum gp_status gp_json_get_str(const struct gp_json *object, const char *key, size_t max,
			       struct gp_str *out) gp_must_check;
enum gp_status gp_json_get_int(const struct gp_json *object, const char *key, int64_t min,
			       int64_t max, int64_t *out) gp_must_check;
enum gp_status gp_json_get_bool(const struct gp_json *object, const char *key,
				bool *out) gp_must_check;
enum gp_status gp_json_get_object(const struct gp_json *object, const char *key,
				  const struct gp_json **out) gp_must_check;
enum gp_status gp_json_get_array(const struct gp_json *object, const char *key,
				 const struct gp_json **out) gp_must_check;

/* Arrays. Zero, NULL for what is not one. */
size_t gp_json_array_len(const struct gp_json *array);
const struct gp_json *gp_json_array_at(const struct gp_json *array, size_t i);
/* A value that is itself a string or an integer. */
enum gp_status gp_json_str(const struct gp_json *value, size_t max,
			   struct gp_str *out) gp_must_check;
enum gp_status gp_json_int(const struct gp_json *value, int64_t min, int64_t max,
			   int64_t *out) gp_must_check;

/* Writing: appends S as a JSON string with its quotes; control characters, bidi marks and bytes
 * that are not UTF-8 come out escaped, so the result is safe for a terminal too. */
struct gp_buf;
void gp_json_write_str(struct gp_buf *b, struct gp_str s);

#endif
