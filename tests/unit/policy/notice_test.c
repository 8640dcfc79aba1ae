/* SPDX-License-Identifier: Apache-2.0 */
/* What an admitted guest reads. */
#include <stdio.h>

#include "contract/text.h"
#include "policy/admission.h"
#include "tests/unit/policy/world.h"

#include "contract/ban.h"

#define PLAIN "For guests: no scheduled jobs; no forwarding of ports, agents or X11."

struct notice {
	struct world w;
	struct gp_admission a;
	char text[2048];
};

static void decided(struct notice *n)
{
	gp_admission_decide(&n->w.facts, GP_PHASE_TOKEN, &n->a);
	assert_int_equal(n->a.verdict, GP_YES);
}

static struct gp_notice notice_of(const struct notice *n, const struct gp_identity *identity,
				  int64_t now_s)
{
	return (struct gp_notice){&n->w.config, &n->a.pass, n->a.sponsor, identity, now_s};
}

static const char *warned(struct notice *n, int64_t now_s)
{
	const struct gp_notice notice = notice_of(n, NULL, now_s);
	gp_admission_warning(&notice, n->text, sizeof(n->text));
	assert_true(gp_text_is_safe(gp_str_from(n->text), GP_TEXT_LINE));
	return n->text;
}

static const char *told(struct notice *n, const struct gp_identity *identity, int64_t now_s)
{
	const struct gp_notice notice = notice_of(n, identity, now_s);
	gp_admission_notice(&notice, n->text, sizeof(n->text));
	assert_true(gp_text_is_safe(gp_str_from(n->text), GP_TEXT_SCREEN));
	return n->text;
}

static void says(const char *text, const char *part)
{
	if (strstr(text, part) == NULL) {
		fail_msg("%s is not in: %s", part, text);
	}
}

static void test_notice_of_the_pass(void **state)
{
	(void)state;
	struct notice n;
	world_good(&n.w);
	PUT(n.w.config.tier, "build");
	decided(&n);
	assert_string_equal(told(&n, NULL, NOW), PLAIN); /* no end, nothing to say of it */
	assert_string_equal(warned(&n, NOW), "");
	n.w.config.max_stay_s = 16 * (uint32_t)DAY;
	decided(&n);
	assert_string_equal(told(&n, NULL, NOW),
			    "Your pass for build is valid until 2026-10-06 14:13 UTC.\n" PLAIN);
	static const struct {
		int64_t rest_s;
		const char *says;
	} rests[] = {{14 * DAY, " It ends in 14 days. Ask Sam Sponsor for longer access."},
		     {2 * DAY, " It ends in 2 days."},
		     {2 * DAY - 1, " It ends in 47 hours."},
		     {3600, " It ends in 1 hour."},
		     {3599, " It ends in less than an hour."}};
	for (size_t i = 0; i < sizeof(rests) / sizeof(rests[0]); i++) {
		says(warned(&n, n.a.pass.end_s - rests[i].rest_s), rests[i].says);
	}
	assert_string_equal(warned(&n, n.a.pass.end_s - 14 * DAY - 1), "");
	PUT(n.w.config.access_request_url, "https://myaccess.example/x");
	says(warned(&n, n.a.pass.end_s - DAY),
	     "UTC. It ends in 24 hours. Ask for longer access at https://myaccess.example/x");
}

static void test_notice_of_the_sign_in(void **state)
{
	(void)state;
	struct notice n;
	struct gp_identity identity = {0};
	world_good(&n.w);
	decided(&n);
	assert_string_equal(told(&n, &identity, NOW), PLAIN);
	PUT(identity.ipaddr, "203.0.113.9");
	assert_string_equal(told(&n, &identity, NOW),
			    "You signed in from 203.0.113.9, as Entra saw it. If that was not you, "
			    "tell your organisation.\n" PLAIN);
	PUT(n.w.config.owner, "platform@contoso.example");
	says(told(&n, &identity, NOW), "tell your organisation and platform@contoso.example.\n");
}

static void test_notice_of_what_is_restricted(void **state)
{
	(void)state;
	struct notice n;
	world_good(&n.w);
	decided(&n);
	n.w.config.label = GP_LABEL_LOW;
	n.w.config.forwarding = GP_FORWARDING_LOCAL;
	n.w.config.key_valid_s = 2 * 3600;
	PUT(n.w.config.shell_group, "gp-shell");
	PUT(n.w.config.hours, "Mon-Fri 07:00-19:00 Europe/Berlin");
	assert_string_equal(
		told(&n, NULL, NOW),
		"For guests: no scheduled jobs; nothing is forwarded but ssh -L; a shell for "
		"members "
		"of gp-shell, sftp for all others; entry Mon-Fri 07:00-19:00 Europe/Berlin; an SSH "
		"key of yours opens the door for 2 h after a sign-in.");
	n.w.config.key_valid_s = 601;
	says(told(&n, NULL, NOW), "for 11 min after");
	/* What the configuration does not take opens nothing, and is not promised. */
	n.w.config.label = GP_LABEL_HIGH;
	assert_null(strstr(told(&n, NULL, NOW), "SSH key"));
}

static void test_notice_without_room(void **state)
{
	(void)state;
	struct notice n;
	char text[20];
	world_good(&n.w);
	decided(&n);
	n.w.config.max_stay_s = 16 * (uint32_t)DAY;
	decided(&n);
	struct gp_notice notice = notice_of(&n, NULL, n.a.pass.end_s - DAY);
	void (*const both[])(const struct gp_notice *, char *, size_t) = {gp_admission_notice,
									  gp_admission_warning};
	for (size_t i = 0; i < 2; i++) {
		memset(text, 'x', sizeof(text));
		both[i](&notice, text, sizeof(text));
		assert_string_equal(text, "");
		both[i](&notice, NULL, 0);
	}
	notice.config = NULL;
	for (size_t i = 0; i < 2; i++) {
		memset(text, 'x', sizeof(text));
		both[i](&notice, text, sizeof(text));
		assert_string_equal(text, "");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_notice_of_the_pass),
		cmocka_unit_test(test_notice_of_the_sign_in),
		cmocka_unit_test(test_notice_of_what_is_restricted),
		cmocka_unit_test(test_notice_without_room),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
