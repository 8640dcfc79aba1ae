/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "contract/text.h"
#include "signin/screen.h"

#include "contract/ban.h"

static const struct gp_screen plain = {
	.host = "build1.contoso.example",
	.address = "203.0.113.7",
	.name = "ada@fabrikam.example",
	.uri = "https://login.example/device",
	.code = "FJC3LNB7A",
	.seconds = 290,
	.correlation_id = "11111111-2222-3333-4444-555555555555",
	.likely = "",
};

static void assert_has(const struct gp_buf *text, const char *part)
{
	if (strstr(gp_buf_get(text), part) == NULL)
		fail_msg("'%s' is not in: %s", part, gp_buf_get(text));
}

static void test_screen_first_names_all_that_a_person_needs(void **state)
{
	(void)state;
	gp_buf_auto struct gp_buf text = GP_BUF(6144);
	gp_screen_first(&text, &plain);
	assert_int_equal(gp_buf_status(&text), GP_ST_OK);
	assert_has(&text, "build1.contoso.example");
	assert_has(&text, "asked for from 203.0.113.7");
	assert_has(&text, "https://login.example/device\n");
	assert_has(&text, "F J C 3 L N B 7 A   (FJC3LNB7A)");
	assert_has(&text, "ada@fabrikam.example");
	assert_has(&text, "works for 4 minutes");
	assert_has(&text, "Press Enter when you have signed in: ");
	/* The client's own "(name@host) " stays on a line of its own. */
	assert_int_equal(gp_buf_get(&text)[0], '\n');
}

static void test_screen_hostile_values_come_out_harmless(void **state)
{
	(void)state;
	struct gp_screen hostile = plain;
	hostile.host = "a\x1b[2Jb";
	hostile.address = "::1\r\nPress Enter";
	hostile.name = "x\xe2\x80\xaey";
	gp_buf_auto struct gp_buf text = GP_BUF(6144);
	gp_screen_first(&text, &hostile);
	gp_screen_again(&text, &hostile, true);
	assert_true(gp_text_is_safe(gp_str_from(gp_buf_get(&text)), GP_TEXT_SCREEN));
	assert_has(&text, "\\x1B[2J");
	assert_has(&text, "\\u{202E}");
}

static void test_screen_again_names_causes_only_after_a_minute(void **state)
{
	(void)state;
	gp_buf_auto struct gp_buf early = GP_BUF(6144);
	gp_buf_auto struct gp_buf late = GP_BUF(6144);
	gp_screen_again(&early, &plain, false);
	gp_screen_again(&late, &plain, true);
	assert_null(strstr(gp_buf_get(&early), "block page"));
	assert_has(&late, "block page");
	assert_has(&late, plain.correlation_id);
	assert_has(&late, "Press Enter to check again: ");
}

static void test_screen_qr_fits_into_the_prompt(void **state)
{
	(void)state;
	struct gp_screen screen = plain;
	screen.qr = true;
	gp_buf_auto struct gp_buf text = GP_BUF(6144);
	gp_screen_first(&text, &screen);
	assert_int_equal(gp_buf_status(&text), GP_ST_OK);
	assert_has(&text, "\xe2\x96\x88");
	assert_has(&text, "FJC3LNB7A");
	assert_true(text.len < 6000);
}

static void test_screen_every_class_has_a_sentence(void **state)
{
	(void)state;
	for (int class = GP_CLASS_UNKNOWN; class <= GP_CLASS_RETRY; class ++) {
		const struct gp_login_error error = {.class = (enum gp_login_class) class};
		gp_buf_auto struct gp_buf text = GP_BUF(6144);
		gp_screen_flow_error(&text, &error, NULL, "");
		assert_true(text.len > 20);
		assert_true(gp_text_is_safe(gp_str_from(gp_buf_get(&text)), GP_TEXT_SCREEN));
	}
}

static void test_screen_says_the_administrators_words(void **state)
{
	(void)state;
	const struct gp_login_error error = {.class = GP_CLASS_POLICY_BLOCK, .number = 53003};
	gp_buf_auto struct gp_buf text = GP_BUF(6144);
	gp_screen_flow_error(&text, &error, "Ask the desk.", "");
	assert_string_equal(gp_buf_get(&text), "Ask the desk.");
	gp_buf_free(&text);
	gp_screen_flow_error(&text, &error, "", "");
	assert_has(&text, "policy of the host's organisation");
}

static void test_screen_password_method_names_the_way_out(void **state)
{
	(void)state;
	gp_buf_auto struct gp_buf text = GP_BUF(6144);
	gp_screen_password_method(&text, plain.name, plain.host);
	assert_has(&text, "keyboard-interactive");
}

/* What the browser may have shown stands below what everybody reads, and who is logged in reads
 * what the sign-in is for. */
static void test_screen_likely_and_step_up(void **state)
{
	(void)state;
	static const char likely[] =
		"    - likely: a rule of the host's organisation blocks codes.\n";
	gp_buf_auto struct gp_buf expired = GP_BUF(4096);
	gp_buf_auto struct gp_buf again = GP_BUF(4096);
	gp_buf_auto struct gp_buf first = GP_BUF(4096);
	struct gp_screen screen = plain;
	gp_screen_expired(&expired, likely);
	assert_has(&expired, "the usual reasons");
	assert_has(&expired, likely);
	screen.likely = likely;
	gp_screen_again(&again, &screen, true);
	assert_has(&again, likely);
	screen.step_up = true;
	screen.why = GP_SCREEN_ELEVATION;
	gp_screen_first(&first, &screen);
	assert_has(&first, "One more sign-in, please");
	assert_has(&first, "Sign-in to become another user on build1.contoso.example");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_screen_likely_and_step_up),
		cmocka_unit_test(test_screen_first_names_all_that_a_person_needs),
		cmocka_unit_test(test_screen_hostile_values_come_out_harmless),
		cmocka_unit_test(test_screen_again_names_causes_only_after_a_minute),
		cmocka_unit_test(test_screen_qr_fits_into_the_prompt),
		cmocka_unit_test(test_screen_every_class_has_a_sentence),
		cmocka_unit_test(test_screen_says_the_administrators_words),
		cmocka_unit_test(test_screen_password_method_names_the_way_out),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
