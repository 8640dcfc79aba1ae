/* SPDX-License-Identifier: Apache-2.0 */
/* The rules for what comes of a request, written down without the daemon's code. */
#include "tests/fuzz/daemon/clients_internal.h"

#include "contract/text.h"

#include "contract/ban.h"

static bool is_request_of(const struct audited *a, const struct request *r)
{
	char tty[8];
	must(gp_format(tty, sizeof(tty), "t%zu", (size_t)(r - clients.requests)) == GP_ST_OK);
	return strcmp(a->tty, tty) == 0;
}

static const char *event_of(enum gp_login_op op)
{
	return op == GP_LOGIN_START     ? "sign-in"
	       : op == GP_LOGIN_ACCOUNT ? "account"
	       : op == GP_LOGIN_OPEN    ? "session-open"
					: "session-close";
}

const struct audited *record_of(const struct request *r, size_t *count)
{
	const struct audited *found = NULL;
	*count = 0;
	for (size_t i = 0; i < world.records_len; i++) {
		const struct audited *a = &world.records[i];
		if (!is_request_of(a, r) || strcmp(a->event, event_of(r->op)) != 0)
			continue;
		found = a;
		(*count)++;
	}
	return found;
}

static void granted_start(struct request *r, const struct gp_login_msg *done)
{
	size_t count = 0;
	const struct audited *a = record_of(r, &count);

	must_ever(done->has_decision && r->asked && r->answered && r->code != 0 && !r->silent);
	must_ever(memcmp(a->decision, done->decision, sizeof(a->decision)) == 0);
	for (size_t i = 0; i < clients.grants_len; i++)
		must_ever(memcmp(clients.grants[i].id, done->decision,
				 sizeof(clients.grants[i].id)) != 0);
	if (clients.grants_len == GRANTS)
		return;
	struct grant *g = &clients.grants[clients.grants_len++];
	*g = (struct grant){.by = r,
			    .state = GP_SESSION_GRANTED,
			    .since_ms = world.clock.monotonic_ms,
			    .signed_in_ms = -1};
	memcpy(g->id, done->decision, sizeof(g->id));
}

/* The grant that R refers to and belongs to, live or over. */
static struct grant *grant_of(const struct request *r)
{
	for (size_t i = 0; r->has_id && i < clients.grants_len; i++) {
		struct grant *g = &clients.grants[i];
		if (memcmp(g->id, r->id, sizeof(g->id)) == 0)
			return g->by->uid == r->uid && strcmp(g->by->name, r->name) == 0 &&
					       strcmp(g->by->service, r->service) == 0 &&
					       strcmp(g->by->address, r->address) == 0
				       ? g
				       : NULL;
	}
	return NULL;
}

/* What may go on without a sign-in of its own. */
static bool other_basis(const struct request *r)
{
	if (strcmp(r->service, "su") == 0)
		return r->caller == 0;
	if (strcmp(r->service, "systemd-user") != 0)
		return false;
	for (size_t i = 0; i < clients.grants_len; i++)
		if (clients.grants[i].state >= GP_SESSION_OPENING &&
		    clients.grants[i].by->uid == r->uid &&
		    strcmp(clients.grants[i].by->name, r->name) == 0)
			return true;
	return false;
}

static bool home_admits(const struct request *r, unsigned int config)
{
	for (size_t i = 0; i < PEOPLE - 1; i++)
		if (strcmp(world.people[i].name, r->name) == 0)
			return world_config_admits(config, r->service, world.people[i].home) &&
			       !world.quarantined[i];
	return false;
}

/* A key counts for a while after a sign-in of the same guest whose account was admitted, where the
 * configuration of then says so. */
static bool key_counts(const struct request *r)
{
	const int64_t now_ms = world.clock.monotonic_ms;
	for (size_t i = 0; !r->has_id && r->config == CONFIG_KEYS && i < clients.grants_len; i++) {
		const struct grant *g = &clients.grants[i];
		if (g->signed_in_ms >= 0 && now_ms - g->signed_in_ms < KEY_VALID_S * 1000 &&
		    g->by->uid == r->uid && strcmp(g->by->name, r->name) == 0)
			return home_admits(r, r->config);
	}
	return false;
}

/* It has an id from now on, by its record. */
static void admitted_by_key(const struct request *r, const struct audited *a)
{
	must_ever(key_counts(r));
	for (size_t i = 0; i < clients.grants_len; i++)
		must_ever(memcmp(clients.grants[i].id, a->decision, sizeof(clients.grants[i].id)) !=
			  0);
	if (clients.grants_len == GRANTS)
		return;
	struct grant *g = &clients.grants[clients.grants_len++];
	*g = (struct grant){.by = r,
			    .state = GP_SESSION_OPENING,
			    .since_ms = world.clock.monotonic_ms,
			    .by_key = true,
			    .signed_in_ms = -1};
	memcpy(g->id, a->decision, sizeof(g->id));
}

