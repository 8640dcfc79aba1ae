/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What becomes of a read of N guests, without the network: processor time of each step, and memory.
 * directory_bench N [STORE-FILE]. It prints and asserts nothing about time.
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "directory/candidate.h"
#include "directory/keep.h"
#include "directory/plan.h"
#include "directory/table.h"

#include "contract/ban.h"

#define TENANT "72f988bf-86f1-41af-91ab-2d7cd011db47"
#define GROUP  "10000000-86f1-41af-91ab-2d7cd011db47"

static double last;

static double cpu_ms(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

static long resident_kb(void)
{
	char text[128] = "";
	FILE *f = fopen("/proc/self/statm", "re");
	if (f == NULL || fgets(text, sizeof(text), f) == NULL)
		exit(1);
	(void)fclose(f);
	const char *second = strchr(text, ' ');
	return second != NULL ? strtol(second, NULL, 10) * (sysconf(_SC_PAGESIZE) / 1024) : 0;
}

static void step(const char *what)
{
	double now = cpu_ms();
	(void)printf("%-28s %9.1f ms %9ld kB\n", what, now - last, resident_kb());
	last = cpu_ms();
}

static void must(enum gp_status st, const struct gp_error *err)
{
	if (st == GP_ST_OK)
		return;
	(void)fprintf(stderr, "%s %s\n", gp_status_name(st), err != NULL ? err->text : "");
	exit(1);
}

static struct gp_roll *read_all(unsigned int n)
{
	struct gp_roll *roll = NULL;
	must(gp_roll_new(&roll), NULL);
	must(gp_roll_put_group(roll, GROUP, true), NULL);
	for (unsigned int i = 0; i < n; i++) {
		struct gp_user user = {.account_enabled = GP_TRUE,
				       .user_type = GP_USER_TYPE_GUEST,
				       .external_state = GP_EXTERNAL_ACCEPTED,
				       .user_class = GP_USER_EXTERNAL_GUEST,
				       .created_s = 1700000000 + i,
				       .state_changed_s = 1700000000 + i};
		uint64_t h = (i + 1) * 0x9E3779B97F4A7C15ULL;
		must(gp_format(user.id, sizeof(user.id), "%08x-%04x-4000-8000-%012llx",
			       (unsigned int)(h >> 32), (unsigned int)(h >> 16 & 0xffff),
			       (unsigned long long)i),
		     NULL);
		must(gp_format(user.mail, sizeof(user.mail), "guest%u@partner%u.example", i,
			       i % 50),
		     NULL);
		must(gp_format(user.display_name, sizeof(user.display_name), "Guest %u", i), NULL);
		must(gp_format(user.company_name, sizeof(user.company_name), "Partner %u", i % 50),
		     NULL);
		must(gp_format(user.upn, sizeof(user.upn),
			       "guest%u_partner%u.example#EXT#@contoso.example", i, i % 50),
		     NULL);
		must(gp_roll_put_user(roll, &user, GP_SOURCE_FULL, 1790000000), NULL);
		must(gp_roll_put_member(roll, GROUP, user.id, false, GP_SOURCE_FULL), NULL);
	}
	must(gp_roll_sort(roll), NULL);
	return roll;
}

static struct gp_config config;
static struct gp_ids_rules rules;
static const struct gp_local local;

struct made {
	struct gp_guest_record *records;
	size_t record_count;
	uint64_t *standing;
	struct gp_plan plan;
};

static void make_plan(struct gp_store *store, struct gp_roll *roll, struct made *m)
{
	struct gp_error err = {0};
	*m = (struct made){.standing = calloc(gp_roll_person_count(roll), sizeof(uint64_t))};
	if (m->standing == NULL)
		exit(1);
	must(gp_store_guests(store, &m->records, &m->record_count, &err), &err);
	must(gp_plan_standing(roll, &config, m->standing), NULL);
	const struct gp_plan_input in = {.config = &config,
					 .rules = &rules,
					 .local = &local,
					 .now_s = 1790000000,
					 .roll = roll,
					 .standing = m->standing,
					 .records = m->records,
					 .record_count = m->record_count};
	must(gp_plan_make(&in, &m->plan, &err), &err);
	free(m->records);
	free(m->standing);
}

static void read_and_keep(struct gp_store *store, struct gp_roll **known, struct gp_table *table,
			  unsigned int n)
{
	struct gp_error err = {0};
	struct gp_links links = {.count = 0};
	struct made m;
	struct gp_table next = {.quarantined = 0};
	struct gp_roll *roll = read_all(n);
	step("  roll");
	make_plan(store, roll, &m);
	step("  plan");
	const struct gp_keep keep = {*known, roll, &m.plan, &links, "scope", TENANT};
	must(gp_keep_save(store, &keep, &err), &err);
	step("  save");
	gp_plan_forget_changes(&m.plan);
	must(gp_table_make(&m.plan, &next, &err), &err);
	gp_table_free(table);
	*table = next;
	gp_roll_free(*known);
	*known = roll;
	(void)malloc_trim(0);
	step("  table");
}

static void set_up(void)
{
	gp_ids_rules_default(&rules);
	must(gp_copy(config.tenant_id, sizeof(config.tenant_id), GP_STR(TENANT)), NULL);
	must(gp_copy(config.access_groups[0], GP_GUID_TEXT, GP_STR(GROUP)), NULL);
	config.access_groups_len = 1;
	must(gp_copy(config.name_template, sizeof(config.name_template), GP_STR("{mail}")), NULL);
	must(gp_copy(config.user_classes[0], sizeof(config.user_classes[0]),
		     GP_STR("external-guest")),
	     NULL);
	config.user_classes_len = 1;
	must(gp_copy(config.home_prefix, sizeof(config.home_prefix), GP_STR("/home/guests")), NULL);
	must(gp_copy(config.shell, sizeof(config.shell), GP_STR("/bin/bash")), NULL);
	config.enumerate = true;
}

int main(int argc, char **argv)
{
	unsigned int n = argc > 1 ? (unsigned int)strtoul(argv[1], NULL, 10) : 10000;
	char dir[] = "/var/tmp/directory-bench-XXXXXX";
	char file[64];
	struct gp_error err = {0};
	struct gp_store *store = NULL;
	struct gp_roll *known = NULL;
	struct gp_table table = {.quarantined = 0};
	struct gp_directory_bytes bytes;
	struct gp_links links = {.count = 0};
	if (mkdtemp(dir) == NULL)
		return 1;
	must(gp_format(file, sizeof(file), "%s/guests.db", dir), NULL);
	set_up();
	must(gp_roll_new(&known), NULL);
	must(gp_store_open(file, &store, &err), &err);
	last = cpu_ms();
	step("at the start");
	(void)puts("first read");
	read_and_keep(store, &known, &table, n);
	(void)puts("read again, nothing new");
	read_and_keep(store, &known, &table, n);
	const struct gp_candidate in = {.plan = &table.plan,
					.roll = known,
					.config = &config,
					.rules = &rules,
					.local = &local,
					.generation = 1,
					.seed = 7};
	must(gp_candidate_build(&in, &bytes, &err), &err);
	step("candidate");
	gp_directory_bytes_free(&bytes);
	gp_table_free(&table);
	gp_roll_free(known);
	(void)malloc_trim(0);
	step("all let go");
	must(gp_keep_load(store, "scope", &known, &links, &err), &err);
	step("loaded from the store");
	gp_roll_free(known);
	gp_store_close(store);
	for (size_t i = 0; i < 3; i++) {
		static const char *const ends[] = {"", "-wal", "-shm"};
		if (gp_format(file, sizeof(file), "%s/guests.db%s", dir, ends[i]) == GP_ST_OK)
			(void)unlink(file);
	}
	return rmdir(dir);
}
