/* SPDX-License-Identifier: Apache-2.0 */
/* A month of logins under another configuration: what differs is what the test itself expects of
 * each login, by the checks that it expects, and nothing else. */
#include "tests/unit/cli/replay_rig.h"

#include "contract/ban.h"

/* Nothing here is about disks, and there are thousands of records. */
int fdatasync(int fd)
{
	(void)fd;
	return 0;
}

/* What is expected of one login; BY has the checks with spaces around, "" is the same as then. */
struct expected {
	const char *now;
	char by[128];
};
typedef void expectation(const struct login *l, struct expected *out);

static void add(struct expected *e, bool holds, const char *check)
{
	char all[sizeof(e->by)];
	if (holds && (gp_format(all, sizeof(all), "%s %s", e->by, check) != GP_ST_OK ||
		      gp_copy(e->by, sizeof(e->by), gp_str_from(all)) != GP_ST_OK))
		fail_msg("too many");
}

static char answer[ANSWER];

static struct gp_json_doc *ask(const struct month *m, int code)
{
	struct gp_json_doc *doc = NULL;
	struct gp_error err = {0};
	assert_int_equal(replay(m, (const char *const[]){"--json", NULL}, answer), code);
	if (gp_json_parse(gp_str_trim(gp_str_from(answer)), &doc, &err) != GP_ST_OK)
		fail_msg("%s: %.200s", err.text, answer);
	return doc;
}

static int64_t number(const struct gp_json_doc *doc, const char *key)
{
	int64_t n = -1;
	assert_int_equal(gp_json_get_int(gp_json_root(doc), key, 0, INT64_MAX, &n), GP_ST_OK);
	return n;
}

/* The row of the sign-in number I, or NULL. The rows come in the order of the logins. */
static const struct gp_json *row_of(const struct gp_json *rows, size_t *at, size_t i)
{
	char id[GP_DECISION_ID_TEXT];
	const uint8_t bytes[GP_DECISION_ID_BYTES] = {1, (uint8_t)(i >> 8), (uint8_t)i};
	gp_hex(bytes, sizeof(bytes), id);
	for (; *at < gp_json_array_len(rows); (*at)++) {
		struct gp_str decision, event;
		const struct gp_json *row = gp_json_array_at(rows, *at);
		assert_int_equal(gp_json_get_str(row, "decision", 64, &decision), GP_ST_OK);
		assert_int_equal(gp_json_get_str(row, "event", 64, &event), GP_ST_OK);
		if (!gp_str_is(event, "sign-in"))
			continue;
		if (!gp_str_is(decision, id))
			return NULL;
		(*at)++;
		return row;
	}
	return NULL;
}

static void assert_row(const struct gp_json *row, const struct expected *e, size_t i)
{
	struct gp_str now, check;
	const struct gp_json *by = NULL;
	struct expected found = {.by = ""};
	assert_int_equal(gp_json_get_str(row, "now", 64, &now), GP_ST_OK);
	assert_int_equal(gp_json_get_array(row, "by", &by), GP_ST_OK);
	for (size_t k = 0; k < gp_json_array_len(by); k++) {
		char name[32];
		assert_int_equal(gp_json_get_str(gp_json_array_at(by, k), "check", 31, &check),
				 GP_ST_OK);
		assert_int_equal(gp_copy(name, sizeof(name), check), GP_ST_OK);
		add(&found, true, name);
	}
	if (!gp_str_is(now, e->now) || strcmp(found.by, e->by) != 0)
		fail_msg("login %zu: %.*s by%s, expected %s by%s", i, GP_STR_ARGS(now), found.by,
			 e->now, e->by);
}

