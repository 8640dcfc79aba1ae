/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tenant's administrators decided about sign-ins: Conditional Access policies, named
 * locations, trust between tenants. These calls share one request a second among everybody in the
 * tenant, so they are asked slowly, and never because somebody logs in.
 */
#ifndef GP_GRAPH_POLICIES_H
#define GP_GRAPH_POLICIES_H

#include "graph/graph.h"

#define GP_PERMISSION_POLICY "Policy.Read.All"
#define GP_POLICIES_TEXT_MAX (4U << 20)
/* A tenant has one request a second, and more hosts than this one. */
#define GP_POLICY_PAUSE_MS 2000

/* All of it, or an error: TEXT is a JSON object that holds Graph's answers verbatim, as
 * policy/ca_policy.h describes it. Borrowed. GP_ST_DENIED: the permission is missing.
 * GP_ST_TOO_BIG: more than GP_POLICIES_TEXT_MAX. It takes some minutes where others ask too. */
typedef void gp_graph_policies_done(void *arg, enum gp_status status, struct gp_str text,
				    const struct gp_error *err);
enum gp_status gp_graph_get_policies(struct gp_graph *graph, gp_graph_policies_done *done,
				     void *arg, struct gp_graph_call **out) gp_must_check;

/* POST /users/{id}/getMemberGroups: every group that OID is in, directly or not. GROUPS are
 * borrowed, lower case. GP_ST_TOO_BIG: too many for one answer (Graph: 11,000). */
#define GP_MEMBER_GROUPS_MAX 11000
typedef void gp_graph_member_groups_done(void *arg, enum gp_status status,
					 const char (*groups)[GP_GUID_TEXT], size_t n,
					 const struct gp_error *err);
enum gp_status gp_graph_get_member_groups(struct gp_graph *graph, const char *oid,
					  const char *correlation_id,
					  gp_graph_member_groups_done *done, void *arg,
					  struct gp_graph_call **out) gp_must_check;

#endif
