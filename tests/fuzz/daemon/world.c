/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/fuzz/daemon/world.h"

#include <stdlib.h>

#include "base/random.h"
#include "directory/numbers.h"
#include "entra/credential.h"
#include "session/steps.h"
#include "store/audit_line.h"
#include "tests/fuzz/daemon/clients.h"
#include "tests/fuzz/support/stepped_time.h"

#include "contract/ban.h"

enum { STEP_MS = 1000 };

struct world world;

static const struct person people[PEOPLE] = {
	{"cccccccc-0000-4000-8000-000000000001", "ada@fabrikam.example", HOME_TENANT, GP_TRUE,
	 false, false, false, true},
	{"cccccccc-0000-4000-8000-000000000002", "bob@fabrikam.example", HOME_TENANT, GP_TRUE,
	 false, false, false, true},
	{"cccccccc-0000-4000-8000-000000000003", "eve@other.example", OTHER_TENANT, GP_TRUE, false,
	 false, false, true},
	{"cccccccc-0000-4000-8000-000000000004", NULL, HOME_TENANT, GP_TRUE, false, false, false,
	 false},
};

/* Where memory runs out on purpose, a rule of must() may ask for some: see tests/enomem. */
__attribute__((weak)) _Noreturn void sweep_abort(void);

void must(bool truth)
{
	if (truth)
		return;
	if (sweep_abort != NULL)
		sweep_abort();
	abort();
}

void must_ever(bool truth)
{
	if (!truth)
		abort();
}

void world_begin(struct gp_str program)
{
	world = (struct world){.program = program, .was_read = true, .canary = GP_TRUE};
	memcpy(world.people, people, sizeof(people));
	stepped_time_reset();
	test_clock_init(&world.clock, 1800000000);
	must(sd_event_new(&world.event) >= 0);
}

void world_end(void)
{
	must(world.transports == 0 && world.pending == 0);
	must(sd_event_unref(world.event) == NULL);
}

void world_step(void)
{
	int r = 0;
	unsigned int turns = 0;
	do
		r = sd_event_run(world.event, 0);
	while (r > 0 && ++turns < 1000);
	/* A loop that always finds something to do at one moment never rests. */
	must(r == 0);
}

void world_wait(int64_t ms, void (*each)(void))
{
	for (; ms > 0; ms -= STEP_MS) {
		const int64_t now = ms < STEP_MS ? ms : STEP_MS;
		stepped_time_advance_ms(now);
		test_clock_advance_ms(&world.clock, now);
		world_step();
		each();
	}
}

/* Configurations: as it should be, closed, another service, another home, SSH keys for an hour. */
static void configure(struct gp_config *c, unsigned int kind)
{
	c->guests = kind == 1 ? GP_GUESTS_NEVER : GP_GUESTS_ALLOWED;
	c->signin_address = GP_SIGNIN_ADDRESS_REPORT;
	c->ssh_location = GP_SSH_LOCATION_OFF;
	c->services_len = 1;
	memcpy(c->services[0], kind == 2 ? "login" : "sshd", sizeof("sshd"));
	if (kind == 2)
		memcpy(c->services[0], "login", sizeof("login"));
	c->home_tenants_len = 1;
	memcpy(c->home_tenants[0], kind == 3 ? OTHER_TENANT : HOME_TENANT, GP_GUID_TEXT);
	c->label = kind == CONFIG_KEYS ? GP_LABEL_LOW : GP_LABEL_HIGH;
	c->key_valid_s = kind == CONFIG_KEYS ? KEY_VALID_S : 0;
}

bool world_config_admits(unsigned int kind, const char *service, const char *home)
{
	if (kind == 1)
		return false;
	return strcmp(service, kind == 2 ? "login" : "sshd") == 0 &&
	       strcmp(home, kind == 3 ? OTHER_TENANT : HOME_TENANT) == 0;
}

