/* SPDX-License-Identifier: Apache-2.0 */
/* Which sign-in lets whom become somebody else, in which terminal, and until when. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "session/steps.h"

#include "contract/ban.h"

#define ADA   "ada@fabrikam.example"
#define UID   2000683000
#define UNTIL 600000

static const struct gp_terminal here = {100, 7, 200, 9};
static const struct gp_terminal again = {100, 7, 201, 10};     /* the same terminal, another run */
static const struct gp_terminal elsewhere = {101, 8, 202, 11}; /* another terminal */
static const struct gp_terminal reused = {100, 70, 203, 12};   /* the pid of a later leader */
static const struct gp_terminal unknown;

static struct gp_steps *made(int64_t until_ms)
{
	struct gp_steps *steps = NULL;
	struct gp_session session = {.uid = UID};
	assert_int_equal(gp_copy(session.name, sizeof(session.name), GP_STR(ADA)), GP_ST_OK);
	assert_int_equal(gp_steps_new(&steps), GP_ST_OK);
	assert_int_equal(gp_steps_add(steps, &session, &here, 1000, until_ms), GP_ST_OK);
	return steps;
}

static bool found(const struct gp_steps *steps, const struct gp_terminal *t, int64_t now_ms)
{
	return gp_steps_find(steps, GP_STR(ADA), UID, t, now_ms) != NULL;
}

static void test_steps_hold_in_their_terminal_alone(void **state)
{
	(void)state;
	struct gp_steps *steps = made(UNTIL);
	assert_true(found(steps, &here, 1000));
	assert_true(found(steps, &again, UNTIL - 1));
	assert_false(found(steps, &again, UNTIL));
	assert_false(found(steps, &elsewhere, 1000));
	assert_false(found(steps, &reused, 1000));
	assert_false(found(steps, &unknown, 1000));
	assert_null(gp_steps_find(steps, GP_STR("grace@fabrikam.example"), UID, &here, 1000));
	assert_null(gp_steps_find(steps, GP_STR(ADA), UID + 1, &here, 1000));
	gp_steps_free(steps);
}

/* What is not to be remembered at all holds for the run that it was made in. */
static void test_steps_hold_for_one_run(void **state)
{
	(void)state;
	struct gp_steps *steps = made(1000);
	assert_true(found(steps, &here, 1000));
	assert_true(found(steps, &here, 60999));
	assert_false(found(steps, &here, 61000));
	assert_false(found(steps, &again, 1000));
	gp_steps_sweep(steps, 60999);
	assert_true(found(steps, &here, 60999));
	gp_steps_free(steps);
}

/* A terminal of which nothing is known is none, for whoever made the sign-in either. */
static void test_steps_of_an_unknown_terminal(void **state)
{
	(void)state;
	struct gp_steps *steps = NULL;
	const struct gp_session session = {.uid = UID, .name = ADA};
	assert_int_equal(gp_steps_new(&steps), GP_ST_OK);
	assert_int_equal(gp_steps_add(steps, &session, &unknown, 1000, UNTIL), GP_ST_OK);
	assert_false(found(steps, &unknown, 1000));
	assert_false(found(steps, &here, 1000));
	gp_steps_free(steps);
}

static void test_steps_go(void **state)
{
	(void)state;
	struct gp_steps *steps = made(UNTIL);
	gp_steps_drop(steps, GP_STR("grace@fabrikam.example"), UID);
	assert_true(found(steps, &here, 1000));
	gp_steps_drop(steps, GP_STR(ADA), UID);
	assert_false(found(steps, &here, 1000));
	gp_steps_free(steps);
	steps = made(UNTIL);
	struct gp_session other = {.uid = UID + 1, .name = "b@x"};
	for (int i = 0; i < GP_STEPS_MAX; i++)
		assert_int_equal(gp_steps_add(steps, &other, &elsewhere, 1000, UNTIL), GP_ST_OK);
	/* One guest in one terminal has one. */
	assert_true(found(steps, &here, 1000));
	for (int i = 0; i < GP_STEPS_MAX; i++) {
		const struct gp_terminal many = {1000 + i, 1, 2000 + i, 1};
		assert_int_equal(gp_steps_add(steps, &other, &many, 1000, UNTIL), GP_ST_OK);
	}
	/* The oldest gave way. */
	assert_false(found(steps, &here, 1000));
	gp_steps_free(steps);
}

static void test_steps_kin(void **state)
{
	(void)state;
	pid_t parent = 0;
	pid_t session = 0;
	static const char *const bad[] = {"",
					  "12 sudo S 1 2 3",
					  "12 (sudo) S",
					  "12 (sudo) S 1 2",
					  "12 (sudo) S x 2 3",
					  "12 (sudo) S 1 2 99999999999"};
	assert_true(gp_process_parse_kin(GP_STR("12 (a) b) (su do) S 11 12 10 34816 12 0"), &parent,
					 &session));
	assert_int_equal(parent, 11);
	assert_int_equal(session, 10);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(gp_process_parse_kin(gp_str_from(bad[i]), &parent, &session));
	/* This very process has both. */
	struct gp_terminal mine;
	gp_terminal_of(getpid(), &mine);
	assert_int_equal(mine.session, getsid(0));
	assert_int_equal(gp_process_parent(getpid()), getppid());
	assert_int_equal(mine.asks_start, gp_process_start_time(getpid()));
	assert_int_equal(gp_process_parent(-1), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_steps_hold_in_their_terminal_alone),
		cmocka_unit_test(test_steps_hold_for_one_run),
		cmocka_unit_test(test_steps_of_an_unknown_terminal),
		cmocka_unit_test(test_steps_go),
		cmocka_unit_test(test_steps_kin),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
