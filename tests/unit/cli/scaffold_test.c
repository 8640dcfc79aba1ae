/* SPDX-License-Identifier: Apache-2.0 */
/* The calls that register a tier: whole JSON, each placeholder is filled by an earlier answer or by
 * the administrator, what exists is not made again. */
// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
// clang-format on
#include <string.h>

#include "base/json.h"
#include "cli/scaffold.h"

#include "contract/ban.h"

#define TEXT_MAX  (2 * GP_SCAFFOLD_TEXT_MAX)
#define NAMES_MAX 64
#define NAME_SIZE 64
#define GUID_1    "aaaaaaaa-0000-4000-8000-000000000001"
#define GUID_2    "aaaaaaaa-0000-4000-8000-000000000002"
#define GUID_3    "aaaaaaaa-0000-4000-8000-000000000003"
#define GUID_4    "aaaaaaaa-0000-4000-8000-000000000004"

static const char groups[][GP_GUID_TEXT] = {GUID_3, GUID_4};

/* Names that stand for something by now. */
struct names {
	char name[NAMES_MAX][NAME_SIZE];
	size_t len;
};

/* What only the administrator knows: guestpass(1) lists them. */
static const char *const asked[] = {"fleet name", "base64 DER",    "break-glass group",
				    "tier owner", "connected org", NULL};

static struct gp_scaffold fresh(void)
{
	return (struct gp_scaffold){.tier = "prod", .word = "ssh.login"};
}

static struct gp_json_doc *made(const struct gp_scaffold *scaffold, struct gp_buf *text)
{
	struct gp_json_doc *doc = NULL;
	struct gp_error err = {0};
	*text = GP_BUF(TEXT_MAX);
	gp_scaffold_text(scaffold, text);
	assert_int_equal(gp_buf_status(text), GP_ST_OK);
	if (gp_json_parse(gp_str_from(gp_buf_get(text)), &doc, &err) != GP_ST_OK)
		fail_msg("%s\n%s", err.text, gp_buf_get(text));
	assert_int_equal(gp_json_type(gp_json_root(doc)), GP_JSON_ARRAY);
	return doc;
}

static const struct gp_json *find(const struct gp_json_doc *doc, const char *name)
{
	const struct gp_json *root = gp_json_root(doc);
	for (size_t i = 0; i < gp_json_array_len(root); i++) {
		struct gp_str step;
		const struct gp_json *one = gp_json_array_at(root, i);
		assert_int_equal(gp_json_get_str(one, "step", 64, &step), GP_ST_OK);
		if (gp_str_is(step, name))
			return one;
	}
	return NULL;
}

static bool is_known(const struct names *names, struct gp_str name)
{
	for (size_t i = 0; asked[i] != NULL; i++)
		if (gp_str_is(name, asked[i]))
			return true;
	for (size_t i = 0; i < names->len; i++)
		if (gp_str_is(name, names->name[i]))
			return true;
	return false;
}

static void check_text(const struct names *names, struct gp_str text)
{
	size_t at = 0;
	while (at < text.len) {
		size_t end = at;
		if (text.ptr[at++] != '<')
			continue;
		while (end < text.len && text.ptr[end] != '>')
			end++;
		assert_true(end < text.len);
		struct gp_str name = {text.ptr + at, end - at};
		if (!is_known(names, name))
			fail_msg("<%.*s> is not given before", (int)name.len, name.ptr);
		at = end;
	}
}

/* As deep as JSON may be. */
/* NOLINTBEGIN(misc-no-recursion) */
static bool check_member(void *arg, const char *key, const struct gp_json *value);

static void check_value(const struct names *names, const struct gp_json *value)
{
	struct gp_str text;
	if (gp_json_str(value, 65536, &text) == GP_ST_OK)
		check_text(names, text);
	for (size_t i = 0; i < gp_json_array_len(value); i++)
		check_value(names, gp_json_array_at(value, i));
	if (value != NULL && gp_json_type(value) == GP_JSON_OBJECT)
		assert_true(gp_json_each(value, check_member, (void *)(uintptr_t)names));
}

static bool check_member(void *arg, const char *key, const struct gp_json *value)
{
	(void)key;
	check_value(arg, value);
	return true;
}
/* NOLINTEND(misc-no-recursion) */

static bool learn(void *arg, const char *key, const struct gp_json *value)
{
	struct names *names = arg;
	struct gp_str at;
	assert_int_equal(gp_json_str(value, 64, &at), GP_ST_OK);
	assert_true(gp_str_starts(at, "/"));
	assert_true(names->len < NAMES_MAX);
	assert_int_equal(gp_copy(names->name[names->len++], NAME_SIZE, gp_str_from(key)), GP_ST_OK);
	return true;
}

