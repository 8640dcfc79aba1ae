/* SPDX-License-Identifier: Apache-2.0 */
#include "ipc/admin.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/json.h"
#include "entra/credential.h"
#include "tests/unit/support/entra_rig.h"
#include "tests/unit/support/sync_world.h"

#include "contract/ban.h"

struct desk {
	struct sync_world *world;
	struct entra_rig rig;
	struct gp_credential credential;
	struct gp_tenant tenant;
	struct gp_registry *registry;
	struct gp_signins *signins;
	struct gp_audit *audit;
	char audit_file[96];
	char audit_head[112];
};

static int set_up(void **state)
{
	static struct desk d;
	d = (struct desk){0};
	assert_int_equal(sync_world_set_up(state), 0);
	d.world = *state;
	entra_rig_start(&d.rig);
	entra_rig_ready(&d.rig);
	d.rig.config->guests = GP_GUESTS_ALLOWED;
	d.rig.config->signin_address = GP_SIGNIN_ADDRESS_REPORT;
	d.rig.config->ssh_location = GP_SSH_LOCATION_OFF;
	d.tenant = (struct gp_tenant){.refs = 1,
				      .config = d.rig.config,
				      .authority = d.rig.authority,
				      .credential = &d.credential};
	const struct gp_signins_deps signins = {.event = d.rig.event, .clock = &d.rig.clock.clock};
	assert_int_equal(gp_signins_new(&signins, &d.signins), GP_ST_OK);
	assert_int_equal(gp_registry_new(&d.registry), GP_ST_OK);
	assert_int_equal(gp_format(d.audit_file, sizeof(d.audit_file), "%s/audit", d.rig.dir),
			 GP_ST_OK);
	(void)snprintf(d.audit_head, sizeof(d.audit_head), "%s.head", d.audit_file);
	assert_int_equal(gp_audit_open(d.audit_file, &d.audit, NULL), GP_ST_OK);
	gp_audit_set_journal(d.audit, NULL);
	*state = &d;
	return 0;
}

static int tear_down(void **state)
{
	struct desk *d = *state;
	gp_audit_close(d->audit);
	(void)unlink(d->audit_file);
	(void)unlink(d->audit_head);
	gp_registry_free(d->registry);
	gp_signins_free(d->signins);
	entra_rig_stop(&d->rig);
	void *world = d->world;
	return sync_world_tear_down(&world);
}

/* The answer as text, which is JSON. */
static void ask(struct desk *d, struct gp_buf *out)
{
	gp_json_doc_auto struct gp_json_doc *doc = NULL;
	const struct gp_admin_deps deps = {
		d->rig.event,
		&d->rig.clock.clock,
		&d->tenant,
		d->signins,
		d->registry,
		d->world->sync,
		d->world->store,
		d->audit,
		d->rig.dir,
		"uid=0 loginuid=1000 session=42",
		NULL,
	};
	gp_admin_status(&deps, NULL, out);
	assert_int_equal(gp_buf_status(out), GP_ST_OK);
	assert_int_equal(gp_json_parse((struct gp_str){gp_buf_get(out), out->len}, &doc, NULL),
			 GP_ST_OK);
}

static bool says(const struct gp_buf *out, const char *text)
{
	return strstr(gp_buf_get(out), text) != NULL;
}

static void test_status_good(void **state)
{
	struct desk *d = *state;
	gp_buf_auto struct gp_buf out = GP_BUF(60000);
	sync_world_publisher(d->world);
	sync_world_start(d->world);
	sync_world_complete_read(d->world);
	sync_world_until_published(d->world);
	ask(d, &out);
	assert_true(says(&out, "\"health\":\"ok\",\"problems\":[],\"problem_levels\":[],"));
	assert_true(says(&out, "\"guests\":2,"));
	assert_true(says(&out, "\"quarantined\":[]"));
}