/* Every login as EXPECT says; how many sign-ins differ. */
static size_t compare(const struct month *m, const struct gp_json_doc *doc, expectation *expect)
{
	const struct gp_json *rows = NULL;
	size_t at = 0, differ = 0;
	assert_int_equal(gp_json_get_array(gp_json_root(doc), "differing", &rows), GP_ST_OK);
	for (size_t i = 0; i < LOGINS; i++) {
		struct expected e = {.now = "same"};
		expect(&m->logins[i], &e);
		size_t before = at;
		const struct gp_json *row = row_of(rows, &at, i);
		if (e.by[0] == '\0') {
			if (row != NULL)
				fail_msg("login %zu should be the same", i);
			at = before;
			continue;
		}
		if (row == NULL)
			fail_msg("login %zu should be %s", i, e.now);
		assert_row(row, &e, i);
		differ++;
	}
	assert_null(row_of(rows, &at, LOGINS));
	return differ;
}

static void test_replay_same(void **state)
{
	struct month *m = *state;
	NEED_ROOT("a configuration must be root's");
	static const char *const tiers[] = {"", STRICT, STRICT "report = hours\n"};
	for (size_t i = 0; i < 3; i++) {
		*m->logins = (struct login){0};
		m->admitted = m->before = 0;
		(void)unlink(m->audit);
		(void)unlink(m->rotated);
		(void)unlink(m->head);
		live(m, tiers[i]);
		assert_true(m->admitted > 200);
		struct gp_json_doc *doc = ask(m, GP_EXIT_OK);
		assert_int_equal(number(doc, "decisions"), LOGINS + m->admitted);
		assert_int_equal(number(doc, "same"), LOGINS + m->admitted);
		assert_int_equal(number(doc, "broken"), 0);
		gp_json_doc_free(doc);
	}
}

static void stricter(const struct login *l, struct expected *e)
{
	if (!l->admitted)
		return;
	e->now = "refused";
	add(e, l->sponsor == GP_FALSE, "sponsor");
	add(e, l->unused, "idle");
	add(e, l->closed, "hours");
	add(e, l->outside, "network");
	if (e->by[0] == '\0' && l->sponsor == GP_UNKNOWN) {
		e->now = "cannot-tell";
		add(e, true, "sponsor");
	}
}

static void test_replay_stricter(void **state)
{
	struct month *m = *state;
	NEED_ROOT("a configuration must be root's");
	live(m, "");
	write_config(m, BOTH, STRICT "idle_limit = 30d\nsponsor_required = yes\n");
	struct gp_json_doc *doc = ask(m, GP_EXIT_DEGRADED);
	size_t differ = compare(m, doc, stricter);
	int64_t untold = number(doc, "cannot_tell");
	assert_true(differ > 1000 && untold > 20);
	/* The accounts of those who would be refused are not reached; of those of whom it cannot be
	 * told, it cannot either. */
	assert_int_equal(number(doc, "refused"), number(doc, "not_reached"));
	assert_int_equal(number(doc, "refused") + untold / 2, differ);
	assert_int_equal(number(doc, "admitted"), 0);
	gp_json_doc_free(doc);
}

static void reported(const struct login *l, struct expected *e)
{
	if (!l->admitted)
		return;
	e->now = "refused";
	add(e, l->outside, "network");
}

/* A check that is tried out refuses nobody. */
static void test_replay_report(void **state)
{
	struct month *m = *state;
	NEED_ROOT("a configuration must be root's");
	live(m, STRICT "report = hours network\n");
	write_config(m, BOTH, STRICT "report = hours\n");
	struct gp_json_doc *doc = ask(m, GP_EXIT_DEGRADED);
	assert_true(compare(m, doc, reported) > 500);
	assert_int_equal(number(doc, "cannot_tell"), 0);
	gp_json_doc_free(doc);
}

static void laxer(const struct login *l, struct expected *e)
{
	/* Whom the state refused too it refuses still. */
	if (!l->before || l->pending || l->outside)
		return;
	e->now = "may-sign-in";
	add(e, l->closed, "hours");
}

static void test_replay_laxer(void **state)
{
	struct month *m = *state;
	NEED_ROOT("a configuration must be root's");
	live(m, STRICT);
	write_config(m, BOTH, "networks = 192.0.2.0/24\n");
	struct gp_json_doc *doc = ask(m, GP_EXIT_DEGRADED);
	size_t differ = compare(m, doc, laxer);
	assert_true(differ > 500);
	assert_int_equal(number(doc, "may_sign_in"), differ);
	assert_int_equal(number(doc, "refused") + number(doc, "cannot_tell"), 0);
	gp_json_doc_free(doc);
}