/* Each step by itself, and against what the steps before it gave. */
static void check_order(const struct gp_json_doc *doc)
{
	static struct names names;
	static char seen[NAMES_MAX][NAME_SIZE];
	const struct gp_json *root = gp_json_root(doc);
	names.len = 0;
	for (size_t i = 0; i < gp_json_array_len(root); i++) {
		const struct gp_json *one = gp_json_array_at(root, i), *part = NULL;
		struct gp_str step, method, path, needs;
		assert_int_equal(gp_json_get_str(one, "step", NAME_SIZE - 1, &step), GP_ST_OK);
		assert_int_equal(gp_json_get_str(one, "method", 8, &method), GP_ST_OK);
		assert_int_equal(gp_json_get_str(one, "path", 512, &path), GP_ST_OK);
		assert_int_equal(gp_json_get_str(one, "needs", 512, &needs), GP_ST_OK);
		assert_int_equal(gp_copy(seen[i], NAME_SIZE, step), GP_ST_OK);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(seen[j], seen[i]);
		assert_true(gp_str_starts(path, "/"));
		check_text(&names, path);
		if (gp_json_get_object(one, "body", &part) == GP_ST_OK)
			check_value(&names, part);
		assert_int_equal(gp_str_is(method, "GET"), part == NULL);
		part = NULL;
		if (gp_json_get_object(one, "gives", &part) == GP_ST_OK)
			assert_true(gp_json_each(part, learn, &names));
	}
}

static void test_scaffold_gives_what_it_names(void **state)
{
	(void)state;
	struct gp_scaffold all = fresh(), tier = fresh(), elevated = fresh(), most = fresh();
	all.elevation = true;
	tier.tenant = GUID_1;
	tier.reader = GUID_1;
	tier.client = GUID_2;
	tier.elevation = true;
	elevated = tier;
	elevated.api = GUID_3;
	elevated.groups = groups;
	elevated.groups_len = 2;
	most = elevated;
	most.elevation_api = GUID_4;
	most.has_package = true;
	const struct gp_scaffold plain = fresh();
	const struct {
		const struct gp_scaffold *scaffold;
		size_t steps;
	} cases[] = {{&plain, 25}, {&all, 33}, {&tier, 27}, {&elevated, 22}, {&most, 8}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		gp_buf_auto struct gp_buf text = GP_BUF(0);
		gp_json_doc_auto struct gp_json_doc *doc = made(cases[i].scaffold, &text);
		check_order(doc);
		assert_int_equal(gp_json_array_len(gp_json_root(doc)), cases[i].steps);
	}
}

static void test_scaffold_makes_nothing_twice(void **state)
{
	(void)state;
	struct gp_scaffold known = fresh();
	known.reader = GUID_1;
	known.client = GUID_2;
	gp_buf_auto struct gp_buf text = GP_BUF(0);
	gp_json_doc_auto struct gp_json_doc *doc = made(&known, &text);
	static const char *const gone[] = {"2a", "3a", "3d", "5a", "5b", "6a", NULL};
	for (size_t i = 0; gone[i] != NULL; i++)
		assert_null(find(doc, gone[i]));
	struct gp_str method;
	const struct gp_json *client = find(doc, "2c");
	assert_int_equal(gp_json_get_str(client, "method", 8, &method), GP_ST_OK);
	assert_true(gp_str_is(method, "PATCH"));
	assert_non_null(strstr(gp_buf_get(&text), "/servicePrincipals(appId='" GUID_2 "')"));
}

static void test_scaffold_for_an_administrator(void **state)
{
	(void)state;
	struct gp_scaffold known = fresh();
	gp_buf_auto struct gp_buf text = GP_BUF(0);
	gp_json_doc_auto struct gp_json_doc *none = made(&known, &text);
	assert_null(find(none, "14a"));
	assert_null(find(none, "14c"));
	known.administrator = GUID_1;
	gp_buf_auto struct gp_buf for_one = GP_BUF(0);
	gp_json_doc_auto struct gp_json_doc *doc = made(&known, &for_one);
	const struct gp_json *body = NULL;
	struct gp_str word;
	assert_non_null(find(doc, "14a"));
	assert_int_equal(gp_json_get_object(find(doc, "14c"), "body", &body), GP_ST_OK);
	assert_int_equal(gp_json_get_str(body, "principalId", 64, &word), GP_ST_OK);
	assert_true(gp_str_is(word, GUID_1));
	assert_int_equal(gp_json_get_str(body, "consentType", 64, &word), GP_ST_OK);
	assert_true(gp_str_is(word, "Principal"));
	/* The client is there, and reader and sign-in client are too. */
	known.admins = GUID_2;
	known.reader = GUID_3;
	known.client = GUID_4;
	gp_buf_auto struct gp_buf again = GP_BUF(0);
	gp_json_doc_auto struct gp_json_doc *later = made(&known, &again);
	assert_null(find(later, "14a"));
	assert_non_null(find(later, "3d"));
	assert_int_equal(gp_json_get_str(find(later, "14b"), "method", 8, &word), GP_ST_OK);
	assert_true(gp_str_is(word, "GET"));
}

