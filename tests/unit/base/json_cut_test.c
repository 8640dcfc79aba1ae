/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_cut.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/json.h"
#include "base/json_scan.h"

#include "contract/ban.h"

#define NAME "value"

/* Reads TEXT in pieces, as a page is read; the number of elements, or -1. */
static int read_pieces(struct gp_str text)
{
	gp_buf_auto struct gp_buf frame = GP_BUF(4096);
	gp_json_doc_auto struct gp_json_doc *doc = NULL;
	struct gp_json_cut cut;
	struct gp_str element = {0};
	int count = 0;
	if (gp_json_cut(text, NAME, &cut) != GP_ST_OK) {
		return -1;
	}
	gp_json_cut_frame(&cut, &frame);
	if (gp_json_parse((struct gp_str){gp_buf_get(&frame), frame.len}, &doc, NULL) != GP_ST_OK) {
		return -1;
	}
	enum gp_status st = GP_ST_OK;
	while ((st = gp_json_cut_next(&cut, &element)) == GP_ST_OK) {
		struct gp_json_doc *one = NULL;
		if (gp_json_parse(element, &one, NULL) != GP_ST_OK) {
			return -1;
		}
		gp_json_doc_free(one);
		count++;
	}
	return st == GP_ST_NOT_FOUND ? count : -1;
}

static void test_json_cut_lists(void **state)
{
	static const struct {
		const char *text;
		int count; /* -1: refused */
	} rows[] = {
		{"{\"value\":[]}", 0},
		{" { \"value\" : [ \n ] } ", 0},
		{"{\"value\":[1]}", 1},
		{"{\"a\":{\"value\":[1,2]},\"value\":[{\"b\":[1,2]}, {} ],\"c\":null}", 2},
		{"{\"a\":\"x\\\",\\\"value\\\":[1,\\\\\",\"value\":[\"],[\",\"}\"]}", 2},
		{"{\"value\":[null,[],\"\"]}", 3},
		{"", -1},
		{"[]", -1},
		{"{}", -1},
		{"{\"value\":{}}", -1},
		{"{\"value\":1}", -1},
		{"{\"value\":\"[1]\"}", -1},
		{"{\"a\":[1]}", -1},
		{"{\"value\":[1],\"value\":[2]}", -1},
		{"{\"value\":[1],\"v\\u0061lue\":[2]}", -1},
		{"{\"value\":[1,]}", -1},
		{"{\"value\":[,]}", -1},
		{"{\"value\":[1 2]}", -1},
		{"{\"value\":[1}]}", -1},
		{"{\"value\":[{]}]}", -1},
		{"{\"value\":[1]]}", -1},
		{"{\"value\":[1]", -1},
		{"{\"value\":[1]}x", -1},
		{"{\"value\":[1],}", -1},
		{"{,\"value\":[1]}", -1},
		{"{\"value\" [1]}", -1},
		{"{\"value\":[\"\\", -1},
		{"{\"value\":[{\"a\":1,\"a\":2}]}", -1},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int count = read_pieces(gp_str_from(rows[i].text));
		if (count != rows[i].count) {
			fail_msg("%s: %d and not %d", rows[i].text, count, rows[i].count);
		}
	}
}

static void test_json_cut_element(void **state)
{
	static const char text[] = "{\"n\":7,\"value\":[ {\"a\":[1,2]} , \"x,]\" ],\"m\":[3]}";
	struct gp_json_cut cut;
	struct gp_str element = {0};
	gp_buf_auto struct gp_buf frame = GP_BUF(100);
	(void)state;
	assert_int_equal(gp_json_cut(gp_str_from(text), NAME, &cut), GP_ST_OK);
	gp_json_cut_frame(&cut, &frame);
	assert_string_equal(gp_buf_get(&frame), "{\"n\":7,\"value\":[],\"m\":[3]}");
	assert_int_equal(gp_json_cut_next(&cut, &element), GP_ST_OK);
	assert_true(gp_str_is(element, "{\"a\":[1,2]}"));
	assert_int_equal(gp_json_cut_next(&cut, &element), GP_ST_OK);
	assert_true(gp_str_is(element, "\"x,]\""));
	assert_int_equal(gp_json_cut_next(&cut, &element), GP_ST_NOT_FOUND);
	assert_int_equal(gp_json_cut_next(&cut, &element), GP_ST_NOT_FOUND);
}

/* In pieces no more is read than is JSON, and nothing less. */
static void compare(struct gp_str text)
{
	gp_json_doc_auto struct gp_json_doc *doc = NULL;
	const struct gp_json *list = NULL;
	size_t members = 0;
	size_t at = 0;
	int count = read_pieces(text);
	if (gp_json_parse(text, &doc, NULL) == GP_ST_OK &&
	    gp_json_get_array(gp_json_root(doc), NAME, &list) == GP_ST_OK) {
		assert_int_equal(count, gp_json_array_len(list));
	} else if (count >= 0) {
		assert_int_equal(gp_json_scan(text, GP_JSON_DEPTH + 2, &members, &at), GP_ST_OK);
	}
}

static void test_json_cut_is_the_whole(void **state)
{
	static const char text[] = "{\"@x\":\"\\\"[\", \"value\": "
				   "[{\"a\":[1,{}],\"b\":\"],\\\\\"},null, \"}\"],\"c\":[[]]}";
	(void)state;
	for (size_t i = 0; i < sizeof(text); i++) {
		char *cut = strndup(text, i);
		assert_non_null(cut);
		compare((struct gp_str){cut, i});
		free(cut);
	}
	for (size_t i = 0; i < sizeof(text) - 1; i++) {
		static const char others[] = "\"\\[]{},: 0n";
		char copy[sizeof(text)];
		for (size_t k = 0; k < sizeof(others) - 1; k++) {
			memcpy(copy, text, sizeof(text));
			copy[i] = others[k];
			/* A name that is written with escapes is passed over. */
			if (memcmp(copy, text, 21) == 0) {
				compare(gp_str_from(copy));
			}
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_json_cut_lists),
		cmocka_unit_test(test_json_cut_element),
		cmocka_unit_test(test_json_cut_is_the_whole),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
