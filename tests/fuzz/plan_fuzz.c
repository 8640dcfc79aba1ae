/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hostile members of the access groups, read three times, beside local accounts of the host. After
 * each read the daemon plans names and numbers and builds a candidate: whatever the members' mail
 * addresses and organisations are, the publisher takes it, no two guests have one name or number,
 * and who had them keeps them.
 */
#include <stdint.h>
#include <stdlib.h>

#include "contract/ids_conf.h"
#include "directory/candidate.h"
#include "directory/plan.h"
#include "publish/publish.h"
#include "tests/fuzz/support/memory_file.h"
#include "tests/fuzz/support/split.h"

#include "contract/ban.h"

#define TENANT "72f988bf-86f1-41af-91ab-2d7cd011db47"
#define GROUP  "10000000-0000-4000-8000-000000000001"

enum { READS = 3, USERS = 24, RECORDS = READS * USERS };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static struct gp_ids_rules rules;
static struct gp_config config;
static struct memory_file passwd, group;

static void must(bool truth)
{
	if (!truth)
		abort();
}

static void text_of(struct gp_str *rest, char *out, size_t size)
{
	struct gp_str text = split_at(rest, '\0');
	if (text.len >= size)
		text.len = size - 1;
	must(gp_copy(out, size, text) == GP_ST_OK);
}

/* One member: a byte says who, one what, then mail and organisation. */
static void take_user(struct gp_str *rest, struct gp_user *user)
{
	const unsigned int who = split_byte(rest);
	const unsigned int what = split_byte(rest);

	*user = (struct gp_user){
		.account_enabled = (enum gp_tri)((what & 3) % 3),
		.user_type = (enum gp_user_type)((what >> 2 & 3) % 3),
		.external_state = (enum gp_external_state)(what >> 4 & 3),
		.created_s = what >> 6,
	};
	must(gp_format(user->id, sizeof(user->id), "%08x-0000-4000-8000-000000000001",
		       who * 0x01010101U) == GP_ST_OK);
	user->user_class = (enum gp_user_class)((what >> 2 & 3) % 3 == 1   ? GP_USER_EXTERNAL_GUEST
						: (what >> 2 & 3) % 3 == 2 ? GP_USER_INTERNAL_MEMBER
									   : GP_USER_CLASS_UNKNOWN);
	text_of(rest, user->mail, sizeof(user->mail));
	text_of(rest, user->company_name, sizeof(user->company_name));
}

/* What the publisher does with it. */
static void must_be_taken(const struct gp_plan *plan, const struct gp_roll *roll,
			  const struct gp_local *local, uint64_t generation)
{
	struct gp_directory_bytes bytes = {NULL, 0};
	struct gp_directory_view view;
	struct gp_directory_user user;
	struct gp_error err = {0};
	const struct gp_candidate candidate = {
		.plan = plan,
		.roll = roll,
		.config = &config,
		.rules = &rules,
		.local = local,
		.generation = generation,
		.seed = 7,
	};
	const enum gp_status st = gp_candidate_build(&candidate, &bytes, &err);

	/* Only the group of all guests can stand in the way of them all. */
	must(st == GP_ST_OK || (st == GP_ST_CONFLICT &&
				gp_local_has_group(local, GP_STR("gp-guests"), rules.gid_base)));
	if (st != GP_ST_OK)
		return;
	must(gp_directory_validate(bytes.ptr, bytes.len, &rules, &view, &err) == GP_ST_OK);
	must(gp_publish_check_local(&view, passwd.path, group.path, &err) == GP_ST_OK);
	size_t n = 0;
	for (size_t i = 0; i < plan->guest_count; i++) {
		const struct gp_guest *g = &plan->guests[i];
		must(g->quarantined == (g->quarantine != NULL));
		if (g->quarantined)
			continue;
		n++;
		must(gp_directory_find_user(&view, gp_str_from(g->name), &user) == GP_ST_OK &&
		     user.uid == g->uid);
	}
	must(view.user_count == n);
	gp_directory_bytes_free(&bytes);
}

/* Records as they were: a guest of the plan who has one has its name and number. */
static void must_keep(const struct gp_plan *plan, const struct gp_guest_record *records, size_t n)
{
	for (size_t i = 0; i < plan->guest_count; i++) {
		const struct gp_guest *g = &plan->guests[i];
		for (size_t k = 0; k < n && !g->quarantined; k++) {
			const bool same = strcmp(records[k].oid, g->id) == 0;
			must(same == (strcmp(records[k].name, g->name) == 0));
			must(same == (records[k].uid == g->uid));
		}
	}
}

static size_t keep(const struct gp_plan *plan, struct gp_guest_record *records, size_t n)
{
	for (size_t i = 0; i < plan->added_count; i++)
		records[n++] = plan->added[i];
	must(n <= RECORDS);
	return n;
}

/* Who is told is in the access group. */
static struct gp_roll *take_users(struct gp_str *rest)
{
	struct gp_roll *roll = NULL;
	struct gp_user user;
	must(gp_roll_new(&roll) == GP_ST_OK);
	must(gp_roll_put_group(roll, GROUP, true) == GP_ST_OK);
	for (size_t left = split_byte(rest) % (USERS + 1); left > 0 && rest->len > 0; left--) {
		take_user(rest, &user);
		must(gp_roll_put_user(roll, &user, GP_SOURCE_FULL, 1) == GP_ST_OK);
		must(gp_roll_put_member(roll, GROUP, user.id, false, GP_SOURCE_FULL) == GP_ST_OK);
	}
	return roll;
}

static void set_up(void)
{
	gp_ids_rules_default(&rules);
	memcpy(config.tenant_id, TENANT, sizeof(TENANT));
	memcpy(config.access_groups[0], GROUP, sizeof(GROUP));
	config.access_groups_len = 1;
	memcpy(config.name_template, "{mail}", sizeof("{mail}"));
	memcpy(config.user_classes[0], "external-guest", sizeof("external-guest"));
	config.user_classes_len = 1;
	memcpy(config.home_prefix, "/home/guests", sizeof("/home/guests"));
	memcpy(config.shell, "/bin/bash", sizeof("/bin/bash"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct gp_guest_record records[RECORDS];
	struct gp_str rest = {(const char *)data, len};
	size_t n = 0;

	if (rules.home_count == 0)
		set_up();
	for (uint64_t read = 1; read <= READS; read++) {
		struct gp_local local;
		struct gp_plan plan = {0};
		uint64_t standing[USERS] = {0};
		memory_file_set(&passwd, split_at(&rest, '\f'));
		memory_file_set(&group, split_at(&rest, '\f'));
		must(gp_local_read(passwd.path, group.path, &local, NULL) == GP_ST_OK);
		struct gp_roll *roll = take_users(&rest);
		must(gp_plan_standing(roll, &config, standing) == GP_ST_OK);
		const struct gp_plan_input in = {
			.config = &config,
			.rules = &rules,
			.local = &local,
			.now_s = 1800000000 + (int64_t)read,
			.roll = roll,
			.standing = standing,
			.records = records,
			.record_count = n,
		};
		must(gp_plan_make(&in, &plan, NULL) == GP_ST_OK);
		must_keep(&plan, records, n);
		n = keep(&plan, records, n);
		must_keep(&plan, records, n);
		must_be_taken(&plan, roll, &local, read);
		gp_plan_free(&plan);
		gp_local_free(&local);
		gp_roll_free(roll);
	}
	return 0;
}
