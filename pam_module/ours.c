/* SPDX-License-Identifier: Apache-2.0 */
#include "pam_module/ours.h"

#include <pwd.h>
#include <stddef.h>

#include <security/pam_modutil.h>

#include "contract/ban.h"

enum gp_status gp_ours_find(pam_handle_t *pamh, const struct gp_directory_view *view,
			    const char *typed, struct gp_guest *out)
{
	struct gp_directory_user user = {0};

	if (view == NULL || typed == NULL)
		return GP_ST_NOT_FOUND;
	struct gp_str name = {typed, strnlen(typed, GP_DIRECTORY_NAME_MAX + 1)};
	if (name.len == 0 || name.len > GP_DIRECTORY_NAME_MAX)
		return GP_ST_NOT_FOUND;
	enum gp_status st = gp_directory_find_user(view, name, &user);
	if (st != GP_ST_OK)
		return st;

	/* A local account of the same name comes first in nsswitch.conf: then the name is its. */
	const struct passwd *pw = pam_modutil_getpwnam(pamh, typed);
	if (pw == NULL || pw->pw_uid != user.uid || !gp_str_is(user.name, pw->pw_name))
		return GP_ST_CONFLICT;
	st = gp_copy(out->name, sizeof(out->name), user.name);
	if (st == GP_ST_OK)
		out->uid = user.uid;
	return st;
}
