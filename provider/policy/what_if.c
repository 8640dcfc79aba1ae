/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/what_if.h"

#include "base/json.h"

#include "contract/ban.h"

#define SHOWN_MAX    200
#define TEXT_MAX     1024
#define CONTROLS_MAX 400
#define WORDS_MAX    16

static bool has_any(const struct gp_json *object, const char *key)
{
	const struct gp_json *list = NULL;
	return gp_json_get_array(object, key, &list) == GP_ST_OK && gp_json_array_len(list) > 0;
}

static struct gp_str text_of(const struct gp_json *object, const char *key)
{
	struct gp_str text = GP_STR("");
	return gp_json_get_str(object, key, TEXT_MAX, &text) == GP_ST_OK ? text : GP_STR("");
}

static void add_word(struct gp_buf *out, struct gp_str word)
{
	gp_buf_text(out, out->len > 0 ? " " : "");
	gp_buf_str(out, word);
}

/* What the policy asks for, in Graph's words. */
static void write_controls(const struct gp_json *policy, struct gp_buf *out)
{
	static const char *const parts[] = {"termsOfUse", "customAuthenticationFactors"};
	const struct gp_json *grant = NULL;
	const struct gp_json *part = NULL;
	struct gp_str word = {0};
	if (gp_json_get_object(policy, "grantControls", &grant) == GP_ST_OK) {
		if (gp_json_get_array(grant, "builtInControls", &part) == GP_ST_OK)
			for (size_t i = 0; i < gp_json_array_len(part) && i < WORDS_MAX; i++)
				if (gp_json_str(gp_json_array_at(part, i), 64, &word) == GP_ST_OK)
					add_word(out, word);
		for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
			if (has_any(grant, parts[i]))
				add_word(out, gp_str_from(parts[i]));
		if (gp_json_get_object(grant, "authenticationStrength", &part) == GP_ST_OK)
			add_word(out, GP_STR("authenticationStrength"));
	}
	if (gp_json_get_object(policy, "sessionControls", &part) == GP_ST_OK &&
	    gp_json_get_object(part, "signInFrequency", &part) == GP_ST_OK)
		add_word(out, GP_STR("signInFrequency"));
}

static void write_policy(const struct gp_json *row, struct gp_buf *out, size_t *count)
{
	gp_buf_auto struct gp_buf controls = GP_BUF(CONTROLS_MAX);
	bool applies = false;
	if (gp_json_get_bool(row, "policyApplies", &applies) != GP_ST_OK || !applies ||
	    *count == SHOWN_MAX)
		return;
	write_controls(row, &controls);
	gp_buf_text(out, (*count)++ > 0 ? ",{\"name\":" : "{\"name\":");
	gp_json_write_str(out, text_of(row, "displayName"));
	gp_buf_text(out, ",\"state\":");
	gp_json_write_str(out, text_of(row, "state"));
	gp_buf_text(out, ",\"controls\":");
	gp_json_write_str(out, gp_str_from(gp_buf_get(&controls)));
	gp_buf_text(out, "}");
}

enum gp_status gp_what_if_rows(struct gp_str text, struct gp_buf *out)
{
	gp_json_doc_auto struct gp_json_doc *doc = NULL;
	const struct gp_json *pages = NULL;
	size_t count = 0;
	if (gp_json_parse(text, &doc, NULL) != GP_ST_OK ||
	    gp_json_get_array(gp_json_root(doc), "evaluate", &pages) != GP_ST_OK) {
		return GP_ST_INVALID;
	}
	gp_buf_text(out, "[");
	for (size_t p = 0; p < gp_json_array_len(pages); p++) {
		const struct gp_json *rows = NULL;
		if (gp_json_get_array(gp_json_array_at(pages, p), "value", &rows) != GP_ST_OK) {
			return GP_ST_INVALID;
		}
		for (size_t i = 0; i < gp_json_array_len(rows); i++) {
			write_policy(gp_json_array_at(rows, i), out, &count);
		}
	}
	gp_buf_text(out, "]");
	return GP_ST_OK;
}
