/* SPDX-License-Identifier: Apache-2.0 */
/* Whose is the home directory? Names pass from one guest to another, numbers do not. */
#ifndef GP_PAM_MODULE_HOME_H
#define GP_PAM_MODULE_HOME_H

#include <stdbool.h>
#include <stdint.h>

#include <security/pam_modules.h>

/* False when NAME's home is there and is not a directory of number UID: what lies in it is another
 * person's, and must neither be read nor obeyed. One that is not there yet is fine. */
bool gp_home_ok(pam_handle_t *pamh, const char *name, uint32_t uid);

#endif
