/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest who is logged in wants to become somebody else. Refused, unless root names a group in
 * ids.conf: then the daemon is asked, and what it says about who asks counts here.
 */
#ifndef GP_PAM_MODULE_STEP_UP_H
#define GP_PAM_MODULE_STEP_UP_H

#include "pam_module/caller.h"
#include "pam_module/ours.h"

/* Has root said that the daemon may let guests become somebody else? PATH is ids.conf. */
bool gp_step_up_permitted(const char *path);

/* The guest who asks: all of CALLER's identities that are a guest's must be one and the same, and
 * the host's whole NSS must agree. GP_ST_CONFLICT when they are not, or it does not. */
enum gp_status gp_step_up_find(pam_handle_t *pamh, const struct gp_directory_view *view,
			       const struct gp_caller *caller, struct gp_guest *out) gp_must_check;

#endif
