/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of the plan: plan.c has the guests, plan_groups.c the groups and who stands where. */
#ifndef GP_DIRECTORY_PLAN_INTERNAL_H
#define GP_DIRECTORY_PLAN_INTERNAL_H

#include "directory/plan.h"

/* Fills OUT's groups and added_groups. */
enum gp_status gp_plan_groups(const struct gp_plan_input *in, struct gp_plan *out,
			      struct gp_error *err) gp_must_check;

#endif
