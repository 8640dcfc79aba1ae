/* SPDX-License-Identifier: Apache-2.0 */
/* What libpam is told by each entry point, for each thing that can happen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/pam_module/pam_rig.h"
#include "tests/unit/support/directory_sample.h"
#include "tests/unit/support/need_root.h"

#include "contract/ban.h"

#define DECISION "a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5"
#define CALLS    (RIG_PASSWORD + 1)

/* Runs one call in a fresh handle. */
static int run(const char *service, const char *user, enum rig_call what, int flags)
{
	pam_handle_t *pamh = rig_start(service, user);
	int rc = rig_call(pamh, what, flags);
	rig_end(pamh);
	return rc;
}

static void assert_all_unknown(const char *user)
{
	for (enum rig_call what = 0; what < CALLS; what++) {
		assert_int_equal(run("rig", user, what, 0), PAM_USER_UNKNOWN);
		assert_int_equal(run("sshd", user, what, 0), PAM_USER_UNKNOWN);
	}
	assert_int_equal(rig.connections, 0);
	assert_int_equal(rig.shown_count, 0);
	assert_string_equal(rig.log, "");
}

static void test_pam_others_are_unknown(void **state)
{
	(void)state;
	static const struct rig_step steps[] = {{.kind = RIG_RECEIVE}, {.kind = RIG_END}};
	rig_daemon_start(steps);
	assert_all_unknown("root");
	assert_all_unknown("nobody@nowhere.example");
	assert_all_unknown("ada@fabrikam.exampl");
	assert_all_unknown("ada@fabrikam.example.ada@fabrikam.example.ada@fabrikam.example.12345");
	/* From the directory alone: not even NSS is asked for a name that is not in it. */
	assert_int_equal(rig.nss_calls, 0);
	rig.nss = RIG_NSS_SILENT;
	assert_all_unknown(RIG_ADA);
	rig.nss = RIG_NSS_OTHER_UID;
	assert_all_unknown(RIG_ADA);
	rig.nss = RIG_NSS_OTHER_NAME;
	assert_all_unknown(RIG_ADA);
	rig_daemon_stop();
}

static void write_file(const char *path, const char *text, mode_t mode)
{
	(void)unlink(path);
	FILE *f = fopen(path, "we");
	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static void test_pam_no_directory_no_guests(void **state)
{
	(void)state;
	assert_int_equal(chmod("run/directory", 0666), 0);
	assert_all_unknown(RIG_ADA);
	assert_int_equal(truncate("run/directory", 100), 0);
	assert_int_equal(chmod("run/directory", 0644), 0);
	assert_all_unknown(RIG_ADA);
	write_file("run/directory", "", 0644);
	assert_all_unknown(RIG_ADA);
	write_file("run/directory", "something else entirely, and of some length", 0644);
	assert_all_unknown(RIG_ADA);
	assert_int_equal(unlink("run/directory"), 0);
	assert_int_equal(symlink("/etc/passwd", "run/directory"), 0);
	assert_all_unknown(RIG_ADA);
	assert_int_equal(unlink("run/directory"), 0);
	assert_all_unknown(RIG_ADA);
	assert_int_equal(mkfifo("run/directory", 0644), 0);
	assert_all_unknown(RIG_ADA);
	rig_options("debug");
	assert_int_equal(run("rig", RIG_ADA, RIG_AUTH, 0), PAM_USER_UNKNOWN);
	assert_non_null(strstr(rig.log, "no usable directory"));
}

/* What goes wrong, or right, at the daemon, and the code of each call then. */
static const uint8_t garbage[] = {1, 99, 0, 0};
static const uint8_t old_version[] = {0, GP_LOGIN_DONE, GP_LOGIN_GRANTED, 0, 0, 0};
static const uint8_t long_frame[GP_LOGIN_FRAME_MAX + 1] = {1, GP_LOGIN_DONE, GP_LOGIN_GRANTED};
static const uint8_t cut_frame[] = {1, GP_LOGIN_DONE, GP_LOGIN_GRANTED, 0, 0, 1, 7, 7};

#define UNAVAIL                                                                                    \
	{                                                                                          \
		PAM_AUTHINFO_UNAVAIL, PAM_SUCCESS, PAM_AUTHINFO_UNAVAIL, PAM_SESSION_ERR,          \
			PAM_SUCCESS, PAM_PERM_DENIED                                               \
	}

static const struct happening {
	const char *name;
	struct rig_step answer;
	int codes[CALLS];
	bool fast;
} happenings[] = {
	{"garbage", {.kind = RIG_RAW, .bytes = garbage, .len = sizeof(garbage)}, UNAVAIL, false},
	{"another version",
	 {.kind = RIG_RAW, .bytes = old_version, .len = sizeof(old_version)},
	 UNAVAIL,
	 false},
	{"oversized",
	 {.kind = RIG_RAW, .bytes = long_frame, .len = sizeof(long_frame)},
	 UNAVAIL,
	 false},
	{"cut", {.kind = RIG_RAW, .bytes = cut_frame, .len = sizeof(cut_frame)}, UNAVAIL, false},
	{"closes at once", {.kind = RIG_END}, UNAVAIL, false},
	{"a module's frame", {.kind = RIG_SEND, .msg = {.op = GP_LOGIN_ANSWER}}, UNAVAIL, false},
	{"never answers", {.kind = RIG_HOLD}, UNAVAIL, true},
};

static void run_happening(const struct happening *h)
{
	const struct rig_step steps[] = {{.kind = RIG_RECEIVE}, h->answer, {.kind = RIG_END}};
	for (enum rig_call what = 0; what < CALLS; what++) {
		bool asks = what != RIG_CRED && what != RIG_PASSWORD;
		rig.frame_count = 0;
		rig.shown_count = 0;
		rig.fast = h->fast;
		if (asks)
			rig_daemon_start(steps);
		int rc = run("sshd", RIG_ADA, what, 0);
		if (rc != h->codes[what])
			fail_msg("%s: call %d gave %d", h->name, (int)what, rc);
		rig_daemon_stop();
		assert_int_equal(rig.frame_count, asks ? 1 : 0);
		/* Each refusal says why, once. */
		assert_int_equal(rig.shown_count, what == RIG_CRED || what == RIG_CLOSE ? 0 : 1);
	}
}

static void test_pam_broken_daemons_refuse(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(happenings) / sizeof(happenings[0]); i++)
		run_happening(&happenings[i]);
	assert_int_equal(rig.shown[0].style, PAM_ERROR_MSG);
}

