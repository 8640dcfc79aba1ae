/* SPDX-License-Identifier: Apache-2.0 */
#include "signin/policies.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/random.h"
#include "graph/policies.h"

#include "contract/ban.h"

#define EVERY_S   3000 /* and up to JITTER_S more: an hour in the middle */
#define JITTER_S  1200
#define RETRY_S   300
#define FIRST_MS  3000 /* at most, when nothing is known yet */
#define HURRY_S   10
#define SECOND_US 1000000ULL

struct gp_policies {
	sd_event *event;
	const struct gp_clock *clock;
	struct gp_store *store;
	struct gp_tenant *tenant;   /* NULL: none yet */
	struct gp_ca_set *set;      /* NULL: nothing is known */
	int64_t read_s;             /* of SET */
	struct gp_graph_call *call; /* NULL: no read is under way */
	sd_event_source *timer;
	int64_t tried_ms;
	int64_t failed_s;
	struct gp_error error;
};

static bool are_wanted(const struct gp_policies *p)
{
	return p->tenant != NULL && p->tenant->config->ssh_location != GP_SSH_LOCATION_OFF;
}

static void wake_in(struct gp_policies *p, uint64_t us)
{
	/* They fail only for a source that does not exist. */
	(void)sd_event_source_set_time_relative(p->timer, us);
	(void)sd_event_source_set_enabled(p->timer, SD_EVENT_ONESHOT);
}

static void forget(struct gp_policies *p)
{
	gp_ca_set_free(p->set);
	p->set = NULL;
	p->read_s = 0;
	p->failed_s = 0;
	p->error = (struct gp_error){0};
}

/* "policies <tenant>" */
static enum gp_status document_name(const struct gp_policies *p, char *out, size_t size)
{
	return gp_format(out, size, "policies %s", p->tenant->config->tenant_id);
}

static enum gp_status take_set(struct gp_policies *p, struct gp_str text, int64_t read_s,
			       struct gp_error *err)
{
	struct gp_ca_set *set = NULL;
	enum gp_status st = gp_ca_set_parse(text, &set, err);
	if (st != GP_ST_OK)
		return st;
	gp_ca_set_free(p->set);
	p->set = set;
	p->read_s = read_s;
	return GP_ST_OK;
}

static void failed(struct gp_policies *p, enum gp_status status, const struct gp_error *err)
{
	p->failed_s = gp_clock_wall_s(p->clock);
	p->error = *err;
	gp_log(GP_LOG_WARN, "policies-not-read", "status=%s error=%s", gp_status_name(status),
	       err->text);
	wake_in(p, (RETRY_S + gp_random_below(RETRY_S)) * SECOND_US);
}

/* What cannot be kept counts all the same: it is newer than what is kept. */
static void keep(struct gp_policies *p, struct gp_str text)
{
	char name[64];
	struct gp_error err = {0};
	char *copy = strndup(text.ptr, text.len);
	enum gp_status st = copy != NULL ? document_name(p, name, sizeof(name)) : GP_ST_NO_MEMORY;
	if (st == GP_ST_OK)
		st = gp_store_document_put(p->store, name, p->read_s, copy, &err);
	if (st != GP_ST_OK)
		gp_log(GP_LOG_WARN, "policies-not-kept", "status=%s error=%s", gp_status_name(st),
		       err.text);
	free(copy);
}

static void on_text(void *arg, enum gp_status status, struct gp_str text,
		    const struct gp_error *call_err)
{
	struct gp_policies *p = arg;
	struct gp_error err = {0};
	p->call = NULL;
	if (status == GP_ST_OK)
		status = take_set(p, text, gp_clock_wall_s(p->clock), &err);
	else
		err = *call_err;
	if (status != GP_ST_OK) {
		failed(p, status, &err);
		return;
	}
	p->failed_s = 0;
	gp_log(GP_LOG_INFO, "policies-read", "count=%zu", gp_ca_set_policies(p->set));
	keep(p, text);
	wake_in(p, (EVERY_S + gp_random_below(JITTER_S)) * SECOND_US);
}

static void read_now(struct gp_policies *p)
{
	struct gp_error err = {0};
	if (p->call != NULL || !are_wanted(p))
		return;
	p->tried_ms = gp_clock_monotonic_ms(p->clock);
	enum gp_status st = gp_graph_get_policies(p->tenant->graph, on_text, p, &p->call);
	if (st != GP_ST_OK) {
		(void)gp_fail(&err, st, "the policies cannot be asked for");
		failed(p, st, &err);
	}
}

static int on_timer(sd_event_source *source, uint64_t usec, void *arg)
{
	(void)source;
	(void)usec;
	read_now(arg);
	return 0;
}

