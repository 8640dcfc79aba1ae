/* SPDX-License-Identifier: Apache-2.0 */
/* One file: what it sets, what holds by default, and each way of being wrong. */
// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
// clang-format on
#include <stdlib.h>

#include "config/config.h"
#include "config/schema.h"

#include "tests/unit/config/sample.h"

#include "contract/ban.h"

static enum gp_status parse(const char *text, struct gp_config **out, struct gp_error *err)
{
	struct gp_config_file file = {"g.conf", gp_str_from(text)};
	return gp_config_parse(&file, 1, out, err);
}

static struct gp_config *parse_ok(const char *text)
{
	struct gp_config *config = NULL;
	struct gp_error err = {0};
	if (parse(text, &config, &err) != GP_ST_OK)
		fail_msg("%s", err.text);
	assert_non_null(config);
	return config;
}

static void parse_fails(const char *text, const char *message)
{
	struct gp_config *config = NULL;
	struct gp_error err = {0};
	if (parse(text, &config, &err) == GP_ST_OK)
		fail_msg("accepted, though: %s", message);
	assert_null(config);
	assert_string_equal(err.text, message);
}

static void test_parse_defaults(void **state)
{
	(void)state;
	struct gp_config *c = parse_ok(SAMPLE_MAIN);
	assert_string_equal(c->tenant_id, TENANT);
	assert_string_equal(c->cloud.name, "global");
	assert_string_equal(c->cloud.login, "https://login.microsoftonline.com");
	assert_string_equal(c->cloud.graph, "https://graph.microsoft.com");
	assert_string_equal(c->cloud.sts_prefix, "https://sts.windows.net/");
	assert_int_equal(c->interval_s, 300);
	assert_int_equal(c->log_level, GP_LOG_INFO);
	assert_false(c->qr_code);
	assert_string_equal(c->user, "guestpass");
	assert_string_equal(c->run_directory, GP_RUNDIR);
	assert_string_equal(c->state_directory, GP_STATEDIR);
	assert_string_equal(c->audit_file, "/var/log/guestpass/audit.jsonl");
	assert_string_equal(c->ids_conf, GP_CONFDIR "/ids.conf");
	assert_string_equal(c->proxy, "");
	assert_string_equal(c->ca_directory, "");
	assert_string_equal(c->tier, "default");
	/* A tier that nobody opened is closed. */
	assert_int_equal(c->guests, GP_GUESTS_NEVER);
	assert_int_equal(c->access_groups_len, 0);
	assert_int_equal(c->home_tenants_len, 0);
	assert_int_equal(c->services_len, 1);
	assert_string_equal(c->services[0], "sshd");
	assert_string_equal(c->home_prefix, "/home/guests");
	assert_string_equal(c->shell, "/bin/bash");
	assert_int_equal(c->codes_per_guest, 3);
	assert_int_equal(c->codes_per_address, 10);
	assert_int_equal(c->codes_total, 500);
	assert_int_equal(c->connections, 600);
	gp_config_free(c);
}

static void test_parse_values(void **state)
{
	(void)state;
	struct gp_config *c = parse_ok(
		"# a comment\n\n; another\n" SAMPLE "  services\t=\tsshd, login \n"
		"redemption_url = https://myapps.example/?tenantid=x&y=%20z\n"
		"[limits]\ncodes_per_guest = 1\n"
		"[guestpass]\nhost_name = K\xc3\xb6ln 1\nqr_code = yes\nlog_level = debug\n"
		"proxy = http://proxy.example:3128\nreader_certificate_2 = /b.pem\n"
		"reader_key_2 = /b.key\ncloud = china");
	assert_int_equal(c->guests, GP_GUESTS_ALLOWED);
	assert_string_equal(c->api_client_id, API);
	assert_string_equal(gp_config_scope_word(c), "ssh.login");
	assert_int_equal(c->access_groups_len, 2);
	assert_string_equal(c->access_groups[1], GROUP_2);
	assert_int_equal(c->home_tenants_len, 2);
	assert_string_equal(c->idp_allowed[1], "mail");
	assert_int_equal(c->services_len, 2);
	assert_string_equal(c->services[1], "login");
	assert_int_equal(c->codes_per_guest, 1);
	assert_string_equal(c->host_name, "K\xc3\xb6ln 1");
	assert_true(c->qr_code);
	assert_int_equal(c->log_level, GP_LOG_DEBUG);
	assert_string_equal(c->proxy, "http://proxy.example:3128");
	assert_string_equal(c->reader[1].key, "/b.key");
	assert_string_equal(c->cloud.login, "https://login.partner.microsoftonline.cn");
	gp_config_free(c);
}