static struct gp_config *new_config(unsigned int kind)
{
	struct gp_config *c = calloc(1, sizeof(*c));
	must(c != NULL);
	configure(c, kind);
	memcpy(c->tenant_id, OUR_TENANT, GP_GUID_TEXT);
	memcpy(c->cloud.login, LOGIN_ROOT, sizeof(LOGIN_ROOT));
	memcpy(c->cloud.graph, GRAPH_ROOT, sizeof(GRAPH_ROOT));
	memcpy(c->cloud.sts_prefix, "https://sts.windows.net/", 25);
	memcpy(c->sign_in_client_id, CLIENT_ID, GP_GUID_TEXT);
	memcpy(c->reader_client_id, READER_ID, GP_GUID_TEXT);
	memcpy(c->api_client_id, API_ID, GP_GUID_TEXT);
	must(gp_format(c->scope, sizeof(c->scope), "api://%s/ssh.login", API_ID) == GP_ST_OK);
	/* So that an audit record says which configuration it was. */
	must(gp_format(c->tier, sizeof(c->tier), "%u %zu", kind, world.generations++) == GP_ST_OK);
	memcpy(c->access_groups[0], GROUP_ID, GP_GUID_TEXT);
	c->access_bases[0].basis = GP_BASIS_GROUP;
	/* Nobody is in the second one: for what can be granted. */
	memcpy(c->access_groups[1], OTHER_GROUP, GP_GUID_TEXT);
	c->access_bases[1].basis = GP_BASIS_LOCAL;
	c->access_groups_len = kind == 3 ? 1 : 2;
	c->max_stay_s = kind == 0 ? GRANT_MAX_S : 0;
	memcpy(c->user_classes[0], "external-guest", sizeof("external-guest"));
	c->user_classes_len = 1;
	c->codes_per_guest = 2;
	c->codes_per_address = 3;
	c->codes_total = 4;
	c->connections = 12;
	c->interval_s = 300;
	c->qr_code = kind == 0;
	return c;
}

struct gp_tenant *world_tenant(unsigned int kind)
{
	struct gp_tenant *t = calloc(1, sizeof(*t));
	const struct gp_clock *clock = &world.clock.clock;
	sd_event *event = world.event;

	must(t != NULL);
	t->refs = 1;
	t->config = new_config(kind);
	t->credential = calloc(1, sizeof(*t->credential));
	must(t->credential != NULL &&
	     gp_secret_set(&t->credential->secret, GP_STR("of the reader")) == GP_ST_OK);
	must(gp_http_new(event, &(struct gp_http_options){0}, &t->http, NULL) == GP_ST_OK);
	must(gp_authority_new(event, t->http, clock, t->config, &t->authority, NULL) == GP_ST_OK);
	must(gp_app_token_new(t->http, clock, t->authority, t->config, t->credential, &t->app_token,
			      NULL) == GP_ST_OK);
	must(gp_graph_new(event, t->http, clock, t->app_token, t->config, &t->graph, NULL) ==
	     GP_ST_OK);
	must(gp_device_flows_new(event, t->http, clock, t->authority, t->config->sign_in_client_id,
				 &t->flows, NULL) == GP_ST_OK);
	return t;
}

/* In place of directory/sync.c: what the last read of the groups said. */

const struct gp_guest *gp_sync_at(const struct gp_sync *sync, size_t i)
{
	struct gp_guest *guest = &world.guests[i];
	const struct person *person = &world.people[i];

	(void)sync;
	*guest = (struct gp_guest){
		.uid = GUEST_UID + (uint32_t)i,
		.present = true,
		.quarantined = world.quarantined[i],
		.quarantine = world.quarantined[i] ? "local-account" : NULL,
	};
	memcpy(guest->id, person->oid, GP_GUID_TEXT);
	must(gp_copy(guest->name, sizeof(guest->name), gp_str_from(person->name)) == GP_ST_OK);
	return guest;
}

