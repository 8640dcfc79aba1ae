/* SPDX-License-Identifier: Apache-2.0 */
/* Logins by an SSH key: what the check sign-in says of them, and the guest reads. */
#include <stdio.h>

#include "contract/text.h"
#include "policy/admission.h"
#include "tests/unit/policy/world.h"

#include "contract/ban.h"

#define HOUR 3600

struct row {
	uint32_t key_valid_s;
	enum gp_label label;
	int64_t age_s;
	enum gp_verdict verdict;
	const char *reason;
};

static const struct row rows[] = {
	{HOUR, GP_LABEL_LOW, 0, GP_YES, "ok"},
	{HOUR, GP_LABEL_MEDIUM, HOUR - 1, GP_YES, "ok"},
	{HOUR, GP_LABEL_LOW, HOUR, GP_NO, "key-too-old"},
	{HOUR, GP_LABEL_LOW, INT64_MAX, GP_NO, "key-too-old"},
	{HOUR, GP_LABEL_LOW, -1, GP_CANNOT_TELL, "key-age-unknown"},
	{HOUR, GP_LABEL_LOW, INT64_MIN, GP_CANNOT_TELL, "key-age-unknown"},
	{0, GP_LABEL_LOW, 0, GP_NO, "key-not-allowed"},
	/* The configuration takes no such thing, and if it did: */
	{HOUR, GP_LABEL_HIGH, 0, GP_NO, "key-not-allowed"},
};

static void by_key(struct world *w, const struct row *row)
{
	world_good(w);
	w->config.key_valid_s = row->key_valid_s;
	w->config.label = row->label;
	w->facts.signed_in = false;
	w->facts.by_key = true;
	w->facts.key_age_s = row->age_s;
	w->facts.baseline = &w->baseline;
	PUT(w->baseline.home, HOME);
}

static void test_key_rows(void **state)
{
	(void)state;
	char told[1024];
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world w;
		struct gp_admission a;
		by_key(&w, &rows[i]);
		gp_admission_decide(&w.facts, GP_PHASE_ACCOUNT, &a);
		const struct gp_check *check = check_of(&a, "sign-in");
		assert_int_equal(check->verdict, rows[i].verdict);
		assert_string_equal(check->reason, rows[i].reason);
		assert_true(strncmp(check->input, "SSH key, ", 9) == 0);
		assert_int_equal(a.verdict, rows[i].verdict == GP_YES ? GP_YES : GP_NO);
		assert_string_equal(a.reason, rows[i].reason);
		gp_admission_sentence(&a, GP_PHASE_ACCOUNT, &w.config, told, sizeof(told));
		if (rows[i].verdict != GP_YES) {
			assert_non_null(strstr(told, "ssh -o PubkeyAuthentication=no"));
		}
	}
}

/* A completed sign-in is enough, whatever key was offered before it; a key never is, elsewhere. */
static void test_key_and_sign_in(void **state)
{
	(void)state;
	struct world w;
	struct gp_admission a;
	by_key(&w, &rows[6]);
	w.facts.signed_in = true;
	gp_admission_decide(&w.facts, GP_PHASE_ACCOUNT, &a);
	assert_int_equal(a.verdict, GP_YES);
	assert_string_equal(check_of(&a, "sign-in")->input, "completed");
	by_key(&w, &rows[0]);
	w.facts.config = NULL;
	gp_admission_decide(&w.facts, GP_PHASE_ACCOUNT, &a);
	assert_int_equal(a.verdict, GP_NO);
	assert_string_equal(check_of(&a, "sign-in")->reason, "key-not-allowed");
	/* Everything else is judged as ever. */
	by_key(&w, &rows[0]);
	w.user.account_enabled = GP_FALSE;
	gp_admission_decide(&w.facts, GP_PHASE_ACCOUNT, &a);
	assert_int_equal(a.verdict, GP_NO);
	assert_string_equal(a.reason, "guest-disabled");
}

/* Whoever was remembered before root's word, or when nobody is remembered any more, may be another.
 */
static void test_key_and_roots_word(void **state)
{
	(void)state;
	struct world w;
	struct gp_admission a;
	static const struct {
		int64_t confirmed_s;
		enum gp_verdict verdict;
	} words[] = {{0, GP_YES},
		     {NOW - 601, GP_YES},
		     {NOW - 600, GP_NO},
		     {NOW, GP_NO},
		     {NOW + 100, GP_NO}};
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		by_key(&w, &rows[0]);
		w.facts.key_age_s = 600;
		w.facts.confirmed_s = words[i].confirmed_s;
		w.facts.baseline = &w.baseline;
		PUT(w.baseline.home, HOME);
		gp_admission_decide(&w.facts, GP_PHASE_ACCOUNT, &a);
		assert_int_equal(check_of(&a, "sign-in")->verdict, words[i].verdict);
		assert_int_equal(a.verdict, words[i].verdict);
	}
	by_key(&w, &rows[0]);
	w.facts.baseline = NULL;
	gp_admission_decide(&w.facts, GP_PHASE_ACCOUNT, &a);
	assert_int_equal(a.verdict, GP_NO);
	assert_int_equal(check_of(&a, "same-person")->verdict, GP_CANNOT_TELL);
	assert_string_equal(check_of(&a, "same-person")->reason, "person-unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_key_rows),
		cmocka_unit_test(test_key_and_sign_in),
		cmocka_unit_test(test_key_and_roots_word),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