static void ruled_account(const struct request *r, const struct audited *a, bool admitted)
{
	const bool refused = strcmp(a->verdict, "refused") == 0;
	struct grant *g = grant_of(r);
	const int64_t age = g != NULL ? world.clock.monotonic_ms - g->since_ms : 0;
	const bool live = g != NULL && age <= GP_SESSION_GRANTED_MS &&
			  (g->state == GP_SESSION_GRANTED || g->state == GP_SESSION_OPENING);

	if (admitted && !r->has_id && !other_basis(r)) {
		admitted_by_key(r, a);
	} else if (admitted) {
		must_ever((live && home_admits(r, clients.config)) || other_basis(r));
		if (live && g->state == GP_SESSION_GRANTED) {
			g->state = GP_SESSION_OPENING;
			g->since_ms = g->signed_in_ms = world.clock.monotonic_ms;
		}
	} else if (live && refused && !g->by_key) {
		g->state = GP_SESSION_NONE; /* judged again, and found wanting */
	}
}

static void ruled_open(const struct request *r, bool admitted)
{
	struct grant *g = grant_of(r);
	if (!admitted)
		return;
	/* The sweep comes every 15 s. */
	const bool live = g != NULL && g->state == GP_SESSION_OPENING &&
			  world.clock.monotonic_ms - g->since_ms <= GP_SESSION_OPENING_MS + 16000;
	must_ever(live || other_basis(r));
	must_ever(!live || !g->by_key || r->key);
	if (live) {
		g->state = GP_SESSION_OPEN;
		g->leader = r->pid;
	}
}

static void ruled_close(const struct request *r)
{
	struct grant *g = grant_of(r);
	if (g == NULL || g->state == GP_SESSION_NONE)
		return;
	if (g->state != GP_SESSION_OPEN || g->leader == r->pid ||
	    gp_process_start_time(g->leader) == 0)
		g->state = GP_SESSION_NONE;
}

static void swept(const struct request *r)
{
	for (size_t i = 0; i < clients.grants_len; i++)
		if (clients.grants[i].by == r)
			clients.grants[i].state = GP_SESSION_NONE;
}

/* The daemon decides in the order of its records, whoever hears of it and when. */
void clients_recorded(const struct audited *a)
{
	uint64_t n = 0;
	const bool admitted = strcmp(a->verdict, "admitted") == 0 && a->written;

	must(a->tty[0] == 't' &&
	     gp_parse_u64(gp_str_from(a->tty + 1), clients.requests_len, &n) == GP_ST_OK);
	const struct request *r = &clients.requests[n];
	/* What was never opened, or whose process is gone. */
	if (r->op != GP_LOGIN_CLOSE && strcmp(a->event, "session-close") == 0) {
		must(r->op == GP_LOGIN_START || r->op == GP_LOGIN_ACCOUNT);
		swept(r);
		return;
	}
	if (r->op == GP_LOGIN_START) {
		must(strcmp(a->event, "sign-in") == 0);
		return;
	}
	must(strcmp(a->event, event_of(r->op)) == 0);
	if (r->op == GP_LOGIN_ACCOUNT)
		ruled_account(r, a, admitted);
	else if (r->op == GP_LOGIN_OPEN)
		ruled_open(r, admitted);
	else
		ruled_close(r);
}

void judge_done(struct request *r, const struct gp_login_msg *done)
{
	size_t count = 0;
	const struct audited *a = record_of(r, &count);
	const bool granted = done->code == GP_LOGIN_GRANTED;

	must(!r->done);
	r->done = true;
	/* No word without its record, and no grant without one that says so and was written. */
	must(count == 1);
	if (r->op == GP_LOGIN_CLOSE)
		must_ever(granted && strcmp(a->verdict, "ended") == 0);
	else
		must_ever(granted == (a->written && strcmp(a->verdict, "admitted") == 0));
	/* A login by key gets its id with the account phase. */
	const bool has_id = granted && (r->op == GP_LOGIN_START || (r->op == GP_LOGIN_ACCOUNT &&
								    !r->has_id && !other_basis(r)));
	must_ever(done->has_decision == has_id);
	must_ever(!has_id || memcmp(a->decision, done->decision, sizeof(a->decision)) == 0);
	if (r->op == GP_LOGIN_START && granted)
		granted_start(r, done);
}
