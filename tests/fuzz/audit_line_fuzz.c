/* SPDX-License-Identifier: Apache-2.0 */
/* Hostile texts in every field of an audit record, one behind the other with a NUL between them:
 * the line is one line of JSON, and the journal gets no field that we did not name. */
#include <stdint.h>
#include <stdlib.h>

#include "base/json.h"
#include "contract/text.h"
#include "store/audit_line.h"
#include "tests/fuzz/support/split.h"

#include "contract/ban.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check_line(const struct gp_audit_record *record)
{
	gp_buf_auto struct gp_buf line = GP_BUF(1U << 20);
	gp_json_doc_auto struct gp_json_doc *doc = NULL;
	struct gp_str event;
	struct gp_audit_head none;
	struct gp_audit_link link;

	gp_audit_head_none(&none);
	gp_audit_link_next(&none, &link);
	gp_audit_line(&line, &link, record);
	const char *text = gp_buf_get(&line);
	if (gp_buf_status(&line) != GP_ST_OK || text[line.len - 1] != '\n' ||
	    !gp_text_is_safe((struct gp_str){text, line.len - 1}, GP_TEXT_LINE) ||
	    gp_json_parse((struct gp_str){text, line.len - 1}, &doc, NULL) != GP_ST_OK ||
	    gp_json_get_str(gp_json_root(doc), "event", 99, &event) != GP_ST_OK ||
	    !gp_str_is(event, "sign-in"))
		abort();
}

static void check_fields(const struct gp_buf *fields)
{
	if (gp_buf_status(fields) != GP_ST_OK)
		abort();
	struct gp_str rest = {gp_buf_get(fields), fields->len};
	while (rest.len > 0) {
		const struct gp_str field = split_at(&rest, '\n');
		if (!gp_str_starts(field, "GUESTPASS_") && !gp_str_starts(field, "MESSAGE=") &&
		    !gp_str_starts(field, "MESSAGE_ID=") && !gp_str_starts(field, "PRIORITY=") &&
		    !gp_str_is(field, "SYSLOG_IDENTIFIER=guestpassd"))
			abort();
		if (!gp_text_is_safe(field, GP_TEXT_LINE))
			abort();
	}
}

static void check_journal(const struct gp_audit_record *record)
{
	gp_buf_auto struct gp_buf fields = GP_BUF(1U << 20);

	gp_audit_journal_fields(&fields, record);
	check_fields(&fields);
}

/* An event with the same texts; its line is a link of the chain again. */
static void check_event(const struct gp_audit_record *record)
{
	const struct gp_audit_event event = {.event = "enrolled",
					     .name = record->name,
					     .oid = record->proved_oid,
					     .uid = record->uid,
					     .by = record->tty,
					     .reason = record->reason,
					     .detail = record->reason};
	const struct gp_audit_head head = {
		41, "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"};
	gp_buf_auto struct gp_buf line = GP_BUF(1U << 20);
	gp_buf_auto struct gp_buf fields = GP_BUF(1U << 20);
	struct gp_audit_link link;
	struct gp_audit_link read = {0};

	gp_audit_link_next(&head, &link);
	gp_audit_event_line(&line, &link, &event);
	const char *text = gp_buf_get(&line);
	if (gp_buf_status(&line) != GP_ST_OK || text[line.len - 1] != '\n' ||
	    gp_audit_link_parse((struct gp_str){text, line.len - 1}, &read) != GP_ST_OK ||
	    read.seq != 42 || strcmp(read.prev, head.hash) != 0)
		abort();
	gp_audit_event_journal_fields(&fields, &event);
	gp_audit_head_fields(&fields, &head);
	check_fields(&fields);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct gp_audit_record record = {.event = "sign-in", .auth_time = -1};
	struct gp_admission admission = {.len = 2};
	const char **texts[] = {
		&record.name,
		&record.address,
		&record.service,
		&record.tty,
		&record.proved_oid,
		&record.home,
		&record.correlation_id,
		&record.trace_id,
		&record.uti,
		&record.tier,
		&record.sign_in_address,
		&record.verdict,
		&record.reason,
		&record.basis,
		&admission.checks[0].name,
		&admission.checks[0].reason,
	};
	char *copy = malloc(len + 1);
	if (copy == NULL)
		return 0;
	if (len > 0)
		memcpy(copy, data, len);
	copy[len] = '\0';
	admission.checks[0].name = admission.checks[1].name = "name";
	admission.checks[0].reason = admission.checks[1].reason = "reason";
	struct gp_str rest = {copy, len};
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]) && rest.len > 0; i++)
		*texts[i] = split_at(&rest, '\0').ptr;
	if (rest.len > 0) {
		record.uid = split_byte(&rest);
		record.auth_time = (int64_t)split_byte(&rest) << 36;
		record.admission = &admission;
		record.decision[0] = (uint8_t)split_byte(&rest);
	}
	check_line(&record);
	check_journal(&record);
	check_event(&record);
	free(copy);
	return 0;
}
