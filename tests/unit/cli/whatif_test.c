/* SPDX-License-Identifier: Apache-2.0 */
/* The daemon's answer sorted by who knows what: every check has its place, none is lost, and an
 * answer that is damaged anywhere is shown as far as it goes. */
// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
// clang-format on
#include <stdlib.h>
#include <string.h>

#include "cli/whatif.h"
#include "policy/checks.h"

#include "contract/ban.h"

#define OUT_MAX 65536
#define FROM    "203.0.113.7"

static const char sample[] =
	"{\"v\":1,\"name\":\"ada@fabrikam.example\",\"oid\":\"a0\",\"at\":1798675199,\"read\":1,"
	"\"fresh\":true,\"not_fresh\":\"\",\"verdict\":\"no\",\"reason\":\"hours\",\"checks\":["
	"{\"name\":\"hours\",\"verdict\":\"no\",\"reason\":\"outside-hours\",\"input\":\"Mon\"},"
	"{\"name\":\"state\",\"verdict\":\"yes\",\"reason\":\"ok\"},"
	"{\"name\":\"class\",\"verdict\":\"not-yet\",\"reason\":\"\",\"report\":true},"
	"{\"name\":\"location\",\"verdict\":\"not-yet\",\"reason\":\"\"},"
	"{\"name\":\"home\",\"verdict\":\"not-yet\",\"reason\":\"\"}],"
	"\"passes\":[{\"basis\":\"group\",\"of\":\"g\",\"id\":\"\",\"begin\":null,\"end\":2}],"
	"\"policies\":[{\"id\":\"p\",\"name\":\"From \\u001b the office\",\"verdict\":\"applies\","
	"\"because\":\"\",\"blocks\":true}],\"policies_left_out\":2}";

/* Checks that are the sign-in's on purpose. */
static const char *const of_sign_in[] = {"binding",         "sign-in",     "client-info", "home",
					 "sign-in-address", "sign-in-age", "context"};

static void test_whatif_places_every_check(void **state)
{
	(void)state;
	assert_true(gp_check_rules_len > 20);
	for (size_t i = 0; i < gp_check_rules_len; i++) {
		bool meant = false;
		for (size_t j = 0; j < sizeof(of_sign_in) / sizeof(of_sign_in[0]); j++)
			meant = meant || strcmp(gp_check_rules[i].name, of_sign_in[j]) == 0;
		if ((gp_whatif_who(gp_check_rules[i].name) == GP_WHATIF_SIGN_IN) != meant)
			fail_msg("%s has no place in whatif_tree.c", gp_check_rules[i].name);
	}
}

static void names_are(const struct gp_json *root, const char *key, const char *expected)
{
	const struct gp_json *rows = NULL;
	gp_buf_auto struct gp_buf names = GP_BUF(1024);
	assert_int_equal(gp_json_get_array(root, key, &rows), GP_ST_OK);
	for (size_t i = 0; i < gp_json_array_len(rows); i++) {
		struct gp_str name;
		assert_int_equal(gp_json_get_str(gp_json_array_at(rows, i), "name", 64, &name),
				 GP_ST_OK);
		gp_buf_printf(&names, "%.*s ", GP_STR_ARGS(name));
	}
	assert_string_equal(gp_buf_get(&names), expected);
}

static void test_whatif_sorts_by_who_knows(void **state)
{
	(void)state;
	gp_json_doc_auto struct gp_json_doc *doc = NULL, *sorted = NULL;
	gp_buf_auto struct gp_buf out = GP_BUF(OUT_MAX);
	assert_int_equal(gp_json_parse(gp_str_from(sample), &doc, NULL), GP_ST_OK);
	gp_whatif_json(&(struct gp_whatif){gp_json_root(doc), NULL, FROM}, &out);
	assert_int_equal(gp_buf_status(&out), GP_ST_OK);
	assert_int_equal(gp_json_parse(gp_str_from(gp_buf_get(&out)), &sorted, NULL), GP_ST_OK);
	const struct gp_json *root = gp_json_root(sorted), *rows = NULL;
	names_are(root, "host", "hours ");
	names_are(root, "entra", "state ");
	names_are(root, "location", "location ");
	names_are(root, "sign_in", "class home ");
	assert_int_equal(gp_json_get_array(root, "passes", &rows), GP_ST_OK);
	assert_true(gp_json_has_null(gp_json_array_at(rows, 0), "begin"));
	bool blocks = false;
	assert_int_equal(gp_json_get_array(root, "policies", &rows), GP_ST_OK);
	assert_int_equal(gp_json_get_bool(gp_json_array_at(rows, 0), "blocks", &blocks), GP_ST_OK);
	assert_true(blocks);
}

/* What a person sees of TEXT; false: it is no JSON. */
static bool shown(struct gp_str text, char out[static OUT_MAX])
{
	gp_json_doc_auto struct gp_json_doc *doc = NULL;
	gp_buf_auto struct gp_buf json = GP_BUF(OUT_MAX);
	if (gp_json_parse(text, &doc, NULL) != GP_ST_OK)
		return false;
	memset(out, 0, OUT_MAX);
	FILE *f = fmemopen(out, OUT_MAX - 1, "w");
	assert_non_null(f);
	const struct gp_whatif what = {gp_json_root(doc), NULL, FROM};
	gp_whatif_show(&what, 1798675199, f);
	assert_int_equal(fclose(f), 0);
	gp_whatif_json(&what, &json);
	return true;
}

