/* SPDX-License-Identifier: Apache-2.0 */
/* Room-private. */
#ifndef GP_STORE_AUDIT_TAIL_H
#define GP_STORE_AUDIT_TAIL_H

#include <sys/types.h>

/* Where the last whole line of a file of SIZE bytes ends; -1 if that cannot be told. */
off_t gp_audit_whole_until(int fd, off_t size);

#endif
