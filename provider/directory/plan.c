/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/plan_internal.h"

#include <stdlib.h>

#include "contract/directory.h"
#include "identity/number.h"

#include "contract/ban.h"

/* A record, as an element of a sorted list. */
struct ref {
	const struct gp_guest_record *record;
};

/* One who has no record yet and asks for a name and a number. */
struct claim {
	struct gp_guest *guest;
	char name[GP_NAME_BUF];
	uint32_t uid;
};

struct work {
	const struct gp_plan_input *in;
	struct ref *by_oid; /* those of our tenant */
	size_t own_count;
	struct ref *by_name; /* in order once there are claims */
	struct ref *by_uid;  /* likewise */
	bool *left;          /* of each record of our tenant: its guest is in no access group now */
	struct claim *claims;
	size_t claim_count;
};

static int guest_order(const void *a, const void *b)
{
	const struct gp_guest *x = a;
	const struct gp_guest *y = b;
	int diff = strcmp(x->name, y->name);
	return diff != 0 ? diff : strcmp(x->id, y->id);
}

static const struct gp_guest_record *record_at(const void *element)
{
	return ((const struct ref *)element)->record;
}

static int oid_order(const void *a, const void *b)
{
	return strcmp(record_at(a)->oid, record_at(b)->oid);
}

static int name_order(const void *a, const void *b)
{
	return strcmp(record_at(a)->name, record_at(b)->name);
}

static int uid_order(const void *a, const void *b)
{
	uint32_t x = record_at(a)->uid;
	uint32_t y = record_at(b)->uid;
	return (x > y) - (x < y);
}

/* Negative when the one created at A_S with oid A comes before the other. Who has no date comes
 * last. */
static int precedence(int64_t a_s, const char *a, int64_t b_s, const char *b)
{
	if (a_s <= 0) {
		a_s = INT64_MAX;
	}
	if (b_s <= 0) {
		b_s = INT64_MAX;
	}
	if (a_s != b_s) {
		return a_s < b_s ? -1 : 1;
	}
	return strcmp(a, b);
}

static int claim_precedence(const struct claim *a, const struct claim *b)
{
	return precedence(a->guest->person->created_s, a->guest->id, b->guest->person->created_s,
			  b->guest->id);
}

static int claim_name_order(const void *a, const void *b)
{
	int diff = strcmp(((const struct claim *)a)->name, ((const struct claim *)b)->name);
	return diff != 0 ? diff : claim_precedence(a, b);
}

static int claim_uid_order(const void *a, const void *b)
{
	uint32_t x = ((const struct claim *)a)->uid;
	uint32_t y = ((const struct claim *)b)->uid;
	return x != y ? (x > y) - (x < y) : claim_precedence(a, b);
}

static void quarantine(struct gp_guest *guest, const char *reason)
{
	guest->quarantined = true;
	guest->quarantine = reason;
	guest->name[0] = '\0';
	guest->uid = 0;
}

/* qsort() and bsearch() may not be given NULL, not even for nothing. */
static void sort(void *base, size_t n, size_t size, int (*order)(const void *, const void *))
{
	if (n > 1) {
		qsort(base, n, size, order);
	}
}

static const struct gp_guest_record *find(const struct ref *sorted, size_t n,
					  const struct gp_guest_record *key,
					  int (*order)(const void *, const void *))
{
	if (n == 0) {
		return NULL;
	}
	const struct ref wanted = {key};
	const void *hit = bsearch(&wanted, sorted, n, sizeof(*sorted), order);
	return hit != NULL ? record_at(hit) : NULL;
}

static bool is_home_ok(const struct work *w, const char *name)
{
	char home[GP_DIRECTORY_HOME_MAX + 1];
	struct gp_str prefix = gp_str_from(w->in->config->home_prefix);
	while (prefix.len > 1 && prefix.ptr[prefix.len - 1] == '/') {
		prefix.len--;
	}
	/* For everybody in each plan: without the machinery of printf. */
	size_t len = strlen(name);
	if (prefix.len + 1 + len > GP_DIRECTORY_HOME_MAX) {
		return false;
	}
	memcpy(home, prefix.ptr, prefix.len);
	home[prefix.len] = '/';
	memcpy(home + prefix.len + 1, name, len);
	/* It checks the path as well. */
	return gp_ids_home_ok(w->in->rules, (struct gp_str){home, prefix.len + 1 + len});
}