static void test_pam_no_daemon_refuses(void **state)
{
	(void)state;
	static const int codes[CALLS] = UNAVAIL;
	for (enum rig_call what = 0; what < CALLS; what++)
		assert_int_equal(run("sshd", RIG_ADA, what, 0), codes[what]);
	assert_non_null(strstr(rig.shown[0].text, "not available on this host right now"));
	/* A socket that nobody listens on any more. */
	static const struct rig_step steps[] = {{.kind = RIG_END}};
	rig_daemon_start(steps);
	rig_daemon_stop();
	for (enum rig_call what = 0; what < CALLS; what++)
		assert_int_equal(run("sshd", RIG_ADA, what, 0), codes[what]);
	assert_non_null(strstr(rig.log, "no answer from guestpassd"));
}

static void test_pam_words_of_the_daemon(void **state)
{
	(void)state;
	static const struct {
		enum gp_login_code code;
		int codes[CALLS];
	} rows[] = {
		{GP_LOGIN_GRANTED,
		 {PAM_SUCCESS, PAM_SUCCESS, PAM_SUCCESS, PAM_SUCCESS, PAM_SUCCESS,
		  PAM_PERM_DENIED}},
		{GP_LOGIN_DENIED,
		 {PAM_AUTH_ERR, PAM_SUCCESS, PAM_PERM_DENIED, PAM_SESSION_ERR, PAM_SUCCESS,
		  PAM_PERM_DENIED}},
		{GP_LOGIN_UNAVAILABLE, UNAVAIL},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct rig_step steps[] = {
			{.kind = RIG_RECEIVE},
			{.kind = RIG_SEND, .msg = rig_done(rows[i].code, "So it is.\x1b[2J", true)},
			{.kind = RIG_END}};
		for (enum rig_call what = 0; what < CALLS; what++) {
			bool asks = what != RIG_CRED && what != RIG_PASSWORD;
			rig.shown_count = 0;
			if (asks)
				rig_daemon_start(steps);
			assert_int_equal(run("sshd", RIG_ADA, what, 0), rows[i].codes[what]);
			rig_daemon_stop();
			if (!asks)
				continue;
			assert_int_equal(rig.shown_count, 1);
			assert_string_equal(rig.shown[0].text, "So it is.\\x1B[2J");
			assert_int_equal(rig.shown[0].style, rows[i].code == GP_LOGIN_GRANTED
								     ? PAM_TEXT_INFO
								     : PAM_ERROR_MSG);
		}
	}
}

