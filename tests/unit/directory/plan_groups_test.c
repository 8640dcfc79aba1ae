/* SPDX-License-Identifier: Apache-2.0 */
/* Who left, who counts as a guest, mapped groups, and what keeps numbers from being given twice. */
#include "tests/unit/directory/plan_rig.h"

#include "contract/ban.h"

/* Who is in no access group any more keeps name and number, from the day on which he left. */
static void test_plan_departed(void **state)
{
	struct world *w = *state;
	(void)add_user(w, A, "ada@fabrikam.example", 100);
	(void)add_record(w, TENANT, A, number_of(w, A), "ada@fabrikam.example", 100);
	(void)add_record(w, TENANT, B, number_of(w, B), "bob@northwind.example", 100);
	add_record(w, TENANT, C, number_of(w, C), "eve@northwind.example", 100)->left_s = 300;
	(void)add_record(w, OTHER, A, 2000, "ada@elsewhere.example", 100);
	make(w);
	assert_int_equal(w->plan.guest_count, 3);
	expect(w, B, "bob@northwind.example", number_of(w, B));
	expect(w, C, "eve@northwind.example", number_of(w, C));
	assert_true(guest(w, A)->present);
	assert_false(guest(w, B)->present || guest(w, C)->present);
	assert_int_equal(guest(w, B)->left_s, 5000);
	assert_int_equal(guest(w, C)->left_s, 300);
	assert_null(guest(w, B)->person);
	assert_int_equal(w->plan.move_count, 1);
	assert_string_equal(w->plan.moves[0].oid, B);
	assert_int_equal(w->plan.moves[0].left_s, 5000);
	assert_int_equal(w->plan.present, 1);
	assert_int_equal(w->plan.departed, 2);
	assert_int_equal(w->plan.newly_departed, 1);
	assert_int_equal(w->plan.stayed, 1);
}

static void test_plan_comes_back(void **state)
{
	struct world *w = *state;
	(void)add_user(w, A, "other@fabrikam.example", 100);
	add_record(w, TENANT, A, number_of(w, A), "ada@fabrikam.example", 100)->left_s = 300;
	w->records[0].first_seen_s = 7;
	make(w);
	expect(w, A, "ada@fabrikam.example", number_of(w, A));
	assert_true(guest(w, A)->present);
	assert_int_equal(guest(w, A)->left_s, 0);
	assert_int_equal(guest(w, A)->first_seen_s, 7);
	assert_int_equal(w->plan.move_count, 1);
	assert_int_equal(w->plan.moves[0].left_s, 0);
	assert_int_equal(w->plan.newly_departed, 0);
}

/* Deleted in Entra, although a list still has him. */
static void test_plan_gone(void **state)
{
	struct world *w = *state;
	(void)add_user(w, A, "ada@fabrikam.example", 100);
	(void)add_record(w, TENANT, A, number_of(w, A), "ada@fabrikam.example", 100);
	make(w);
	assert_int_equal(gp_roll_put_gone(w->roll, A, 9), GP_ST_OK);
	assert_int_equal(gp_roll_put_member(w->roll, ACCESS, A, false, GP_SOURCE_DELTA), GP_ST_OK);
	plan_roll(w);
	expect(w, A, "ada@fabrikam.example", number_of(w, A));
	assert_false(guest(w, A)->present);
	assert_non_null(guest(w, A)->person);
	assert_int_equal(w->plan.newly_departed, 1);
}

/* Four quadrants: who counts as a guest is the configuration's word. */
static void test_plan_classes(void **state)
{
	struct world *w = *state;
	add_user(w, A, "a@x", 100)->user_class = GP_USER_EXTERNAL_MEMBER;
	add_user(w, B, "b@x", 100)->user_class = GP_USER_INTERNAL_GUEST;
	add_user(w, C, "c@x", 100)->user_class = GP_USER_INTERNAL_MEMBER;
	make(w);
	expect_quarantine(w, A, "not-a-guest");
	expect_quarantine(w, B, "not-a-guest");
	memcpy(w->config->user_classes[1], "external-member", sizeof("external-member"));
	memcpy(w->config->user_classes[2], "internal-guest", sizeof("internal-guest"));
	w->config->user_classes_len = 3;
	make(w);
	expect(w, A, "a@x", number_of(w, A));
	expect(w, B, "b@x", number_of(w, B));
	expect_quarantine(w, C, "not-a-guest");
}

