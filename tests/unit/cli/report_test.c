/* SPDX-License-Identifier: Apache-2.0 */
/* The daemon's answer: read strictly, written as JSON, shown to a person. */
// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
// clang-format on
#include <locale.h>
#include <stdlib.h>

#include "cli/report.h"

#include "contract/ban.h"

#define NOW 1800000000LL /* 2027-01-15T08:00:00Z */

#define HEAD(health) "{\"v\":1,\"health\":\"" health "\",\"problems\":["
#define VERSION      "],\"version\":\"0.1.0\",\"tier\":\"build\",\"guests_allowed\":true"
#define TENANT                                                                                     \
	",\"tenant\":{\"id\":\"aaaaaaaa-0000-4000-8000-000000000001\",\"reachable\":true,"         \
	"\"last_contact\":1799999940,\"clock_skew_s\":-2}"
#define CREDENTIAL(until) ",\"credential\":{\"kind\":\"certificate\",\"not_after\":" until "}"
#define SYNC_WITH(published, status, error)                                                        \
	",\"sync\":{\"last\":1799999940,\"last_publish\":0,\"status\":\"ok\",\"error\":\"\","      \
	"\"guests\":12,\"canary\":\"yes\",\"published\":" published                                \
	",\"publish_status\":\"" status "\",\"publish_error\":\"" error                            \
	"\",\"departed\":1,\"held\":2,\"missing_groups\":3,\"unexplained\":4}"
#define SYNC SYNC_WITH("true", "ok", "")
#define CALM ",\"sign_ins\":{\"in_flight\":3,\"limit\":500},\"sessions\":2"
#define REST                                                                                       \
	CALM ",\"audit\":{\"seq\":7,\"head\":\"abc\",\"broken\":true}"                             \
	     ",\"policies\":{\"wanted\":true,\"read\":1799999000,\"count\":12}"
#define NOBODY ",\"quarantined\":[]}"
#define WHOLE  HEAD("ok") VERSION TENANT CREDENTIAL("1850000000") SYNC REST NOBODY

static struct gp_json_doc *parse(const char *text)
{
	struct gp_json_doc *doc = NULL;
	struct gp_error err = {0};
	if (gp_json_parse(gp_str_from(text), &doc, &err) != GP_ST_OK)
		fail_msg("%s", err.text);
	return doc;
}

static void json_is(const char *text, const char *expected)
{
	gp_json_doc_auto struct gp_json_doc *doc = parse(text);
	gp_buf_auto struct gp_buf out = GP_BUF(65536);
	struct gp_report report;
	struct gp_error err = {0};
	if (gp_report_read(doc, &report, &err) != GP_ST_OK)
		fail_msg("%s", err.text);
	gp_report_json(&report, &out);
	assert_string_equal(gp_buf_get(&out), expected);
}

static void test_report_json_is_stable(void **state)
{
	(void)state;
	json_is(WHOLE, WHOLE "\n");
	/* What is new in a later daemon is left out, and order does not matter. */
	json_is("{\"news\":[1],\"sessions\":2,\"quarantined\":[],"
		"\"health\":\"degraded\",\"problems\":[\"a\",7,\"b\"" VERSION TENANT CREDENTIAL("0")
			SYNC ",\"sign_ins\":{\"in_flight\":3,\"limit\":500},\"v\":1}",
		/* An earlier daemon says nothing of its audit. */
		HEAD("degraded") "\"a\",\"b\"" VERSION TENANT CREDENTIAL("0") SYNC CALM
		",\"audit\":{\"seq\":0,\"head\":\"\",\"broken\":false}"
		",\"policies\":{\"wanted\":false,\"read\":0,\"count\":0}" NOBODY "\n");
}

static void test_report_json_is_safe(void **state)
{
	(void)state;
	json_is(HEAD("ok") "\"\\u001b[2J\\u202e\"" VERSION TENANT CREDENTIAL("0") SYNC REST
		",\"quarantined\":[{\"oid\":\"o\",\"mail\":\"a\\u009bb\",\"reason\":null}]}",
		HEAD("ok") "\"\\u001b[2J\\u202e\"" VERSION TENANT CREDENTIAL("0") SYNC REST
		",\"quarantined\":[{\"oid\":\"o\",\"mail\":\"a\\u009bb\","
		"\"reason\":\"\"}]}\n");
}

