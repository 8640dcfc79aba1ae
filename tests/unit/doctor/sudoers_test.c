/* SPDX-License-Identifier: Apache-2.0 */
// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
// clang-format on
#include <stdio.h>
#include <stdlib.h>

#include "doctor/sudoers.h"

#include "contract/ban.h"

static char said[4096];

static void say(const char *what, size_t line, struct gp_str word)
{
	size_t len = strlen(said);
	(void)snprintf(said + len, sizeof(said) - len, "%s%zu:%.*s;", what, line,
		       GP_STR_ARGS(word));
}

static bool by_name(void *arg, struct gp_str name, bool group)
{
	(void)arg;
	return group ? gp_str_starts(name, "gp-") : gp_str_is(name, "ada@f.example");
}

static bool by_number(void *arg, uint32_t number, bool group)
{
	(void)arg;
	return number >= (group ? 2000U : 1000U) && number < 3000;
}

static void on_guests(void *arg, size_t line, struct gp_str word)
{
	(void)arg;
	say("!", line, word);
}

static void on_include(void *arg, struct gp_str path, bool directory)
{
	(void)arg;
	say(directory ? "dir" : "file", 0, path);
}

static void on_other(void *arg, struct gp_str word)
{
	(void)arg;
	say("", 0, word);
}

static void on_cut(void *arg, size_t line)
{
	(void)arg;
	say("cut", line, GP_STR(""));
}

static const struct gp_sudoers_who who = {by_name, by_number, NULL};
static const struct gp_sudoers_hear hear = {on_guests, on_include, on_other, on_cut, NULL};

static const char *read_text(const char *text)
{
	said[0] = '\0';
	gp_sudoers_read(gp_str_from(text), &who, &hear);
	return said;
}

static void test_sudoers_rules(void **state)
{
	(void)state;
	static const struct {
		const char *text, *said;
	} rows[] = {
		{"", ""},
		{"# ALL ALL=ALL\nDefaults env_reset\nDefaults:ALL x\n", ""},
		{"root\tALL=(ALL:ALL) ALL\n", "0:root;"},
		{"\n%gp-ops ALL=ALL\n", "!2:%gp-ops;"},
		{"a, b ,%gp-x,!ALL h=(ALL) /bin/x, ALL\n", "0:a;0:b;!1:%gp-x;"},
		{"ALL ALL=(ALL) ALL", "!1:ALL;"},
		{"ada\\@f.example ALL=ALL", "!1:ada@f.example;"},
		{"\"ada@f.example\" ALL=ALL", "!1:ada@f.example;"},
		{"\"%gp-a b\" ALL=ALL", "!1:%gp-a b;"},
		{"#1000 ALL=ALL\n#999 ALL=ALL\n%#2000 x=ALL", "!1:#1000;0:#999;!3:%#2000;"},
		{"%:gp-x ALL=ALL", "!1:%:gp-x;"},
		{"a \\\n = b\n\\\n%gp-y ALL=ALL\n", "0:a;!3:%gp-y;"},
		{"@include /etc/x\n#include y\n#includedir /etc/sudoers.d\n@includedir \"/e s\"\n"
		 "#included not\n",
		 "file0:/etc/x;file0:y;dir0:/etc/sudoers.d;dir0:/e s;"},
		{"User_Alias X = a, %gp-z : Y=%:b\n", "0:a;!1:%gp-z;0:%:b;"},
		{"Cmnd_Alias ALL_ = ALL\nHost_Alias H = ALL\nRunas_Alias R = ALL\n", ""},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(read_text(rows[i].text), rows[i].said) != 0)
			fail_msg("%s\nsaid %s, not %s", rows[i].text, said, rows[i].said);
}

static void test_sudoers_a_line_that_is_too_long(void **state)
{
	(void)state;
	size_t n = 20000;
	char *text = malloc(n + 1);
	assert_non_null(text);
	memset(text, 'a', n);
	memcpy(text, "%gp-x ALL=", 10);
	text[n] = '\0';
	assert_string_equal(read_text(text), "cut1:;!1:%gp-x;");
	free(text);
}

static void test_sudoers_damaged(void **state)
{
	(void)state;
	static const char sample[] = "User_Alias X = \"%gp-z\", #1000 : Y = a\\,b\n@include x\n"
				     "%gp-y, !b ALL=(ALL) ALL \\\n # c\n%#2000 A=B\n";
	for (size_t n = 0; n < sizeof(sample); n++)
		for (int bit = 0; bit < 9; bit++) {
			char *copy = malloc(n + 1);
			assert_non_null(copy);
			memcpy(copy, sample, n);
			if (n > 0 && bit < 8)
				copy[n - 1] = (char)((unsigned char)copy[n - 1] ^ (1U << bit));
			said[0] = '\0';
			gp_sudoers_read((struct gp_str){copy, n}, &who, &hear);
			/* What stands whole before the damage is heard. */
			if (n > 50)
				assert_memory_equal(said, "!1:%gp-z;", 9);
			free(copy);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sudoers_rules),
		cmocka_unit_test(test_sudoers_a_line_that_is_too_long),
		cmocka_unit_test(test_sudoers_damaged),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
