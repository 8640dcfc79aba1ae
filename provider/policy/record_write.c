/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"
#include "policy/record.h"
#include "policy/record_words.h"

#include "contract/ban.h"

/* KEYs are ours and need no escaping. An absent member is what a zeroed struct gp_facts has. */
static void add_text(struct gp_buf *b, const char *key, const char *text)
{
	if (text != NULL) {
		gp_buf_printf(b, ",\"%s\":", key);
		gp_json_write_str(b, gp_str_from(text));
	}
}

static void add_filled(struct gp_buf *b, const char *key, const char *text)
{
	add_text(b, key, text[0] != '\0' ? text : NULL);
}

static void add_word(struct gp_buf *b, const char *key, enum gp_record_kind kind,
		     unsigned int value)
{
	add_text(b, key, gp_record_word(kind, value));
}

static void add_int(struct gp_buf *b, const char *key, int64_t value)
{
	if (value != 0) {
		gp_buf_printf(b, ",\"%s\":%lld", key, (long long)value);
	}
}

static void add_true(struct gp_buf *b, const char *key, bool value)
{
	if (value) {
		gp_buf_printf(b, ",\"%s\":true", key);
	}
}

static void add_tri(struct gp_buf *b, const char *key, enum gp_tri value)
{
	if (value == GP_TRUE || value == GP_FALSE) {
		gp_buf_printf(b, ",\"%s\":%s", key, value == GP_TRUE ? "true" : "false");
	}
}

static void add_user(struct gp_buf *b, const struct gp_user *user)
{
	gp_buf_text(b, ",\"user\":{\"id\":");
	gp_json_write_str(b, gp_str_from(user->id));
	add_tri(b, "enabled", user->account_enabled);
	add_word(b, "type", GP_RECORD_USER_TYPE, user->user_type);
	add_word(b, "state", GP_RECORD_STATE, user->external_state);
	add_word(b, "creation", GP_RECORD_CREATION, user->creation);
	add_int(b, "state_changed", user->state_changed_s);
	gp_buf_text(b, "}");
}

static void add_identity(struct gp_buf *b, const struct gp_identity *id)
{
	gp_buf_text(b, ",\"identity\":{\"tid\":");
	gp_json_write_str(b, gp_str_from(id->tid));
	add_text(b, "oid", id->oid);
	add_word(b, "home", GP_RECORD_HOME, id->home);
	add_filled(b, "home_tenant", id->home_tenant);
	add_filled(b, "idp", id->idp);
	add_int(b, "acct", id->acct);
	add_int(b, "auth_time", id->auth_time);
	add_filled(b, "ipaddr", id->ipaddr);
	add_filled(b, "acrs", id->acrs);
	gp_buf_text(b, "}");
}

static void add_person(struct gp_buf *b, const struct gp_facts *f)
{
	if (f->client_info != NULL) {
		gp_buf_text(b, ",\"client_info\":{\"utid\":");
		gp_json_write_str(b, gp_str_from(f->client_info->utid));
		add_text(b, "uid", f->client_info->uid);
		gp_buf_text(b, "}");
	}
	add_true(b, "baseline_read", f->baseline_read);
	if (f->baseline != NULL) {
		gp_buf_text(b, ",\"baseline\":{\"home\":");
		gp_json_write_str(b, gp_str_from(f->baseline->home));
		add_filled(b, "utid", f->baseline->utid);
		add_filled(b, "uid", f->baseline->uid);
		add_int(b, "state_changed", f->baseline->state_changed_s);
		add_true(b, "in_question", f->baseline->in_question);
		gp_buf_text(b, "}");
	}
}

static void add_location(struct gp_buf *b, const struct gp_location *location)
{
	if (location->outcome == GP_CA_NOT_EVALUATED && location->read_s == 0) {
		return;
	}
	gp_buf_printf(b, ",\"location\":{\"read\":%lld", (long long)location->read_s);
	add_word(b, "outcome", GP_RECORD_LOCATION, location->outcome);
	add_filled(b, "policy", location->policy);
	add_filled(b, "name", location->name);
	add_tri(b, "context", location->context);
	add_filled(b, "context_name", location->context_name);
	gp_buf_text(b, "}");
}

static void add_groups(struct gp_buf *b, const struct gp_facts *f)
{
	const struct gp_config *config = f->config;
	gp_buf_text(b, ",\"groups\":[");
	for (size_t i = 0;
	     config != NULL && i < config->access_groups_len && i < GP_CONFIG_GROUPS_MAX; i++) {
		gp_buf_text(b, i > 0 ? ",{\"id\":" : "{\"id\":");
		gp_json_write_str(b, gp_str_from(config->access_groups[i]));
		add_word(b, "basis", GP_RECORD_BASIS, config->access_bases[i].basis);
		add_filled(b, "package", config->access_bases[i].package);
		if (f->passes.member != NULL && i < f->passes.member_len) {
			add_tri(b, "member", f->passes.member[i]);
		}
		gp_buf_text(b, "}");
	}
	gp_buf_text(b, "]");
}

