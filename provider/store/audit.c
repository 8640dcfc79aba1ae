/* SPDX-License-Identifier: Apache-2.0 */
#include "store/audit.h"

#include <stdlib.h>

#include "base/log.h"
#include "store/audit_line.h"
#include "store/audit_notes.h"
#include "store/audit_resume.h"
#include "store/audit_writer.h"
#include "store/journal.h"

#include "contract/ban.h"

#define WRITE_LIMIT_MS 2000
#define BATCH_BYTES    ((size_t)16 * GP_AUDIT_LINE_MAX)
#define BATCH_FULL     ((size_t)8 * GP_AUDIT_LINE_MAX) /* what is begun below this still fits */
#define JOURNAL_EVENTS 32 /* of so many at once each goes to the journal too */

/* Lines that are written together. */
struct batch {
	struct gp_buf lines;
	struct gp_audit_head head; /* of the last of them */
	size_t notes;              /* so many of them come first */
	size_t count;              /* and so many after these */
	/* of the one decision among them that lets somebody in; "": none */
	char admits[GP_DECISION_ID_TEXT];
	bool is_admission;
};

struct gp_audit {
	const char *journal; /* NULL: none */
	struct gp_audit_writer *writer;
	int64_t limit_ms;
	struct gp_audit_head head;
	struct gp_audit_notes notes;
	bool broken;
	struct batch late; /* was not waited for to the end; without its lines */
	bool is_late;
	struct gp_audit_head told; /* to the journal */
	int64_t told_ms;
	bool was_told;
	struct gp_error trouble; /* of the last write */
	int64_t trouble_s;       /* the time of its record, 0 without trouble */
};

enum gp_status gp_audit_open(const char *file, struct gp_audit **out, struct gp_error *err)
{
	struct gp_audit_file opened;
	char why[GP_AUDIT_WHY] = "";
	struct gp_audit *audit = calloc(1, sizeof(*audit));
	if (audit == NULL) {
		return gp_fail(err, GP_ST_NO_MEMORY, "audit: no memory");
	}
	audit->journal = GP_JOURNAL_SOCKET;
	audit->limit_ms = WRITE_LIMIT_MS;
	enum gp_status st = gp_audit_file_open(&opened, file, err);
	if (st == GP_ST_OK) {
		st = gp_audit_resume(&opened, &audit->head, why, err);
	}
	if (st != GP_ST_OK) {
		gp_audit_file_close(&opened);
	} else {
		st = gp_audit_writer_new(&opened, &audit->writer, err);
	}
	if (st != GP_ST_OK) {
		free(audit);
		return st;
	}
	audit->broken = why[0] != '\0';
	if (audit->broken) {
		gp_audit_note(&audit->notes, "audit-chain-broken", NULL, why);
	}
	*out = audit;
	return GP_ST_OK;
}

void gp_audit_close(struct gp_audit *audit)
{
	if (audit != NULL) {
		gp_audit_writer_free(audit->writer);
		free(audit);
	}
}

void gp_audit_set_journal(struct gp_audit *audit, const char *socket_path)
{
	audit->journal = socket_path;
}

void gp_audit_set_limit(struct gp_audit *audit, int64_t limit_ms)
{
	audit->limit_ms = limit_ms;
}

/* The line that was added to BATCH from FROM on is part of the chain now. */
static enum gp_status chain(struct batch *batch, size_t from)
{
	enum gp_status st = gp_buf_status(&batch->lines);
	if (st != GP_ST_OK) {
		return st;
	}
	const size_t len = batch->lines.len - from;
	if (len > GP_AUDIT_LINE_MAX) {
		return GP_ST_TOO_BIG;
	}
	batch->head.seq++;
	return gp_audit_hash((struct gp_str){gp_buf_get(&batch->lines) + from, len - 1},
			     batch->head.hash);
}

static enum gp_status add_event(struct batch *batch, const struct gp_audit_event *event)
{
	struct gp_audit_link link;
	const size_t from = batch->lines.len;
	gp_audit_link_next(&batch->head, &link);
	gp_audit_event_line(&batch->lines, &link, event);
	return chain(batch, from);
}

static enum gp_status add_record(struct batch *batch, const struct gp_audit_record *record)
{
	struct gp_audit_link link;
	const size_t from = batch->lines.len;
	gp_audit_link_next(&batch->head, &link);
	gp_audit_line(&batch->lines, &link, record);
	batch->count = 1;
	batch->is_admission = record->verdict != NULL && strcmp(record->verdict, "admitted") == 0;
	gp_hex(record->decision, sizeof(record->decision), batch->admits);
	return chain(batch, from);
}