static void test_plan_template(void **state)
{
	struct world *w = *state;
	memcpy(w->config->name_template, "{local}.{domain}.guest",
	       sizeof("{local}.{domain}.guest"));
	put(w->rules->user_suffix, sizeof(w->rules->user_suffix), ".guest");
	(void)add_user(w, A, "Ada@fabrikam.example", 100);
	(void)add_user(w, B, "bob@northwind.example", 100);
	(void)add_record(w, TENANT, B, number_of(w, B), "bob@northwind.example", 100);
	make(w);
	expect(w, A, "ada.fabrikam.example.guest", number_of(w, A));
	/* What was given under another template stays. */
	expect(w, B, "bob@northwind.example", number_of(w, B));
}

static void map_group(struct world *w, const char *name, const char *oid)
{
	struct gp_mapped_group *g = &w->config->mapped_groups[w->config->mapped_groups_len++];
	put(g->name, sizeof(g->name), name);
	put(g->entra_group, sizeof(g->entra_group), oid);
}

static void test_plan_mapped_groups(void **state)
{
	struct world *w = *state;
	uint32_t gid = 0;
	map_group(w, "gp-ops", OPS);
	map_group(w, "gp-build", BUILD);
	(void)add_user(w, A, "a@x", 100);
	(void)add_user(w, B, "b@x", 100);
	fill_roll(w);
	w->rules->home_count = 1;
	put(w->rules->homes[0], sizeof(w->rules->homes[0]), "/home/guests/");
	/* Build is in ops; C is in build and in no access group. */
	assert_int_equal(gp_roll_put_group(w->roll, OPS, true), GP_ST_OK);
	assert_int_equal(gp_roll_put_group(w->roll, BUILD, true), GP_ST_OK);
	assert_int_equal(gp_roll_put_member(w->roll, OPS, BUILD, true, GP_SOURCE_FULL), GP_ST_OK);
	assert_int_equal(gp_roll_put_member(w->roll, BUILD, B, false, GP_SOURCE_FULL), GP_ST_OK);
	assert_int_equal(gp_roll_put_member(w->roll, BUILD, C, false, GP_SOURCE_FULL), GP_ST_OK);
	plan_roll(w);
	assert_int_equal(w->plan.guest_count, 2);
	assert_int_equal(guest(w, A)->groups, 0);
	assert_int_equal(guest(w, B)->groups, 3);
	assert_int_equal(
		gp_number_of_group(TENANT, OPS, w->rules->gid_base, w->rules->gid_size, &gid),
		GP_ST_OK);
	assert_int_equal(w->plan.groups[0].gid, gid);
	assert_null(w->plan.groups[0].quarantine);
	assert_null(w->plan.groups[1].quarantine);
	assert_int_equal(w->plan.added_group_count, 2);
	/* What was given stays; a group whose number another has is left out. */
	memcpy(w->groups, w->plan.added_groups, sizeof(w->groups[0]));
	w->group_count = 1;
	assert_string_equal(w->groups[0].oid, BUILD);
	put(w->groups[0].oid, sizeof(w->groups[0].oid), OPS);
	plan_roll(w);
	assert_int_equal(w->plan.groups[0].gid, w->groups[0].gid);
	assert_null(w->plan.groups[0].quarantine);
	assert_string_equal(w->plan.groups[1].quarantine, "number-taken");
	/* A local group comes first. */
	const char *names[] = {"gp-ops"};
	w->local.groups = (struct gp_local_list){.names = names, .name_count = 1};
	plan_roll(w);
	assert_string_equal(w->plan.groups[0].quarantine, "local-group");
	static const char *const bad[] = {"sudo", "gp-guests"};
	for (size_t i = 0; i < 2; i++) {
		put(w->config->mapped_groups[0].name, GP_CONFIG_GROUP_NAME, bad[i]);
		plan_roll(w);
		assert_string_equal(w->plan.groups[0].quarantine, "outside-rules");
		assert_string_equal(w->plan.groups[0].name, bad[i]);
	}
}

