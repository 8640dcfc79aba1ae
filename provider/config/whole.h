/* SPDX-License-Identifier: Apache-2.0 */
/* A file of this host that is not ours, read wholly or not at all. */
#ifndef GP_CONFIG_WHOLE_H
#define GP_CONFIG_WHOLE_H

#include <stddef.h>

/* The bytes of the regular file PATH, of which *LEN says how many; freed by the caller. NULL: it
 * cannot be read, or is not smaller than 4 MiB. No NUL ends them. */
char *gp_whole_read(const char *path, size_t *len);

#endif