/* Begins BATCH, with what the audit has to say of itself. */
static enum gp_status begin(const struct gp_audit *audit, int64_t time_s, struct batch *batch)
{
	struct gp_audit_event events[GP_AUDIT_NOTES + 1];
	char detail[64];
	enum gp_status st = GP_ST_OK;
	*batch = (struct batch){.lines = GP_BUF(BATCH_BYTES), .head = audit->head};
	batch->notes = gp_audit_notes_events(&audit->notes, time_s, events, detail);
	for (size_t i = 0; st == GP_ST_OK && i < batch->notes; i++) {
		st = add_event(batch, &events[i]);
	}
	return st;
}

/* An admission that is in the file and was not given. */
static void contradict(struct gp_audit *audit, const struct batch *batch, uint64_t seq)
{
	char detail[64];
	if (batch->is_admission &&
	    gp_format(detail, sizeof(detail), "seq=%llu", (unsigned long long)seq) == GP_ST_OK) {
		gp_audit_note(&audit->notes, "withdrawn", batch->admits, detail);
	}
}

/* What BATCH did to the file. LATE: nobody waited, so what it admits was refused. */
static void settle(struct gp_audit *audit, const struct batch *batch,
		   const struct gp_audit_done *done, bool late)
{
	const uint64_t before = audit->head.seq;
	const uint64_t end = batch->head.seq;
	if (done->status == GP_ST_OK) {
		audit->head = batch->head;
		gp_audit_notes_written(&audit->notes, batch->notes);
		if (late) {
			contradict(audit, batch, end);
		}
		return;
	}
	if (done->rest.whole && done->rest.error != 0) {
		gp_log(GP_LOG_ERROR, "audit-record-stays",
		       "decision=%s verdict=%s removed=%s errno=%d", batch->admits,
		       batch->is_admission ? "admitted" : "other",
		       done->rest.left ? "no" : "unsynced", done->rest.error);
	}
	uint64_t stay = 0;
	if (done->rest.left && done->last.seq > before && done->last.seq <= end) {
		stay = done->last.seq - before;
		audit->head = done->last;
		gp_audit_notes_written(&audit->notes,
				       stay < batch->notes ? (size_t)stay : batch->notes);
	}
	if (stay == end - before && stay > 0) {
		contradict(audit, batch, end);
	} else {
		const uint64_t records = stay > batch->notes ? stay - batch->notes : 0;
		audit->notes.lost += batch->count - records;
	}
}

/* Has the disk answered what it was asked before? */
static enum gp_status ready(struct gp_audit *audit, struct gp_error *err)
{
	struct gp_audit_done done;
	if (!audit->is_late) {
		return GP_ST_OK;
	}
	if (!gp_audit_writer_ended(audit->writer, &done)) {
		return gp_fail(err, GP_ST_TIMEOUT, "audit: the disk does not answer");
	}
	audit->is_late = false;
	gp_log(GP_LOG_WARN, "audit-late", "status=%s seq=%llu", gp_status_name(done.status),
	       (unsigned long long)audit->late.head.seq);
	settle(audit, &audit->late, &done, true);
	return GP_ST_OK;
}

/* BATCH is on the disk if this is GP_ST_OK. */
static enum gp_status commit(struct gp_audit *audit, struct batch *batch, struct gp_error *err)
{
	struct gp_audit_done done;
	if (gp_audit_writer_run(audit->writer, &batch->lines, &batch->head, audit->limit_ms,
				&done) != GP_ST_OK) {
		audit->late = *batch;
		audit->late.lines = GP_BUF(0);
		audit->is_late = true;
		return gp_fail(err, GP_ST_TIMEOUT, "audit: the disk did not answer within %lld ms",
			       (long long)audit->limit_ms);
	}
	settle(audit, batch, &done, false);
	if (done.status != GP_ST_OK && err != NULL) {
		*err = done.error;
	}
	return done.status;
}

/* A copy for convenience: the file decides whether the decision stands. */
static void to_journal(struct gp_audit *audit, struct gp_buf *fields)
{
	enum gp_status sent = gp_journal_send(audit->journal, fields);
	if (sent == GP_ST_OK) {
		audit->told = audit->head;
	} else {
		gp_log(GP_LOG_DEBUG, "audit-not-in-journal", "status=%s", gp_status_name(sent));
	}
}

static void head_to_journal(struct gp_audit *audit)
{
	gp_buf_auto struct gp_buf fields = GP_BUF(GP_JOURNAL_RECORD);
	gp_audit_head_journal_fields(&fields, &audit->head);
	to_journal(audit, &fields);
}

enum gp_status gp_audit_status(const struct gp_audit *audit, int64_t *time_s, struct gp_error *err)
{
	*time_s = audit->trouble_s;
	*err = audit->trouble;
	return audit->trouble.code;
}

void gp_audit_get_state(const struct gp_audit *audit, struct gp_audit_state *out)
{
	_Static_assert(sizeof(out->head) == GP_AUDIT_HASH_TEXT, "room for a hash");
	out->seq = audit->head.seq;
	memcpy(out->head, audit->head.hash, sizeof(out->head));
	out->broken = audit->broken;
}

