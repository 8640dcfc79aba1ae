/* SPDX-License-Identifier: Apache-2.0 */
/* The admin's questions about the directory: who is known, all about one, and reading now. */
#include "base/json.h"
#include "base/log.h"
#include "directory/expiry.h"
#include "ipc/admin.h"
#include "signin/policies.h"

#include "contract/ban.h"

#define PART_BYTES 50000 /* of a list; the packet holds more */
#define NAME_MAX_  256   /* of what is asked for */

static void add_text(struct gp_buf *out, const char *key, const char *text)
{
	gp_buf_printf(out, ",\"%s\":", key);
	gp_json_write_str(out, gp_str_from(text));
}

static const char *state_of(const struct gp_guest *guest, const struct gp_user *user)
{
	if (guest->quarantined || guest->in_question)
		return "quarantined";
	if (!guest->present)
		return guest->person != NULL && guest->person->gone ? "deleted" : "departed";
	if (user->account_enabled == GP_FALSE)
		return "disabled";
	if (user->external_state == GP_EXTERNAL_PENDING)
		return "pending";
	return user->account_enabled == GP_TRUE ? "active" : "unknown";
}

static void add_groups(struct gp_buf *out, const struct gp_sync *sync, const struct gp_guest *guest)
{
	const char *name = NULL;
	const char *why = NULL;
	size_t n = 0;
	gp_buf_text(out, ",\"groups\":[");
	for (size_t i = 0; gp_sync_group(sync, i, &name, &why); i++) {
		if ((guest->groups >> i & 1) == 0 || why != NULL)
			continue;
		gp_buf_text(out, n++ > 0 ? "," : "");
		gp_json_write_str(out, gp_str_from(name));
	}
	gp_buf_text(out, "]");
}

/* The members that a list has; the object stays open. Whoever is in quarantine may have a name and
 * a number all the same: those of his record. */
static void open_guest(const struct gp_admin_deps *deps, const struct gp_guest *guest,
		       struct gp_guest_record *record, struct gp_user *user, struct gp_buf *out)
{
	gp_sync_user(deps->sync, guest, user);
	if (gp_sync_record(deps->sync, guest->id, record) != GP_ST_OK)
		*record = (struct gp_guest_record){0};
	gp_buf_text(out, "{\"name\":");
	gp_json_write_str(out, gp_str_from(record->name));
	gp_buf_printf(out, ",\"uid\":%u", record->uid);
	add_text(out, "oid", guest->id);
	add_text(out, "organisation", user->company_name);
	add_text(out, "mail", user->mail);
	add_text(out, "state", state_of(guest, user));
	add_text(out, "quarantine",
		 guest->quarantined   ? guest->quarantine
		 : guest->in_question ? GP_REASON_ANOTHER_PERSON
				      : "");
	add_groups(out, deps->sync, guest);
	add_text(out, "number_by", record->basis);
	gp_buf_printf(out, ",\"last_sign_in\":%lld,\"first_seen\":%lld,\"left\":%lld",
		      (long long)record->last_sign_in_s, (long long)record->first_seen_s,
		      (long long)guest->left_s);
}

void gp_admin_guests(const struct gp_admin_deps *deps, const struct gp_json *request,
		     struct gp_buf *out)
{
	int64_t from = 0;
	size_t count = gp_sync_count(deps->sync);
	enum gp_status st = gp_json_get_int(request, "from", 0, INT32_MAX, &from);
	if (st != GP_ST_OK && st != GP_ST_NOT_FOUND) {
		gp_admin_error(out, "\"from\" is no place in the list");
		return;
	}
	size_t i = (size_t)from;
	gp_buf_printf(out, "{\"v\":1,\"count\":%zu,\"guests\":[", count);
	for (; i < count && out->len < PART_BYTES; i++) {
		struct gp_guest_record record;
		struct gp_user user;
		gp_buf_text(out, i > (size_t)from ? "," : "");
		open_guest(deps, gp_sync_at(deps->sync, i), &record, &user, out);
		gp_buf_text(out, "}");
	}
	gp_buf_text(out, "]");
	if (i < count)
		gp_buf_printf(out, ",\"more\":%zu", i);
	gp_buf_text(out, "}");
}

static const char *source_name(const struct gp_person *person)
{
	switch (person != NULL ? (enum gp_source)person->source : 0) {
	case GP_SOURCE_FULL:
		return "full read";
	case GP_SOURCE_DELTA:
		return "changes";
	case GP_SOURCE_KNOCK:
		return "looked up";
	}
	return "unknown";
}

