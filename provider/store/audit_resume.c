/* SPDX-License-Identifier: Apache-2.0 */
#include "store/audit_resume.h"

#include "base/audit_files.h"
#include "base/audit_verify.h"
#include "base/log.h"

#include "contract/ban.h"

struct last {
	struct gp_audit_head head;
	struct gp_audit_link link;
	size_t at; /* which file */
};

/* The last record there is: a file that was just rotated has none yet, but the one before has. */
static enum gp_status find_last(const struct gp_audit_files *files, struct last *out)
{
	for (size_t i = files->count; i > 0; i--) {
		enum gp_status st = gp_audit_last(files->files[i - 1].fd, &out->head, &out->link);
		if (st != GP_ST_NOT_FOUND) {
			out->at = i - 1;
			return st;
		}
	}
	return GP_ST_NOT_FOUND;
}

/* What is broken behind the kept head. */
struct since {
	const struct gp_audit_verify *verify;
	bool broken;
};

static void on_found(void *arg, const struct gp_audit_found *found)
{
	struct since *since = arg;
	since->broken |= since->verify->wanted_seen && found->finding != GP_AUDIT_PIECE;
}

/* Does LAST come after KEPT, with nothing but good records between? The head is written after the
 * line, and not synced: a kill leaves it one record behind, a power failure more. */
static enum gp_status comes_after(const struct gp_audit_files *files, const struct last *last,
				  const struct gp_audit_head *kept, bool *out)
{
	struct since since = {0};
	struct gp_audit_verify v = {.found = on_found, .arg = &since, .wanted = *kept};
	since.verify = &v;
	if (last->head.seq == kept->seq + 1 && strcmp(last->link.prev, kept->hash) == 0) {
		*out = true;
		return GP_ST_OK;
	}
	*out = false;
	if (last->head.seq <= kept->seq) {
		return GP_ST_OK;
	}
	const struct gp_audit_files upto = {.files = files->files, .count = last->at + 1};
	enum gp_status st = gp_audit_verify_files(&v, &upto, last->at > 0 ? last->at - 1 : 0, NULL);
	*out = v.wanted_seen && !since.broken;
	return st;
}

static void say(char why[static GP_AUDIT_WHY], const char *what, const struct gp_audit_head *last,
		const struct gp_audit_head *kept)
{
	/* It fits: the hashes are cut, and WHAT is ours. */
	if (gp_format(why, GP_AUDIT_WHY, "why=%s last=%llu:%.16s kept=%llu:%.16s", what,
		      (unsigned long long)last->seq, last->hash, (unsigned long long)kept->seq,
		      kept->hash) != GP_ST_OK) {
		why[0] = '?';
		why[1] = '\0';
	}
}

/* Without a kept head the last record is all there is to go by. */
static void without_head(enum gp_status had_head, const struct last *last,
			 const struct gp_audit_head *none, struct gp_audit_head *head,
			 char why[static GP_AUDIT_WHY])
{
	*head = last->head;
	if (had_head != GP_ST_UNAVAILABLE) {
		say(why, had_head == GP_ST_NOT_FOUND ? "head-missing" : "head-unreadable",
		    &last->head, none);
	}
}

static enum gp_status compare(const struct gp_audit_file *file, const struct gp_audit_files *files,
			      struct gp_audit_head *head, char why[static GP_AUDIT_WHY])
{
	struct gp_audit_head none;
	struct gp_audit_head kept;
	struct last last = {0};
	bool after = false;
	gp_audit_head_none(&none);
	*head = none;
	kept = none;
	enum gp_status had_head = gp_audit_file_head(file, &kept);
	enum gp_status had_last = find_last(files, &last);
	if (had_last != GP_ST_OK && had_last != GP_ST_NOT_FOUND) {
		return had_last;
	}
	if (had_last == GP_ST_NOT_FOUND) {
		*head = had_head == GP_ST_OK ? kept : none;
		if (had_head == GP_ST_INVALID) {
			say(why, "head-unreadable", &none, &none);
		} else if (head->seq > 0) {
			say(why, "records-gone", &none, &kept);
		}
		return GP_ST_OK;
	}
	if (had_head != GP_ST_OK) {
		without_head(had_head, &last, &none, head, why);
		return GP_ST_OK;
	}
	if (last.head.seq == kept.seq && strcmp(last.head.hash, kept.hash) == 0) {
		*head = kept;
		return GP_ST_OK;
	}
	enum gp_status st = comes_after(files, &last, &kept, &after);
	if (st != GP_ST_OK) {
		return st;
	}
	/* Where records are missing the chain goes on behind them: that leaves a gap for everybody
	 * to see, which a chain that closes over it would not. */
	*head = after || last.head.seq > kept.seq ? last.head : kept;
	if (!after) {
		say(why, last.head.seq < kept.seq ? "records-missing" : "rewritten", &last.head,
		    &kept);
	}
	return GP_ST_OK;
}

enum gp_status gp_audit_resume(const struct gp_audit_file *file, struct gp_audit_head *head,
			       char why[static GP_AUDIT_WHY], struct gp_error *err)
{
	struct gp_audit_files files = {0};
	why[0] = '\0';
	enum gp_status st = gp_audit_files_list(file->name, &files, NULL);
	if (st != GP_ST_OK) {
		/* A directory that we may not read: then the file alone. */
		st = gp_audit_files_add(&files, file->name, err);
	}
	if (st != GP_ST_OK) {
		return st;
	}
	st = compare(file, &files, head, why);
	gp_audit_files_free(&files);
	if (st != GP_ST_OK) {
		return gp_fail(err, st, "audit: %s: the last record cannot be read", file->name);
	}
	if (why[0] != '\0') {
		gp_log(GP_LOG_ERROR, "audit-chain-broken", "%s", why);
	}
	gp_audit_file_keep_head(file, head);
	return GP_ST_OK;
}
