/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "contract/buf.h"

#include "contract/ban.h"

static struct gp_json_doc *parse_ok(const char *text)
{
	struct gp_json_doc *doc = NULL;
	struct gp_error err = {0};

	if (gp_json_parse(gp_str_from(text), &doc, &err) != GP_ST_OK)
		fail_msg("refused: %s: %s", text, err.text);
	assert_non_null(doc);
	return doc;
}

static void test_json_parse_accepts(void **state)
{
	static const struct {
		const char *text;
		enum gp_json_type type;
	} rows[] = {
		{"{}", GP_JSON_OBJECT},
		{"[]", GP_JSON_ARRAY},
		{" [ 1 , 2 ] \n", GP_JSON_ARRAY},
		{"null", GP_JSON_NULL},
		{"true", GP_JSON_BOOL},
		{"false", GP_JSON_BOOL},
		{"0", GP_JSON_INT},
		{"-0", GP_JSON_INT},
		{"12", GP_JSON_INT},
		{"1.5", GP_JSON_DOUBLE},
		{"1e3", GP_JSON_DOUBLE},
		{"-1.5E-3", GP_JSON_DOUBLE},
		{"\"\"", GP_JSON_STRING},
		{"\"\\u00e9\\n\\/\"", GP_JSON_STRING},
		{"\"\xC3\xA9\"", GP_JSON_STRING},
		{"\"\\ud83d\\ude00\"", GP_JSON_STRING},
		{"{\"a\":{\"a\":1},\"b\":[{\"a\":2},{\"a\":null},null]}", GP_JSON_OBJECT},
		{"[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]", GP_JSON_ARRAY},
		{"[[[[[[[[[[[[[[[[1,\"x\"]]]]]]]]]]]]]]]]", GP_JSON_ARRAY},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		gp_json_doc_auto struct gp_json_doc *doc = parse_ok(rows[i].text);
		assert_int_equal(gp_json_type(gp_json_root(doc)), rows[i].type);
	}
}

static const char *const not_json[] = {
	"",
	" ",
	"{",
	"}",
	"[",
	"]",
	"{]",
	"[}",
	"{}{}",
	"{} x",
	"1 2",
	"\"a\"b",
	"nul",
	"nullx",
	"True",
	"NaN",
	"Infinity",
	"-Infinity",
	"[NaN]",
	"{\"a\":Infinity}",
	"01",
	"-",
	"+1",
	"1.",
	".5",
	"1e",
	"1e+",
	"0x10",
	"1.e3",
	"'a'",
	"{'a':1}",
	"{a:1}",
	"{\"a\"}",
	"{\"a\":}",
	"{\"a\":1,}",
	"{,}",
	"[1,]",
	"[,1]",
	"[1 2]",
	"{\"a\" 1}",
	"{\"a\":1 \"b\":2}",
	"/* c */ {}",
	"{}//",
	"\"a",
	"\"\\",
	"\"\\x41\"",
	"\"\\u12\"",
	"\"\\u12g4\"",
	"\"a\nb\"",
	"\"\x01\"",
	"\"\x80\"",
	"\"\xC0\xAF\"",
	"\"\xED\xA0\x80\"",
	"\"\xF4\x90\x80\x80\"",
	"\"\xC3\"",
	"\xEF\xBB\xBF{}",
	"{\"a\":1,\"a\":1}",
	"{\"a\":1,\"\\u0061\":2}",
	"{\"x\":{\"a\":1,\"b\":2,\"a\":null}}",
	"[[{\"\":1,\"\":2}]]",
	"{\"a\\u0000b\":1}",
	"{\"a\\u0000\":1,\"a\":2}",
	"{\"a\":null,\"a\":null}",
	"[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]",
	"[[[[[[[[[[[[[[[[{}]]]]]]]]]]]]]]]]",
};

