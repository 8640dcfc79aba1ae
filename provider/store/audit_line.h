/* SPDX-License-Identifier: Apache-2.0 */
/* One audit record or event as a JSON line, and as fields for the journal. Pure. Room-private. */
#ifndef GP_STORE_AUDIT_LINE_H
#define GP_STORE_AUDIT_LINE_H

#include "base/audit_chain.h"
#include "contract/buf.h"
#include "store/audit.h"

/* Appends the line with its newline. Texts are cut at GP_AUDIT_TEXT_MAX bytes. */
#define GP_AUDIT_TEXT_MAX 512
void gp_audit_line(struct gp_buf *b, const struct gp_audit_link *link,
		   const struct gp_audit_record *record);
/* The member "checks" of a record, with the comma before it. */
void gp_audit_checks(struct gp_buf *b, const struct gp_admission *admission);
/* Appends the journal's fields; MESSAGE says the decision in one sentence. */
void gp_audit_journal_fields(struct gp_buf *b, const struct gp_audit_record *record);

/* The same of an event. */
void gp_audit_event_line(struct gp_buf *b, const struct gp_audit_link *link,
			 const struct gp_audit_event *event);
void gp_audit_event_journal_fields(struct gp_buf *b, const struct gp_audit_event *event);
/* Where the chain ends, as fields of any record. */
void gp_audit_head_fields(struct gp_buf *b, const struct gp_audit_head *head);
/* A record of nothing but that. */
void gp_audit_head_journal_fields(struct gp_buf *b, const struct gp_audit_head *head);

#endif
