/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who asks to become somebody else? In su, sudo and their like the caller decides, not the name
 * that is to be become: a guest stays under the rules for guests.
 */
#ifndef GP_PAM_MODULE_CALLER_H
#define GP_PAM_MODULE_CALLER_H

#include <stdbool.h>
#include <stdint.h>

#include "contract/directory.h"

#define GP_CALLER_LOGINUID_PATH "/proc/self/loginuid"
#define GP_CALLER_NO_UID        UINT32_MAX /* also what the kernel says of "not set" */

struct gp_caller {
	uint32_t uid;       /* real uid of the process; sudo makes it 0 before it asks PAM */
	uint32_t login_uid; /* who logged in, whatever he became since; or GP_CALLER_NO_UID */
	const char *name;   /* PAM_RUSER: su and sudo put the caller's name there; or NULL */
};

/* Is SERVICE one in which somebody who is logged in becomes somebody else? */
bool gp_caller_matters(const char *service);

/* The login uid from PATH; GP_CALLER_NO_UID if it cannot be read. */
uint32_t gp_caller_read_login_uid(const char *path);

/* Is any of the caller's identities a guest's? Without a directory (VIEW is NULL) the range that
 * guests have by default is one of guests: no file must not mean more rights. */
bool gp_caller_is_guest(const struct gp_directory_view *view, const struct gp_caller *caller);

#endif
