/* SPDX-License-Identifier: Apache-2.0 */
/* A login's supplementary groups: they stand in the user's record, so no group is searched. */
#include <stdlib.h>

#include "contract/directory.h"
#include "nss_module/answer.h"
#include "nss_module/mapping.h"
#include "nss_module/nss_guestpass.h"

#include "contract/ban.h"

/* glibc's list of groups, which it lets us enlarge; the one allocation in this module. */
struct list {
	long int *start;
	long int *size;
	gid_t **groups;
	long int limit;
};

static bool make_room(const struct list *l, size_t more)
{
	size_t used = (size_t)*l->start;
	if ((size_t)*l->size - used >= more)
		return true;
	size_t want = used + more;
	if (l->limit > 0 && want > (size_t)l->limit)
		want = (size_t)l->limit;
	if (want <= (size_t)*l->size)
		return true;
	gid_t *bigger = reallocarray(*l->groups, want, sizeof(gid_t));
	if (bigger == NULL)
		return false;
	*l->groups = bigger;
	*l->size = (long int)want;
	return true;
}

static enum nss_status add_groups(const struct gp_directory_user *user, gid_t primary,
				  const struct list *l, int *errnop)
{
	if (!make_room(l, user->gid_count)) {
		*errnop = ENOMEM;
		return NSS_STATUS_TRYAGAIN;
	}
	for (uint32_t i = 0; i < user->gid_count && *l->start < *l->size; i++) {
		uint32_t gid = gp_directory_user_gid(user, i);
		if (gid < GP_DIRECTORY_NUMBER_FLOOR || gid == UINT32_MAX)
			return gp_nss_no(GP_ST_INVALID, errnop);
		if (gid != primary)
			(*l->groups)[(*l->start)++] = gid;
	}
	return NSS_STATUS_SUCCESS;
}

enum nss_status _nss_guestpass_initgroups_dyn(const char *user, gid_t group, long int *start,
					      long int *size, gid_t **groups, long int limit,
					      int *errnop) // NOLINT(readability-function-size)
{
	gp_nss_unset struct gp_nss_hold hold;
	gp_nss_unset struct gp_directory_user record;
	const struct list list = {start, size, groups, limit};
	enum gp_status st = GP_ST_UNAVAILABLE;

	gp_nss_enter(&hold);
	if (hold.view != NULL)
		st = gp_directory_find_user(hold.view, gp_nss_name(user), &record);
	enum nss_status answer =
		st == GP_ST_OK ? add_groups(&record, group, &list, errnop) : gp_nss_no(st, errnop);
	gp_nss_leave(&hold);
	return answer;
}
