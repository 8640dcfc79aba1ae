/* SPDX-License-Identifier: Apache-2.0 */
/* Guests, records and rules for a plan, and what comes out. */
#ifndef GP_TESTS_PLAN_RIG_H
#define GP_TESTS_PLAN_RIG_H

#include "directory/plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "contract/directory_build.h"
#include "identity/number.h"

#include "contract/ban.h"

#define TENANT "72f988bf-86f1-41af-91ab-2d7cd011db47"
#define OTHER  "0f0f0f0f-86f1-41af-91ab-2d7cd011db47"
#define A      "aaaaaaaa-0000-4000-8000-000000000001"
#define B      "bbbbbbbb-0000-4000-8000-000000000002"
#define C      "cccccccc-0000-4000-8000-000000000003"

#define ACCESS "10000000-0000-4000-8000-000000000001"
#define BUILD  "20000000-0000-4000-8000-000000000002"
#define OPS    "30000000-0000-4000-8000-000000000003"

#define USERS 8

struct world {
	struct gp_ids_rules *rules;
	struct gp_user users[USERS];
	size_t user_count;
	struct gp_guest_record records[USERS];
	size_t record_count;
	struct gp_local local; /* empty; its lists are a test's own */
	struct gp_config *config;
	struct gp_roll *roll; /* of the last plan; everybody in it is in the one access group */
	struct gp_group_record groups[4];
	size_t group_count;
	struct gp_held_number held;
	size_t held_count;
	const struct gp_oid *in_question;
	size_t in_question_count;
	const struct gp_directory_view *only;
	struct gp_plan plan;
};

static inline int set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	if (w == NULL || (w->rules = calloc(1, sizeof(*w->rules))) == NULL ||
	    (w->config = calloc(1, sizeof(*w->config))) == NULL) {
		return -1;
	}
	memcpy(w->config->tenant_id, TENANT, sizeof(TENANT));
	memcpy(w->config->access_groups[0], ACCESS, sizeof(ACCESS));
	w->config->access_groups_len = 1;
	memcpy(w->config->home_prefix, "/home/guests", sizeof("/home/guests"));
	memcpy(w->config->name_template, "{mail}", sizeof("{mail}"));
	memcpy(w->config->user_classes[0], "external-guest", sizeof("external-guest"));
	w->config->user_classes_len = 1;
	gp_ids_rules_default(w->rules);
	*state = w;
	return 0;
}

static inline int tear_down(void **state)
{
	struct world *w = *state;
	gp_plan_free(&w->plan);
	gp_roll_free(w->roll);
	free(w->config);
	free(w->rules);
	free(w);
	return 0;
}

static inline void put(char *dst, size_t size, const char *text)
{
	assert_int_equal(gp_copy(dst, size, gp_str_from(text)), GP_ST_OK);
}

static inline struct gp_user *add_user(struct world *w, const char *oid, const char *mail,
				       int64_t created)
{
	assert_true(w->user_count < USERS);
	struct gp_user *u = &w->users[w->user_count++];
	put(u->id, sizeof(u->id), oid);
	put(u->mail, sizeof(u->mail), mail);
	u->account_enabled = GP_TRUE;
	u->user_type = GP_USER_TYPE_GUEST;
	u->external_state = GP_EXTERNAL_ACCEPTED;
	u->created_s = created;
	return u;
}

static inline uint32_t number_of(const struct world *w, const char *oid)
{
	uint32_t n = 0;
	assert_int_equal(gp_number_of(TENANT, oid, w->rules->uid_base, w->rules->uid_size, &n),
			 GP_ST_OK);
	return n;
}

static inline struct gp_guest_record *add_record(struct world *w, const char *tid, const char *oid,
						 uint32_t uid, const char *name, int64_t created)
{
	assert_true(w->record_count < USERS);
	struct gp_guest_record *r = &w->records[w->record_count++];
	put(r->tid, sizeof(r->tid), tid);
	put(r->oid, sizeof(r->oid), oid);
	put(r->name, sizeof(r->name), name);
	r->uid = uid;
	r->created_s = created;
	return r;
}

static inline enum gp_user_class class_of(const struct gp_user *user)
{
	return user->user_type == GP_USER_TYPE_GUEST    ? GP_USER_EXTERNAL_GUEST
	       : user->user_type == GP_USER_TYPE_MEMBER ? GP_USER_INTERNAL_MEMBER
							: GP_USER_CLASS_UNKNOWN;
}

/* Everybody into the access group. */
static inline void fill_roll(struct world *w)
{
	gp_roll_free(w->roll);
	w->roll = NULL;
	assert_int_equal(gp_roll_new(&w->roll), GP_ST_OK);
	assert_int_equal(gp_roll_put_group(w->roll, ACCESS, true), GP_ST_OK);
	for (size_t i = 0; i < w->user_count; i++) {
		struct gp_user user = w->users[i];
		if (user.user_class == GP_USER_CLASS_UNKNOWN) {
			user.user_class = class_of(&user);
		}
		assert_int_equal(gp_roll_put_user(w->roll, &user, GP_SOURCE_FULL, 1), GP_ST_OK);
		assert_int_equal(
			gp_roll_put_member(w->roll, ACCESS, user.id, false, GP_SOURCE_FULL),
			GP_ST_OK);
	}
}

static inline void plan_roll(struct world *w)
{
	uint64_t standing[USERS] = {0};
	assert_int_equal(gp_plan_standing(w->roll, w->config, standing), GP_ST_OK);
	const struct gp_plan_input in = {
		.config = w->config,
		.rules = w->rules,
		.local = &w->local,
		.now_s = 5000,
		.roll = w->roll,
		.standing = standing,
		.records = w->records,
		.record_count = w->record_count,
		.groups = w->groups,
		.group_count = w->group_count,
		.held = &w->held,
		.held_count = w->held_count,
		.in_question = w->in_question,
		.in_question_count = w->in_question_count,
		.only = w->only,
	};
	gp_plan_free(&w->plan);
	assert_int_equal(gp_plan_make(&in, &w->plan, NULL), GP_ST_OK);
}

static inline void make(struct world *w)
{
	if (w->rules->home_count == 0 || !gp_ids_home_ok(w->rules, GP_STR("/home/guests/a@x"))) {
		w->rules->home_count = 1;
		put(w->rules->homes[0], sizeof(w->rules->homes[0]), "/home/guests/");
	}
	fill_roll(w);
	plan_roll(w);
}

static inline const struct gp_guest *guest(const struct world *w, const char *oid)
{
	static const struct gp_guest none;
	for (size_t i = 0; i < w->plan.guest_count; i++) {
		if (strcmp(w->plan.guests[i].id, oid) == 0) {
			return &w->plan.guests[i];
		}
	}
	fail_msg("no guest %s", oid);
	return &none;
}

static inline void expect(const struct world *w, const char *oid, const char *name, uint32_t uid)
{
	const struct gp_guest *g = guest(w, oid);
	assert_false(g->quarantined);
	assert_null(g->quarantine);
	assert_string_equal(g->name, name);
	assert_int_equal(g->uid, uid);
}

static inline void expect_quarantine(const struct world *w, const char *oid, const char *reason)
{
	const struct gp_guest *g = guest(w, oid);
	assert_true(g->quarantined);
	assert_string_equal(g->quarantine, reason);
	assert_string_equal(g->name, "");
	assert_int_equal(g->uid, 0);
	for (size_t i = 0; i < w->plan.added_count; i++) {
		assert_string_not_equal(w->plan.added[i].oid, oid);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

#endif
