/* SPDX-License-Identifier: Apache-2.0 */
/* When the mapping is made, kept and exchanged: without a usable file, with new ones, in threads,
 * after fork, and without a system call. */
#include "tests/unit/nss_module/rig.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "contract/ban.h"

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
	b.ptr[GP_DIR_H_LENGTH] ^= 8;
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_nss_unavailable, fresh),
		SAMPLE_TEST(test_nss_takes_up_new_files),
		SAMPLE_TEST(test_nss_slots_run_out),
		SAMPLE_TEST(test_nss_readers_during_publishes),
		SAMPLE_TEST(test_nss_after_fork),
		SAMPLE_TEST(test_nss_no_system_call),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
