/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The NSS entry points, compiled into this program with a directory of its own in place of
 * /run/guestpass, a clock that the tests move, and the test's user in root's place.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#undef GP_RUNDIR
#define GP_RUNDIR      "run"
#define GP_TRUSTED_UID geteuid()

#include "contract/directory_format.h"

static int test_clock(clockid_t id, struct timespec *ts);
#define clock_gettime test_clock
#include "contract/directory_open.c"
#include "nss_module/mapping.c"
#undef clock_gettime

#define cursor passwd_cursor
#define fill   passwd_fill
#include "nss_module/passwd.c"
#undef cursor
#undef fill
#define cursor group_cursor
#define fill   group_fill
#include "nss_module/group.c"
#undef cursor
#undef fill
#define cursor shadow_cursor
#define fill   shadow_fill
#include "nss_module/shadow.c"
#undef cursor
#undef fill
#include "nss_module/answer.c"
#include "nss_module/initgroups.c"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "tests/unit/support/directory_sample.h"

#include "contract/ban.h"

static long long test_now_s = 1000;

static int test_clock(clockid_t id, struct timespec *ts)
{
	assert_int_equal(id, CLOCK_MONOTONIC_COARSE);
	*ts = (struct timespec){.tv_sec = (time_t)test_now_s};
	return 0;
}

static char work_dir[] = "/tmp/gp-nss-XXXXXX";

/* As the publisher does it, in the same order. */
static void publish(struct gp_directory_bytes bytes)
{
	static const uint32_t set = 1;
	sample_write("run/new", bytes);
	bool linked = link("run/directory", "run/old") == 0;
	assert_int_equal(rename("run/new", "run/directory"), 0);
	if (linked) {
		int fd = open("run/old", O_RDWR | O_CLOEXEC);
		assert_true(fd >= 0);
		assert_int_equal(pwrite(fd, &set, sizeof(set), GP_DIR_H_SUPERSEDED), sizeof(set));
		close(fd);
		unlink("run/old");
	}
	gp_directory_bytes_free(&bytes);
}

/* Puts the module back into the state of a fresh process. */
static int fresh(void **state)
{
	(void)state;
	for (size_t i = 0; i < SLOTS; i++) {
		gp_directory_close(&slots[i].view);
		memset(&slots[i], 0, sizeof(slots[i]));
	}
	current = 0;
	retry_at_s = 0;
	unlink("run/directory");
	return 0;
}

static int with_sample(void **state)
{
	fresh(state);
	publish(sample_directory(7));
	return 0;
}

static int setup(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(work_dir));
	assert_int_equal(chdir(work_dir), 0);
	assert_int_equal(mkdir("run", 0755), 0);
	return 0;
}

static int teardown(void **state)
{
	fresh(state);
	rmdir("run");
	assert_int_equal(chdir("/"), 0);
	rmdir(work_dir);
	return 0;
}

static enum nss_status by_name(const char *name, struct passwd *pw, char *buf, size_t size)
{
	int e = 0;
	return _nss_guestpass_getpwnam_r(name, pw, buf, size, &e);
}

/* Whatever comes of it, errno stays. */
static enum nss_status find(const char *name)
{
	struct passwd pw;
	char buf[512];
	errno = 55;
	enum nss_status st = by_name(name, &pw, buf, sizeof(buf));
	assert_int_equal(errno, 55);
	return st;
}

#define ADA "ada@fabrikam.example"
#define BOB "bob.o+x@contoso.example"

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

