/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/record.h"

#include <stdlib.h>

#include "base/json.h"
#include "tests/unit/policy/random_world.h"

#include "contract/ban.h"

#define WORLDS 20000

static struct gp_record *record; /* too large for a stack that ASan watches */

static int set_up(void **state)
{
	(void)state;
	record = calloc(1, sizeof(*record));
	return record != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	free(record);
	return 0;
}

static void write_and_read(const struct gp_facts *facts, enum gp_phase phase)
{
	gp_buf_auto struct gp_buf b = GP_BUF(GP_RECORD_MAX);
	gp_json_doc_auto struct gp_json_doc *doc = NULL;
	struct gp_error err = {0};
	gp_record_write(&b, facts, phase);
	assert_int_equal(gp_buf_status(&b), GP_ST_OK);
	assert_true(gp_text_is_safe((struct gp_str){gp_buf_get(&b), b.len}, GP_TEXT_LINE));
	assert_int_equal(gp_json_parse(gp_str_from(gp_buf_get(&b)), &doc, NULL), GP_ST_OK);
	if (gp_record_read(gp_json_root(doc), record, &err) != GP_ST_OK) {
		fail_msg("%s in %s", err.text, gp_buf_get(&b));
	}
}

static void assert_same_decision(const struct gp_facts *a, const struct gp_facts *b,
				 enum gp_phase phase, uint64_t world)
{
	struct gp_admission then, now;
	gp_admission_decide(a, phase, &then);
	gp_admission_decide(b, phase, &now);
	assert_int_equal(then.len, now.len);
	for (size_t i = 0; i < then.len; i++) {
		if (then.checks[i].verdict != now.checks[i].verdict ||
		    strcmp(then.checks[i].reason, now.checks[i].reason) != 0) {
			fail_msg("world %llu, phase %d, %s: %s, and read back: %s",
				 (unsigned long long)world, (int)phase, then.checks[i].name,
				 then.checks[i].reason, now.checks[i].reason);
		}
	}
	assert_int_equal(then.verdict, now.verdict);
	assert_string_equal(then.reason, now.reason);
}

static void test_record_decides_as_before(void **state)
{
	(void)state;
	static struct random_world r;
	for (uint64_t n = 0; n < WORLDS; n++) {
		struct gp_facts back;
		random_world(&r, n);
		r.w.facts.passes.of_sign_in = n % 4 == 0;
		enum gp_phase phase = (enum gp_phase)(n % 3);
		write_and_read(&r.w.facts, phase);
		assert_int_equal(record->phase, phase);
		gp_record_apply(record, &r.w.config, &back);
		assert_true(record->same_groups);
		assert_same_decision(&r.w.facts, &back, phase, n);
	}
}

/* What is zero denies, and zero comes back as zero. */
static void test_record_zero(void **state)
{
	(void)state;
	static const struct gp_facts zero;
	struct world w;
	struct gp_facts back;
	struct gp_admission a;
	world_good(&w);
	write_and_read(&zero, GP_PHASE_TOKEN);
	gp_record_apply(record, &w.config, &back);
	assert_null(back.user);
	assert_null(back.service);
	assert_int_equal(back.member, GP_UNKNOWN);
	gp_admission_decide(&back, GP_PHASE_TOKEN, &a);
	assert_int_equal(a.verdict, GP_NO);
}

static const struct gp_check *decide(const struct world *w, const char *name)
{
	static struct gp_admission a;
	struct gp_facts back;
	gp_record_apply(record, &w->config, &back);
	gp_admission_decide(&back, GP_PHASE_TOKEN, &a);
	return check_of(&a, name);
}

/* Groups are found by their ids, and nobody was asked about others. */
static void test_record_other_groups(void **state)
{
	(void)state;
	struct world w;
	world_good(&w);
	w.facts.passes.grants_read = true;
	write_and_read(&w.facts, GP_PHASE_TOKEN);
	PUT(w.config.access_groups[0], SECOND);
	PUT(w.config.access_groups[1], GROUP);
	assert_string_equal(decide(&w, "pass")->reason, "no-pass"); /* local now, and no grant */
	assert_string_equal(decide(&w, "member")->reason, "ok");
	assert_false(record->same_groups);
	w.config.access_groups_len = 1;
	assert_string_equal(decide(&w, "pass")->reason, "not-member");
	assert_string_equal(decide(&w, "member")->reason, "not-member");
	PUT(w.config.access_groups[0], HOME);
	assert_string_equal(decide(&w, "pass")->reason, "membership-unknown");
	assert_string_equal(decide(&w, "member")->reason, "membership-unknown");
	assert_int_equal(decide(&w, "pass")->verdict, GP_CANNOT_TELL);
}

