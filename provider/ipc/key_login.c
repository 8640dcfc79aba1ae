/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A login by an SSH key, on a tier that allows one for a while after a sign-in (key_valid). The key
 * says only that this is the owner of the account's home; who that is was proved by the last
 * sign-in, and whether he may still enter is asked of Entra and of this host now.
 */
#include <stdlib.h>

#include "base/log.h"
#include "base/random.h"
#include "ipc/internal.h"
#include "policy/record.h"
#include "signin/gather.h"
#include "signin/host.h"
#include "signin/policies.h"

#include "contract/ban.h"

#define LIMIT_US 7000000 /* the module waits for 10 s, and the record may take 2 */

struct gp_key_login {
	struct gp_key_login *next; /* of the service's */
	struct gp_login_conn *lc;
	struct gp_tenant *tenant;
	struct gp_grant grant; /* of the last sign-in; the decision id is this login's */
	int64_t age_s;         /* of that sign-in, when this login began */
	int64_t began_ms;
	char guest_oid[GP_GUID_TEXT];
	struct gp_gather *gather;
	sd_event_source *timer;
	struct gp_buf facts; /* of the decision, for the audit */
};

static const char sign_in_first[] =
	"An SSH key opens this host only for a while after a sign-in at your organisation. Connect "
	"again without a key (ssh -o PubkeyAuthentication=no ...) and sign in.";

static const char not_readable[] =
	"Whether you may enter could not be read right now, so this login is refused. Please try "
	"again in a few minutes.";

static struct gp_login_msg message_of(const struct gp_login_conn *lc)
{
	const struct gp_signin_request *r = &lc->request;
	return (struct gp_login_msg){.op = GP_LOGIN_ACCOUNT,
				     .service = r->service,
				     .user = r->user,
				     .rhost = r->rhost,
				     .tty = r->tty,
				     .uid = r->uid};
}

static void forget(struct gp_key_login *key)
{
	struct gp_key_login **at = &key->lc->service->keys;
	while (*at != key)
		at = &(*at)->next;
	*at = key->next;
	key->lc->key = NULL;
	sd_event_source_disable_unref(key->timer);
	gp_gather_free(key->gather);
	gp_buf_free(&key->facts);
	gp_tenant_unref(key->tenant);
	free(key);
}

static enum gp_status record(const struct gp_key_login *key, const char *verdict,
			     const char *reason, const struct gp_admission *admission)
{
	const struct gp_login_msg msg = message_of(key->lc);
	const struct gp_ruling ruling = {"account", verdict, reason, "key", admission, &key->grant};
	return gp_login_record(key->lc->service, &msg, &ruling);
}

/* Asking Entra takes its time, and the end of the key's is not put off by it. */
static int64_t age_now(const struct gp_key_login *key)
{
	int64_t now_ms = gp_clock_monotonic_ms(key->lc->service->deps.clock);
	return key->age_s + (now_ms - key->began_ms) / 1000;
}

