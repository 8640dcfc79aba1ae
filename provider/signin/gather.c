/* SPDX-License-Identifier: Apache-2.0 */
#include "signin/gather.h"

#include <stdlib.h>

#include "contract/text.h"
#include "graph/policies.h"
#include "graph/rights.h"

#include "contract/ban.h"

/* The guest, his groups, a package for each group at most, activations, sponsors, the leaving, all
 * of his groups, sudo_group. */
#define CALLS_MAX (GP_CONFIG_GROUPS_MAX + 7)

/* One question under way; what its answer calls back with. */
struct call {
	struct gp_gather *gather;
	struct gp_graph_call *graph; /* NULL: answered */
	enum gp_need need;
};

struct gp_gather {
	struct gp_tenant *tenant;
	gp_gather_done *done;
	void *arg;
	struct call calls[CALLS_MAX];
	size_t calls_len;
	size_t room; /* for objects */
	bool step_up;
	struct gp_gathered facts;
};

struct gp_gathered *gp_gather_facts(struct gp_gather *gather)
{
	return &gather->facts;
}

void gp_gather_apply(struct gp_gather *gather, const struct gp_config *config,
		     struct gp_facts *facts)
{
	const struct gp_gathered *g = &gather->facts;
	facts->user = g->has_user ? &g->user : NULL;
	facts->user_gone = g->user_gone;
	facts->member = g->member;
	facts->has_sponsor = g->has_sponsor;
	facts->sponsor = g->sponsor[0] != '\0' ? g->sponsor : NULL;
	facts->sudo_member = g->sudo_member;
	facts->passes = (struct gp_pass_facts){
		.member = g->member_of,
		.member_len = config->access_groups_len,
		.objects = g->objects,
		.objects_len = g->objects_len,
		.packages_read = g->packages_read,
		.activations_read = g->activations_read,
		.leave_read = g->leave_read,
		.leave_s = g->leave_s,
	};
}

void gp_gather_add(struct gp_gather *gather, const struct gp_pass_object *grant,
		   struct gp_facts *facts)
{
	struct gp_gathered *g = &gather->facts;
	g->objects[g->objects_len] = *grant;
	facts->passes.objects = g->objects;
	facts->passes.objects_len = g->objects_len + 1;
}

static void cancel_all(struct gp_gather *g)
{
	for (size_t i = 0; i < g->calls_len; i++) {
		gp_graph_cancel(g->calls[i].graph);
		g->calls[i].graph = NULL;
	}
}

void gp_gather_free(struct gp_gather *gather)
{
	if (gather == NULL)
		return;
	cancel_all(gather);
	free(gather->facts.objects);
	free(gather->facts.groups);
	free(gather);
}

/* GATHER may be freed by its owner in here: nothing may touch it afterwards. */
static void answered(struct call *call, enum gp_status status, const struct gp_error *err)
{
	struct gp_gather *g = call->gather;
	call->graph = NULL;
	if (status != GP_ST_OK) {
		cancel_all(g);
		g->done(g->arg, status, err);
		return;
	}
	for (size_t i = 0; i < g->calls_len; i++)
		if (g->calls[i].graph != NULL)
			return;
	g->done(g->arg, GP_ST_OK, NULL);
}

static void on_user(void *arg, enum gp_status status, const struct gp_user *user,
		    const struct gp_error *err)
{
	struct call *call = arg;
	struct gp_gathered *facts = &call->gather->facts;
	if (status == GP_ST_OK)
		facts->user = *user;
	facts->has_user = status == GP_ST_OK;
	facts->user_gone = status == GP_ST_NOT_FOUND;
	answered(call, status == GP_ST_NOT_FOUND ? GP_ST_OK : status, err);
}

static void on_groups(void *arg, enum gp_status status, const bool *member, size_t n,
		      const struct gp_error *err)
{
	struct call *call = arg;
	struct gp_gathered *facts = &call->gather->facts;
	if (status == GP_ST_OK) {
		facts->member = GP_FALSE;
		for (size_t i = 0; i < n && i < GP_CONFIG_GROUPS_MAX; i++) {
			facts->member_of[i] = member[i] ? GP_TRUE : GP_FALSE;
			if (member[i])
				facts->member = GP_TRUE;
		}
	}
	/* The guest object is gone, which the other call tells; unknown denies. */
	answered(call, status == GP_ST_NOT_FOUND ? GP_ST_OK : status, err);
}

