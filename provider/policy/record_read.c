/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"
#include "policy/record.h"
#include "policy/record_words.h"

#include "contract/ban.h"

/* One object that is being read. The first thing that is amiss stays. */
struct reading {
	const struct gp_json *object;
	const char *wrong; /* the member; NULL: none */
};

static void note(struct reading *r, enum gp_status st, const char *key)
{
	if (st != GP_ST_OK && r->wrong == NULL) {
		r->wrong = key;
	}
}

/* An absent member leaves what is there, which is zero: unknown. */
static void note_optional(struct reading *r, enum gp_status st, const char *key)
{
	note(r, st == GP_ST_NOT_FOUND ? GP_ST_OK : st, key);
}

static bool take_text(struct reading *r, const char *key, char *out, size_t size)
{
	struct gp_str text;
	enum gp_status st = gp_json_get_str(r->object, key, size - 1, &text);
	note_optional(r, st, key);
	if (st == GP_ST_OK) {
		st = gp_copy(out, size, text);
		note(r, st, key);
	}
	return st == GP_ST_OK;
}

static void need_text(struct reading *r, const char *key, char *out, size_t size)
{
	if (!take_text(r, key, out, size)) {
		note(r, GP_ST_INVALID, key);
	}
}

static unsigned int take_word(struct reading *r, const char *key, enum gp_record_kind kind)
{
	struct gp_str text;
	unsigned int value = 0;
	enum gp_status st = gp_json_get_str(r->object, key, 32, &text);
	note_optional(r, st, key);
	if (st == GP_ST_OK) {
		note(r, gp_record_value(kind, text, &value), key);
	}
	return value;
}

static void take_int(struct reading *r, const char *key, int64_t *out)
{
	note_optional(r, gp_json_get_int(r->object, key, INT64_MIN, INT64_MAX, out), key);
}

static void take_bool(struct reading *r, const char *key, bool *out)
{
	note_optional(r, gp_json_get_bool(r->object, key, out), key);
}

static void take_tri(struct reading *r, const char *key, enum gp_tri *out)
{
	bool value = false;
	enum gp_status st = gp_json_get_bool(r->object, key, &value);
	note_optional(r, st, key);
	if (st == GP_ST_OK) {
		*out = value ? GP_TRUE : GP_FALSE;
	}
}

/* The object below KEY; false without one. */
static bool take_object(struct reading *r, const char *key, struct reading *out)
{
	*out = (struct reading){0};
	enum gp_status st = gp_json_get_object(r->object, key, &out->object);
	note_optional(r, st, key);
	return st == GP_ST_OK;
}

static const struct gp_json *take_array(struct reading *r, const char *key, size_t max)
{
	const struct gp_json *array = NULL;
	note(r, gp_json_get_array(r->object, key, &array), key);
	if (gp_json_array_len(array) > max) {
		note(r, GP_ST_TOO_BIG, key);
		return NULL;
	}
	return array;
}

static void take_user(struct reading *r, struct gp_record *out)
{
	struct reading u;
	struct gp_user *user = &out->user;
	out->has_user = take_object(r, "user", &u);
	if (!out->has_user) {
		return;
	}
	need_text(&u, "id", user->id, sizeof(user->id));
	take_tri(&u, "enabled", &user->account_enabled);
	user->user_type = (enum gp_user_type)take_word(&u, "type", GP_RECORD_USER_TYPE);
	user->external_state = (enum gp_external_state)take_word(&u, "state", GP_RECORD_STATE);
	user->creation = (enum gp_creation)take_word(&u, "creation", GP_RECORD_CREATION);
	take_int(&u, "state_changed", &user->state_changed_s);
	note(r, u.wrong != NULL ? GP_ST_INVALID : GP_ST_OK, u.wrong);
}

