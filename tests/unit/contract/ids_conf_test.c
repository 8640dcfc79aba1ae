/* SPDX-License-Identifier: Apache-2.0 */
/* ids.conf: what it accepts, how it explains what it does not, and each rule that it sets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#define GP_TRUSTED_UID geteuid()
#include "contract/ids_conf_load.c"

#include <sys/stat.h>

#include "contract/directory_build.h"
#include "contract/directory_format.h"
#include "contract/ids_conf.h"

#include "contract/ban.h"

static struct gp_ids_rules rules;

static enum gp_status parse(const char *text, struct gp_error *err)
{
	return gp_ids_conf_parse(gp_str_from(text), "ids.conf", &rules, err);
}

static void test_ids_conf_defaults(void **state)
{
	(void)state;
	assert_int_equal(parse("", NULL), GP_ST_OK);
	assert_int_equal(rules.uid_base, 0x77400000);
	assert_int_equal(rules.uid_base + rules.uid_size - 1, 0x7EFFFFFF);
	assert_int_equal(rules.gid_base, 0x7F000000);
	assert_int_equal(rules.gid_base + rules.gid_size - 1, 0x7FDFFFFF);
	assert_string_equal(rules.group_prefix, "gp-");
	assert_string_equal(rules.user_suffix, "");
	assert_true(gp_ids_home_ok(&rules, GP_STR("/home/guests/ada")));
	assert_true(gp_ids_shell_ok(&rules, GP_STR("/bin/bash")));
	assert_true(gp_ids_shell_ok(&rules, GP_STR("/usr/sbin/nologin")));
}

static void test_ids_conf_all_keys(void **state)
{
	(void)state;
	struct gp_error err = {0};
	static const char text[] = "# comment\n"
				   "\t uid_base = 0x10000000\n"
				   "uid_size=1000000\n"
				   "gid_base = 400000000\n"
				   "gid_size = 0xFFFF\n\n"
				   "user_suffix = .ext\n"
				   "group_prefix = ext_\n"
				   "home_prefixes = /srv/guests /home/g/, /data/x\n"
				   "shells = /bin/zsh /opt/shells/\n"
				   "adopt_user = ada 1500\n"
				   "adopt_user = bob 0x5DD\n"
				   "adopt_group = dev 1600";
	assert_int_equal(parse(text, &err), GP_ST_OK);
	assert_int_equal(rules.uid_base, 0x10000000);
	assert_int_equal(rules.gid_size, 0xFFFF);
	assert_int_equal(rules.home_count, 3);
	assert_string_equal(rules.homes[0], "/srv/guests/");
	assert_string_equal(rules.homes[1], "/home/g/");
	assert_int_equal(rules.shell_count, 2);
	assert_int_equal(rules.adopted_user_count, 2);
	assert_true(gp_ids_user_adopted(&rules, GP_STR("bob"), 1501));
	assert_false(gp_ids_user_adopted(&rules, GP_STR("bob"), 1500));
	assert_true(gp_ids_group_adopted(&rules, GP_STR("dev"), 1600));
	assert_true(gp_ids_shell_ok(&rules, GP_STR("/opt/shells/a")));
	assert_false(gp_ids_shell_ok(&rules, GP_STR("/bin/bash")));
	assert_true(gp_ids_user_ok(&rules, GP_STR("carl.ext"), 0x10000001));
	assert_false(gp_ids_user_ok(&rules, GP_STR("carl"), 0x10000001));
}

static void test_ids_conf_errors(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		const char *says;
	} cases[] = {
		{"uid_bas = 5", "ids.conf:1: unknown key \"uid_bas\"; the nearest is \"uid_base\""},
		{"\n\nhome_prefix = /x", "ids.conf:3: unknown key \"home_prefix\"; the nearest is "
					 "\"home_prefixes\""},
		{"uid_base = 70000\nuid_base = 80000",
		 "ids.conf:2: \"uid_base\" again, after line 1"},
		{"uid_base", "ids.conf:1: not of the form key = value"},
		{"uid_base = ", "not a number"},
		{"uid_base = 12x", "not a number"},
		{"uid_base = 0x", "not a number"},
		{"uid_base = -1", "not a number"},
		{"uid_base = 4294967296", "not a number"},
		{"uid_base = 999", "begins below 1000"},
		{"\nuid_size = 0", "ids.conf:2: the range of \"uid_base\" is empty"},
		{"gid_base = 4294967000", "ends beyond"},
		{"uid_base = 60000\nuid_size = 10000", "contains 65534"},
		{"user_suffix = x", "with a sign among them"},
		{"user_suffix = root", "with a sign among them"},
		{"group_prefix = ", "with a sign among them"},
		{"group_prefix = -x", "with a sign among them"},
		{"group_prefix = Gp-", "with a sign among them"},
		{"group_prefix = gp-gp-gp-gp-gp-gp-", "with a sign among them"},
		{"home_prefixes = ", "no path given"},
		{"home_prefixes = /", "not a plain absolute path"},
		{"home_prefixes = home", "not a plain absolute path"},
		{"home_prefixes = /home/../etc", "not a plain absolute path"},
		{"shells = /bin//sh", "not a plain absolute path"},
		{"adopt_user = ada", "not a name and a number"},
		{"adopt_user = ada 1500 x", "not a name and a number"},
		{"adopt_user = Ada 1500", "not a name and a number"},
		{"adopt_user = root 0", "never a guest's"},
		{"adopt_user = nobody 65534", "never a guest's"},
		{"adopt_user = a 1500\nadopt_user = b 1500",
		 "ids.conf:2: name or number adopted twice"},
		{"adopt_user = a 1500\nadopt_user = a 1501",
		 "ids.conf:2: name or number adopted twice"},
		{"adopt_group = a 2130706433", "lies in the guests' own range"},
		{"shells = /bin/\x1B[2J", "\\x1B[2J"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct gp_error err = {0};
		assert_int_equal(parse(cases[i].text, &err), GP_ST_INVALID);
		if (strstr(err.text, cases[i].says) == NULL)
			fail_msg("\"%s\" does not say \"%s\"", err.text, cases[i].says);
	}
}

static void test_ids_conf_limits(void **state)
{
	(void)state;
	struct gp_error err = {0};
	char *text = malloc(200000);
	assert_non_null(text);
	size_t len = 0;
	for (unsigned int i = 0; i < GP_IDS_ADOPTED_MAX; i++)
		len += (size_t)snprintf(text + len, 200000 - len, "adopt_user = u%u %u\n", i,
					1000 + i);
	assert_int_equal(parse(text, &err), GP_ST_OK);
	assert_int_equal(rules.adopted_user_count, GP_IDS_ADOPTED_MAX);
	snprintf(text + len, 200000 - len, "adopt_user = one.more 5000\n");
	assert_int_equal(parse(text, &err), GP_ST_INVALID);
	assert_non_null(strstr(err.text, "too many adopted"));
	len = (size_t)snprintf(text, 200000, "shells =");
	for (unsigned int i = 0; i <= GP_IDS_PATHS_MAX; i++)
		len += (size_t)snprintf(text + len, 200000 - len, " /bin/s%u", i);
	assert_int_equal(parse(text, &err), GP_ST_INVALID);
	assert_non_null(strstr(err.text, "too many paths"));
	memset(text, 'x', 600);
	text[600] = '\0';
	assert_int_equal(parse(text, &err), GP_ST_INVALID);
	assert_non_null(strstr(err.text, "line too long"));
	free(text);
}

static void test_ids_conf_load(void **state)
{
	(void)state;
	struct gp_error err = {0};
	char path[] = "/tmp/gp-ids-XXXXXX";
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "uid_size = 77\n", 14), 14);
	assert_int_equal(gp_ids_conf_load(path, &rules, &err), GP_ST_OK);
	assert_int_equal(rules.uid_size, 77);
	assert_int_equal(fchmod(fd, 0620), 0);
	assert_int_equal(gp_ids_conf_load(path, &rules, &err), GP_ST_DENIED);
	assert_non_null(strstr(err.text, path));
	assert_int_equal(fchmod(fd, 0644), 0);
	if (geteuid() == 0) {
		assert_int_equal(fchown(fd, 12345, 0), 0);
		assert_int_equal(gp_ids_conf_load(path, &rules, &err), GP_ST_DENIED);
	}
	assert_int_equal(ftruncate(fd, 1 << 20), 0);
	assert_int_not_equal(gp_ids_conf_load(path, &rules, &err), GP_ST_OK);
	close(fd);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("/dev/null", path), 0);
	assert_int_equal(gp_ids_conf_load(path, &rules, &err), GP_ST_DENIED);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(gp_ids_conf_load(path, &rules, &err), GP_ST_OK);
	assert_int_equal(rules.uid_size, GP_IDS_UID_SIZE);
}

/* One guest, one group; each case breaks one rule of what may be published. */
static const struct gp_directory_new_user good_user = {{"ada@fabrikam.example", 20},
						       {"Fabrikam", 8},
						       {"/home/guests/ada", 16},
						       {"/bin/bash", 9},
						       GP_IDS_UID_BASE + 5,
						       -1,
						       0,
						       NULL,
						       0};
