/* SPDX-License-Identifier: Apache-2.0 */
/* What stands behind the checks of an answer to "why": the passes that were found, and each policy
 * with a location and what it means for the address. */
#ifndef GP_IPC_WHY_PARTS_H
#define GP_IPC_WHY_PARTS_H

#include "contract/buf.h"
#include "policy/conditional_access.h"
#include "policy/pass.h"

#define GP_WHY_POLICIES_MAX 32768U /* bytes of them; the others are counted */

struct gp_why_policies {
	struct gp_buf rows; /* JSON objects, with commas between them */
	unsigned int left_out;
};

/* Takes one policy; a gp_ca_each whose ARG is a struct gp_why_policies. */
void gp_why_policy(void *arg, const struct gp_ca_finding *finding);
/* ,"policies":[...],"policies_left_out":N */
void gp_why_write_policies(struct gp_buf *out, const struct gp_why_policies *policies);
/* ,"passes":[...]: all that was found, those of the past too. Without a beginning or an end the
 * member is null. */
void gp_why_write_passes(struct gp_buf *out, const struct gp_pass_facts *passes);

#endif
