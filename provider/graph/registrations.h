/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stands in the tenant about this host's registrations: applications, their service
 * principals, who is assigned, what was consented to, who owns them (entra-facts 17). The reader
 * may not read that; an administrator's own token can.
 */
#ifndef GP_GRAPH_REGISTRATIONS_H
#define GP_GRAPH_REGISTRATIONS_H

#include "graph/graph.h"

enum gp_registration {
	GP_REGISTRATION_API = 0,
	GP_REGISTRATION_ELEVATION,
	GP_REGISTRATION_CLIENT,
	GP_REGISTRATION_READER,
	GP_REGISTRATION_COUNT,
};

/* Delegated permissions that all of it needs, without the address of Graph before them. */
#define GP_REGISTRATIONS_SCOPES                                                                    \
	{                                                                                          \
		"Application.Read.All", "Directory.Read.All", "Policy.Read.All"                    \
	}

struct gp_registrations {
	/* members "app.api", "principal.api", and likewise "elevation", "client", "reader";
	 * "principal.graph"; "authorization" */
	struct gp_json_doc *objects;
	/* lists of pages: "assigned.api", "assigned.elevation", "grants.client", "roles.reader",
	 * "federated.*", "owners.*", "principal-owners.*", and "nested.0", ... by access group */
	struct gp_json_doc *lists;
	/* Graph says that there is none; what could not be read is in neither */
	bool no_application[GP_REGISTRATION_COUNT], no_principal[GP_REGISTRATION_COUNT];
};
void gp_registrations_free(struct gp_registrations *r);

struct gp_registrations_read {
	const struct gp_config *config; /* lives until DONE */
	/* What could not be read, and why: "assigned.api". Must not cancel. */
	void (*failed)(void *arg, const char *name, const struct gp_error *err);
	/* R is borrowed. NULL unless STATUS is GP_ST_OK. */
	void (*done)(void *arg, enum gp_status status, const struct gp_registrations *r,
		     const struct gp_error *err);
	void *arg;
};

struct gp_registrations_reading;
enum gp_status gp_registrations_start(struct gp_graph *graph,
				      const struct gp_registrations_read *read,
				      struct gp_registrations_reading **out,
				      struct gp_error *err) gp_must_check;
/* NULL is allowed; to be called after DONE too, or from it. */
void gp_registrations_stop(struct gp_registrations_reading *reading);

/* "api", "elevation", "client", "reader". */
const char *gp_registration_name(enum gp_registration which);
/* Its appId; "" when the configuration has none. */
const char *gp_registration_app_id(const struct gp_config *config, enum gp_registration which);

#endif