enum gp_status gp_policies_new(sd_event *event, const struct gp_clock *clock,
			       struct gp_store *store, struct gp_policies **out)
{
	struct gp_policies *p = calloc(1, sizeof(*p));
	if (p == NULL)
		return GP_ST_NO_MEMORY;
	p->event = event;
	p->clock = clock;
	p->store = store;
	if (sd_event_add_time_relative(event, &p->timer, CLOCK_BOOTTIME, 0, 0, on_timer, p) < 0 ||
	    sd_event_source_set_enabled(p->timer, SD_EVENT_OFF) < 0) {
		gp_policies_free(p);
		return GP_ST_NO_MEMORY;
	}
	*out = p;
	return GP_ST_OK;
}

void gp_policies_free(struct gp_policies *policies)
{
	if (policies == NULL)
		return;
	gp_graph_cancel(policies->call);
	sd_event_source_disable_unref(policies->timer);
	gp_ca_set_free(policies->set);
	gp_tenant_unref(policies->tenant);
	free(policies);
}

/* What an earlier daemon read. A text that is not understood any more is read anew. */
static void take_up(struct gp_policies *p)
{
	char name[64];
	char *text = NULL;
	int64_t read_s = 0;
	struct gp_error err = {0};
	enum gp_status st = document_name(p, name, sizeof(name));
	if (st == GP_ST_OK)
		st = gp_store_document_get(p->store, name, &read_s, &text, &err);
	if (st == GP_ST_OK)
		st = take_set(p, gp_str_from(text), read_s, &err);
	if (st != GP_ST_OK && st != GP_ST_NOT_FOUND)
		gp_log(GP_LOG_WARN, "policies-kept-unusable", "error=%s", err.text);
	free(text);
}

/* Reloads do not put a read off: it is due about when it was. Those of many hosts come together, so
 * what is overdue is spread too. */
static uint64_t until_due_s(const struct gp_policies *p)
{
	int64_t age_s = gp_clock_wall_s(p->clock) - p->read_s;
	int64_t left_s = age_s >= 0 && age_s < EVERY_S ? EVERY_S - age_s : 0;
	return (uint64_t)left_s + gp_random_below(JITTER_S);
}

void gp_policies_use(struct gp_policies *policies, struct gp_tenant *tenant)
{
	struct gp_policies *p = policies;
	bool same = p->tenant != NULL &&
		    strcmp(p->tenant->config->tenant_id, tenant->config->tenant_id) == 0;
	bool went = are_wanted(p);
	gp_graph_cancel(p->call);
	p->call = NULL;
	(void)gp_tenant_ref(tenant);
	gp_tenant_unref(p->tenant);
	p->tenant = tenant;
	if (!same || !are_wanted(p))
		forget(p);
	if (!are_wanted(p)) {
		(void)sd_event_source_set_enabled(p->timer, SD_EVENT_OFF);
		return;
	}
	if (p->set == NULL)
		take_up(p);
	/* Another credential may read now what the last one could not. */
	if (!same || !went || p->set == NULL || p->failed_s != 0)
		wake_in(p, (uint64_t)gp_random_below(FIRST_MS) * 1000);
	else
		wake_in(p, until_due_s(p) * SECOND_US);
}

void gp_policies_hurry(struct gp_policies *policies)
{
	struct gp_policies *p = policies;
	int64_t since_ms = gp_clock_monotonic_ms(p->clock) - p->tried_ms;
	if (p->tried_ms == 0 || since_ms >= (int64_t)HURRY_S * 1000)
		read_now(p);
}

static enum gp_ca_guest kind_of(const struct gp_user *user)
{
	switch (user != NULL ? user->user_class : GP_USER_CLASS_UNKNOWN) {
	case GP_USER_EXTERNAL_GUEST:
		return GP_CA_B2B_GUEST;
	case GP_USER_EXTERNAL_MEMBER:
		return GP_CA_B2B_MEMBER;
	case GP_USER_INTERNAL_GUEST:
		return GP_CA_INTERNAL_GUEST;
	case GP_USER_INTERNAL_MEMBER:
		return GP_CA_INTERNAL_MEMBER;
	case GP_USER_CLASS_UNKNOWN:
		break;
	}
	return GP_CA_GUEST_UNKNOWN;
}

static void take_home(const struct gp_identity *identity, struct gp_ca_signin *out)
{
	if (identity == NULL || identity->home == GP_HOME_UNKNOWN)
		return;
	out->home_is_entra = identity->home == GP_HOME_ENTRA ? GP_TRUE : GP_FALSE;
	if (identity->home == GP_HOME_ENTRA && identity->home_tenant[0] != '\0')
		out->home_tenant = identity->home_tenant;
}

