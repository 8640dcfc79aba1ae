/* SPDX-License-Identifier: Apache-2.0 */
/*
 * No guest has a password: every entry is locked, and locked with a '!' so that an sshd without PAM
 * turns guests away too, whatever keys they hold.
 */
#include "contract/directory.h"
#include "nss_module/answer.h"
#include "nss_module/mapping.h"
#include "nss_module/nss_guestpass.h"

#include "contract/ban.h"

static struct gp_nss_cursor cursor;
static const char locked[] = "!*";

static enum nss_status fill(const struct gp_directory_user *u, struct spwd *result, char *buffer,
			    size_t size, int *errnop)
{
	size_t len = u->name.len + 1;
	if (size < len + sizeof(locked))
		return gp_nss_too_small(errnop);
	memcpy(buffer, u->name.ptr, len);
	memcpy(buffer + len, locked, sizeof(locked));
	result->sp_namp = buffer;
	result->sp_pwdp = buffer + len;
	/* -1 is how shadow says "not set": a password that does not exist does not age. */
	result->sp_lstchg = -1;
	result->sp_min = -1;
	result->sp_max = -1;
	result->sp_warn = -1;
	result->sp_inact = -1;
	result->sp_expire = u->expiry_day;
	result->sp_flag = ~0UL;
	return NSS_STATUS_SUCCESS;
}

enum nss_status _nss_guestpass_getspnam_r(const char *name, struct spwd *result, char *buffer,
					  size_t size, int *errnop)
{
	gp_nss_unset struct gp_nss_hold hold;
	gp_nss_unset struct gp_directory_user user;
	enum gp_status st = GP_ST_UNAVAILABLE;

	gp_nss_enter(&hold);
	if (hold.view != NULL)
		st = gp_directory_find_user(hold.view, gp_nss_name(name), &user);
	enum nss_status answer =
		st == GP_ST_OK ? fill(&user, result, buffer, size, errnop) : gp_nss_no(st, errnop);
	gp_nss_leave(&hold);
	return answer;
}

enum nss_status _nss_guestpass_setspent(int stay_open)
{
	(void)stay_open;
	gp_nss_rewind(&cursor);
	return NSS_STATUS_SUCCESS;
}

enum nss_status _nss_guestpass_getspent_r(struct spwd *result, char *buffer, size_t size,
					  int *errnop)
{
	gp_nss_unset struct gp_nss_hold hold;
	gp_nss_unset struct gp_directory_user user;
	enum gp_status st = GP_ST_UNAVAILABLE;
	size_t next = 0;

	gp_nss_enter(&hold);
	if (hold.view != NULL)
		st = gp_nss_next_user(hold.view, &cursor, &user, &next);
	enum nss_status answer =
		st == GP_ST_OK ? fill(&user, result, buffer, size, errnop) : gp_nss_no(st, errnop);
	if (answer == NSS_STATUS_SUCCESS)
		gp_nss_advance(&cursor, hold.view->generation, next, user.name);
	gp_nss_leave(&hold);
	return answer;
}

enum nss_status _nss_guestpass_endspent(void)
{
	gp_nss_rewind(&cursor);
	return NSS_STATUS_SUCCESS;
}