/* Packages and activations count as read only if they were asked for. */
static void test_record_other_basis(void **state)
{
	(void)state;
	struct world w;
	world_good(&w);
	w.facts.passes.packages_read = w.facts.passes.activations_read = true;
	write_and_read(&w.facts, GP_PHASE_TOKEN);
	w.config.access_bases[0].basis = GP_BASIS_PIM;
	assert_string_equal(decide(&w, "pass")->reason, "pass-unreadable");
	w.config.access_bases[0].basis = GP_BASIS_PACKAGE;
	PUT(w.config.access_bases[0].package, HOME);
	assert_string_equal(decide(&w, "pass")->reason, "pass-unreadable");
	write_and_read(&w.facts, GP_PHASE_TOKEN); /* as if it had been asked for */
	assert_string_equal(decide(&w, "pass")->reason, "no-pass");
	PUT(w.config.access_bases[0].package, SECOND);
	assert_string_equal(decide(&w, "pass")->reason, "pass-unreadable");
}

/* The longest are kept; what they do not give is not known. */
static void test_record_many_objects(void **state)
{
	(void)state;
	static struct gp_pass_object objects[1000];
	struct world w;
	world_good(&w);
	w.config.access_bases[0].basis = GP_BASIS_PIM;
	for (size_t i = 0; i < 1000; i++) {
		objects[i] = (struct gp_pass_object){.basis = GP_BASIS_PIM,
						     .begin_s = NOW - 3 * DAY,
						     .end_s = NOW - DAY - (int64_t)i};
		PUT(objects[i].of, GROUP);
	}
	objects[777].end_s = NOW + DAY;
	w.facts.passes.objects = objects;
	w.facts.passes.objects_len = 1000;
	w.facts.passes.activations_read = w.facts.passes.grants_read = true;
	write_and_read(&w.facts, GP_PHASE_TOKEN);
	assert_true(record->cut);
	assert_int_equal(record->objects_len, GP_RECORD_OBJECTS);
	assert_int_equal(decide(&w, "pass")->verdict, GP_YES);
	objects[777].end_s = NOW - DAY;
	write_and_read(&w.facts, GP_PHASE_TOKEN);
	assert_string_equal(decide(&w, "pass")->reason, "pass-unreadable");
	w.facts.passes.objects_len = GP_RECORD_OBJECTS;
	write_and_read(&w.facts, GP_PHASE_TOKEN);
	assert_false(record->cut);
	assert_string_equal(decide(&w, "pass")->reason, "pass-ended");
}

/* All that can be there at once fits. */
static void test_record_largest(void **state)
{
	(void)state;
	static struct random_world r;
	char service[GP_LOGIN_FIELD_MAX + 1];
	gp_buf_auto struct gp_buf b = GP_BUF(GP_RECORD_MAX);
	random_world(&r, 1);
	struct gp_facts *f = &r.w.facts;
	memset(service, '\x01', GP_LOGIN_FIELD_MAX);
	service[GP_LOGIN_FIELD_MAX] = '\0';
	f->service = f->address = service;
	f->user = &r.w.user;
	f->identity = &r.w.identity;
	f->client_info = &r.w.client_info;
	f->baseline = &r.w.baseline;
	memset(r.w.identity.idp, '\x01', sizeof(r.w.identity.idp) - 1);
	memset(r.w.baseline.home, '\x01', sizeof(r.w.baseline.home) - 1);
	memset(r.w.baseline.uid, '\x01', sizeof(r.w.baseline.uid) - 1);
	memset(r.w.client_info.uid, '\x01', sizeof(r.w.client_info.uid) - 1);
	r.w.config.access_groups_len = GP_CONFIG_GROUPS_MAX;
	for (size_t i = 0; i < GP_CONFIG_GROUPS_MAX; i++) {
		r.members[i] = GP_FALSE;
		PUT(r.w.config.access_groups[i], GROUP);
		r.w.config.access_bases[i].basis = GP_BASIS_PACKAGE;
		PUT(r.w.config.access_bases[i].package, SECOND);
	}
	for (size_t i = 0; i < RANDOM_OBJECTS; i++) {
		r.objects[i] = (struct gp_pass_object){.basis = GP_BASIS_PACKAGE,
						       .begin_s = INT64_MIN + 1,
						       .end_s = INT64_MAX - 1};
		PUT(r.objects[i].of, SECOND);
	}
	f->passes.member = r.members;
	f->passes.member_len = GP_CONFIG_GROUPS_MAX;
	f->passes.objects_len = RANDOM_OBJECTS;
	assert_non_null(gp_record_keep(&b, f, GP_PHASE_ACCOUNT));
	write_and_read(f, GP_PHASE_ACCOUNT);
	assert_true(record->cut);
	assert_string_equal(record->service, service);
	/* What does not fit is none at all. */
	gp_buf_auto struct gp_buf small = GP_BUF(1000);
	assert_null(gp_record_keep(&small, f, GP_PHASE_ACCOUNT));
}

