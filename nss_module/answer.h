/* SPDX-License-Identifier: Apache-2.0 */
/* What the maps share: names from callers, statuses for glibc, and the place of an enumeration. */
#ifndef GP_NSS_MODULE_ANSWER_H
#define GP_NSS_MODULE_ANSWER_H

#include <errno.h>
#include <nss.h>

#include "contract/directory.h"

/* The caller's text as far as it could be a name: one byte more than a name may have is enough to
 * be found by nothing. */
static inline struct gp_str gp_nss_name(const char *text)
{
	return (struct gp_str){text, text != NULL ? strnlen(text, GP_DIRECTORY_NAME_MAX + 1) : 0};
}

static inline enum nss_status gp_nss_too_small(int *errnop)
{
	*errnop = ERANGE;
	return NSS_STATUS_TRYAGAIN;
}

/* For whatever is not GP_ST_OK: absent, or a record that must not be believed. */
static inline enum nss_status gp_nss_no(enum gp_status st, int *errnop)
{
	*errnop = ENOENT;
	return st == GP_ST_NOT_FOUND ? NSS_STATUS_NOTFOUND : NSS_STATUS_UNAVAIL;
}

/* Where an enumeration stands: no descriptor and no hold, so it may be left lying around. After
 * an exchange of the file it goes on behind the last name that it gave. glibc locks around it. */
struct gp_nss_cursor {
	uint64_t generation; /* of the file that AT belongs to; 0: at the start */
	size_t at;
	char last[GP_DIRECTORY_NAME_MAX + 1];
};

void gp_nss_rewind(struct gp_nss_cursor *cursor);
/* The next record, without moving; gp_nss_advance() moves once the answer fitted. */
enum gp_status gp_nss_next_user(const struct gp_directory_view *view,
				const struct gp_nss_cursor *cursor, struct gp_directory_user *out,
				size_t *next);
enum gp_status gp_nss_next_group(const struct gp_directory_view *view,
				 const struct gp_nss_cursor *cursor, struct gp_directory_group *out,
				 size_t *next);
void gp_nss_advance(struct gp_nss_cursor *cursor, uint64_t generation, size_t next,
		    struct gp_str name);

#endif
