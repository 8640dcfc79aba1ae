/* SPDX-License-Identifier: Apache-2.0 */
/* Arbitrary bytes as JSON, every getter on what comes out, and as text to be written. */
#include <stdint.h>
#include <stdlib.h>

#include "base/json.h"
#include "contract/buf.h"
#include "contract/text.h"

#include "contract/ban.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void ask(const struct gp_json *value, const char *key)
{
	const struct gp_json *child = NULL;
	struct gp_str s;
	int64_t n = 0;
	bool b = false;

	if (gp_json_get_str(value, key, 16, &s) == GP_ST_OK &&
	    (s.len > 16 || memchr(s.ptr, '\0', s.len) != NULL))
		abort();
	if (gp_json_get_int(value, key, -5, 5, &n) == GP_ST_OK && (n < -5 || n > 5))
		abort();
	(void)!gp_json_get_bool(value, key, &b);
	if (gp_json_get_object(value, key, &child) == GP_ST_OK &&
	    gp_json_type(child) != GP_JSON_OBJECT)
		abort();
	if (gp_json_get_array(value, key, &child) == GP_ST_OK &&
	    gp_json_type(child) != GP_JSON_ARRAY)
		abort();
}

/* What is written is safe, is JSON, and, from well-formed text without NUL, says the same. */
static void write_and_read(struct gp_str text)
{
	gp_buf_auto struct gp_buf b = GP_BUF(1U << 20);
	gp_json_doc_auto struct gp_json_doc *doc = NULL;
	struct gp_str back;

	gp_json_write_str(&b, text);
	if (gp_buf_status(&b) != GP_ST_OK)
		return;
	if (!gp_text_is_safe(gp_str_from(gp_buf_get(&b)), GP_TEXT_LINE) ||
	    gp_json_parse(gp_str_from(gp_buf_get(&b)), &doc, NULL) != GP_ST_OK)
		abort();
	if (gp_text_is_safe(text, GP_TEXT_LINE) &&
	    (gp_json_str(gp_json_root(doc), text.len, &back) != GP_ST_OK ||
	     !gp_str_equal(text, back)))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const struct gp_str text = {(const char *)data, len};
	gp_json_doc_auto struct gp_json_doc *doc = NULL;
	static const char *const keys[] = {"s", "i", "d", "t", "z", "o", "a", ""};

	write_and_read(text);
	const enum gp_status st = gp_json_parse(text, &doc, NULL);
	if ((st == GP_ST_OK) != (doc != NULL))
		abort();
	if (doc == NULL)
		return 0;
	const struct gp_json *root = gp_json_root(doc);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		ask(root, keys[i]);
	for (size_t i = 0; i < gp_json_array_len(root); i++) {
		int64_t n = 0;
		struct gp_str s;
		(void)!gp_json_int(gp_json_array_at(root, i), INT64_MIN, INT64_MAX, &n);
		(void)!gp_json_str(gp_json_array_at(root, i), 99, &s);
		ask(gp_json_array_at(root, i), "a");
	}
	return 0;
}
