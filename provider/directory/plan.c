/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/plan.h"

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
	struct ref *by_name;
	struct ref *by_uid;
	struct claim *claims;
	size_t claim_count;
};

static int user_order(const void *a, const void *b)
{
	return strcmp(((const struct gp_user *)a)->id, ((const struct gp_user *)b)->id);
}

static int guest_order(const void *a, const void *b)
{
	const struct gp_guest *x = a;
	const struct gp_guest *y = b;
	int diff = strcmp(x->name, y->name);
	return diff != 0 ? diff : strcmp(x->user.id, y->user.id);
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
	return precedence(a->guest->user.created_s, a->guest->user.id, b->guest->user.created_s,
			  b->guest->user.id);
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
	struct gp_str prefix = gp_str_from(w->in->home_prefix);
	while (prefix.len > 1 && prefix.ptr[prefix.len - 1] == '/') {
		prefix.len--;
	}
	return gp_format(home, sizeof(home), "%.*s/%s", GP_STR_ARGS(prefix), name) == GP_ST_OK &&
	       gp_directory_path_ok(gp_str_from(home)) &&
	       gp_ids_home_ok(w->in->rules, gp_str_from(home));
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

/* The record holds, even when Graph has stopped telling what kind of user he is: names that people
 * work under must not vanish with a permission. Admission is another matter. */
static void keep_record(const struct work *w, struct gp_guest *guest,
			const struct gp_guest_record *record)
{
	const char *why = why_unpublishable(w, record->name, record->uid);
	if (guest->user.user_type == GP_USER_TYPE_MEMBER) {
		why = "not-a-guest";
	}
	if (why != NULL) {
		quarantine(guest, why);
		return;
	}
	memcpy(guest->name, record->name, sizeof(guest->name));
	guest->uid = record->uid;
}

static void make_claim(struct work *w, struct gp_guest *guest)
{
	struct claim *claim = &w->claims[w->claim_count];
	claim->guest = guest;
	if (guest->user.user_type != GP_USER_TYPE_GUEST) {
		quarantine(guest, guest->user.user_type == GP_USER_TYPE_MEMBER ? "not-a-guest"
									       : "type-unknown");
	} else if (gp_name_from_mail(guest->user.mail, claim->name, NULL) != GP_ST_OK) {
		quarantine(guest, "name-unusable");
	} else if (gp_number_of(w->in->tid, guest->user.id, w->in->rules->uid_base,
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
		if (again || find(w->by_name, w->in->record_count, &key, name_order) != NULL) {
			refuse_claim(claim, "name-taken");
		}
	}
}

static bool is_number_reserved(const struct gp_ids_rules *rules, uint32_t uid)
{
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

static const char *why_no_number(const struct work *w, const struct claim *claim, bool again)
{
	struct gp_guest_record key = {.uid = claim->uid};
	const struct gp_guest_record *held = find(w->by_uid, w->in->record_count, &key, uid_order);
	if (held != NULL) {
		bool first = precedence(claim->guest->user.created_s, claim->guest->user.id,
					held->created_s, held->oid) < 0;
		return first ? "host-differs" : "number-taken";
	}
	if (again) {
		return "number-taken";
	}
	if (is_number_reserved(w->in->rules, claim->uid)) {
		return "number-reserved";
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
		memcpy(record->name, claim->name, sizeof(record->name));
		memcpy(record->oid, claim->guest->user.id, sizeof(record->oid));
		/* Checked by gp_number_of(): 36 characters. */
		memcpy(record->tid, w->in->tid, GP_GUID_TEXT);
		record->uid = claim->uid;
		record->first_seen_s = w->in->now_s;
		record->created_s = claim->guest->user.created_s;
	}
}

static void index_records(struct work *w)
{
	const struct gp_plan_input *in = w->in;
	for (size_t i = 0; i < in->record_count; i++) {
		w->by_name[i].record = w->by_uid[i].record = &in->records[i];
		if (strcmp(in->records[i].tid, in->tid) == 0) {
			w->by_oid[w->own_count++].record = &in->records[i];
		}
	}
	sort(w->by_oid, w->own_count, sizeof(*w->by_oid), oid_order);
	sort(w->by_name, in->record_count, sizeof(*w->by_name), name_order);
	sort(w->by_uid, in->record_count, sizeof(*w->by_uid), uid_order);
}

/* One guest each, although he may be in several groups. Should two groups tell different things of
 * him, the one that says less counts. */
static void merge_users(const struct gp_plan_input *in, struct gp_user *users, struct gp_plan *out)
{
	if (in->user_count > 0) {
		memcpy(users, in->users, in->user_count * sizeof(*users));
	}
	sort(users, in->user_count, sizeof(*users), user_order);
	for (size_t i = 0; i < in->user_count; i++) {
		struct gp_guest *last =
			out->guest_count > 0 ? &out->guests[out->guest_count - 1] : NULL;
		if (last == NULL || strcmp(last->user.id, users[i].id) != 0) {
			out->guests[out->guest_count++] = (struct gp_guest){.user = users[i]};
		} else if (users[i].account_enabled != GP_TRUE) {
			last->user = users[i];
		}
	}
}

static void plan_all(struct work *w, struct gp_user *users, struct gp_plan *out)
{
	index_records(w);
	merge_users(w->in, users, out);
	for (size_t i = 0; i < out->guest_count; i++) {
		struct gp_guest_record key;
		memcpy(key.oid, out->guests[i].user.id, sizeof(key.oid));
		const struct gp_guest_record *record =
			find(w->by_oid, w->own_count, &key, oid_order);
		if (record != NULL) {
			keep_record(w, &out->guests[i], record);
		} else {
			make_claim(w, &out->guests[i]);
		}
	}
	settle_names(w);
	settle_numbers(w);
	give(w, out);
	sort(out->guests, out->guest_count, sizeof(*out->guests), guest_order);
}

enum gp_status gp_plan_make(const struct gp_plan_input *in, struct gp_plan *out,
			    struct gp_error *err)
{
	struct work w = {.in = in};
	struct gp_plan plan = {0};
	/* One more of each, so that nothing of size zero is asked for. */
	size_t users = in->user_count + 1;
	size_t records = in->record_count + 1;
	struct gp_user *copy = calloc(users, sizeof(*copy));
	plan.guests = calloc(users, sizeof(*plan.guests));
	plan.added = calloc(users, sizeof(*plan.added));
	w.claims = calloc(users, sizeof(*w.claims));
	w.by_oid = calloc(records, sizeof(*w.by_oid));
	w.by_name = calloc(records, sizeof(*w.by_name));
	w.by_uid = calloc(records, sizeof(*w.by_uid));
	enum gp_status st = GP_ST_OK;
	if (copy == NULL || plan.guests == NULL || plan.added == NULL || w.claims == NULL ||
	    w.by_oid == NULL || w.by_name == NULL || w.by_uid == NULL) {
		st = gp_fail(err, GP_ST_NO_MEMORY, "no memory for %zu guests", in->user_count);
		gp_plan_free(&plan);
	} else {
		plan_all(&w, copy, &plan);
		*out = plan;
	}
	free(copy);
	free(w.claims);
	free(w.by_oid);
	free(w.by_name);
	free(w.by_uid);
	return st;
}

void gp_plan_free(struct gp_plan *plan)
{
	if (plan == NULL) {
		return;
	}
	free(plan->guests);
	free(plan->added);
	*plan = (struct gp_plan){0};
}

enum gp_tri gp_plan_canary(const struct gp_user *users, size_t count)
{
	bool any_guest = false;
	bool any_mute = false;
	for (size_t i = 0; i < count; i++) {
		bool told = users[i].account_enabled != GP_UNKNOWN;
		if (users[i].user_type == GP_USER_TYPE_GUEST) {
			any_guest = true;
			if (!told) {
				return GP_FALSE;
			}
		} else if (users[i].user_type == GP_USER_TYPE_UNKNOWN && !told) {
			any_mute = true;
		}
	}
	if (any_guest) {
		return GP_TRUE;
	}
	/* Without the right to read users Graph gives their ids and nothing else. */
	return any_mute ? GP_FALSE : GP_UNKNOWN;
}
