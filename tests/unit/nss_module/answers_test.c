/* SPDX-License-Identifier: Apache-2.0 */
/* What the entry points answer. */
#include "tests/unit/nss_module/rig.h"

#include "contract/ban.h"

static void test_nss_passwd(void **state)
{
	(void)state;
	struct passwd pw;
	char buf[512];
	int e = 77;
	errno = 55;
	assert_int_equal(
		_nss_guestpass_getpwnam_r("ADA@Fabrikam.Example", &pw, buf, sizeof(buf), &e),
		NSS_STATUS_SUCCESS);
	assert_int_equal(errno, 55);
	assert_int_equal(e, 77);
	assert_string_equal(pw.pw_name, ADA);
	assert_string_equal(pw.pw_passwd, "x");
	assert_int_equal(pw.pw_uid, SAMPLE_ADA_UID);
	assert_int_equal(pw.pw_gid, SAMPLE_GUESTS);
	assert_string_equal(pw.pw_gecos, "Fabrikam");
	assert_string_equal(pw.pw_dir, "/home/guests/" ADA);
	assert_string_equal(pw.pw_shell, "/bin/bash");
	assert_int_equal(_nss_guestpass_getpwuid_r(SAMPLE_CARO_UID, &pw, buf, sizeof(buf), &e),
			 NSS_STATUS_SUCCESS);
	assert_string_equal(pw.pw_name, "caro");
	assert_string_equal(pw.pw_gecos, "");
	assert_int_equal(_nss_guestpass_getpwuid_r(0, &pw, buf, sizeof(buf), &e),
			 NSS_STATUS_NOTFOUND);
	assert_int_equal(find("root"), NSS_STATUS_NOTFOUND);
	assert_int_equal(find(""), NSS_STATUS_NOTFOUND);
	assert_int_equal(find(NULL), NSS_STATUS_NOTFOUND);
	assert_int_equal(errno, 55);
}

/* Every size of buffer: too small says so and writes nothing beyond; one size is the least. */
static void test_nss_buffer_sizes(void **state)
{
	(void)state;
	size_t least_pw = 0;
	size_t least_gr = 0;
	size_t least_sp = 0;
	for (size_t size = 0; size < 256; size++) {
		char *buf = malloc(size + 1);
		assert_non_null(buf);
		buf[size] = 0x5A;
		struct passwd pw;
		struct group gr;
		struct spwd sp;
		int e = 0;
		enum nss_status st = _nss_guestpass_getpwnam_r(ADA, &pw, buf, size, &e);
		assert_true(st == NSS_STATUS_SUCCESS || (st == NSS_STATUS_TRYAGAIN && e == ERANGE));
		least_pw += st != NSS_STATUS_SUCCESS;
		st = _nss_guestpass_getspnam_r(ADA, &sp, buf, size, &e);
		assert_true(st == NSS_STATUS_SUCCESS || (st == NSS_STATUS_TRYAGAIN && e == ERANGE));
		least_sp += st != NSS_STATUS_SUCCESS;
		st = _nss_guestpass_getgrgid_r(SAMPLE_BUILDERS, &gr, buf, size, &e);
		assert_true(st == NSS_STATUS_SUCCESS || (st == NSS_STATUS_TRYAGAIN && e == ERANGE));
		least_gr += st != NSS_STATUS_SUCCESS;
		/* A list of pointers must not be put where pointers cannot be. */
		if (size > 0)
			(void)_nss_guestpass_getgrgid_r(SAMPLE_BUILDERS, &gr, buf + 1, size - 1,
							&e);
		assert_int_equal(buf[size], 0x5A);
		free(buf);
	}
	assert_int_equal(least_pw, strlen(ADA "Fabrikam/home/guests/" ADA "/bin/bash") + 4 + 2);
	assert_int_equal(least_sp, strlen(ADA) + 1 + 3);
	assert_int_equal(least_gr, 3 * sizeof(char *) + strlen(ADA BOB "gp-builders") + 3 + 2);
}