static void test_parse_guid_in_one_spelling(void **state)
{
	(void)state;
	struct gp_config *c = parse_ok("[guestpass]\n"
				       "tenant = AAAAAAAA-0000-4000-8000-00000000000F\n"
				       "reader_client_id = " READER "\n"
				       "reader_secret_file = /s\n");
	assert_string_equal(c->tenant_id, "aaaaaaaa-0000-4000-8000-00000000000f");
	gp_config_free(c);
}

static void test_parse_custom_cloud(void **state)
{
	(void)state;
	struct gp_config *c = parse_ok(SAMPLE_MAIN "cloud = custom\n"
						   "login_authority = https://127.0.0.1:8443\n"
						   "graph_root = https://[::1]:8444\n");
	assert_string_equal(c->cloud.name, "custom");
	assert_string_equal(c->cloud.login, "https://127.0.0.1:8443");
	assert_string_equal(c->cloud.graph, "https://[::1]:8444");
	assert_string_equal(c->cloud.sts_prefix, "https://sts.windows.net/");
	gp_config_free(c);
}

struct wrong {
	const char *text;
	const char *message;
};

static void each_fails(const struct wrong *cases, size_t count)
{
	for (size_t i = 0; i < count; i++)
		parse_fails(cases[i].text, cases[i].message);
}
#define EACH_FAILS(cases) each_fails((cases), sizeof(cases) / sizeof((cases)[0]))

static void test_parse_bad_shape(void **state)
{
	(void)state;
	static const struct wrong cases[] = {
		{SAMPLE_MAIN "tenat = x\n",
		 "g.conf:7: unknown key 'tenat' in [guestpass]; did you mean 'tenant'?"},
		{"# one\n[guestpass]\nTenant = " TENANT "\n",
		 "g.conf:3: unknown key 'Tenant' in [guestpass]; did you mean 'tenant'?"},
		{"[guestpass]\nservice = sshd\n", "g.conf:2: unknown key 'service' in [guestpass]; "
						  "did you mean 'services' in [tier]?"},
		{"[guestpass]\nfrobnicate = 1\n",
		 "g.conf:2: unknown key 'frobnicate' in [guestpass]"},
		{"[guestpass]\n\x1b[2J = red\n",
		 "g.conf:2: a control character, an invisible one, or no UTF-8"},
		{"[guestpass]\r\n", "g.conf:1: a control character, an invisible one, or no UTF-8"},
		{"\xef\xbb\xbf[guestpass]\n",
		 "g.conf:1: a control character, an invisible one, or no UTF-8"},
		{"[guestpass]\nhost_name = \xff\n",
		 "g.conf:2: a control character, an invisible one, or no UTF-8"},
		{"[teir]\n", "g.conf:1: unknown section [teir]; did you mean [tier]?"},
		{"[GuestPass]\n",
		 "g.conf:1: unknown section [GuestPass]; did you mean [guestpass]?"},
		{"[colours]\n", "g.conf:1: unknown section [colours]"},
		{"[ tier ]\n", "g.conf:1: unknown section [ tier ]; did you mean [tier]?"},
		{"[tier\n", "g.conf:1: a section is written [name], alone on its line"},
		{"[tier] # ours\n", "g.conf:1: a section is written [name], alone on its line"},
		{"tenant = " TENANT "\n[guestpass]\n",
		 "g.conf:1: a key before the first [section]"},
		{"[tier]\nguests\n", "g.conf:2: neither a comment, nor [section], nor key = value"},
		{"[tier]\n= allowed\n",
		 "g.conf:2: neither a comment, nor [section], nor key = value"},
		{SAMPLE "guests = allowed\n", "g.conf:16: 'guests' again, after line 8"},
		{SAMPLE "[limits]\n[tier]\nguests = never\n",
		 "g.conf:18: 'guests' again, after line 8"},
	};
	EACH_FAILS(cases);
}

