/* SPDX-License-Identifier: Apache-2.0 */
/* The one thing that this module says to the daemon, and only in root's processes. */
#ifndef GP_NSS_MODULE_KNOCK_H
#define GP_NSS_MODULE_KNOCK_H

#include "contract/directory.h"

/* NAME is not in VIEW. If this is root's process and the name's domain is one of the file's, the
 * daemon is told, once in 60 s for a name. Nothing is waited for; errno stays. Any other miss costs
 * no system call. */
void gp_nss_knock(const struct gp_directory_view *view, struct gp_str name);

#endif
