/* SPDX-License-Identifier: Apache-2.0 */
/* Groups of the host that somebody put guests into. */
#include "config/foreign.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "contract/ban.h"

#define ADA "ada@fabrikam.example"

static char said[8192];
static enum gp_status last;

static void on_finding(void *arg, const struct gp_error *err)
{
	size_t len = strlen(said);
	(void)arg;
	last = err->code;
	(void)snprintf(said + len, sizeof(said) - len, "%s\n", err->text);
}

static bool is_ada(void *arg, struct gp_str name)
{
	(void)arg;
	assert_true(name.len > 0);
	return gp_str_is(name, ADA);
}

static const struct gp_foreign foreign = {is_ada, NULL, on_finding, NULL};

static size_t look_in(enum gp_foreign_format format, struct gp_str text)
{
	said[0] = '\0';
	return gp_foreign_text(&foreign, format, "file", text);
}

static void test_foreign_group(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		size_t count;
	} cases[] = {
		{"", 0},
		{"root:x:0:\nsudo:x:27:localadm,grace@fabrikam.example\n", 0},
		{"sudo:x:27:" ADA "\n", 1},
		{"sudo:x:27:" ADA, 1},
		{"sudo:x:27:root," ADA "\ndocker:x:999:" ADA ",root\n", 2},
		{"sudo:x:27:," ADA ",\n", 1},
		{"sudo:x:27:x" ADA "\n", 0},
		{"sudo:x:" ADA ":\n", 0},
		{ADA ":x:1:root\n", 0},
		{"#sudo:x:27:" ADA "\n+sudo:x:27:" ADA "\n-:::" ADA "\n:x:1:" ADA "\n", 0},
		{"sudo\n:\n:::\n::::::\n", 0},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (look_in(GP_FOREIGN_GROUP, gp_str_from(cases[i].text)) != cases[i].count)
			fail_msg("%s: %s", cases[i].text, said);
	assert_int_equal(look_in(GP_FOREIGN_GROUP, GP_STR("a:x:1:\nsudo\x1b[2J:x:27:" ADA "\n")),
			 1);
	assert_string_equal(said, "file:2: " ADA " is a guest and listed in the group "
				  "sudo\\x1B[2J: take it out, guests are in groups of their own "
				  "only\n");
	assert_int_equal(last, GP_ST_CONFLICT);
}

static void test_foreign_pam_group(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		size_t count;
		enum gp_status st;
	} cases[] = {
		{"# sshd;*;*;Al0000-2400;audio\n", 0, GP_ST_OK},
		{"xsh;tty*;sword;!Wk0900-1800;games, sound\n", 0, GP_ST_OK},
		{"sshd;*;*;Al0000-2400;audio # all\n", 1, GP_ST_UNSUPPORTED},
		{"sshd;*;!root;Al0000-2400;audio\n", 1, GP_ST_UNSUPPORTED},
		{"sshd;*;%gp-guests;Al0000-2400;audio\n", 1, GP_ST_UNSUPPORTED},
		{"sshd;*;@partners;Al0000-2400;audio\n", 1, GP_ST_UNSUPPORTED},
		{"sshd;*;root | ada*;Al0000-2400;audio\n", 1, GP_ST_UNSUPPORTED},
		{"sshd;*;root|" ADA "&x;Al0000-2400;audio\n", 1, GP_ST_CONFLICT},
		{"sshd;*; " ADA " ;\\\n", 1, GP_ST_CONFLICT},
		{";;;;\n;\n\n;;|&|;;\n", 0, GP_ST_OK},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		last = GP_ST_OK;
		if (look_in(GP_FOREIGN_PAM_GROUP, gp_str_from(cases[i].text)) != cases[i].count ||
		    last != cases[i].st)
			fail_msg("%s: %s", cases[i].text, said);
	}
}

/* A valid sample, cut and bent everywhere: never more findings than lines. */
static void test_foreign_any_bytes(void **state)
{
	(void)state;
	static const struct {
		enum gp_foreign_format format;
		const char *text;
	} samples[] = {{GP_FOREIGN_GROUP, "sudo:x:27:root," ADA "\n"},
		       {GP_FOREIGN_PAM_GROUP, "sshd;*;root|" ADA ";Al0000-2400;audio\n"}};
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		size_t len = strlen(samples[i].text);
		for (size_t at = 0; at < len; at++) {
			char *bytes = malloc(len);
			assert_non_null(bytes);
			memcpy(bytes, samples[i].text, len);
			assert_true(look_in(samples[i].format, (struct gp_str){bytes, at}) <= 1);
			for (int bit = 0; bit < 8; bit++) {
				bytes[at] = (char)(samples[i].text[at] ^ (1 << bit));
				assert_true(look_in(samples[i].format,
						    (struct gp_str){bytes, len}) <= 2);
			}
			free(bytes);
		}
	}
}

static void write_file(const char *dir, const char *name, const char *text)
{
	char path[256];
	assert_int_equal(gp_format(path, sizeof(path), "%s%s", dir, name), GP_ST_OK);
	FILE *f = fopen(path, "we");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void in_dir(int (*what)(const char *path), const char *dir, const char *name)
{
	char path[256];
	assert_int_equal(gp_format(path, sizeof(path), "%s%s", dir, name), GP_ST_OK);
	assert_int_equal(what(path), 0);
}

static int make_dir(const char *path)
{
	return mkdir(path, 0700);
}

static void test_foreign_look(void **state)
{
	(void)state;
	char dir[] = "/tmp/guestpass-foreign.XXXXXX";
	assert_non_null(mkdtemp(dir));
	said[0] = '\0';
	/* What is not there says nothing. */
	assert_int_equal(gp_foreign_look(&foreign, dir), 0);
	in_dir(make_dir, dir, "/etc");
	in_dir(make_dir, dir, "/etc/security");
	in_dir(make_dir, dir, "/etc/group");
	assert_int_equal(gp_foreign_look(&foreign, dir), 1);
	assert_non_null(strstr(said, "/etc/group: cannot be read wholly"));
	in_dir(rmdir, dir, "/etc/group");
	write_file(dir, "/etc/group", "sudo:x:27:" ADA "\n");
	write_file(dir, "/etc/security/group.conf", "sshd;*;*;Al0000-2400;audio\n");
	assert_int_equal(gp_foreign_look(&foreign, dir), 2);
	in_dir(unlink, dir, "/etc/group");
	in_dir(unlink, dir, "/etc/security/group.conf");
	in_dir(rmdir, dir, "/etc/security");
	in_dir(rmdir, dir, "/etc");
	in_dir(rmdir, dir, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_foreign_group),
		cmocka_unit_test(test_foreign_pam_group),
		cmocka_unit_test(test_foreign_any_bytes),
		cmocka_unit_test(test_foreign_look),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
