/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/json.h"
#include "base/sha256.h"
#include "cli/scaffold.h"

#include "contract/ban.h"

#define NAME_MAX_LEN 64 /* of a placeholder */
#define PARTS_DEEP   3  /* parts name parts; none names itself */

/* Where in the table we are: which API, which access group. */
struct at {
	const struct gp_scaffold *known;
	bool elevated;
	size_t group;
};

/* Parts are made of parts, and DEEP counts down from PARTS_DEEP: nothing goes deeper. */
/* NOLINTBEGIN(misc-no-recursion) */
static void expand(const struct at *at, const char *template, bool json, int deep,
		   struct gp_buf *out);

/* TEXT as it stands inside a JSON string. */
static void write_inside(struct gp_buf *out, const char *text)
{
	gp_buf_auto struct gp_buf quoted = GP_BUF(GP_SCAFFOLD_TEXT_MAX);
	gp_json_write_str(&quoted, gp_str_from(text));
	if (gp_buf_status(&quoted) == GP_ST_OK)
		gp_buf_add(out, gp_buf_get(&quoted) + 1, quoted.len - 2);
	else
		out->bad = true;
}

/* Ids of scopes are ours to choose. One that follows from the tier makes two runs print the same:
 * RFC 9562 version 8, of a SHA-256. */
static void write_scope_id(const struct at *at, struct gp_buf *out)
{
	uint8_t digest[GP_SHA256_LEN];
	char text[GP_GUID_TEXT];
	gp_buf_auto struct gp_buf b = GP_BUF(256);
	gp_buf_printf(&b, "guestpass/scope/1 %s%s", at->known->tier,
		      at->elevated ? " elevation" : "");
	if (gp_buf_status(&b) != GP_ST_OK ||
	    gp_sha256((struct gp_str){gp_buf_get(&b), b.len}, digest) != GP_ST_OK) {
		out->bad = true;
		return;
	}
	digest[6] = (uint8_t)((digest[6] & 0x0FU) | 0x80U);
	digest[8] = (uint8_t)((digest[8] & 0x3FU) | 0x80U);
	gp_guid_format(digest, text);
	gp_buf_text(out, text);
}

static bool is_new(const struct gp_scaffold *known, bool elevated)
{
	return (elevated ? known->elevation_api : known->api) == NULL;
}

/* Parts that each API has, for all APIs that this document is about. */
static void write_apis(const struct at *at, const char *template, bool new_only, const char *first,
		       bool json, int deep, struct gp_buf *out)
{
	struct at one = *at;
	const char *before = first;
	for (int i = 0; i < (at->known->elevation ? 2 : 1); i++) {
		one.elevated = i == 1;
		if (new_only && !is_new(at->known, one.elevated))
			continue;
		gp_buf_text(out, before);
		before = ",";
		expand(&one, template, json, deep, out);
	}
}

static void write_groups(const struct at *at, int deep, struct gp_buf *out)
{
	if (at->known->groups_len == 0)
		expand(at, "<group id>", false, deep, out);
	for (size_t i = 0; i < at->known->groups_len; i++)
		gp_buf_printf(out, "%s%s", i > 0 ? "\",\"" : "", at->known->groups[i]);
}

static const char *api_note(bool elevated)
{
	return elevated ? "The API for what needs more than the door. guestpass.conf: "
			  "elevation_resource = <api appId>"
			: "The tier's API. guestpass.conf: api_client_id = <api appId>, scope = "
			  "api://<api appId>/<scope word>";
}

/* What is made of others. False: NAME is no part. */
static bool part(const struct at *at, const char *name, bool json, int deep, struct gp_buf *out)
{
	const struct gp_scaffold *known = at->known;
	if (strcmp(name, "elevated") == 0)
		gp_buf_text(out, at->elevated ? ", elevation" : "");
	else if (strcmp(name, "policy") == 0)
		expand(at, at->elevated ? "gp-<tier>-elevation" : "gp-<tier>", json, deep, out);
	else if (strcmp(name, "scope guid") == 0)
		write_scope_id(at, out);
	else if (strcmp(name, "access groups") == 0)
		write_groups(at, deep, out);
	else if (strcmp(name, "API note") == 0)
		expand(at, api_note(at->elevated), json, deep, out);
	else if (strcmp(name, "APIs") == 0)
		write_apis(at, "'<api appId>'", false, "", json, deep, out);
	else if (strcmp(name, "listed APIs") == 0)
		write_apis(at,
			   "{'resourceAppId':'<api appId>','resourceAccess':["
			   "{'id':'<scope guid>','type':'Scope'}]}",
			   true, ",", json, deep, out);
	else if (strcmp(name, "right tenant") == 0)
		gp_buf_printf(out, "%s%s", known->tenant != NULL ? ": its id must be " : "",
			      known->tenant != NULL ? known->tenant : "");
	else
		return false;
	return true;
}

