/* SPDX-License-Identifier: Apache-2.0 */
// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
// clang-format on

#include "contract/buf.h"
#include "doctor/doctor.h"

#include "contract/ban.h"

static enum gp_status run(const char *script, int64_t limit_ms, struct gp_buf *out, int *code)
{
	const char *const argv[] = {"/bin/sh", "-c", script, NULL};
	return gp_doctor_run_command(&limit_ms, argv, out, code);
}

static void test_command_output_and_code(void **state)
{
	(void)state;
	gp_buf_auto struct gp_buf out = GP_BUF(4096);
	const char *const nothing[] = {"/nonexistent/program", NULL};
	int code = 0;
	assert_int_equal(run("echo out; echo err >&2; exit 3", 60000, &out, &code), GP_ST_OK);
	assert_int_equal(code, 3);
	assert_string_equal(gp_buf_get(&out), "out\nerr\n");
	assert_int_equal(gp_doctor_run_command(NULL, nothing, &out, &code), GP_ST_NOT_FOUND);
	assert_int_equal(code, -1);
	assert_int_equal(run("kill -KILL $$", 60000, &out, &code), GP_ST_CLOSED);
	assert_int_equal(code, -1);
}

/* One that says too much, says nothing and stays, or closes its output and stays, is ended. */
static void test_command_is_ended(void **state)
{
	static const struct {
		const char *script;
		int64_t limit_ms;
		enum gp_status want;
	} rows[] = {{"while :; do echo 0123456789; done", 60000, GP_ST_TOO_BIG},
		    {"exec sleep 600", 100, GP_ST_TIMEOUT},
		    {"exec sleep 600 >&- 2>&-", 100, GP_ST_TIMEOUT}};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		gp_buf_auto struct gp_buf out = GP_BUF(4096);
		int code = 0;
		assert_int_equal(run(rows[i].script, rows[i].limit_ms, &out, &code), rows[i].want);
		assert_int_equal(code, -1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_command_output_and_code),
		cmocka_unit_test(test_command_is_ended),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