static void take_identity(struct reading *r, struct gp_record *out)
{
	struct reading i;
	struct gp_identity *id = &out->identity;
	int64_t acct = 0;
	out->has_identity = take_object(r, "identity", &i);
	if (!out->has_identity) {
		return;
	}
	need_text(&i, "tid", id->tid, sizeof(id->tid));
	need_text(&i, "oid", id->oid, sizeof(id->oid));
	id->home = (enum gp_home_kind)take_word(&i, "home", GP_RECORD_HOME);
	(void)take_text(&i, "home_tenant", id->home_tenant, sizeof(id->home_tenant));
	(void)take_text(&i, "idp", id->idp, sizeof(id->idp));
	note_optional(&i, gp_json_get_int(i.object, "acct", INT32_MIN, INT32_MAX, &acct), "acct");
	id->acct = (int)acct;
	take_int(&i, "auth_time", &id->auth_time);
	(void)take_text(&i, "ipaddr", id->ipaddr, sizeof(id->ipaddr));
	(void)take_text(&i, "acrs", id->acrs, sizeof(id->acrs));
	note(r, i.wrong != NULL ? GP_ST_INVALID : GP_ST_OK, i.wrong);
}

static void take_person(struct reading *r, struct gp_record *out)
{
	struct reading p;
	out->has_client_info = take_object(r, "client_info", &p);
	if (out->has_client_info) {
		need_text(&p, "utid", out->client_info.utid, sizeof(out->client_info.utid));
		need_text(&p, "uid", out->client_info.uid, sizeof(out->client_info.uid));
		note(r, p.wrong != NULL ? GP_ST_INVALID : GP_ST_OK, p.wrong);
	}
	struct gp_baseline *then = &out->baseline;
	out->has_baseline = take_object(r, "baseline", &p);
	if (out->has_baseline) {
		need_text(&p, "home", then->home, sizeof(then->home));
		(void)take_text(&p, "utid", then->utid, sizeof(then->utid));
		(void)take_text(&p, "uid", then->uid, sizeof(then->uid));
		take_int(&p, "state_changed", &then->state_changed_s);
		take_bool(&p, "in_question", &then->in_question);
		note(r, p.wrong != NULL ? GP_ST_INVALID : GP_ST_OK, p.wrong);
	}
}

static void take_location(struct reading *r, struct gp_location *out)
{
	struct reading l;
	if (take_object(r, "location", &l)) {
		out->outcome = (enum gp_ca_outcome)take_word(&l, "outcome", GP_RECORD_LOCATION);
		take_int(&l, "read", &out->read_s);
		(void)take_text(&l, "policy", out->policy, sizeof(out->policy));
		(void)take_text(&l, "name", out->name, sizeof(out->name));
		take_tri(&l, "context", &out->context);
		(void)take_text(&l, "context_name", out->context_name, sizeof(out->context_name));
		note(r, l.wrong != NULL ? GP_ST_INVALID : GP_ST_OK, "location");
	}
}

static void take_groups(struct reading *r, struct gp_record *out)
{
	const struct gp_json *array = take_array(r, "groups", GP_CONFIG_GROUPS_MAX);
	for (size_t i = 0; i < gp_json_array_len(array); i++) {
		struct reading g = {.object = gp_json_array_at(array, i)};
		struct gp_access *access = &out->bases[i];
		need_text(&g, "id", out->groups[i], sizeof(out->groups[i]));
		access->basis = (enum gp_basis)take_word(&g, "basis", GP_RECORD_BASIS);
		(void)take_text(&g, "package", access->package, sizeof(access->package));
		take_tri(&g, "member", &out->member_of[i]);
		note(r, g.wrong != NULL ? GP_ST_INVALID : GP_ST_OK, "groups");
		out->groups_len = i + 1;
	}
}

