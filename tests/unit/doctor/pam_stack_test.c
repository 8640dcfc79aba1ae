/* SPDX-License-Identifier: Apache-2.0 */
/* The reader of pam.d, and what stacks can come to. */
// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
// clang-format on
#include <security/_pam_types.h>
#include <stdlib.h>

#include "doctor/pam_walk.h"

#include "contract/ban.h"

struct file {
	const char *name, *text;
	size_t len; /* 0: all of TEXT */
};
struct files {
	size_t count;
	const struct file *files;
	size_t opened;
};

static struct gp_pam_stack stack;

static char *open_file(void *arg, const char *name, size_t *len)
{
	struct files *files = arg;
	files->opened++;
	for (size_t i = 0; i < files->count; i++) {
		if (strcmp(files->files[i].name, name) != 0)
			continue;
		*len = files->files[i].len > 0 ? files->files[i].len : strlen(files->files[i].text);
		char *copy = malloc(*len + 1);
		assert_non_null(copy);
		memcpy(copy, files->files[i].text, *len);
		return copy;
	}
	return NULL;
}

static bool read_files(const struct file *files, size_t count, enum gp_pam_type type)
{
	struct files all = {count, files, 0};
	return gp_pam_read(open_file, &all, files[0].name, type, &stack);
}

static void read_text(const char *text, enum gp_pam_type type)
{
	const struct file file = {"s", text, 0};
	assert_true(read_files(&file, 1, type));
	assert_true(stack.whole);
}

static void test_pam_stack_follows_files(void **state)
{
	(void)state;
	static const struct file files[] = {
		{"sshd",
		 "#%PAM-1.0\nauth required pam_a.so # x\n@include both\n"
		 "auth include only\naccount required pam_no.so\n"
		 "-auth substack sub\nAUTH optional /lib/x/pam_z.so a  b \\\n  c\n",
		 0},
		{"both", "auth required pam_b.so\naccount required pam_no.so\n", 0},
		{"only", "auth required pam_c.so\nsession required pam_no.so\n", 0},
		{"sub", "auth required pam_d.so", 0},
	};
	static const char *const modules[] = {"pam_a.so", "pam_b.so", "pam_c.so", "pam_d.so",
					      "pam_z.so"};
	assert_true(read_files(files, 4, GP_PAM_AUTH));
	assert_int_equal(stack.count, 5);
	for (size_t i = 0; i < 5; i++) {
		assert_string_equal(stack.entries[i].module, modules[i]);
		assert_int_equal(stack.entries[i].level, i == 3 ? 1 : 0);
		assert_false(stack.entries[i].broken);
	}
	assert_string_equal(stack.entries[1].file, "both");
	assert_int_equal(stack.entries[4].line, 8);
	assert_string_equal(stack.entries[4].options, "a b c");
	assert_string_equal(stack.entries[4].path, "/lib/x/pam_z.so");
	assert_true(read_files(files, 4, GP_PAM_PASSWORD));
	assert_int_equal(stack.count, 0);
	struct files none = {0, NULL, 0};
	assert_false(gp_pam_read(open_file, &none, "sshd", GP_PAM_AUTH, &stack));
}

