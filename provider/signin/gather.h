/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fresh facts of one guest from Graph, all at once: his object, the tier's groups, and whatever the
 * bases of those groups and the tier's other demands need, and no more.
 */
#ifndef GP_SIGNIN_GATHER_H
#define GP_SIGNIN_GATHER_H

#include "policy/facts.h"
#include "signin/tenant.h"

struct gp_gathered {
	bool has_user, user_gone;
	struct gp_user user;
	enum gp_tri member;                          /* of any access group */
	enum gp_tri member_of[GP_CONFIG_GROUPS_MAX]; /* of each, by place */
	struct gp_pass_object *objects; /* only those that hold or held; room for one more */
	size_t objects_len;
	bool packages_read, activations_read; /* all of that kind that the tier's groups need */
	enum gp_tri has_sponsor;
	char sponsor[GP_SPONSOR_MAX];
	enum gp_tri leave_read;
	int64_t leave_s; /* 0: none */
	/* every group that he is in, read only where location policies count */
	char (*groups)[GP_GUID_TEXT];
	size_t groups_len;
	bool groups_read;
	enum gp_tri sudo_member; /* of sudo_group */
};

struct gp_gather;
/* Once, later. GP_ST_OK: what could not be read because the reader may not (tenant.h keeps that for
 * status) is simply not known; anything else ended the whole. */
typedef void gp_gather_done(void *arg, enum gp_status status, const struct gp_error *err);
/* TENANT is borrowed. STEP_UP: what sudo_group needs is asked too. */
enum gp_status gp_gather_start(struct gp_tenant *tenant, const char *oid,
			       const char *correlation_id, bool step_up, gp_gather_done *done,
			       void *arg, struct gp_gather **out) gp_must_check;
/* What has arrived so far. */
struct gp_gathered *gp_gather_facts(struct gp_gather *gather);
/* Into FACTS, which borrow from GATHER. */
void gp_gather_apply(struct gp_gather *gather, const struct gp_config *config,
		     struct gp_facts *facts);
/* Root's grant is one of the objects too. Once. */
void gp_gather_add(struct gp_gather *gather, const struct gp_pass_object *grant,
		   struct gp_facts *facts);
/* Forgets every call under way; NULL is allowed. */
void gp_gather_free(struct gp_gather *gather);

#endif
