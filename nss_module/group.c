/* SPDX-License-Identifier: Apache-2.0 */
#include "contract/directory.h"
#include "nss_module/answer.h"
#include "nss_module/mapping.h"
#include "nss_module/nss_guestpass.h"

#include "contract/ban.h"

static struct gp_nss_cursor cursor;

/* The list of members, its strings, the name, "x": pointers first, since they want alignment. */
static enum nss_status fill(const struct gp_directory_group *g, struct group *result, char *buffer,
			    size_t size, int *errnop)
{
	size_t skip = -(uintptr_t)buffer & (_Alignof(char *) - 1);
	size_t list = ((size_t)g->member_count + 1) * sizeof(char *);
	if (size < skip || size - skip < list ||
	    size - skip - list < g->member_names_len + g->name.len + 3)
		return gp_nss_too_small(errnop);
	char **member = (void *)(buffer + skip);
	char *names = buffer + skip + list;
	char *rest = names + g->member_names_len;
	memcpy(names, g->member_names, g->member_names_len);
	memcpy(rest, g->name.ptr, g->name.len + 1);
	memcpy(rest + g->name.len + 1, "x", 2);
	result->gr_name = rest;
	result->gr_passwd = rest + g->name.len + 1;
	result->gr_gid = g->gid;
	result->gr_mem = member;
	/* Each name must end where its length says, so that no string runs into what follows. */
	for (uint32_t i = 0; i < g->member_count; i++) {
		size_t len = g->member_lens[i];
		if ((size_t)(rest - names) <= len || names[len] != '\0')
			return gp_nss_no(GP_ST_INVALID, errnop);
		*member++ = names;
		names += len + 1;
	}
	*member = NULL;
	return NSS_STATUS_SUCCESS;
}

enum nss_status _nss_guestpass_getgrnam_r(const char *name, struct group *result, char *buffer,
					  size_t size, int *errnop)
{
	gp_nss_unset struct gp_nss_hold hold;
	gp_nss_unset struct gp_directory_group group;
	enum gp_status st = GP_ST_UNAVAILABLE;

	gp_nss_enter(&hold);
	if (hold.view != NULL)
		st = gp_directory_find_group(hold.view, gp_nss_name(name), &group);
	enum nss_status answer =
		st == GP_ST_OK ? fill(&group, result, buffer, size, errnop) : gp_nss_no(st, errnop);
	gp_nss_leave(&hold);
	return answer;
}

enum nss_status _nss_guestpass_getgrgid_r(gid_t gid, struct group *result, char *buffer,
					  size_t size, int *errnop)
{
	gp_nss_unset struct gp_nss_hold hold;
	gp_nss_unset struct gp_directory_group group;
	enum gp_status st = GP_ST_UNAVAILABLE;

	gp_nss_enter(&hold);
	if (hold.view != NULL)
		st = gp_directory_find_gid(hold.view, gid, &group);
	enum nss_status answer =
		st == GP_ST_OK ? fill(&group, result, buffer, size, errnop) : gp_nss_no(st, errnop);
	gp_nss_leave(&hold);
	return answer;
}

enum nss_status _nss_guestpass_setgrent(int stay_open)
{
	(void)stay_open;
	gp_nss_rewind(&cursor);
	return NSS_STATUS_SUCCESS;
}

enum nss_status _nss_guestpass_getgrent_r(struct group *result, char *buffer, size_t size,
					  int *errnop)
{
	gp_nss_unset struct gp_nss_hold hold;
	gp_nss_unset struct gp_directory_group group;
	enum gp_status st = GP_ST_UNAVAILABLE;
	size_t next = 0;

	gp_nss_enter(&hold);
	if (hold.view != NULL)
		st = gp_nss_next_group(hold.view, &cursor, &group, &next);
	enum nss_status answer =
		st == GP_ST_OK ? fill(&group, result, buffer, size, errnop) : gp_nss_no(st, errnop);
	if (answer == NSS_STATUS_SUCCESS)
		gp_nss_advance(&cursor, hold.view->generation, next, group.name);
	gp_nss_leave(&hold);
	return answer;
}

enum nss_status _nss_guestpass_endgrent(void)
{
	gp_nss_rewind(&cursor);
	return NSS_STATUS_SUCCESS;
}
