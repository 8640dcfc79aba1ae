/* SPDX-License-Identifier: Apache-2.0 */
#include "config/overlap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "contract/ban.h"

static struct gp_ids_rules rules;
static char said[4096];

static void on_finding(void *arg, const struct gp_error *err)
{
	size_t len = strlen(said);
	(void)arg;
	(void)snprintf(said + len, sizeof(said) - len, "%s\n", err->text);
}

static size_t look(enum gp_overlap_format format, const char *text)
{
	said[0] = '\0';
	return gp_overlap_text(&rules, format, "file", gp_str_from(text), on_finding, NULL);
}

static int setup(void **state)
{
	(void)state;
	gp_ids_rules_default(&rules);
	return 0;
}

static void test_overlap_of_nothing(void **state)
{
	(void)state;
	assert_int_equal(gp_overlap_systemd(&rules, on_finding, NULL), 0);
	assert_int_equal(look(GP_OVERLAP_LOGIN_DEFS, ""), 0);
	assert_int_equal(look(GP_OVERLAP_LOGIN_DEFS, "UID_MIN 1000\nUID_MAX\t60000\n"), 0);
	assert_int_equal(look(GP_OVERLAP_SUBUID, "ada:100000:65536\n\nx\n:::\n"), 0);
	assert_int_equal(look(GP_OVERLAP_SSSD, "[domain/a]\nid_provider = ldap\n"), 0);
	assert_int_equal(look(GP_OVERLAP_SSSD, "ldap_idmap_range_max = 2000200000\n"), 0);
	assert_int_equal(look(GP_OVERLAP_SAMBA, "[global]\nidmap config * : range = 3000-7999\n"),
			 0);
	assert_string_equal(said, "");
}

static void test_overlap_of_each(void **state)
{
	(void)state;
	assert_int_equal(look(GP_OVERLAP_LOGIN_DEFS, "  UID_MAX  2000700000\n"), 1);
	assert_non_null(
		strstr(said, "UID_MIN-UID_MAX 1000-2000700000 meets the range 2000683008-"));
	assert_int_equal(look(GP_OVERLAP_LOGIN_DEFS, "SUB_GID_MAX 4000000000\n"), 1);
	assert_non_null(strstr(said, "guests' groups"));
	assert_int_equal(look(GP_OVERLAP_SUBUID, "a:1:1\nada:2000683007:2\n"), 1);
	assert_non_null(strstr(said, "file:2: "));
	assert_int_equal(look(GP_OVERLAP_SUBUID, "ada:2000683007:1\n"), 0);
	assert_int_equal(look(GP_OVERLAP_SUBGID, "ada:2130706432:1\n"), 1);
	assert_int_equal(look(GP_OVERLAP_SSSD,
			      "[domain/a]\nldap_idmap_range_max = 2100000000\n[domain/b]\n"
			      "ldap_idmap_range_min=2130706432\r\nldap_idmap_range_max=2200000000"),
			 2);
	assert_int_equal(look(GP_OVERLAP_SAMBA,
			      "idmap config CORP:range = 2000000000 - 2130706432\n"
			      "; idmap config * : range = 1-4000000000\n"
			      "IDMAP CONFIG x : Range=2130706431-2130706431\n"),
			 3);
	gp_ids_rules_default(&rules);
	rules.uid_base = 60000;
	rules.uid_size = 10;
	assert_int_equal(gp_overlap_systemd(&rules, on_finding, NULL), 1);
}

static void write_file(const char *root, const char *name, const char *text)
{
	char path[128];
	(void)snprintf(path, sizeof(path), "%s%s", root, name);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void test_overlap_of_a_host(void **state)
{
	(void)state;
	char root[] = "/tmp/gp-overlap-XXXXXX";
	char path[128];
	static const char *const dirs[] = {"/etc", "/etc/sssd", "/etc/sssd/conf.d"};
	assert_non_null(mkdtemp(root));
	said[0] = '\0';
	assert_int_equal(gp_overlap_look(&rules, root, on_finding, NULL), 0);
	for (size_t i = 0; i < 3; i++) {
		(void)snprintf(path, sizeof(path), "%s%s", root, dirs[i]);
		assert_int_equal(mkdir(path, 0755), 0);
	}
	write_file(root, "/etc/subuid", "ada:2000683008:1\n");
	write_file(root, "/etc/sssd/conf.d/a.conf", "ldap_idmap_range_max = 2000683008\n");
	(void)snprintf(path, sizeof(path), "%s/etc/login.defs", root);
	assert_int_equal(mkdir(path, 0755), 0);
	assert_int_equal(gp_overlap_look(&rules, root, on_finding, NULL), 3);
	assert_non_null(strstr(said, "login.defs: cannot be read"));
	assert_non_null(strstr(said, "subuid:1: "));
	assert_int_equal(rmdir(path), 0);
	static const char *const files[] = {"/etc/subuid", "/etc/sssd/conf.d/a.conf"};
	for (size_t i = 0; i < 2; i++) {
		(void)snprintf(path, sizeof(path), "%s%s", root, files[i]);
		assert_int_equal(unlink(path), 0);
	}
	for (size_t i = 3; i-- > 0;) {
		(void)snprintf(path, sizeof(path), "%s%s", root, dirs[i]);
		assert_int_equal(rmdir(path), 0);
	}
	assert_int_equal(rmdir(root), 0);
}

/* Cut and changed everywhere: it ends, and what it says of others' files does not matter. */
static void test_overlap_damaged(void **state)
{
	(void)state;
	static const char sample[] =
		"UID_MAX 60000\nada:2000683007:2\n[d]\nldap_idmap_range_max = 3\n"
		"idmap config * : range = 1 - 2\n";
	for (int format = GP_OVERLAP_LOGIN_DEFS; format <= GP_OVERLAP_SAMBA; format++) {
		for (size_t n = 0; n < sizeof(sample); n++) {
			char *copy = malloc(n + 1);
			assert_non_null(copy);
			memcpy(copy, sample, n);
			if (n > 0) {
				copy[n - 1] ^= 0x55;
			}
			said[0] = '\0';
			size_t found = gp_overlap_text(&rules, (enum gp_overlap_format)format, "f",
						       (struct gp_str){copy, n}, on_finding, NULL);
			assert_int_equal(found == 0, said[0] == '\0');
			free(copy);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_overlap_of_nothing, setup),
		cmocka_unit_test_setup(test_overlap_of_each, setup),
		cmocka_unit_test_setup(test_overlap_of_a_host, setup),
		cmocka_unit_test_setup(test_overlap_damaged, setup),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
