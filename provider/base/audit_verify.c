/* SPDX-License-Identifier: Apache-2.0 */
#include "base/audit_verify.h"

#include <string.h>

#include "contract/ban.h"

const char *gp_audit_finding_name(enum gp_audit_finding finding)
{
	static const char *const names[] = {"changed", "dropped",   "order",   "foreign",
					    "cut",     "rewritten", "too-old", "piece"};
	return (size_t)finding < sizeof(names) / sizeof(names[0]) ? names[finding] : "unknown";
}

static void tell(struct gp_audit_verify *v, enum gp_audit_finding finding, struct gp_audit_place at,
		 uint64_t count, const char *text)
{
	const struct gp_audit_found found = {finding, at, count, text};
	if (finding == GP_AUDIT_PIECE) {
		v->pieces++;
	} else {
		v->broken++;
	}
	if (v->found != NULL) {
		v->found(v->arg, &found);
	}
}

static bool follows(const struct gp_audit_link *link, const struct gp_audit_head *head)
{
	return link->seq == head->seq + 1 && strcmp(link->prev, head->hash) == 0;
}

/* Pieces between two records that belong together: a disk kept what could not be taken away. */
static void tell_pieces(struct gp_audit_verify *v)
{
	if (v->pieces_since > 0) {
		tell(v, GP_AUDIT_PIECE, v->piece_at, v->pieces_since,
		     "a record that was not finished, and not given");
	}
	v->pieces_since = 0;
}

/* The last record did not follow the one before it. Only the next one (NULL: there is none) can
 * tell which of the two is not what it was. True: it is the last, and its hash is good for nothing.
 */
static bool resolve(struct gp_audit_verify *v, const struct gp_audit_link *next)
{
	const bool in_place = v->head.seq == v->before.seq + 1;
	v->doubt = false;
	if (next != NULL && next->seq == v->before.seq + 2 &&
	    strcmp(next->prev, v->head.hash) != 0) {
		tell(v, GP_AUDIT_CHANGED, v->at, 0, "this record is not what it was");
		return true;
	}
	if (next == NULL && in_place && v->wanted.seq == v->head.seq &&
	    strcmp(v->wanted.hash, v->head.hash) != 0) {
		tell(v, GP_AUDIT_CHANGED, v->at, 0, "this record is not what it was");
	} else if (in_place) {
		tell(v, GP_AUDIT_CHANGED, v->before_at, 0,
		     "this record is not what it was when the next one was written");
	} else if (v->head.seq > v->before.seq) {
		tell(v, GP_AUDIT_DROPPED, v->at, v->head.seq - v->before.seq - 1,
		     "records before this one are missing");
	} else {
		tell(v, GP_AUDIT_ORDER, v->at, 0,
		     "a record of this number or a later one came before");
	}
	return false;
}

static void take_first(struct gp_audit_verify *v, const struct gp_audit_link *link)
{
	struct gp_audit_head none;
	gp_audit_head_none(&none);
	v->first_seq = link->seq;
	if (link->seq == 1 && strcmp(link->prev, none.hash) != 0) {
		tell(v, GP_AUDIT_CHANGED, v->at, 0,
		     "the first record says that one came before it");
	}
	/* The chain began behind those: whoever puts lines in front of one whose beginning was
	 * taken away wants them to pass for such. */
	if (link->seq > 1 && v->older > 0) {
		tell(v, GP_AUDIT_DROPPED, v->at, link->seq - 1,
		     "records between this one and those from before the chain are missing");
	}
	/* The last record of a file that was taken away. */
	if (strcmp(link->prev, v->wanted.hash) == 0 &&
	    (v->wanted.seq == 0 || v->wanted.seq + 1 == link->seq)) {
		v->wanted_seen = true;
	}
}

static void see_wanted(struct gp_audit_verify *v)
{
	if (strcmp(v->head.hash, v->wanted.hash) == 0 &&
	    (v->wanted.seq == 0 || v->wanted.seq == v->head.seq)) {
		v->wanted_seen = true;
	}
}

