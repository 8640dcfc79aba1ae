/* SPDX-License-Identifier: Apache-2.0 */
/* The Graph client over a scripted tenant, with its token. */
#ifndef GP_TESTS_GRAPH_RIG_H
#define GP_TESTS_GRAPH_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "graph/graph.h"
#include "tests/unit/support/credential_files.h"
#include "tests/unit/support/entra_rig.h"
#include "tests/unit/support/jwt_maker.h"

#define RIG_OID   "cccccccc-0000-4000-8000-000000000003"
#define RIG_GROUP "67000000-0001-4e00-8e00-000000000001"

struct graph_rig {
	struct entra_rig entra;
	struct gp_credential *credential;
	struct gp_app_token *token;
	struct gp_graph *graph;
	struct gp_graph_call *call;
	size_t done;
	enum gp_status status;
	char error[192];
	struct gp_user user;
	bool member[GP_CONFIG_GROUPS_MAX];
	size_t members;
	size_t users;
	size_t groups;
	bool cancel_in_each;
	bool free_in_done;
};

static inline void graph_rig_script(struct graph_rig *g, const char *path, int status,
				    const char *headers, const char *body)
{
	tls_server_script(g->entra.server, &(struct tls_answer){.path = path,
								.status = status,
								.headers = headers,
								.body = body});
}

static inline void graph_rig_start(struct graph_rig *g)
{
	*g = (struct graph_rig){0};
	entra_rig_start(&g->entra);
	configure_two(&g->entra);
	entra_rig_ready(&g->entra);
	graph_rig_script(g, "/oauth2/v2.0/token", 200, NULL,
			 "{\"token_type\":\"Bearer\",\"expires_in\":3600,"
			 "\"access_token\":\"token-one\"}");
	graph_rig_script(g, "/oauth2/v2.0/token", 200, NULL,
			 "{\"token_type\":\"Bearer\",\"expires_in\":3600,"
			 "\"access_token\":\"token-two\"}");
	assert_int_equal(gp_credential_load(g->entra.config, &g->credential, NULL), GP_ST_OK);
	assert_int_equal(gp_app_token_new(g->entra.http, &g->entra.clock.clock, g->entra.authority,
					  g->entra.config, g->credential, &g->token, NULL),
			 GP_ST_OK);
	assert_int_equal(gp_graph_new(g->entra.event, g->entra.http, &g->entra.clock.clock,
				      g->token, g->entra.config, &g->graph, NULL),
			 GP_ST_OK);
}

static inline void graph_rig_stop(struct graph_rig *g)
{
	gp_graph_free(g->graph);
	gp_app_token_free(g->token);
	gp_credential_free(g->credential);
	remove_pairs(g->entra.config);
	entra_rig_stop(&g->entra);
}

static inline void graph_rig_wait(struct graph_rig *g)
{
	assert_true(loop_until(g->entra.event, &g->done, 1, RIG_WAIT_MS));
	assert_true(loop_drain(g->entra.event));
	assert_int_equal(g->done, 1);
}

/* Requests to Graph; discovery, keys and tokens do not count. */
static inline size_t graph_rig_requests(struct graph_rig *g)
{
	size_t n = 0;
	for (size_t i = 0; i < tls_server_requests(g->entra.server); i++)
		if (strstr(tls_server_request(g->entra.server, i), " /v1.0/") != NULL)
			n++;
	return n;
}

/* The Ith of those. */
static inline const char *graph_rig_request(struct graph_rig *g, size_t want)
{
	for (size_t i = 0; i < tls_server_requests(g->entra.server); i++) {
		const char *text = tls_server_request(g->entra.server, i);
		if (strstr(text, " /v1.0/") != NULL && want-- == 0)
			return text;
	}
	return "";
}

static inline void graph_rig_over(struct graph_rig *g, enum gp_status status,
				  const struct gp_error *err)
{
	g->done++;
	g->status = status;
	g->call = NULL;
	(void)snprintf(g->error, sizeof(g->error), "%s", err != NULL ? err->text : "");
	if (g->free_in_done) {
		gp_graph_free(g->graph);
		g->graph = NULL;
	}
}

#endif
