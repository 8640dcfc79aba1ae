/* SPDX-License-Identifier: Apache-2.0 */
/* What the policies that were kept say of somebody whose browser was stopped. */
#include "signin/policies.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
// clang-format on
#include <stdlib.h>
#include <unistd.h>

#include "tests/unit/config/sample.h"

#include "contract/ban.h"

#define FLOW                                                                                       \
	"{\"id\":\"aaaaaaaa-0000-4000-8000-000000000009\",\"displayName\":\"No codes\",\"state\":" \
	"\"enabled\",\"conditions\":{\"users\":{\"includeUsers\":[\"All\"]},\"applications\":{"    \
	"\"includeApplications\":[\"All\"]},\"authenticationFlows\":{\"transferMethods\":"         \
	"\"deviceCodeFlow\"}},\"grantControls\":{\"operator\":\"OR\",\"builtInControls\":["        \
	"\"block\"]}}"
#define KEEPS_OUT                                                                                  \
	"{\"tenantId\":\"" HOME_1                                                                  \
	"\",\"b2bCollaborationInbound\":{\"usersAndGroups\":{\"accessType\":\"blocked\","          \
	"\"targets\":[{\"target\":\"AllUsers\",\"targetType\":\"user\"}]}}}"
#define SET(policy, partner)                                                                       \
	"{\"policies\":[{\"value\":[" policy "]}],\"locations\":[],\"default\":{},"                \
	"\"partners\":[{\"value\":[" partner "]}]}"

struct rig {
	char dir[40], file[64];
	sd_event *event;
	struct gp_store *store;
	struct gp_tenant tenant;
	struct gp_policies *policies;
};

static void start(struct rig *r, const char *kept)
{
	struct gp_error err = {0};
	const struct gp_config_file file = {"g.conf",
					    gp_str_from(SAMPLE "ssh_location = report\n")};
	*r = (struct rig){.tenant = {.refs = 1}};
	assert_int_equal(gp_copy(r->dir, sizeof(r->dir), GP_STR("/tmp/gp-policies-XXXXXX")),
			 GP_ST_OK);
	assert_non_null(mkdtemp(r->dir));
	assert_int_equal(gp_format(r->file, sizeof(r->file), "%s/guests.db", r->dir), GP_ST_OK);
	assert_int_equal(gp_store_open(r->file, &r->store, &err), GP_ST_OK);
	if (gp_config_parse(&file, 1, &r->tenant.config, &err) != GP_ST_OK)
		fail_msg("%s", err.text);
	assert_int_equal(gp_store_document_put(r->store, "policies " TENANT,
					       gp_clock_wall_s(gp_clock_system()), kept, &err),
			 GP_ST_OK);
	assert_true(sd_event_new(&r->event) >= 0);
	assert_int_equal(gp_policies_new(r->event, gp_clock_system(), r->store, &r->policies),
			 GP_ST_OK);
	gp_policies_use(r->policies, &r->tenant);
	assert_non_null(gp_policies_set(r->policies));
}

static void stop(struct rig *r)
{
	static const char *const ends[] = {"", "-wal", "-shm"};
	gp_policies_free(r->policies);
	assert_int_equal(r->tenant.refs, 1);
	gp_config_free(r->tenant.config);
	gp_store_close(r->store);
	sd_event_unref(r->event);
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		char path[80];
		assert_int_equal(gp_format(path, sizeof(path), "%s%s", r->file, ends[i]), GP_ST_OK);
		(void)unlink(path);
	}
	assert_int_equal(rmdir(r->dir), 0);
}

static void is(const struct rig *r, const char *expected)
{
	gp_buf_auto struct gp_buf out = GP_BUF(GP_LIKELY_MAX);
	gp_policies_likely(r->policies, r->tenant.config, &out);
	assert_string_equal(gp_buf_get(&out), expected);
}

static void test_likely(void **state)
{
	(void)state;
	struct rig r;
	start(&r, SET(FLOW, ""));
	is(&r,
	   "    - likely: a rule of the host's organisation blocks the device code flow, by which "
	   "guests sign in.\n");
	stop(&r);
	start(&r, SET("", KEEPS_OUT));
	/* Whose it is, and whether it is that of the guest whose name was typed, is told to nobody
	 * who has proved nothing yet. */
	is(&r, "    - likely: the host's organisation does not admit people of every "
	       "organisation.\n");
	stop(&r);
}

static void test_nothing_known(void **state)
{
	(void)state;
	static struct gp_config config;
	gp_buf_auto struct gp_buf out = GP_BUF(GP_LIKELY_MAX);
	gp_policies_likely(NULL, &config, &out);
	assert_string_equal(gp_buf_get(&out), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_likely),
		cmocka_unit_test(test_nothing_known),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