static const char *why_unpublishable(const struct work *w, const char *name, uint32_t uid)
{
	if (!gp_ids_user_ok(w->in->rules, gp_str_from(name), uid)) {
		return "outside-rules";
	}
	if (gp_local_has_user(w->in->local, gp_str_from(name), uid)) {
		return "local-account";
	}
	return is_home_ok(w, name) ? NULL : "home-unusable";
}

static bool is_class_listed(const struct gp_config *config, enum gp_user_class user_class)
{
	for (size_t i = 0; i < config->user_classes_len; i++) {
		if (strcmp(config->user_classes[i], gp_user_class_name(user_class)) == 0) {
			return true;
		}
	}
	return false;
}

/* NULL for a guest. Without the right to read it Graph does not tell what kind of user he is. */
static const char *why_no_guest(const struct work *w, const struct gp_person *person)
{
	if (person->user_class == GP_USER_CLASS_UNKNOWN) {
		return "type-unknown";
	}
	return is_class_listed(w->in->config, (enum gp_user_class)person->user_class)
		       ? NULL
		       : "not-a-guest";
}

/* The record holds, even when Graph has stopped telling what kind of user he is: names that people
 * work under must not vanish with a permission. Admission is another matter. */
static void keep_record(const struct work *w, struct gp_guest *guest,
			const struct gp_guest_record *record)
{
	const char *why = why_unpublishable(w, record->name, record->uid);
	if (guest->person != NULL && guest->person->user_class != GP_USER_CLASS_UNKNOWN &&
	    why_no_guest(w, guest->person) != NULL) {
		why = "not-a-guest";
	}
	guest->first_seen_s = record->first_seen_s;
	guest->pass_end_s = record->pass_end_s;
	guest->in_question = gp_oid_listed(w->in->in_question, w->in->in_question_count, guest->id);
	if (why != NULL) {
		quarantine(guest, why);
		return;
	}
	memcpy(guest->name, record->name, sizeof(guest->name));
	guest->uid = record->uid;
}

static void make_claim(struct work *w, struct gp_guest *guest)
{
	const struct gp_config *config = w->in->config;
	struct claim *claim = &w->claims[w->claim_count];
	const char *why = why_no_guest(w, guest->person);
	claim->guest = guest;
	if (why != NULL) {
		quarantine(guest, why);
	} else if (gp_name_make(config->name_template,
				gp_roll_text(w->in->roll, guest->person->mail), claim->name,
				NULL) != GP_ST_OK) {
		quarantine(guest, "name-unusable");
	} else if (gp_number_of(config->tenant_id, guest->id, w->in->rules->uid_base,
				w->in->rules->uid_size, &claim->uid) != GP_ST_OK) {
		quarantine(guest, "number-unusable");
	} else {
		w->claim_count++;
	}
}

/* Takes claim I out of the running. */
static void refuse_claim(struct claim *claim, const char *reason)
{
	quarantine(claim->guest, reason);
	claim->guest = NULL;
}

static void settle_names(struct work *w)
{
	sort(w->claims, w->claim_count, sizeof(*w->claims), claim_name_order);
	const char *given = "";
	for (size_t i = 0; i < w->claim_count; i++) {
		struct claim *claim = &w->claims[i];
		struct gp_guest_record key;
		memcpy(key.name, claim->name, sizeof(key.name));
		bool again = strcmp(claim->name, given) == 0;
		given = claim->name;
		const struct gp_guest_record *held =
			find(w->by_name, w->in->record_count, &key, name_order);
		if (held != NULL && w->left[held - w->in->records]) {
			refuse_claim(claim, "name-departed");
		} else if (again || held != NULL) {
			refuse_claim(claim, "name-taken");
		}
	}
}

/* Adopted for somebody else, or published once for somebody whom nobody knows any more. Who has
 * that one's name and another number by his hash may be he or a namesake: root has to say. */
static bool is_number_reserved(const struct work *w, const struct claim *claim)
{
	const struct gp_ids_rules *rules = w->in->rules;
	uint32_t uid = claim->uid;
	for (size_t i = 0; i < w->in->held_count; i++) {
		bool is_his = strcmp(w->in->held[i].name, claim->name) == 0;
		if ((w->in->held[i].uid == uid) != is_his) {
			return true;
		}
	}
	for (size_t i = 0; i < rules->adopted_user_count && i < GP_IDS_ADOPTED_MAX; i++) {
		if (rules->adopted_users[i].number == uid) {
			return true;
		}
	}
	return false;
}

