/* SPDX-License-Identifier: Apache-2.0 */
// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
// clang-format on
#include <stdio.h>
#include <stdlib.h>

#include "doctor/sshd_settings.h"

#include "contract/ban.h"

static const struct gp_doctor_guest in_shell = {
	.name = "ada@fabrikam.example", .group_count = 2, .groups = {"gp-guests", "gp-shell"}};
static const struct gp_doctor_guest without = {
	.name = "bob@fabrikam.example", .group_count = 1, .groups = {"gp-guests"}};

static const char text[] = "# comment\nUsePAM yes\nusepam no\n\nMatch Group gp-guests,!gp-shell\n"
			   "\tForceCommand internal-sftp -u 0077\n\tAllowTcpForwarding no\n"
			   "Match Group gp-guests\n\tAllowTcpForwarding local\n"
			   "Match User gp-guests\n\tBanner x\nMatch all\nPort 22\n";

static struct gp_sshd_settings settings;

static bool has(const char *key, const char *value)
{
	return gp_str_is(gp_sshd_value(&settings, key), value);
}

static void test_sshd_settings_of_a_guest(void **state)
{
	(void)state;
	gp_sshd_wanted(gp_str_from(text), &in_shell, &settings);
	assert_true(has("UsePAM", "yes"));
	assert_true(has("allowtcpforwarding", "local"));
	assert_null(gp_sshd_value(&settings, "ForceCommand").ptr);
	assert_null(gp_sshd_value(&settings, "Banner").ptr);
	assert_true(has("Port", "22"));
	gp_sshd_wanted(gp_str_from(text), &without, &settings);
	assert_true(has("AllowTcpForwarding", "no"));
	assert_true(has("ForceCommand", "internal-sftp -u 0077"));
}

static void test_sshd_settings_of_sshd(void **state)
{
	(void)state;
	gp_sshd_effective(GP_STR("port 22\nacceptenv A\nacceptenv B\nbanner none\n"), &settings);
	assert_int_equal(settings.count, 4);
	assert_true(has("AcceptEnv", "A"));
	assert_true(has("Banner", "none"));
}

static void test_sshd_settings_times(void **state)
{
	(void)state;
	uint64_t s = 7;
	assert_true(gp_sshd_time(GP_STR("0"), &s) && s == 0);
	assert_true(gp_sshd_time(GP_STR("300"), &s) && s == 300);
	assert_true(gp_sshd_time(GP_STR("1h30M"), &s) && s == 5400);
	static const char *const bad[] = {"", "m", "5x", "-1", "99999999999", "2147483647w", "1 m"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (gp_sshd_time(gp_str_from(bad[i]), &s))
			fail_msg("%s is a time", bad[i]);
}

/* What is cut off is not there; nothing that was not written comes out. */
static void test_sshd_settings_damaged(void **state)
{
	(void)state;
	for (size_t n = 0; n < sizeof(text); n++)
		for (int bit = 0; bit < 9; bit++) {
			char *copy = malloc(n + 1);
			assert_non_null(copy);
			memcpy(copy, text, n);
			if (n > 0 && bit < 8)
				copy[n - 1] = (char)((unsigned char)copy[n - 1] ^ (1U << bit));
			gp_sshd_wanted((struct gp_str){copy, n}, &without, &settings);
			assert_true(settings.count <= 8);
			gp_sshd_effective((struct gp_str){copy, n}, &settings);
			for (size_t i = 0; i < settings.count; i++)
				assert_true(settings.settings[i].key.len > 0);
			free(copy);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sshd_settings_of_a_guest),
		cmocka_unit_test(test_sshd_settings_of_sshd),
		cmocka_unit_test(test_sshd_settings_times),
		cmocka_unit_test(test_sshd_settings_damaged),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