static void test_parse_bad_value(void **state)
{
	(void)state;
	static const struct wrong cases[] = {
		{"[guestpass]\ntenant = contoso.example\n",
		 "g.conf:2: tenant = 'contoso.example': "
		 "not a GUID such as 6f1d5ee0-0000-4000-8000-000000000001"},
		{"[guestpass]\ntenant = 00000000-0000-0000-0000-000000000000\n",
		 "g.conf:2: tenant = '00000000-0000-0000-0000-000000000000': the GUID of nothing"},
		{"[guestpass]\ntenant =\n", "g.conf:2: tenant = '': empty"},
		{"[guestpass]\ncloud = mars\n",
		 "g.conf:2: cloud = 'mars': none of global, usgov, china, custom"},
		{"[guestpass]\ninterval = 59\n",
		 "g.conf:2: interval = '59': out of range (60 to 86400)"},
		{"[guestpass]\ninterval = 5m\n",
		 "g.conf:2: interval = '5m': not a whole number (60 to 86400)"},
		{"[guestpass]\ninterval = 99999999999999999999\n",
		 "g.conf:2: interval = '99999999999999999999': not a whole number (60 to 86400)"},
		{"[limits]\ncodes_total = 0\n",
		 "g.conf:2: codes_total = '0': out of range (1 to 10000)"},
		{"[guestpass]\nqr_code = true\n", "g.conf:2: qr_code = 'true': neither yes nor no"},
		{"[guestpass]\nlog_level = loud\n",
		 "g.conf:2: log_level = 'loud': none of error, warn, info, debug"},
		{"[tier]\nguests = yes\n", "g.conf:2: guests = 'yes': neither never nor allowed"},
		{"[guestpass]\nlogin_authority = http://login.example\n",
		 "g.conf:2: login_authority = 'http://login.example': "
		 "not https://host without a path"},
		{"[guestpass]\ngraph_root = https://graph.example/v1.0\n",
		 "g.conf:2: graph_root = 'https://graph.example/v1.0': "
		 "not https://host without a path"},
		{"[guestpass]\nsts_prefix = https://sts.example\n",
		 "g.conf:2: sts_prefix = 'https://sts.example': "
		 "not an https URL that ends in a slash"},
		{"[guestpass]\nproxy = http://ada:pw@proxy:3128\n",
		 "g.conf:2: proxy = 'http://ada:pw@proxy:3128': "
		 "not http://host:port without a user name"},
		{"[guestpass]\nreader_key = r.key\n",
		 "g.conf:2: reader_key = 'r.key': not a plain absolute path"},
		{"[guestpass]\naudit_file = /var/../etc/shadow\n",
		 "g.conf:2: audit_file = '/var/../etc/shadow': not a plain absolute path"},
		{"[guestpass]\nuser = Root\n",
		 "g.conf:2: user = 'Root': not the name of a local account"},
	};
	EACH_FAILS(cases);
}

static void test_parse_bad_tier_value(void **state)
{
	(void)state;
	static const struct wrong cases[] = {
		{"[tier]\nscope = ssh.login\n",
		 "g.conf:2: scope = 'ssh.login': not api://resource/word or GUID/word"},
		{"[tier]\nscope = api:///ssh.login\n",
		 "g.conf:2: scope = 'api:///ssh.login': not api://resource/word or GUID/word"},
		{"[tier]\nredemption_url = https://a b\n",
		 "g.conf:2: redemption_url = 'https://a b': not an https URL"},
		{"[tier]\naccess_groups = admins\n",
		 "g.conf:2: access_groups = 'admins': not a group's id with its basis: "
		 "<id>=group, =pim, =local or =package:<id>"},
		{"[tier]\nidp_allowed = msa \"x\"\n",
		 "g.conf:2: idp_allowed = 'msa \"x\"': a word is not plain text"},
		{"[tier]\nservices = sshd sshd\n",
		 "g.conf:2: services = 'sshd sshd': the same element twice"},
		{"[tier]\nhome_domains = partner\n",
		 "g.conf:2: home_domains = 'partner': not a mail domain such as partner.example"},
		{"[tier]\nhome_domains = a.example A.Example\n",
		 "g.conf:2: home_domains = 'a.example A.Example': the same element twice"},
		{"[tier]\nservices = ../sshd\n",
		 "g.conf:2: services = '../sshd': not the name of a PAM service"},
		{"[tier]\nservices = a b c d e f g h i j k l m n o p q\n",
		 "g.conf:2: services: too many elements (at most 16)"},
		{"[tier]\nname = a name\n",
		 "g.conf:2: name = 'a name': not letters, digits and . _ -"},
		{"[guestpass]\nhost_name = "
		 "1234567890123456789012345678901234567890123456789012345678901234\n",
		 "g.conf:2: host_name = '12345678901234567890123456789012345678901234...': too "
		 "long"},
	};
	EACH_FAILS(cases);
}