/* Drops the claims that lost their name, so that the rest can be sorted by number. */
static void drop_refused(struct work *w)
{
	size_t kept = 0;
	for (size_t i = 0; i < w->claim_count; i++) {
		if (w->claims[i].guest != NULL) {
			w->claims[kept++] = w->claims[i];
		}
	}
	w->claim_count = kept;
}

/* With nothing to rely on but the published file: is he the one whom it means? */
static bool may_have(const struct work *w, const struct claim *claim)
{
	struct gp_directory_user user;
	return w->in->only == NULL ||
	       (gp_directory_find_uid(w->in->only, claim->uid, &user) == GP_ST_OK &&
		gp_str_is(user.name, claim->name));
}

static const char *why_no_number(const struct work *w, const struct claim *claim, bool again)
{
	struct gp_guest_record key = {.uid = claim->uid};
	const struct gp_guest_record *held = find(w->by_uid, w->in->record_count, &key, uid_order);
	if (held != NULL) {
		bool first = precedence(claim->guest->person->created_s, claim->guest->id,
					held->created_s, held->oid) < 0;
		return first ? "host-differs" : "number-taken";
	}
	if (again) {
		return "number-taken";
	}
	if (is_number_reserved(w, claim)) {
		return "number-reserved";
	}
	if (!may_have(w, claim)) {
		return "allocation-stopped";
	}
	return why_unpublishable(w, claim->name, claim->uid);
}

static void settle_numbers(struct work *w)
{
	drop_refused(w);
	sort(w->claims, w->claim_count, sizeof(*w->claims), claim_uid_order);
	uint32_t given = 0;
	for (size_t i = 0; i < w->claim_count; i++) {
		struct claim *claim = &w->claims[i];
		const char *why = why_no_number(w, claim, i > 0 && claim->uid == given);
		given = claim->uid;
		if (why != NULL) {
			refuse_claim(claim, why);
		}
	}
	drop_refused(w);
}

static void give(const struct work *w, struct gp_plan *out)
{
	for (size_t i = 0; i < w->claim_count; i++) {
		const struct claim *claim = &w->claims[i];
		struct gp_guest_record *record = &out->added[out->added_count++];
		memset(record, 0, sizeof(*record));
		memcpy(claim->guest->name, claim->name, sizeof(claim->name));
		claim->guest->uid = claim->uid;
		claim->guest->first_seen_s = w->in->now_s;
		memcpy(record->name, claim->name, sizeof(record->name));
		memcpy(record->oid, claim->guest->id, sizeof(record->oid));
		/* Checked by gp_number_of(): 36 characters. */
		memcpy(record->tid, w->in->config->tenant_id, GP_GUID_TEXT);
		record->uid = claim->uid;
		record->first_seen_s = w->in->now_s;
		record->created_s = claim->guest->person->created_s;
		memcpy(record->basis, w->in->only != NULL ? "restored" : "hash",
		       w->in->only != NULL ? sizeof("restored") : sizeof("hash"));
	}
}

static void index_records(struct work *w)
{
	const struct gp_plan_input *in = w->in;
	for (size_t i = 0; i < in->record_count; i++) {
		w->by_name[i].record = w->by_uid[i].record = &in->records[i];
		if (strcmp(in->records[i].tid, in->config->tenant_id) == 0) {
			w->by_oid[w->own_count++].record = &in->records[i];
		}
	}
	sort(w->by_oid, w->own_count, sizeof(*w->by_oid), oid_order);
}

/* What newcomers are compared with; most reads find none. */
static void index_for_claims(struct work *w)
{
	if (w->claim_count == 0) {
		return;
	}
	sort(w->by_name, w->in->record_count, sizeof(*w->by_name), name_order);
	sort(w->by_uid, w->in->record_count, sizeof(*w->by_uid), uid_order);
}

static const struct gp_guest_record *record_of(const struct work *w, const char *oid)
{
	struct gp_guest_record key;
	memcpy(key.oid, oid, sizeof(key.oid));
	return find(w->by_oid, w->own_count, &key, oid_order);
}

static void move(struct gp_plan *out, const struct gp_guest *guest)
{
	struct gp_plan_move *move = &out->moves[out->move_count++];
	memcpy(move->oid, guest->id, sizeof(move->oid));
	move->left_s = guest->left_s;
}

