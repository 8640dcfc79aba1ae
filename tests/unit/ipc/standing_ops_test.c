/* SPDX-License-Identifier: Apache-2.0 */
#include "ipc/standing_ops.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/json.h"
#include "tests/unit/support/log_catch.h"
#include "tests/unit/support/sync_world.h"

#include "contract/ban.h"

#define NOW      1795379862 /* 2026-11-22T20:37:42Z */
#define DAY      86400
#define FABRIKAM "dddddddd-0000-4000-8000-00000000000d"
#define OTHER    "cccccccc-0000-4000-8000-000000000003"
#define CAROL    "cccccccc-0000-4000-8000-000000000001"
#define SPONSOR  "\"sponsor\":\"max@contoso.example\""
#define GRANT    "\"name\":\"" ADA "\",\"reason\":\"a project\"," SPONSOR
#define REASON   "\"reason\":\"an incident\""

struct desk {
	struct sync_world *world;
	struct gp_config config;
	struct gp_tenant tenant;
	struct gp_audit *audit;
	char audit_file[96];
	char audit_head[112];
};

#define BY "uid=0 loginuid=1000 session=7"

/* Ada, Bob and Carol are here; one group's pass is root's to give. */
static int set_up(void **state)
{
	static struct desk d;
	d = (struct desk){0};
	assert_int_equal(sync_world_set_up(state), 0);
	d.world = *state;
	memcpy(d.config.tenant_id, TENANT, sizeof(TENANT));
	d.config.access_groups_len = 2;
	d.config.access_bases[0].basis = GP_BASIS_GROUP;
	d.config.access_bases[1].basis = GP_BASIS_LOCAL;
	d.tenant = (struct gp_tenant){.refs = 1, .config = &d.config};
	sync_world_start(d.world);
	struct gp_user carol = sync_world_user(CAROL, "carol@Fabrikam.example");
	memcpy(carol.company_name, "Fabrikam, Inc.", sizeof("Fabrikam, Inc."));
	d.world->listing.user(d.world->listing.arg, &carol);
	sync_world_complete_read(d.world);
	assert_int_equal(gp_format(d.audit_file, sizeof(d.audit_file), "%s/audit", d.world->dir),
			 GP_ST_OK);
	assert_int_equal(gp_format(d.audit_head, sizeof(d.audit_head), "%s.head", d.audit_file),
			 GP_ST_OK);
	assert_int_equal(gp_audit_open(d.audit_file, &d.audit, NULL), GP_ST_OK);
	gp_audit_set_journal(d.audit, NULL);
	*state = &d;
	return 0;
}

static int tear_down(void **state)
{
	struct desk *d = *state;
	void *world = d->world;
	gp_audit_close(d->audit);
	(void)unlink(d->audit_file);
	(void)unlink(d->audit_head);
	return sync_world_tear_down(&world);
}

typedef void operation(const struct gp_admin_deps *deps, const struct gp_json *request,
		       struct gp_buf *out);

/* The answer to {MEMBERS}, which must be JSON; borrowed until the next one. */
static const char *asked(struct desk *d, operation *op, const char *members)
{
	static struct gp_buf out;
	gp_buf_auto struct gp_buf request = GP_BUF(4096);
	gp_json_doc_auto struct gp_json_doc *doc = NULL;
	gp_json_doc_auto struct gp_json_doc *back = NULL;
	const struct gp_admin_deps deps = {.clock = &d->world->clock.clock,
					   .tenant = &d->tenant,
					   .sync = d->world->sync,
					   .store = d->world->store,
					   .audit = d->audit,
					   .by = BY,
					   .host_root = d->world->dir};
	gp_buf_free(&out);
	out = GP_BUF(60000);
	gp_buf_printf(&request, "{%s}", members);
	assert_int_equal(gp_json_parse(gp_str_from(gp_buf_get(&request)), &doc, NULL), GP_ST_OK);
	op(&deps, gp_json_root(doc), &out);
	assert_int_equal(gp_buf_status(&out), GP_ST_OK);
	assert_int_equal(gp_json_parse((struct gp_str){gp_buf_get(&out), out.len}, &back, NULL),
			 GP_ST_OK);
	return gp_buf_get(&out);
}

static void says(const char *answer, const char *text)
{
	if (strstr(answer, text) == NULL)
		fail_msg("%s is not in %s", text, answer);
}

static void refuses(const char *answer, const char *text)
{
	says(answer, "{\"v\":1,\"error\":");
	says(answer, text);
}

static struct gp_standing standing_of(struct desk *d, const char *oid)
{
	struct gp_standing s;
	assert_int_equal(gp_store_standing(d->world->store, TENANT, oid, &s, NULL), GP_ST_OK);
	return s;
}