static void test_nss_unavailable(void **state)
{
	(void)state;
	/* Absent. */
	assert_int_equal(find(ADA), NSS_STATUS_UNAVAIL);
	publish(sample_directory(7));
	/* Not before a second has passed. */
	assert_int_equal(find(ADA), NSS_STATUS_UNAVAIL);
	test_now_s++;
	assert_int_equal(find(ADA), NSS_STATUS_SUCCESS);

	static const mode_t modes[] = {0664, 0646};
	for (size_t i = 0; i < 2; i++) {
		with_sample(NULL);
		assert_int_equal(chmod("run/directory", modes[i]), 0);
		assert_int_equal(find(ADA), NSS_STATUS_UNAVAIL);
	}
	/* A link, a pipe (which must not block), a directory, nothing in it. */
	fresh(NULL);
	publish(sample_directory(7));
	assert_int_equal(rename("run/directory", "run/real"), 0);
	assert_int_equal(symlink("real", "run/directory"), 0);
	assert_int_equal(find(ADA), NSS_STATUS_UNAVAIL);
	unlink("run/real");
	fresh(NULL);
	assert_int_equal(mkfifo("run/directory", 0644), 0);
	assert_int_equal(find(ADA), NSS_STATUS_UNAVAIL);
	fresh(NULL);
	assert_int_equal(mkdir("run/directory", 0755), 0);
	assert_int_equal(find(ADA), NSS_STATUS_UNAVAIL);
	rmdir("run/directory");
	fresh(NULL);
	sample_write("run/directory", (struct gp_directory_bytes){NULL, 0});
	assert_int_equal(find(ADA), NSS_STATUS_UNAVAIL);
	if (geteuid() == 0) {
		with_sample(NULL);
		assert_int_equal(chown("run/directory", 12345, 0), 0);
		assert_int_equal(find(ADA), NSS_STATUS_UNAVAIL);
	}
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

static void test_nss_takes_up_new_files(void **state)
{
	(void)state;
	assert_int_equal(find(ADA), NSS_STATUS_SUCCESS);
	assert_int_equal(find("u1@partner1.example"), NSS_STATUS_NOTFOUND);
	publish(sample_large(100, 8));
	assert_int_equal(find("u1@partner1.example"), NSS_STATUS_SUCCESS);
	assert_int_equal(find(ADA), NSS_STATUS_NOTFOUND);
	/* A bad one: the old stays, and a good one is seen after a second. */
	struct gp_directory_bytes b = sample_directory(9);
	b.ptr[b.len - 9] ^= 1;
	publish(b);
	assert_int_equal(find("u1@partner1.example"), NSS_STATUS_SUCCESS);
	publish(sample_directory(10));
	assert_int_equal(find("u1@partner1.example"), NSS_STATUS_SUCCESS);
	test_now_s++;
	assert_int_equal(find(ADA), NSS_STATUS_SUCCESS);
	/* The old mapping is gone: one slot in use. */
	int used = 0;
	for (size_t i = 0; i < SLOTS; i++)
		used += slots[i].state != SLOT_FREE;
	assert_int_equal(used, 1);
}

/* A hold on an old mapping keeps it; many of them exhaust the slots; look-ups still answer. */
static void test_nss_slots_run_out(void **state)
{
	(void)state;
	struct gp_nss_hold holds[SLOTS + 2];
	for (size_t i = 0; i < SLOTS + 2; i++) {
		gp_nss_enter(&holds[i]);
		assert_non_null(holds[i].view);
		publish(sample_directory(20 + i));
	}
	assert_int_equal(find(ADA), NSS_STATUS_SUCCESS);
	for (size_t i = 0; i < SLOTS + 2; i++) {
		struct gp_directory_user u;
		assert_int_equal(gp_directory_find_user(holds[i].view, gp_str_from(ADA), &u),
				 GP_ST_OK);
		gp_nss_leave(&holds[i]);
	}
	test_now_s++;
	assert_int_equal(find(ADA), NSS_STATUS_SUCCESS);
	int used = 0;
	for (size_t i = 0; i < SLOTS; i++)
		used += slots[i].state != SLOT_FREE;
	assert_int_equal(used, 1);
	/* All slots lost, as to forks: each look-up maps for itself. */
	fresh(NULL);
	publish(sample_directory(40));
	for (size_t i = 0; i < SLOTS; i++)
		slots[i].state = SLOT_LOADING;
	assert_int_equal(find(ADA), NSS_STATUS_SUCCESS);
	assert_int_equal(find("root"), NSS_STATUS_NOTFOUND);
}

static atomic_bool publisher_done;
static atomic_uint failures;
static atomic_uint lookups;

static void *reader(void *arg)
{
	(void)arg;
	while (!publisher_done) {
		struct passwd pw;
		char buf[512];
		if (by_name(ADA, &pw, buf, sizeof(buf)) != NSS_STATUS_SUCCESS ||
		    pw.pw_uid != SAMPLE_ADA_UID || strcmp(pw.pw_shell, "/bin/bash") != 0 ||
		    find("nobody@x.example") != NSS_STATUS_NOTFOUND)
			failures++;
		lookups++;
	}
	return NULL;
}

static void test_nss_readers_during_publishes(void **state)
{
	(void)state;
	pthread_t thread[4];
	publisher_done = false;
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, reader, NULL), 0);
	for (uint64_t i = 0; i < 1000; i++) {
		unsigned int before = lookups;
		publish(sample_directory(100 + i));
		/* Now and then a file is certainly read before the next one comes. */
		for (unsigned int spin = 0; i % 20 == 0 && lookups == before && spin < 1000000;
		     spin++)
			sched_yield();
	}
	publisher_done = true;
	for (size_t i = 0; i < 4; i++)
		pthread_join(thread[i], NULL);
	assert_int_equal(failures, 0);
	assert_true(lookups > 1000);
	assert_int_equal(find(ADA), NSS_STATUS_SUCCESS);
	int used = 0;
	for (size_t i = 0; i < SLOTS; i++)
		used += slots[i].state != SLOT_FREE;
	assert_in_range(used, 1, 2);
}

