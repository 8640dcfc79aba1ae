/* SPDX-License-Identifier: Apache-2.0 */
// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
// clang-format on
#include <stdlib.h>

#include "doctor/nsswitch.h"

#include "contract/ban.h"

static void test_nsswitch_services_in_order(void **state)
{
	(void)state;
	struct gp_nss_line line;
	gp_nss_read(GP_STR("# passwd: no\n passwd :files\tsystemd guestpass # sss\ngroup: x\n"),
		    "passwd", &line);
	assert_true(line.present);
	assert_int_equal(line.line, 2);
	assert_int_equal(line.count, 3);
	assert_int_equal(gp_nss_index(&line, "files"), 0);
	assert_int_equal(gp_nss_index(&line, "guestpass"), 2);
	assert_int_equal(gp_nss_index(&line, "sss"), 3);
	assert_true(line.services[0].ends_on_success);
	assert_false(line.services[0].ends_on_notfound);
	gp_nss_read(GP_STR("passwd: a\n"), "shadow", &line);
	assert_false(line.present);
	assert_int_equal(line.count, 0);
	/* The last line counts. */
	gp_nss_read(GP_STR("passwd: a\npasswd: b c\n"), "passwd", &line);
	assert_int_equal(gp_nss_index(&line, "b"), 0);
	assert_int_equal(line.line, 2);
}

static void test_nsswitch_actions(void **state)
{
	(void)state;
	struct gp_nss_line line;
	gp_nss_read(GP_STR("p: a [NotFound=return] b[!SUCCESS=return SUCCESS=continue]c "
			   "[ unavail = return  TRYAGAIN=continue ] d [SUCCESS=merge]"),
		    "p", &line);
	assert_int_equal(line.count, 4);
	assert_true(line.services[0].ends_on_notfound);
	assert_true(line.services[0].ends_on_success);
	assert_false(line.services[0].ends_on_unavail);
	assert_true(line.services[1].ends_on_notfound);
	assert_true(line.services[1].ends_on_unavail);
	assert_true(line.services[1].ends_on_tryagain);
	assert_false(line.services[1].ends_on_success);
	assert_true(line.services[2].ends_on_unavail);
	assert_false(line.services[2].ends_on_tryagain);
	assert_false(line.services[3].ends_on_success);
}

static void test_nsswitch_damaged(void **state)
{
	(void)state;
	static const char sample[] = "passwd: files [!NOTFOUND=return] [] x [=] [a=b] guestpass\n"
				     "passwd: [SUCCESS=return] a b c d e f g h i j k l m n o p q\n";
	for (size_t n = 0; n <= sizeof(sample); n++)
		for (int bit = 0; bit < 9; bit++) {
			struct gp_nss_line line;
			char *copy = malloc(n + 1);
			assert_non_null(copy);
			memcpy(copy, sample, n);
			if (n > 0 && bit < 8)
				copy[n - 1] = (char)((unsigned char)copy[n - 1] ^ (1U << bit));
			gp_nss_read((struct gp_str){copy, n}, "passwd", &line);
			assert_true(line.count <= GP_NSS_SERVICES_MAX);
			assert_true(line.present || line.count == 0);
			for (size_t i = 0; i < line.count; i++)
				assert_true(line.services[i].name.ptr >= copy &&
					    line.services[i].name.ptr + line.services[i].name.len <=
						    copy + n);
			free(copy);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nsswitch_services_in_order),
		cmocka_unit_test(test_nsswitch_actions),
		cmocka_unit_test(test_nsswitch_damaged),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
