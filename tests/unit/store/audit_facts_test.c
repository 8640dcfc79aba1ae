/* SPDX-License-Identifier: Apache-2.0 */
/* The facts of a decision in its record: they can be read again, and they never cost the record. */
#include "base/json.h"
#include "policy/record.h"
#include "tests/unit/store/audit_rig.h"

#include "contract/ban.h"

static void write_with(struct place *p, struct gp_admission *admission)
{
	struct gp_audit_record record = sample("refused");
	record.admission = admission;
	assert_int_equal(gp_audit_write(p->audit, &record, NULL), GP_ST_OK);
}

/* The facts of the only record; GP_ST_NOT_FOUND: it has none. */
static enum gp_status read_back(const struct place *p, struct gp_record *out)
{
	static char text[GP_AUDIT_LINE_MAX + 1];
	gp_json_doc_auto struct gp_json_doc *doc = NULL;
	const struct gp_json *facts = NULL;
	const struct gp_json *checks = NULL;
	int fd = open(p->file, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	ssize_t n = read(fd, text, sizeof(text));
	assert_int_equal(close(fd), 0);
	assert_true(n > 0 && n <= GP_AUDIT_LINE_MAX && text[n - 1] == '\n');
	assert_int_equal(gp_json_parse((struct gp_str){text, (size_t)n - 1}, &doc, NULL), GP_ST_OK);
	assert_int_equal(gp_json_get_array(gp_json_root(doc), "checks", &checks), GP_ST_OK);
	enum gp_status st = gp_json_get_object(gp_json_root(doc), "facts", &facts);
	return st == GP_ST_OK ? gp_record_read(facts, out, NULL) : st;
}

static void test_facts_are_in_the_record(void **state)
{
	struct place *p = *state;
	static struct gp_record back;
	const struct gp_facts facts = {.now_s = 1795379862,
				       .service = "sshd",
				       .address = "192.0.2.7\"},\n{\x1b",
				       .revoked = GP_TRUE};
	gp_buf_auto struct gp_buf kept = GP_BUF(GP_RECORD_MAX);
	struct gp_admission admission;
	gp_admission_decide(&facts, GP_PHASE_BEFORE, &admission);
	admission.facts = gp_record_keep(&kept, &facts, GP_PHASE_BEFORE);
	start(p);
	write_with(p, &admission);
	assert_int_equal(read_back(p, &back), GP_ST_OK);
	assert_int_equal(back.phase, GP_PHASE_BEFORE);
	assert_int_equal(back.facts.now_s, facts.now_s);
	assert_int_equal(back.facts.revoked, GP_TRUE);
	assert_string_equal(back.address, facts.address);
	expect_whole(p, 1);
}

static void test_facts_never_cost_the_record(void **state)
{
	struct place *p = *state;
	static struct gp_record back;
	static char large[GP_AUDIT_LINE_MAX];
	struct gp_admission admission = {.len = 1};
	admission.checks[0] = (struct gp_check){.name = "hours", .reason = "outside-hours"};
	memset(large, ' ', sizeof(large) - 1);
	large[0] = '{';
	large[sizeof(large) - 2] = '}';
	admission.facts = large;
	start(p);
	write_with(p, &admission);
	assert_int_equal(read_back(p, &back), GP_ST_NOT_FOUND);
	expect_whole(p, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_facts_are_in_the_record),
		TEST(test_facts_never_cost_the_record),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
