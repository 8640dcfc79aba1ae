/* SPDX-License-Identifier: Apache-2.0 */
/* How Graph writes lists, flags and what is not configured. */
#include "policy/ca_internal.h"

#include "contract/text.h"

#include "contract/ban.h"

#define ITEM_MAX  128
#define FLAGS_MAX 512
#define NAME_MAX_ 4096 /* of a name that is cut anyway */

static bool is_plain_empty(const struct gp_json *value)
{
	struct gp_str text = {0};
	switch (gp_json_type(value)) {
	case GP_JSON_NULL:
		return true;
	case GP_JSON_ARRAY:
		return gp_json_array_len(value) == 0;
	case GP_JSON_STRING:
		return gp_json_str(value, FLAGS_MAX, &text) == GP_ST_OK && text.len == 0;
	case GP_JSON_OBJECT:
	case GP_JSON_BOOL:
	case GP_JSON_INT:
	case GP_JSON_DOUBLE:
		break;
	}
	return false;
}

/* "@odata.type" and "name@odata.context" say something about a member, and are none. */
static bool is_annotation(const char *key)
{
	return strchr(key, '@') != NULL;
}

static bool is_empty_member(void *arg, const char *key, const struct gp_json *value)
{
	(void)arg;
	return is_annotation(key) || is_plain_empty(value);
}

/* Of an object's members one level is looked at: what is deeper counts as something. */
bool gp_ca_is_empty(const struct gp_json *value)
{
	return is_plain_empty(value) || gp_json_each(value, is_empty_member, NULL);
}

static bool is_known_or_empty(void *arg, const char *key, const struct gp_json *value)
{
	const char *const *known = arg;
	for (size_t i = 0; known[i] != NULL; i++) {
		if (strcmp(known[i], key) == 0) {
			return true;
		}
	}
	return is_annotation(key) || gp_ca_is_empty(value);
}

bool gp_ca_only_known(const struct gp_json *object, const char *const *known)
{
	return gp_json_each(object, is_known_or_empty, (void *)(uintptr_t)known);
}

bool gp_ca_has_list(const struct gp_json *object, const char *key)
{
	const struct gp_json *list = NULL;
	enum gp_status st = gp_json_get(object, key, &list);
	return st == GP_ST_OK &&
	       (gp_json_type(list) != GP_JSON_ARRAY || gp_json_array_len(list) > 0);
}

enum gp_tri gp_ca_any(const struct gp_ca_view *view, const struct gp_json *object, const char *key,
		      gp_ca_item *item)
{
	const struct gp_json *list = NULL;
	enum gp_tri any = GP_FALSE;
	enum gp_status st = gp_json_get_array(object, key, &list);
	if (st != GP_ST_OK) {
		return st == GP_ST_NOT_FOUND ? GP_FALSE : GP_UNKNOWN;
	}
	for (size_t i = 0; i < gp_json_array_len(list); i++) {
		struct gp_str text = {0};
		bool good = gp_json_str(gp_json_array_at(list, i), ITEM_MAX, &text) == GP_ST_OK;
		any = gp_tri_or(any, good ? item(view, text) : GP_UNKNOWN);
	}
	return any;
}

enum gp_tri gp_ca_any_flag(const struct gp_ca_view *view, const struct gp_json *object,
			   const char *key, gp_ca_item *item)
{
	struct gp_str rest = {0};
	enum gp_tri any = GP_FALSE;
	enum gp_status st = gp_json_get_str(object, key, FLAGS_MAX, &rest);
	if (st != GP_ST_OK) {
		return st == GP_ST_NOT_FOUND ? GP_FALSE : GP_UNKNOWN;
	}
	while (rest.len > 0) {
		const char *comma = memchr(rest.ptr, ',', rest.len);
		size_t len = comma != NULL ? (size_t)(comma - rest.ptr) : rest.len;
		struct gp_str flag = gp_str_trim((struct gp_str){rest.ptr, len});
		any = gp_tri_or(any, flag.len > 0 ? item(view, flag) : GP_FALSE);
		rest.ptr += comma != NULL ? len + 1 : len;
		rest.len -= comma != NULL ? len + 1 : len;
	}
	return any;
}

bool gp_ca_same_id(struct gp_str text, const uint8_t id[static 16])
{
	uint8_t other[16];
	return gp_guid_parse(text, other) == GP_ST_OK && memcmp(other, id, sizeof(other)) == 0;
}

int gp_ca_compare_ids(const void *a, const void *b)
{
	return memcmp(a, b, 16);
}

void gp_ca_name(const struct gp_json *policy, struct gp_ca_finding *out)
{
	struct gp_str text = {0};
	uint8_t id[16];
	if (gp_json_get_str(policy, "id", GP_GUID_TEXT - 1, &text) == GP_ST_OK &&
	    gp_guid_parse(text, id) == GP_ST_OK) {
		gp_guid_format(id, out->policy);
	}
	if (gp_json_get_str(policy, "displayName", NAME_MAX_, &text) == GP_ST_OK) {
		(void)gp_text_safe(text, GP_TEXT_LINE, out->name, sizeof(out->name));
	}
}
