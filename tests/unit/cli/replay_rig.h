/* SPDX-License-Identifier: Apache-2.0 */
/* A month of logins, decided and recorded by the product under one configuration, and what each of
 * them was, so that a test can say by itself what another configuration would do. */
#ifndef GP_TESTS_CLI_REPLAY_RIG_H
#define GP_TESTS_CLI_REPLAY_RIG_H

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
// clang-format on
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json.h"
#include "cli/cli.h"
#include "contract/text.h"
#include "policy/record.h"
#include "store/audit.h"
#include "tests/unit/config/sample.h"
#include "tests/unit/support/need_root.h"

#define LOGINS 3200
#define JULY   ((int64_t)1782864000) /* 2026-07-01T00:00:00Z; Berlin is two hours ahead all month */
#define STEP_S ((int64_t)820)        /* some thirty days in all */
#define DAY    ((int64_t)86400)
#define STRICT "hours = Mon-Fri 07:00-19:00 Europe/Berlin\nnetworks = 192.0.2.0/24\n"
#define OID    "11111111-2222-4333-8444-555555555555"
#define NAME   "ada@fabrikam.example"
#define ANSWER ((size_t)GP_JSON_MAX)

struct login {
	int64_t at_s;
	bool closed;  /* not between seven and seven on a weekday */
	bool outside; /* of 192.0.2.0/24 */
	bool unused;  /* for forty days */
	bool pending;
	bool second; /* a member of GROUP_2 alone, otherwise of GROUP_1 alone */
	enum gp_tri sponsor;
	bool admitted, before; /* what became of it, and when */
};

struct month {
	char dir[64];
	char audit[96], rotated[96], head[96], config[96], out[96];
	struct login logins[LOGINS];
	size_t admitted, before;
};

static inline void write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "we");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, 0644), 0);
}

/* TIER is what stands at the end of [tier]; GROUPS the access groups. */
static inline void write_config(const struct month *m, const char *groups, const char *tier)
{
	gp_buf_auto struct gp_buf b = GP_BUF(8192);
	gp_buf_printf(&b,
		      SAMPLE_MAIN
		      "audit_file = %s\n[tier]\nguests = allowed\napi_client_id = " API
		      "\nscope = api://" API "/ssh.login\nhome_tenants = " HOME_1
		      "\nlabel = low\nowner = o@contoso.example\naccess_groups = %s\n%s",
		      m->audit, groups, tier);
	assert_int_equal(gp_buf_status(&b), GP_ST_OK);
	write_file(m->config, gp_buf_get(&b));
}

#define BOTH GROUP_1 "=group, " GROUP_2 "=group"

static inline struct gp_config *load(const struct month *m)
{
	struct gp_config *config = NULL;
	struct gp_error err = {0};
	if (gp_config_load(m->config, -1, &config, &err) != GP_ST_OK)
		fail_msg("%s", err.text);
	return config;
}

static inline int set_up(void **state)
{
	struct month *m = calloc(1, sizeof(*m));
	if (m == NULL || gp_copy(m->dir, sizeof(m->dir), GP_STR("/tmp/gp-replay-XXXXXX")) != 0 ||
	    mkdtemp(m->dir) == NULL) {
		free(m);
		return -1;
	}
	const struct {
		char *to;
		const char *name;
	} paths[] = {{m->audit, "audit.jsonl"},
		     {m->rotated, "audit.jsonl-20260715"},
		     {m->head, "audit.jsonl.head"},
		     {m->config, "new.conf"},
		     {m->out, "out"}};
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		assert_int_equal(gp_format(paths[i].to, 96, "%s/%s", m->dir, paths[i].name), 0);
	*state = m;
	return 0;
}

static inline int tear_down(void **state)
{
	struct month *m = *state;
	(void)unlink(m->audit);
	(void)unlink(m->rotated);
	(void)unlink(m->head);
	(void)unlink(m->config);
	(void)unlink(m->out);
	int rc = rmdir(m->dir);
	free(m);
	return rc;
}

static inline void choose(struct login *l, size_t i)
{
	uint64_t chance = (i + 1) * UINT64_C(0x9E3779B97F4A7C15) >> 20;
	int64_t berlin_s = JULY + (int64_t)i * STEP_S + 7200;
	int64_t weekday = (berlin_s / DAY + 4) % 7; /* 1970-01-01 was a Thursday */
	int64_t hour = berlin_s % DAY / 3600;
	*l = (struct login){.at_s = JULY + (int64_t)i * STEP_S,
			    .closed = weekday == 0 || weekday == 6 || hour < 7 || hour >= 19,
			    .outside = chance % 3 == 0,
			    .unused = chance / 3 % 5 == 0,
			    .pending = chance / 15 % 7 == 0,
			    .second = chance / 105 % 4 == 0,
			    .sponsor = (enum gp_tri)(chance / 420 % 3)};
}

struct parts {
	struct gp_user user;
	struct gp_identity identity;
	enum gp_tri member[2];
};

static inline void id(char out[static GP_GUID_TEXT], const char *text)
{
	assert_int_equal(gp_copy(out, GP_GUID_TEXT, gp_str_from(text)), GP_ST_OK);
}

