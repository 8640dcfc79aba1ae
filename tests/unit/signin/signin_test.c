/* SPDX-License-Identifier: Apache-2.0 */
#include "signin/signin.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "entra/device_internal.h"
#include "signin/internal.h"
#include "tests/unit/support/entra_rig.h"
#include "tests/unit/support/log_catch.h"
#include "tests/unit/support/sync_world.h"

#include "tests/unit/signin/signin_rig.h"

#include "contract/ban.h"

static void test_signin_dropped_one_stops_polling(void **state)
{
	struct hall *h = *state;
	struct person first, second;
	h->rig.config->codes_per_guest = 1;
	begin(h, &first, "2001:db8::1");
	begin(h, &second, "2001:db8::2");
	assert_int_equal(first.done, 0);
	assert_int_equal(first.signin->state, GP_SIGNIN_DECIDED);
	assert_null(first.signin->flow);
	assert_non_null(second.signin->flow);
	assert_ptr_equal(h->tenant.flows->first, second.signin->flow);
	assert_null(second.signin->flow->next);
	gp_signin_answer(first.signin, false, 9000);
	assert_int_equal(first.done, 1);
	assert_int_equal(first.code, GP_LOGIN_DENIED);
	assert_non_null(strstr(first.text, "newer"));
	assert_int_equal(recorded(h, "\"replaced-by-newer\""), 1);
	assert_int_equal(recorded(h, "\"event\""), 1);
}

/* A whole IPv6 network is one source: its newcomer ends its own, not the guest's older one. */
static void test_signin_network_is_one_source(void **state)
{
	struct hall *h = *state;
	struct person guest, stranger, again;
	h->rig.config->codes_per_guest = 2;
	begin(h, &guest, "192.0.2.1");
	test_clock_advance_ms(&h->rig.clock, 1000);
	begin(h, &stranger, "2001:db8::1");
	begin(h, &again, "2001:db8::2");
	assert_int_equal(guest.signin->state, GP_SIGNIN_POLLING);
	assert_int_equal(stranger.signin->state, GP_SIGNIN_DECIDED);
}

static void test_signin_client_gone(void **state)
{
	struct hall *h = *state;
	struct person p;
	begin(h, &p, "192.0.2.1");
	gp_signin_cancel(p.signin);
	assert_int_equal(p.done, 0);
	assert_null(h->tenant.flows->first);
	assert_int_equal(gp_signins_count(h->signins), 0);
	assert_int_equal(recorded(h, "\"abandoned\""), 1);
}

static void test_signin_stop_answers_everybody(void **state)
{
	struct hall *h = *state;
	struct person one, two;
	begin(h, &one, "192.0.2.1");
	begin(h, &two, "192.0.2.2");
	gp_signins_stop(h->signins);
	assert_int_equal(one.done, 1);
	assert_int_equal(two.done, 1);
	assert_int_equal(one.code, GP_LOGIN_UNAVAILABLE);
	assert_non_null(strstr(two.text, "restarted"));
	assert_null(h->tenant.flows->first);
}

/* Admitted, and still at the prompt. */
static void admit(struct person *p)
{
	gp_signin_decide(p->signin, GP_LOGIN_GRANTED, "admitted", "ok");
	assert_int_equal(p->done, 0);
}

static void test_signin_admitted_and_gone(void **state)
{
	struct hall *h = *state;
	struct person p;
	begin(h, &p, "192.0.2.1");
	admit(&p);
	gp_signin_cancel(p.signin);
	assert_int_equal(p.done, 0);
	assert_int_equal(recorded(h, "\"admitted\""), 1);
	assert_int_equal(recorded(h, "\"abandoned\""), 1);
}

/* Before the Enter a grant would be a malformed message to the module. */
static void test_signin_admitted_and_stopped(void **state)
{
	struct hall *h = *state;
	struct person p;
	begin(h, &p, "192.0.2.1");
	admit(&p);
	gp_signins_stop(h->signins);
	assert_int_equal(p.done, 1);
	assert_int_equal(p.code, GP_LOGIN_UNAVAILABLE);
	assert_non_null(strstr(p.text, "restarted"));
	assert_int_equal(recorded(h, "\"daemon-stopping\""), 1);
}