static void test_pam_grant_needs_a_decision(void **state)
{
	(void)state;
	const struct rig_step steps[] = {
		{.kind = RIG_RECEIVE},
		{.kind = RIG_SEND, .msg = rig_done(GP_LOGIN_GRANTED, "", false)},
		{.kind = RIG_END}};
	rig_daemon_start(steps);
	assert_int_equal(run("sshd", RIG_ADA, RIG_AUTH, 0), PAM_AUTHINFO_UNAVAIL);
	rig_daemon_stop();
}

static void test_pam_decision_goes_to_the_later_phases(void **state)
{
	(void)state;
	const struct rig_step steps[] = {
		{.kind = RIG_RECEIVE},
		{.kind = RIG_SEND, .msg = rig_done(GP_LOGIN_GRANTED, "", true)},
		{.kind = RIG_END}};
	static const enum gp_login_op ops[] = {GP_LOGIN_START, 0, GP_LOGIN_ACCOUNT, GP_LOGIN_OPEN,
					       GP_LOGIN_CLOSE};
	rig_options("timeout=120");
	rig.uid = 0;
	pam_handle_t *pamh = rig_start("sshd", "ADA@Fabrikam.Example");
	for (enum rig_call what = RIG_AUTH; what <= RIG_CLOSE; what++) {
		rig.frame_count = 0;
		if (what != RIG_CRED)
			rig_daemon_start(steps);
		assert_int_equal(rig_call(pamh, what, what == RIG_OPEN ? PAM_SILENT : 0),
				 PAM_SUCCESS);
		rig_daemon_stop();
		if (what == RIG_CRED)
			continue;
		struct gp_login_msg got = rig_frame(0);
		assert_int_equal(got.op, ops[what]);
		assert_true(gp_str_is(got.user, RIG_ADA));
		assert_true(gp_str_is(got.service, "sshd"));
		assert_true(gp_str_is(got.rhost, "192.0.2.7"));
		assert_true(gp_str_is(got.tty, "ssh"));
		assert_int_equal(got.uid, SAMPLE_ADA_UID);
		assert_int_equal(got.caller, 0);
		assert_int_equal(got.flags,
				 GP_LOGIN_UTF8 | (what == RIG_OPEN ? GP_LOGIN_SILENT : 0));
		assert_int_equal(got.timeout_s, what == RIG_AUTH ? 120 : 0);
		assert_int_equal(got.has_decision, what != RIG_AUTH);
		if (what != RIG_AUTH)
			assert_memory_equal(got.decision, steps[1].msg.decision, 16);
		assert_string_equal(pam_getenv(pamh, "GUESTPASS_DECISION"), DECISION);
	}
	/* The name stays as it was typed: sshd insists on it. */
	const void *user = NULL;
	assert_int_equal(pam_get_item(pamh, PAM_USER, &user), PAM_SUCCESS);
	assert_string_equal(user, "ADA@Fabrikam.Example");
	rig_end(pamh);
}

static void test_pam_stale_or_foreign_decisions(void **state)
{
	(void)state;
	static const char *const bad[] = {"GUESTPASS_DECISION=", "GUESTPASS_DECISION=a5",
					  "GUESTPASS_DECISION=" DECISION "00",
					  "GUESTPASS_DECISION=zza5a5a5a5a5a5a5a5a5a5a5a5a5a5a5"};
	const struct rig_step denied[] = {
		{.kind = RIG_RECEIVE},
		{.kind = RIG_SEND, .msg = rig_done(GP_LOGIN_DENIED, "No.", false)},
		{.kind = RIG_END}};
	pam_handle_t *pamh = rig_start("sshd", RIG_ADA);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(pam_putenv(pamh, bad[i]), PAM_SUCCESS);
		rig.frame_count = 0;
		rig_daemon_start(denied);
		assert_int_equal(rig_call(pamh, RIG_ACCOUNT, 0), PAM_PERM_DENIED);
		rig_daemon_stop();
		assert_false(rig_frame(0).has_decision);
	}
	/* A refused sign-in takes the id of an earlier one with it. */
	assert_int_equal(pam_putenv(pamh, "GUESTPASS_DECISION=" DECISION), PAM_SUCCESS);
	rig_daemon_start(denied);
	assert_int_equal(rig_call(pamh, RIG_AUTH, 0), PAM_AUTH_ERR);
	rig_daemon_stop();
	assert_null(pam_getenv(pamh, "GUESTPASS_DECISION"));
	rig_end(pamh);
}

/* What sshd says was proved: one SSH key alone makes a login by key. The account phase of one that
 * carries no id may bring it. */