static void test_json_parse_refuses(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(not_json) / sizeof(not_json[0]); i++) {
		struct gp_json_doc *doc = NULL;
		struct gp_error err = {0};
		if (gp_json_parse(gp_str_from(not_json[i]), &doc, &err) != GP_ST_INVALID)
			fail_msg("accepted: %s", not_json[i]);
		assert_null(doc);
		assert_true(err.text[0] != '\0');
	}
	struct gp_json_doc *doc = NULL;
	assert_int_equal(gp_json_parse((struct gp_str){"{}\0", 3}, &doc, NULL), GP_ST_INVALID);
	assert_int_equal(gp_json_parse((struct gp_str){"{\"a\0b\":1}", 9}, &doc, NULL),
			 GP_ST_INVALID);
	assert_int_equal(gp_json_parse((struct gp_str){NULL, 0}, &doc, NULL), GP_ST_INVALID);
	assert_int_equal(gp_json_parse((struct gp_str){"", GP_JSON_MAX + 1UL}, &doc, NULL),
			 GP_ST_TOO_BIG);
}

static const char sample[] =
	"{\"s\":\"text\",\"nul\":\"a\\u0000b\",\"n\":42,\"neg\":-7,\"d\":1.0,\"digits\":\"42\","
	"\"t\":true,\"f\":false,\"null\":null,\"o\":{\"k\":1},\"a\":[1,\"two\",null,{}],"
	"\"big\":9223372036854775807,\"huge\":99999999999999999999,"
	"\"low\":-99999999999999999999,\"u64\":18446744073709551615}";

static void test_json_get_str(void **state)
{
	gp_json_doc_auto struct gp_json_doc *doc = parse_ok(sample);
	const struct gp_json *o = gp_json_root(doc);
	static const char *const others[] = {"n", "d", "t", "o", "a", "nul"};
	struct gp_str s = GP_STR("kept");

	(void)state;
	assert_int_equal(gp_json_get_str(o, "s", 4, &s), GP_ST_OK);
	assert_true(gp_str_is(s, "text"));
	s = GP_STR("kept");
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_int_equal(gp_json_get_str(o, others[i], 99, &s), GP_ST_INVALID);
	assert_int_equal(gp_json_get_str(o, "s", 3, &s), GP_ST_INVALID);
	assert_int_equal(gp_json_get_str(o, "absent", 99, &s), GP_ST_NOT_FOUND);
	assert_int_equal(gp_json_get_str(o, "null", 99, &s), GP_ST_NOT_FOUND);
	assert_int_equal(gp_json_get_str(NULL, "s", 99, &s), GP_ST_INVALID);
	assert_true(gp_str_is(s, "kept"));
}

static void test_json_get_int(void **state)
{
	gp_json_doc_auto struct gp_json_doc *doc = parse_ok(sample);
	const struct gp_json *o = gp_json_root(doc);
	static const char *const others[] = {"s", "d",    "digits", "t",   "o",
					     "a", "huge", "low",    "big", "u64"};
	int64_t n = 1;

	(void)state;
	assert_int_equal(gp_json_get_int(o, "n", 0, 100, &n), GP_ST_OK);
	assert_int_equal(n, 42);
	assert_int_equal(gp_json_get_int(o, "neg", -7, -7, &n), GP_ST_OK);
	assert_int_equal(n, -7);
	assert_int_equal(gp_json_get_int(o, "n", 43, 100, &n), GP_ST_INVALID);
	assert_int_equal(gp_json_get_int(o, "n", 0, 41, &n), GP_ST_INVALID);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_int_equal(gp_json_get_int(o, others[i], INT64_MIN, INT64_MAX, &n),
				 GP_ST_INVALID);
	assert_int_equal(gp_json_get_int(o, "null", 0, 9, &n), GP_ST_NOT_FOUND);
	assert_int_equal(gp_json_get_int(o, "absent", 0, 9, &n), GP_ST_NOT_FOUND);
	assert_int_equal(n, -7);
}

