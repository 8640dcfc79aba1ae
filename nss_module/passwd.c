/* SPDX-License-Identifier: Apache-2.0 */
#include "contract/directory.h"
#include "nss_module/answer.h"
#include "nss_module/knock.h"
#include "nss_module/mapping.h"
#include "nss_module/nss_guestpass.h"

#include "contract/ban.h"

static struct gp_nss_cursor cursor;

/* The record's four texts stand in one block: one copy, then "x", which sends readers to shadow. */
static enum nss_status fill(const struct gp_directory_user *u, struct passwd *result, char *buffer,
			    size_t size, int *errnop)
{
	size_t len = (size_t)(u->shell.ptr - u->name.ptr) + u->shell.len + 1;
	if (size < len + 2)
		return gp_nss_too_small(errnop);
	memcpy(buffer, u->name.ptr, len);
	memcpy(buffer + len, "x", 2);
	result->pw_name = buffer;
	result->pw_passwd = buffer + len;
	result->pw_uid = u->uid;
	result->pw_gid = u->gid;
	result->pw_gecos = buffer + (u->gecos.ptr - u->name.ptr);
	result->pw_dir = buffer + (u->home.ptr - u->name.ptr);
	result->pw_shell = buffer + (u->shell.ptr - u->name.ptr);
	return NSS_STATUS_SUCCESS;
}

enum nss_status _nss_guestpass_getpwnam_r(const char *name, struct passwd *result, char *buffer,
					  size_t size, int *errnop)
{
	gp_nss_unset struct gp_nss_hold hold;
	gp_nss_unset struct gp_directory_user user;
	enum gp_status st = GP_ST_UNAVAILABLE;
	const struct gp_str wanted = gp_nss_name(name);

	gp_nss_enter(&hold);
	if (hold.view != NULL)
		st = gp_directory_find_user(hold.view, wanted, &user);
	if (__builtin_expect(st == GP_ST_NOT_FOUND, 0))
		gp_nss_knock(hold.view, wanted);
	enum nss_status answer =
		st == GP_ST_OK ? fill(&user, result, buffer, size, errnop) : gp_nss_no(st, errnop);
	gp_nss_leave(&hold);
	return answer;
}

enum nss_status _nss_guestpass_getpwuid_r(uid_t uid, struct passwd *result, char *buffer,
					  size_t size, int *errnop)
{
	gp_nss_unset struct gp_nss_hold hold;
	gp_nss_unset struct gp_directory_user user;
	enum gp_status st = GP_ST_UNAVAILABLE;

	gp_nss_enter(&hold);
	if (hold.view != NULL)
		st = gp_directory_find_uid(hold.view, uid, &user);
	enum nss_status answer =
		st == GP_ST_OK ? fill(&user, result, buffer, size, errnop) : gp_nss_no(st, errnop);
	gp_nss_leave(&hold);
	return answer;
}

enum nss_status _nss_guestpass_setpwent(int stay_open)
{
	(void)stay_open;
	gp_nss_rewind(&cursor);
	return NSS_STATUS_SUCCESS;
}

enum nss_status _nss_guestpass_getpwent_r(struct passwd *result, char *buffer, size_t size,
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

enum nss_status _nss_guestpass_endpwent(void)
{
	gp_nss_rewind(&cursor);
	return NSS_STATUS_SUCCESS;
}
