/* SPDX-License-Identifier: Apache-2.0 */
/* The table of findings, its output, and that the manual page has all of it. */
// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
// clang-format on
#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"
#include "doctor/doctor.h"

#include "contract/ban.h"

#define PAGE_MAX (256U << 10)

static void test_findings_rows_are_whole(void **state)
{
	(void)state;
	for (int i = 0; i < GP_FINDING_COUNT; i++) {
		const struct gp_finding_row *row = gp_finding_row((enum gp_finding_id)i);
		assert_true(row->id[0] != '\0' && row->guest[0] != '\0' && row->mend[0] != '\0');
		for (int k = 0; k < i; k++)
			assert_string_not_equal(row->id, gp_finding_row((enum gp_finding_id)k)->id);
	}
}

/* The page says id and severity of each, and the name of each check. */
static void test_findings_are_in_the_manual(void **state)
{
	(void)state;
	char *page = calloc(1, PAGE_MAX);
	FILE *f = fopen("provider/cli/guestpass.1", "re");
	assert_non_null(page);
	assert_non_null(f); /* the tests run in the tree's top directory */
	assert_true(fread(page, 1, PAGE_MAX - 1, f) < PAGE_MAX - 1);
	assert_int_equal(fclose(f), 0);
	for (int i = 0; i < GP_FINDING_COUNT; i++) {
		const struct gp_finding_row *row = gp_finding_row((enum gp_finding_id)i);
		char line[96];
		(void)snprintf(line, sizeof(line), "\n.It Li %s\n%s: ", row->id,
			       gp_severity_name(row->severity));
		if (strstr(page, line) == NULL)
			fail_msg("guestpass.1 does not have%s", line);
	}
	const char *name = NULL;
	for (size_t i = 0; (name = gp_doctor_check_name(i)) != NULL; i++) {
		char line[64];
		(void)snprintf(line, sizeof(line), "\n.Cm %s", name);
		if (strstr(page, line) == NULL)
			fail_msg("guestpass.1 does not have the check %s", name);
	}
	free(page);
}

static void test_findings_exit_by_the_worst(void **state)
{
	(void)state;
	gp_findings_auto struct gp_findings *f = gp_findings_new();
	assert_non_null(f);
	assert_int_equal(gp_findings_exit(f), 0);
	gp_findings_add(f, GP_FINDING_DAEMON_SAYS, "x");
	assert_int_equal(gp_findings_exit(f), 0);
	gp_findings_unseen(f, "nss", "x");
	assert_int_equal(gp_findings_exit(f), 1);
	f->unseen_count = 0;
	gp_findings_add(f, GP_FINDING_CLOCK, "x");
	assert_int_equal(gp_findings_exit(f), 1);
	gp_findings_add(f, GP_FINDING_CONFIG, "x");
	assert_int_equal(gp_findings_exit(f), 2);
	/* Said twice, kept once; said otherwise, kept too. */
	gp_findings_add(f, GP_FINDING_CONFIG, "x");
	assert_int_equal(f->count, 3);
	gp_findings_add(f, GP_FINDING_CONFIG, "y");
	assert_int_equal(f->count, 4);
}

static void test_findings_without_room_are_counted(void **state)
{
	(void)state;
	gp_findings_auto struct gp_findings *f = gp_findings_new();
	assert_non_null(f);
	for (int i = 0; i < GP_FINDINGS_MAX + 3; i++) {
		char text[16];
		(void)snprintf(text, sizeof(text), "%d", i);
		gp_findings_add(f, GP_FINDING_DAEMON_SAYS, text);
	}
	assert_int_equal(f->count, GP_FINDINGS_MAX);
	assert_int_equal(f->more, 3);
	assert_int_equal(gp_findings_exit(f), 1);
}