#define SECRET "reader_secret_file = /s\n"
#define IDS    "[guestpass]\ntenant = " TENANT "\nreader_client_id = " READER "\n"

static void test_parse_between_keys(void **state)
{
	(void)state;
	static const struct wrong cases[] = {
		{"", "g.conf: 'tenant' in [guestpass] is missing: "
		     "the id of the tenant that owns the guests"},
		{"[guestpass]\ntenant = " TENANT "\n",
		 "g.conf: 'reader_client_id' in [guestpass] is missing: "
		 "the application id of the reader registration"},
		{IDS, "g.conf: no credential: reader_certificate with reader_key, or "
		      "reader_secret_file, is missing"},
		{IDS "reader_certificate = /c\n", "g.conf:4: reader_certificate needs reader_key"},
		{IDS "reader_key = /k\n", "g.conf:4: reader_key needs reader_certificate"},
		{IDS SECRET "reader_certificate_2 = /c\n",
		 "g.conf:5: reader_certificate_2 needs reader_key_2"},
		{IDS SECRET "reader_key_2 = /c\n",
		 "g.conf:5: reader_key_2 needs reader_certificate_2"},
		{IDS SECRET "reader_certificate_2 = /c\nreader_key_2 = /k\n",
		 "g.conf:5: reader_certificate_2 needs reader_certificate"},
		{SAMPLE_MAIN SECRET,
		 "g.conf:7: reader_secret_file and reader_certificate exclude each other"},
		{SAMPLE_MAIN "graph_root = https://graph.example\n",
		 "g.conf:7: login_authority, graph_root and sts_prefix need cloud = custom"},
		{SAMPLE_MAIN "cloud = custom\ngraph_root = https://graph.example\n",
		 "g.conf:7: cloud = custom needs login_authority and graph_root"},
		{IDS SECRET "sign_in_client_id = " READER "\n",
		 "g.conf:5: sign_in_client_id and reader_client_id must be two registrations"},
		{SAMPLE_MAIN "[tier]\napi_client_id = " SIGN_IN "\n",
		 "g.conf:8: api_client_id must be a registration of its own"},
		{IDS SECRET "[tier]\nguests = allowed\n",
		 "g.conf:6: guests = allowed needs 'sign_in_client_id' in [guestpass]"},
		{SAMPLE_MAIN "[tier]\nguests = allowed\n",
		 "g.conf:8: guests = allowed needs 'api_client_id' in [tier]"},
		{SAMPLE_MAIN "[tier]\nguests = allowed\napi_client_id = " API "\n",
		 "g.conf:8: guests = allowed needs 'scope' in [tier]"},
		{SAMPLE_MAIN "[tier]\nguests = allowed\napi_client_id = " API "\nscope = " API
			     "/ssh.login\naccess_groups =\n",
		 "g.conf:8: guests = allowed needs 'access_groups' in [tier]"},
		{SAMPLE "services =\n", "g.conf:16: services is empty"},
		{SAMPLE_MAIN "[tier]\nhome_tenants = 9188040d-6c67-4c5b-b112-36a304b66dad\n",
		 "g.conf:8: personal accounts are no home tenant: write idp_allowed = msa"},
		{SAMPLE_MAIN "[tier]\nhome_tenants = " TENANT "\n",
		 "g.conf:8: our own tenant is no guest's home"},
	};
	EACH_FAILS(cases);
}

