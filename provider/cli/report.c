/* SPDX-License-Identifier: Apache-2.0 */
/* From the daemon's JSON and back. */
#include "cli/report.h"

#include "contract/text.h"

#include "contract/ban.h"

#define TEXT_MAX  1024
#define TIME_MAX  253402300799 /* the end of the year 9999 */
#define COUNT_MAX 1000000000

static const char *const health_names[] = {
	[GP_HEALTH_FAILING] = "failing", [GP_HEALTH_DEGRADED] = "degraded", [GP_HEALTH_OK] = "ok"};

/* Reads members one after the other; the first that is wrong is remembered. */
struct taker {
	const struct gp_json *object;
	const char *wrong;
};

static void note(struct taker *t, const char *key, enum gp_status st)
{
	if (st != GP_ST_OK && t->wrong == NULL)
		t->wrong = key;
}

static void take_text(struct taker *t, const char *key, struct gp_str *out)
{
	note(t, key, gp_json_get_str(t->object, key, TEXT_MAX, out));
}

static void take_time(struct taker *t, const char *key, int64_t *out)
{
	note(t, key, gp_json_get_int(t->object, key, 0, TIME_MAX, out));
}

static void take_count(struct taker *t, const char *key, int64_t *out)
{
	note(t, key, gp_json_get_int(t->object, key, 0, COUNT_MAX, out));
}

static void take_bool(struct taker *t, const char *key, bool *out)
{
	note(t, key, gp_json_get_bool(t->object, key, out));
}

/* Goes on with the members of the object KEY of ROOT. */
static void enter(struct taker *t, const struct gp_json *root, const char *key)
{
	t->object = NULL;
	note(t, key, gp_json_get_object(root, key, &t->object));
}

static void read_top(struct taker *t, struct gp_report *out)
{
	struct gp_str health = {0};

	take_text(t, "health", &health);
	for (enum gp_health h = GP_HEALTH_FAILING; h <= GP_HEALTH_OK; h++)
		if (gp_str_is(health, health_names[h]))
			out->health = h;
	note(t, "problems", gp_json_get_array(t->object, "problems", &out->problems));
	take_text(t, "version", &out->version);
	take_text(t, "tier", &out->tier);
	take_bool(t, "guests_allowed", &out->guests_allowed);
	take_count(t, "sessions", &out->sessions);
	note(t, "quarantined", gp_json_get_array(t->object, "quarantined", &out->quarantined));
}

/* One that earlier daemons did not tell. */
static void take_new_count(struct taker *t, const char *key, int64_t *out)
{
	enum gp_status st = gp_json_get_int(t->object, key, 0, UINT32_MAX, out);
	if (st == GP_ST_NOT_FOUND)
		*out = 0;
	else
		note(t, key, st);
}

/* Likewise. */
static void read_audit(struct taker *t, const struct gp_json *root, struct gp_report *out)
{
	enum gp_status st = gp_json_get_object(root, "audit", &t->object);
	if (st == GP_ST_NOT_FOUND)
		return;
	note(t, "audit", st);
	note(t, "seq", gp_json_get_int(t->object, "seq", 0, INT64_MAX, &out->audit_seq));
	take_text(t, "head", &out->audit_head);
	take_bool(t, "broken", &out->audit_broken);
}

/* Likewise. */
static void read_policies(struct taker *t, const struct gp_json *root, struct gp_report *out)
{
	enum gp_status st = gp_json_get_object(root, "policies", &t->object);
	if (st == GP_ST_NOT_FOUND)
		return;
	note(t, "policies", st);
	take_bool(t, "wanted", &out->policies_wanted);
	take_time(t, "read", &out->policies_read);
	take_count(t, "count", &out->policies_count);
}

static void read_parts(struct taker *t, const struct gp_json *root, struct gp_report *out)
{
	enter(t, root, "tenant");
	take_text(t, "id", &out->tenant_id);
	take_bool(t, "reachable", &out->tenant_reachable);
	take_time(t, "last_contact", &out->last_contact);
	note(t, "clock_skew_s",
	     gp_json_get_int(t->object, "clock_skew_s", -TIME_MAX, TIME_MAX, &out->clock_skew_s));
	enter(t, root, "credential");
	take_text(t, "kind", &out->credential_kind);
	take_time(t, "not_after", &out->credential_not_after);
	enter(t, root, "sync");
	take_time(t, "last", &out->sync_last);
	take_time(t, "last_publish", &out->sync_last_publish);
	take_text(t, "status", &out->sync_status);
	take_text(t, "error", &out->sync_error);
	take_count(t, "guests", &out->guests);
	take_text(t, "canary", &out->canary);
	take_bool(t, "published", &out->published);
	take_text(t, "publish_status", &out->publish_status);
	take_text(t, "publish_error", &out->publish_error);
	take_new_count(t, "departed", &out->departed);
	take_new_count(t, "held", &out->held);
	take_new_count(t, "missing_groups", &out->missing_groups);
	take_new_count(t, "unexplained", &out->unexplained);
	enter(t, root, "sign_ins");
	take_count(t, "in_flight", &out->sign_ins);
	take_count(t, "limit", &out->sign_ins_limit);
}