static void test_json_get_others(void **state)
{
	gp_json_doc_auto struct gp_json_doc *doc = parse_ok(sample);
	const struct gp_json *o = gp_json_root(doc);
	const struct gp_json *v = NULL;
	struct gp_str s;
	int64_t n = 0;
	bool b = false;

	(void)state;
	assert_int_equal(gp_json_get_bool(o, "t", &b), GP_ST_OK);
	assert_true(b);
	assert_int_equal(gp_json_get_bool(o, "f", &b), GP_ST_OK);
	assert_false(b);
	assert_int_equal(gp_json_get_bool(o, "n", &b), GP_ST_INVALID);
	assert_int_equal(gp_json_get_bool(o, "s", &b), GP_ST_INVALID);
	assert_true(gp_json_has_null(o, "null"));
	assert_false(gp_json_has_null(o, "f"));
	assert_false(gp_json_has_null(o, "absent"));
	assert_false(gp_json_has_null(NULL, "null"));
	assert_int_equal(gp_json_get_object(o, "a", &v), GP_ST_INVALID);
	assert_int_equal(gp_json_get_array(o, "o", &v), GP_ST_INVALID);
	assert_null(v);
	assert_int_equal(gp_json_get_object(o, "o", &v), GP_ST_OK);
	assert_int_equal(gp_json_get_int(v, "k", 0, 9, &n), GP_ST_OK);
	assert_int_equal(gp_json_array_len(v), 0);
	assert_int_equal(gp_json_get_array(o, "a", &v), GP_ST_OK);
	assert_int_equal(gp_json_get(v, "k", &v), GP_ST_INVALID);
	assert_int_equal(gp_json_array_len(v), 4);
	assert_int_equal(gp_json_int(gp_json_array_at(v, 0), 0, 9, &n), GP_ST_OK);
	assert_int_equal(gp_json_str(gp_json_array_at(v, 0), 9, &s), GP_ST_INVALID);
	assert_int_equal(gp_json_str(gp_json_array_at(v, 1), 9, &s), GP_ST_OK);
	assert_int_equal(gp_json_int(gp_json_array_at(v, 1), 0, 9, &n), GP_ST_INVALID);
	assert_null(gp_json_array_at(v, 2));
	assert_int_equal(gp_json_str(gp_json_array_at(v, 2), 9, &s), GP_ST_INVALID);
	assert_null(gp_json_array_at(v, 4));
	assert_null(gp_json_array_at(NULL, 0));
	assert_int_equal(gp_json_array_len(NULL), 0);
}

/* Cut anywhere, the sample is no document; with any bit flipped it is one, or not, but no fault. */
static void test_json_mutations(void **state)
{
	const size_t len = sizeof(sample) - 1;
	struct gp_json_doc *doc = NULL;

	(void)state;
	for (size_t n = 0; n < len; n++) {
		char *copy = malloc(n > 0 ? n : 1);
		assert_non_null(copy);
		memcpy(copy, sample, n);
		assert_int_not_equal(gp_json_parse((struct gp_str){copy, n}, &doc, NULL), GP_ST_OK);
		free(copy);
	}
	for (size_t bit = 0; bit < len * 8; bit++) {
		char copy[sizeof(sample)];
		memcpy(copy, sample, sizeof(copy));
		copy[bit / 8] = (char)(copy[bit / 8] ^ (1 << bit % 8));
		doc = NULL;
		const enum gp_status st = gp_json_parse((struct gp_str){copy, len}, &doc, NULL);
		assert_true((st == GP_ST_OK) == (doc != NULL));
		gp_json_doc_free(doc);
	}
}

static void test_json_write_str(void **state)
{
	static const struct {
		const char *in;
		const char *out;
	} rows[] = {
		{"", "\"\""},
		{"plain", "\"plain\""},
		{"a\"b\\c", "\"a\\\"b\\\\c\""},
		{"\xC3\xA9", "\"\xC3\xA9\""},
		{"\x1B[2J\n", "\"\\u001b[2J\\u000a\""},
		{"\xE2\x80\x8E", "\"\\u200e\""},
		{"\xF3\xA0\x80\x81", "\"\\udb40\\udc01\""},
		{"\xFFz", "\"\\\\xFFz\""},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		gp_buf_auto struct gp_buf b = GP_BUF(200);
		gp_json_write_str(&b, gp_str_from(rows[i].in));
		assert_int_equal(gp_buf_status(&b), GP_ST_OK);
		assert_string_equal(gp_buf_get(&b), rows[i].out);
		gp_json_doc_auto struct gp_json_doc *doc = parse_ok(gp_buf_get(&b));
		struct gp_str back;
		assert_int_equal(gp_json_str(gp_json_root(doc), 99, &back), GP_ST_OK);
		if (rows[i].in[0] != '\xFF')
			assert_true(gp_str_is(back, rows[i].in));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_json_parse_accepts),
		cmocka_unit_test(test_json_parse_refuses),
		cmocka_unit_test(test_json_get_str),
		cmocka_unit_test(test_json_get_int),
		cmocka_unit_test(test_json_get_others),
		cmocka_unit_test(test_json_mutations),
		cmocka_unit_test(test_json_write_str),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