static void test_pam_stack_controls(void **state)
{
	(void)state;
	read_text("auth required a.so\nauth requisite a.so\nauth sufficient a.so\n"
		  "auth optional a.so\nauth [success=2 user_unknown=ignore default=die] a.so x=1\n"
		  "auth [success=ok ignore=reset] a.so\nauth [success=nonsense] a.so\n"
		  "auth what a.so\nauth required\n-auth optional a.so\nauth [success=0] a.so\n",
		  GP_PAM_AUTH);
	assert_int_equal(stack.count, 11);
	const struct gp_pam_entry *e = stack.entries;
	assert_int_equal(e[0].action[PAM_SUCCESS], GP_PAM_OK);
	assert_int_equal(e[0].action[PAM_AUTH_ERR], GP_PAM_BAD);
	assert_int_equal(e[0].action[PAM_IGNORE], GP_PAM_IGNORE);
	assert_int_equal(e[1].action[PAM_AUTH_ERR], GP_PAM_DIE);
	assert_int_equal(e[2].action[PAM_SUCCESS], GP_PAM_DONE);
	assert_int_equal(e[2].action[PAM_AUTH_ERR], GP_PAM_IGNORE);
	assert_int_equal(e[3].action[PAM_NEW_AUTHTOK_REQD], GP_PAM_OK);
	assert_int_equal(e[4].action[PAM_SUCCESS], 2);
	assert_int_equal(e[4].action[PAM_USER_UNKNOWN], GP_PAM_IGNORE);
	assert_int_equal(e[4].action[PAM_SYSTEM_ERR], GP_PAM_DIE);
	assert_true(gp_str_is(gp_pam_option(&e[4], "x="), "1"));
	assert_null(gp_pam_option(&e[4], "x").ptr);
	assert_int_equal(e[5].action[PAM_AUTH_ERR], GP_PAM_BAD);
	assert_int_equal(e[5].action[PAM_IGNORE], GP_PAM_RESET);
	assert_int_equal(e[6].action[PAM_SUCCESS], GP_PAM_BAD);
	assert_true(e[7].broken);
	assert_true(e[8].broken);
	assert_true(e[9].silent);
	assert_int_equal(e[10].action[PAM_SUCCESS], GP_PAM_BAD);
}

static void test_pam_stack_missing_and_circular_files(void **state)
{
	(void)state;
	static const struct file missing = {"s", "auth required a.so\n@include gone\n", 0};
	assert_true(read_files(&missing, 1, GP_PAM_AUTH));
	assert_int_equal(stack.count, 2);
	assert_true(stack.entries[1].broken);
	assert_true(stack.whole);

	struct gp_pam_outcome out;
	gp_pam_walk(&stack, GP_PAM_AUTH, GP_PAM_LOCAL, &out);
	assert_false(out.success_asked || out.success_unasked);

	static const struct file circle = {"s", "@include s\n@include s\n", 0};
	struct files all = {1, &circle, 0};
	assert_true(gp_pam_read(open_file, &all, "s", GP_PAM_AUTH, &stack));
	assert_true(all.opened <= 64);
	assert_false(stack.whole);
}

#define GOES_ON "user_unknown=ignore ignore=ignore module_unknown=ignore default=die] "
#define US      "pam_guestpass.so\n"

/* Can it end in success: for a guest whom we admit, whom we refuse, for others? */
static void test_pam_walk_outcomes(void **state)
{
	(void)state;
	static const struct {
		enum gp_pam_type type;
		const char *text;
		bool admitted, refused, unasked, local, without_module;
	} rows[] = {
		{GP_PAM_AUTH, "auth [success=done " GOES_ON US "auth required pam_unix.so\n", true,
		 false, false, true, true},
		{GP_PAM_AUTH, "auth sufficient " US "auth required pam_unix.so\n", true, false,
		 false, true, true},
		{GP_PAM_ACCOUNT, "account sufficient " US "account required pam_unix.so\n", true,
		 true, false, true, true},
		{GP_PAM_ACCOUNT, "account required " US "account required pam_unix.so\n", true,
		 false, false, false, false},
		{GP_PAM_ACCOUNT,
		 "account [success=1 " GOES_ON US "account required pam_deny.so\n"
		 "account required pam_permit.so\n",
		 true, false, false, false, false},
		/* A jump itself is no success. */
		{GP_PAM_ACCOUNT, "account [success=1 " GOES_ON US "account required pam_deny.so\n",
		 false, false, false, false, false},
		/* It leads out of the stack. */
		{GP_PAM_ACCOUNT, "account [success=2 " GOES_ON US "account required pam_unix.so\n",
		 false, false, false, true, true},
		{GP_PAM_SESSION, "session optional " US "session required pam_permit.so\n", true,
		 true, false, true, true},
		{GP_PAM_ACCOUNT, "account sufficient pam_access.so\naccount required " US, true,
		 false, true, true, true},
		{GP_PAM_ACCOUNT, "account sufficient pam_localuser.so\naccount required " US, true,
		 false, false, true, true},
		/* What was bad before stays bad. */
		{GP_PAM_ACCOUNT, "account required pam_deny.so\naccount sufficient " US, false,
		 false, false, false, false},
		{GP_PAM_ACCOUNT, "account [success=reset default=ignore] " US, false, false, false,
		 false, false},
		{GP_PAM_ACCOUNT, "-account required " US "account required pam_permit.so\n", true,
		 false, false, false, true},
		{GP_PAM_ACCOUNT, "", false, false, false, false, false},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct gp_pam_outcome out[4];
		read_text(rows[i].text, rows[i].type);
		for (int who = 0; who < 4; who++)
			gp_pam_walk(&stack, rows[i].type, (enum gp_pam_who)who, &out[who]);
		if (out[GP_PAM_GUEST_ADMITTED].success_asked != rows[i].admitted ||
		    out[GP_PAM_GUEST_REFUSED].success_asked != rows[i].refused ||
		    out[GP_PAM_GUEST_ADMITTED].success_unasked != rows[i].unasked ||
		    (out[GP_PAM_LOCAL].success_asked || out[GP_PAM_LOCAL].success_unasked) !=
			    rows[i].local ||
		    (out[GP_PAM_LOCAL_NO_MODULE].success_asked ||
		     out[GP_PAM_LOCAL_NO_MODULE].success_unasked) != rows[i].without_module)
			fail_msg("row %zu: %s", i, rows[i].text);
	}
}

