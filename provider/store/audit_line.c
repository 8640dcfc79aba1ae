/* SPDX-License-Identifier: Apache-2.0 */
#include "store/audit_line.h"

#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "store/journal.h"

#include "contract/ban.h"

/* Of all our audit records in the journal: journalctl MESSAGE_ID=... */
#define MESSAGE_ID "6f0b1a6f5c0e4c6f9d0f1f3a8c2b7e54"
/* Of the chain's heads that come by themselves. */
#define HEAD_MESSAGE_ID "0c6d3f5be4a94d2c8b1e7a5f92d3c640"

static void add_str(struct gp_buf *b, const char *text)
{
	struct gp_str s = gp_str_from(text);
	if (s.len > GP_AUDIT_TEXT_MAX) {
		s.len = GP_AUDIT_TEXT_MAX;
	}
	gp_json_write_str(b, s);
}

/* KEY is ours and needs no escaping. */
static void add_member(struct gp_buf *b, const char *key, const char *text)
{
	if (text != NULL && text[0] != '\0') {
		gp_buf_printf(b, ",\"%s\":", key);
		add_str(b, text);
	}
}

static const char *phase_name(enum gp_phase phase)
{
	switch (phase) {
	case GP_PHASE_BEFORE:
		return "before";
	case GP_PHASE_TOKEN:
		return "token";
	case GP_PHASE_ACCOUNT:
		break;
	}
	return "account";
}

void gp_audit_checks(struct gp_buf *b, const struct gp_admission *admission)
{
	gp_buf_text(b, ",\"checks\":[");
	for (size_t i = 0; i < admission->len && i < GP_CHECKS_MAX; i++) {
		const struct gp_check *check = &admission->checks[i];
		gp_buf_text(b, i == 0 ? "{\"name\":" : ",{\"name\":");
		add_str(b, check->name);
		add_member(b, "verdict", gp_verdict_name(check->verdict));
		add_member(b, "reason", check->reason);
		add_member(b, "phase", phase_name(check->decidable));
		add_member(b, "input", check->input);
		if (check->report) {
			gp_buf_text(b, ",\"report\":true");
		}
		gp_buf_text(b, "}");
	}
	gp_buf_text(b, "]");
}

/* A record without its facts is a record; one that does not fit into a line is none, and then
 * nobody is admitted. */
static void add_facts(struct gp_buf *b, size_t from, const char *facts)
{
	static const char key[] = ",\"facts\":";
	const size_t rest = sizeof("}\n");
	if (facts != NULL &&
	    b->len - from + sizeof(key) + strlen(facts) + rest <= GP_AUDIT_LINE_MAX) {
		gp_buf_text(b, key);
		gp_buf_text(b, facts);
	}
}

static bool has_decision(const struct gp_audit_record *r)
{
	static const uint8_t none[GP_DECISION_ID_BYTES];
	return memcmp(r->decision, none, sizeof(none)) != 0;
}

struct named_text {
	const char *name;    /* in the line */
	const char *journal; /* in the journal */
	const char *text;
};
#define TEXTS 20

static void list_texts(const struct gp_audit_record *r, struct named_text texts[static TEXTS])
{
	const struct named_text all[TEXTS] = {
		{"correlation_id", "GUESTPASS_CORRELATION_ID", r->correlation_id},
		{"trace_id", "GUESTPASS_TRACE_ID", r->trace_id},
		{"uti", "GUESTPASS_UTI", r->uti},
		{"tier", "GUESTPASS_TIER", r->tier},
		{"name", "GUESTPASS_NAME", r->name},
		{"oid", "GUESTPASS_OID", r->oid},
		{"proved_oid", "GUESTPASS_PROVED_OID", r->proved_oid},
		{"home", "GUESTPASS_HOME", r->home},
		{"address", "GUESTPASS_ADDRESS", r->address},
		{"sign_in_address", "GUESTPASS_SIGN_IN_ADDRESS", r->sign_in_address},
		{"service", "GUESTPASS_SERVICE", r->service},
		{"tty", "GUESTPASS_TTY", r->tty},
		{"verdict", "GUESTPASS_VERDICT", r->verdict},
		{"reason", "GUESTPASS_REASON", r->reason},
		{"basis", "GUESTPASS_BASIS", r->basis},
		{"login_error", "GUESTPASS_LOGIN_ERROR", r->login_error},
		{"advice", "GUESTPASS_ADVICE", r->advice},
		{"move", "GUESTPASS_MOVE", r->move},
		{"policies", "GUESTPASS_POLICIES", r->policies},
		{"event", "GUESTPASS_EVENT", r->event},
	};
	memcpy(texts, all, sizeof(all));
}

static void open_line(struct gp_buf *b, const struct gp_audit_link *link, int64_t time_s)
{
	char when[GP_TIME_TEXT];
	gp_time_format(time_s, when);
	gp_buf_printf(b, "{\"seq\":%llu,\"prev\":\"%s\",\"time\":\"%s\"",
		      (unsigned long long)link->seq, link->prev, when);
}