static void put(struct desk *d, const char *oid, const struct gp_standing *s)
{
	assert_int_equal(gp_store_standing_put(d->world->store, TENANT, oid, s, NULL), GP_ST_OK);
}

/* OID was admitted once, from HOME. */
static void came_from(struct desk *d, const char *oid, const char *home)
{
	struct gp_standing s = {.has_baseline = true};
	assert_int_equal(gp_copy(s.baseline.home, sizeof(s.baseline.home), gp_str_from(home)),
			 GP_ST_OK);
	put(d, oid, &s);
}

static const char *grant_until(struct desk *d, int64_t until_s)
{
	char members[256];
	assert_int_equal(
		gp_format(members, sizeof(members), GRANT ",\"until\":%lld", (long long)until_s),
		GP_ST_OK);
	return asked(d, gp_admin_grant, members);
}

static void test_grant(void **state)
{
	struct desk *d = *state;
	const char *answer = grant_until(d, NOW + DAY);
	says(answer, "\"name\":\"ada@fabrikam.example\"");
	says(answer, "\"was_revoked\":false,\"present\":true");
	struct gp_standing s = standing_of(d, ADA);
	assert_int_equal(s.granted_s, NOW);
	assert_int_equal(s.granted_until_s, NOW + DAY);
	assert_string_equal(s.grant_reason, "a project");
	assert_string_equal(s.grant_sponsor, "max@contoso.example");
	assert_string_equal(s.grant_by, BY);
}

static void test_grant_lifts_a_revocation(void **state)
{
	struct desk *d = *state;
	says(asked(d, gp_admin_revoke, "\"name\":\"" ADA "\"," REASON), "\"was_revoked\":false");
	says(grant_until(d, NOW + DAY), "\"was_revoked\":true");
	struct gp_standing s = standing_of(d, ADA);
	assert_int_equal(s.revoked_s, 0);
	assert_string_equal(s.revoke_reason, "");
	assert_string_equal(s.revoke_by, "");
}

static void test_grant_within_bounds(void **state)
{
	struct desk *d = *state;
	refuses(grant_until(d, NOW), "must lie in the future");
	refuses(grant_until(d, 1), "must lie in the future");
	refuses(grant_until(d, 0), "is no time");
	refuses(grant_until(d, INT64_MAX), "is no time");
	d->config.max_stay_s = 90 * DAY;
	refuses(grant_until(d, NOW + 90 * DAY + 1),
		"until 2027-02-20T20:37:42Z at the latest, so the last whole day is 2027-02-19");
	says(grant_until(d, NOW + 90 * DAY), "\"until\":");
	d->config.project_end_s = 1798761600; /* the end of 2026-12-31 */
	refuses(grant_until(d, 1798761601),
		"until 2027-01-01T00:00:00Z at the latest, so the last whole day is 2026-12-31");
	says(grant_until(d, 1798761600), "\"until\":1798761600");
	d->config.max_stay_s = 3600;
	refuses(grant_until(d, NOW + 3601), "at the latest, which is no whole day");
	d->config.project_end_s = NOW;
	refuses(grant_until(d, NOW + 1), "this tier's project ended at 2026-11-22T20:37:42Z");
	assert_int_equal(standing_of(d, ADA).granted_until_s, 1798761600);
}

static void test_grant_wants_a_local_group(void **state)
{
	struct desk *d = *state;
	d->config.access_bases[1].basis = GP_BASIS_PIM;
	refuses(grant_until(d, NOW + DAY), "no group of access_groups has the basis local");
	d->config.access_groups_len = 0;
	d->config.access_bases[1].basis = GP_BASIS_LOCAL;
	refuses(grant_until(d, NOW + DAY), "no group of access_groups has the basis local");
	assert_int_equal(standing_of(d, ADA).granted_s, 0);
}