/* A guest who is in the host's own groups has more than a guest's rights. */
static void test_status_guest_in_a_local_group(void **state)
{
	struct desk *d = *state;
	gp_buf_auto struct gp_buf out = GP_BUF(60000);
	char dir[128];
	char file[160];
	sync_world_publisher(d->world);
	sync_world_start(d->world);
	sync_world_complete_read(d->world);
	sync_world_until_published(d->world);
	assert_int_equal(gp_format(dir, sizeof(dir), "%s/etc", d->rig.dir), GP_ST_OK);
	assert_int_equal(gp_format(file, sizeof(file), "%s/group", dir), GP_ST_OK);
	assert_int_equal(mkdir(dir, 0700), 0);
	FILE *f = fopen(file, "we");
	assert_non_null(f);
	for (unsigned i = 0; i < 5; i++)
		assert_true(fprintf(f, "local%u:x:%u:root,%s\n", i, i,
				    gp_sync_at(d->world->sync, 0)->name) > 0);
	assert_int_equal(fclose(f), 0);
	ask(d, &out);
	assert_int_equal(unlink(file), 0);
	assert_int_equal(rmdir(dir), 0);
	assert_true(says(&out, "\"problem_levels\":[\"degraded\""));
	assert_true(says(&out, "\"health\":\"degraded\""));
	assert_true(says(&out, "/etc/group:3: "));
	assert_true(says(&out, "is a guest and listed in the group local2: take it out"));
	assert_false(says(&out, "/etc/group:4: "));
	assert_true(says(&out, "there are 2 more lines"));
}

/* Names that come and go while nothing is published must not look healthy. */
static void test_status_nothing_is_published(void **state)
{
	struct desk *d = *state;
	gp_buf_auto struct gp_buf out = GP_BUF(60000);
	d->world->behaviour = BE_FULL;
	sync_world_publisher(d->world);
	sync_world_start(d->world);
	sync_world_complete_read(d->world);
	sync_world_until_publish_fails(d->world);
	ask(d, &out);
	assert_true(says(&out, "\"health\":\"degraded\""));
	assert_true(says(&out, "could not be published"));
	assert_true(says(&out, "no space"));
}

/* Status tells of the last record, and when it was. */
static void test_status_audit_cannot_be_written(void **state)
{
	struct desk *d = *state;
	gp_buf_auto struct gp_buf out = GP_BUF(60000);
	gp_buf_auto struct gp_buf later = GP_BUF(60000);
	const struct gp_audit_record record = {
		.time_s = RIG_NOW, .event = "sign-in", .auth_time = -1};
	struct rlimit before, none;
	sync_world_publisher(d->world);
	sync_world_start(d->world);
	sync_world_complete_read(d->world);
	sync_world_until_published(d->world);
	assert_true(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	none = before;
	none.rlim_cur = 0;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
	enum gp_status st = gp_audit_write(d->audit, &record, NULL);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(st, GP_ST_IO);
	ask(d, &out);
	assert_true(says(&out, "\"health\":\"failing\""));
	assert_true(says(&out, "the last record could not be written (2027-01-15T08:00:00Z), and"));
	assert_int_equal(gp_audit_write(d->audit, &record, NULL), GP_ST_OK);
	ask(d, &later);
	assert_true(says(&later, "\"health\":\"ok\",\"problems\":[]"));
}

/* However many are in quarantine and whatever their addresses hold, the answer fits a frame. */
static void test_status_many_in_quarantine(void **state)
{
	struct desk *d = *state;
	gp_buf_auto struct gp_buf out = GP_BUF(60000);
	char mail[256];
	memset(mail, 1, sizeof(mail) - 1);
	mail[sizeof(mail) - 1] = '\0';
	sync_world_start(d->world);
	for (unsigned int i = 0; i < 150; i++) {
		char oid[GP_GUID_TEXT];
		(void)snprintf(oid, sizeof(oid), "bbbbbbbb-0000-4000-8000-%012u", i);
		sync_world_tell(d->world, oid, mail);
	}
	sync_world_end_listing(d->world, GP_ST_OK);
	sync_world_end_listing(d->world, GP_ST_OK);
	assert_int_equal(sync_world_stats(d->world).quarantined, 150);
	ask(d, &out);
	assert_true(says(&out, "150 guests are in quarantine"));
	assert_true(says(&out, "bbbbbbbb-0000-4000-8000-"));
}

static void test_status_credential_ends(void **state)
{
	struct desk *d = *state;
	static const struct {
		int64_t days;
		const char *says;
		const char *health;
	} rows[] = {
		{0, "has expired", "failing"},
		{7, "expires in 7 days", "degraded"},
		{14, "expires in 14 days", "degraded"},
		{30, "expires in 30 days", "degraded"},
	};
	sync_world_publisher(d->world);
	sync_world_start(d->world);
	sync_world_complete_read(d->world);
	sync_world_until_published(d->world);
	d->credential.certificates_len = 1;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		gp_buf_auto struct gp_buf out = GP_BUF(60000);
		char health[32];
		d->credential.certificates[0].not_after_s = RIG_NOW + rows[i].days * 86400;
		(void)snprintf(health, sizeof(health), "\"health\":\"%s\"", rows[i].health);
		ask(d, &out);
		assert_true(says(&out, rows[i].says));
		assert_true(says(&out, health));
	}
	gp_buf_auto struct gp_buf out = GP_BUF(60000);
	d->credential.certificates[0].not_after_s = RIG_NOW + INT64_C(31) * 86400;
	ask(d, &out);
	assert_true(says(&out, "\"problems\":[]"));
}

