/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "base/log.h"
#include "entra/jws.h"
#include "policy/egress.h"
#include "signin/capture_internal.h"
#include "signin/host.h"

#include "contract/ban.h"

#define RECORD_MAX 50000 /* one frame */

struct gp_capture {
	struct gp_capture_request request;
	struct gp_root_sign_in *sign_in;
	struct gp_token_response tokens; /* while the keys are read again */
	int64_t code_issued_s;
	bool keys_read_again;
	struct gp_capture_record record;
};

enum gp_capture_address gp_capture_address_of(const struct gp_config *config, const char *ipaddr)
{
	struct gp_address address;
	if (gp_address_parse(gp_str_from(ipaddr), &address) != GP_ST_OK)
		return GP_CAPTURE_ADDRESS_ABSENT;
	switch (gp_egress_has(config, &address)) {
	case GP_TRUE:
		return GP_CAPTURE_ADDRESS_EGRESS;
	case GP_FALSE:
		return GP_CAPTURE_ADDRESS_BROWSER;
	case GP_UNKNOWN:
		break;
	}
	return GP_CAPTURE_ADDRESS_NO_EGRESS;
}

/* One that says the contrary ends what an earlier one proved; one that says nothing does not. */
static enum gp_tri keep_proof(struct gp_capture *c)
{
	struct gp_error err = {0};
	enum gp_capture_address is = c->record.address;
	bool proved = is == GP_CAPTURE_ADDRESS_BROWSER;
	if (!proved && is != GP_CAPTURE_ADDRESS_ABSENT && is != GP_CAPTURE_ADDRESS_EGRESS)
		return GP_UNKNOWN;
	enum gp_status st =
		gp_host_ipaddr_put(c->request.store, c->request.tenant->config->tenant_id,
				   proved ? c->record.ended_s : 0, &err);
	if (st == GP_ST_OK)
		return proved ? GP_TRUE : GP_FALSE;
	gp_log(GP_LOG_ERROR, "capture-not-kept", "error=%s", err.text);
	c->record.not_kept = true;
	return GP_UNKNOWN;
}

/* The last thing that is done with C. */
static void finish(struct gp_capture *c)
{
	gp_buf_auto struct gp_buf out = GP_BUF(RECORD_MAX);
	c->record.ended_s = gp_clock_wall_s(c->request.clock);
	c->record.proved = keep_proof(c);
	gp_capture_write(&c->record, &out);
	c->request.done(c->request.arg, &out, c->record.proved);
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

/* What holds of an account of our own tenant need not hold of a guest's (entra-facts 17.9). */
static bool is_guest(const struct gp_identity *identity)
{
	return identity->acct == 1 && identity->home != GP_HOME_INTERNAL &&
	       identity->home != GP_HOME_UNKNOWN;
}

static gp_authority_done on_keys;

static void verify(struct gp_capture *c)
{
	const struct gp_config *config = c->request.tenant->config;
	const struct gp_endpoints *endpoints = gp_authority_endpoints(c->request.tenant->authority);
	const struct gp_jwks *keys = gp_authority_keys(c->request.tenant->authority);
	struct gp_capture_record *r = &c->record;
	struct gp_error err = {0};
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
			.code_issued_s = c->code_issued_s,
			.now_s = gp_clock_wall_s(c->request.clock),
		};
		enum gp_status st =
			gp_token_verify(keys, &expect, gp_secret_str(&c->tokens.access_token),
					gp_secret_str(&c->tokens.id_token), &r->identity, &err);
		/* Entra may have changed its keys since they were read. */
		if (st == GP_ST_NOT_FOUND && !c->keys_read_again) {
			c->keys_read_again = true;
			if (gp_authority_refetch_keys(c->request.tenant->authority, on_keys, c) ==
			    GP_ST_OK)
				return;
		}
		take_claims(keys, &c->tokens.access_token, &r->access);
		take_claims(keys, &c->tokens.id_token, &r->id);
		if (st == GP_ST_OK)
			r->address = is_guest(&r->identity)
					     ? gp_capture_address_of(config, r->identity.ipaddr)
					     : GP_CAPTURE_ADDRESS_NO_GUEST;
	}
	gp_token_response_wipe(&c->tokens);
	/* The rule only: what is behind it quotes the token. */
	const struct gp_str rule = {err.text, strcspn(err.text, ":")};
	if (gp_copy(r->refused, sizeof(r->refused), rule) != GP_ST_OK)
		memcpy(r->refused, "refused", sizeof("refused"));
	finish(c);
}

/* Whatever came of it: the keys there are decide. */
static void on_keys(void *arg, enum gp_status status, const struct gp_error *err)
{
	(void)status;
	(void)err;
	verify(arg);
}

static void on_tokens(void *arg, struct gp_token_response *response, int64_t issued_s)
{
	struct gp_capture *c = arg;
	c->record.has_tokens = true;
	c->record.token_life_s = response->expires_in_s;
	c->record.has_client_info = response->client_info.len > 0;
	c->code_issued_s = issued_s;
	c->tokens = *response;
	*response = (struct gp_token_response){0};
	verify(c);
}

enum gp_status gp_capture_start(const struct gp_capture_request *request, struct gp_capture **out,
				struct gp_error *err)
{
	const struct gp_config *config = request->tenant->config;
	struct gp_capture *c = calloc(1, sizeof(*c));
	if (c == NULL)
		return gp_fail(err, GP_ST_NO_MEMORY, "out of memory");
	c->request = *request;
	c->record.sts_prefix = config->cloud.sts_prefix;
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
	gp_authority_forget(c->request.tenant->authority, c);
	gp_token_response_wipe(&c->tokens);
	gp_root_sign_in_free(c->sign_in);
	gp_json_doc_free(c->record.access);
	gp_json_doc_free(c->record.id);
	free(c);
}