/* A number that was published once belongs to the name it was published with. */
static void test_plan_held_number(void **state)
{
	struct world *w = *state;
	(void)add_user(w, A, "a@x", 100);
	w->held.uid = number_of(w, A);
	put(w->held.name, sizeof(w->held.name), "z@x");
	w->held_count = 1;
	make(w);
	expect_quarantine(w, A, "number-reserved");
	put(w->held.name, sizeof(w->held.name), "a@x");
	make(w);
	expect(w, A, "a@x", number_of(w, A));
}

/* The database is not the one that gave the numbers out: only who can be recognised gets his. */
static void test_plan_allocation_stopped(void **state)
{
	struct world *w = *state;
	struct gp_directory_bytes bytes = {0};
	struct gp_directory_view view;
	const struct gp_directory_new_group all = {GP_STR("gp-guests"), w->rules->gid_base};
	const struct gp_directory_new_user user = {.name = GP_STR("a@x"),
						   .home = GP_STR("/home/guests/a@x"),
						   .shell = GP_STR("/bin/bash"),
						   .uid = number_of(w, A),
						   .expiry_day = GP_DIRECTORY_NO_EXPIRY};
	const struct gp_directory_input in = {1, 2, &user, 1, &all, 1, false, NULL, 0};
	assert_int_equal(gp_directory_build(&in, w->rules, &bytes, NULL), GP_ST_OK);
	assert_int_equal(gp_directory_attach(bytes.ptr, bytes.len, &view), GP_ST_OK);
	(void)add_user(w, A, "a@x", 100);
	(void)add_user(w, B, "b@x", 100);
	w->only = &view;
	make(w);
	expect(w, A, "a@x", number_of(w, A));
	expect_quarantine(w, B, "allocation-stopped");
	assert_int_equal(w->plan.added_count, 1);
	assert_string_equal(w->plan.added[0].basis, "restored");
	/* His number, but not his name. */
	put(w->users[0].mail, sizeof(w->users[0].mail), "c@x");
	make(w);
	expect_quarantine(w, A, "allocation-stopped");
	gp_directory_bytes_free(&bytes);
}

#define FLEET      400
#define SMALL_SIZE 4096

/* Two hosts with few numbers, of which one sees everybody at once and the other one after the
 * other, in the order in which they were made: every guest has the same number on both, or is
 * quarantined on both. */
