/* SPDX-License-Identifier: Apache-2.0 */
/* What the publisher publishes and refuses, and what is left when it is killed between steps. */
#include "tests/unit/publish/rig.h"

#include "contract/ban.h"

static void test_publish_replaces_and_flags(void **state)
{
	(void)state;
	struct gp_directory_view old;
	struct stat st;
	struct gp_publish_reply r = offer(&pub, sample_directory(1));
	assert_string_equal(r.text, "");
	assert_int_equal(r.outcome, GP_PUBLISH_DONE);
	assert_int_equal(r.generation, 1);
	assert_int_equal(stat("run/directory", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	assert_int_equal(gp_directory_open("run/directory", &old), GP_ST_OK);
	/* The same records are not written again. */
	r = offer(&pub, sample_directory(2));
	assert_int_equal(r.outcome, GP_PUBLISH_UNCHANGED);
	assert_int_equal(r.generation, 1);
	assert_false(gp_directory_superseded(&old));
	r = offer(&pub, sample_large(100, 2));
	assert_int_equal(r.outcome, GP_PUBLISH_DONE);
	assert_int_equal(r.generation, 2);
	assert_true(gp_directory_superseded(&old));
	gp_directory_close(&old);
	assert_int_equal(generation_of("run/directory"), 2);
	assert_int_equal(generation_of("durable/directory"), 2);
	assert_int_equal(files_in("run"), 1);
	assert_int_equal(files_in("durable"), 1);
	/* A lost durable copy is made again, though the records are the same. */
	assert_int_equal(unlink("durable/directory"), 0);
	r = offer(&pub, sample_large(100, 3));
	assert_int_equal(r.outcome, GP_PUBLISH_DONE);
	assert_int_equal(generation_of("durable/directory"), 3);
}

static void test_publish_generation_grows(void **state)
{
	(void)state;
	assert_int_equal(offer(&pub, sample_directory(5)).outcome, GP_PUBLISH_DONE);
	struct gp_publish_reply r = offer(&pub, sample_large(100, 5));
	assert_int_equal(r.outcome, GP_PUBLISH_REFUSED);
	assert_int_equal(r.generation, 5);
	r = offer(&pub, sample_large(100, UINT64_MAX));
	assert_int_equal(r.outcome, GP_PUBLISH_REFUSED);
	assert_int_equal(offer(&pub, sample_large(100, 6)).outcome, GP_PUBLISH_DONE);
}

static void refused_for(const char *file, const char *text, enum gp_publish_outcome outcome,
			const char *why)
{
	put(file, text);
	struct gp_publish_reply r = offer(&pub, sample_directory(1));
	assert_int_equal(r.outcome, outcome);
	assert_non_null(strstr(r.text, why));
	assert_int_equal(access("run/directory", F_OK), -1);
	put("passwd", passwd_text);
	put("group", group_text);
	put("ids.conf", ids_text);
}

static void test_publish_local_accounts_win(void **state)
{
	(void)state;
	/* The name in capitals, too; the number under another name; likewise groups. */
	refused_for("passwd", "Caro:x:1:1::/:/bin/sh\n", GP_PUBLISH_REFUSED, "name of user");
	refused_for("passwd", "a:x:0:0::/:/x\nother:x:40001:1::/:/bin/sh", GP_PUBLISH_REFUSED,
		    "number of user");
	refused_for("group", "testers:x:99:\n", GP_PUBLISH_REFUSED, "name of group");
	refused_for("group", "other:x:2130706432:\n", GP_PUBLISH_REFUSED, "number of group");
	assert_int_equal(unlink("group"), 0);
	struct gp_publish_reply r = offer(&pub, sample_directory(1));
	assert_int_equal(r.outcome, GP_PUBLISH_FAILED);
	put("group", group_text);
	assert_int_equal(offer(&pub, sample_directory(1)).outcome, GP_PUBLISH_DONE);
}

static void test_publish_obeys_ids_conf(void **state)
{
	(void)state;
	refused_for("ids.conf", "adopt_group = testers 50001\n", GP_PUBLISH_REFUSED, "caro");
	refused_for("ids.conf", "adopt_user = caro 40001\n", GP_PUBLISH_REFUSED, "testers");
	refused_for("ids.conf", "uid_base = 100000\nuid_size = 1000\n", GP_PUBLISH_REFUSED,
		    "ranges");
	refused_for("ids.conf", "nonsense\n", GP_PUBLISH_FAILED, "ids.conf:1");
	assert_int_equal(chmod("ids.conf", 0666), 0);
	assert_int_equal(offer(&pub, sample_directory(1)).outcome, GP_PUBLISH_FAILED);
}

static enum gp_publish_step die_after;

static void die(enum gp_publish_step s)
{
	if (s == die_after)
		raise(SIGKILL);
}

static void killed_after(enum gp_publish_step s)
{
	struct gp_directory_view held;
	struct gp_error err = {0};
	bool durable = s >= GP_STEP_DURABLE_RENAMED;

	assert_int_equal(offer(&pub, sample_directory(1)).outcome, GP_PUBLISH_DONE);
	assert_int_equal(gp_directory_open("run/directory", &held), GP_ST_OK);
	gp_publisher_close(&pub);
	die_after = s;
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		pub.after_step = die;
		if (gp_publisher_open(&pub, &err) != GP_ST_OK)
			_exit(1);
		_exit(offer(&pub, sample_large(100, 2)).outcome == GP_PUBLISH_DONE ? 2 : 3);
	}
	int status = 0;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	/* Whoever looks now finds a whole file. */
	uint64_t now = generation_of("run/directory");
	assert_int_equal(now, s >= GP_STEP_RUN_RENAMED ? 2 : 1);
	/* The next start puts right what is left. */
	assert_int_equal(gp_publisher_open(&pub, &err), GP_ST_OK);
	assert_int_equal(gp_publisher_restore(&pub, &err), GP_ST_OK);
	assert_int_equal(generation_of("run/directory"), durable ? 2 : 1);
	assert_int_equal(generation_of("durable/directory"), durable ? 2 : 1);
	assert_int_equal(files_in("run"), 1);
	assert_int_equal(files_in("durable"), 1);
	/* And nobody stays with the old one. */
	assert_int_equal(gp_directory_superseded(&held), durable);
	gp_directory_close(&held);
	assert_int_equal(offer(&pub, sample_directory(3)).outcome,
			 durable ? GP_PUBLISH_DONE : GP_PUBLISH_UNCHANGED);
}

static void test_publish_killed_between_steps(void **state)
{
	for (enum gp_publish_step s = GP_STEP_DURABLE_WRITTEN; s < GP_STEPS; s++) {
		if (s > GP_STEP_DURABLE_WRITTEN)
			open_publisher(state);
		killed_after(s);
		close_publisher(state);
	}
	open_publisher(state);
}

static void test_publish_restores(void **state)
{
	(void)state;
	struct gp_error err = {0};
	assert_int_equal(gp_publisher_restore(&pub, &err), GP_ST_OK);
	assert_int_equal(offer(&pub, sample_directory(4)).outcome, GP_PUBLISH_DONE);
	assert_int_equal(unlink("run/directory"), 0);
	assert_int_equal(gp_publisher_restore(&pub, &err), GP_ST_OK);
	assert_int_equal(generation_of("run/directory"), 4);
	/* What the rules of today forbid does not come back. */
	assert_int_equal(unlink("run/directory"), 0);
	put("ids.conf", "adopt_user = caro 40001\n");
	assert_int_equal(gp_publisher_restore(&pub, &err), GP_ST_INVALID);
	assert_int_equal(access("run/directory", F_OK), -1);
	put("ids.conf", ids_text);
	/* Nor what is damaged, nor what others could have written. */
	assert_int_equal(chmod("durable/directory", 0666), 0);
	assert_int_equal(gp_publisher_restore(&pub, &err), GP_ST_DENIED);
	assert_int_equal(chmod("durable/directory", 0644), 0);
	assert_int_equal(truncate("durable/directory", 500), 0);
	assert_int_equal(gp_publisher_restore(&pub, &err), GP_ST_INVALID);
	assert_int_equal(access("run/directory", F_OK), -1);
	/* A durable copy gone bad does not stand in the way. */
	assert_int_equal(offer(&pub, sample_directory(5)).outcome, GP_PUBLISH_DONE);
}

static void test_publish_alone_and_careful(void **state)
{
	(void)state;
	static struct gp_publisher other;
	struct gp_error err = {0};
	use_paths(&other);
	assert_int_equal(gp_publisher_open(&other, &err), GP_ST_CONFLICT);
	gp_publisher_close(&other);
	gp_publisher_close(&pub);
	assert_int_equal(chmod("run", 0775), 0);
	assert_int_equal(gp_publisher_open(&other, &err), GP_ST_DENIED);
	gp_publisher_close(&other);
	assert_int_equal(chmod("run", 0755), 0);
	assert_int_equal(gp_publisher_open(&other, &err), GP_ST_OK);
	assert_int_equal(gp_publish_has_space(other.run_fd, 1000, &err), GP_ST_OK);
	assert_int_equal(gp_publish_has_space(other.run_fd, (size_t)1 << 60, &err),
			 GP_ST_UNAVAILABLE);
	gp_publisher_close(&other);
}

/* What somebody else can open he can lock; the directory is such a thing. */
static void test_publish_lock_is_roots_alone(void **state)
{
	(void)state;
	static const mode_t open_to_others[] = {0644, 0640, 0604, 0620};
	struct gp_error err = {0};
	struct stat st;
	gp_publisher_close(&pub);
	int dir = open("run", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(flock(dir, LOCK_EX | LOCK_NB), 0);
	assert_int_equal(gp_publisher_open(&pub, &err), GP_ST_OK);
	assert_int_equal(stat("run/" LOCK_NAME, &st), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0600);
	gp_publisher_close(&pub);
	close(dir);

	for (size_t i = 0; i < sizeof(open_to_others) / sizeof(open_to_others[0]); i++) {
		assert_int_equal(chmod("run/" LOCK_NAME, open_to_others[i]), 0);
		int theirs = open("run/" LOCK_NAME, O_RDONLY | O_CLOEXEC);
		assert_int_equal(flock(theirs, LOCK_EX | LOCK_NB), 0);
		assert_int_equal(gp_publisher_open(&pub, &err), GP_ST_OK);
		gp_publisher_close(&pub);
		close(theirs);
	}
	/* What was removed under its holder is nobody's lock. */
	assert_int_equal(gp_publisher_open(&pub, &err), GP_ST_OK);
	assert_true(is_named_lock(&pub));
	assert_int_equal(unlink("run/" LOCK_NAME), 0);
	assert_false(is_named_lock(&pub));
}

static void test_publish_lock_follows_nothing(void **state)
{
	(void)state;
	struct gp_error err = {0};
	struct stat st;
	put("outside", "somebody else's");
	assert_int_equal(chmod("outside", 0600), 0);
	for (int i = 0; i < 4; i++) {
		gp_publisher_close(&pub);
		assert_int_equal(unlink("run/" LOCK_NAME), 0);
		int planted = i == 0   ? symlink("../outside", "run/" LOCK_NAME)
			      : i == 1 ? symlink("../nothing", "run/" LOCK_NAME)
			      : i == 2 ? link("outside", "run/" LOCK_NAME)
				       : mkfifo("run/" LOCK_NAME, 0600);
		assert_int_equal(planted, 0);
		int theirs = open("outside", O_RDONLY | O_CLOEXEC);
		assert_int_equal(flock(theirs, LOCK_EX | LOCK_NB), 0);
		assert_int_equal(gp_publisher_open(&pub, &err), GP_ST_OK);
		close(theirs);
		assert_int_equal(lstat("run/" LOCK_NAME, &st), 0);
		assert_int_equal(st.st_mode, S_IFREG | 0600);
		assert_int_equal(st.st_nlink, 1);
		assert_int_equal(access("nothing", F_OK), -1);
	}
	gp_publisher_close(&pub);
	assert_int_equal(unlink("run/" LOCK_NAME), 0);
	assert_int_equal(mkdir("run/" LOCK_NAME, 0755), 0);
	assert_int_equal(gp_publisher_open(&pub, &err), GP_ST_IO);
	assert_non_null(strstr(err.text, LOCK_NAME ": Is a directory"));
	assert_int_equal(rmdir("run/" LOCK_NAME), 0);
	assert_int_equal(stat("outside", &st), 0);
	assert_int_equal(st.st_size, strlen("somebody else's"));
	unlink("outside");
}

/* The publisher of a daemon that was killed has the lock until it has dealt with its candidate. */
static void test_publish_waits_for_another_to_end(void **state)
{
	(void)state;
	static struct gp_publisher other;
	struct gp_error err = {0};
	int told[2] = {-1, -1};
	char byte = 0;
	assert_int_equal(pipe2(told, O_CLOEXEC), 0);
	gp_publisher_close(&pub);
	use_paths(&other);
	pid_t child = fork();
	if (child == 0) {
		if (gp_publisher_open(&other, &err) != GP_ST_OK || write(told[1], "x", 1) != 1)
			_exit(1);
		(void)poll(NULL, 0, 100);
		_exit(0);
	}
	assert_int_equal(read(told[0], &byte, 1), 1);
	other.lock_wait_ms = 20000;
	assert_int_equal(gp_publisher_open(&other, &err), GP_ST_OK);
	gp_publisher_close(&other);
	assert_int_equal(waitpid(child, NULL, 0), child);
	close(told[0]);
	close(told[1]);
}

/* Whatever somebody put where our files belong goes, and nothing that it leads to is touched. */
static void test_publish_follows_nothing(void **state)
{
	(void)state;
	struct gp_error err = {0};
	struct gp_directory_view view;
	char text[512];
	char long_text[400];
	memset(long_text, 'o', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	put("outside", long_text);
	gp_publisher_close(&pub);
	assert_int_equal(link("outside", "run/superseded.1"), 0);
	assert_int_equal(symlink("../outside", "run/superseded.2"), 0);
	assert_int_equal(mkfifo("run/superseded.3", 0600), 0);
	assert_int_equal(symlink("../outside", "run/directory.new"), 0);
	assert_int_equal(symlink("../outside", "durable/directory.new"), 0);
	assert_int_equal(gp_publisher_open(&pub, &err), GP_ST_OK);

	static const char *const kinds[] = {"symlink", "hard link", "fifo"};
	for (uint64_t i = 0; i < 3; i++) {
		unlink("run/directory");
		unlink("durable/directory");
		int run = i == 0   ? symlink("../outside", "run/directory")
			  : i == 1 ? link("outside", "run/directory")
				   : mkfifo("run/directory", 0644);
		int durable = i == 0   ? symlink("../outside", "durable/directory")
			      : i == 1 ? link("outside", "durable/directory")
				       : mkfifo("durable/directory", 0644);
		assert_int_equal(run | durable, 0);
		struct gp_publish_reply reply = offer(&pub, sample_directory(i + 1));
		if (reply.outcome != GP_PUBLISH_DONE)
			fail_msg("%s: %s", kinds[i], reply.text);
		assert_int_equal(gp_directory_open("run/directory", &view), GP_ST_OK);
		gp_directory_close(&view);
	}
	gp_publisher_close(&pub);
	assert_int_equal(unlink("run/directory"), 0);
	assert_int_equal(mkdir("run/directory", 0755), 0);
	assert_int_equal(gp_publisher_open(&pub, &err), GP_ST_OK);
	struct gp_publish_reply reply = offer(&pub, sample_directory(9));
	assert_int_equal(reply.outcome, GP_PUBLISH_FAILED);
	assert_non_null(strstr(reply.text, "directory: Is a directory"));
	assert_int_equal(rmdir("run/directory"), 0);

	int fd = open("outside", O_RDONLY | O_CLOEXEC);
	assert_int_equal(read(fd, text, sizeof(text)), sizeof(long_text) - 1);
	assert_memory_equal(text, long_text, sizeof(long_text) - 1);
	close(fd);
	unlink("outside");
}

/* An old file that was not flagged keeps its name, and the next start flags it. */
static void test_publish_unreadable_is_not_foreign(void **state)
{
	(void)state;
	struct gp_error err = {0};
	struct gp_directory_view old;
	assert_int_equal(offer(&pub, sample_directory(1)).outcome, GP_PUBLISH_DONE);
	assert_int_equal(gp_directory_open("run/directory", &old), GP_ST_OK);
	struct gp_directory_bytes next = sample_large(100, 2);

	fstatat_fails = true;
	enum gp_status st = gp_publish_run(&pub, next.ptr, next.len, &err);
	fstatat_fails = false;
	assert_int_equal(st, GP_ST_IO);
	assert_non_null(strstr(err.text, "directory: Input/output error"));
	assert_int_equal(generation_of("run/directory"), 1);

	pread_fails = true;
	st = gp_publish_run(&pub, next.ptr, next.len, &err);
	pread_fails = false;
	assert_int_equal(st, GP_ST_IO);
	assert_non_null(strstr(err.text, "superseded.0: Input/output error"));
	assert_int_equal(generation_of("run/directory"), 2);
	assert_int_equal(files_in("run"), 2);
	assert_false(gp_directory_superseded(&old));

	fstatat_fails = true;
	st = gp_publish_clean(&pub, &err);
	fstatat_fails = false;
	assert_int_equal(st, GP_ST_IO);
	pread_fails = true;
	st = gp_publish_clean(&pub, &err);
	pread_fails = false;
	assert_int_equal(st, GP_ST_IO);
	assert_int_equal(files_in("run"), 2);
	assert_false(gp_directory_superseded(&old));

	assert_int_equal(gp_publish_clean(&pub, &err), GP_ST_OK);
	assert_true(gp_directory_superseded(&old));
	assert_int_equal(files_in("run"), 1);
	gp_directory_close(&old);
	gp_directory_bytes_free(&next);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PUBLISH_TEST(test_publish_replaces_and_flags),
		PUBLISH_TEST(test_publish_generation_grows),
		PUBLISH_TEST(test_publish_local_accounts_win),
		PUBLISH_TEST(test_publish_obeys_ids_conf),
		PUBLISH_TEST(test_publish_killed_between_steps),
		PUBLISH_TEST(test_publish_restores),
		PUBLISH_TEST(test_publish_alone_and_careful),
		PUBLISH_TEST(test_publish_lock_is_roots_alone),
		PUBLISH_TEST(test_publish_lock_follows_nothing),
		PUBLISH_TEST(test_publish_waits_for_another_to_end),
		PUBLISH_TEST(test_publish_follows_nothing),
		PUBLISH_TEST(test_publish_unreadable_is_not_foreign),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