static void test_grant_wants_a_sponsor_and_a_reason(void **state)
{
	struct desk *d = *state;
	static const char *const sponsors[] = {
		"",
		"max",
		"@contoso.example",
		"max@",
		"max@contoso",
		"max@.example",
		"max@contoso.",
		"max@@contoso.example",
		"max@contoso@b.example",
		"m x@contoso.example",
		"max@contoso.example\\n",
		"<max@contoso.example>",
		"max\\u001b@contoso.example",
		"m\\u00e4x@contoso.example",
		"max,eve@contoso.example",
	};
	char members[512];
	for (size_t i = 0; i < sizeof(sponsors) / sizeof(sponsors[0]); i++) {
		assert_int_equal(gp_format(members, sizeof(members),
					   "\"name\":\"" ADA
					   "\",\"reason\":\"x\",\"until\":%d,\"sponsor\":\"%s\"",
					   NOW + DAY, sponsors[i]),
				 GP_ST_OK);
		refuses(asked(d, gp_admin_grant, members), "a sponsor is needed");
	}
	refuses(asked(d, gp_admin_grant,
		      "\"name\":\"" ADA "\",\"reason\":\"x\",\"until\":1795379863"),
		"a sponsor is needed");
	refuses(asked(d, gp_admin_grant, "\"name\":\"" ADA "\",\"until\":1795379863," SPONSOR),
		"a reason of at most 200 bytes is needed");
	refuses(asked(d, gp_admin_grant,
		      "\"name\":\"" ADA "\",\"reason\":\" \\t\",\"until\":1795379863," SPONSOR),
		"a reason of at most 200 bytes is needed");
	refuses(asked(d, gp_admin_grant, "\"reason\":\"x\",\"until\":1795379863," SPONSOR),
		"\"name\\\" is missing");
	refuses(asked(d, gp_admin_grant,
		      "\"name\":\"nobody\",\"reason\":\"x\",\"until\":1795379863," SPONSOR),
		"no guest has this name");
	assert_int_equal(standing_of(d, ADA).granted_s, 0);
}

static void test_revoke_and_confirm(void **state)
{
	struct desk *d = *state;
	came_from(d, ADA, FABRIKAM);
	(void)asked(d, gp_admin_grant, GRANT ",\"until\":1795380000");
	says(asked(d, gp_admin_revoke, "\"name\":\"ada@fabrikam.example\"," REASON),
	     "\"oid\":\"" ADA "\",\"name\":\"ada@fabrikam.example\",\"was_revoked\":false");
	struct gp_standing s = standing_of(d, ADA);
	assert_int_equal(s.revoked_s, NOW);
	assert_string_equal(s.revoke_reason, "an incident");
	assert_string_equal(s.revoke_by, BY);
	assert_true(s.has_baseline);
	s.baseline.in_question = true;
	put(d, ADA, &s);
	says(asked(d, gp_admin_confirm, "\"name\":\"ada@fabrikam.example\""),
	     "\"was_revoked\":true,\"was_in_question\":true");
	s = standing_of(d, ADA);
	assert_int_equal(s.revoked_s, 0);
	assert_string_equal(s.revoke_by, "");
	/* What was granted before the revocation is over for good. */
	assert_int_equal(s.granted_until_s, NOW);
	assert_false(s.has_baseline);
	assert_false(s.baseline.in_question);
	assert_string_equal(s.baseline.home, "");
	assert_int_equal(s.confirmed_s, NOW);
	assert_string_equal(s.confirm_by, BY);
	refuses(asked(d, gp_admin_revoke, "\"name\":\"" ADA "\""), "a reason");
	refuses(asked(d, gp_admin_revoke, "\"name\":\"nobody\"," REASON), "no guest has this name");
	refuses(asked(d, gp_admin_confirm, "\"name\":7"), "is missing");
	/* The other confirm is still there. */
	refuses(asked(d, gp_admin_confirm, "\"name\":\"ada@fabrikam.example\",\"replaces\":\"x\""),
		"the object id of the one who had it");
}

/* Whatever was typed, what is kept, logged and shown is one safe line. */
static void test_hostile_reasons(void **state)
{
	struct desk *d = *state;
	struct log_catch log;
	char text[2048];
	char members[1600];
	char nasty[1201] = "";
	log_catch_start(&log);
	(void)asked(d, gp_admin_revoke,
		    "\"name\":\"" ADA
		    "\",\"reason\":\"a\\u001b[2Jb\\u202ec\\nrevoke guest=-\\\"\"");
	log_catch_stop(&log, text, sizeof(text));
	assert_string_equal(standing_of(d, ADA).revoke_reason,
			    "a\\x1B[2Jb\\u{202E}c\\x0Arevoke guest=-\"");
	assert_null(strchr(text, '\033'));
	assert_null(strchr(strchr(text, '\n') + 1, '\n'));
	says(text, " revoke guest=" ADA " name=ada@fabrikam.example ");
	says(text, "by=\"" BY "\"");
	/* 200 bytes, each of which is four when it is safe: cut, but a text. */
	for (size_t i = 0; i < 200; i++)
		memcpy(nasty + i * 6, "\\u0001", 7);
	(void)snprintf(members, sizeof(members), "\"name\":\"" ADA "\",\"reason\":\"%s\"", nasty);
	says(asked(d, gp_admin_revoke, members), "\"was_revoked\":true");
	says(standing_of(d, ADA).revoke_reason, "\\x01...");
	memset(nasty, 'x', 201);
	nasty[201] = '\0';
	(void)snprintf(members, sizeof(members), "\"name\":\"" ADA "\",\"reason\":\"%s\"", nasty);
	refuses(asked(d, gp_admin_revoke, members), "at most 200 bytes");
	says(asked(d, gp_admin_show, "\"guest\":\"" ADA "\""), "\"revoke_reason\":\"");
}