static enum gp_status write_record(struct gp_audit *audit, const struct gp_audit_record *record,
				   struct gp_error *err)
{
	struct batch batch;
	enum gp_status st = ready(audit, err);
	if (st != GP_ST_OK) {
		audit->notes.lost++;
		return st;
	}
	st = begin(audit, record->time_s, &batch);
	if (st == GP_ST_OK) {
		st = add_record(&batch, record);
	}
	if (st != GP_ST_OK) {
		audit->notes.lost++;
		(void)gp_fail(err, st, "audit: the record could not be composed");
	} else {
		st = commit(audit, &batch, err);
	}
	gp_buf_free(&batch.lines);
	return st;
}

/* How it went, for who asks later. */
static enum gp_status conclude(struct gp_audit *audit, enum gp_status st, int64_t time_s,
			       struct gp_error *err)
{
	audit->trouble_s = st != GP_ST_OK ? time_s : 0;
	if (st != GP_ST_OK && err != NULL) {
		*err = audit->trouble;
	}
	return st;
}

enum gp_status gp_audit_write(struct gp_audit *audit, const struct gp_audit_record *record,
			      struct gp_error *err)
{
	audit->trouble = (struct gp_error){0};
	enum gp_status st = write_record(audit, record, &audit->trouble);
	if (st == GP_ST_OK && audit->journal != NULL) {
		gp_buf_auto struct gp_buf fields = GP_BUF(GP_JOURNAL_RECORD);
		gp_audit_journal_fields(&fields, record);
		gp_audit_head_fields(&fields, &audit->head);
		to_journal(audit, &fields);
	}
	return conclude(audit, st, record->time_s, err);
}

/* As many of EVENTS as go into one batch; *DONE is how many. */
static enum gp_status write_some(struct gp_audit *audit, const struct gp_audit_event *events,
				 size_t count, int64_t time_s, size_t *done, struct gp_error *err)
{
	struct batch batch;
	enum gp_status st = ready(audit, err);
	if (st != GP_ST_OK) {
		return st;
	}
	st = begin(audit, time_s, &batch);
	while (st == GP_ST_OK && batch.count < count && batch.lines.len < BATCH_FULL) {
		st = add_event(&batch, &events[batch.count]);
		batch.count++;
	}
	if (st != GP_ST_OK) {
		(void)gp_fail(err, st, "audit: the event could not be composed");
	} else if (batch.lines.len > 0) {
		st = commit(audit, &batch, err);
		*done = batch.count;
	}
	gp_buf_free(&batch.lines);
	return st;
}

static void events_to_journal(struct gp_audit *audit, const struct gp_audit_event *events,
			      size_t count)
{
	for (size_t i = 0; i < count && count <= JOURNAL_EVENTS; i++) {
		gp_buf_auto struct gp_buf fields = GP_BUF(GP_JOURNAL_RECORD);
		gp_audit_event_journal_fields(&fields, &events[i]);
		gp_audit_head_fields(&fields, &audit->head);
		to_journal(audit, &fields);
	}
	if (count > JOURNAL_EVENTS) {
		head_to_journal(audit);
	}
}

enum gp_status gp_audit_events_write(struct gp_audit *audit, const struct gp_audit_event *events,
				     size_t count, struct gp_error *err)
{
	enum gp_status st = GP_ST_OK;
	size_t written = 0;
	if (count == 0) {
		return GP_ST_OK;
	}
	audit->trouble = (struct gp_error){0};
	while (st == GP_ST_OK && written < count) {
		size_t done = 0;
		st = write_some(audit, events + written, count - written, events[0].time_s, &done,
				&audit->trouble);
		written += done; /* those of a batch that failed are counted as lost already */
	}
	audit->notes.lost += count - written;
	if (st == GP_ST_OK && audit->journal != NULL) {
		events_to_journal(audit, events, count);
	}
	return conclude(audit, st, events[0].time_s, err);
}

enum gp_status gp_audit_event_write(struct gp_audit *audit, const struct gp_audit_event *event,
				    struct gp_error *err)
{
	return gp_audit_events_write(audit, event, 1, err);
}

void gp_audit_tick(struct gp_audit *audit, int64_t wall_s, int64_t monotonic_ms)
{
	struct gp_error err = {0};
	size_t done = 0;
	if (ready(audit, &err) == GP_ST_OK && audit->notes.count > 0 &&
	    write_some(audit, NULL, 0, wall_s, &done, &err) != GP_ST_OK) {
		gp_log(GP_LOG_WARN, "audit-notes-not-written", "error=%s", err.text);
	}
	const bool advanced = !audit->was_told || audit->told.seq != audit->head.seq;
	const bool due = !audit->was_told || monotonic_ms - audit->told_ms >= GP_AUDIT_HEAD_MS;
	if (audit->journal != NULL && advanced && due) {
		audit->told_ms = monotonic_ms;
		audit->was_told = true;
		head_to_journal(audit);
	}
}
