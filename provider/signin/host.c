/* SPDX-License-Identifier: Apache-2.0 */
#include "signin/host.h"

#include "base/log.h"
#include "config/hours_clock.h"

#include "contract/ban.h"

#define VALUE_NAME 64

static enum gp_tri is_frozen(struct gp_store *store, const char *home, struct gp_error *err)
{
	struct gp_freeze freeze;
	enum gp_status st = gp_store_freeze(store, home, &freeze, err);
	return st == GP_ST_OK ? GP_TRUE : st == GP_ST_NOT_FOUND ? GP_FALSE : GP_UNKNOWN;
}

static enum gp_status ipaddr_value(const char *tid, char name[static VALUE_NAME])
{
	return gp_format(name, VALUE_NAME, "ipaddr-seen-%s", tid);
}

enum gp_status gp_host_ipaddr_put(struct gp_store *store, const char *tid, int64_t seen_s,
				  struct gp_error *err)
{
	char name[VALUE_NAME];
	return ipaddr_value(tid, name) == GP_ST_OK && seen_s >= 0
		       ? gp_store_value_put(store, name, (uint64_t)seen_s, err)
		       : gp_fail(err, GP_ST_INVALID, "the tenant's id makes no sense");
}

enum gp_tri gp_host_ipaddr_seen(struct gp_store *store, const char *tid)
{
	char name[VALUE_NAME];
	uint64_t seen = 0;
	return ipaddr_value(tid, name) == GP_ST_OK &&
			       gp_store_value_get(store, name, &seen) == GP_ST_OK && seen != 0
		       ? GP_TRUE
		       : GP_FALSE;
}

void gp_host_read(struct gp_store *store, const char *tid, const char *oid, const char *home,
		  struct gp_host *out)
{
	struct gp_error err = {0};
	*out = (struct gp_host){0};
	if (oid[0] == '\0')
		return; /* a name that is nobody's here */
	enum gp_status st = gp_store_standing(store, tid, oid, &out->standing, &err);
	if (st == GP_ST_OK) {
		st = gp_store_guest_by_oid(store, tid, oid, &out->record);
		if (st == GP_ST_NOT_FOUND)
			st = GP_ST_OK;
	}
	if (st != GP_ST_OK) {
		gp_log(GP_LOG_ERROR, "guest-not-read", "guest=%s status=%s error=%s", oid,
		       gp_status_name(st), err.text);
		*out = (struct gp_host){0};
		return;
	}
	out->read = true;
	out->ipaddr_seen = gp_host_ipaddr_seen(store, tid);
	if (home != NULL) {
		out->frozen = is_frozen(store, home, &err);
	} else if (out->standing.has_baseline &&
		   is_frozen(store, out->standing.baseline.home, &err) == GP_TRUE) {
		out->frozen = GP_TRUE;
	}
	if (err.text[0] != '\0')
		gp_log(GP_LOG_ERROR, "freezes-not-read", "error=%s", err.text);
}

static void read_zone(const struct gp_config *config, struct gp_facts *facts)
{
	struct gp_zone_time time;
	if (gp_hours_clock(config->hours, facts->now_s, &time) != GP_ST_OK)
		return;
	facts->local_time.known = GP_TRUE;
	facts->local_time.weekday = time.weekday;
	facts->local_time.minute = time.minute;
}

static bool take_grant(const struct gp_standing *standing, struct gp_pass_object *grant)
{
	*grant = (struct gp_pass_object){.basis = GP_BASIS_LOCAL,
					 .begin_s = standing->granted_s,
					 .end_s = standing->granted_until_s};
	return standing->granted_s != 0;
}

bool gp_host_apply(const struct gp_host *host, const struct gp_config *config,
		   const struct gp_clock *clock, struct gp_facts *facts,
		   struct gp_pass_object *grant)
{
	const struct gp_standing *s = &host->standing;
	facts->now_s = gp_clock_wall_s(clock);
	read_zone(config, facts);
	*grant = (struct gp_pass_object){0};
	if (!host->read)
		return false;
	facts->revoked = s->revoked_s != 0 ? GP_TRUE : GP_FALSE;
	facts->frozen = host->frozen;
	facts->ipaddr_seen = host->ipaddr_seen;
	facts->baseline_read = true;
	facts->baseline = s->has_baseline ? &s->baseline : NULL;
	facts->last_used_s = host->record.last_sign_in_s;
	facts->confirmed_s = s->confirmed_s;
	facts->passes.first_seen_s = host->record.first_seen_s;
	facts->passes.grants_read = true;
	if (s->grant_sponsor[0] != '\0' && facts->has_sponsor != GP_TRUE) {
		facts->has_sponsor = GP_TRUE;
		facts->sponsor = s->grant_sponsor;
	}
	return take_grant(s, grant);
}

enum gp_status gp_host_remember(struct gp_store *store, const struct gp_config *config,
				const struct gp_host *host, const char *oid,
				const struct gp_user *user, const struct gp_identity *identity,
				const struct gp_client_info *client_info, struct gp_error *err)
{
	struct gp_standing standing = host->standing;
	struct gp_baseline *b = &standing.baseline;

	if (!host->read)
		return gp_fail(err, GP_ST_UNAVAILABLE, "what is kept of the guest is not known");
	if (standing.has_baseline)
		return GP_ST_OK;
	*b = (struct gp_baseline){.state_changed_s = user->state_changed_s};
	if (client_info != NULL) {
		memcpy(b->utid, client_info->utid, sizeof(b->utid));
		memcpy(b->uid, client_info->uid, sizeof(b->uid));
	}
	memcpy(b->mail, user->mail, sizeof(b->mail));
	enum gp_status st = gp_copy(b->home, sizeof(b->home), gp_str_from(gp_home_name(identity)));
	if (st != GP_ST_OK)
		return gp_fail(err, st, "the home's name is too long");
	standing.has_baseline = true;
	return gp_store_standing_put(store, config->tenant_id, oid, &standing, err);
}

enum gp_status gp_host_question(struct gp_store *store, const struct gp_config *config,
				const struct gp_host *host, const char *oid, struct gp_error *err)
{
	struct gp_standing standing = host->standing;
	if (!host->read || !standing.has_baseline)
		return gp_fail(err, GP_ST_UNAVAILABLE, "who it was before is not known");
	standing.baseline.in_question = true;
	return gp_store_standing_put(store, config->tenant_id, oid, &standing, err);
}
