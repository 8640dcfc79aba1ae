/* SPDX-License-Identifier: Apache-2.0 */
#include "pam_module/step_up.h"

#include <stdlib.h>

#include "contract/ids_conf.h"

#include "contract/ban.h"

bool gp_step_up_permitted(const char *path)
{
	struct gp_ids_rules *rules = malloc(sizeof(*rules));
	bool permitted = rules != NULL && gp_ids_conf_load(path, rules, NULL) == GP_ST_OK &&
			 rules->sudo_group[0] != '\0';
	free(rules);
	return permitted;
}

/* USER joins what is known of the guest in OUT. */
static enum gp_status join(const struct gp_directory_user *user, struct gp_guest *out)
{
	if (out->name[0] != '\0')
		return out->uid == user->uid && gp_str_is(user->name, out->name) ? GP_ST_OK
										 : GP_ST_CONFLICT;
	out->uid = user->uid;
	return gp_copy(out->name, sizeof(out->name), user->name);
}

/* A number in the guests' range that is nobody's now is no guest who could be asked about. */
static enum gp_status join_uid(const struct gp_directory_view *view, uint32_t uid,
			       struct gp_guest *out)
{
	struct gp_directory_user user;
	struct gp_caller one = {.uid = uid, .login_uid = GP_CALLER_NO_UID};
	if (!gp_caller_is_guest(view, &one))
		return GP_ST_OK;
	if (gp_directory_find_uid(view, uid, &user) != GP_ST_OK)
		return GP_ST_CONFLICT;
	return join(&user, out);
}

enum gp_status gp_step_up_find(pam_handle_t *pamh, const struct gp_directory_view *view,
			       const struct gp_caller *caller, struct gp_guest *out)
{
	struct gp_directory_user user;
	struct gp_guest joined = {0};
	if (view == NULL)
		return GP_ST_NOT_FOUND;
	enum gp_status st = join_uid(view, caller->uid, &joined);
	if (st == GP_ST_OK)
		st = join_uid(view, caller->login_uid, &joined);
	struct gp_str name = gp_str_from(caller->name);
	if (st == GP_ST_OK && name.len > 0 && name.len <= GP_DIRECTORY_NAME_MAX &&
	    gp_directory_find_user(view, name, &user) == GP_ST_OK)
		st = join(&user, &joined);
	if (st != GP_ST_OK)
		return st;
	return gp_ours_find(pamh, view, joined.name, out);
}