enum gp_status gp_report_read(const struct gp_json_doc *doc, struct gp_report *out,
			      struct gp_error *err)
{
	const struct gp_json *root = gp_json_root(doc);
	struct taker t = {.object = root};
	struct gp_str error;
	int64_t v = 0;

	*out = (struct gp_report){0};
	if (gp_json_get_str(root, "error", TEXT_MAX, &error) == GP_ST_OK) {
		char safe[128];
		gp_text_safe(error, GP_TEXT_LINE, safe, sizeof(safe));
		return gp_fail(err, GP_ST_DENIED, "the daemon answers: %s", safe);
	}
	if (gp_json_get_int(root, "v", 1, 1, &v) != GP_ST_OK)
		return gp_fail(err, GP_ST_UNSUPPORTED,
			       "the daemon's answer is of another version than this program");
	read_top(&t, out);
	read_parts(&t, root, out);
	read_audit(&t, root, out);
	read_policies(&t, root, out);
	if (t.wrong != NULL)
		return gp_fail(err, GP_ST_INVALID, "the daemon's answer has no good \"%s\"",
			       t.wrong);
	return GP_ST_OK;
}

static void member_text(struct gp_buf *b, const char *before, struct gp_str text)
{
	gp_buf_text(b, before);
	gp_json_write_str(b, text);
}

static void member_number(struct gp_buf *b, const char *before, int64_t n)
{
	gp_buf_printf(b, "%s%lld", before, (long long)n);
}

static void quarantined_json(const struct gp_json *list, struct gp_buf *b)
{
	size_t n = gp_json_array_len(list);

	gp_buf_text(b, ",\"quarantined\":[");
	for (size_t i = 0; i < n; i++) {
		const struct gp_json *one = gp_json_array_at(list, i);
		struct gp_str oid = {0};
		struct gp_str mail = {0};
		struct gp_str reason = {0};
		/* What is absent stays empty. */
		(void)!gp_json_get_str(one, "oid", TEXT_MAX, &oid);
		(void)!gp_json_get_str(one, "mail", TEXT_MAX, &mail);
		(void)!gp_json_get_str(one, "reason", TEXT_MAX, &reason);
		member_text(b, i > 0 ? ",{\"oid\":" : "{\"oid\":", oid);
		member_text(b, ",\"mail\":", mail);
		member_text(b, ",\"reason\":", reason);
		gp_buf_text(b, "}");
	}
	gp_buf_text(b, "]}\n");
}

void gp_report_json(const struct gp_report *r, struct gp_buf *b)
{
	size_t n = gp_json_array_len(r->problems);
	const char *comma = "";

	gp_buf_printf(b, "{\"v\":1,\"health\":\"%s\",\"problems\":[", health_names[r->health]);
	for (size_t i = 0; i < n; i++) {
		struct gp_str text;
		if (gp_json_str(gp_json_array_at(r->problems, i), TEXT_MAX, &text) != GP_ST_OK)
			continue;
		member_text(b, comma, text);
		comma = ",";
	}
	member_text(b, "],\"version\":", r->version);
	member_text(b, ",\"tier\":", r->tier);
	gp_buf_printf(b, ",\"guests_allowed\":%s", r->guests_allowed ? "true" : "false");
	member_text(b, ",\"tenant\":{\"id\":", r->tenant_id);
	gp_buf_printf(b, ",\"reachable\":%s", r->tenant_reachable ? "true" : "false");
	member_number(b, ",\"last_contact\":", r->last_contact);
	member_number(b, ",\"clock_skew_s\":", r->clock_skew_s);
	member_text(b, "},\"credential\":{\"kind\":", r->credential_kind);
	member_number(b, ",\"not_after\":", r->credential_not_after);
	member_number(b, "},\"sync\":{\"last\":", r->sync_last);
	member_number(b, ",\"last_publish\":", r->sync_last_publish);
	member_text(b, ",\"status\":", r->sync_status);
	member_text(b, ",\"error\":", r->sync_error);
	member_number(b, ",\"guests\":", r->guests);
	member_text(b, ",\"canary\":", r->canary);
	gp_buf_printf(b, ",\"published\":%s", r->published ? "true" : "false");
	member_text(b, ",\"publish_status\":", r->publish_status);
	member_text(b, ",\"publish_error\":", r->publish_error);
	member_number(b, ",\"departed\":", r->departed);
	member_number(b, ",\"held\":", r->held);
	member_number(b, ",\"missing_groups\":", r->missing_groups);
	member_number(b, ",\"unexplained\":", r->unexplained);
	member_number(b, "},\"sign_ins\":{\"in_flight\":", r->sign_ins);
	member_number(b, ",\"limit\":", r->sign_ins_limit);
	member_number(b, "},\"sessions\":", r->sessions);
	member_number(b, ",\"audit\":{\"seq\":", r->audit_seq);
	member_text(b, ",\"head\":", r->audit_head);
	gp_buf_printf(b, ",\"broken\":%s}", r->audit_broken ? "true" : "false");
	gp_buf_printf(b, ",\"policies\":{\"wanted\":%s", r->policies_wanted ? "true" : "false");
	member_number(b, ",\"read\":", r->policies_read);
	member_number(b, ",\"count\":", r->policies_count);
	gp_buf_text(b, "}");
	quarantined_json(r->quarantined, b);
}