static void on_sudo_group(void *arg, enum gp_status status, const bool *member, size_t n,
			  const struct gp_error *err)
{
	struct call *call = arg;
	if (status == GP_ST_OK && n == 1)
		call->gather->facts.sudo_member = member[0] ? GP_TRUE : GP_FALSE;
	answered(call, status == GP_ST_NOT_FOUND ? GP_ST_OK : status, err);
}

/* A right that is denied to the reader is for status to name, and no right of the guest's. */
static bool may_read(const struct call *call, enum gp_status status, const struct gp_error *err)
{
	if (status == GP_ST_OK || status == GP_ST_DENIED)
		gp_tenant_note_need(call->gather->tenant, call->need,
				    status == GP_ST_OK ? NULL : err);
	return status == GP_ST_OK;
}

/* One more than is filled, for root's grant. */
static bool make_room(struct gp_gather *g, size_t more)
{
	size_t want = g->facts.objects_len + more + 1;
	if (want <= g->room)
		return true;
	struct gp_pass_object *objects =
		reallocarray(g->facts.objects, want, sizeof(*g->facts.objects));
	if (objects == NULL)
		return false;
	g->facts.objects = objects;
	g->room = want;
	return true;
}

static enum gp_status take_right(struct gp_gather *g, const struct gp_right *right)
{
	struct gp_pass_object object = {.basis = right->kind == GP_RIGHT_PACKAGE ? GP_BASIS_PACKAGE
						 : right->kind == GP_RIGHT_PIM   ? GP_BASIS_PIM
										 : GP_BASIS_NONE,
					.begin_s = right->begin_s,
					.end_s = right->end_s};
	if (!right->delivered)
		return GP_ST_OK;
	memcpy(object.of, right->of, sizeof(object.of));
	enum gp_status st = gp_copy(object.id, sizeof(object.id), gp_str_from(right->id));
	if (st == GP_ST_OK)
		g->facts.objects[g->facts.objects_len++] = object;
	return st;
}

static void on_rights(void *arg, enum gp_status status, const struct gp_right *rights, size_t n,
		      const struct gp_error *err)
{
	struct call *call = arg;
	struct gp_gather *g = call->gather;
	bool packages = call->need == GP_NEED_PACKAGE;
	bool read = may_read(call, status, err);
	if (read && !make_room(g, n))
		status = GP_ST_NO_MEMORY;
	for (size_t i = 0; status == GP_ST_OK && i < n; i++)
		status = take_right(g, &rights[i]);
	if (!read && packages)
		g->facts.packages_read = false;
	if (!read && !packages)
		g->facts.activations_read = false;
	answered(call, status == GP_ST_DENIED ? GP_ST_OK : status, err);
}

static void on_sponsors(void *arg, enum gp_status status, const struct gp_sponsor *sponsors,
			size_t n, const struct gp_error *err)
{
	struct call *call = arg;
	struct gp_gathered *facts = &call->gather->facts;
	/* Where nobody is demanded his name is a courtesy: without it a refusal says "your
	 * contact". */
	bool demanded = call->gather->tenant->config->sponsor_required;
	if (demanded ? may_read(call, status, err) : status == GP_ST_OK)
		facts->has_sponsor = n > 0 ? GP_TRUE : GP_FALSE;
	if (status == GP_ST_OK && n > 0)
		(void)gp_text_safe(gp_str_from(sponsors[0].name[0] != '\0' ? sponsors[0].name
									   : sponsors[0].mail),
				   GP_TEXT_LINE, facts->sponsor, sizeof(facts->sponsor));
	bool known = status == GP_ST_DENIED || status == GP_ST_NOT_FOUND || !demanded;
	answered(call, known ? GP_ST_OK : status, err);
}

static void on_leave(void *arg, enum gp_status status, int64_t leave_s, const struct gp_error *err)
{
	struct call *call = arg;
	struct gp_gathered *facts = &call->gather->facts;
	if (may_read(call, status, err)) {
		facts->leave_read = GP_TRUE;
		facts->leave_s = leave_s == GP_LEAVE_NEVER ? 0 : leave_s;
	}
	answered(call, status == GP_ST_DENIED || status == GP_ST_NOT_FOUND ? GP_ST_OK : status,
		 err);
}

/* Without them what depends on a group is not known, and left to Entra. */
static void on_all_groups(void *arg, enum gp_status status, const char (*groups)[GP_GUID_TEXT],
			  size_t n, const struct gp_error *err)
{
	struct call *call = arg;
	struct gp_gathered *facts = &call->gather->facts;
	if (status == GP_ST_OK) {
		facts->groups = calloc(n + 1, sizeof(*facts->groups));
		facts->groups_read = facts->groups != NULL;
		if (facts->groups_read && n > 0)
			memcpy(facts->groups, groups, n * sizeof(*groups));
		facts->groups_len = facts->groups_read ? n : 0;
	}
	bool known = status == GP_ST_DENIED || status == GP_ST_NOT_FOUND ||
		     status == GP_ST_TOO_BIG || status == GP_ST_INVALID;
	answered(call, known ? GP_ST_OK : status, err);
}

