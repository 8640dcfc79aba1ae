/* SPDX-License-Identifier: Apache-2.0 */
/* The file for sshd: what each kind of tier gets, and that the shipped one is the strictest. */
// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
// clang-format on
#include <stdio.h>
#include <stdlib.h>

#include "cli/sshd_text.h"
#include "tests/unit/config/sample.h"

#include "contract/ban.h"

#define TEXT_MAX 16384
#define LOW      SAMPLE_MAIN "[tier]\nlabel = low\n"
#define SHELL    "[group gp-shell]\nentra_group = " GROUP_1 "\n"

/* The text for a configuration; freed by the caller. */
static struct gp_buf made(const char *text, const char *prefix)
{
	struct gp_config *config = NULL;
	struct gp_error err = {0};
	const struct gp_config_file file = {"g.conf", gp_str_from(text)};
	struct gp_buf out = GP_BUF(TEXT_MAX);
	struct gp_ids_rules *rules = calloc(1, sizeof(*rules));
	assert_non_null(rules);
	gp_ids_rules_default(rules);
	assert_int_equal(
		gp_copy(rules->group_prefix, sizeof(rules->group_prefix), gp_str_from(prefix)),
		GP_ST_OK);
	if (gp_config_parse(&file, 1, &config, &err) != GP_ST_OK)
		fail_msg("%s", err.text);
	gp_sshd_text(config, rules, &out);
	assert_int_equal(gp_buf_status(&out), GP_ST_OK);
	gp_config_free(config);
	free(rules);
	return out;
}

static bool has(const struct gp_buf *b, const char *line)
{
	return strstr(gp_buf_get(b), line) != NULL;
}

static void test_sshd_text_is_the_shipped_file(void **state)
{
	(void)state;
	static char shipped[TEXT_MAX];
	gp_buf_auto struct gp_buf out = made(SAMPLE_MAIN, "gp-");
	FILE *f = fopen("conf/sshd/guestpass.conf", "re");
	assert_non_null(f); /* the tests run in the tree's top directory */
	size_t n = fread(shipped, 1, sizeof(shipped) - 1, f);
	assert_int_equal(fclose(f), 0);
	shipped[n] = '\0';
	assert_string_equal(gp_buf_get(&out), shipped);
}

static void test_sshd_text_closes_what_nobody_opened(void **state)
{
	(void)state;
	static const char *const lines[] = {"\nMatch Group gp-guests\n",
					    "\tAuthenticationMethods keyboard-interactive:pam\n",
					    "\tPubkeyAuthentication no\n",
					    "\tPasswordAuthentication no\n",
					    "\tHostbasedAuthentication no\n",
					    "\tGSSAPIAuthentication no\n",
					    "\tAcceptEnv GUESTPASS_NONE\n",
					    "\tDisableForwarding yes\n",
					    "\tAllowTcpForwarding no\n",
					    "\tAllowStreamLocalForwarding no\n",
					    "\tAllowAgentForwarding no\n",
					    "\tX11Forwarding no\n",
					    "\tPermitTunnel no\n",
					    "\tGatewayPorts no\n",
					    "\tPermitUserRC no\n",
					    "\nPermitUserEnvironment no\n",
					    "# Tier default, label high.\n"};
	static const char last[] = "\nMatch all\n";
	gp_buf_auto struct gp_buf out = made(SAMPLE_MAIN, "gp-");
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		if (!has(&out, lines[i]))
			fail_msg("%s is missing", lines[i]);
	assert_false(has(&out, "ForceCommand"));
	/* What follows in other files is not a guest's. */
	assert_string_equal(gp_buf_get(&out) + out.len - strlen(last), last);
}

static void test_sshd_text_has_the_groups_name(void **state)
{
	(void)state;
	gp_buf_auto struct gp_buf out = made(SAMPLE_MAIN, "extern.");
	assert_true(has(&out, "\nMatch Group extern.guests\n"));
	assert_false(has(&out, "gp-"));
}

static void test_sshd_text_opens_what_low_may(void **state)
{
	(void)state;
	gp_buf_auto struct gp_buf keys = made(LOW "key_valid = 1h\n", "gp-");
	assert_true(has(&keys, "\tAuthenticationMethods keyboard-interactive:pam publickey\n"));
	assert_true(has(&keys, "\tPubkeyAuthentication yes\n"));
	assert_true(has(&keys, "\tTrustedUserCAKeys none\n"));
	/* A client offers its keys first. */
	assert_false(has(&keys, "MaxAuthTries"));
	assert_true(has(&keys, "\tDisableForwarding yes\n"));

	gp_buf_auto struct gp_buf local = made(LOW "forwarding = local\n", "gp-");
	assert_true(has(&local, "\tAllowTcpForwarding local\n"));
	assert_false(has(&local, "DisableForwarding yes\n"));
	assert_true(has(&local, "\tAllowStreamLocalForwarding no\n"));
	assert_true(has(&local, "\tAllowAgentForwarding no\n"));
	assert_true(has(&local, "\tPubkeyAuthentication no\n"));
}

static void test_sshd_text_sftp_alone_comes_first(void **state)
{
	(void)state;
	gp_buf_auto struct gp_buf out =
		made(LOW "forwarding = local\nshell_group = gp-shell\n" SHELL, "gp-");
	const char *sftp = strstr(gp_buf_get(&out), "\nMatch Group gp-guests,!gp-shell\n");
	const char *all = strstr(gp_buf_get(&out), "\nMatch Group gp-guests\n");
	assert_non_null(sftp);
	assert_non_null(all);
	assert_true(sftp < all);
	/* sshd takes the first value of each. */
	static const char *const lines[] = {"\tForceCommand internal-sftp -u 0077\n",
					    "\tDisableForwarding yes\n",
					    "\tAllowTcpForwarding no\n"};
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		const char *at = strstr(sftp, lines[i]);
		assert_true(at != NULL && at < all);
	}
}

static void test_sshd_text_is_whole_or_bad(void **state)
{
	(void)state;
	gp_buf_auto struct gp_buf whole = made(SAMPLE_MAIN, "gp-");
	struct gp_config *config = NULL;
	struct gp_error err = {0};
	const struct gp_config_file file = {"g.conf", gp_str_from(SAMPLE_MAIN)};
	struct gp_ids_rules *rules = calloc(1, sizeof(*rules));
	assert_non_null(rules);
	gp_ids_rules_default(rules);
	assert_int_equal(gp_config_parse(&file, 1, &config, &err), GP_ST_OK);
	gp_buf_auto struct gp_buf out = GP_BUF(whole.len - 1);
	gp_sshd_text(config, rules, &out);
	assert_int_not_equal(gp_buf_status(&out), GP_ST_OK);
	gp_config_free(config);
	free(rules);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sshd_text_is_the_shipped_file),
		cmocka_unit_test(test_sshd_text_closes_what_nobody_opened),
		cmocka_unit_test(test_sshd_text_has_the_groups_name),
		cmocka_unit_test(test_sshd_text_opens_what_low_may),
		cmocka_unit_test(test_sshd_text_sftp_alone_comes_first),
		cmocka_unit_test(test_sshd_text_is_whole_or_bad),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