static void test_scaffold_puts_in_what_is_known(void **state)
{
	(void)state;
	struct gp_scaffold known = fresh();
	known.tenant = GUID_1;
	known.fleet = "Example \"Corp\" \\ SSH's";
	known.break_glass = GUID_2;
	known.approver = GUID_3;
	known.organization = GUID_4;
	known.certificate = "MIIB";
	gp_buf_auto struct gp_buf text = GP_BUF(0);
	gp_json_doc_auto struct gp_json_doc *doc = made(&known, &text);
	char asking[NAME_SIZE + 2];
	for (size_t i = 0; asked[i] != NULL; i++) {
		assert_int_equal(gp_format(asking, sizeof(asking), "<%s>", asked[i]), GP_ST_OK);
		assert_null(strstr(gp_buf_get(&text), asking));
	}
	const struct gp_json *body = NULL;
	struct gp_str name;
	assert_int_equal(gp_json_get_object(find(doc, "2c"), "body", &body), GP_ST_OK);
	assert_int_equal(gp_json_get_str(body, "displayName", 120, &name), GP_ST_OK);
	assert_true(gp_str_is(name, known.fleet));
	assert_non_null(strstr(gp_buf_get(&text), "right tenant: its id must be " GUID_1 "."));
}

/* Each access group is assigned to the new API, and none of them is blocked. */
static void test_scaffold_takes_all_access_groups(void **state)
{
	(void)state;
	struct gp_scaffold known = fresh();
	known.api = GUID_1;
	known.client = GUID_2;
	known.elevation = true;
	known.groups = groups;
	known.groups_len = 2;
	gp_buf_auto struct gp_buf text = GP_BUF(0);
	gp_json_doc_auto struct gp_json_doc *doc = made(&known, &text);
	static const char *const steps[] = {"4-elevation", "4-elevation.2"};
	for (size_t i = 0; i < 2; i++) {
		const struct gp_json *body = NULL;
		struct gp_str id;
		assert_int_equal(gp_json_get_object(find(doc, steps[i]), "body", &body), GP_ST_OK);
		assert_int_equal(gp_json_get_str(body, "principalId", 64, &id), GP_ST_OK);
		assert_true(gp_str_is(id, groups[i]));
	}
	static const char *const policies[] = {"12", "12-elevation"};
	for (size_t i = 0; i < 2; i++) {
		const struct gp_json *part = find(doc, policies[i]);
		static const char *const way[] = {"body", "conditions", "users"};
		for (size_t j = 0; j < 3; j++)
			assert_int_equal(gp_json_get_object(part, way[j], &part), GP_ST_OK);
		assert_int_equal(gp_json_get_array(part, "excludeGroups", &part), GP_ST_OK);
		assert_int_equal(gp_json_array_len(part), 3);
	}
}

static void test_scaffold_says_the_same_twice(void **state)
{
	(void)state;
	struct gp_scaffold both = fresh(), other = fresh();
	both.elevation = true;
	other.tier = "test";
	gp_buf_auto struct gp_buf once = GP_BUF(TEXT_MAX), again = GP_BUF(TEXT_MAX),
				  another = GP_BUF(TEXT_MAX);
	gp_scaffold_text(&both, &once);
	gp_scaffold_text(&both, &again);
	gp_scaffold_text(&other, &another);
	assert_string_equal(gp_buf_get(&once), gp_buf_get(&again));
	/* A scope of its own for each API of each tier. */
	const char *first = strstr(gp_buf_get(&once), "\"oauth2PermissionScopes\"");
	assert_non_null(first);
	const char *second = strstr(first + 1, "\"oauth2PermissionScopes\"");
	const char *third = strstr(gp_buf_get(&another), "\"oauth2PermissionScopes\"");
	assert_non_null(second);
	assert_non_null(third);
	const char *ids[] = {strstr(first, "\"id\""), strstr(second, "\"id\""),
			     strstr(third, "\"id\"")};
	assert_memory_not_equal(ids[0], ids[1], 44);
	assert_memory_not_equal(ids[0], ids[2], 44);
	assert_int_equal(ids[0][21], '8'); /* RFC 9562: version 8 */
}

static void test_scaffold_does_not_print_half(void **state)
{
	(void)state;
	struct gp_scaffold all = fresh();
	gp_buf_auto struct gp_buf small = GP_BUF(4096);
	gp_scaffold_text(&all, &small);
	assert_int_not_equal(gp_buf_status(&small), GP_ST_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scaffold_gives_what_it_names),
		cmocka_unit_test(test_scaffold_makes_nothing_twice),
		cmocka_unit_test(test_scaffold_for_an_administrator),
		cmocka_unit_test(test_scaffold_puts_in_what_is_known),
		cmocka_unit_test(test_scaffold_takes_all_access_groups),
		cmocka_unit_test(test_scaffold_says_the_same_twice),
		cmocka_unit_test(test_scaffold_does_not_print_half),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