/* done and die end a substack only, and a jump counts it as one. */
static void test_pam_walk_substacks(void **state)
{
	(void)state;
	static const struct file done[] = {
		{"s", "account substack sub\naccount required pam_deny.so\n", 0},
		{"sub", "account [success=done " GOES_ON US, 0}};
	static const struct file over[] = {
		{"s",
		 "account [success=1 " GOES_ON US "account substack sub\n"
		 "account required pam_permit.so\n",
		 0},
		{"sub", "account required pam_deny.so\naccount required pam_deny.so\n", 0}};
	struct gp_pam_outcome out;
	assert_true(read_files(done, 2, GP_PAM_ACCOUNT));
	gp_pam_walk(&stack, GP_PAM_ACCOUNT, GP_PAM_GUEST_ADMITTED, &out);
	assert_true(out.reached[1]);
	assert_false(out.success_asked);
	assert_true(read_files(over, 2, GP_PAM_ACCOUNT));
	gp_pam_walk(&stack, GP_PAM_ACCOUNT, GP_PAM_GUEST_ADMITTED, &out);
	assert_false(out.reached[1]);
	assert_true(out.success_asked);
	assert_true(out.before[0]);
	assert_false(out.before[3]);
}

static void test_pam_stack_damaged(void **state)
{
	(void)state;
	static const char sample[] = "auth [success=2 user_unknown=ignore default=die] "
				     "pam_guestpass.so a=b\n@include s\nauth include x\n"
				     "-auth required \\\n pam_unix.so # c\nauth substack s\n";
	for (size_t n = 0; n < sizeof(sample); n++)
		for (int bit = 0; bit < 9; bit++) {
			char copy[sizeof(sample)];
			memcpy(copy, sample, sizeof(sample));
			if (bit < 8)
				copy[n] = (char)((unsigned char)copy[n] ^ (1U << bit));
			const struct file file = {"s", copy, bit < 8 ? sizeof(sample) - 1 : n + 1};
			struct gp_pam_outcome out;
			assert_true(read_files(&file, 1, GP_PAM_AUTH));
			assert_true(stack.count <= GP_PAM_ENTRIES_MAX);
			gp_pam_walk(&stack, GP_PAM_AUTH, GP_PAM_GUEST_REFUSED, &out);
			/* Of an empty walk nothing comes. */
			assert_true(stack.count > 0 || !out.success_unasked);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pam_stack_follows_files),
		cmocka_unit_test(test_pam_stack_controls),
		cmocka_unit_test(test_pam_stack_missing_and_circular_files),
		cmocka_unit_test(test_pam_walk_outcomes),
		cmocka_unit_test(test_pam_walk_substacks),
		cmocka_unit_test(test_pam_stack_damaged),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
