/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "session/registry.h"

#include "contract/ban.h"

static const struct gp_login_msg ada = {
	.op = GP_LOGIN_ACCOUNT,
	.service = {"sshd", 4},
	.user = {"ada@fabrikam.example", 20},
	.rhost = {"203.0.113.7", 11},
	.tty = {"ssh", 3},
	.uid = 2000000001,
};

static struct gp_registry *with_ada(uint8_t decision[static GP_DECISION_ID_BYTES])
{
	struct gp_registry *registry = NULL;
	struct gp_grant grant = {.decision = {1, 2, 3}};
	const struct gp_signin_request request = {
		.service = ada.service,
		.user = ada.user,
		.rhost = ada.rhost,
		.tty = ada.tty,
		.uid = ada.uid,
	};
	assert_int_equal(gp_registry_new(&registry), GP_ST_OK);
	assert_int_equal(gp_registry_grant(registry, &grant, &request, 1000), GP_ST_OK);
	memcpy(decision, grant.decision, GP_DECISION_ID_BYTES);
	return registry;
}

static void test_registry_finds_only_the_same_login(void **state)
{
	(void)state;
	uint8_t decision[GP_DECISION_ID_BYTES];
	struct gp_registry *registry = with_ada(decision);
	struct gp_login_msg other[5] = {ada, ada, ada, ada, ada};

	assert_non_null(gp_registry_find(registry, decision, &ada));
	other[0].uid++;
	other[1].user = GP_STR("grace@fabrikam.example");
	other[2].service = GP_STR("su");
	other[3].rhost = GP_STR("203.0.113.8");
	for (size_t i = 0; i < 4; i++)
		assert_null(gp_registry_find(registry, decision, &other[i]));
	decision[15] ^= 1;
	assert_null(gp_registry_find(registry, decision, &ada));
	gp_registry_free(registry);
}

static bool gone(const struct gp_session *session)
{
	(void)session;
	return false;
}

static bool alive(const struct gp_session *session)
{
	(void)session;
	return true;
}

static void test_registry_what_does_not_go_on_is_overdue(void **state)
{
	(void)state;
	uint8_t decision[GP_DECISION_ID_BYTES];
	struct gp_registry *registry = with_ada(decision);
	struct gp_session *s = gp_registry_find(registry, decision, &ada);

	assert_null(gp_registry_overdue(registry, 1000 + GP_SESSION_GRANTED_MS, alive));
	assert_ptr_equal(gp_registry_overdue(registry, 1001 + GP_SESSION_GRANTED_MS, alive), s);
	s->state = GP_SESSION_OPENING;
	assert_null(gp_registry_overdue(registry, 1000 + GP_SESSION_OPENING_MS, alive));
	assert_ptr_equal(gp_registry_overdue(registry, 1001 + GP_SESSION_OPENING_MS, alive), s);
	s->state = GP_SESSION_OPEN;
	assert_null(gp_registry_overdue(registry, INT64_MAX / 2, alive));
	assert_ptr_equal(gp_registry_overdue(registry, 1001, gone), s);
	gp_registry_remove(registry, s);
	assert_null(gp_registry_find(registry, decision, &ada));
	gp_registry_free(registry);
}

static void test_registry_a_grant_is_no_session_yet(void **state)
{
	(void)state;
	uint8_t decision[GP_DECISION_ID_BYTES];
	struct gp_registry *registry = with_ada(decision);
	struct gp_session *s = gp_registry_find(registry, decision, &ada);

	assert_false(gp_registry_has_session(registry, ada.user, ada.uid));
	s->state = GP_SESSION_OPENING;
	assert_true(gp_registry_has_session(registry, ada.user, ada.uid));
	assert_false(gp_registry_has_session(registry, ada.user, ada.uid + 1));
	assert_int_equal(gp_registry_count_open(registry), 0);
	s->state = GP_SESSION_OPEN;
	assert_int_equal(gp_registry_count_open(registry), 1);
	gp_registry_free(registry);
}