static void sponsored(const struct login *l, struct expected *e)
{
	e->now = "admitted";
	add(e, !l->pending && l->sponsor != GP_TRUE, "sponsor");
}

/* What was refused with everything known would be admitted. */
static void test_replay_laxer_after_the_sign_in(void **state)
{
	struct month *m = *state;
	NEED_ROOT("a configuration must be root's");
	live(m, "sponsor_required = yes\n");
	write_config(m, BOTH, "");
	struct gp_json_doc *doc = ask(m, GP_EXIT_DEGRADED);
	assert_int_equal(number(doc, "admitted"), compare(m, doc, sponsored));
	assert_true(number(doc, "admitted") > 1000);
	gp_json_doc_free(doc);
}

static void second_only(const struct login *l, struct expected *e)
{
	e->now = "refused";
	add(e, l->admitted && !l->second, "member");
	add(e, l->admitted && !l->second, "pass");
}

static void nobody_asked(const struct login *l, struct expected *e)
{
	e->now = "cannot-tell";
	add(e, l->admitted, "member");
	add(e, l->admitted, "pass");
}

static void other_basis(const struct login *l, struct expected *e)
{
	e->now = "cannot-tell";
	add(e, l->admitted && !l->second, "pass");
}

static void test_replay_other_groups(void **state)
{
	struct month *m = *state;
	NEED_ROOT("a configuration must be root's");
	live(m, "");
	write_config(m, GROUP_2 "=group", "");
	struct gp_json_doc *doc = ask(m, GP_EXIT_DEGRADED);
	assert_int_equal(number(doc, "refused"), compare(m, doc, second_only));
	gp_json_doc_free(doc);
	write_config(m, API "=group", "");
	doc = ask(m, GP_EXIT_DEGRADED);
	assert_int_equal(compare(m, doc, nobody_asked), m->admitted);
	assert_int_equal(number(doc, "cannot_tell"), 2 * m->admitted);
	gp_json_doc_free(doc);
	write_config(m, GROUP_1 "=pim, " GROUP_2 "=group", "");
	doc = ask(m, GP_EXIT_DEGRADED);
	assert_true(compare(m, doc, other_basis) > 500);
	assert_int_equal(number(doc, "refused"), 0);
	gp_json_doc_free(doc);
}

