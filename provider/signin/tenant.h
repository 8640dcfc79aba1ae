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

struct gp_tenant {
	unsigned int refs;
	struct gp_config *config;
	struct gp_credential *credential;
	struct gp_http *http;
	struct gp_authority *authority;
	struct gp_app_token *app_token;
	struct gp_graph *graph;
	struct gp_device_flows *flows;
};

/* Takes CONFIG over (also on failure). The result has one reference. Files of the credential are
 * read here; the network is not touched. */
enum gp_status gp_tenant_new(sd_event *event, const struct gp_clock *clock,
			     struct gp_config *config, struct gp_tenant **out,
			     struct gp_error *err) gp_must_check;
struct gp_tenant *gp_tenant_ref(struct gp_tenant *tenant);
/* NULL is allowed. The last one frees everything; no callback of it comes afterwards. */
void gp_tenant_unref(struct gp_tenant *tenant);
/* Do this host's clock and Entra's agree well enough? Unknown until Entra named its time. */
enum gp_tri gp_tenant_clock_ok(const struct gp_tenant *tenant);

#endif
