/* SPDX-License-Identifier: Apache-2.0 */
/* Where a sync reads: Graph's client, or a test's own. */
#ifndef GP_DIRECTORY_SOURCE_H
#define GP_DIRECTORY_SOURCE_H

#include "graph/graph.h"

/* The questions of graph/graph.h; none of them calls back from within. */
struct gp_source_ops {
	enum gp_status (*list)(struct gp_graph *graph, const char *group_id,
			       const struct gp_graph_listing *listing, struct gp_graph_call **out);
	enum gp_status (*delta)(struct gp_graph *graph, const struct gp_delta_request *request,
				const struct gp_delta_sink *sink, struct gp_graph_call **out);
	enum gp_status (*users)(struct gp_graph *graph, const char (*ids)[GP_GUID_TEXT], size_t n,
				const struct gp_graph_users *users, struct gp_graph_call **out);
	enum gp_status (*user)(struct gp_graph *graph, const char *oid, const char *correlation_id,
			       gp_graph_user_done *done, void *arg, struct gp_graph_call **out);
	enum gp_status (*find)(struct gp_graph *graph, const char *mail, const char *correlation_id,
			       gp_graph_user_done *done, void *arg, struct gp_graph_call **out);
	enum gp_status (*groups)(struct gp_graph *graph, const char *oid,
				 const char (*groups)[GP_GUID_TEXT], size_t n,
				 const char *correlation_id, gp_graph_groups_done *done, void *arg,
				 struct gp_graph_call **out);
	void (*cancel)(struct gp_graph_call *call);
};

/* How far a read has come. */
struct gp_progress {
	size_t groups;  /* read */
	size_t waiting; /* groups that are known and not read yet */
	size_t users;   /* memberships told */
};

#endif