/* What is known of NAME; NULL: nothing, it stays a placeholder. */
static const char *value_of(const struct at *at, const char *name)
{
	const struct gp_scaffold *known = at->known;
	const struct {
		const char *name, *value;
	} values[] = {
		{"tier", known->tier},
		{"scope word", known->word},
		{"fleet name", known->fleet},
		{"break-glass group", known->break_glass},
		{"tier owner", known->approver},
		{"connected org", known->organization},
		{"base64 DER", known->certificate},
		{"reader appId", known->reader},
		{"client appId", known->client},
		{"admins appId", known->admins},
		{"administrator", known->administrator},
		{"api appId", at->elevated ? known->elevation_api : known->api},
		{"group id", known->groups_len > 0 ? known->groups[at->group] : NULL},
	};
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		if (strcmp(name, values[i].name) == 0)
			return values[i].value;
	return NULL;
}

/* The two APIs have different ids. */
static const char *prefix(const struct at *at, const char *name)
{
	return at->elevated && gp_str_starts(gp_str_from(name), "api ") ? "elevation " : "";
}

static void write_name(const struct at *at, struct gp_str text, bool json, int deep,
		       struct gp_buf *out)
{
	char name[NAME_MAX_LEN];
	if (deep == 0 || gp_copy(name, sizeof(name), text) != GP_ST_OK) {
		out->bad = true;
		return;
	}
	if (part(at, name, json, deep - 1, out))
		return;
	const char *value = value_of(at, name);
	if (value != NULL)
		write_inside(out, value);
	else
		gp_buf_printf(out, "<%s%s>", prefix(at, name), name);
}

/* JSON: ' in TEMPLATE becomes the quotation mark. What is put in for a name is not read again, but
 * for parts. */
static void expand(const struct at *at, const char *template, bool json, int deep,
		   struct gp_buf *out)
{
	for (const char *p = template; *p != '\0'; p++) {
		const char *end = *p == '<' ? strchr(p, '>') : NULL;
		if (end != NULL) {
			write_name(at, (struct gp_str){p + 1, (size_t)(end - p - 1)}, json, deep,
				   out);
			p = end;
		} else {
			gp_buf_add(out, *p == '\'' && json ? "\"" : p, 1);
		}
	}
}

/* NOLINTEND(misc-no-recursion) */

static void write_member(const struct at *at, const char *key, const char *text, struct gp_buf *out)
{
	if (text == NULL)
		return;
	gp_buf_printf(out, ",\"%s\":\"", key);
	expand(at, text, false, PARTS_DEEP, out);
	gp_buf_text(out, "\"");
}

static void write_gives(const struct at *at, const struct gp_scaffold_step *step,
			struct gp_buf *out)
{
	if (step->gives[0].name == NULL)
		return;
	gp_buf_text(out, ",\"gives\":{");
	for (size_t i = 0; i < sizeof(step->gives) / sizeof(step->gives[0]); i++)
		if (step->gives[i].name != NULL)
			gp_buf_printf(out, "%s\"%s%s\":\"%s\"", i > 0 ? "," : "",
				      prefix(at, step->gives[i].name), step->gives[i].name,
				      step->gives[i].at);
	gp_buf_text(out, "}");
}

static void write_step(const struct at *at, const struct gp_scaffold_step *step, struct gp_buf *out)
{
	gp_buf_printf(out, "%s{\"step\":\"%s%s", out->len > 1 ? "," : "", step->step,
		      at->elevated ? "-elevation" : "");
	if (at->group > 0)
		gp_buf_printf(out, ".%zu", at->group + 1);
	gp_buf_text(out, "\"");
	write_member(at, "method", step->method, out);
	write_member(at, "path", step->path, out);
	write_member(at, "needs", step->needs, out);
	write_member(at, "note", step->note, out);
	if (step->body != NULL) {
		gp_buf_text(out, ",\"body\":");
		expand(at, step->body, true, PARTS_DEEP, out);
	}
	write_gives(at, step, out);
	gp_buf_text(out, "}");
}