static void test_signin_admitted_with_the_enter(void **state)
{
	struct hall *h = *state;
	struct person p;
	begin(h, &p, "192.0.2.1");
	admit(&p);
	gp_signin_answer(p.signin, false, 9000);
	assert_int_equal(p.done, 1);
	assert_int_equal(p.code, GP_LOGIN_GRANTED);
}

/* sshd's password method answers at once and with something. */
static void test_signin_refuses_the_password_method(void **state)
{
	struct hall *h = *state;
	struct person p;
	begin(h, &p, "192.0.2.1");
	gp_signin_answer(p.signin, true, 3);
	assert_int_equal(p.done, 1);
	assert_int_equal(p.code, GP_LOGIN_DENIED);
	assert_non_null(strstr(p.text, "keyboard-interactive"));
	assert_int_equal(recorded(h, "\"password-method\""), 1);
}

/* An early Enter is held; the question comes again only after a while. */
static void test_signin_early_enter_is_held(void **state)
{
	struct hall *h = *state;
	struct person p;
	begin(h, &p, "192.0.2.1");
	gp_signin_answer(p.signin, false, 2000);
	assert_true(loop_drain(h->rig.event));
	assert_int_equal(p.asked, 1);
	assert_int_equal(p.done, 0);
	/* A second answer without a question means nothing. */
	gp_signin_answer(p.signin, false, 2000);
	assert_int_equal(p.done, 0);
	test_clock_advance_ms(&h->rig.clock, 301000);
	gp_signin_ask_again(p.signin);
	assert_int_equal(p.done, 1);
	assert_int_equal(p.code, GP_LOGIN_DENIED);
	assert_int_equal(recorded(h, "\"login-time-over\""), 1);
}

/* Until Entra has named its time nothing is known about ours, which admits nobody. */
static void test_signin_clock(void **state)
{
	struct hall *h = *state;
	assert_int_equal(gp_tenant_clock_ok(&h->tenant), GP_UNKNOWN);
	gp_authority_saw_date(h->rig.authority, 0);
	assert_int_equal(gp_tenant_clock_ok(&h->tenant), GP_UNKNOWN);
	gp_authority_saw_date(h->rig.authority, RIG_NOW - 300);
	assert_int_equal(gp_tenant_clock_ok(&h->tenant), GP_TRUE);
	gp_authority_saw_date(h->rig.authority, RIG_NOW + 301);
	assert_int_equal(gp_tenant_clock_ok(&h->tenant), GP_FALSE);
}

/* A clock that was set right is found to be by the next sign-in, without a reload. */
static void test_signin_clock_set_right(void **state)
{
	struct hall *h = *state;
	struct person p;
	const char *dates[] = {"Date: Fri, 15 Jan 2027 07:50:00 GMT\r\n",
			       "Date: Fri, 15 Jan 2027 08:00:00 GMT\r\n"};
	for (size_t i = 0; i < 2; i++) {
		gp_authority_saw_date(h->rig.authority, RIG_NOW - 600);
		tls_server_forget_script(h->rig.server);
		tls_server_script(h->rig.server, &(struct tls_answer){.path = CODE_PATH,
								      .status = 200,
								      .headers = dates[i],
								      .body = CODE});
		start(h, &p, "192.0.2.1");
		assert_true(loop_until(h->rig.event, i == 0 ? &p.done : &p.asked, 1, RIG_WAIT_MS));
		assert_int_equal(p.done, i == 0);
		assert_int_equal(p.asked, i == 1);
	}
	assert_int_equal(recorded(h, "\"clock-wrong\""), 2); /* the reason, and its check */
}

/* The next read of the groups says so of Ada. */
static void read_again(struct hall *h, enum gp_tri enabled)
{
	struct sync_world *w = h->world;
	struct gp_user ada;
	gp_sync_user(w->sync, gp_sync_find(w->sync, GP_STR(NAME)), &ada);
	ada.account_enabled = enabled;
	gp_sync_reload(w->sync, w->config, NULL);
	assert_true(loop_until(w->event, &w->listings, 3, WAIT));
	w->listing.user(w->listing.arg, &ada);
	sync_world_end_listing(w, GP_ST_OK);
	sync_world_end_listing(w, GP_ST_OK);
	assert_int_equal(w->synced, 2);
}