static void test_report_read_is_strict(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		enum gp_status status;
		const char *message;
	} cases[] = {
		{"[]", GP_ST_UNSUPPORTED,
		 "the daemon's answer is of another version than this program"},
		{"{\"v\":2}", GP_ST_UNSUPPORTED,
		 "the daemon's answer is of another version than this program"},
		{"{\"v\":1,\"error\":\"no\\u001b[0m\"}", GP_ST_DENIED,
		 "the daemon answers: no\\x1B[0m"},
		{"{\"v\":1}", GP_ST_INVALID, "the daemon's answer has no good \"health\""},
		{HEAD("ok") VERSION TENANT CREDENTIAL("\"soon\"") SYNC REST NOBODY, GP_ST_INVALID,
		 "the daemon's answer has no good \"not_after\""},
		{HEAD("ok") VERSION TENANT CREDENTIAL("-1") SYNC REST NOBODY, GP_ST_INVALID,
		 "the daemon's answer has no good \"not_after\""},
		{HEAD("ok") VERSION CREDENTIAL("1") SYNC REST NOBODY, GP_ST_INVALID,
		 "the daemon's answer has no good \"tenant\""},
		{HEAD("ok") VERSION TENANT CREDENTIAL("1") SYNC_WITH("1", "ok", "") REST NOBODY,
		 GP_ST_INVALID, "the daemon's answer has no good \"published\""},
		{HEAD("ok") VERSION TENANT CREDENTIAL("1") SYNC REST "}", GP_ST_INVALID,
		 "the daemon's answer has no good \"quarantined\""},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		gp_json_doc_auto struct gp_json_doc *doc = parse(cases[i].text);
		struct gp_report report;
		struct gp_error err = {0};
		assert_int_equal(gp_report_read(doc, &report, &err), cases[i].status);
		assert_string_equal(err.text, cases[i].message);
	}
}

static void test_report_unknown_health_is_failing(void **state)
{
	(void)state;
	json_is(HEAD("splendid") VERSION TENANT CREDENTIAL("0") SYNC REST NOBODY,
		HEAD("failing") VERSION TENANT CREDENTIAL("0") SYNC REST NOBODY "\n");
}

/* What a person sees; freed by the caller. */
static char *shown(const char *text, bool color)
{
	gp_json_doc_auto struct gp_json_doc *doc = parse(text);
	struct gp_report report;
	struct gp_error err = {0};
	char *screen = NULL;
	size_t len = 0;
	if (gp_report_read(doc, &report, &err) != GP_ST_OK)
		fail_msg("%s", err.text);
	FILE *out = open_memstream(&screen, &len);
	assert_non_null(out);
	assert_int_equal(gp_report_show(&report, NOW, color, out), GP_ST_OK);
	assert_int_equal(fclose(out), 0);
	return screen;
}

static void shows(const char *text, const char *part)
{
	char *screen = shown(text, false);
	if (strstr(screen, part) == NULL)
		fail_msg("no \"%s\" in:\n%s", part, screen);
	free(screen);
}

static void test_report_show_whole(void **state)
{
	(void)state;
	char *screen = shown(WHOLE, false);
	assert_string_equal(
		screen, "Guestpass 0.1.0, tier build: ok\n"
			"\n"
			"guests         allowed, 12 known\n"
			"tenant         aaaaaaaa-0000-4000-8000-000000000001, reachable\n"
			"last contact   2027-01-15T07:59:00Z (60 s ago)\n"
			"clock          -2 s against Entra's\n"
			"credential     certificate, valid until 2028-08-16T00:53:20Z (578 days)\n"
			"groups read    2027-01-15T07:59:00Z (60 s ago)\n"
			"published      never\n"
			"accountEnabled returned by Graph\n"
			"policies       12, read 2027-01-15T07:43:20Z (16 min ago)\n"
			"sign-ins       3 of 500\n"
			"sessions       2\n");
	free(screen);
}