void gp_audit_line(struct gp_buf *b, const struct gp_audit_link *link,
		   const struct gp_audit_record *record)
{
	struct named_text texts[TEXTS];
	char when[GP_TIME_TEXT];
	char decision[GP_DECISION_ID_TEXT];
	const size_t from = b->len;
	open_line(b, link, record->time_s);
	if (has_decision(record)) {
		gp_hex(record->decision, sizeof(record->decision), decision);
		add_member(b, "decision", decision);
	}
	list_texts(record, texts);
	for (size_t i = 0; i < TEXTS; i++) {
		add_member(b, texts[i].name, texts[i].text);
	}
	if (record->uid != 0) {
		gp_buf_printf(b, ",\"uid\":%u", record->uid);
	}
	if (record->auth_time >= 0) {
		gp_time_format(record->auth_time, when);
		add_member(b, "auth_time", when);
		if (record->code_issued_s > 0) {
			gp_buf_printf(b, ",\"auth_age\":%lld",
				      (long long)(record->code_issued_s - record->auth_time));
		}
	}
	if (record->admission != NULL) {
		gp_audit_checks(b, record->admission);
		add_facts(b, from, record->admission->facts);
	}
	gp_buf_text(b, "}\n");
}

static const char *or_dash(const char *text)
{
	return text != NULL && text[0] != '\0' ? text : "-";
}

void gp_audit_journal_fields(struct gp_buf *b, const struct gp_audit_record *record)
{
	struct named_text texts[TEXTS];
	char text[512];
	gp_journal_field(b, "MESSAGE_ID", MESSAGE_ID);
	gp_journal_field(b, "SYSLOG_IDENTIFIER", "guestpassd");
	/* notice for what was admitted, warning for anything else */
	bool admitted = record->verdict != NULL && strcmp(record->verdict, "admitted") == 0;
	gp_journal_field(b, "PRIORITY", admitted ? "5" : "4");
	if (gp_format(text, sizeof(text), "%.64s %.64s: guest %.64s, service %.64s, reason %.64s",
		      or_dash(record->event), or_dash(record->verdict), or_dash(record->oid),
		      or_dash(record->service), or_dash(record->reason)) == GP_ST_OK) {
		gp_journal_field(b, "MESSAGE", text);
	}
	if (has_decision(record)) {
		gp_hex(record->decision, sizeof(record->decision), text);
		gp_journal_field(b, "GUESTPASS_DECISION", text);
	}
	list_texts(record, texts);
	for (size_t i = 0; i < TEXTS; i++) {
		gp_journal_field(b, texts[i].journal, texts[i].text);
	}
	if (record->uid != 0) {
		gp_buf_printf(b, "GUESTPASS_UID=%u\n", record->uid);
	}
	for (size_t i = 0;
	     record->admission != NULL && i < record->admission->len && i < GP_CHECKS_MAX; i++) {
		const struct gp_check *check = &record->admission->checks[i];
		if (gp_format(text, sizeof(text), "%s=%s %s", check->name,
			      gp_verdict_name(check->verdict), check->reason) == GP_ST_OK) {
			gp_journal_field(b, "GUESTPASS_CHECK", text);
		}
	}
}

void gp_audit_event_line(struct gp_buf *b, const struct gp_audit_link *link,
			 const struct gp_audit_event *event)
{
	open_line(b, link, event->time_s);
	add_member(b, "decision", event->decision);
	add_member(b, "event", event->event);
	add_member(b, "name", event->name);
	add_member(b, "oid", event->oid);
	if (event->uid != 0) {
		gp_buf_printf(b, ",\"uid\":%u", event->uid);
	}
	add_member(b, "by", event->by);
	add_member(b, "reason", event->reason);
	add_member(b, "detail", event->detail);
	gp_buf_text(b, "}\n");
}

void gp_audit_event_journal_fields(struct gp_buf *b, const struct gp_audit_event *event)
{
	char text[512];
	gp_journal_field(b, "MESSAGE_ID", MESSAGE_ID);
	gp_journal_field(b, "SYSLOG_IDENTIFIER", "guestpassd");
	gp_journal_field(b, "PRIORITY", "5");
	if (gp_format(text, sizeof(text), "%.64s: guest %.64s, by %.128s", or_dash(event->event),
		      or_dash(event->oid), or_dash(event->by)) == GP_ST_OK) {
		gp_journal_field(b, "MESSAGE", text);
	}
	gp_journal_field(b, "GUESTPASS_EVENT", event->event);
	gp_journal_field(b, "GUESTPASS_DECISION", event->decision);
	gp_journal_field(b, "GUESTPASS_NAME", event->name);
	gp_journal_field(b, "GUESTPASS_OID", event->oid);
	gp_journal_field(b, "GUESTPASS_BY", event->by);
	gp_journal_field(b, "GUESTPASS_REASON", event->reason);
	gp_journal_field(b, "GUESTPASS_DETAIL", event->detail);
	if (event->uid != 0) {
		gp_buf_printf(b, "GUESTPASS_UID=%u\n", event->uid);
	}
}

void gp_audit_head_fields(struct gp_buf *b, const struct gp_audit_head *head)
{
	gp_buf_printf(b, "GUESTPASS_AUDIT_SEQ=%llu\n", (unsigned long long)head->seq);
	gp_journal_field(b, "GUESTPASS_AUDIT_HEAD", head->hash);
}

void gp_audit_head_journal_fields(struct gp_buf *b, const struct gp_audit_head *head)
{
	char text[128];
	gp_journal_field(b, "MESSAGE_ID", HEAD_MESSAGE_ID);
	gp_journal_field(b, "SYSLOG_IDENTIFIER", "guestpassd");
	gp_journal_field(b, "PRIORITY", "6");
	if (gp_format(text, sizeof(text), "audit head %llu:%s", (unsigned long long)head->seq,
		      head->hash) == GP_ST_OK) {
		gp_journal_field(b, "MESSAGE", text);
	}
	gp_audit_head_fields(b, head);
}