static void judge(struct gp_key_login *key, struct gp_host *host, struct gp_admission *out)
{
	struct gp_login_service *service = key->lc->service;
	const struct gp_config *config = key->tenant->config;
	const struct gp_guest *guest = gp_sync_find(service->deps.sync, key->lc->request.user);
	bool same = guest != NULL && guest->uid == key->lc->request.uid &&
		    strcmp(guest->id, key->guest_oid) == 0;
	struct gp_sync_stats stats;
	struct gp_pass_object granted;
	gp_sync_get_stats(service->deps.sync, &stats);

	struct gp_facts facts = {
		.config = config,
		.service = key->lc->service_name,
		.address = key->lc->rhost,
		.guest_oid = key->guest_oid,
		.identity = &key->grant.identity,
		.canary = stats.canary,
		.clock_ok = gp_tenant_clock_ok(key->tenant),
		.quarantined = !same                ? GP_UNKNOWN
			       : guest->quarantined ? GP_TRUE
						    : GP_FALSE,
		.client_info_ok = GP_TRUE, /* as at the sign-in */
		.client_info = key->grant.has_client_info ? &key->grant.client_info : NULL,
		.by_key = true,
		.key_age_s = age_now(key),
	};
	gp_gather_apply(key->gather, config, &facts);
	gp_host_read(service->deps.store, config->tenant_id, key->guest_oid,
		     gp_home_name(&key->grant.identity), host);
	if (gp_host_apply(host, config, service->deps.clock, &facts, &granted))
		gp_gather_add(key->gather, &granted, &facts);
	gp_policies_apply(service->deps.policies, key->gather, NULL, NULL, &facts);
	gp_admission_decide(&facts, GP_PHASE_ACCOUNT, out);
	out->facts = gp_record_keep(&key->facts, &facts, GP_PHASE_ACCOUNT);
	if (facts.user != NULL)
		key->grant.user = *facts.user;
	key->grant.pass = out->pass;
	key->grant.leave_read = facts.passes.leave_read;
	key->grant.leave_s = facts.passes.leave_s;
	key->grant.has_sponsor = facts.has_sponsor;
	memcpy(key->grant.sponsor, out->sponsor, sizeof(key->grant.sponsor));
}

static void admit(struct gp_key_login *key, const struct gp_admission *admission)
{
	struct gp_login_conn *lc = key->lc;
	struct gp_login_service *service = lc->service;
	const struct gp_login_msg msg = message_of(lc);
	pid_t peer = gp_conn_peer(lc->conn)->pid;
	uint8_t decision[GP_DECISION_ID_BYTES];
	char warning[1024];

	memcpy(decision, key->grant.decision, sizeof(decision));
	const struct gp_notice notice = {
		.config = key->tenant->config,
		.pass = &admission->pass,
		.sponsor = admission->sponsor,
		.now_s = gp_clock_wall_s(service->deps.clock),
	};
	gp_admission_warning(&notice, warning, sizeof(warning));
	lc->reserved = false; /* used up, by success and failure alike */
	enum gp_status st = gp_registry_grant(service->deps.registry, &key->grant, &lc->request,
					      gp_clock_monotonic_ms(service->deps.clock));
	struct gp_session *session =
		st == GP_ST_OK ? gp_registry_find(service->deps.registry, decision, &msg) : NULL;
	/* Grants only once the record is on disk. */
	if (session == NULL || record(key, "admitted", "ok", admission) != GP_ST_OK) {
		if (session != NULL)
			gp_registry_remove(service->deps.registry, session);
		forget(key);
		gp_login_finish(lc, GP_LOGIN_UNAVAILABLE, GP_STR(""), NULL);
		return;
	}
	session->by_key = true;
	gp_login_opening(service, session, peer);
	gp_sync_pass(service->deps.sync, key->guest_oid, key->grant.pass.end_s);
	forget(key);
	gp_login_finish(lc, GP_LOGIN_GRANTED, gp_str_from(warning), decision);
}

static void unavailable(struct gp_key_login *key, const char *reason)
{
	struct gp_login_conn *lc = key->lc;
	(void)record(key, "unavailable", reason, NULL);
	forget(key);
	gp_login_finish(lc, GP_LOGIN_UNAVAILABLE, gp_str_from(not_readable), NULL);
}

static int on_late(sd_event_source *source, uint64_t usec, void *arg)
{
	(void)source;
	(void)usec;
	unavailable(arg, "tenant-slow");
	return 0;
}

/* As at a sign-in: from now on nobody enters with this account until root says whose it is. */
static void question(const struct gp_key_login *key, const struct gp_host *host)
{
	struct gp_login_service *service = key->lc->service;
	struct gp_error err = {0};
	if (gp_host_question(service->deps.store, key->tenant->config, host, key->guest_oid,
			     &err) == GP_ST_OK)
		gp_sync_question(service->deps.sync, key->guest_oid, true);
	else
		gp_log(GP_LOG_ERROR, "person-not-kept", "guest=%s error=%s", key->guest_oid,
		       err.text);
}