static void test_show(void **state)
{
	struct desk *d = *state;
	came_from(d, ADA, FABRIKAM);
	(void)grant_until(d, NOW + DAY);
	(void)asked(d, gp_admin_revoke, "\"name\":\"" ADA "\"," REASON);
	(void)asked(d, gp_admin_freeze, "\"home\":\"" FABRIKAM "\"," REASON);
	const char *shown = asked(d, gp_admin_show, "\"guest\":\"" ADA "\"");
	says(shown, "\"standing\":{\"in_question\":false,\"home\":\"" FABRIKAM "\"");
	says(shown, "\"granted\":1795379862,\"granted_until\":1795379862,"
		    "\"grant_reason\":\"a project\",\"grant_sponsor\":\"max@contoso.example\","
		    "\"grant_by\":\"" BY "\"");
	says(shown, "\"revoked\":1795379862,\"revoke_reason\":\"an incident\","
		    "\"revoke_by\":\"" BY "\"");
	says(shown, "\"confirmed\":0,\"confirm_by\":\"\"");
	says(shown, "\"frozen\":1795379862,\"freeze_reason\":\"an incident\","
		    "\"freeze_by\":\"" BY "\"}}}");
	says(asked(d, gp_admin_show, "\"guest\":\"" BOB "\""),
	     "\"home\":\"\",\"first_mail\":\"\",\"granted\":0,");
}

static bool is_frozen(struct desk *d, const char *home)
{
	struct gp_freeze freeze;
	return gp_store_freeze(d->world->store, home, &freeze, NULL) == GP_ST_OK;
}

/* Each word that means Ada's organisation. */
static void test_freeze_by_word(void **state)
{
	struct desk *d = *state;
	static const char *const words[] = {
		FABRIKAM,
		"DDDDDDDD-0000-4000-8000-00000000000D",
		"fabrikam.example",
		"FABRIKAM.example",
		"ada@fabrikam.example",
		"Fabrikam, Inc.",
		"fabrikam, inc.",
	};
	char members[256];
	came_from(d, ADA, FABRIKAM);
	came_from(d, CAROL, FABRIKAM);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		(void)snprintf(members, sizeof(members), "\"home\":\"%s\"," REASON, words[i]);
		says(asked(d, gp_admin_freeze, members),
		     "\"home\":\"" FABRIKAM "\",\"was_frozen\":false");
		assert_true(is_frozen(d, FABRIKAM));
		says(asked(d, gp_admin_thaw, members),
		     "\"home\":\"" FABRIKAM "\",\"was_frozen\":true");
		assert_false(is_frozen(d, FABRIKAM));
	}
}

static void test_freeze_again_keeps_the_first(void **state)
{
	struct desk *d = *state;
	(void)asked(d, gp_admin_freeze, "\"home\":\"" OTHER "\"," REASON);
	says(asked(d, gp_admin_freeze, "\"home\":\"" OTHER "\",\"reason\":\"later\""),
	     "\"was_frozen\":true");
	says(asked(d, gp_admin_freezes, ""), "\"reason\":\"an incident\"");
}

/* Nobody from there ever came, or guests of one name came from several homes. */
static void test_freeze_needs_one_home(void **state)
{
	struct desk *d = *state;
	refuses(asked(d, gp_admin_freeze, "\"home\":\"fabrikam.example\"," REASON),
		"no guest of this organisation was admitted yet, so its home is not known: give "
		"its "
		"tenant's id");
	refuses(asked(d, gp_admin_freeze, "\"home\":\"nobody.example\"," REASON),
		"no guest here has this name, domain or organisation: give its tenant's id");
	came_from(d, ADA, FABRIKAM);
	came_from(d, CAROL, OTHER);
	refuses(asked(d, gp_admin_freeze, "\"home\":\"fabrikam.example\"," REASON),
		"this means more than one home, give one: ");
	says(asked(d, gp_admin_freeze, "\"home\":\"fabrikam.example\"," REASON), FABRIKAM);
	says(asked(d, gp_admin_freeze, "\"home\":\"fabrikam.example\"," REASON), OTHER);
	assert_false(is_frozen(d, FABRIKAM) || is_frozen(d, OTHER));
	/* Of several the one that is frozen is meant. */
	(void)asked(d, gp_admin_freeze, "\"home\":\"" OTHER "\"," REASON);
	says(asked(d, gp_admin_thaw, "\"home\":\"fabrikam.example\""), OTHER);
	assert_false(is_frozen(d, OTHER));
	refuses(asked(d, gp_admin_thaw, "\"home\":\"" OTHER "\""), "is not frozen");
	refuses(asked(d, gp_admin_freeze, "\"home\":\"" ADA "\"," REASON), "object id of a guest");
	refuses(asked(d, gp_admin_freeze, "\"home\":\"\"," REASON), "an organisation is needed");
	refuses(asked(d, gp_admin_freeze, REASON), "an organisation is needed");
	refuses(asked(d, gp_admin_freeze, "\"home\":\"" OTHER "\""), "a reason");
}