/* What Graph says stands in the place of what was not asked. */
static void test_whatif_with_graphs(void **state)
{
	(void)state;
	static char out[OUT_MAX];
	gp_json_doc_auto struct gp_json_doc *doc = NULL, *graph = NULL, *sorted = NULL;
	gp_buf_auto struct gp_buf json = GP_BUF(OUT_MAX);
	assert_int_equal(gp_json_parse(gp_str_from(sample), &doc, NULL), GP_ST_OK);
	assert_int_equal(
		gp_json_parse(GP_STR("{\"policies\":[{\"name\":\"Guests\",\"state\":\"enabled\","
				     "\"controls\":\"mfa\"},{\"name\":\"Later\",\"state\":"
				     "\"enabledForReportingButNotEnforced\",\"controls\":\"\"}]}"),
			      &graph, NULL),
		GP_ST_OK);
	const struct gp_whatif what = {gp_json_root(doc), gp_json_root(graph), FROM};
	FILE *f = fmemopen(out, OUT_MAX - 1, "w");
	assert_non_null(f);
	gp_whatif_show(&what, 1798675199, f);
	assert_int_equal(fclose(f), 0);
	assert_non_null(strstr(out, "\n    . Guests: mfa\n    . Later: nothing (not enforced"));
	assert_null(strstr(out, "not asked here"));
	gp_whatif_json(&what, &json);
	assert_int_equal(gp_json_parse(gp_str_from(gp_buf_get(&json)), &sorted, NULL), GP_ST_OK);
	names_are(gp_json_root(sorted), "what_if", "Guests Later ");
}

static void test_whatif_shows_a_tree(void **state)
{
	(void)state;
	static char out[OUT_MAX];
	assert_true(shown(gp_str_from(sample), out));
	const char *at = out;
	static const char *const parts[] = {
		"ada@fabrikam.example, from 203.0.113.7, at 2026-12-30T",
		"would be refused: hours",
		"This host",
		"- hours",
		"outside-hours",
		"Entra, asked just now",
		"+ state",
		". group g, from ever until 1970-",
		"Location policies",
		"? location",
		"the office: applies, blocks",
		"and 2 more",
		"His sign-in",
		"? class",
		"? home",
		"Entra alone",
		"not asked here"};
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		at = strstr(at, parts[i]);
		if (at == NULL)
			fail_msg("%s is not there, or too early:\n%s", parts[i], out);
	}
	assert_null(strchr(out, '\033'));
}

/* No sign-in changes these, so nobody is sent to one; what only reports changes nothing either. */
static void test_whatif_knows_what_no_sign_in_changes(void **state)
{
	(void)state;
	static char out[OUT_MAX], text[2048];
	static const struct {
		const char *reason, *more, *said;
	} rows[] = {
		{"sign-in-address-not-captured", "",
		 "would be refused: sign-in-address-not-captured"},
		{"policies-unread", "", "would be refused: policies-unread"},
		{"policies-unread", ",\"report\":true", "may sign in"},
		{"not-proved", "", "may sign in"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(
			gp_format(
				text, sizeof(text),
				"{\"v\":1,\"name\":\"\",\"oid\":\"a0\",\"at\":1,\"verdict\":\"not-"
				"yet\","
				"\"reason\":\"ok\",\"checks\":[{\"name\":\"location\",\"verdict\":"
				"\"not-yet\",\"reason\":\"%s\"%s}],\"policies\":[{\"name\":\"P\","
				"\"verdict\":\"does-not-apply\",\"blocks\":true}]}",
				rows[i].reason, rows[i].more),
			GP_ST_OK);
		assert_true(shown(gp_str_from(text), out));
		if (strstr(out, rows[i].said) == NULL)
			fail_msg("not '%s':\n%s", rows[i].said, out);
		/* A program reads the same. */
		gp_json_doc_auto struct gp_json_doc *doc = NULL;
		gp_buf_auto struct gp_buf json = GP_BUF(OUT_MAX);
		assert_int_equal(gp_json_parse(gp_str_from(text), &doc, NULL), GP_ST_OK);
		const struct gp_whatif what = {gp_json_root(doc), NULL, FROM};
		gp_whatif_json(&what, &json);
		bool refused = strstr(gp_buf_get(&json), "\"verdict\":\"no\",\"reason\"") != NULL;
		assert_int_equal(refused, strstr(rows[i].said, "refused") != NULL);
		/* In quarantine he has no name. */
		assert_int_equal(strncmp(out, "a0, from ", 9), 0);
		assert_non_null(strstr(out, ". P: does-not-apply, would block"));
	}
}

static void test_whatif_takes_damaged_answers(void **state)
{
	(void)state;
	static char out[OUT_MAX], text[sizeof(sample)];
	static const char flips[] = {'\0', '"', '{', ']', '9', 'x'};
	size_t taken = 0;
	for (size_t i = 0; i < sizeof(sample); i++)
		taken += shown((struct gp_str){sample, i}, out);
	assert_int_equal(taken, 1); /* the whole of it */
	for (size_t i = 0; i < sizeof(sample) - 1; i++)
		for (size_t j = 0; j < sizeof(flips); j++) {
			memcpy(text, sample, sizeof(sample));
			text[i] = flips[j];
			taken += shown((struct gp_str){text, sizeof(sample) - 1}, out);
		}
	assert_true(taken > 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whatif_places_every_check),
		cmocka_unit_test(test_whatif_sorts_by_who_knows),
		cmocka_unit_test(test_whatif_with_graphs),
		cmocka_unit_test(test_whatif_shows_a_tree),
		cmocka_unit_test(test_whatif_knows_what_no_sign_in_changes),
		cmocka_unit_test(test_whatif_takes_damaged_answers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
