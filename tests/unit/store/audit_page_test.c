/* SPDX-License-Identifier: Apache-2.0 */
/* guestpassd(8) has every member of a record. */
#include "store/audit_line.h"

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
#include "policy/record.h"

#include "contract/ban.h"

#define PAGE_MAX    (256U << 10)
#define RECORD_LINE 32768

static char page[PAGE_MAX];

/* In the items of the list only: between the heading of the audit and the events behind it. */
static bool is_told(void *arg, const char *key, const struct gp_json *value)
{
	size_t *count = arg;
	size_t len = strlen(key);
	const char *end = strstr(page, "So is what happens to guests");
	(void)value;
	assert_non_null(end);
	for (const char *at = strstr(page, "\n.Ss Audit"); at != NULL && at < end;
	     at = strchr(at + 1, '\n')) {
		if (strncmp(at, "\n.It Li ", 8) != 0)
			continue;
		for (const char *word = at + 8; *word != '\n'; word++)
			if (strncmp(word, key, len) == 0 && (word[-1] == ' ') &&
			    (word[len] == ' ' || word[len] == '\n')) {
				(*count)++;
				return true;
			}
	}
	fail_msg("guestpassd.8 does not have the member %s of a record", key);
	return false;
}

static void test_every_member_is_in_the_manual(void **state)
{
	(void)state;
	static const struct gp_facts facts = {.now_s = 1};
	gp_buf_auto struct gp_buf kept = GP_BUF(GP_RECORD_MAX);
	gp_buf_auto struct gp_buf line = GP_BUF(RECORD_LINE);
	gp_json_doc_auto struct gp_json_doc *doc = NULL;
	struct gp_admission admission;
	struct gp_audit_link link = {.seq = 1};
	size_t count = 0;
	gp_admission_decide(&facts, GP_PHASE_BEFORE, &admission);
	admission.facts = gp_record_keep(&kept, &facts, GP_PHASE_BEFORE);
	const struct gp_audit_record record = {
		.time_s = 1,
		.event = "e",
		.decision = {1},
		.correlation_id = "c",
		.trace_id = "t",
		.uti = "u",
		.tier = "t",
		.name = "n",
		.oid = "o",
		.uid = 1,
		.proved_oid = "p",
		.home = "h",
		.address = "a",
		.sign_in_address = "s",
		.auth_time = 1,
		.code_issued_s = 2,
		.service = "s",
		.tty = "t",
		.verdict = "v",
		.reason = "r",
		.basis = "b",
		.login_error = "l",
		.advice = "a",
		.move = "m",
		.policies = "p",
		.admission = &admission,
	};
	FILE *f = fopen("provider/daemon/guestpassd.8", "re");
	assert_non_null(f); /* the tests run in the tree's top directory */
	assert_true(fread(page, 1, PAGE_MAX - 1, f) > 0);
	assert_int_equal(fclose(f), 0);
	gp_audit_line(&line, &link, &record);
	assert_int_equal(
		gp_json_parse((struct gp_str){gp_buf_get(&line), line.len - 1}, &doc, NULL),
		GP_ST_OK);
	assert_true(gp_json_each(gp_json_root(doc), is_told, &count));
	assert_int_equal(count, 29);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_member_is_in_the_manual)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
