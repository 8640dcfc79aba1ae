/* SPDX-License-Identifier: Apache-2.0 */
/* Asking for the rights of one person, page by page. All of them, or an error. */
#include "graph/rights.h"

#include <stdlib.h>

#include "graph/internal.h"

#include "contract/ban.h"

#define LIMIT_MS   60000
#define PAGES_MAX  100
#define ROOM_FIRST 8

static enum gp_status make_room(struct gp_graph_call *call)
{
	if (call->rights_len < call->rights_room)
		return GP_ST_OK;
	size_t room = call->rights_room == 0 ? ROOM_FIRST : call->rights_room * 2;
	struct gp_right *rights = reallocarray(call->rights, room, sizeof(*rights));
	if (rights == NULL)
		return GP_ST_NO_MEMORY;
	call->rights = rights;
	call->rights_room = room;
	return GP_ST_OK;
}

/* Pages can overlap when something changes between them: what is told last counts. */
static enum gp_status on_right(void *arg, const struct gp_right *right)
{
	struct gp_graph_call *call = arg;
	for (size_t i = 0; i < call->rights_len; i++) {
		if (strcmp(call->rights[i].id, right->id) == 0) {
			call->rights[i] = *right;
			return GP_ST_OK;
		}
	}
	if (call->rights_len == GP_RIGHTS_MAX)
		return GP_ST_TOO_BIG;
	enum gp_status st = make_room(call);
	if (st == GP_ST_OK)
		call->rights[call->rights_len++] = *right;
	return st;
}

static void finish(struct gp_graph_call *call, enum gp_status status, const struct gp_error *err)
{
	bool ok = status == GP_ST_OK;
	gp_graph_call_detach(call);
	call->rights_done(call->arg, status, ok ? call->rights : NULL, ok ? call->rights_len : 0,
			  ok ? NULL : err);
	gp_graph_call_free(call);
}

static void on_page(struct gp_graph_call *call, enum gp_status status, struct gp_str body,
		    const struct gp_error *call_err)
{
	char next[GP_GRAPH_URL_MAX] = "";
	struct gp_error err = {0};
	if (status == GP_ST_OK) {
		const struct gp_rights_page page = {.kind = call->rights_kind,
						    .root = call->graph->root,
						    .oid = call->oid,
						    .package = call->package,
						    .right = on_right,
						    .arg = call};
		status = gp_rights_page_parse(body, &page, next, sizeof(next), &err);
	} else {
		err = *call_err;
	}
	/* It is the list that is not there; callers read "not found" as a person who is gone. */
	if (status == GP_ST_NOT_FOUND)
		status = gp_fail(&err, GP_ST_UNAVAILABLE, "Graph has no list of rights");
	if (status == GP_ST_OK && next[0] != '\0') {
		status = gp_graph_next_page(call, next, &err);
		if (status == GP_ST_OK)
			return;
	}
	finish(call, status, &err);
}

/* What both reads have in common. */
static enum gp_status begin(struct gp_graph *graph, const char *oid, const char *correlation_id,
			    enum gp_right_kind kind, struct gp_graph_call **out)
{
	const struct gp_graph_new_call what = {oid, correlation_id, LIMIT_MS, on_page};
	enum gp_status st = oid != NULL ? gp_graph_call_new(graph, &what, out) : GP_ST_INVALID;
	if (st != GP_ST_OK)
		return st;
	(*out)->rights_kind = kind;
	(*out)->permission = kind == GP_RIGHT_PACKAGE ? GP_PERMISSION_PACKAGE : GP_PERMISSION_PIM;
	return GP_ST_OK;
}

static enum gp_status ask(struct gp_graph_call *call, gp_graph_rights_done *done, void *arg,
			  struct gp_graph_call **out)
{
	call->rights_done = done;
	call->arg = arg;
	return gp_graph_call_begun(call, gp_graph_first_page(call, PAGES_MAX), out);
}

enum gp_status gp_graph_get_assignments(struct gp_graph *graph, const char *package_id,
					const char *oid, const char *correlation_id,
					gp_graph_rights_done *done, void *arg,
					struct gp_graph_call **out)
{
	struct gp_graph_call *call = NULL;
	uint8_t package[16];
	if (gp_guid_parse(gp_str_from(package_id), package) != GP_ST_OK)
		return GP_ST_INVALID;
	enum gp_status st = begin(graph, oid, correlation_id, GP_RIGHT_PACKAGE, &call);
	if (st != GP_ST_OK)
		return st;
	gp_guid_format(package, call->package);
	gp_buf_printf(&call->url,
		      "%s/v1.0/identityGovernance/entitlementManagement/assignments"
		      "?$expand=target,accessPackage&$filter=accessPackage/id%%20eq%%20%%27%s%%27"
		      "%%20and%%20target/objectId%%20eq%%20%%27%s%%27"
		      "%%20and%%20state%%20eq%%20%%27Delivered%%27",
		      graph->root, call->package, call->oid);
	return ask(call, done, arg, out);
}

enum gp_status gp_graph_get_activations(struct gp_graph *graph, const char *oid,
					const char *correlation_id, gp_graph_rights_done *done,
					void *arg, struct gp_graph_call **out)
{
	struct gp_graph_call *call = NULL;
	enum gp_status st = begin(graph, oid, correlation_id, GP_RIGHT_PIM, &call);
	if (st != GP_ST_OK)
		return st;
	gp_buf_printf(&call->url,
		      "%s/v1.0/identityGovernance/privilegedAccess/group/"
		      "assignmentScheduleInstances?$filter=principalId%%20eq%%20%%27%s%%27",
		      graph->root, call->oid);
	return ask(call, done, arg, out);
}
