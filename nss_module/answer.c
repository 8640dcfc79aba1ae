/* SPDX-License-Identifier: Apache-2.0 */
#include "nss_module/answer.h"

#include "contract/ban.h"

void gp_nss_rewind(struct gp_nss_cursor *cursor)
{
	cursor->generation = 0;
	cursor->at = 0;
	cursor->last[0] = '\0';
}

/* Records are in order of name, so what was given already is what is not behind the last one. */
static bool given(const struct gp_nss_cursor *cursor, struct gp_str name)
{
	struct gp_str last = gp_str_from(cursor->last);
	int diff = memcmp(name.ptr, last.ptr, name.len < last.len ? name.len : last.len);
	return diff < 0 || (diff == 0 && name.len <= last.len);
}

enum gp_status gp_nss_next_user(const struct gp_directory_view *view,
				const struct gp_nss_cursor *cursor, struct gp_directory_user *out,
				size_t *next)
{
	bool moved = cursor->generation != view->generation;
	*next = moved ? 0 : cursor->at;
	if (view->unlisted)
		return GP_ST_NOT_FOUND;
	enum gp_status st = gp_directory_next_user(view, next, out);
	while (moved && st == GP_ST_OK && given(cursor, out->name))
		st = gp_directory_next_user(view, next, out);
	return st;
}

enum gp_status gp_nss_next_group(const struct gp_directory_view *view,
				 const struct gp_nss_cursor *cursor, struct gp_directory_group *out,
				 size_t *next)
{
	bool moved = cursor->generation != view->generation;
	*next = moved ? 0 : cursor->at;
	if (view->unlisted)
		return GP_ST_NOT_FOUND;
	enum gp_status st = gp_directory_next_group(view, next, out);
	while (moved && st == GP_ST_OK && given(cursor, out->name))
		st = gp_directory_next_group(view, next, out);
	return st;
}

void gp_nss_advance(struct gp_nss_cursor *cursor, uint64_t generation, size_t next,
		    struct gp_str name)
{
	cursor->generation = generation;
	cursor->at = next;
	if (gp_copy(cursor->last, sizeof(cursor->last), name) != GP_ST_OK)
		gp_nss_rewind(cursor);
}