static void test_findings_output(void **state)
{
	(void)state;
	gp_findings_auto struct gp_findings *f = gp_findings_new();
	gp_buf_auto struct gp_buf json = GP_BUF(65536);
	gp_buf_auto struct gp_buf text = GP_BUF(65536);
	gp_json_doc_auto struct gp_json_doc *doc = NULL;
	const struct gp_json *list = NULL;
	struct gp_error err = {0};
	struct gp_str value = {0};
	assert_non_null(f);
	gp_findings_add(f, GP_FINDING_CLOCK, "late");
	gp_findings_add(f, GP_FINDING_CONFIG, "a \"quoted\" \033[31m line\n");
	gp_findings_unseen(f, "pam", "gone");
	gp_findings_json(f, &json);
	assert_int_equal(gp_buf_status(&json), GP_ST_OK);
	assert_int_equal(gp_json_parse((struct gp_str){gp_buf_get(&json), json.len}, &doc, &err),
			 GP_ST_OK);
	assert_int_equal(gp_json_get_array(gp_json_root(doc), "findings", &list), GP_ST_OK);
	assert_int_equal(gp_json_array_len(list), 2);
	assert_int_equal(gp_json_get_str(gp_json_array_at(list, 0), "severity", 16, &value),
			 GP_ST_OK);
	assert_true(gp_str_is(value, "warning"));
	assert_int_equal(gp_json_get_str(gp_json_array_at(list, 1), "id", 32, &value), GP_ST_OK);
	assert_true(gp_str_is(value, "config"));
	assert_int_equal(gp_json_get_array(gp_json_root(doc), "not_looked_at", &list), GP_ST_OK);
	assert_int_equal(gp_json_get_str(gp_json_array_at(list, 0), "why", 16, &value), GP_ST_OK);
	assert_true(gp_str_is(value, "gone"));

	gp_findings_text(f, &text);
	const char *error = strstr(gp_buf_get(&text), "error config: a \"quoted\" \\x1B[31m line");
	const char *warning = strstr(gp_buf_get(&text), "warning clock: late\n");
	assert_non_null(error);
	assert_non_null(warning);
	assert_true(error < warning); /* the worst first */
	assert_non_null(strstr(gp_buf_get(&text), "\nnot looked at pam: gone\n"));
	assert_null(memchr(gp_buf_get(&text), '\033', text.len));
}

static enum gp_status run(const char *const argv[], struct gp_buf *out, int *code)
{
	return gp_doctor_run_command(NULL, argv, out, code);
}

/* A program is asked: what it says on both outputs, how it ends, and that too much is too much. */
static void test_findings_of_a_program(void **state)
{
	(void)state;
	int code = 0;
	gp_buf_auto struct gp_buf out = GP_BUF(1024);
	const char *const both[] = {"/bin/sh", "-c", "echo a; echo b >&2; echo $LC_ALL; exit 3",
				    NULL};
	assert_int_equal(run(both, &out, &code), GP_ST_OK);
	assert_int_equal(code, 3);
	assert_string_equal(gp_buf_get(&out), "a\nb\nC\n");
	const char *const gone[] = {"/nowhere/gone", NULL};
	assert_int_equal(run(gone, &out, &code), GP_ST_NOT_FOUND);
	const char *const much[] = {"/bin/sh", "-c", "while :; do echo 0123456789abcdef; done",
				    NULL};
	assert_int_equal(run(much, &out, &code), GP_ST_TOO_BIG);
	gp_buf_auto struct gp_buf none = GP_BUF(16);
	const char *const killed[] = {"/bin/sh", "-c", "kill -9 $$", NULL};
	assert_int_equal(run(killed, &none, &code), GP_ST_CLOSED);
	/* Its input is empty. */
	const char *const reads[] = {"/bin/cat", NULL};
	assert_int_equal(run(reads, &none, &code), GP_ST_OK);
	assert_int_equal(none.len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_findings_rows_are_whole),
		cmocka_unit_test(test_findings_are_in_the_manual),
		cmocka_unit_test(test_findings_exit_by_the_worst),
		cmocka_unit_test(test_findings_without_room_are_counted),
		cmocka_unit_test(test_findings_output),
		cmocka_unit_test(test_findings_of_a_program),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