static void test_pam_login_by_key(void **state)
{
	(void)state;
	static const struct {
		const char *proved;
		bool key;
	} rows[] = {
		{"SSH_AUTH_INFO_0=publickey ssh-ed25519 AAAAC3Nz", true},
		{"SSH_AUTH_INFO_0=publickey ssh-ed25519 AAAAC3Nz\n", true},
		{"SSH_AUTH_INFO_0=publickey ssh-ed25519 AAAAC3Nz\npublickey ssh-rsa AAAAB3\n",
		 false},
		{"SSH_AUTH_INFO_0=publickey", false},
		{"SSH_AUTH_INFO_0=keyboard-interactive/pam\n", false},
		{"SSH_AUTH_INFO_0=password\npublickey ssh-ed25519 AAAAC3Nz\n", false},
		{"SSH_AUTH_INFO_0=", false},
	};
	const struct rig_step steps[] = {
		{.kind = RIG_RECEIVE},
		{.kind = RIG_SEND, .msg = rig_done(GP_LOGIN_GRANTED, "", true)},
		{.kind = RIG_END}};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		pam_handle_t *pamh = rig_start("sshd", RIG_ADA);
		assert_int_equal(pam_putenv(pamh, rows[i].proved), PAM_SUCCESS);
		for (enum rig_call what = RIG_ACCOUNT; what <= RIG_OPEN; what++) {
			rig.frame_count = 0;
			rig_daemon_start(steps);
			assert_int_equal(rig_call(pamh, what, 0), PAM_SUCCESS);
			rig_daemon_stop();
			bool key = what == RIG_OPEN && rows[i].key;
			assert_int_equal(rig_frame(0).flags & GP_LOGIN_KEY, key ? GP_LOGIN_KEY : 0);
			assert_int_equal(rig_frame(0).has_decision, what == RIG_OPEN);
		}
		rig_end(pamh);
	}
}

static void test_pam_silent_shows_nothing(void **state)
{
	(void)state;
	const struct rig_step steps[] = {
		{.kind = RIG_RECEIVE},
		{.kind = RIG_SEND, .msg = rig_text(GP_LOGIN_SHOW, "Hello.")},
		{.kind = RIG_SEND, .msg = rig_text(GP_LOGIN_ASK, "Well? ")},
		{.kind = RIG_HOLD},
		{.kind = RIG_END}};
	static const int codes[CALLS] = UNAVAIL;
	for (enum rig_call what = 0; what < CALLS; what++) {
		if (what != RIG_CRED && what != RIG_PASSWORD)
			rig_daemon_start(steps);
		assert_int_equal(run("sshd", RIG_ADA, what, PAM_SILENT), codes[what]);
		rig_daemon_stop();
	}
	assert_int_equal(rig.shown_count, 0);
}

static void test_pam_passwords_live_elsewhere(void **state)
{
	(void)state;
	assert_int_equal(run("rig", RIG_ADA, RIG_PASSWORD, 0), PAM_PERM_DENIED);
	assert_int_equal(rig.shown_count, 1);
	assert_non_null(strstr(rig.shown[0].text, "Your password lives at your own organisation"));
}

static void test_pam_callers_that_are_guests(void **state)
{
	(void)state;
	static const struct rig_step steps[] = {{.kind = RIG_RECEIVE}, {.kind = RIG_END}};
	static const int codes[CALLS] = {PAM_AUTH_ERR,    PAM_USER_UNKNOWN, PAM_PERM_DENIED,
					 PAM_SESSION_ERR, PAM_USER_UNKNOWN, PAM_PERM_DENIED};
	rig_daemon_start(steps);
	rig.uid = SAMPLE_BOB_UID;
	for (enum rig_call what = 0; what < CALLS; what++) {
		rig.shown_count = 0;
		assert_int_equal(run("su", "root", what, 0), codes[what]);
		if (codes[what] != PAM_USER_UNKNOWN)
			assert_string_equal(rig.shown[0].text,
					    "Guests cannot become another user on this host.");
		assert_int_equal(run("sudo", RIG_ADA, RIG_AUTH, 0), PAM_AUTH_ERR);
		/* Where the caller is nobody's concern, the name decides as ever. */
		assert_int_equal(run("cron", "root", what, 0), PAM_USER_UNKNOWN);
	}
	/* sudo is root by then, and says in PAM_RUSER who called. */
	rig.uid = 0;
	pam_handle_t *pamh = rig_start("sudo", "root");
	assert_int_equal(pam_set_item(pamh, PAM_RUSER, RIG_ADA), PAM_SUCCESS);
	assert_int_equal(rig_call(pamh, RIG_AUTH, 0), PAM_AUTH_ERR);
	rig_end(pamh);
	/* No directory does not make a guest less of one, nor a local user more of one. */
	assert_int_equal(unlink("run/directory"), 0);
	assert_int_equal(run("su", "root", RIG_AUTH, 0), PAM_USER_UNKNOWN);
	rig.uid = SAMPLE_BOB_UID;
	assert_int_equal(run("su", "root", RIG_AUTH, 0), PAM_AUTH_ERR);
	assert_int_equal(rig.connections, 0);
	rig_daemon_stop();
}