static void take_objects(struct reading *r, struct gp_record *out)
{
	const struct gp_json *array = take_array(r, "passes", GP_RECORD_OBJECTS);
	for (size_t i = 0; i < gp_json_array_len(array); i++) {
		struct reading p = {.object = gp_json_array_at(array, i)};
		struct gp_pass_object *object = &out->objects[i];
		*object = (struct gp_pass_object){.begin_s = INT64_MIN, .end_s = INT64_MAX};
		object->basis = (enum gp_basis)take_word(&p, "basis", GP_RECORD_BASIS);
		note(&p, object->basis != GP_BASIS_NONE ? GP_ST_OK : GP_ST_INVALID, "basis");
		(void)take_text(&p, "of", object->of, sizeof(object->of));
		take_int(&p, "begin", &object->begin_s);
		take_int(&p, "end", &object->end_s);
		note(r, p.wrong != NULL ? GP_ST_INVALID : GP_ST_OK, "passes");
		out->objects_len = i + 1;
	}
	take_bool(r, "passes_cut", &out->cut);
}

static void take_scalars(struct reading *r, struct gp_facts *f)
{
	take_int(r, "now", &f->now_s);
	take_bool(r, "gone", &f->user_gone);
	take_tri(r, "member", &f->member);
	take_tri(r, "canary", &f->canary);
	take_tri(r, "clock_ok", &f->clock_ok);
	take_tri(r, "quarantined", &f->quarantined);
	take_tri(r, "client_info_ok", &f->client_info_ok);
	take_bool(r, "baseline_read", &f->baseline_read);
	take_location(r, &f->location);
	take_bool(r, "elevated", &f->elevated);
	take_bool(r, "step_up", &f->step_up);
	take_tri(r, "sudo_member", &f->sudo_member);
	take_tri(r, "ipaddr_seen", &f->ipaddr_seen);
	take_int(r, "code_issued", &f->code_issued_s);
	take_bool(r, "signed_in", &f->signed_in);
	take_bool(r, "by_key", &f->by_key);
	take_int(r, "key_age", &f->key_age_s);
	take_tri(r, "sponsor", &f->has_sponsor);
	take_tri(r, "frozen", &f->frozen);
	take_tri(r, "revoked", &f->revoked);
	take_int(r, "last_used", &f->last_used_s);
	take_int(r, "confirmed", &f->confirmed_s);
	take_bool(r, "packages_read", &f->passes.packages_read);
	take_bool(r, "activations_read", &f->passes.activations_read);
	take_bool(r, "grants_read", &f->passes.grants_read);
	take_bool(r, "of_sign_in", &f->passes.of_sign_in);
	take_int(r, "first_seen", &f->passes.first_seen_s);
	take_tri(r, "leave_read", &f->passes.leave_read);
	take_int(r, "leave", &f->passes.leave_s);
}

enum gp_status gp_record_read(const struct gp_json *object, struct gp_record *out,
			      struct gp_error *err)
{
	struct reading r = {.object = object};
	struct gp_str phase;
	int64_t version = 0;
	*out = (struct gp_record){0};
	if (gp_json_get_int(object, "v", 1, INT32_MAX, &version) != GP_ST_OK) {
		return gp_fail(err, GP_ST_INVALID, "facts: v: missing, or no number");
	}
	if (version != GP_RECORD_VERSION) {
		return gp_fail(err, GP_ST_UNSUPPORTED, "facts: version %lld is not known here",
			       (long long)version);
	}
	note(&r, gp_json_get_str(object, "phase", 32, &phase), "phase");
	out->phase = (enum gp_phase)take_word(&r, "phase", GP_RECORD_PHASE);
	out->has_service = take_text(&r, "service", out->service, sizeof(out->service));
	out->has_address = take_text(&r, "address", out->address, sizeof(out->address));
	out->has_oid = take_text(&r, "oid", out->oid, sizeof(out->oid));
	take_user(&r, out);
	take_identity(&r, out);
	take_person(&r, out);
	take_scalars(&r, &out->facts);
	take_groups(&r, out);
	take_objects(&r, out);
	return r.wrong == NULL
		       ? GP_ST_OK
		       : gp_fail(err, GP_ST_INVALID, "facts: %s: missing or wrong", r.wrong);
}
