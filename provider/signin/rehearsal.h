/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asks Graph once what every sign-in will ask, with one guest, so that a permission that the reader
 * lacks shows in status before somebody stands at the door. Nothing is decided by the answers.
 */
#ifndef GP_SIGNIN_REHEARSAL_H
#define GP_SIGNIN_REHEARSAL_H

#include "directory/sync.h"
#include "signin/tenant.h"

struct gp_rehearsal;
enum gp_status gp_rehearsal_new(const struct gp_sync *sync,
				struct gp_rehearsal **out) gp_must_check;
/* NULL is allowed; a question under way is forgotten. */
void gp_rehearsal_free(struct gp_rehearsal *rehearsal);
/* To be called after each read of the groups: asks if everything was read since the last time, or
 * TENANT is another, and there is a guest to ask about. */
void gp_rehearsal_read(struct gp_rehearsal *rehearsal, struct gp_tenant *tenant);

#endif
