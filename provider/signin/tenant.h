/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One configuration and all that was made from it: transport, authority, credential, Graph, device
 * flows. A reload makes a new one; sign-ins in flight keep the one that they began with alive by a
 * reference.
 */
#ifndef GP_SIGNIN_TENANT_H
#define GP_SIGNIN_TENANT_H

#include "base/clock.h"
#include "config/config.h"
#include "entra/app_credential.h"
#include "entra/authority.h"
#include "entra/device_flow.h"
#include "graph/graph.h"

/* Rights of the reader that a tier's demands need beyond those that it always has. */
enum gp_need {
	GP_NEED_NONE = 0,
	GP_NEED_PACKAGE,
	GP_NEED_PIM,
	GP_NEED_SPONSOR,
	GP_NEED_LEAVE,
	GP_NEED_COUNT,
};

struct gp_tenant {
	unsigned int refs;
	struct gp_config *config;
	struct gp_credential *credential;
	struct gp_http *http;
	struct gp_authority *authority;
	struct gp_app_token *app_token;
	struct gp_graph *graph;
	struct gp_device_flows *flows;
	struct gp_error missing[GP_NEED_COUNT]; /* what Graph denied last; empty: nothing */
};

/* Takes CONFIG over (also on failure). The result has one reference. Files of the credential are
 * read here; the network is not touched. */
enum gp_status gp_tenant_new(sd_event *event, const struct gp_clock *clock,
			     struct gp_config *config, struct gp_tenant **out,
			     struct gp_error *err) gp_must_check;
struct gp_tenant *gp_tenant_ref(struct gp_tenant *tenant);
/* NULL is allowed. The last one frees everything; no callback of it comes afterwards. */
void gp_tenant_unref(struct gp_tenant *tenant);
/* Graph's last word on a need: denied with ERR, or given (NULL). */
void gp_tenant_note_need(struct gp_tenant *tenant, enum gp_need need, const struct gp_error *err);
/* Do this host's clock and Entra's agree well enough? Unknown until Entra named its time. */
enum gp_tri gp_tenant_clock_ok(const struct gp_tenant *tenant);

#endif
