/* SPDX-License-Identifier: Apache-2.0 */
/* What root says of one guest on this host: granted until, ended, still the one he was. Each is in
 * force for the next decision. */
#include "ipc/standing_ops.h"

#include "base/json.h"
#include "base/log.h"
#include "contract/text.h"

#include "contract/ban.h"

#define DAY_S      86400
#define KEY_MAX    256
#define REASON_MAX 200          /* bytes; more would not be safe text of GP_STANDING_TEXT */
#define TIME_MAX   253402300799 /* the end of the year 9999 */

static const char *or_dash(const char *text)
{
	return text != NULL && text[0] != '\0' ? text : "-";
}

void gp_admin_lifecycle(const struct gp_admin_deps *deps, const char *event,
			const struct gp_lifecycle *what)
{
	static const struct {
		const char *verb, *event;
	} events[] = {{"grant", "granted"},
		      {"revoke", "revoked"},
		      {"confirm", "confirmed"},
		      {"freeze", "frozen"},
		      {"thaw", "thawed"}};
	gp_buf_auto struct gp_buf detail = GP_BUF(1024);
	struct gp_guest_record guest = {0};
	(void)gp_text_safe(gp_str_from(what->oid != NULL ? what->oid : ""), GP_TEXT_LINE, guest.oid,
			   sizeof(guest.oid));
	(void)gp_text_safe(gp_str_from(what->name != NULL ? what->name : ""), GP_TEXT_LINE,
			   guest.name, sizeof(guest.name));
	gp_buf_printf(&detail, "home=%s until=%lld sponsor=%s reason=%s", or_dash(what->home),
		      (long long)what->until_s, or_dash(what->sponsor), or_dash(what->reason));
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		if (strcmp(events[i].verb, event) == 0)
			gp_admin_record(deps, events[i].event, &guest, gp_buf_get(&detail));
	gp_log(GP_LOG_INFO, event,
	       "guest=%s name=%s home=%s until=%lld sponsor=%s by=\"%s\" reason=\"%s\"",
	       or_dash(what->oid), or_dash(what->name), or_dash(what->home),
	       (long long)what->until_s, or_dash(what->sponsor), what->by, or_dash(what->reason));
}

void gp_admin_text(struct gp_buf *out, const char *key, const char *text)
{
	gp_buf_printf(out, ",\"%s\":", key);
	gp_json_write_str(out, gp_str_from(text));
}

bool gp_admin_reason(const struct gp_json *request, bool needed,
		     char reason[static GP_STANDING_TEXT], struct gp_buf *out)
{
	struct gp_str text = {0};
	reason[0] = '\0';
	enum gp_status st = gp_json_get_str(request, "reason", REASON_MAX, &text);
	text = gp_str_trim(text);
	if (st == GP_ST_NOT_FOUND && !needed)
		return true;
	if (st != GP_ST_OK || (needed && text.len == 0)) {
		gp_admin_error(out, "a reason of at most 200 bytes is needed");
		return false;
	}
	(void)gp_text_safe(text, GP_TEXT_LINE, reason, GP_STANDING_TEXT);
	return true;
}

/* Something before one '@', a domain with a dot behind it, and nothing that a mail address has only
 * between quotes. */
static bool take_sponsor(const struct gp_json *request, char sponsor[static GP_STANDING_TEXT])
{
	struct gp_str text = {0};
	size_t at = 0;
	size_t signs = 0;
	bool dot = false;
	if (gp_json_get_str(request, "sponsor", GP_SPONSOR_MAX - 1, &text) != GP_ST_OK)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];
		if (c <= ' ' || c > '~' || strchr("\"(),:;<>[\\]", c) != NULL)
			return false;
		if (c == '@') {
			signs++;
			at = i;
		}
		dot = dot || (c == '.' && signs == 1 && i > at + 1 && i + 1 < text.len);
	}
	return signs == 1 && at > 0 && dot && gp_copy(sponsor, GP_STANDING_TEXT, text) == GP_ST_OK;
}