static size_t networks(const char (*texts)[GP_CONFIG_NETWORK], size_t n,
		       struct gp_network out[static GP_CONFIG_NETWORKS_MAX])
{
	size_t len = 0;
	for (size_t i = 0; i < n && i < GP_CONFIG_NETWORKS_MAX; i++)
		if (gp_network_parse(gp_str_from(texts[i]), &out[len]) == GP_ST_OK)
			len++;
	return len;
}

void gp_policies_apply(const struct gp_policies *policies, struct gp_gather *gather,
		       gp_ca_each *each, void *arg, struct gp_facts *facts)
{
	const struct gp_gathered *g = gather != NULL ? gp_gather_facts(gather) : NULL;
	const struct gp_config *config = facts->config;
	struct gp_network relays[GP_CONFIG_NETWORKS_MAX];
	struct gp_network trusted[GP_CONFIG_NETWORKS_MAX];
	struct gp_ca_result result;
	if (config->ssh_location == GP_SSH_LOCATION_OFF || policies == NULL ||
	    policies->set == NULL)
		return;
	struct gp_ca_signin signin = {
		.oid = facts->guest_oid,
		.groups = g != NULL ? (const char(*)[GP_GUID_TEXT])g->groups : NULL,
		.groups_len = g != NULL ? g->groups_len : 0,
		.groups_known = g != NULL && g->groups_read,
		.guest = kind_of(facts->user),
		.api = config->api_client_id,
		.address = facts->address,
		.relays = relays,
		.relays_len =
			networks(config->relay_addresses, config->relay_addresses_len, relays),
		.legacy_trusted = trusted,
		.legacy_trusted_len = networks(config->legacy_trusted_ips,
					       config->legacy_trusted_ips_len, trusted),
		.legacy_trusted_known = config->legacy_trusted_ips_len > 0,
	};
	take_home(facts->identity, &signin);
	gp_ca_evaluate(policies->set, &signin, each, arg, &result);
	facts->location.outcome = result.outcome;
	facts->location.read_s = policies->read_s;
	memcpy(facts->location.policy, result.by.policy, sizeof(facts->location.policy));
	memcpy(facts->location.name, result.by.name, sizeof(facts->location.name));
	if (config->auth_context[0] != '\0') {
		struct gp_ca_finding by;
		facts->location.context =
			gp_ca_context(policies->set, &signin, config->auth_context, &by);
		memcpy(facts->location.context_name, by.name, sizeof(by.name));
	}
}

struct gp_ca_audience gp_policies_audience(const struct gp_config *config)
{
	return (struct gp_ca_audience){.api = config->api_client_id,
				       .groups = config->access_groups,
				       .groups_len = config->access_groups_len,
				       .homes = config->home_tenants,
				       .homes_len = config->home_tenants_len,
				       .other_homes = config->idp_allowed_len > 0};
}

struct likely {
	struct gp_buf *out;
	unsigned int told; /* obstacles, a bit each */
};

static void on_obstacle(void *arg, const struct gp_ca_impossible *found)
{
	struct likely *likely = arg;
	unsigned int bit = 1U << found->obstacle;
	if (!found->all || found->report_only || (likely->told & bit) != 0)
		return;
	likely->told |= bit;
	gp_buf_printf(likely->out, "    - likely: a rule of the host's organisation %s.\n",
		      gp_ca_obstacle_text(found->obstacle));
}

static void on_blocked_home(void *arg, const char *home, bool from_this_api)
{
	bool *any = arg;
	(void)home;
	(void)from_this_api;
	*any = true;
}

void gp_policies_likely(const struct gp_policies *policies, const struct gp_config *config,
			struct gp_buf *out)
{
	const struct gp_ca_audience audience = gp_policies_audience(config);
	struct likely likely = {out, 0};
	bool any = false;
	if (policies == NULL || policies->set == NULL)
		return;
	gp_ca_find_impossible(policies->set, &audience, on_obstacle, &likely);
	gp_ca_find_blocked_homes(policies->set, &audience, on_blocked_home, &any);
	/* Which, and whether it is that of the guest whose name was typed, nobody here is told. */
	if (any)
		gp_buf_text(out, "    - likely: the host's organisation does not admit people of "
				 "every organisation.\n");
}

void gp_policies_get_state(const struct gp_policies *policies, struct gp_policies_state *out)
{
	*out = (struct gp_policies_state){
		.wanted = are_wanted(policies),
		.read_s = policies->read_s,
		.count = policies->set != NULL ? gp_ca_set_policies(policies->set) : 0,
		.failed_s = policies->failed_s,
		.error = policies->error};
}

const struct gp_ca_set *gp_policies_set(const struct gp_policies *policies)
{
	return policies->set;
}
