/* SPDX-License-Identifier: Apache-2.0 */
/* The conversation of a sign-in: what the person sees, what the daemon hears, how it can end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "pam_module/door.h"
#include "pam_module/relay.h"
#include "tests/unit/pam_module/pam_rig.h"

#include "contract/ban.h"

#define SCREEN                                                                                     \
	"\nTo sign in to host.example, open https://login.example/device\n"                        \
	"and enter the code  ABCD EFGH\n\nPress Enter when you have signed in: "

static int sign_in(const struct rig_step *steps)
{
	rig_daemon_start(steps);
	pam_handle_t *pamh = rig_start("sshd", RIG_ADA);
	int rc = rig_call(pamh, RIG_AUTH, 0);
	rig_end(pamh);
	rig_daemon_stop();
	assert_false(rig_leaked(RIG_SECRET));
	return rc;
}

#define GET                                                                                        \
	{                                                                                          \
		.kind = RIG_RECEIVE                                                                \
	}
#define ASK(text)                                                                                  \
	{                                                                                          \
		.kind = RIG_SEND, .msg = rig_text(GP_LOGIN_ASK, text)                              \
	}
#define SHOW(text)                                                                                 \
	{                                                                                          \
		.kind = RIG_SEND, .msg = rig_text(GP_LOGIN_SHOW, text)                             \
	}
#define SAY(code, text, id)                                                                        \
	{                                                                                          \
		.kind = RIG_SEND, .msg = rig_done(code, text, id)                                  \
	}
#define HOLD                                                                                       \
	{                                                                                          \
		.kind = RIG_HOLD                                                                   \
	}
#define END                                                                                        \
	{                                                                                          \
		.kind = RIG_END                                                                    \
	}

static void test_relay_whole_sign_in(void **state)
{
	(void)state;
	const struct rig_step steps[] = {GET,
					 SHOW("Welcome."),
					 ASK(SCREEN),
					 GET,
					 ASK("Not signed in yet. Press Enter to check again: "),
					 GET,
					 SAY(GP_LOGIN_GRANTED, "Until Friday.", true),
					 END};
	rig.think_ms = 7000;
	assert_int_equal(sign_in(steps), PAM_SUCCESS);
	assert_int_equal(rig.shown_count, 4);
	assert_int_equal(rig.shown[0].style, PAM_TEXT_INFO);
	assert_int_equal(rig.shown[1].style, PAM_PROMPT_ECHO_OFF);
	assert_string_equal(rig.shown[1].text, SCREEN);
	assert_int_equal(rig.shown[3].style, PAM_TEXT_INFO);
	assert_string_equal(rig.shown[3].text, "Until Friday.");
	struct gp_login_msg answer = rig_frame(1);
	assert_int_equal(answer.op, GP_LOGIN_ANSWER);
	assert_false(answer.typed);
	assert_in_range(answer.after_ms, 7000, 9000);
}

static void test_relay_says_only_that_something_was_typed(void **state)
{
	(void)state;
	const struct rig_step steps[] = {GET, ASK(SCREEN), GET,
					 SAY(GP_LOGIN_DENIED, "Use keyboard-interactive.", false),
					 END};
	rig.person = RIG_PERSON_TYPES;
	assert_int_equal(sign_in(steps), PAM_AUTH_ERR);
	assert_true(rig_frame(1).typed);
	assert_in_range(rig_frame(1).after_ms, 0, 2000);
	assert_string_equal(rig.shown[1].text, "Use keyboard-interactive.");
	assert_int_equal(rig.shown[1].style, PAM_ERROR_MSG);
}

static void test_relay_person_who_does_not_answer(void **state)
{
	(void)state;
	const struct rig_step steps[] = {GET, ASK(SCREEN), HOLD, END};
	rig.person = RIG_PERSON_GONE;
	assert_int_equal(sign_in(steps), PAM_AUTH_ERR);
	rig.person = RIG_PERSON_NULL;
	assert_int_equal(sign_in(steps), PAM_AUTH_ERR);
	assert_int_equal(rig.frame_count, 2);
}

static void test_relay_daemon_gives_up_at_the_prompt(void **state)
{
	(void)state;
	const struct rig_step says_why[] = {
		GET, ASK(SCREEN), SAY(GP_LOGIN_DENIED, "A newer login took its place.", false),
		END};
	const struct rig_step says_nothing[] = {GET, ASK(SCREEN), END};
	const struct rig_step grants[] = {GET, ASK(SCREEN), SAY(GP_LOGIN_GRANTED, "", true), END};
	const struct rig_step asks_twice[] = {GET, ASK(SCREEN), ASK(SCREEN), END};
	rig.wait_for_daemon = true;
	assert_int_equal(sign_in(says_why), PAM_AUTH_ERR);
	assert_string_equal(rig.shown[1].text, "A newer login took its place.");
	assert_int_equal(sign_in(says_nothing), PAM_AUTHINFO_UNAVAIL);
	/* Before the answer there is no grant, and no second question. */
	assert_int_equal(sign_in(grants), PAM_AUTHINFO_UNAVAIL);
	assert_int_equal(sign_in(asks_twice), PAM_AUTHINFO_UNAVAIL);
	/* None of them got an answer: START only. */
	assert_int_equal(rig.frame_count, 4);
}