/* However a home outside Entra is written, it is the one that its guests' tokens are held against.
 */
static void test_freeze_outside_entra(void **state)
{
	struct desk *d = *state;
	static const struct {
		const char *word, *home;
	} rows[] = {
		{"msa", "msa"},
		{"live.com", "msa"},
		{"9188040d-6c67-4c5b-b112-36a304b66dad", "msa"},
		{"mail", "mail"},
		{"google.com", "google.com"},
		{"urn:federation:tailspin", "urn:federation:tailspin"},
	};
	char members[256];
	memcpy(d->config.idp_allowed[0], "urn:federation:tailspin", 24);
	d->config.idp_allowed_len = 1;
	const struct gp_identity personal = {.home = GP_HOME_MSA, .idp = "live.com"};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		(void)snprintf(members, sizeof(members), "\"home\":\"%s\"," REASON, rows[i].word);
		(void)asked(d, gp_admin_freeze, members);
		assert_true(is_frozen(d, rows[i].home));
		assert_int_equal(is_frozen(d, gp_home_name(&personal)), i < 3);
		/* By the word of the list, even if the configuration has lost it. */
		d->config.idp_allowed_len = 0;
		says(asked(d, gp_admin_thaw, members), "\"was_frozen\":true");
		d->config.idp_allowed_len = 1;
		assert_false(is_frozen(d, rows[i].home));
	}
}

/* A list that does not fit one packet comes in parts, which together are the whole. */
static void test_freezes_in_parts(void **state)
{
	struct desk *d = *state;
	size_t seen = 0;
	int64_t from = 0;
	says(asked(d, gp_admin_freezes, ""), "\"count\":0,\"freezes\":[]}");
	refuses(asked(d, gp_admin_freezes, "\"from\":-1"), "no place in the list");
	for (unsigned int i = 0; i < 300; i++) {
		struct gp_freeze freeze = {.since_s = NOW};
		(void)snprintf(freeze.home, sizeof(freeze.home), "bbbbbbbb-0000-4000-8000-%012u",
			       i);
		memset(freeze.reason, 'r', 200);
		assert_int_equal(gp_store_freeze_put(d->world->store, &freeze, NULL), GP_ST_OK);
	}
	for (int part = 0; part < 300 && from >= 0; part++) {
		char members[64];
		gp_json_doc_auto struct gp_json_doc *doc = NULL;
		const struct gp_json *list = NULL;
		(void)snprintf(members, sizeof(members), "\"from\":%lld", (long long)from);
		assert_int_equal(
			gp_json_parse(gp_str_from(asked(d, gp_admin_freezes, members)), &doc, NULL),
			GP_ST_OK);
		assert_int_equal(gp_json_get_array(gp_json_root(doc), "freezes", &list), GP_ST_OK);
		seen += gp_json_array_len(list);
		if (gp_json_get_int(gp_json_root(doc), "more", 1, 300, &from) != GP_ST_OK)
			from = -1;
	}
	assert_int_equal(seen, 300);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_grant),
		TEST(test_grant_lifts_a_revocation),
		TEST(test_grant_within_bounds),
		TEST(test_grant_wants_a_local_group),
		TEST(test_grant_wants_a_sponsor_and_a_reason),
		TEST(test_revoke_and_confirm),
		TEST(test_hostile_reasons),
		TEST(test_show),
		TEST(test_freeze_by_word),
		TEST(test_freeze_again_keeps_the_first),
		TEST(test_freeze_needs_one_home),
		TEST(test_freeze_outside_entra),
		TEST(test_freezes_in_parts),
	};
#undef TEST
	return cmocka_run_group_tests(tests, NULL, NULL);
}