static struct call *next_call(struct gp_gather *g, enum gp_need need)
{
	struct call *call = &g->calls[g->calls_len++];
	*call = (struct call){.gather = g, .need = need};
	return call;
}

/* Two groups of one package need one question. */
static bool was_asked(const struct gp_config *config, size_t place)
{
	for (size_t i = 0; i < place; i++)
		if (config->access_bases[i].basis == GP_BASIS_PACKAGE &&
		    strcmp(config->access_bases[i].package, config->access_bases[place].package) ==
			    0)
			return true;
	return false;
}

static enum gp_status ask_for_rights(struct gp_gather *g, const char *oid, const char *correlation)
{
	const struct gp_config *config = g->tenant->config;
	struct gp_graph *graph = g->tenant->graph;
	enum gp_status st = GP_ST_OK;
	bool pim = g->step_up && config->sudo_basis == GP_SUDO_PIM;
	for (size_t i = 0; st == GP_ST_OK && i < config->access_groups_len; i++) {
		pim = pim || config->access_bases[i].basis == GP_BASIS_PIM;
		if (config->access_bases[i].basis != GP_BASIS_PACKAGE || was_asked(config, i))
			continue;
		struct call *call = next_call(g, GP_NEED_PACKAGE);
		st = gp_graph_get_assignments(graph, config->access_bases[i].package, oid,
					      correlation, on_rights, call, &call->graph);
	}
	if (st == GP_ST_OK && pim) {
		struct call *call = next_call(g, GP_NEED_PIM);
		st = gp_graph_get_activations(graph, oid, correlation, on_rights, call,
					      &call->graph);
	}
	return st;
}

static enum gp_status ask(struct gp_gather *g, const char *oid, const char *correlation)
{
	const struct gp_config *config = g->tenant->config;
	struct gp_graph *graph = g->tenant->graph;
	struct call *call = next_call(g, GP_NEED_NONE);
	enum gp_status st = gp_graph_get_user(graph, oid, correlation, on_user, call, &call->graph);
	if (st == GP_ST_OK) {
		call = next_call(g, GP_NEED_NONE);
		st = gp_graph_check_groups(graph, oid, config->access_groups,
					   config->access_groups_len, correlation, on_groups, call,
					   &call->graph);
	}
	if (st == GP_ST_OK)
		st = ask_for_rights(g, oid, correlation);
	if (st == GP_ST_OK) {
		call = next_call(g, GP_NEED_SPONSOR);
		st = gp_graph_get_sponsors(graph, oid, correlation, on_sponsors, call,
					   &call->graph);
	}
	if (st == GP_ST_OK && config->leave_date) {
		call = next_call(g, GP_NEED_LEAVE);
		st = gp_graph_get_leave(graph, oid, correlation, on_leave, call, &call->graph);
	}
	if (st == GP_ST_OK && g->step_up) {
		call = next_call(g, GP_NEED_NONE);
		st = gp_graph_check_groups(graph, oid, &config->sudo_group, 1, correlation,
					   on_sudo_group, call, &call->graph);
	}
	if (st == GP_ST_OK && config->ssh_location != GP_SSH_LOCATION_OFF) {
		call = next_call(g, GP_NEED_NONE);
		st = gp_graph_get_member_groups(graph, oid, correlation, on_all_groups, call,
						&call->graph);
	}
	return st;
}

enum gp_status gp_gather_start(struct gp_tenant *tenant, const char *oid,
			       const char *correlation_id, bool step_up, gp_gather_done *done,
			       void *arg, struct gp_gather **out)
{
	struct gp_gather *g = calloc(1, sizeof(*g));
	if (g == NULL)
		return GP_ST_NO_MEMORY;
	g->tenant = tenant;
	g->done = done;
	g->arg = arg;
	g->step_up = step_up && tenant->config->sudo_group[0] != '\0';
	g->facts.packages_read = true;
	g->facts.activations_read = true;
	enum gp_status st = make_room(g, 0) ? ask(g, oid, correlation_id) : GP_ST_NO_MEMORY;
	if (st != GP_ST_OK) {
		gp_gather_free(g);
		return st;
	}
	*out = g;
	return GP_ST_OK;
}