void gp_sync_user(const struct gp_sync *sync, const struct gp_guest *guest, struct gp_user *out)
{
	(void)sync;
	*out = (struct gp_user){.account_enabled = GP_TRUE,
				.user_type = GP_USER_TYPE_GUEST,
				.external_state = GP_EXTERNAL_ACCEPTED};
	memcpy(out->id, guest->id, GP_GUID_TEXT);
}

void gp_sync_signed_in(struct gp_sync *sync, const char *oid)
{
	(void)sync;
	must(oid[0] != '\0');
}

void gp_sync_pass(struct gp_sync *sync, const char *oid, int64_t end_s)
{
	must(gp_sync_find_oid(sync, oid) != NULL);
	must(end_s >= 0);
}

void gp_sync_question(struct gp_sync *sync, const char *oid, bool in_question)
{
	struct gp_standing kept;
	must(gp_sync_find_oid(sync, oid) != NULL);
	/* Only what is kept already, so that a restart finds it so. */
	must(gp_store_standing(NULL, OUR_TENANT, oid, &kept, NULL) != GP_ST_OK ||
	     kept.baseline.in_question == in_question);
}

const struct gp_guest *gp_sync_find_oid(const struct gp_sync *sync, const char *oid)
{
	for (size_t i = 0; i < gp_sync_count(sync); i++)
		if (strcmp(world.people[i].oid, oid) == 0)
			return gp_sync_at(sync, i);
	return NULL;
}

enum gp_status gp_sync_record(const struct gp_sync *sync, const char *oid,
			      struct gp_guest_record *out)
{
	const struct gp_guest *guest = gp_sync_find_oid(sync, oid);
	if (guest == NULL)
		return GP_ST_NOT_FOUND;
	*out = (struct gp_guest_record){.uid = guest->uid};
	memcpy(out->name, guest->name, sizeof(out->name));
	return GP_ST_OK;
}

bool gp_sync_group(const struct gp_sync *sync, size_t i, const char **name, const char **why)
{
	(void)sync;
	(void)i;
	(void)name;
	(void)why;
	return false;
}

void gp_sync_now(struct gp_sync *sync, enum gp_sync_wish wish)
{
	(void)sync;
	must(wish <= GP_SYNC_ACCEPT);
}

enum gp_status gp_sync_replace(struct gp_sync *sync, const char *name, const char *old_oid,
			       struct gp_replaced *out, struct gp_error *err)
{
	(void)sync;
	(void)out;
	must(name[0] != '\0' && strlen(old_oid) == GP_GUID_TEXT - 1);
	return gp_fail(err, GP_ST_NOT_FOUND, "nobody left here");
}

size_t gp_sync_count(const struct gp_sync *sync)
{
	(void)sync;
	return PEOPLE - 1;
}

const struct gp_guest *gp_sync_find(const struct gp_sync *sync, struct gp_str name)
{
	for (size_t i = 0; world.was_read && i < gp_sync_count(sync); i++)
		if (gp_str_is(name, world.people[i].name))
			return gp_sync_at(sync, i);
	return NULL;
}

void gp_sync_get_stats(const struct gp_sync *sync, struct gp_sync_stats *out)
{
	(void)sync;
	*out = (struct gp_sync_stats){.last_sync_s = world.was_read ? 1799999000 : 0,
				      .guests = PEOPLE - 1,
				      .canary = world.canary};
}

struct code *world_code(const char *correlation)
{
	for (size_t i = 0; i < world.codes_len; i++)
		if (strcmp(world.codes[i].correlation, correlation) == 0)
			return &world.codes[i];
	return NULL;
}

/* Somebody is admitted: only the very guest who approved, and only with every check a yes. The
 * checks are written down here once more, from what the people of this world did. */