static enum gp_status take_record(struct gp_audit_verify *v, struct gp_audit_place at,
				  const struct gp_audit_link *link, struct gp_str line)
{
	char hash[GP_AUDIT_HASH_TEXT];
	enum gp_status st = gp_audit_hash(line, hash);
	if (st != GP_ST_OK) {
		return st;
	}
	const bool first = v->records == 0;
	bool anew = v->doubt && resolve(v, link);
	/* A record that is none any more stands where one is missing. */
	if (v->pieces_since > 0 && link->seq > v->head.seq + 1) {
		tell(v, GP_AUDIT_CHANGED, v->piece_at, 0, "this is no record any more");
		v->pieces_since = 0;
		anew = true;
	}
	if (!first && !anew && !follows(link, &v->head)) {
		v->doubt = true;
		v->before = v->head;
		v->before_at = v->at;
	}
	tell_pieces(v);
	v->at = at;
	if (first) {
		take_first(v, link);
	}
	v->head.seq = link->seq;
	memcpy(v->head.hash, hash, sizeof(hash));
	v->records++;
	if (link->seq == v->wanted.seq) {
		v->wanted_at = at;
	}
	see_wanted(v);
	return GP_ST_OK;
}

enum gp_status gp_audit_verify_line(struct gp_audit_verify *v, struct gp_audit_place at,
				    struct gp_str line, bool finished)
{
	struct gp_audit_link link;
	enum gp_status st = finished ? gp_audit_link_parse(line, &link) : GP_ST_INVALID;
	switch (st) {
	case GP_ST_OK:
		return take_record(v, at, &link, line);
	case GP_ST_NOT_FOUND:
		if (v->records == 0) {
			v->older++;
			return GP_ST_OK;
		}
		break;
	case GP_ST_INVALID:
		break;
	default:
		return st;
	}
	if (line.len == 0 && finished) {
		return GP_ST_OK;
	}
	if (st == GP_ST_NOT_FOUND) {
		tell(v, GP_AUDIT_FOREIGN, at, 0, "a line that says nothing of its place");
		return GP_ST_OK;
	}
	if (v->pieces_since++ == 0) {
		v->piece_at = at;
	}
	return GP_ST_OK;
}

void gp_audit_verify_end(struct gp_audit_verify *v)
{
	if (v->doubt) {
		(void)resolve(v, NULL);
	}
	tell_pieces(v);
	if (v->wanted.hash[0] == '\0' || v->wanted_seen) {
		return;
	}
	if (v->wanted.seq == 0) {
		tell(v, GP_AUDIT_REWRITTEN, v->at, 0,
		     "the chain has no such head: its end was cut, or it was rewritten");
	} else if (v->wanted.seq > v->head.seq) {
		tell(v, GP_AUDIT_CUT, v->at, v->wanted.seq - v->head.seq,
		     "records behind this one are missing");
	} else if (v->wanted.seq < v->first_seq) {
		tell(v, GP_AUDIT_TOO_OLD, v->at, 0,
		     "the head is of before the first record that is here");
	} else {
		tell(v, GP_AUDIT_REWRITTEN, v->wanted_at.line > 0 ? v->wanted_at : v->at, 0,
		     "the record of the head's number is not the one that was there");
	}
}

static enum gp_status take_line(void *arg, struct gp_audit_place at, struct gp_str line,
				bool finished)
{
	return gp_audit_verify_line(arg, at, line, finished);
}

enum gp_status gp_audit_verify_files(struct gp_audit_verify *v, const struct gp_audit_files *files,
				     size_t from, struct gp_error *err)
{
	enum gp_status st = gp_audit_lines_each(files, from, take_line, v, err);
	if (st == GP_ST_OK) {
		gp_audit_verify_end(v);
	}
	return st;
}
