/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "base/address.h"
#include "base/log.h"
#include "entra/jws.h"
#include "signin/capture_internal.h"
#include "signin/host.h"

#include "contract/ban.h"

#define RECORD_MAX 50000 /* one frame */

struct gp_capture {
	struct gp_capture_request request;
	struct gp_root_sign_in *sign_in;
	struct gp_capture_record record;
};

enum gp_capture_address gp_capture_address_of(const struct gp_config *config, const char *ipaddr)
{
	struct gp_address address;
	struct gp_network network;
	if (gp_address_parse(gp_str_from(ipaddr), &address) != GP_ST_OK)
		return GP_CAPTURE_ADDRESS_ABSENT;
	if (config->egress_addresses_len == 0)
		return GP_CAPTURE_ADDRESS_NO_EGRESS;
	for (size_t i = 0; i < config->egress_addresses_len && i < GP_CONFIG_NETWORKS_MAX; i++)
		if (gp_network_parse(gp_str_from(config->egress_addresses[i]), &network) !=
			    GP_ST_OK ||
		    gp_network_has(&network, &address))
			return GP_CAPTURE_ADDRESS_EGRESS;
	return GP_CAPTURE_ADDRESS_BROWSER;
}

/* One that says the contrary ends what an earlier one proved; one that says nothing does not. */
static enum gp_tri keep_proof(struct gp_capture *c)
{
	struct gp_error err = {0};
	enum gp_capture_address is = c->record.address;
	bool proved = is == GP_CAPTURE_ADDRESS_BROWSER;
	if (!proved && is != GP_CAPTURE_ADDRESS_ABSENT && is != GP_CAPTURE_ADDRESS_EGRESS)
		return GP_UNKNOWN;
	uint64_t value = proved ? (uint64_t)c->record.ended_s : 0;
	enum gp_status st = gp_store_value_put(c->request.store, GP_HOST_IPADDR_SEEN, value, &err);
	if (st == GP_ST_OK)
		return proved ? GP_TRUE : GP_FALSE;
	gp_log(GP_LOG_ERROR, "capture-not-kept", "error=%s", err.text);
	return GP_UNKNOWN;
}

/* The last thing that is done with C. */
static void finish(struct gp_capture *c)
{
	gp_buf_auto struct gp_buf out = GP_BUF(RECORD_MAX);
	c->record.ended_s = gp_clock_wall_s(c->request.clock);
	enum gp_tri proved = keep_proof(c);
	gp_capture_write(&c->record, &out);
	c->request.done(c->request.arg, &out, proved);
}

static void on_seen(void *arg, int http, const struct gp_login_error *error)
{
	struct gp_capture *c = arg;
	struct gp_capture_record *r = &c->record;
	for (size_t i = 0; i < r->answers_len; i++) {
		struct gp_capture_answer *a = &r->answers[i];
		if (a->http == http && a->number == error->number &&
		    strcmp(a->error, error->error) == 0) {
			a->times++;
			return;
		}
	}
	if (r->answers_len == GP_CAPTURE_ANSWERS_MAX)
		return;
	struct gp_capture_answer *a = &r->answers[r->answers_len++];
	*a = (struct gp_capture_answer){.http = http, .number = error->number, .times = 1};
	memcpy(a->error, error->error, sizeof(a->error));
}

static void on_code(void *arg, const struct gp_device_code *code)
{
	struct gp_capture *c = arg;
	c->record.expires_in_s = code->expires_in_s;
	c->record.interval_s = code->interval_s;
	c->record.code_length = strlen(code->user_code);
	memcpy(c->record.page, code->verification_uri, sizeof(c->record.page));
	c->request.code(c->request.arg, code);
}

static void on_failed(void *arg, const struct gp_login_error *error)
{
	struct gp_capture *c = arg;
	c->record.error = *error;
	finish(c);
}

/* Claims are shown of a token that Entra signed, whatever else is wrong with it. */
static void take_claims(const struct gp_jwks *keys, const struct gp_secret *token,
			struct gp_json_doc **out)
{
	struct gp_str issuer = {0};
	if (token->len > 0 &&
	    gp_jws_verify(keys, gp_secret_str(token), out, &issuer, NULL) != GP_ST_OK)
		*out = NULL;
}

static void on_tokens(void *arg, struct gp_token_response *response, int64_t issued_s)
{
	struct gp_capture *c = arg;
	const struct gp_config *config = c->request.tenant->config;
	const struct gp_endpoints *endpoints = gp_authority_endpoints(c->request.tenant->authority);
	const struct gp_jwks *keys = gp_authority_keys(c->request.tenant->authority);
	struct gp_error err = {0};
	c->record.has_tokens = true;
	c->record.token_life_s = response->expires_in_s;
	c->record.has_client_info = response->client_info.len > 0;
	if (endpoints == NULL || keys == NULL) {
		(void)gp_fail(&err, GP_ST_UNAVAILABLE, "the tenant's keys are not known");
	} else {
		const struct gp_token_expect expect = {
			.issuer = endpoints->issuer,
			.tenant_id = config->tenant_id,
			.client_id = config->sign_in_client_id,
			.api_id = config->api_client_id,
			.scope_word = gp_config_scope_word(config),
			.sts_prefix = config->cloud.sts_prefix,
			.code_issued_s = issued_s,
			.now_s = gp_clock_wall_s(c->request.clock),
		};
		take_claims(keys, &response->access_token, &c->record.access);
		take_claims(keys, &response->id_token, &c->record.id);
		if (gp_token_verify(keys, &expect, gp_secret_str(&response->access_token),
				    gp_secret_str(&response->id_token), &c->record.identity,
				    &err) == GP_ST_OK)
			c->record.address =
				gp_capture_address_of(config, c->record.identity.ipaddr);
	}
	/* The rule only: what is behind it quotes the token. */
	const struct gp_str rule = {err.text, strcspn(err.text, ":")};
	if (gp_copy(c->record.refused, sizeof(c->record.refused), rule) != GP_ST_OK)
		memcpy(c->record.refused, "refused", sizeof("refused"));
	finish(c);
}

enum gp_status gp_capture_start(const struct gp_capture_request *request, struct gp_capture **out,
				struct gp_error *err)
{
	const struct gp_config *config = request->tenant->config;
	struct gp_capture *c = calloc(1, sizeof(*c));
	if (c == NULL)
		return gp_fail(err, GP_ST_NO_MEMORY, "out of memory");
	c->request = *request;
	c->record.begun_s = gp_clock_wall_s(request->clock);
	const struct gp_root_sign_in_request sign_in = {
		.tenant = request->tenant,
		.clock = request->clock,
		.client_id = config->sign_in_client_id,
		.scope = config->scope,
		.seen = on_seen,
		.code = on_code,
		.tokens = on_tokens,
		.failed = on_failed,
		.arg = c,
	};
	enum gp_status st = config->scope[0] != '\0'
				    ? gp_root_sign_in_start(&sign_in, &c->sign_in, err)
				    : gp_fail(err, GP_ST_INVALID,
					      "this host asks nobody to sign in: guests = never");
	if (st != GP_ST_OK) {
		gp_capture_free(c);
		return st;
	}
	*out = c;
	return GP_ST_OK;
}

void gp_capture_free(struct gp_capture *c)
{
	if (c == NULL)
		return;
	gp_root_sign_in_free(c->sign_in);
	gp_json_doc_free(c->record.access);
	gp_json_doc_free(c->record.id);
	free(c);
}