typedef void operation(const struct gp_admin_deps *deps, const struct gp_json *request,
		       struct gp_buf *out);

/* The answer to REQUEST, which must be JSON; borrowed until the next one. */
static const char *asked(struct desk *d, operation *op, const char *request)
{
	static struct gp_buf out;
	gp_json_doc_auto struct gp_json_doc *doc = NULL;
	gp_json_doc_auto struct gp_json_doc *back = NULL;
	const struct gp_admin_deps deps = {
		d->rig.event,
		&d->rig.clock.clock,
		&d->tenant,
		d->signins,
		d->registry,
		d->world->sync,
		d->world->store,
		d->audit,
		d->rig.dir,
		"uid=0 loginuid=1000 session=42",
		NULL,
	};
	gp_buf_free(&out);
	out = GP_BUF(60000);
	assert_int_equal(gp_json_parse(gp_str_from(request), &doc, NULL), GP_ST_OK);
	op(&deps, gp_json_root(doc), &out);
	assert_int_equal(gp_buf_status(&out), GP_ST_OK);
	assert_int_equal(gp_json_parse((struct gp_str){gp_buf_get(&out), out.len}, &back, NULL),
			 GP_ST_OK);
	return gp_buf_get(&out);
}

/* Ada is here, Bob has left. */
static void ada_without_bob(struct desk *d)
{
	sync_world_publisher(d->world);
	sync_world_start(d->world);
	sync_world_complete_read(d->world);
	gp_sync_reload(d->world->sync, d->world->config, NULL);
	assert_true(loop_until(d->world->event, &d->world->listings, 3, WAIT));
	sync_world_tell(d->world, ADA, "ada@fabrikam.example");
	sync_world_end_listing(d->world, GP_ST_OK);
	sync_world_end_listing(d->world, GP_ST_OK);
	gp_sync_signed_in(d->world->sync, ADA);
}

static void test_guests_are_listed(void **state)
{
	struct desk *d = *state;
	ada_without_bob(d);
	const char *list = asked(d, gp_admin_guests, "{}");
	assert_non_null(strstr(list, "{\"v\":1,\"count\":2,\"guests\":[{\"name\":\"ada@"));
	assert_non_null(strstr(list, "\"oid\":\"" ADA "\""));
	assert_non_null(strstr(list, "\"state\":\"active\""));
	assert_non_null(strstr(list, "\"state\":\"departed\""));
	assert_non_null(strstr(list, "\"last_sign_in\":1795379862"));
	assert_null(strstr(list, "\"more\""));
	assert_non_null(
		strstr(asked(d, gp_admin_guests, "{\"from\":1}"), "\"guests\":[{\"name\":\"bob@"));
	assert_non_null(strstr(asked(d, gp_admin_guests, "{\"from\":99}"), "\"guests\":[]"));
	assert_non_null(strstr(asked(d, gp_admin_guests, "{\"from\":-1}"), "\"error\""));
	assert_non_null(strstr(asked(d, gp_admin_guests, "{\"from\":\"x\"}"), "\"error\""));
}

#define CROWD 400