static void test_registry_is_bounded(void **state)
{
	(void)state;
	struct gp_registry *registry = NULL;
	const struct gp_grant grant = {.decision = {9}};
	const struct gp_signin_request request = {.user = ada.user, .service = ada.service};
	assert_int_equal(gp_registry_new(&registry), GP_ST_OK);
	for (size_t i = 0; i < GP_SESSIONS_MAX; i++)
		assert_int_equal(gp_registry_grant(registry, &grant, &request, 0), GP_ST_OK);
	assert_int_equal(gp_registry_grant(registry, &grant, &request, 0), GP_ST_TOO_BIG);
	gp_registry_free(registry);
}

/* Who has room reserved is not turned away; what is given back or used is free again. */
static void test_registry_reserves(void **state)
{
	(void)state;
	struct gp_registry *registry = NULL;
	struct gp_grant grant = {.decision = {1}};
	const struct gp_signin_request request = {.service = ada.service,
						  .user = ada.user,
						  .rhost = ada.rhost,
						  .tty = ada.tty,
						  .uid = ada.uid};
	assert_int_equal(gp_registry_new(&registry), GP_ST_OK);
	for (size_t i = 0; i < GP_SESSIONS_MAX; i++)
		assert_int_equal(gp_registry_reserve(registry), GP_ST_OK);
	assert_int_equal(gp_registry_reserve(registry), GP_ST_TOO_BIG);
	gp_registry_give_back(registry);
	assert_int_equal(gp_registry_reserve(registry), GP_ST_OK);
	assert_int_equal(gp_registry_grant(registry, &grant, &request, 1000), GP_ST_OK);
	assert_int_equal(gp_registry_reserve(registry), GP_ST_TOO_BIG);
	gp_registry_remove(registry, gp_registry_find(registry, grant.decision, &ada));
	assert_int_equal(gp_registry_reserve(registry), GP_ST_OK);
	gp_registry_free(registry);
}

static void test_process_start_time_tells_processes_apart(void **state)
{
	(void)state;
	assert_true(gp_process_start_time(getpid()) > 0);
	assert_int_equal(gp_process_start_time(0), 0);
	assert_int_equal(gp_process_start_time(-1), 0);
	pid_t child = fork();
	if (child == 0)
		_exit(0);
	assert_true(child > 0);
	assert_int_equal(waitpid(child, NULL, 0), child);
	assert_int_equal(gp_process_start_time(child), 0);

	struct gp_session s = {.leader = getpid(), .leader_start = gp_process_start_time(getpid())};
	assert_true(gp_session_leader_alive(&s));
	s.leader_start++;
	assert_false(gp_session_leader_alive(&s));
}

/* What the kernel says of us under NAME, as the audit has it. */
static void own_number(const char *name, char out[static 16])
{
	char path[64];
	char text[16] = "";
	uint64_t n = UINT32_MAX;
	(void)snprintf(path, sizeof(path), "/proc/self/%s", name);
	FILE *f = fopen(path, "re");
	if (f != NULL) {
		assert_non_null(fgets(text, sizeof(text), f));
		assert_int_equal(fclose(f), 0);
		assert_int_equal(gp_parse_u64(gp_str_trim(gp_str_from(text)), UINT32_MAX, &n),
				 GP_ST_OK);
	}
	if (n == UINT32_MAX)
		(void)snprintf(out, 16, "none");
	else
		(void)snprintf(out, 16, "%llu", (unsigned long long)n);
}

static void test_process_who(void **state)
{
	(void)state;
	char login[16];
	char audit_session[16];
	char expected[GP_WHO_TEXT];
	char who[GP_WHO_TEXT];
	own_number("loginuid", login);
	own_number("sessionid", audit_session);
	(void)snprintf(expected, sizeof(expected), "uid=4294967294 loginuid=%s session=%s", login,
		       audit_session);
	gp_process_who(getpid(), 4294967294, who);
	assert_string_equal(who, expected);
	/* Of a process that is gone nothing but the uid is known. */
	gp_process_who(-1, 0, who);
	assert_string_equal(who, "uid=0 loginuid=none session=none");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_registry_finds_only_the_same_login),
		cmocka_unit_test(test_registry_what_does_not_go_on_is_overdue),
		cmocka_unit_test(test_registry_a_grant_is_no_session_yet),
		cmocka_unit_test(test_registry_is_bounded),
		cmocka_unit_test(test_registry_reserves),
		cmocka_unit_test(test_process_start_time_tells_processes_apart),
		cmocka_unit_test(test_process_who),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
