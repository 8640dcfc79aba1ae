/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers by root's word: carried over from another installation, chosen for somebody who could not
 * get the one of his hash, or held because nobody knows whose they were. What was given once is
 * never changed.
 */
#ifndef GP_DIRECTORY_NUMBERS_H
#define GP_DIRECTORY_NUMBERS_H

#include "directory/sync.h"
#include "identity/number_line.h"

/* The numbers of this tenant's guests, present and departed, and those that are held, as the
 * database has them: at most MOST lines, those behind PLACE. *NEXT is the place to go on behind; 0
 * when that was all. PLACE 0 is the beginning; what was said of it stays true while numbers are
 * given. */
enum gp_status gp_numbers_list(const struct gp_sync *sync, uint64_t place, size_t most,
			       struct gp_number_line *lines, size_t *count, uint64_t *next,
			       struct gp_error *err) gp_must_check;
/* All of these lines, or none: GP_ST_CONFLICT or GP_ST_INVALID with the reason, and *AT is the line
 * that it is about. With CHECK nothing is done. *ADDED: those that were new. Who is known since
 * later than a line says is known since then. */
enum gp_status gp_numbers_import(struct gp_sync *sync, const struct gp_number_line *lines,
				 size_t count, bool check, size_t *added, size_t *at,
				 struct gp_error *err) gp_must_check;
/* The guest OID, who has none yet, gets UID. GP_ST_NOT_FOUND, GP_ST_CONFLICT, GP_ST_DENIED, or
 * GP_ST_INVALID with the reason. */
enum gp_status gp_numbers_set(struct gp_sync *sync, const char *oid, uint32_t uid,
			      struct gp_error *err) gp_must_check;
/* The numbers that are published and that the database does not know are held: never given to
 * anybody but the very guest whose they are by name and hash. Then others get numbers again. */
enum gp_status gp_numbers_hold_published(struct gp_sync *sync, size_t *held,
					 struct gp_error *err) gp_must_check;
/* What was changed takes effect: everybody is planned anew. */
void gp_numbers_apply(struct gp_sync *sync);

#endif
