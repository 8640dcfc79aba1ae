/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/support/entra_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/support/jwt_maker.h"

#include "contract/ban.h"

static void make_config(struct entra_rig *r)
{
	r->config = calloc(1, sizeof(*r->config));
	assert_non_null(r->config);
	const char *origin = tls_server_origin(r->server);
	assert_int_equal(
		gp_format(r->config->cloud.login, sizeof(r->config->cloud.login), "%s", origin),
		GP_ST_OK);
	assert_int_equal(
		gp_format(r->config->cloud.graph, sizeof(r->config->cloud.graph), "%s", origin),
		GP_ST_OK);
	memcpy(r->config->tenant_id, RIG_TENANT, GP_GUID_TEXT);
	memcpy(r->config->sign_in_client_id, RIG_CLIENT, GP_GUID_TEXT);
	memcpy(r->config->reader_client_id, RIG_READER, GP_GUID_TEXT);
}

static void make_documents(struct entra_rig *r)
{
	const char *o = tls_server_origin(r->server);
	const char *t = RIG_TENANT;
	char *issuer = jwt_maker_format("%s/{tenantid}/v2.0", o);
	char *jwk = jwt_maker_jwk(jwt_maker_key(0, 2048), "any", issuer, "");
	r->discovery = jwt_maker_format(
		"{\"issuer\":\"%s/%s/v2.0\",\"token_endpoint\":\"%s/%s/oauth2/v2.0/token\","
		"\"device_authorization_endpoint\":\"%s/%s/oauth2/v2.0/devicecode\","
		"\"jwks_uri\":\"%s/%s/discovery/v2.0/keys\",\"tenant_region_scope\":\"EU\"}",
		o, t, o, t, o, t, o, t);
	r->keys = jwt_maker_format("{\"keys\":[%s]}", jwk);
	free(issuer);
	free(jwk);
}

void entra_rig_start(struct entra_rig *r)
{
	*r = (struct entra_rig){0};
	assert_true(sd_event_new(&r->event) >= 0);
	r->server = tls_server_new("localhost");
	test_clock_init(&r->clock, RIG_NOW);
	make_config(r);
	make_documents(r);
	(void)snprintf(r->dir, sizeof(r->dir), "/tmp/gp-test-rig-XXXXXX");
	assert_non_null(mkdtemp(r->dir));
	const struct gp_http_options options = {.ca_directory = tls_server_ca_dir(r->server),
						.user_agent = "Guestpass/0.1 (Linux)",
						.timeout_s = 10};
	struct gp_error err = {0};
	assert_int_equal(gp_http_new(r->event, &options, &r->http, &err), GP_ST_OK);
	assert_int_equal(gp_authority_new(r->event, r->http, &r->clock.clock, r->config,
					  &r->authority, &err),
			 GP_ST_OK);
}

void entra_rig_stop(struct entra_rig *r)
{
	gp_authority_free(r->authority);
	gp_http_free(r->http);
	tls_server_free(r->server);
	sd_event_unref(r->event);
	(void)rmdir(r->dir);
	free(r->discovery);
	free(r->keys);
	free(r->config);
}

void entra_rig_script_authority(struct entra_rig *r)
{
	tls_server_script(
		r->server,
		&(struct tls_answer){.path = "/.well-known/", .status = 200, .body = r->discovery});
	tls_server_script(r->server, &(struct tls_answer){.path = "/discovery/v2.0/keys",
							  .status = 200,
							  .body = r->keys});
}

static void count_ok(void *arg, enum gp_status status, const struct gp_error *err)
{
	size_t *n = arg;
	assert_int_equal(status, GP_ST_OK);
	assert_null(err);
	(*n)++;
}

void entra_rig_ready(struct entra_rig *r)
{
	size_t n = 0;
	entra_rig_script_authority(r);
	assert_int_equal(gp_authority_ready(r->authority, count_ok, &n), GP_ST_OK);
	assert_true(loop_until(r->event, &n, 1, RIG_WAIT_MS));
}
