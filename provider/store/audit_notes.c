/* SPDX-License-Identifier: Apache-2.0 */
#include "store/audit_notes.h"

#include "contract/ban.h"

void gp_audit_note(struct gp_audit_notes *notes, const char *event, const char *decision,
		   const char *detail)
{
	if (notes->count == GP_AUDIT_NOTES) {
		notes->lost++;
		return;
	}
	struct gp_audit_note *note = &notes->notes[notes->count++];
	*note = (struct gp_audit_note){.event = event};
	/* Ours, and short enough; what were not would be left out. */
	if (decision != NULL &&
	    gp_copy(note->decision, sizeof(note->decision), gp_str_from(decision)) != GP_ST_OK) {
		note->decision[0] = '\0';
	}
	if (gp_copy(note->detail, sizeof(note->detail), gp_str_from(detail)) != GP_ST_OK) {
		note->detail[0] = '\0';
	}
}

size_t gp_audit_notes_events(const struct gp_audit_notes *notes, int64_t time_s,
			     struct gp_audit_event out[static GP_AUDIT_NOTES + 1],
			     char detail[static 64])
{
	size_t n = 0;
	for (; n < notes->count; n++) {
		out[n] = (struct gp_audit_event){.time_s = time_s,
						 .event = notes->notes[n].event,
						 .by = "guestpassd",
						 .detail = notes->notes[n].detail,
						 .decision = notes->notes[n].decision};
	}
	if (notes->lost > 0 &&
	    gp_format(detail, 64, "count=%llu", (unsigned long long)notes->lost) == GP_ST_OK) {
		out[n++] = (struct gp_audit_event){.time_s = time_s,
						   .event = "records-lost",
						   .by = "guestpassd",
						   .detail = detail};
	}
	return n;
}

void gp_audit_notes_written(struct gp_audit_notes *notes, size_t count)
{
	const size_t gone = count < notes->count ? count : notes->count;
	if (count > notes->count) {
		notes->lost = 0;
	}
	notes->count -= gone;
	memmove(notes->notes, notes->notes + gone, notes->count * sizeof(notes->notes[0]));
}
