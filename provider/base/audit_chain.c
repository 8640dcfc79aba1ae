/* SPDX-License-Identifier: Apache-2.0 */
#include "base/audit_chain.h"

#include "base/json.h"
#include "base/sha256.h"

#include "contract/ban.h"

void gp_audit_head_none(struct gp_audit_head *out)
{
	static const uint8_t zeros[GP_SHA256_LEN];
	out->seq = 0;
	gp_hex(zeros, sizeof(zeros), out->hash);
}

void gp_audit_link_next(const struct gp_audit_head *head, struct gp_audit_link *out)
{
	out->seq = head->seq + 1;
	memcpy(out->prev, head->hash, sizeof(out->prev));
}

enum gp_status gp_audit_hash(struct gp_str line, char out[static GP_AUDIT_HASH_TEXT])
{
	uint8_t digest[GP_SHA256_LEN];
	if (gp_sha256(line, digest) != GP_ST_OK) {
		out[0] = '\0';
		return GP_ST_INTERNAL;
	}
	gp_hex(digest, GP_SHA256_LEN, out);
	return GP_ST_OK;
}

/* Lower-case hex only: the text itself is compared. */
static bool is_hash(struct gp_str s)
{
	if (s.len != GP_AUDIT_HASH_TEXT - 1) {
		return false;
	}
	for (size_t i = 0; i < s.len; i++) {
		if (!((s.ptr[i] >= '0' && s.ptr[i] <= '9') ||
		      (s.ptr[i] >= 'a' && s.ptr[i] <= 'f'))) {
			return false;
		}
	}
	return true;
}

static enum gp_status take_hash(struct gp_str s, char out[static GP_AUDIT_HASH_TEXT])
{
	return is_hash(s) ? gp_copy(out, GP_AUDIT_HASH_TEXT, s) : GP_ST_INVALID;
}

enum gp_status gp_audit_link_parse(struct gp_str line, struct gp_audit_link *out)
{
	gp_json_doc_auto struct gp_json_doc *doc = NULL;
	struct gp_str prev = {0};
	int64_t seq = 0;
	if (line.len >= GP_AUDIT_LINE_MAX) {
		return GP_ST_INVALID;
	}
	enum gp_status st = gp_json_parse(line, &doc, NULL);
	if (st != GP_ST_OK) {
		return st == GP_ST_NO_MEMORY ? st : GP_ST_INVALID;
	}
	const struct gp_json *root = gp_json_root(doc);
	if (gp_json_type(root) != GP_JSON_OBJECT) {
		return GP_ST_INVALID;
	}
	enum gp_status has_seq = gp_json_get_int(root, "seq", 1, INT64_MAX, &seq);
	enum gp_status has_prev = gp_json_get_str(root, "prev", GP_AUDIT_HASH_TEXT - 1, &prev);
	if (has_seq == GP_ST_NOT_FOUND && has_prev == GP_ST_NOT_FOUND) {
		return GP_ST_NOT_FOUND;
	}
	if (has_seq != GP_ST_OK || has_prev != GP_ST_OK) {
		return GP_ST_INVALID;
	}
	out->seq = (uint64_t)seq;
	return take_hash(prev, out->prev);
}

enum gp_status gp_audit_head_parse(struct gp_str text, struct gp_audit_head *out)
{
	const char *colon = text.len > 0 ? memchr(text.ptr, ':', text.len) : NULL;
	struct gp_str hash = text;
	uint64_t seq = 0;
	if (colon != NULL) {
		const struct gp_str number = {text.ptr, (size_t)(colon - text.ptr)};
		hash = (struct gp_str){colon + 1, text.len - number.len - 1};
		if (gp_parse_u64(number, INT64_MAX, &seq) != GP_ST_OK) {
			return GP_ST_INVALID;
		}
	}
	enum gp_status st = take_hash(hash, out->hash);
	out->seq = st == GP_ST_OK ? seq : 0;
	return st;
}