/* As they are gathered for LOGIN under the configuration of then, which has both groups. */
static inline struct gp_facts facts_of(const struct login *l, const struct gp_config *config,
				       enum gp_phase phase, struct parts *p)
{
	*p = (struct parts){
		.user = {.account_enabled = GP_TRUE,
			 .user_type = GP_USER_TYPE_GUEST,
			 .external_state = l->pending ? GP_EXTERNAL_PENDING : GP_EXTERNAL_ACCEPTED},
		.identity = {.home = GP_HOME_ENTRA, .acct = 1, .auth_time = l->at_s},
		.member = {l->second ? GP_FALSE : GP_TRUE, l->second ? GP_TRUE : GP_FALSE}};
	id(p->user.id, OID);
	id(p->identity.tid, TENANT);
	id(p->identity.oid, OID);
	id(p->identity.home_tenant, HOME_1);
	struct gp_facts f = {.config = config,
			     .now_s = l->at_s,
			     .local_time = {.known = GP_TRUE},
			     .service = "sshd",
			     .address = l->outside ? "198.51.100.7" : "192.0.2.7",
			     .guest_oid = OID,
			     .user = &p->user,
			     .canary = GP_TRUE,
			     .clock_ok = GP_TRUE,
			     .quarantined = GP_FALSE,
			     .member = GP_TRUE,
			     .revoked = GP_FALSE,
			     .baseline_read = true,
			     .last_used_s = l->at_s - (l->unused ? 40 : 2) * DAY};
	int64_t berlin_s = l->at_s + 7200;
	f.local_time.weekday = (unsigned int)((berlin_s / DAY + 4) % 7);
	f.local_time.minute = (unsigned int)(berlin_s % DAY / 60);
	f.passes.first_seen_s = l->at_s - 50 * DAY;
	f.passes.grants_read = true;
	if (phase == GP_PHASE_BEFORE)
		return f;
	f.identity = &p->identity;
	f.client_info_ok = GP_TRUE;
	f.frozen = GP_FALSE;
	f.has_sponsor = l->sponsor;
	f.passes.member = p->member;
	f.passes.member_len = 2;
	f.passes.packages_read = f.passes.activations_read = true;
	f.passes.of_sign_in = f.signed_in = phase == GP_PHASE_ACCOUNT;
	return f;
}

static inline void record(struct gp_audit *audit, size_t i, const struct login *l,
			  enum gp_phase phase, struct gp_admission *a, const struct gp_facts *f)
{
	gp_buf_auto struct gp_buf kept = GP_BUF(GP_RECORD_MAX);
	struct gp_error err = {0};
	a->facts = gp_record_keep(&kept, f, phase);
	assert_non_null(a->facts);
	struct gp_audit_record line = {.time_s = l->at_s,
				       .event = phase == GP_PHASE_ACCOUNT ? "account" : "sign-in",
				       .decision = {1, (uint8_t)(i >> 8), (uint8_t)i},
				       .name = NAME,
				       .oid = OID,
				       .auth_time = -1,
				       .verdict = phase != GP_PHASE_BEFORE && a->verdict == GP_YES
							  ? "admitted"
							  : "refused",
				       .reason = a->reason,
				       .admission = a};
	if (gp_audit_write(audit, &line, &err) != GP_ST_OK)
		fail_msg("%s", err.text);
}

/* The login as far as it comes. */
static inline void log_in(struct month *m, struct gp_audit *audit, const struct gp_config *config,
			  size_t i)
{
	struct login *l = &m->logins[i];
	struct gp_admission a;
	struct parts p;
	choose(l, i);
	struct gp_facts f = facts_of(l, config, GP_PHASE_BEFORE, &p);
	gp_admission_decide(&f, GP_PHASE_BEFORE, &a);
	if (a.verdict == GP_NO) {
		l->before = true;
		m->before++;
		record(audit, i, l, GP_PHASE_BEFORE, &a, &f);
		return;
	}
	f = facts_of(l, config, GP_PHASE_TOKEN, &p);
	gp_admission_decide(&f, GP_PHASE_TOKEN, &a);
	record(audit, i, l, GP_PHASE_TOKEN, &a, &f);
	if (a.verdict != GP_YES)
		return;
	l->admitted = true;
	m->admitted++;
	f = facts_of(l, config, GP_PHASE_ACCOUNT, &p);
	gp_admission_decide(&f, GP_PHASE_ACCOUNT, &a);
	assert_int_equal(a.verdict, GP_YES);
	record(audit, i, l, GP_PHASE_ACCOUNT, &a, &f);
}

/* The month under a tier that ends in TIER; it is rotated in the middle. */
static inline void live(struct month *m, const char *tier)
{
	struct gp_audit *audit = NULL;
	struct gp_error err = {0};
	write_config(m, BOTH, tier);
	struct gp_config *config = load(m);
	if (gp_audit_open(m->audit, &audit, &err) != GP_ST_OK)
		fail_msg("%s", err.text);
	gp_audit_set_journal(audit, NULL);
	for (size_t i = 0; i < LOGINS; i++) {
		if (i == LOGINS / 2)
			assert_int_equal(rename(m->audit, m->rotated), 0);
		log_in(m, audit, config, i);
	}
	gp_audit_close(audit);
	gp_config_free(config);
}

/* What the command prints, and how it ends. */
static inline int replay(const struct month *m, const char *const *options, char *out)
{
	char config[128];
	const char *argv[8] = {"replay", config};
	int argc = 2;
	assert_int_equal(gp_format(config, sizeof(config), "--config=%s", m->config), 0);
	for (; *options != NULL; options++)
		argv[argc++] = *options;
	(void)fflush(stdout);
	int kept = dup(STDOUT_FILENO);
	int fd = open(m->out, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(kept >= 0 && fd >= 0 && dup2(fd, STDOUT_FILENO) >= 0);
	int rc = gp_command_replay(argc, (char **)(uintptr_t)argv);
	(void)fflush(stdout);
	assert_true(dup2(kept, STDOUT_FILENO) >= 0);
	ssize_t n = pread(fd, out, ANSWER - 1, 0);
	assert_true(n >= 0);
	out[n] = '\0';
	assert_int_equal(close(kept), 0);
	assert_int_equal(close(fd), 0);
	return rc;
}

#endif
