/* SPDX-License-Identifier: Apache-2.0 */
/* What becomes of a plan that has done its work: a part of it goes, and one day all. */
#include <stdlib.h>

#include "directory/plan.h"

#include "contract/ban.h"

void gp_plan_forget_changes(struct gp_plan *plan)
{
	free(plan->added);
	free(plan->added_groups);
	free(plan->moves);
	plan->added = NULL;
	plan->added_groups = NULL;
	plan->moves = NULL;
	plan->added_count = plan->added_group_count = plan->move_count = 0;
}

void gp_plan_free(struct gp_plan *plan)
{
	if (plan == NULL) {
		return;
	}
	gp_plan_forget_changes(plan);
	free(plan->guests);
	free(plan->groups);
	*plan = (struct gp_plan){0};
}