static const char *tri_word(enum gp_tri value)
{
	return value == GP_TRUE ? "yes" : value == GP_FALSE ? "no" : "unknown";
}

static const char *external_word(enum gp_external_state state)
{
	switch (state) {
	case GP_EXTERNAL_NONE:
		return "never invited";
	case GP_EXTERNAL_PENDING:
		return "pending";
	case GP_EXTERNAL_ACCEPTED:
		return "accepted";
	case GP_EXTERNAL_UNKNOWN:
		break;
	}
	return "unknown";
}

const struct gp_guest *gp_admin_find(const struct gp_admin_deps *deps, struct gp_str key)
{
	char text[NAME_MAX_ + 1];
	uint8_t guid[16];
	char oid[GP_GUID_TEXT];
	if (gp_guid_parse(key, guid) == GP_ST_OK) {
		gp_guid_format(guid, oid);
		return gp_sync_find_oid(deps->sync, oid);
	}
	const struct gp_guest *guest = gp_sync_find(deps->sync, key);
	/* In quarantine he is found by the name of his record, or by the address he has now. */
	for (size_t i = 0; guest == NULL && i < gp_sync_count(deps->sync); i++) {
		const struct gp_guest *one = gp_sync_at(deps->sync, i);
		struct gp_guest_record record;
		struct gp_user user;
		if (!one->quarantined || gp_copy(text, sizeof(text), key) != GP_ST_OK)
			break;
		gp_sync_user(deps->sync, one, &user);
		if (gp_str_equal_nocase(key, gp_str_from(user.mail)) ||
		    (gp_sync_record(deps->sync, one->id, &record) == GP_ST_OK &&
		     strcmp(record.name, text) == 0))
			guest = one;
	}
	return guest;
}

/* The end of his pass as it was last found, and the day by which his account expires, which follows
 * from it and the configuration; null where there is none. */
static void add_pass(const struct gp_admin_deps *deps, const struct gp_guest *guest,
		     const struct gp_guest_record *record, struct gp_buf *out)
{
	const int64_t end_s =
		gp_expiry_end(deps->tenant->config, guest->first_seen_s, guest->pass_end_s);
	gp_buf_printf(out, ",\"pass_read\":%lld", (long long)record->pass_read_s);
	if (end_s == INT64_MAX)
		gp_buf_text(out, ",\"pass_end\":null,\"expiry_day\":null");
	else
		gp_buf_printf(out, ",\"pass_end\":%lld,\"expiry_day\":%d", (long long)end_s,
			      gp_expiry_day(end_s));
}

void gp_admin_show(const struct gp_admin_deps *deps, const struct gp_json *request,
		   struct gp_buf *out)
{
	struct gp_str key = {0};
	struct gp_guest_record record;
	struct gp_user user;
	if (gp_json_get_str(request, "guest", NAME_MAX_, &key) != GP_ST_OK) {
		gp_admin_error(out, "\"guest\" is missing");
		return;
	}
	const struct gp_guest *guest = gp_admin_find(deps, key);
	if (guest == NULL) {
		gp_admin_error(out, GP_ADMIN_NO_GUEST);
		return;
	}
	gp_buf_text(out, "{\"v\":1,\"guest\":");
	open_guest(deps, guest, &record, &user, out);
	add_text(out, "display_name", user.display_name);
	add_text(out, "upn", user.upn);
	add_text(out, "class", gp_user_class_name(user.user_class));
	add_text(out, "enabled", tri_word(user.account_enabled));
	add_text(out, "invitation", external_word(user.external_state));
	add_text(out, "source", source_name(guest->person));
	gp_buf_printf(out,
		      ",\"present\":%s,\"gone\":%s,\"created\":%lld,\"state_changed\":%lld,"
		      "\"read\":%lld",
		      guest->present ? "true" : "false",
		      guest->person != NULL && guest->person->gone ? "true" : "false",
		      (long long)user.created_s, (long long)user.state_changed_s,
		      (long long)(guest->person != NULL ? guest->person->read_s : 0));
	add_pass(deps, guest, &record, out);
	gp_admin_add_standing(deps, guest->id, out);
	gp_buf_text(out, "}}");
}