static void append(const char *path, const char *text)
{
	FILE *f = fopen(path, "ae");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

/* Lines of other kinds: of before there were facts, of nothing that checks decided, and broken. */
static void test_replay_other_lines(void **state)
{
	struct month *m = *state;
	NEED_ROOT("a configuration must be root's");
	static const char old[] = "{\"time\":\"2026-07-02T00:00:00Z\",\"event\":\"sign-in\","
				  "\"verdict\":\"admitted\",\"checks\":[{\"name\":\"hours\","
				  "\"verdict\":\"yes\",\"reason\":\"ok\"}]}\n";
	write_config(m, BOTH, "");
	write_file(m->audit, old);
	append(m->audit,
	       "{\"time\":\"2026-07-02T00:00:00Z\",\"event\":\"frozen\"}\n"
	       "{\"time\":\"2026-07-02T00:00:00Z\",\"verdict\":\"admitted\"}\n"
	       "{\"time\":\"2026-07-02T00:00:00Z\",\"verdict\":\"abandoned\",\"checks\":3}\n"
	       "\n");
	struct gp_json_doc *doc = ask(m, GP_EXIT_DEGRADED);
	assert_int_equal(number(doc, "decisions"), 1);
	assert_int_equal(number(doc, "cannot_tell"), 1);
	assert_int_equal(number(doc, "without_facts"), 1);
	assert_int_equal(number(doc, "broken"), 0);
	gp_json_doc_free(doc);
	append(m->audit,
	       "{\"time\":\"2026-07-02T00:00:00Z\",\"verdict\":\"admitted\",\"checks\":3}\n"
	       "{\"time\":\"2026-07-02T00:00:00Z\",\"verdict\":\"admitted\",\"checks\":[],"
	       "\"facts\":{\"v\":1}}\n"
	       "{\"time\":\"2026-07-02T00:00:00Z\",\"verdict\":\"admitted\",\"checks\":[],"
	       "\"facts\":{\"v\":2}}\n"
	       "{\"event\":\"sign-in\"}\n"
	       "nonsense\n"
	       "{\"time\":\"2026-07-02T00:00:00Z\",\"verdict\":\"adm");
	doc = ask(m, GP_EXIT_DEGRADED);
	assert_int_equal(number(doc, "decisions"), 2);
	assert_int_equal(number(doc, "cannot_tell"), 2);
	assert_int_equal(number(doc, "broken"), 5);
	const struct gp_json *broken = NULL;
	assert_int_equal(gp_json_get_array(gp_json_root(doc), "broken_lines", &broken), GP_ST_OK);
	assert_int_equal(gp_json_array_len(broken), 5);
	int64_t line = 0;
	assert_int_equal(gp_json_get_int(gp_json_array_at(broken, 4), "line", 1, 99, &line),
			 GP_ST_OK);
	assert_int_equal(line, 11);
	gp_json_doc_free(doc);
}

static void test_replay_bounds_and_words(void **state)
{
	struct month *m = *state;
	NEED_ROOT("a configuration must be root's");
	live(m, "");
	write_config(m, BOTH, STRICT);
	/* The second week of July, its last day included. */
	assert_int_equal(replay(m,
				(const char *const[]){"--since=2026-07-08", "--until=2026-07-14",
						      "--json", NULL},
				answer),
			 GP_EXIT_DEGRADED);
	size_t want = 0;
	for (size_t i = 0; i < LOGINS; i++) {
		const struct login *l = &m->logins[i];
		if (l->at_s >= JULY + 7 * DAY && l->at_s < JULY + 14 * DAY)
			want += l->admitted && (l->closed || l->outside) ? 1 : l->admitted ? 2 : 1;
	}
	struct gp_json_doc *doc = NULL;
	assert_int_equal(gp_json_parse(gp_str_trim(gp_str_from(answer)), &doc, NULL), GP_ST_OK);
	assert_int_equal(number(doc, "decisions"), want);
	gp_json_doc_free(doc);
	/* For people. */
	assert_int_equal(replay(m, (const char *const[]){"--since=2026-08-01", NULL}, answer),
			 GP_EXIT_OK);
	assert_non_null(strstr(answer, " 0 decisions\n"));
	assert_int_equal(replay(m, (const char *const[]){"--until=2026-07-01", NULL}, answer),
			 GP_EXIT_DEGRADED);
	assert_non_null(strstr(answer, "2026-07-01T00:"));
	assert_non_null(strstr(answer, "hours (outside-hours)"));
	assert_non_null(strstr(answer, " would be refused\n"));
	assert_non_null(strstr(answer, "CHECK"));
	/* What cannot be done. */
	assert_int_equal(replay(m, (const char *const[]){"--since=yesterday", NULL}, answer),
			 GP_EXIT_USAGE);
	assert_int_equal(replay(m, (const char *const[]){"more", NULL}, answer), GP_EXIT_USAGE);
	assert_int_equal(replay(m, (const char *const[]){"--audit=/nonexistent/a", NULL}, answer),
			 GP_EXIT_UNREACHABLE);
	write_config(m, BOTH, "hours = sometimes\n");
	assert_int_equal(replay(m, (const char *const[]){NULL}, answer), GP_EXIT_FAILING);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_replay_same),
		TEST(test_replay_stricter),
		TEST(test_replay_report),
		TEST(test_replay_laxer),
		TEST(test_replay_laxer_after_the_sign_in),
		TEST(test_replay_other_groups),
		TEST(test_replay_other_lines),
		TEST(test_replay_bounds_and_words),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