static void test_parse_embedded_nul_and_size(void **state)
{
	(void)state;
	static const char nul[] = "[guestpass]\nhost_name = a\0b\n";
	struct gp_config_file file = {"g.conf", {nul, sizeof(nul) - 1}};
	struct gp_config *config = NULL;
	struct gp_error err = {0};

	assert_int_equal(gp_config_parse(&file, 1, &config, &err), GP_ST_INVALID);
	assert_string_equal(err.text,
			    "g.conf:2: a control character, an invisible one, or no UTF-8");
	char *big = malloc(GP_CONFIG_FILE_MAX + 1);
	assert_non_null(big);
	memset(big, '\n', GP_CONFIG_FILE_MAX + 1);
	file.text = (struct gp_str){big, GP_CONFIG_FILE_MAX + 1};
	assert_int_equal(gp_config_parse(&file, 1, &config, &err), GP_ST_TOO_BIG);
	assert_string_equal(err.text, "g.conf: larger than 65536 bytes");
	free(big);
}

/* Parses N bytes from a copy of exactly their size, so that a sanitizer sees a read behind it. */
static bool accepts(const char *bytes, size_t n)
{
	char *copy = malloc(n > 0 ? n : 1);
	struct gp_config *config = NULL;
	struct gp_error err = {0};

	assert_non_null(copy);
	memcpy(copy, bytes, n);
	struct gp_config_file file = {"g.conf", {copy, n}};
	enum gp_status st = gp_config_parse(&file, 1, &config, &err);
	assert_true((st == GP_ST_OK) == (config != NULL));
	assert_true((st == GP_ST_OK) == (err.text[0] == '\0'));
	gp_config_free(config);
	free(copy);
	return st == GP_ST_OK;
}

static void test_parse_cut_and_flipped(void **state)
{
	(void)state;
	char text[] = SAMPLE;
	size_t len = sizeof(text) - 1;
	size_t accepted = 0;

	assert_true(accepts(text, len));
	for (size_t n = 0; n < len; n++)
		(void)accepts(text, n);
	/* Before the last required key is whole there is nothing to accept. */
	assert_false(accepts(text, strlen("[guestpass]\ntenant = " TENANT)));
	for (size_t bit = 0; bit < len * 8; bit++) {
		char mask = (char)(1U << (bit % 8));
		text[bit / 8] = (char)(text[bit / 8] ^ mask);
		accepted += accepts(text, len) ? 1 : 0;
		text[bit / 8] = (char)(text[bit / 8] ^ mask);
	}
	/* A flip within a GUID or a path makes another valid one; most others must be noticed. */
	assert_in_range(accepted, 1, len * 8 / 2);
}

/* Every default is a legal value: else the first file without that key would fail. */
static void test_schema_defaults_are_legal(void **state)
{
	(void)state;
	gp_config_free(parse_ok(SAMPLE));
	for (size_t i = 0; i < gp_schema_len; i++) {
		assert_true(gp_schema[i].name[0] != '\0' && gp_schema[i].doc[0] != '\0');
		assert_int_equal(gp_schema_index(gp_schema[i].section, gp_schema[i].name), i);
		if (gp_schema[i].type == GP_KEY_NUMBER)
			assert_true(gp_schema[i].min < gp_schema[i].max && gp_schema[i].def);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse_defaults),
		cmocka_unit_test(test_parse_values),
		cmocka_unit_test(test_parse_guid_in_one_spelling),
		cmocka_unit_test(test_parse_custom_cloud),
		cmocka_unit_test(test_parse_bad_shape),
		cmocka_unit_test(test_parse_bad_value),
		cmocka_unit_test(test_parse_bad_tier_value),
		cmocka_unit_test(test_parse_between_keys),
		cmocka_unit_test(test_parse_embedded_nul_and_size),
		cmocka_unit_test(test_parse_cut_and_flipped),
		cmocka_unit_test(test_schema_defaults_are_legal),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