static const char *phase_name(enum gp_sync_phase phase)
{
	switch (phase) {
	case GP_SYNC_READING:
		return "reading";
	case GP_SYNC_ROUND:
		return "changes";
	case GP_SYNC_IDLE:
		break;
	}
	return "idle";
}

/* False for a mode that there is not. */
static bool begin(const struct gp_admin_deps *deps, struct gp_str mode)
{
	if (gp_str_is(mode, "changes"))
		gp_sync_now(deps->sync, GP_SYNC_CHANGES);
	else if (gp_str_is(mode, "full"))
		gp_sync_now(deps->sync, GP_SYNC_FULL);
	else if (gp_str_is(mode, "accept"))
		gp_sync_now(deps->sync, GP_SYNC_ACCEPT);
	else
		return gp_str_is(mode, "look");
	gp_log(GP_LOG_INFO, "sync-asked-for", "mode=%.*s", GP_STR_ARGS(mode));
	return true;
}

void gp_admin_sync(const struct gp_admin_deps *deps, const struct gp_json *request,
		   struct gp_buf *out)
{
	struct gp_str mode = {0};
	struct gp_sync_stats stats;
	/* Before it begins, so that whoever asks can tell its end from that of an earlier one. */
	gp_sync_get_stats(deps->sync, &stats);
	if (gp_json_get_str(request, "mode", 16, &mode) != GP_ST_OK || !begin(deps, mode)) {
		gp_admin_error(out, "\"mode\" is none of changes, full, accept, look");
		return;
	}
	if (deps->policies != NULL && !gp_str_is(mode, "look"))
		gp_policies_hurry(deps->policies);
	gp_buf_printf(out,
		      "{\"v\":1,\"attempts\":%llu,\"phase\":\"%s\",\"groups\":%zu,"
		      "\"waiting\":%zu,\"users\":%zu,\"status\":\"%s\",\"why\":",
		      (unsigned long long)stats.attempts, phase_name(stats.phase),
		      stats.progress.groups, stats.progress.waiting, stats.progress.users,
		      gp_status_name(stats.last_status));
	gp_json_write_str(out, gp_str_from(stats.last_error.text));
	gp_buf_printf(out,
		      ",\"last\":%lld,\"last_full\":%lld,\"guests\":%zu,\"departed\":%zu,"
		      "\"quarantined\":%zu,\"held\":%zu,\"held_of\":%zu,\"published\":%s}",
		      (long long)stats.last_sync_s, (long long)stats.last_full_s, stats.guests,
		      stats.departed, stats.quarantined, stats.held.removed, stats.held.of,
		      stats.published ? "true" : "false");
}

static void record_confirmed(const struct gp_admin_deps *deps, const char *name, const char *oid,
			     const struct gp_replaced *done)
{
	char detail[GP_NAME_BUF + 16];
	struct gp_guest_record guest = {.uid = done->uid};
	memcpy(guest.name, done->name, sizeof(guest.name));
	memcpy(guest.oid, oid, sizeof(guest.oid));
	if (gp_format(detail, sizeof(detail), "was=%s", name) == GP_ST_OK)
		gp_admin_record(deps, "confirmed", &guest, detail);
}

void gp_admin_replace(const struct gp_admin_deps *deps, const struct gp_json *request,
		      struct gp_buf *out)
{
	struct gp_str typed = {0};
	struct gp_str replaces = {0};
	char name[GP_NAME_BUF];
	char oid[GP_GUID_TEXT];
	uint8_t guid[16];
	struct gp_replaced done;
	struct gp_error err = {0};
	if (gp_json_get_str(request, "name", GP_NAME_MAX, &typed) != GP_ST_OK ||
	    gp_copy(name, sizeof(name), typed) != GP_ST_OK ||
	    gp_json_get_str(request, "replaces", GP_GUID_TEXT - 1, &replaces) != GP_ST_OK ||
	    gp_guid_parse(replaces, guid) != GP_ST_OK) {
		gp_admin_error(out, "a name and the object id of the one who had it are needed");
		return;
	}
	gp_guid_format(guid, oid);
	if (gp_sync_replace(deps->sync, name, oid, &done, &err) != GP_ST_OK) {
		gp_admin_error(out, err.text);
		return;
	}
	record_confirmed(deps, name, oid, &done);
	gp_buf_printf(out, "{\"v\":1,\"uid\":%u", done.uid);
	add_text(out, "name", done.name);
	add_text(out, "home", done.home);
	add_text(out, "new_home", done.new_home);
	gp_buf_text(out, "}");
}