static void test_relay_deadline_passes_at_the_prompt(void **state)
{
	(void)state;
	const struct rig_step steps[] = {GET, ASK(SCREEN), HOLD, END};
	rig_options("timeout=60");
	rig.think_ms = 61000;
	assert_int_equal(sign_in(steps), PAM_AUTHINFO_UNAVAIL);
	assert_int_equal(rig.shown_count, 2);
	assert_string_equal(rig.shown[1].text,
			    "The time for signing in is over. Please connect again.");
}

static void test_relay_deadline_passes_while_waiting(void **state)
{
	(void)state;
	const struct rig_step steps[] = {GET, ASK(SCREEN), GET, HOLD, END};
	rig.fast = true;
	rig_options("timeout=60");
	rig.think_ms = 50000;
	assert_int_equal(sign_in(steps), PAM_AUTHINFO_UNAVAIL);
	assert_non_null(strstr(rig.shown[1].text, "The time for signing in is over."));
	/* A daemon that hangs is found out long before the deadline. */
	rig.think_ms = 0;
	rig_options("timeout=900");
	int64_t start = gp_door_now_ms();
	assert_int_equal(sign_in(steps), PAM_AUTHINFO_UNAVAIL);
	assert_in_range(gp_door_now_ms() - start, GP_DOOR_SILENCE_MS, GP_DOOR_SILENCE_MS + 5000);
	assert_non_null(strstr(rig.shown[3].text, "not available"));
}

static void test_relay_no_prompts_outside_the_sign_in(void **state)
{
	(void)state;
	const struct rig_step steps[] = {GET, ASK(SCREEN), HOLD, END};
	rig_daemon_start(steps);
	pam_handle_t *pamh = rig_start("sshd", RIG_ADA);
	assert_int_equal(rig_call(pamh, RIG_ACCOUNT, 0), PAM_AUTHINFO_UNAVAIL);
	rig_end(pamh);
	rig_daemon_stop();
	assert_int_equal(rig.shown_count, 1);
	assert_int_equal(rig.shown[0].style, PAM_ERROR_MSG);
}

static void test_relay_large_screens_are_one_prompt(void **state)
{
	(void)state;
	char text[4096];
	memset(text, '#', sizeof(text));
	for (size_t i = 70; i < sizeof(text); i += 71)
		text[i] = '\n';
	text[sizeof(text) - 1] = '\0';
	const struct rig_step steps[] = {GET, ASK(text), GET, SAY(GP_LOGIN_DENIED, "", false), END};
	assert_int_equal(sign_in(steps), PAM_AUTH_ERR);
	assert_string_equal(rig.shown[0].text, text);
	assert_string_equal(rig.shown[1].text, "You cannot sign in to this host.");
}

static void test_relay_talkative_daemon_is_left(void **state)
{
	(void)state;
	static struct rig_step steps[RIG_SHOWN * 2];
	static char text[] = "on and on";
	size_t n = 0;
	steps[n++].kind = RIG_RECEIVE;
	while (n < RIG_SHOWN - 4)
		steps[n++] =
			(struct rig_step){.kind = RIG_SEND, .msg = rig_text(GP_LOGIN_SHOW, text)};
	steps[n].kind = RIG_END;
	assert_int_equal(sign_in(steps), PAM_AUTHINFO_UNAVAIL);
	assert_int_equal(rig.shown_count, n);
}

static void clean(const char *text, char out[static GP_RELAY_TEXT_MAX])
{
	memset(out, 'Z', GP_RELAY_TEXT_MAX);
	gp_relay_clean(gp_str_from(text), out);
}

static void test_relay_cleans_what_is_shown(void **state)
{
	(void)state;
	static char out[GP_RELAY_TEXT_MAX];
	static char text[GP_LOGIN_TEXT_MAX + 1];
	clean("", out);
	assert_string_equal(out, "");
	clean("\n\nplain\n", out);
	assert_string_equal(out, "\n\nplain\n");
	clean("\xE2\x96\x88\xE2\x96\x84 \x1b]0;x\x07\r\xE2\x80\xA8txt", out);
	assert_string_equal(out, "\xE2\x96\x88\xE2\x96\x84 \\x1B]0;x\\x07\\x0D\\u{2028}txt");
	/* Lines of any length, and more of them than there is room for. */
	memset(text, 'a', sizeof(text) - 1);
	clean(text, out);
	assert_int_equal(strlen(out), GP_RELAY_LINE_MAX - 1);
	memset(text, 0x07, sizeof(text) - 1);
	for (size_t i = 400; i < sizeof(text) - 1; i += 400)
		text[i] = '\n';
	clean(text, out);
	assert_true(strlen(out) < GP_RELAY_TEXT_MAX);
	for (const char *line = out; line != NULL; line = strchr(line + 1, '\n')) {
		const char *next = strchr(line + 1, '\n');
		assert_true((next != NULL ? (size_t)(next - line) : strlen(line)) <=
			    GP_RELAY_LINE_MAX);
	}
	memset(text, '\n', sizeof(text) - 1);
	clean(text, out);
	assert_int_equal(strlen(out), GP_LOGIN_TEXT_MAX);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, rig_setup, rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(test_relay_whole_sign_in),
		WITH(test_relay_says_only_that_something_was_typed),
		WITH(test_relay_person_who_does_not_answer),
		WITH(test_relay_daemon_gives_up_at_the_prompt),
		WITH(test_relay_deadline_passes_at_the_prompt),
		WITH(test_relay_deadline_passes_while_waiting),
		WITH(test_relay_no_prompts_outside_the_sign_in),
		WITH(test_relay_large_screens_are_one_prompt),
		WITH(test_relay_talkative_daemon_is_left),
		cmocka_unit_test(test_relay_cleans_what_is_shown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
