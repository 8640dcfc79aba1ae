/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The chain of the audit: each line says its number and the SHA-256 of the line before it (its
 * bytes without the newline), so whoever changes or drops one must change all that follow. A head
 * is the number and the hash of the last line. Pure.
 */
#ifndef GP_BASE_AUDIT_CHAIN_H
#define GP_BASE_AUDIT_CHAIN_H

#include <stdint.h>

#include "contract/status.h"
#include "contract/str.h"

#define GP_AUDIT_LINE_MAX  65536 /* bytes of a line, with its newline */
#define GP_AUDIT_HASH_TEXT 65
#define GP_AUDIT_HEAD_TEXT 96

/* Where a line stands. */
struct gp_audit_link {
	uint64_t seq; /* from 1 on */
	char prev[GP_AUDIT_HASH_TEXT];
};

struct gp_audit_head {
	uint64_t seq; /* 0: no line yet */
	char hash[GP_AUDIT_HASH_TEXT];
};

/* Before the first line: sixty-four zeros. */
void gp_audit_head_none(struct gp_audit_head *out);
/* Of the line that comes after HEAD. */
void gp_audit_link_next(const struct gp_audit_head *head, struct gp_audit_link *out);

/* LINE without its newline. GP_ST_INTERNAL: OpenSSL has no SHA-256. */
enum gp_status gp_audit_hash(struct gp_str line, char out[static GP_AUDIT_HASH_TEXT]) gp_must_check;
/* What LINE says of its place. GP_ST_NOT_FOUND: a JSON object that says nothing of it (a record
 * from before there was a chain). GP_ST_INVALID: no record at all. */
enum gp_status gp_audit_link_parse(struct gp_str line, struct gp_audit_link *out) gp_must_check;

/* "SEQ:HASH", or the hash alone: then the number is 0. GP_ST_INVALID for anything else. */
enum gp_status gp_audit_head_parse(struct gp_str text, struct gp_audit_head *out) gp_must_check;

#endif