/* Who is in an access group now, record or not. */
static void place_present(struct work *w, struct gp_plan *out)
{
	const struct gp_plan_input *in = w->in;
	for (size_t i = 0; i < gp_roll_person_count(in->roll); i++) {
		const struct gp_person *person = gp_roll_person_at(in->roll, i);
		if ((in->standing[i] & GP_STANDING_PRESENT) == 0 || person->gone) {
			continue;
		}
		struct gp_guest *guest = &out->guests[out->guest_count++];
		guest->person = person;
		guest->present = true;
		guest->groups = in->standing[i] & ~GP_STANDING_PRESENT;
		gp_guid_format(person->id, guest->id);
		const struct gp_guest_record *record = record_of(w, guest->id);
		if (record == NULL) {
			make_claim(w, guest);
			continue;
		}
		w->left[record - in->records] = false;
		keep_record(w, guest, record);
		if (record->left_s != 0) {
			move(out, guest);
		} else {
			out->stayed++;
		}
	}
	out->present = out->guest_count;
}

/* Who has a record, and is in no access group any more. */
static void place_departed(struct work *w, struct gp_plan *out)
{
	const struct gp_plan_input *in = w->in;
	for (size_t i = 0; i < w->own_count; i++) {
		const struct gp_guest_record *record = record_at(&w->by_oid[i]);
		if (!w->left[record - in->records]) {
			continue;
		}
		struct gp_guest *guest = &out->guests[out->guest_count++];
		memcpy(guest->id, record->oid, sizeof(guest->id));
		guest->person = gp_roll_find(in->roll, guest->id);
		guest->left_s = record->left_s != 0 ? record->left_s : in->now_s;
		keep_record(w, guest, record);
		out->departed++;
		if (record->left_s == 0) {
			move(out, guest);
			out->newly_departed++;
		}
	}
}

static void plan_all(struct work *w, struct gp_plan *out)
{
	index_records(w);
	for (size_t i = 0; i < w->own_count; i++) {
		w->left[record_at(&w->by_oid[i]) - w->in->records] = true;
	}
	place_present(w, out);
	place_departed(w, out);
	index_for_claims(w);
	settle_names(w);
	settle_numbers(w);
	give(w, out);
	sort(out->guests, out->guest_count, sizeof(*out->guests), guest_order);
	for (size_t i = 0; i < out->guest_count && out->guests[i].quarantined; i++) {
		out->quarantined++;
	}
}

enum gp_status gp_plan_make(const struct gp_plan_input *in, struct gp_plan *out,
			    struct gp_error *err)
{
	struct work w = {.in = in};
	struct gp_plan plan = {0};
	/* One more of each, so that nothing of size zero is asked for. */
	size_t persons = 1;
	size_t records = in->record_count + 1;
	for (size_t i = 0; i < gp_roll_person_count(in->roll); i++) {
		persons += (in->standing[i] & GP_STANDING_PRESENT) != 0;
	}
	plan.guests = calloc(persons + records, sizeof(*plan.guests));
	plan.added = calloc(persons, sizeof(*plan.added));
	plan.moves = calloc(records, sizeof(*plan.moves));
	w.claims = calloc(persons, sizeof(*w.claims));
	w.by_oid = calloc(records, sizeof(*w.by_oid));
	w.by_name = calloc(records, sizeof(*w.by_name));
	w.by_uid = calloc(records, sizeof(*w.by_uid));
	w.left = calloc(records, sizeof(*w.left));
	enum gp_status st = GP_ST_OK;
	if (plan.guests == NULL || plan.added == NULL || plan.moves == NULL || w.claims == NULL ||
	    w.by_oid == NULL || w.by_name == NULL || w.by_uid == NULL || w.left == NULL) {
		st = gp_fail(err, GP_ST_NO_MEMORY, "no memory for %zu guests", persons);
	} else {
		plan_all(&w, &plan);
		st = gp_plan_groups(in, &plan, err);
	}
	free(w.claims);
	free(w.by_oid);
	free(w.by_name);
	free(w.by_uid);
	free(w.left);
	if (st != GP_ST_OK) {
		gp_plan_free(&plan);
		return st;
	}
	/* Memory that is kept for as long as nothing changes. */
	struct gp_guest *fitting =
		reallocarray(plan.guests, plan.guest_count + 1, sizeof(*plan.guests));
	plan.guests = fitting != NULL ? fitting : plan.guests;
	*out = plan;
	return GP_ST_OK;
}