static void test_plan_two_hosts_agree(void **state)
{
	struct world *w = *state;
	static struct gp_guest_record records[2][FLEET];
	size_t counts[2] = {0};
	uint64_t *standing = calloc(FLEET, sizeof(*standing));
	w->rules->uid_size = SMALL_SIZE;
	w->rules->home_count = 1;
	put(w->rules->homes[0], sizeof(w->rules->homes[0]), "/home/guests/");
	assert_non_null(standing);
	for (int host = 0; host < 2; host++) {
		for (size_t upto = host == 0 ? FLEET : 1; upto <= FLEET; upto++) {
			struct gp_plan plan = {0};
			gp_roll_free(w->roll);
			w->roll = NULL;
			assert_int_equal(gp_roll_new(&w->roll), GP_ST_OK);
			assert_int_equal(gp_roll_put_group(w->roll, ACCESS, true), GP_ST_OK);
			for (size_t i = 0; i < upto; i++) {
				/* The one host hears of the youngest first. */
				size_t k = host == 0 ? upto - 1 - i : i;
				struct gp_user u = {.user_class = GP_USER_EXTERNAL_GUEST,
						    .user_type = GP_USER_TYPE_GUEST,
						    .created_s = 1000 + (int64_t)k};
				(void)snprintf(u.id, sizeof(u.id), "%08x-0000-4000-8000-%012x",
					       (unsigned int)(k * 2654435761U), (unsigned int)k);
				(void)snprintf(u.mail, sizeof(u.mail), "g%zu@x", k);
				assert_int_equal(gp_roll_put_user(w->roll, &u, GP_SOURCE_FULL, 1),
						 GP_ST_OK);
				assert_int_equal(gp_roll_put_member(w->roll, ACCESS, u.id, false,
								    GP_SOURCE_FULL),
						 GP_ST_OK);
			}
			assert_int_equal(gp_plan_standing(w->roll, w->config, standing), GP_ST_OK);
			const struct gp_plan_input in = {.config = w->config,
							 .rules = w->rules,
							 .local = &w->local,
							 .now_s = 5000,
							 .roll = w->roll,
							 .standing = standing,
							 .records = records[host],
							 .record_count = counts[host]};
			assert_int_equal(gp_plan_make(&in, &plan, NULL), GP_ST_OK);
			for (size_t i = 0; i < plan.added_count; i++) {
				records[host][counts[host]++] = plan.added[i];
			}
			gp_plan_free(&plan);
		}
	}
	assert_int_equal(counts[0], counts[1]);
	/* There were collisions at all. */
	assert_true(counts[0] < FLEET && counts[0] > FLEET * 9 / 10);
	for (size_t i = 0; i < counts[0]; i++) {
		bool found = false;
		for (size_t k = 0; k < counts[1] && !found; k++) {
			found = strcmp(records[0][i].oid, records[1][k].oid) == 0 &&
				records[0][i].uid == records[1][k].uid &&
				strcmp(records[0][i].name, records[1][k].name) == 0;
		}
		assert_true(found);
	}
	free(standing);
}

static enum gp_tri canary(struct world *w)
{
	uint64_t standing[USERS] = {0};
	fill_roll(w);
	assert_int_equal(gp_plan_standing(w->roll, w->config, standing), GP_ST_OK);
	return gp_plan_canary(w->roll, standing);
}

static void test_plan_canary(void **state)
{
	struct world *w = *state;
	assert_int_equal(canary(w), GP_UNKNOWN);
	struct gp_user *a = add_user(w, A, "a@x", 1);
	struct gp_user *b = add_user(w, B, "b@x", 1);
	assert_int_equal(canary(w), GP_TRUE);
	a->account_enabled = GP_FALSE;
	assert_int_equal(canary(w), GP_TRUE);
	a->account_enabled = GP_UNKNOWN;
	assert_int_equal(canary(w), GP_FALSE);
	/* One odd object beside guests that are told of properly. */
	a->user_type = GP_USER_TYPE_UNKNOWN;
	assert_int_equal(canary(w), GP_TRUE);
	/* Nothing but ids: the right to read users is missing. */
	b->user_type = GP_USER_TYPE_UNKNOWN;
	b->account_enabled = GP_UNKNOWN;
	assert_int_equal(canary(w), GP_FALSE);
	/* Members prove nothing about guests. */
	a->user_type = b->user_type = GP_USER_TYPE_MEMBER;
	a->account_enabled = b->account_enabled = GP_TRUE;
	assert_int_equal(canary(w), GP_UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_plan_departed),
		TEST(test_plan_comes_back),
		TEST(test_plan_gone),
		TEST(test_plan_classes),
		TEST(test_plan_template),
		TEST(test_plan_mapped_groups),
		TEST(test_plan_held_number),
		TEST(test_plan_allocation_stopped),
		TEST(test_plan_two_hosts_agree),
		TEST(test_plan_canary),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