static void must_be_due(const struct gp_audit_record *r)
{
	struct code *c = world_code(r->correlation_id);
	must_ever(c != NULL && c->approved && c->given && !c->declined && !c->used);
	const struct person *p = &world.people[c->person];
	c->used = true;
	must_ever(c->kind == TOKENS_GOOD);
	must_ever(p->name != NULL && strcmp(p->name, r->name) == 0);
	must_ever(strcmp(p->oid, r->oid) == 0 && strcmp(p->oid, r->proved_oid) == 0);
	must_ever(r->uid == GUEST_UID + c->person);
	must_ever(c->user_good && strcmp(c->user_oid, p->oid) == 0);
	must_ever(c->member && strcmp(c->member_oid, p->oid) == 0);
	must_ever(kept_admits(c->person));
	must_ever(world.was_read && !world.quarantined[c->person] && world.canary == GP_TRUE);
	must_ever(world_config_admits((unsigned int)(r->tier[0] - '0'), r->service, p->home));
	uint64_t generation = 0;
	must_ever(gp_parse_u64(gp_str_from(r->tier + 2), GENERATIONS, &generation) == GP_ST_OK);
	must_ever(world.skews[generation] <= 300 && world.skews[generation] >= -300);
}

void gp_sync_hurry(struct gp_sync *sync)
{
	/* The program says when the next read ends. */
	(void)sync;
}

void gp_sync_knock(struct gp_sync *sync, const char *name)
{
	(void)sync;
	must(name[0] != '\0');
}

/* In place of store/guest.c. */

enum gp_status gp_store_guest_by_oid(struct gp_store *store, const char *tid, const char *oid,
				     struct gp_guest_record *out)
{
	(void)tid;
	return gp_sync_record((const struct gp_sync *)store, oid, out);
}

/* In place of directory/numbers.c: what is asked for is well formed, and nothing is given. */

enum gp_status gp_numbers_list(const struct gp_sync *sync, uint64_t place, size_t most,
			       struct gp_number_line *lines, size_t *count, uint64_t *next,
			       struct gp_error *err)
{
	*count = 0;
	*next = 0;
	for (size_t i = 0; i < gp_sync_count(sync) && i < most; i++) {
		struct gp_guest_record record;
		if (gp_sync_record(sync, gp_sync_at(sync, i)->id, &record) != GP_ST_OK)
			return gp_fail(err, GP_ST_IO, "the disk");
		lines[*count] = (struct gp_number_line){.kind = GP_NUMBER_GUEST, .uid = record.uid};
		memcpy(lines[*count].oid, record.oid, sizeof(record.oid));
		memcpy(lines[(*count)++].name, record.name, sizeof(record.name));
	}
	if (place == 0)
		*next = (uint64_t)UINT32_MAX + 1;
	return GP_ST_OK;
}

enum gp_status gp_numbers_import(struct gp_sync *sync, const struct gp_number_line *lines,
				 size_t count, bool check, size_t *added, size_t *at,
				 struct gp_error *err)
{
	(void)sync;
	(void)check;
	*added = *at = 0;
	for (size_t i = 0; i < count; i++)
		must(lines[i].kind != GP_NUMBER_GUEST ||
		     (lines[i].uid >= GP_DIRECTORY_NUMBER_FLOOR &&
		      gp_directory_user_name_ok(gp_str_from(lines[i].name))));
	return count == 0 ? GP_ST_OK : gp_fail(err, GP_ST_CONFLICT, "not here");
}

enum gp_status gp_numbers_set(struct gp_sync *sync, const char *oid, uint32_t uid,
			      struct gp_error *err)
{
	must(uid != 0 && uid != UINT32_MAX && gp_sync_find_oid(sync, oid) != NULL);
	return gp_fail(err, GP_ST_DENIED, "not here");
}

enum gp_status gp_numbers_hold_published(struct gp_sync *sync, size_t *held, struct gp_error *err)
{
	(void)sync;
	*held = 0;
	return gp_fail(err, GP_ST_DENIED, "nothing to hold");
}

void gp_numbers_apply(struct gp_sync *sync)
{
	(void)sync;
}

/* In place of store/audit.c: keeps what matters of each record, and can fail. */