/* One guest and all that is kept of him; the pointers of gp_sync_find() do not last. */
struct target {
	char oid[GP_GUID_TEXT];
	char name[GP_NAME_BUF];
	char by[GP_STANDING_BY];
	bool present;
	struct gp_standing standing;
};

static bool find(const struct gp_admin_deps *deps, const struct gp_json *request,
		 struct target *out, struct gp_buf *answer)
{
	struct gp_str key = {0};
	struct gp_error err = {0};
	struct gp_guest_record record;
	if (gp_json_get_str(request, "name", KEY_MAX, &key) != GP_ST_OK) {
		gp_admin_error(answer, "\"name\" is missing");
		return false;
	}
	const struct gp_guest *guest = gp_admin_find(deps, key);
	if (guest == NULL) {
		gp_admin_error(answer, GP_ADMIN_NO_GUEST);
		return false;
	}
	*out = (struct target){.present = guest->present};
	memcpy(out->oid, guest->id, sizeof(out->oid));
	if (gp_sync_record(deps->sync, out->oid, &record) == GP_ST_OK)
		memcpy(out->name, record.name, sizeof(out->name));
	(void)gp_text_safe(gp_str_from(deps->by), GP_TEXT_LINE, out->by, sizeof(out->by));
	if (gp_store_standing(deps->store, deps->tenant->config->tenant_id, out->oid,
			      &out->standing, &err) != GP_ST_OK) {
		gp_admin_error(answer, err.text);
		return false;
	}
	return true;
}

static bool keep(const struct gp_admin_deps *deps, const struct target *target, struct gp_buf *out)
{
	struct gp_error err = {0};
	if (gp_store_standing_put(deps->store, deps->tenant->config->tenant_id, target->oid,
				  &target->standing, &err) == GP_ST_OK)
		return true;
	gp_admin_error(out, err.text);
	return false;
}

static void open_answer(const struct target *target, struct gp_buf *out)
{
	gp_buf_printf(out, "{\"v\":1,\"oid\":\"%s\"", target->oid);
	gp_admin_text(out, "name", target->name);
}

static const char *word(bool value)
{
	return value ? "true" : "false";
}

static bool has_local_group(const struct gp_config *config)
{
	for (size_t i = 0; i < config->access_groups_len && i < GP_CONFIG_GROUPS_MAX; i++)
		if (config->access_bases[i].basis == GP_BASIS_LOCAL)
			return true;
	return false;
}

/* The last moment at which a pass that begins now may end here, as policy/pass.c bounds it. */
static int64_t latest_end(const struct gp_config *config, int64_t now_s)
{
	int64_t end = TIME_MAX;
	if (config->max_stay_s != 0 && now_s + config->max_stay_s < end)
		end = now_s + config->max_stay_s;
	if (config->project_end_s != 0 && config->project_end_s < end)
		end = config->project_end_s;
	return end;
}

/* What is wrong with an end; an empty WHY for nothing. A day is given to people, so the last whole
 * one is named too. */
static void judge_end(const struct gp_config *config, int64_t now_s, int64_t until_s, char *why,
		      size_t size)
{
	char latest[GP_TIME_TEXT];
	char day[GP_TIME_TEXT];
	int64_t end = latest_end(config, now_s);
	int64_t whole = end - end % DAY_S;
	enum gp_status st = GP_ST_OK;
	gp_time_format(end, latest);
	gp_time_format(whole - 1, day);
	why[0] = '\0';
	if (end <= now_s)
		st = gp_format(why, size, "nothing can be granted: this tier's project ended at %s",
			       latest);
	else if (until_s > end && whole > now_s)
		st = gp_format(why, size,
			       "this tier allows a grant until %s at the latest, so the last whole "
			       "day is %.10s",
			       latest, day);
	else if (until_s > end)
		st = gp_format(why, size,
			       "this tier allows a grant until %s at the latest, which is no whole "
			       "day",
			       latest);
	else if (until_s <= now_s)
		st = gp_format(why, size, "the end of a grant must lie in the future");
	if (st != GP_ST_OK)
		why[0] = '\0';
}

