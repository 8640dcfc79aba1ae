/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The published directory as this process has it mapped. The mapping is kept for the life of the
 * process and exchanged when the publisher has marked it superseded; a look-up costs no system
 * call. Safe from any number of threads, after fork and in a chroot: no lock is ever taken.
 */
#ifndef GP_NSS_MODULE_MAPPING_H
#define GP_NSS_MODULE_MAPPING_H

#include "contract/directory.h"

/* For what a look-up fills before it reads: the build zeroes every automatic variable, which for
 * these would cost as much as the look-up itself. */
#define gp_nss_unset __attribute__((uninitialized))

/* One look-up's hold on a mapping: it stays mapped until gp_nss_leave(). */
struct gp_nss_hold {
	const struct gp_directory_view *view; /* NULL: there is no usable file now */
	unsigned int slot;
	unsigned int stripe;
	struct gp_directory_view own; /* when all slots were taken: mapped for this look-up only */
};

/* Enters the current mapping, taking up a newer file first if there is one. Keeps errno. */
void gp_nss_enter(struct gp_nss_hold *hold);
void gp_nss_leave(struct gp_nss_hold *hold);

#endif