static void test_report_show_credential(void **state)
{
	(void)state;
	static const struct {
		const char *answer;
		const char *part;
	} cases[] = {
		/* 31, 30, 14, 7 days and the last second, from NOW on. */
		{HEAD("ok") VERSION TENANT CREDENTIAL("1802678400") SYNC REST NOBODY,
		 "(31 days)\n"},
		{HEAD("ok") VERSION TENANT CREDENTIAL("1802592000") SYNC REST NOBODY,
		 "(30 days): time to make the next one"},
		{HEAD("ok") VERSION TENANT CREDENTIAL("1801209600") SYNC REST NOBODY,
		 "(14 days): replace it this week"},
		{HEAD("ok") VERSION TENANT CREDENTIAL("1800604800") SYNC REST NOBODY,
		 "(7 days): REPLACE IT NOW"},
		{HEAD("ok") VERSION TENANT CREDENTIAL("1800000000") SYNC REST NOBODY,
		 "certificate, EXPIRED at 2027-01-15T08:00:00Z"},
		{HEAD("ok") VERSION TENANT CREDENTIAL("0") SYNC REST NOBODY,
		 "certificate; Entra knows until when it is valid"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		shows(cases[i].answer, cases[i].part);
}

static void test_report_show_is_safe(void **state)
{
	(void)state;
	static const char hostile[] =
		HEAD("failing") "\"bad \\u001b[2J\\nline\"" VERSION TENANT CREDENTIAL("1") SYNC REST
		",\"quarantined\":[{\"oid\":\"o-1\",\"mail\":\"\\u202eada\\u001b]0;x\\u0007\","
		"\"reason\":\"number taken\"}]}";
	char *screen = shown(hostile, false);
	assert_null(strchr(screen, '\033'));
	assert_null(strchr(screen, '\007'));
	assert_null(strstr(screen, "\xe2\x80\xae"));
	assert_non_null(strstr(screen, "  ! bad \\x1B[2J\\x0Aline\n"));
	assert_non_null(strstr(screen, "\\u{202E}ada"));
	assert_non_null(strstr(screen, "number taken"));
	free(screen);
	/* With colour the only escapes are our own. */
	screen = shown(hostile, true);
	assert_non_null(strstr(screen, "\033[31mFAILING\033[0m"));
	assert_null(strstr(screen, "\033[2J"));
	assert_null(strstr(screen, "\033]"));
	free(screen);
}

static void test_report_show_trouble(void **state)
{
	(void)state;
	static const char trouble[] =
		HEAD("failing") "],\"version\":\"0\",\"tier\":\"t\",\"guests_allowed\":false"
				",\"tenant\":{\"id\":\"x\",\"reachable\":false,\"last_contact\":0,"
				"\"clock_skew_s\":301}" CREDENTIAL(
					"0") ",\"sync\":{\"last\":0,\"last_publish\":0,\"status\":"
					     "\"denied\","
					     "\"error\":\"AADSTS7000215\",\"guests\":0,\"canary\":"
					     "\"no\",\"published\":false,\"publish_status\":"
					     "\"ok\",\"publish_error\":\"\"}" REST NOBODY;
	shows(trouble, "never, 0 known");
	shows(trouble, "x, NOT REACHABLE");
	shows(trouble, "+301 s against Entra's: SET IT RIGHT");
	shows(trouble, "read error     denied: AADSTS7000215");
	shows(trouble, "published      never\n");
	shows(trouble, "NOT RETURNED by Graph: guests are refused");
}

static void test_report_show_publish(void **state)
{
	(void)state;
#define WITH(sync) HEAD("ok") VERSION TENANT CREDENTIAL("0") sync REST NOBODY
	shows(WITH(SYNC_WITH("false", "ok", "")),
	      "published      never, the next one is on its way\n");
	static const char refused[] =
		WITH(SYNC_WITH("false", "denied", "the name of group gp-guests is taken"));
	shows(refused, "published      never\n");
	shows(refused, "publish error  denied: the name of group gp-guests is taken\n");
	json_is(refused,
		WITH(SYNC_WITH("false", "denied", "the name of group gp-guests is taken")) "\n");
#undef WITH
}

int main(void)
{
	/* A real one where there is one: what is safe must not depend on it. */
	if (setlocale(LC_CTYPE, "C.UTF-8") == NULL)
		(void)setlocale(LC_CTYPE, "C");
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_report_json_is_stable),
		cmocka_unit_test(test_report_json_is_safe),
		cmocka_unit_test(test_report_read_is_strict),
		cmocka_unit_test(test_report_unknown_health_is_failing),
		cmocka_unit_test(test_report_show_whole),
		cmocka_unit_test(test_report_show_credential),
		cmocka_unit_test(test_report_show_is_safe),
		cmocka_unit_test(test_report_show_trouble),
		cmocka_unit_test(test_report_show_publish),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