static void test_pam_bad_options_admit_no_guest(void **state)
{
	(void)state;
	static const int codes[CALLS] = UNAVAIL;
	static const char *const bad[] = {"timeout=9", "nonsense", "timeout=300 debug=1"};
	static const struct rig_step steps[] = {{.kind = RIG_RECEIVE}, {.kind = RIG_END}};
	rig_daemon_start(steps);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		rig.shown_count = 0;
		rig_options(bad[i]);
		for (enum rig_call what = 0; what < CALLS; what++) {
			assert_int_equal(run("rig", RIG_ADA, what, 0), codes[what]);
			assert_int_equal(run("rig", "root", what, 0), PAM_USER_UNKNOWN);
		}
	}
	assert_int_equal(rig.connections, 0);
	assert_non_null(strstr(rig.log, "invalid option"));
	rig_daemon_stop();
}

static void test_pam_is_guest_only_answers(void **state)
{
	(void)state;
	static const int codes[CALLS] = {PAM_AUTHINFO_UNAVAIL, PAM_SUCCESS, PAM_AUTHINFO_UNAVAIL,
					 PAM_SUCCESS,          PAM_SUCCESS, PAM_PERM_DENIED};
	static const struct rig_step steps[] = {{.kind = RIG_RECEIVE}, {.kind = RIG_END}};
	rig_daemon_start(steps);
	rig_options("is_guest");
	for (enum rig_call what = 0; what < CALLS; what++) {
		assert_int_equal(run("rig", RIG_ADA, what, 0), codes[what]);
		assert_int_equal(run("rig", "root", what, 0), PAM_USER_UNKNOWN);
	}
	assert_int_equal(rig.connections, 0);
	rig_daemon_stop();
}

/* A name may have passed from one to another: a home of another number is not his. */
static void test_pam_home_of_another(void **state)
{
	(void)state;
	const struct rig_step steps[] = {
		{.kind = RIG_RECEIVE},
		{.kind = RIG_SEND, .msg = rig_done(GP_LOGIN_GRANTED, "", true)},
		{.kind = RIG_END}};
	char dir[] = "/tmp/gp-home-XXXXXX";
	char file[] = "/dev/null";
	NEED_ROOT("only root can make a home somebody's");
	assert_non_null(mkdtemp(dir));
	pam_handle_t *pamh = rig_start("sshd", RIG_ADA);
	char *const others[] = {dir, file};
	for (size_t i = 0; i < 2; i++) {
		rig.home = others[i];
		rig.shown_count = 0;
		assert_int_equal(rig_call(pamh, RIG_OPEN, 0), PAM_SESSION_ERR);
		assert_int_equal(rig.frame_count, 0);
		assert_int_equal(rig.shown_count, 1);
		assert_non_null(strstr(rig.shown[0].text, "home directory"));
		assert_non_null(strstr(rig.log, "is not his"));
	}
	assert_int_equal(chown(dir, SAMPLE_ADA_UID, SAMPLE_GUESTS), 0);
	rig.home = dir;
	rig_daemon_start(steps);
	assert_int_equal(rig_call(pamh, RIG_OPEN, 0), PAM_SUCCESS);
	rig_daemon_stop();
	rig_end(pamh);
	assert_int_equal(rmdir(dir), 0);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, rig_setup, rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(test_pam_others_are_unknown),
		WITH(test_pam_no_directory_no_guests),
		WITH(test_pam_broken_daemons_refuse),
		WITH(test_pam_no_daemon_refuses),
		WITH(test_pam_words_of_the_daemon),
		WITH(test_pam_grant_needs_a_decision),
		WITH(test_pam_decision_goes_to_the_later_phases),
		WITH(test_pam_stale_or_foreign_decisions),
		WITH(test_pam_login_by_key),
		WITH(test_pam_silent_shows_nothing),
		WITH(test_pam_passwords_live_elsewhere),
		WITH(test_pam_callers_that_are_guests),
		WITH(test_pam_bad_options_admit_no_guest),
		WITH(test_pam_is_guest_only_answers),
		WITH(test_pam_home_of_another),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