static int wait_for_child(pid_t pid)
{
	int status = 0;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void test_nss_after_fork(void **state)
{
	(void)state;
	assert_int_equal(find(ADA), NSS_STATUS_SUCCESS);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		publish(sample_large(100, 8));
		_exit(find("u1@partner1.example") == NSS_STATUS_SUCCESS ? 0 : 1);
	}
	assert_int_equal(wait_for_child(pid), 0);
	assert_int_equal(find("u1@partner1.example"), NSS_STATUS_SUCCESS);
}

/* The kernel kills at the first system call but exit_group. */
static void forbid_system_calls(void)
{
	struct sock_filter rules[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
	};
	struct sock_fprog program = {4, rules};
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
		_exit(99);
}

static int thousand_lookups(void)
{
	static char buf[1024];
	static gid_t room[16];
	struct passwd pw;
	struct group gr;
	struct spwd sp;
	int e = 0;
	int bad = 0;
	for (int i = 0; i < 1000; i++) {
		gid_t *groups = room;
		long int start = 0;
		long int size = 16;
		bad += _nss_guestpass_getpwnam_r(BOB, &pw, buf, sizeof(buf), &e) != 1;
		bad += _nss_guestpass_getpwnam_r("root", &pw, buf, sizeof(buf), &e) != 0;
		bad += _nss_guestpass_getpwuid_r(SAMPLE_ADA_UID, &pw, buf, sizeof(buf), &e) != 1;
		bad += _nss_guestpass_getpwuid_r(1, &pw, buf, sizeof(buf), &e) != 0;
		bad += _nss_guestpass_getgrnam_r("gp-builders", &gr, buf, sizeof(buf), &e) != 1;
		bad += _nss_guestpass_getgrgid_r(27, &gr, buf, sizeof(buf), &e) != 0;
		bad += _nss_guestpass_getspnam_r(ADA, &sp, buf, sizeof(buf), &e) != 1;
		bad += _nss_guestpass_initgroups_dyn(ADA, 0, &start, &size, &groups, -1, &e) != 1;
		bad += start != 2;
	}
	return bad == 0 ? 0 : 1;
}

static void test_nss_no_system_call(void **state)
{
	(void)state;
	/* Also after a newer file was taken up. */
	assert_int_equal(find(ADA), NSS_STATUS_SUCCESS);
	publish(sample_directory(8));
	assert_int_equal(find(ADA), NSS_STATUS_SUCCESS);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		forbid_system_calls();
		int bad = thousand_lookups();
		/* Not _exit(): under a sanitizer that does more than leave. */
		syscall(SYS_exit_group, bad);
	}
	assert_int_equal(wait_for_child(pid), 0);
	/* The filter bites: the same with a superseded file dies at open. */
	publish(sample_directory(9));
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		forbid_system_calls();
		int bad = thousand_lookups();
		syscall(SYS_exit_group, bad);
	}
	assert_int_equal(wait_for_child(pid), 128 + SIGSYS);
}

#define SAMPLE_TEST(f) cmocka_unit_test_setup(f, with_sample)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SAMPLE_TEST(test_nss_passwd),
		SAMPLE_TEST(test_nss_buffer_sizes),
		SAMPLE_TEST(test_nss_group),
		SAMPLE_TEST(test_nss_shadow),
		SAMPLE_TEST(test_nss_enumeration),
		SAMPLE_TEST(test_nss_initgroups),
		cmocka_unit_test_setup(test_nss_unavailable, fresh),
		SAMPLE_TEST(test_nss_bad_records),
		SAMPLE_TEST(test_nss_takes_up_new_files),
		SAMPLE_TEST(test_nss_slots_run_out),
		SAMPLE_TEST(test_nss_readers_during_publishes),
		SAMPLE_TEST(test_nss_after_fork),
		SAMPLE_TEST(test_nss_no_system_call),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