/* What holds of the API at hand. */
static unsigned holds(const struct at *at)
{
	const struct gp_scaffold *known = at->known;
	bool any_new = is_new(known, false) || (known->elevation && is_new(known, true));
	unsigned now = GP_SCAFFOLD_EACH_API | GP_SCAFFOLD_EACH_GROUP;
	now |= known->groups_len == 0 ? GP_SCAFFOLD_NEW_GROUP : 0;
	now |= known->reader == NULL ? GP_SCAFFOLD_NEW_READER : 0;
	now |= known->client == NULL ? GP_SCAFFOLD_NEW_CLIENT : 0;
	now |= known->client != NULL && any_new ? GP_SCAFFOLD_OLD_CLIENT : 0;
	now |= known->reader == NULL || known->client == NULL || known->administrator != NULL
		       ? GP_SCAFFOLD_NEW_GRAPH
		       : 0;
	if (known->administrator != NULL)
		now |= GP_SCAFFOLD_ADMIN |
		       (known->admins == NULL ? GP_SCAFFOLD_NEW_ADMINS : GP_SCAFFOLD_OLD_ADMINS);
	now |= !known->has_package ? GP_SCAFFOLD_NEW_PACKAGE : 0;
	now |= is_new(known, at->elevated) ? GP_SCAFFOLD_NEW_API : 0;
	return now;
}

static void write_steps(const struct gp_scaffold *known, const struct gp_scaffold_step *step,
			struct gp_buf *out)
{
	struct at at = {.known = known};
	int apis = (step->when & GP_SCAFFOLD_EACH_API) != 0 && known->elevation ? 2 : 1;
	bool each_group = (step->when & GP_SCAFFOLD_EACH_GROUP) != 0;
	for (int i = 0; i < apis; i++) {
		at.elevated = i == 1;
		at.group = 0;
		if ((step->when & ~holds(&at)) != 0)
			continue;
		do
			write_step(&at, step, out);
		while (each_group && ++at.group < known->groups_len);
	}
}

static void new_line(struct gp_buf *out, size_t deep)
{
	gp_buf_text(out, "\n");
	while (deep-- > 0)
		gp_buf_text(out, "  ");
}

/* The end of the JSON string that begins at P: its closing quotation mark. */
static const char *string_end(const char *p)
{
	for (p++; *p != '"' && *p != '\0'; p++)
		if (*p == '\\' && p[1] != '\0')
			p++;
	return p;
}

/* JSON, for people: one member a line. */
static void indent(const char *json, struct gp_buf *out)
{
	size_t deep = 0;
	for (const char *p = json; *p != '\0'; p++) {
		bool closes = *p == '}' || *p == ']';
		bool opens = *p == '{' || *p == '[';
		if (*p == '"') {
			const char *end = string_end(p);
			gp_buf_add(out, p, (size_t)(end - p) + 1);
			p = end;
			continue;
		}
		if (closes)
			new_line(out, --deep);
		gp_buf_add(out, p, 1);
		if (opens && (p[1] == '}' || p[1] == ']'))
			gp_buf_add(out, ++p, 1);
		else if (opens)
			new_line(out, ++deep);
		else if (*p == ',')
			new_line(out, deep);
		else if (*p == ':')
			gp_buf_text(out, " ");
	}
}

void gp_scaffold_text(const struct gp_scaffold *scaffold, struct gp_buf *out)
{
	gp_buf_auto struct gp_buf json = GP_BUF(GP_SCAFFOLD_TEXT_MAX);
	gp_buf_text(&json, "[");
	for (size_t i = 0; i < gp_scaffold_steps_len; i++)
		write_steps(scaffold, &gp_scaffold_steps[i], &json);
	gp_buf_text(&json, "]\n");
	if (gp_buf_status(&json) == GP_ST_OK)
		indent(gp_buf_get(&json), out);
	else
		out->bad = true;
}