static const struct gp_directory_new_group good_group = {{"gp-guests", 9}, GP_IDS_GID_BASE};

/* Built under rules that say the same of ranges, then judged by the real ones. */
static enum gp_status publishable(const struct gp_directory_new_user *u,
				  const struct gp_directory_new_group *g)
{
	struct gp_directory_input in = {
		.generation = 1, .users = u, .user_count = 1, .groups = g, .group_count = 1};
	struct gp_directory_bytes b;
	struct gp_directory_view v;
	assert_int_equal(parse("adopt_user = caro 40001\nadopt_group = testers 50001\n", NULL),
			 GP_ST_OK);
	enum gp_status st = gp_directory_build(&in, &rules, &b, NULL);
	if (st != GP_ST_OK)
		return st;
	st = gp_directory_validate(b.ptr, b.len, &rules, &v, NULL);
	gp_directory_bytes_free(&b);
	return st;
}

#define S(lit) GP_STR(lit)

static void test_ids_conf_each_rule_broken(void **state)
{
	(void)state;
	static const struct gp_str names[] = {S("root"),  S("ada"),   S("caro"),       S("-a@b"),
					      S("A@b"),   S("a@b:c"), S("a@b\n"),      S("a b@c"),
					      S("a/b@c"), S("12"),    S("\xC3\xA4@b"), S(".@b"),
					      S("")};
	static const struct gp_str homes[] = {S("/root"),
					      S("/home/guests"),
					      S("/home/guests/"),
					      S("/home/guests/../x"),
					      S("/home/guests/a//b"),
					      S("/home/guestsx/a"),
					      S("home/guests/a"),
					      S("/home/guests/a:b"),
					      S("/home/guests/a\nb"),
					      S("")};
	static const struct gp_str shells[] = {S("/bin/evil"), S("/bin/bash "),  S("/bin/"),
					       S("sh"),        S("/bin/bash\n"), S("/bin/bash:"),
					       S("")};
	static const struct gp_str gecos[] = {S("a:b"),
					      S("a\nb"),
					      S("a\x1B[0m"),
					      S("a\x7F"),
					      S("a,b"),
					      S("a\xE2\x80\xAE"
						"b"),
					      S("\xFF")};
	static const uint32_t uids[] = {0,
					5,
					999,
					1000,
					40001,
					65534,
					GP_IDS_UID_BASE - 1,
					GP_IDS_UID_BASE + GP_IDS_UID_SIZE,
					UINT32_MAX};
	static const struct gp_directory_new_group groups[] = {
		{{"sudo", 4}, GP_IDS_GID_BASE + 1},
		{{"gp-", 3}, GP_IDS_GID_BASE + 1},
		{{"testers", 7}, GP_IDS_GID_BASE + 1},
		{{"testers", 7}, 50002},
		{{"gp-x", 4}, 27},
		{{"gp-x", 4}, 50001},
		{{"gp-x", 4}, GP_IDS_GID_BASE - 1},
		{{"gp-x:y", 6}, GP_IDS_GID_BASE},
		{{"gp-x", 4}, UINT32_MAX}};
	assert_int_equal(publishable(&good_user, &good_group), GP_ST_OK);
#define EACH(list, field)                                                                          \
	for (size_t i = 0; i < sizeof(list) / sizeof((list)[0]); i++) {                            \
		struct gp_directory_new_user u = good_user;                                        \
		u.field = (list)[i];                                                               \
		if (publishable(&u, &good_group) == GP_ST_OK)                                      \
			fail_msg("%s, case %zu passed", #field, i);                                \
	}
	EACH(names, name)
	EACH(homes, home)
	EACH(shells, shell)
	EACH(gecos, gecos)
	EACH(uids, uid)
#undef EACH
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		if (publishable(&good_user, &groups[i]) == GP_ST_OK)
			fail_msg("group, case %zu passed", i);
	struct gp_directory_new_user u = good_user;
	u.expiry_day = -2;
	assert_int_not_equal(publishable(&u, &good_group), GP_ST_OK);
	/* Adopted, with its own number, is fine. */
	u = good_user;
	u.name = S("caro");
	u.uid = 40001;
	assert_int_equal(publishable(&u, &good_group), GP_ST_OK);
	const struct gp_directory_new_group testers = {{"testers", 7}, 50001};
	assert_int_equal(publishable(&good_user, &testers), GP_ST_OK);
}

static void test_ids_conf_other_header_refused(void **state)
{
	(void)state;
	static const char *const confs[] = {"uid_size = 1000",       "gid_size = 1000",
					    "uid_base = 2000000000", "gid_base = 2130706431",
					    "group_prefix = gp-g",   "user_suffix = .x"};
	struct gp_directory_input in = {.generation = 1,
					.users = &good_user,
					.user_count = 1,
					.groups = &good_group,
					.group_count = 1};
	for (size_t i = 0; i < sizeof(confs) / sizeof(confs[0]); i++) {
		struct gp_directory_bytes b;
		struct gp_directory_view v;
		struct gp_error err = {0};
		assert_int_equal(parse(confs[i], &err), GP_ST_OK);
		assert_int_equal(gp_directory_build(&in, &rules, &b, &err), GP_ST_OK);
		assert_int_equal(parse("", &err), GP_ST_OK);
		assert_int_equal(gp_directory_validate(b.ptr, b.len, &rules, &v, &err),
				 GP_ST_INVALID);
		gp_directory_bytes_free(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ids_conf_defaults),
		cmocka_unit_test(test_ids_conf_all_keys),
		cmocka_unit_test(test_ids_conf_errors),
		cmocka_unit_test(test_ids_conf_limits),
		cmocka_unit_test(test_ids_conf_load),
		cmocka_unit_test(test_ids_conf_each_rule_broken),
		cmocka_unit_test(test_ids_conf_other_header_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