static enum gp_status read_text(const char *text, struct gp_error *err)
{
	gp_json_doc_auto struct gp_json_doc *doc = NULL;
	assert_int_equal(gp_json_parse(gp_str_from(text), &doc, NULL), GP_ST_OK);
	return gp_record_read(gp_json_root(doc), record, err);
}

static void test_record_wrong(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		const char *says;
	} rows[] = {
		{"[]", "facts: v"},
		{"{}", "facts: v"},
		{"{\"v\":\"1\"}", "facts: v"},
		{"{\"v\":2}", "facts: version 2"},
		{"{\"v\":1}", "facts: phase"},
		{"{\"v\":1,\"phase\":\"later\",\"groups\":[],\"passes\":[]}", "facts: phase"},
		{"{\"v\":1,\"phase\":\"token\",\"passes\":[]}", "facts: groups"},
		{"{\"v\":1,\"phase\":\"token\",\"groups\":[]}", "facts: passes"},
		{"{\"v\":1,\"phase\":\"token\",\"groups\":[],\"passes\":[{}]}", "facts: passes"},
		{"{\"v\":1,\"phase\":\"token\",\"groups\":[{}],\"passes\":[]}", "facts: groups"},
		{"{\"v\":1,\"phase\":\"token\",\"groups\":[3],\"passes\":[]}", "facts: groups"},
		{"{\"v\":1,\"phase\":\"token\",\"groups\":[],\"passes\":[],\"now\":\"x\"}",
		 "facts: now"},
		{"{\"v\":1,\"phase\":\"token\",\"groups\":[],\"passes\":[],\"member\":1}",
		 "facts: member"},
		{"{\"v\":1,\"phase\":\"token\",\"groups\":[],\"passes\":[],\"user\":{}}",
		 "facts: id"},
		{"{\"v\":1,\"phase\":\"token\",\"groups\":[],\"passes\":[],"
		 "\"identity\":{\"tid\":\"t\",\"oid\":\"o\",\"acct\":4294967296}}",
		 "facts: acct"},
		{"{\"v\":1,\"phase\":\"token\",\"groups\":[],\"passes\":[],"
		 "\"user\":{\"id\":\"i\",\"type\":\"robot\"}}",
		 "facts: type"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct gp_error err = {0};
		assert_int_not_equal(read_text(rows[i].text, &err), GP_ST_OK);
		if (!gp_str_starts(gp_str_from(err.text), rows[i].says)) {
			fail_msg("row %zu: %s", i, err.text);
		}
	}
	struct gp_error err = {0};
	assert_int_equal(read_text("{\"v\":2}", &err), GP_ST_UNSUPPORTED);
	assert_int_equal(
		read_text("{\"v\":1,\"phase\":\"token\",\"groups\":[],\"passes\":[]}", &err),
		GP_ST_OK);
}

/* Whatever is cut off or changed in a good one: it is read as something or refused, and never turns
 * into what was not there. */
static void test_record_spoilt(void **state)
{
	(void)state;
	static struct random_world r;
	gp_buf_auto struct gp_buf b = GP_BUF(GP_RECORD_MAX);
	random_world(&r, 7);
	r.w.facts.user = &r.w.user;
	r.w.facts.identity = &r.w.identity;
	gp_record_write(&b, &r.w.facts, GP_PHASE_TOKEN);
	for (size_t len = 0; len < b.len; len++) {
		gp_json_doc_auto struct gp_json_doc *doc = NULL;
		assert_int_not_equal(
			gp_json_parse((struct gp_str){gp_buf_get(&b), len}, &doc, NULL), GP_ST_OK);
	}
	size_t refused = 0;
	for (size_t i = 0; i < b.len * 8; i++) {
		gp_json_doc_auto struct gp_json_doc *doc = NULL;
		struct gp_facts back;
		struct gp_admission a;
		b.ptr[i / 8] = (char)(b.ptr[i / 8] ^ (1 << (i % 8)));
		if (gp_json_parse((struct gp_str){b.ptr, b.len}, &doc, NULL) != GP_ST_OK ||
		    gp_record_read(gp_json_root(doc), record, NULL) != GP_ST_OK) {
			refused++;
		} else {
			gp_record_apply(record, &r.w.config, &back);
			gp_admission_decide(&back, record->phase, &a);
			assert_in_range(a.verdict, GP_NO, GP_YES);
		}
		b.ptr[i / 8] = (char)(b.ptr[i / 8] ^ (1 << (i % 8)));
	}
	assert_true(refused > b.len);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_record_decides_as_before),
		cmocka_unit_test(test_record_zero),
		cmocka_unit_test(test_record_other_groups),
		cmocka_unit_test(test_record_other_basis),
		cmocka_unit_test(test_record_many_objects),
		cmocka_unit_test(test_record_largest),
		cmocka_unit_test(test_record_wrong),
		cmocka_unit_test(test_record_spoilt),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
