/* SPDX-License-Identifier: Apache-2.0 */
/* Which misses the daemon is told of, and how often. */
#include "tests/unit/nss_module/rig.h"

#include "contract/ban.h"

static int door = -1;

/* A daemon that never answers, with a directory whose domains are Ada's and Bob's. */
static int with_door(void **state)
{
	static const struct sockaddr_un address = {.sun_family = AF_UNIX,
						   .sun_path = "run/knock.sock"};
	with_sample(state);
	(void)unlink(address.sun_path);
	door = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	assert_true(door >= 0);
	assert_int_equal(bind(door, (const struct sockaddr *)&address, sizeof(address)), 0);
	return 0;
}

static int without_door(void **state)
{
	(void)state;
	close(door);
	unlink("run/knock.sock");
	return 0;
}

/* The name that was told last; NULL when nothing was. */
static const char *heard(void)
{
	static char name[GP_DIRECTORY_NAME_MAX + 1];
	uint8_t bytes[GP_KNOCK_MAX + 1];
	ssize_t n = recv(door, bytes, sizeof(bytes), 0);
	if (n < 0)
		return NULL;
	assert_int_equal(gp_knock_parse(bytes, (size_t)n, name), GP_ST_OK);
	return name;
}

static void test_nss_knock_once_a_minute(void **state)
{
	(void)state;
	assert_int_equal(find("Eve@Fabrikam.Example"), NSS_STATUS_NOTFOUND);
	assert_string_equal(heard(), "eve@fabrikam.example");
	assert_int_equal(find("eve@fabrikam.example"), NSS_STATUS_NOTFOUND);
	test_now_s += 59;
	assert_int_equal(find("eve@fabrikam.example"), NSS_STATUS_NOTFOUND);
	assert_null(heard());
	assert_int_equal(find("dan@contoso.example"), NSS_STATUS_NOTFOUND);
	assert_string_equal(heard(), "dan@contoso.example");
	test_now_s += 1;
	assert_int_equal(find("eve@fabrikam.example"), NSS_STATUS_NOTFOUND);
	assert_string_equal(heard(), "eve@fabrikam.example");
}

static void test_nss_knock_is_for_some_only(void **state)
{
	(void)state;
	static const char *const others[] = {"eve", "eve@elsewhere.example", "@", "eve@", "",
					     ADA,   "eve@contoso.example.x"};
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		(void)find(others[i]);
	assert_null(heard());
	test_uid = 1000;
	assert_int_equal(find("eve@contoso.example"), NSS_STATUS_NOTFOUND);
	assert_null(heard());
	test_uid = 0;
	assert_int_equal(find("eve@contoso.example"), NSS_STATUS_NOTFOUND);
	assert_string_equal(heard(), "eve@contoso.example");
}

/* More names than places: none is lost for good, and no call waits when the queue is full. */
static void test_nss_knock_many(void **state)
{
	(void)state;
	char name[40];
	size_t count = 0;
	for (unsigned int i = 0; i < 5000; i++) {
		assert_int_equal(gp_format(name, sizeof(name), "u%u@fabrikam.example", i),
				 GP_ST_OK);
		assert_int_equal(find(name), NSS_STATUS_NOTFOUND);
	}
	while (heard() != NULL)
		count++;
	assert_in_range(count, 1, 5000);
}

static void test_nss_knock_without_daemon(void **state)
{
	(void)state;
	assert_int_equal(unlink("run/knock.sock"), 0);
	assert_int_equal(find("eve@fabrikam.example"), NSS_STATUS_NOTFOUND);
	/* No descriptor is left over. */
	int first = dup(0);
	for (int i = 0; i < 10; i++) {
		test_now_s += 60;
		assert_int_equal(find("eve@fabrikam.example"), NSS_STATUS_NOTFOUND);
	}
	int second = dup(0);
	assert_int_equal(second, first + 1);
	close(first);
	close(second);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, with_door, without_door)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_nss_knock_once_a_minute),
		TEST(test_nss_knock_is_for_some_only),
		TEST(test_nss_knock_many),
		TEST(test_nss_knock_without_daemon),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