/* Those that are kept, by their place, the longest first. */
struct kept {
	size_t at[GP_RECORD_OBJECTS];
	size_t len;
};

static void keep(struct kept *kept, const struct gp_pass_object *objects, size_t object)
{
	size_t i = kept->len;
	if (kept->len == GP_RECORD_OBJECTS) {
		if (objects[object].end_s <= objects[kept->at[kept->len - 1]].end_s) {
			return;
		}
		i--;
	} else {
		kept->len++;
	}
	for (; i > 0 && objects[kept->at[i - 1]].end_s < objects[object].end_s; i--) {
		kept->at[i] = kept->at[i - 1];
	}
	kept->at[i] = object;
}

static void add_object(struct gp_buf *b, const struct gp_pass_object *object, bool first)
{
	gp_buf_printf(b, "%s{\"basis\":\"%s\"", first ? "" : ",",
		      gp_record_word(GP_RECORD_BASIS, object->basis));
	add_filled(b, "of", object->of);
	/* A moment of zero is one too. */
	if (object->begin_s != INT64_MIN) {
		gp_buf_printf(b, ",\"begin\":%lld", (long long)object->begin_s);
	}
	if (object->end_s != INT64_MAX) {
		gp_buf_printf(b, ",\"end\":%lld", (long long)object->end_s);
	}
	gp_buf_text(b, "}");
}

static void add_objects(struct gp_buf *b, const struct gp_pass_facts *passes)
{
	struct kept kept = {.len = 0};
	size_t all = 0;
	for (size_t i = 0; i < passes->objects_len; i++) {
		/* What has no basis gives nothing. */
		if (gp_record_word(GP_RECORD_BASIS, passes->objects[i].basis) != NULL) {
			keep(&kept, passes->objects, i);
			all++;
		}
	}
	gp_buf_text(b, ",\"passes\":[");
	for (size_t i = 0; i < kept.len; i++) {
		add_object(b, &passes->objects[kept.at[i]], i == 0);
	}
	gp_buf_text(b, "]");
	add_true(b, "passes_cut", all > kept.len);
}

static void add_passes(struct gp_buf *b, const struct gp_facts *f)
{
	add_groups(b, f);
	add_objects(b, &f->passes);
	add_true(b, "packages_read", f->passes.packages_read);
	add_true(b, "activations_read", f->passes.activations_read);
	add_true(b, "grants_read", f->passes.grants_read);
	add_true(b, "of_sign_in", f->passes.of_sign_in);
	add_int(b, "first_seen", f->passes.first_seen_s);
	add_tri(b, "leave_read", f->passes.leave_read);
	add_int(b, "leave", f->passes.leave_s);
}

void gp_record_write(struct gp_buf *b, const struct gp_facts *f, enum gp_phase phase)
{
	gp_buf_printf(b, "{\"v\":%d", GP_RECORD_VERSION);
	add_word(b, "phase", GP_RECORD_PHASE, phase);
	add_int(b, "now", f->now_s);
	add_text(b, "service", f->service);
	add_text(b, "address", f->address);
	add_text(b, "oid", f->guest_oid);
	if (f->user != NULL) {
		add_user(b, f->user);
	}
	add_true(b, "gone", f->user_gone);
	if (f->identity != NULL) {
		add_identity(b, f->identity);
	}
	add_tri(b, "member", f->member);
	add_tri(b, "canary", f->canary);
	add_tri(b, "clock_ok", f->clock_ok);
	add_tri(b, "quarantined", f->quarantined);
	add_tri(b, "client_info_ok", f->client_info_ok);
	add_person(b, f);
	add_location(b, &f->location);
	add_true(b, "elevated", f->elevated);
	add_true(b, "step_up", f->step_up);
	add_tri(b, "sudo_member", f->sudo_member);
	add_tri(b, "ipaddr_seen", f->ipaddr_seen);
	add_int(b, "code_issued", f->code_issued_s);
	add_true(b, "signed_in", f->signed_in);
	add_true(b, "by_key", f->by_key);
	add_int(b, "key_age", f->key_age_s);
	add_tri(b, "sponsor", f->has_sponsor);
	add_tri(b, "frozen", f->frozen);
	add_tri(b, "revoked", f->revoked);
	add_int(b, "last_used", f->last_used_s);
	add_int(b, "confirmed", f->confirmed_s);
	add_passes(b, f);
	gp_buf_text(b, "}");
}

const char *gp_record_keep(struct gp_buf *b, const struct gp_facts *facts, enum gp_phase phase)
{
	gp_record_write(b, facts, phase);
	return gp_buf_status(b) == GP_ST_OK ? gp_buf_get(b) : NULL;
}
