/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers as text, to be carried from one installation to another: what `guestpass number export`
 * writes. PURE. One line a number, its words with one blank between them:
 *
 *     tenant TID
 *     guest OID UID NAME FIRST-SEEN LEFT CREATED
 *     held UID NAME
 *
 * Times are seconds since 1970, 0 for none. Lines that are empty or begin with '#' say nothing.
 */
#ifndef GP_IDENTITY_NUMBER_LINE_H
#define GP_IDENTITY_NUMBER_LINE_H

#include "contract/buf.h"
#include "identity/name.h"

enum gp_number_kind {
	GP_NUMBER_NOTHING = 0, /* a comment */
	GP_NUMBER_TENANT,      /* OID is the tenant's */
	GP_NUMBER_GUEST,
	GP_NUMBER_HELD,
};

struct gp_number_line {
	enum gp_number_kind kind;
	char oid[GP_GUID_TEXT];
	uint32_t uid;
	char name[GP_NAME_BUF];
	int64_t first_seen_s, left_s, created_s;
};

/* TEXT is one line without its end. ERR says what is wrong with it. */
enum gp_status gp_number_line_parse(struct gp_str text, struct gp_number_line *out,
				    struct gp_error *err) gp_must_check;
/* With its end. */
void gp_number_line_write(const struct gp_number_line *line, struct gp_buf *out);

#endif
