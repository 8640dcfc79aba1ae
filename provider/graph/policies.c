/* SPDX-License-Identifier: Apache-2.0 */
#include "graph/policies.h"

#include "graph/internal.h"

#include "contract/ban.h"

#define LIMIT_MS 900000

enum gp_status gp_graph_get_policies(struct gp_graph *graph, gp_graph_policies_done *done,
				     void *arg, struct gp_graph_call **out)
{
	static const char permission[] = GP_PERMISSION_POLICY;
	static const struct gp_graph_question questions[] = {
		{.name = "policies",
		 .path = "/v1.0/identity/conditionalAccess/policies",
		 .permission = permission,
		 .list = true},
		{.name = "locations",
		 .path = "/v1.0/identity/conditionalAccess/namedLocations",
		 .permission = permission,
		 .list = true},
		{.name = "default",
		 .path = "/v1.0/policies/crossTenantAccessPolicy/default",
		 .permission = permission},
		{.name = "partners",
		 .path = "/v1.0/policies/crossTenantAccessPolicy/partners",
		 .permission = permission,
		 .list = true},
	};
	const struct gp_graph_survey survey = {
		.questions = questions,
		.len = sizeof(questions) / sizeof(questions[0]),
		.limit_ms = LIMIT_MS,
		.pause_ms = graph->policy_pause_ms,
		.text_max = GP_POLICIES_TEXT_MAX,
		.done = done,
		.arg = arg,
	};
	return gp_graph_ask_all(graph, &survey, out);
}