/* Is a grant UNTIL_S the last end that is known? Of another kind of pass nothing may be known yet,
 * and it may last longer. */
static bool lengthens(const struct gp_admin_deps *deps, const char *oid, int64_t until_s)
{
	const struct gp_config *config = deps->tenant->config;
	const struct gp_guest *guest = gp_sync_find_oid(deps->sync, oid);
	if (guest == NULL || guest->pass_end_s != 0)
		return guest != NULL && guest->pass_end_s < until_s;
	for (size_t i = 0; i < config->access_groups_len && i < GP_CONFIG_GROUPS_MAX; i++)
		if (config->access_bases[i].basis != GP_BASIS_LOCAL)
			return false;
	return true;
}

void gp_admin_grant(const struct gp_admin_deps *deps, const struct gp_json *request,
		    struct gp_buf *out)
{
	const struct gp_config *config = deps->tenant->config;
	int64_t now_s = gp_clock_wall_s(deps->clock);
	int64_t until_s = 0;
	char why[192];
	char reason[GP_STANDING_TEXT];
	char sponsor[GP_STANDING_TEXT];
	struct target t;
	if (!gp_admin_reason(request, true, reason, out))
		return;
	if (!take_sponsor(request, sponsor)) {
		gp_admin_error(out, "a sponsor is needed: the mail address of who answers for him");
		return;
	}
	if (gp_json_get_int(request, "until", 1, TIME_MAX, &until_s) != GP_ST_OK) {
		gp_admin_error(out, "\"until\" is no time");
		return;
	}
	if (!has_local_group(config)) {
		gp_admin_error(out, "this tier has no passes by grant: no group of access_groups "
				    "has the basis local");
		return;
	}
	judge_end(config, now_s, until_s, why, sizeof(why));
	if (why[0] != '\0') {
		gp_admin_error(out, why);
		return;
	}
	if (!find(deps, request, &t, out))
		return;
	bool was_revoked = t.standing.revoked_s != 0;
	t.standing.granted_s = now_s;
	t.standing.granted_until_s = until_s;
	memcpy(t.standing.grant_reason, reason, sizeof(reason));
	memcpy(t.standing.grant_sponsor, sponsor, sizeof(sponsor));
	memcpy(t.standing.grant_by, t.by, sizeof(t.by));
	t.standing.revoked_s = 0;
	t.standing.revoke_reason[0] = t.standing.revoke_by[0] = '\0';
	if (!keep(deps, &t, out))
		return;
	if (lengthens(deps, t.oid, until_s))
		gp_sync_pass(deps->sync, t.oid, until_s);
	gp_admin_lifecycle(deps, "grant",
			   &(struct gp_lifecycle){.oid = t.oid,
						  .name = t.name,
						  .by = t.by,
						  .reason = reason,
						  .sponsor = sponsor,
						  .until_s = until_s});
	open_answer(&t, out);
	gp_buf_printf(out, ",\"until\":%lld,\"was_revoked\":%s,\"present\":%s}", (long long)until_s,
		      word(was_revoked), word(t.present));
}

void gp_admin_revoke(const struct gp_admin_deps *deps, const struct gp_json *request,
		     struct gp_buf *out)
{
	char reason[GP_STANDING_TEXT];
	struct target t;
	if (!gp_admin_reason(request, true, reason, out) || !find(deps, request, &t, out))
		return;
	bool was_revoked = t.standing.revoked_s != 0;
	t.standing.revoked_s = gp_clock_wall_s(deps->clock);
	/* What was granted is over: lifting the revocation later does not bring it back. (It ends
	 * no earlier than it began, also where the clock was set back.) */
	int64_t over_s = t.standing.revoked_s > t.standing.granted_s ? t.standing.revoked_s
								     : t.standing.granted_s;
	if (t.standing.granted_until_s > over_s)
		t.standing.granted_until_s = over_s;
	memcpy(t.standing.revoke_reason, reason, sizeof(reason));
	memcpy(t.standing.revoke_by, t.by, sizeof(t.by));
	if (!keep(deps, &t, out))
		return;
	gp_sync_pass(deps->sync, t.oid, t.standing.revoked_s);
	gp_admin_lifecycle(
		deps, "revoke",
		&(struct gp_lifecycle){.oid = t.oid, .name = t.name, .by = t.by, .reason = reason});
	open_answer(&t, out);
	gp_buf_printf(out, ",\"was_revoked\":%s}", word(was_revoked));
}

