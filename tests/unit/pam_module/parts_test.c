/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the module that need no PAM: options, codes, callers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <security/pam_modules.h>

#include "contract/ids_conf.h"
#include "pam_module/caller.h"
#include "pam_module/options.h"
#include "pam_module/pam_code.h"
#include "tests/unit/pam_module/pam_rig.h"
#include "tests/unit/support/directory_sample.h"

#include "contract/ban.h"

static const char *read_options(const char *a, const char *b, struct gp_options *out)
{
	const char *argv[] = {a, b};
	return gp_options_read(b != NULL ? 2 : a != NULL ? 1 : 0, argv, out);
}

static void test_options_table(void **state)
{
	(void)state;
	struct gp_options o;
	assert_null(read_options(NULL, NULL, &o));
	assert_int_equal(o.timeout_s, 300);
	assert_false(o.debug || o.is_guest);
	assert_null(read_options("timeout=10", "debug", &o));
	assert_int_equal(o.timeout_s, 10);
	assert_true(o.debug);
	assert_null(read_options("is_guest", "timeout=900", &o));
	assert_int_equal(o.timeout_s, 900);
	assert_true(o.is_guest);
	static const char *const bad[] = {
		"timeout=9", "timeout=901", "timeout=", "timeout=+30", "timeout=030", "timeout",
		"debug=1",   "Debug",       "",         "is_guests",   "timeout=30 ", "debu"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_ptr_equal(read_options(bad[i], "debug", &o), bad[i]);
		assert_int_equal(o.timeout_s, 300);
		assert_true(o.debug);
	}
}

static void test_options_are_in_the_manual(void **state)
{
	(void)state;
	static char page[32768];
	char item[64];
	const char *name = NULL;
	const char *doc = NULL;
	size_t count = 0;
	size_t listed = 0;
	FILE *f = fopen("pam_module/pam_guestpass.8", "re");
	assert_non_null(f);
	size_t n = fread(page, 1, sizeof(page) - 1, f);
	page[n] = '\0';
	assert_int_equal(fclose(f), 0);
	for (; gp_options_describe(count, &name, &doc); count++) {
		int len = (int)strcspn(name, "=");
		(void)snprintf(item, sizeof(item), "\n.It Cm %.*s", len, name);
		assert_non_null(strstr(page, item));
		assert_true(doc[0] != '\0');
	}
	for (const char *at = page; (at = strstr(at, "\n.It Cm ")) != NULL; at++)
		listed++;
	assert_int_equal(listed, count);
}

static void test_codes_deny_by_default(void **state)
{
	(void)state;
	for (int phase = GP_PHASE_AUTH; phase <= GP_PHASE_PASSWORD; phase++)
		for (int outcome = GP_OUT_DENIED; outcome <= GP_OUT_HOME; outcome++) {
			int code = gp_pam_code((enum gp_phase)phase, (enum gp_outcome)outcome);
			bool may = (outcome == GP_OUT_GRANTED && phase != GP_PHASE_PASSWORD) ||
				   phase == GP_PHASE_CLOSE;
			assert_int_equal(code == PAM_SUCCESS, may);
			/* These would send a local stack on its way, or sshd off its. */
			assert_int_not_equal(code, PAM_IGNORE);
			assert_int_not_equal(code, PAM_USER_UNKNOWN);
			assert_int_not_equal(code, PAM_MODULE_UNKNOWN);
			assert_int_not_equal(code, PAM_MAXTRIES);
		}
	assert_int_equal(gp_pam_code((enum gp_phase)77, GP_OUT_GRANTED), PAM_PERM_DENIED);
	assert_int_equal(gp_pam_code(GP_PHASE_AUTH, (enum gp_outcome)77), PAM_PERM_DENIED);
	assert_string_equal(gp_pam_sentence((enum gp_phase)77, GP_OUT_DENIED), "");
}

static void test_caller_services(void **state)
{
	(void)state;
	static const char *const yes[] = {"su",      "su-l", "sudo",    "sudo-i",
					  "runuser", "doas", "polkit-1"};
	static const char *const no[] = {"sshd", "login", "cron", "systemd-user",
					 "",     "sud",   "sudo2"};
	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
		assert_true(gp_caller_matters(yes[i]));
	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
		assert_false(gp_caller_matters(no[i]));
	assert_false(gp_caller_matters(NULL));
}

static void test_caller_identities(void **state)
{
	(void)state;
	struct gp_directory_bytes bytes = sample_directory(1);
	struct gp_directory_view view;
	assert_int_equal(gp_directory_attach(bytes.ptr, bytes.len, &view), GP_ST_OK);
	const struct {
		struct gp_caller who;
		bool with;    /* the directory at hand */
		bool without; /* no directory */
	} rows[] = {
		{{0, GP_CALLER_NO_UID, NULL}, false, false},
		{{0, 0, "root"}, false, false},
		{{1000, 1000, "carol"}, false, false},
		{{GP_CALLER_NO_UID, GP_CALLER_NO_UID, NULL}, false, false},
		{{GP_IDS_UID_BASE - 1, GP_CALLER_NO_UID, NULL}, false, false},
		{{GP_IDS_UID_BASE, GP_CALLER_NO_UID, NULL}, true, true},
		{{0, GP_IDS_UID_BASE + GP_IDS_UID_SIZE - 1, NULL}, true, true},
		{{0, GP_IDS_UID_BASE + GP_IDS_UID_SIZE, NULL}, false, false},
		{{0, SAMPLE_BOB_UID, "root"}, true, true},
		{{SAMPLE_CARO_UID, GP_CALLER_NO_UID, NULL}, true, false}, /* adopted */
		{{0, SAMPLE_CARO_UID, NULL}, true, false},
		{{0, 0, "ADA@fabrikam.example"}, true, false},
		{{0, 0, ""}, false, false},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(gp_caller_is_guest(&view, &rows[i].who), rows[i].with);
		assert_int_equal(gp_caller_is_guest(NULL, &rows[i].who), rows[i].without);
	}
	gp_directory_bytes_free(&bytes);
}

static void test_caller_login_uid(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		uint32_t uid;
	} rows[] = {
		{"0", 0},
		{"2000683299", SAMPLE_ADA_UID},
		{"4294967295", GP_CALLER_NO_UID},
		{"1000\n", 1000},
		{"", GP_CALLER_NO_UID},
		{"\n", GP_CALLER_NO_UID},
		{"-1", GP_CALLER_NO_UID},
		{"4294967296", GP_CALLER_NO_UID},
		{"12a", GP_CALLER_NO_UID},
		{"00000000000000000000000000000001", GP_CALLER_NO_UID},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		FILE *f = fopen("run/loginuid", "we");
		assert_non_null(f);
		fputs(rows[i].text, f);
		assert_int_equal(fclose(f), 0);
		assert_int_equal(gp_caller_read_login_uid("run/loginuid"), rows[i].uid);
	}
	assert_int_equal(remove("run/loginuid"), 0);
	assert_int_equal(gp_caller_read_login_uid("run/loginuid"), GP_CALLER_NO_UID);
	assert_int_equal(gp_caller_read_login_uid("run"), GP_CALLER_NO_UID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_options_table),
		cmocka_unit_test(test_options_are_in_the_manual),
		cmocka_unit_test(test_codes_deny_by_default),
		cmocka_unit_test(test_caller_services),
		cmocka_unit_test(test_caller_identities),
		cmocka_unit_test_setup_teardown(test_caller_login_uid, rig_setup, rig_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