static void test_nss_group(void **state)
{
	(void)state;
	struct group gr;
	char buf[512];
	int e = 0;
	assert_int_equal(_nss_guestpass_getgrnam_r("gp-builders", &gr, buf, sizeof(buf), &e),
			 NSS_STATUS_SUCCESS);
	assert_string_equal(gr.gr_name, "gp-builders");
	assert_string_equal(gr.gr_passwd, "x");
	assert_int_equal(gr.gr_gid, SAMPLE_BUILDERS);
	assert_string_equal(gr.gr_mem[0], ADA);
	assert_string_equal(gr.gr_mem[1], BOB);
	assert_null(gr.gr_mem[2]);
	assert_int_equal(_nss_guestpass_getgrgid_r(SAMPLE_EMPTY, &gr, buf, sizeof(buf), &e),
			 NSS_STATUS_SUCCESS);
	assert_null(gr.gr_mem[0]);
	assert_int_equal(_nss_guestpass_getgrnam_r("sudo", &gr, buf, sizeof(buf), &e),
			 NSS_STATUS_NOTFOUND);
	assert_int_equal(_nss_guestpass_getgrgid_r(0, &gr, buf, sizeof(buf), &e),
			 NSS_STATUS_NOTFOUND);
}

static void test_nss_shadow(void **state)
{
	(void)state;
	struct spwd sp;
	char buf[128];
	int e = 0;
	assert_int_equal(_nss_guestpass_getspnam_r(BOB, &sp, buf, sizeof(buf), &e),
			 NSS_STATUS_SUCCESS);
	assert_string_equal(sp.sp_namp, BOB);
	assert_string_equal(sp.sp_pwdp, "!*");
	assert_int_equal(sp.sp_expire, SAMPLE_BOB_EXPIRY);
	assert_int_equal(sp.sp_lstchg, -1);
	assert_int_equal(sp.sp_max, -1);
	assert_int_equal(_nss_guestpass_getspnam_r(ADA, &sp, buf, sizeof(buf), &e),
			 NSS_STATUS_SUCCESS);
	assert_int_equal(sp.sp_expire, -1);
	assert_int_equal(_nss_guestpass_getspnam_r("root", &sp, buf, sizeof(buf), &e),
			 NSS_STATUS_NOTFOUND);
	_nss_guestpass_setspent(0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(_nss_guestpass_getspent_r(&sp, buf, sizeof(buf), &e),
				 NSS_STATUS_SUCCESS);
	assert_int_equal(_nss_guestpass_getspent_r(&sp, buf, sizeof(buf), &e), NSS_STATUS_NOTFOUND);
	_nss_guestpass_endspent();
}

static void test_nss_enumeration(void **state)
{
	(void)state;
	struct passwd pw;
	struct group gr;
	char buf[512];
	int e = 0;
	_nss_guestpass_setpwent(0);
	assert_int_equal(_nss_guestpass_getpwent_r(&pw, buf, sizeof(buf), &e), NSS_STATUS_SUCCESS);
	assert_string_equal(pw.pw_name, ADA);
	/* An answer that did not fit comes again. */
	assert_int_equal(_nss_guestpass_getpwent_r(&pw, buf, 3, &e), NSS_STATUS_TRYAGAIN);
	/* And after a new file it goes on where it was. */
	publish(sample_directory(8));
	assert_int_equal(_nss_guestpass_getpwent_r(&pw, buf, sizeof(buf), &e), NSS_STATUS_SUCCESS);
	assert_string_equal(pw.pw_name, BOB);
	assert_int_equal(_nss_guestpass_getpwent_r(&pw, buf, sizeof(buf), &e), NSS_STATUS_SUCCESS);
	assert_string_equal(pw.pw_name, "caro");
	assert_int_equal(_nss_guestpass_getpwent_r(&pw, buf, sizeof(buf), &e), NSS_STATUS_NOTFOUND);
	_nss_guestpass_endpwent();
	assert_int_equal(_nss_guestpass_getpwent_r(&pw, buf, sizeof(buf), &e), NSS_STATUS_SUCCESS);
	assert_string_equal(pw.pw_name, ADA);
	_nss_guestpass_endpwent();
	_nss_guestpass_setgrent(0);
	int groups = 0;
	while (_nss_guestpass_getgrent_r(&gr, buf, sizeof(buf), &e) == NSS_STATUS_SUCCESS)
		groups++;
	assert_int_equal(groups, 4);
	_nss_guestpass_endgrent();
}

static void test_nss_initgroups(void **state)
{
	(void)state;
	long int start = 1;
	long int size = 1;
	int e = 0;
	gid_t *groups = malloc(sizeof(gid_t));
	assert_non_null(groups);
	groups[0] = SAMPLE_GUESTS;
	assert_int_equal(
		_nss_guestpass_initgroups_dyn(ADA, SAMPLE_GUESTS, &start, &size, &groups, -1, &e),
		NSS_STATUS_SUCCESS);
	assert_int_equal(start, 3);
	assert_int_equal(groups[0], SAMPLE_GUESTS);
	assert_int_equal(groups[1], SAMPLE_ADOPTED);
	assert_int_equal(groups[2], SAMPLE_BUILDERS);
	/* The primary group is not repeated, and a limit is kept. */
	start = 1;
	assert_int_equal(
		_nss_guestpass_initgroups_dyn(ADA, SAMPLE_BUILDERS, &start, &size, &groups, -1, &e),
		NSS_STATUS_SUCCESS);
	assert_int_equal(start, 2);
	free(groups);
	groups = malloc(sizeof(gid_t));
	assert_non_null(groups);
	start = size = 1;
	assert_int_equal(
		_nss_guestpass_initgroups_dyn(ADA, SAMPLE_GUESTS, &start, &size, &groups, 2, &e),
		NSS_STATUS_SUCCESS);
	assert_int_equal(start, 2);
	assert_int_equal(size, 2);
	assert_int_equal(_nss_guestpass_initgroups_dyn("root", 0, &start, &size, &groups, -1, &e),
			 NSS_STATUS_NOTFOUND);
	assert_int_equal(start, 2);
	free(groups);
}

/* Records that root's hand (or a fault) made bad under a checksum that fits. */
static void test_nss_bad_records(void **state)
{
	(void)state;
	struct change {
		const char *find;
		size_t len;
		const char *put;
	};
	static const struct change changes[] = {
		{"\x23\x01\x40\x77", 4, "\xE7\x03\x00\x00"}, /* uid 999 */
		{"\x23\x01\x40\x77", 4, "\x23\x01\x40\x7F"}, /* out of the range */
		{"ada@fab", 7, "ada-fab"},
		{"Fabrikam\0", 9, "Fab\nikam\0"},
		{"Fabrikam\0", 9, "Fab:ikam\0"},
		{"/home/guests/ada", 16, "-home/guests/ada"},
		{"/bin/bash", 9,
		 "/bin\x1B"
		 "bash"},
	};
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		fresh(NULL);
		struct gp_directory_bytes b = sample_directory(7);
		/* Behind the indexes, which hold numbers too. */
		uint8_t *at = memmem(b.ptr + 280, b.len - 280, changes[i].find, changes[i].len);
		assert_non_null(at);
		memcpy(at, changes[i].put, changes[i].len);
		sample_reseal(b);
		publish(b);
		enum nss_status st = find(ADA);
		assert_true(st == NSS_STATUS_UNAVAIL || st == NSS_STATUS_NOTFOUND);
		assert_int_equal(find(BOB), NSS_STATUS_SUCCESS);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SAMPLE_TEST(test_nss_passwd),      SAMPLE_TEST(test_nss_buffer_sizes),
		SAMPLE_TEST(test_nss_group),       SAMPLE_TEST(test_nss_shadow),
		SAMPLE_TEST(test_nss_enumeration), SAMPLE_TEST(test_nss_initgroups),
		SAMPLE_TEST(test_nss_bad_records),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