void gp_admin_confirm(const struct gp_admin_deps *deps, const struct gp_json *request,
		      struct gp_buf *out)
{
	const struct gp_json *replaces = NULL;
	struct target t;
	if (gp_json_get(request, "replaces", &replaces) == GP_ST_OK) {
		gp_admin_replace(deps, request, out);
		return;
	}
	if (!find(deps, request, &t, out))
		return;
	bool was_revoked = t.standing.revoked_s != 0;
	bool in_question = t.standing.baseline.in_question;
	if (!t.present && !was_revoked && !in_question) {
		gp_admin_error(out, "this guest has left and nothing stands against him, so there "
				    "is nothing to confirm; to let another have his name, add "
				    "--replaces with the object id of the one who left");
		return;
	}
	/* Who is admitted next is the one who is remembered. */
	t.standing.has_baseline = false;
	t.standing.baseline = (struct gp_baseline){0};
	t.standing.revoked_s = 0;
	t.standing.revoke_reason[0] = t.standing.revoke_by[0] = '\0';
	t.standing.confirmed_s = gp_clock_wall_s(deps->clock);
	memcpy(t.standing.confirm_by, t.by, sizeof(t.by));
	if (!keep(deps, &t, out))
		return;
	gp_sync_question(deps->sync, t.oid, false);
	if (was_revoked)
		gp_sync_pass(deps->sync, t.oid, 0); /* the next admission finds it */
	gp_admin_lifecycle(deps, "confirm",
			   &(struct gp_lifecycle){.oid = t.oid, .name = t.name, .by = t.by});
	open_answer(&t, out);
	gp_buf_printf(out, ",\"was_revoked\":%s,\"was_in_question\":%s}", word(was_revoked),
		      word(in_question));
}

static void add_when(struct gp_buf *out, const char *key, int64_t time_s)
{
	gp_buf_printf(out, ",\"%s\":%lld", key, (long long)time_s);
}

void gp_admin_add_standing(const struct gp_admin_deps *deps, const char *oid, struct gp_buf *out)
{
	struct gp_standing s;
	struct gp_freeze freeze = {0};
	struct gp_error err = {0};
	gp_buf_text(out, ",\"standing\":");
	enum gp_status st =
		gp_store_standing(deps->store, deps->tenant->config->tenant_id, oid, &s, &err);
	if (st == GP_ST_OK && s.has_baseline) {
		st = gp_store_freeze(deps->store, s.baseline.home, &freeze, &err);
		st = st == GP_ST_NOT_FOUND ? GP_ST_OK : st;
	}
	if (st != GP_ST_OK) {
		gp_buf_text(out, "null");
		return;
	}
	gp_buf_printf(out, "{\"in_question\":%s", word(s.baseline.in_question));
	gp_admin_text(out, "home", s.baseline.home);
	gp_admin_text(out, "first_mail", s.baseline.mail);
	add_when(out, "granted", s.granted_s);
	add_when(out, "granted_until", s.granted_until_s);
	gp_admin_text(out, "grant_reason", s.grant_reason);
	gp_admin_text(out, "grant_sponsor", s.grant_sponsor);
	gp_admin_text(out, "grant_by", s.grant_by);
	add_when(out, "revoked", s.revoked_s);
	gp_admin_text(out, "revoke_reason", s.revoke_reason);
	gp_admin_text(out, "revoke_by", s.revoke_by);
	add_when(out, "confirmed", s.confirmed_s);
	gp_admin_text(out, "confirm_by", s.confirm_by);
	add_when(out, "frozen", freeze.since_s);
	gp_admin_text(out, "freeze_reason", freeze.reason);
	gp_admin_text(out, "freeze_by", freeze.by);
	gp_buf_text(out, "}");
}