enum gp_status gp_audit_write(struct gp_audit *audit, const struct gp_audit_record *record,
			      struct gp_error *err)
{
	gp_buf_auto struct gp_buf line = GP_BUF(65536);
	struct audited *a = &world.records[world.records_len];
	struct gp_audit_head none;
	struct gp_audit_link link;

	(void)audit;
	must(world.records_len++ < sizeof(world.records) / sizeof(world.records[0]));
	*a = (struct audited){.written = !world.audit_fails};
	memcpy(a->decision, record->decision, sizeof(a->decision));
	must(gp_copy(a->event, sizeof(a->event), gp_str_from(record->event)) == GP_ST_OK &&
	     gp_copy(a->verdict, sizeof(a->verdict), gp_str_from(record->verdict)) == GP_ST_OK &&
	     gp_copy(a->tty, sizeof(a->tty), gp_str_from(record->tty)) == GP_ST_OK);
	gp_audit_head_none(&none);
	gp_audit_link_next(&none, &link);
	gp_audit_line(&line, &link, record);
	if (gp_buf_status(&line) == GP_ST_NO_MEMORY)
		a->written = false;
	else
		must(gp_buf_status(&line) == GP_ST_OK);
	if (strcmp(a->event, "sign-in") == 0 && strcmp(a->verdict, "admitted") == 0)
		must_be_due(record);
	clients_recorded(a);
	return a->written ? GP_ST_OK : gp_fail(err, GP_ST_IO, "no space");
}

enum gp_status gp_audit_status(const struct gp_audit *audit, int64_t *time_s, struct gp_error *err)
{
	*time_s = 0;
	(void)audit;
	return world.audit_fails ? gp_fail(err, GP_ST_IO, "no space") : GP_ST_OK;
}

enum gp_status gp_audit_event_write(struct gp_audit *audit, const struct gp_audit_event *event,
				    struct gp_error *err)
{
	(void)audit;
	must(event->event != NULL && event->by != NULL && event->by[0] != '\0');
	return world.audit_fails ? gp_fail(err, GP_ST_IO, "no space") : GP_ST_OK;
}

void gp_audit_get_state(const struct gp_audit *audit, struct gp_audit_state *out)
{
	(void)audit;
	*out = (struct gp_audit_state){.seq = world.records_len};
}

/* In place of session/process.c. */

void gp_process_who(pid_t pid, uid_t uid, char out[static GP_WHO_TEXT])
{
	must(gp_format(out, GP_WHO_TEXT, "uid=%u pid=%d", uid, pid) == GP_ST_OK);
}

uint64_t gp_process_start_time(pid_t pid)
{
	const pid_t i = pid - FIRST_PID;
	return i >= 0 && i < PROCESSES && !world.ended[i] ? (uint64_t)pid : 0;
}

/* Everybody is the kernel's own child, and the leader of a session. */
pid_t gp_process_parent(pid_t pid)
{
	must(pid > 1);
	return 0;
}

void gp_terminal_of(pid_t pid, struct gp_terminal *out)
{
	uint64_t start = gp_process_start_time(pid);
	*out = (struct gp_terminal){pid, start, pid, start};
}

bool gp_session_leader_alive(const struct gp_session *session)
{
	return gp_process_start_time(session->leader) != 0;
}

/* In place of base/random.c: the same program always runs the same way. */

void gp_random(void *out, size_t n)
{
	uint8_t *at = out;
	for (size_t i = 0; i < n; i++) {
		world.random = world.random * 6364136223846793005U + 1442695040888963407U;
		at[i] = (uint8_t)(world.random >> 56);
	}
}

uint32_t gp_random_below(uint32_t bound)
{
	uint32_t v = 0;
	gp_random(&v, sizeof(v));
	return v % bound;
}

void gp_random_guid(char out[static GP_GUID_TEXT])
{
	uint8_t guid[16];
	gp_random(guid, sizeof(guid));
	gp_guid_format(guid, out);
}
