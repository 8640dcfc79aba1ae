/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "Is this name ours?" A name is a guest's only if the published directory has it and the whole
 * NSS of the host answers with the same number and name. Any other name is somebody else's, and we
 * do not know it: no socket, no network, no wait.
 */
#ifndef GP_PAM_MODULE_OURS_H
#define GP_PAM_MODULE_OURS_H

#include <stdint.h>

#include <security/pam_modules.h>

#include "contract/directory.h"
#include "contract/status.h"

struct gp_guest {
	char name[GP_DIRECTORY_NAME_MAX + 1]; /* canonical, whatever spelling was typed */
	uint32_t uid;
};

/* GP_ST_OK if TYPED is a guest's name. GP_ST_NOT_FOUND if the directory does not have it,
 * GP_ST_CONFLICT if NSS disagrees with the directory, GP_ST_INVALID for a damaged record: none of
 * these is ours. VIEW may be NULL when there is no directory. */
enum gp_status gp_ours_find(pam_handle_t *pamh, const struct gp_directory_view *view,
			    const char *typed, struct gp_guest *out) gp_must_check;

#endif