static void on_facts(void *arg, enum gp_status status, const struct gp_error *err)
{
	struct gp_key_login *key = arg;
	struct gp_login_conn *lc = key->lc;
	struct gp_admission admission;
	struct gp_host host;
	if (status != GP_ST_OK) {
		gp_log(GP_LOG_WARN, "facts-not-read", "status=%s error=%s correlation=%s",
		       gp_status_name(status), err != NULL ? err->text : "",
		       key->grant.correlation_id);
		unavailable(key, "facts-not-read");
		return;
	}
	/* What was asked belongs to the configuration of then, and what counts is that of now. */
	if (key->tenant != lc->service->deps.tenant) {
		unavailable(key, "reloaded");
		return;
	}
	judge(key, &host, &admission);
	if (admission.verdict == GP_YES) {
		admit(key, &admission);
		return;
	}
	if (gp_admission_other_person(&admission))
		question(key, &host);
	char sentence[1024];
	gp_admission_sentence(&admission, GP_PHASE_ACCOUNT, key->tenant->config, sentence,
			      sizeof(sentence));
	(void)record(key, "refused", admission.reason, &admission);
	forget(key);
	gp_login_finish(lc, GP_LOGIN_DENIED, gp_str_from(sentence), NULL);
}

/* The last sign-in of the guest who has this name and number; NULL when he has none. */
static struct gp_key_login *begin(struct gp_login_conn *lc)
{
	struct gp_login_service *service = lc->service;
	int64_t age_s = 0;
	const struct gp_guest *guest = gp_sync_find(service->deps.sync, lc->request.user);
	const struct gp_grant *last =
		guest != NULL && guest->uid == lc->request.uid
			? gp_recent_find(service->recent, guest->id, service->deps.clock, &age_s)
			: NULL;
	struct gp_key_login *key = last != NULL ? calloc(1, sizeof(*key)) : NULL;
	if (key == NULL)
		return NULL;
	*key = (struct gp_key_login){.lc = lc,
				     .grant = *last,
				     .age_s = age_s,
				     .began_ms = gp_clock_monotonic_ms(service->deps.clock),
				     .facts = GP_BUF(GP_RECORD_MAX)};
	memcpy(key->guest_oid, guest->id, sizeof(key->guest_oid));
	key->tenant = gp_tenant_ref(service->deps.tenant);
	gp_random(key->grant.decision, sizeof(key->grant.decision));
	gp_random_guid(key->grant.correlation_id);
	service->keys = key;
	return key;
}

void gp_login_key(struct gp_login_conn *lc, const struct gp_login_msg *msg)
{
	lc->phase = GP_LOGIN_PHASE_BUSY;
	if (!gp_login_keep_request(lc, msg)) {
		gp_conn_close(lc->conn);
		return;
	}
	if (!gp_login_reserve(lc, msg))
		return;
	struct gp_key_login *key = begin(lc);
	if (key == NULL) {
		const struct gp_ruling ruling = {"account", "refused", "no-sign-in",
						 "key",     NULL,      NULL};
		(void)gp_login_record(lc->service, msg, &ruling);
		gp_login_finish(lc, GP_LOGIN_DENIED, gp_str_from(sign_in_first), NULL);
		return;
	}
	lc->key = key;
	enum gp_status st = gp_gather_start(key->tenant, key->guest_oid, key->grant.correlation_id,
					    false, on_facts, key, &key->gather);
	if (st == GP_ST_OK &&
	    sd_event_add_time_relative(lc->service->deps.event, &key->timer, CLOCK_BOOTTIME,
				       LIMIT_US, 0, on_late, key) < 0)
		st = GP_ST_NO_MEMORY;
	if (st != GP_ST_OK)
		on_facts(key, st, NULL);
}

void gp_key_logins_stop(struct gp_login_service *service)
{
	while (service->keys != NULL)
		unavailable(service->keys, "stopping");
}

void gp_key_login_cancel(struct gp_key_login *key)
{
	if (key == NULL)
		return;
	(void)record(key, "unavailable", "abandoned", NULL);
	forget(key);
}