/* A clock that was wrong hides no other no: no code is asked for. */
static void test_signin_clock_hides_nothing(void **state)
{
	struct hall *h = *state;
	struct person p;
	read_again(h, GP_FALSE);
	gp_authority_saw_date(h->rig.authority, RIG_NOW - 600);
	start(h, &p, "192.0.2.1");
	assert_null(p.signin);
	assert_int_equal(p.done, 1);
	assert_int_equal(p.code, GP_LOGIN_DENIED);
	assert_int_equal(recorded(h, "\"reason\":\"guest-disabled\""), 2); /* and its check */
	assert_int_equal(recorded(h, "\"clock-wrong\""), 0);
}

/* A local account took her name meanwhile: what stands in her way is known, and waiting does not
 * help. */
static void test_signin_loses_the_name_meanwhile(void **state)
{
	struct hall *h = *state;
	struct person p;
	const struct gp_check *check = NULL;
	begin(h, &p, "192.0.2.1");
	gp_signin_evaluate(p.signin, GP_PHASE_TOKEN, GP_TRUE);
	for (int taken = 0; taken < 2; taken++) {
		if (taken) {
			sync_world_write(h->world->passwd,
					 "root:x:0:0:::\n" NAME ":x:1001:1001:::\n");
			read_again(h, GP_TRUE);
			assert_null(gp_sync_find(h->world->sync, GP_STR(NAME)));
			gp_signin_evaluate(p.signin, GP_PHASE_TOKEN, GP_TRUE);
		}
		const struct gp_admission *found = &p.signin->admission;
		for (size_t i = 0; i < found->len; i++)
			if (strcmp(found->checks[i].name, "quarantine") == 0)
				check = &found->checks[i];
		assert_non_null(check);
		assert_int_equal(check->verdict, taken ? GP_NO : GP_YES);
		assert_string_equal(check->reason, taken ? "quarantined" : "ok");
	}
	gp_signin_cancel(p.signin);
}

/* Most refusals are seen in the browser only: after a minute each Enter says what they may be. */
static void test_signin_names_causes_after_a_minute(void **state)
{
	struct hall *h = *state;
	struct person p;
	begin(h, &p, "192.0.2.1");
	gp_signin_answer(p.signin, false, 2000);
	gp_signin_ask_again(p.signin);
	assert_non_null(strstr(p.screen, "Not signed in yet"));
	assert_null(strstr(p.screen, "block page"));
	test_clock_advance_ms(&h->rig.clock, 61000);
	gp_signin_answer(p.signin, false, 2000);
	gp_signin_ask_again(p.signin);
	assert_non_null(strstr(p.screen, "block page"));
	assert_int_equal(p.asked, 3);
	assert_int_equal(p.done, 0);
}

/* A client without a terminal answers by itself; a person who is quick now and then is no program.
 */
static void test_signin_programs_come_to_an_end(void **state)
{
	struct hall *h = *state;
	struct person p;
	begin(h, &p, "192.0.2.1");
	for (int i = 0; i < 5; i++) {
		gp_signin_answer(p.signin, false, 1);
		gp_signin_ask_again(p.signin);
	}
	gp_signin_answer(p.signin, false, 3000);
	gp_signin_ask_again(p.signin);
	for (int i = 0; i < 5; i++) {
		assert_int_equal(p.done, 0);
		gp_signin_answer(p.signin, false, 1);
		gp_signin_ask_again(p.signin);
	}
	gp_signin_answer(p.signin, false, 1);
	assert_int_equal(p.done, 1);
	assert_int_equal(p.code, GP_LOGIN_DENIED);
	assert_int_equal(recorded(h, "\"nobody-there\""), 1);
}