/* A list that does not fit one packet comes in parts, which together are the whole. */
static void test_guests_in_parts(void **state)
{
	struct desk *d = *state;
	size_t seen = 0;
	int64_t from = 0;
	sync_world_start(d->world);
	for (unsigned int i = 0; i < CROWD; i++) {
		char oid[GP_GUID_TEXT];
		char mail[64];
		(void)snprintf(oid, sizeof(oid), "bbbbbbbb-0000-4000-8000-%012u", i);
		(void)snprintf(mail, sizeof(mail), "guest-%u@fabrikam.example", i);
		sync_world_tell(d->world, oid, mail);
	}
	sync_world_end_listing(d->world, GP_ST_OK);
	sync_world_end_listing(d->world, GP_ST_OK);
	for (int part = 0; part < CROWD && from >= 0; part++) {
		char request[64];
		gp_json_doc_auto struct gp_json_doc *doc = NULL;
		const struct gp_json *guests = NULL;
		(void)snprintf(request, sizeof(request), "{\"from\":%lld}", (long long)from);
		assert_int_equal(
			gp_json_parse(gp_str_from(asked(d, gp_admin_guests, request)), &doc, NULL),
			GP_ST_OK);
		assert_int_equal(gp_json_get_array(gp_json_root(doc), "guests", &guests), GP_ST_OK);
		seen += gp_json_array_len(guests);
		if (gp_json_get_int(gp_json_root(doc), "more", 1, CROWD, &from) != GP_ST_OK)
			from = -1;
		assert_true(from < 0 || (size_t)from == seen);
	}
	assert_int_equal(seen, CROWD);
}

static void test_one_guest_is_shown(void **state)
{
	struct desk *d = *state;
	static const char *const keys[] = {"{\"guest\":\"ada@fabrikam.example\"}",
					   "{\"guest\":\"" ADA "\"}"};
	ada_without_bob(d);
	for (size_t i = 0; i < 2; i++) {
		const char *shown = asked(d, gp_admin_show, keys[i]);
		assert_non_null(strstr(shown, "\"name\":\"ada@fabrikam.example\""));
		assert_non_null(strstr(shown, "\"class\":\"external-guest\""));
		assert_non_null(strstr(shown, "\"source\":\"full read\""));
		assert_non_null(strstr(shown, "\"number_by\":\"hash\""));
		assert_non_null(strstr(shown, "\"present\":true,\"gone\":false"));
	}
	const char *bob = asked(d, gp_admin_show, "{\"guest\":\"" BOB "\"}");
	assert_non_null(strstr(bob, "\"state\":\"departed\""));
	assert_non_null(strstr(bob, "\"left\":1795379862"));
	assert_non_null(strstr(asked(d, gp_admin_show, "{\"guest\":\"nobody\"}"), "\"error\""));
	assert_non_null(strstr(asked(d, gp_admin_show, "{}"), "\"error\""));
}

static void test_a_read_is_asked_for(void **state)
{
	struct desk *d = *state;
	ada_without_bob(d);
	assert_non_null(strstr(asked(d, gp_admin_sync, "{\"mode\":\"look\"}"),
			       "\"attempts\":2,\"phase\":\"idle\""));
	assert_non_null(strstr(asked(d, gp_admin_sync, "{\"mode\":\"all\"}"), "\"error\""));
	assert_non_null(strstr(asked(d, gp_admin_sync, "{\"mode\":\"full\"}"), "\"attempts\":2"));
	assert_true(loop_until(d->world->event, &d->world->listings, 5, WAIT));
	assert_non_null(
		strstr(asked(d, gp_admin_sync, "{\"mode\":\"look\"}"), "\"phase\":\"reading\""));
	sync_world_end_listing(d->world, GP_ST_TIMEOUT);
	assert_non_null(strstr(asked(d, gp_admin_sync, "{\"mode\":\"look\"}"),
			       "\"attempts\":3,\"phase\":\"idle\""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_status_good, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_status_guest_in_a_local_group, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_status_nothing_is_published, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_status_audit_cannot_be_written, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_status_many_in_quarantine, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_status_credential_ends, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_guests_are_listed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_guests_in_parts, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_one_guest_is_shown, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_read_is_asked_for, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