/* Tokens whose signing key is not known yet; the script says what becomes of reading the keys. */
static void redeem(struct hall *h, struct person *p)
{
	/* {"typ":"JWT","alg":"RS256","kid":"new"}, {} */
	static const char tokens[] =
		"{\"token_type\":\"Bearer\",\"expires_in\":4178,"
		"\"access_token\":\"eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiIsImtpZCI6Im5ldyJ9.e30."
		"AAAA\","
		"\"id_token\":\"eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiIsImtpZCI6Im5ldyJ9.e30.AAAA\"}";
	tls_server_script(h->rig.server,
			  &(struct tls_answer){.path = "/token", .status = 200, .body = tokens});
	begin(h, p, "192.0.2.1");
	gp_signin_answer(p->signin, false, 2000);
	test_clock_advance_ms(&h->rig.clock, 5000);
	gp_device_flows_run_due(h->tenant.flows);
}

/* A person has done his part: reading the keys for him is tried again. */
static void test_signin_keys_are_read_again(void **state)
{
	struct hall *h = *state;
	struct person p;
	tls_server_script(h->rig.server, &(struct tls_answer){.path = "/keys", .status = 503});
	entra_rig_script_authority(&h->rig);
	redeem(h, &p);
	assert_true(loop_until(h->rig.event, &p.done, 1, RIG_WAIT_MS));
	/* They came, without the key. */
	assert_int_equal(p.code, GP_LOGIN_DENIED);
	assert_int_equal(recorded(h, "\"token-invalid\""), 1);
}

static void test_signin_keys_are_not_read_for_ever(void **state)
{
	struct hall *h = *state;
	struct person p;
	tls_server_script(h->rig.server,
			  &(struct tls_answer){.path = "/keys", .status = 503, .times = -1});
	entra_rig_script_authority(&h->rig);
	entra_rig_script_authority(&h->rig);
	redeem(h, &p);
	assert_true(loop_until(h->rig.event, &p.done, 1, RIG_WAIT_MS));
	assert_int_equal(p.code, GP_LOGIN_UNAVAILABLE);
	assert_int_equal(recorded(h, "\"facts-not-read\""), 1);
}

static void test_signin_typing_is_explained(void **state)
{
	struct hall *h = *state;
	struct person p;
	begin(h, &p, "192.0.2.1");
	gp_signin_answer(p.signin, true, 4000);
	assert_int_equal(p.asked, 2);
	assert_non_null(strstr(p.screen, "Nothing is to be typed"));
	assert_non_null(strstr(p.screen, "FJC3LNB7A"));
}

/* One end, one warning: with what went wrong, and with the reference that the guest reads. */
static void test_signin_failed_flow_is_logged_once(void **state)
{
	struct hall *h = *state;
	struct person p;
	struct log_catch log;
	char text[4096];
	tls_server_script(h->rig.server,
			  &(struct tls_answer){.path = CODE_PATH, .status = 200, .body = "{}"});
	log_catch_start(&log);
	start(h, &p, "192.0.2.1");
	bool ended = loop_until(h->rig.event, &p.done, 1, RIG_WAIT_MS);
	log_catch_stop(&log, text, sizeof(text));
	assert_true(ended);
	assert_int_equal(p.code, GP_LOGIN_UNAVAILABLE);
	const char *warning = strstr(text, " warn ");
	assert_non_null(warning);
	assert_null(strstr(warning + 1, " warn "));
	assert_int_equal(strncmp(warning, " warn device-flow-ended class=", 30), 0);
	/* Not empty. */
	assert_non_null(strstr(warning, " error="));
	assert_null(strstr(warning, " error= "));
	const char *reference = strstr(warning, " correlation=");
	assert_non_null(reference);
	char id[GP_GUID_TEXT];
	assert_int_equal(gp_copy(id, sizeof(id), (struct gp_str){reference + 13, 36}), GP_ST_OK);
	assert_non_null(strstr(p.text, id));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_signin_dropped_one_stops_polling, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_signin_network_is_one_source, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_signin_names_causes_after_a_minute, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_signin_programs_come_to_an_end, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_signin_typing_is_explained, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_signin_keys_are_read_again, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_signin_keys_are_not_read_for_ever, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_signin_failed_flow_is_logged_once, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_signin_client_gone, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_signin_clock, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_signin_clock_set_right, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_signin_clock_hides_nothing, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_signin_loses_the_name_meanwhile, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_signin_admitted_and_gone, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_signin_admitted_and_stopped, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_signin_admitted_with_the_enter, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_signin_stop_answers_everybody, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_signin_refuses_the_password_method, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_signin_early_enter_is_held, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
