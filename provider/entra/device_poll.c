/* SPDX-License-Identifier: Apache-2.0 */
/* The two requests of the device flow, and what each answer means for the flow. */
#include <stdlib.h>

#include "base/json.h"
#include "base/random.h"
#include "contract/buf.h"
#include "contract/text.h"
#include "entra/device_internal.h"
#include "http/retry.h"

#include "contract/ban.h"

#define FORM_MAX          (8U << 10)
#define SLOW_DOWN_MS      5000
#define CODE_RETRIES      2
#define CODE_WAIT_MAX_MS  10000 /* somebody looks at an empty screen meanwhile */
#define PAUSE_MIN_MS      30000
#define PAUSE_JITTER_MS   30000U
#define PAUSE_MAX_S       300
#define NO_CLIENT_INFO    50179
#define ANSWER_MAX        (128U << 10)
#define DEVICE_CODE_GRANT "urn:ietf:params:oauth:grant-type:device_code"

static enum gp_status post(struct gp_device_flow *flow, const char *url, const struct gp_buf *form,
			   gp_http_done *done)
{
	char client_request_id[64];
	const char *const headers[] = {
		"Accept: application/json",
		"Content-Type: application/x-www-form-urlencoded",
		client_request_id,
		"return-client-request-id: true",
		NULL,
	};
	const struct gp_http_request request = {
		.method = "POST",
		.url = url,
		.headers = headers,
		.body = {gp_buf_get(form), form->len},
		.max_body = ANSWER_MAX,
	};
	enum gp_status st = gp_buf_status(form);
	if (st == GP_ST_OK)
		st = gp_format(client_request_id, sizeof(client_request_id),
			       "client-request-id: %s", flow->correlation_id);
	if (st == GP_ST_OK)
		st = gp_http_send(flow->flows->http, &request, done, flow, &flow->transfer);
	return st;
}

/* An end of our own making, without an answer of Entra. */
static void fail_by_itself(struct gp_device_flow *flow, enum gp_login_class class, const char *text)
{
	struct gp_login_error error = {.class = class, .own = true};
	(void)gp_text_safe(gp_str_from(text), GP_TEXT_LINE, error.description,
			   sizeof(error.description));
	gp_device_fail(flow, &error);
}

static void pause_all(struct gp_device_flows *flows, const struct gp_http_response *r)
{
	int64_t delay = PAUSE_MIN_MS + gp_random_below(PAUSE_JITTER_MS);
	if (r->retry_after_s > 0)
		delay = 1000 * (r->retry_after_s < PAUSE_MAX_S ? r->retry_after_s : PAUSE_MAX_S);
	gp_log(GP_LOG_WARN, "sign-ins-throttled", "http=%d pause_ms=%lld", r->code,
	       (long long)delay);
	gp_device_pause(flows, delay);
}

/* Does it say anything in the only language that Entra speaks here? What does not (a page of a
 * proxy, half of an answer) is nobody's word, whatever its status. */
static bool is_json(struct gp_str body)
{
	gp_json_doc_auto struct gp_json_doc *doc = NULL;
	return gp_json_parse(body, &doc, NULL) == GP_ST_OK;
}

/* No answer, none of Entra's, or one that says so much: later. Once for each outage. */
static void log_unanswered(const struct gp_device_flow *flow, const struct gp_http_response *r)
{
	if (flow->failures > 0)
		return;
	struct gp_login_error why = {0};
	if (r->status == GP_ST_OK)
		gp_login_error_parse(r->code, r->body, &why);
	const char *text = why.error[0] != '\0' ? why.error : "no answer of Entra's";
	gp_log(GP_LOG_WARN, "device-flow-unanswered", "http=%d number=%u error=%s correlation=%s",
	       r->code, why.number, r->status != GP_ST_OK ? r->err.text : text,
	       flow->correlation_id);
}

/* Reads a refusal, and lets a throttled tenant breathe. */
static void read_error(struct gp_device_flow *flow, const struct gp_http_response *r,
		       struct gp_login_error *error)
{
	gp_login_error_parse(r->code, r->body, error);
	if (flow->flows->seen != NULL)
		flow->flows->seen(flow->flows->seen_arg, r->code, error);
	if (error->throttled)
		pause_all(flow->flows, r);
	else if (gp_retry_makes_sense(r) || error->class == GP_CLASS_UNKNOWN)
		error->class = GP_CLASS_RETRY;
}

/* True when the request for a code is made once more a little later. */
static bool ask_again(struct gp_device_flow *flow, const struct gp_http_response *r)
{
	if (flow->failures >= CODE_RETRIES)
		return false;
	log_unanswered(flow, r);
	flow->failures++;
	int64_t delay = gp_retry_delay_ms(flow->failures + 1, r->retry_after_s);
	if (delay > CODE_WAIT_MAX_MS)
		return false;
	gp_device_schedule(flow, GP_DEVICE_WANTS_CODE, delay);
	return true;
}

/* An authentication context is asked for by a claims request for the access token. */
static void add_claims(const struct gp_device_flow *flow, struct gp_buf *form)
{
	char claims[96];
	if (flow->context[0] == '\0')
		return;
	if (gp_format(claims, sizeof(claims),
		      "{\"access_token\":{\"acrs\":{\"essential\":true,\"value\":\"%s\"}}}",
		      flow->context) == GP_ST_OK)
		gp_http_form_add(form, "claims", gp_str_from(claims));
	else
		form->bad = true;
}

static void on_code(void *arg, const struct gp_http_response *r)
{
	struct gp_device_flow *flow = arg;
	struct gp_device_flows *flows = flow->flows;
	struct gp_login_error error = {0};
	struct gp_error err = {0};
	flow->transfer = NULL;
	gp_authority_saw_date(flows->authority, r->date_s);
	if (r->status != GP_ST_OK) {
		if (!gp_retry_makes_sense(r) || !ask_again(flow, r))
			fail_by_itself(flow, GP_CLASS_RETRY, r->err.text);
		return;
	}
	if (r->code != 200) {
		read_error(flow, r, &error);
		if (error.class != GP_CLASS_RETRY || !ask_again(flow, r))
			gp_device_fail(flow, &error);
		return;
	}
	if (gp_device_code_parse(r->body, &flow->code, &err) != GP_ST_OK) {
		if (!is_json(r->body) && ask_again(flow, r))
			return;
		fail_by_itself(flow, GP_CLASS_UNKNOWN, err.text);
		return;
	}
	flow->failures = 0;
	flow->issued_s = gp_clock_wall_s(flows->clock);
	flow->interval_ms = flow->code.interval_s * 1000;
	flow->spread_ms = gp_random_below((uint32_t)flow->interval_ms + 1);
	flow->expires_ms = flow->asked_ms + flow->code.expires_in_s * 1000;
	gp_device_schedule(flow, GP_DEVICE_WAITING, flow->interval_ms);
	const struct gp_device_news news = {.event = GP_DEVICE_CODE};
	gp_device_tell(flow, &news);
}

void gp_device_ask_code(struct gp_device_flow *flow)
{
	gp_buf_auto struct gp_buf form = GP_BUF(FORM_MAX);
	gp_buf_auto struct gp_buf scope = GP_BUF(FORM_MAX);
	const struct gp_endpoints *endpoints = gp_authority_endpoints(flow->flows->authority);
	/* No offline_access: a refresh token would outlive the sign-in. */
	gp_buf_printf(&scope, "%s openid profile", flow->scope);
	gp_http_form_add(&form, "client_id", gp_str_from(flow->flows->client_id));
	gp_http_form_add(&form, "scope", (struct gp_str){gp_buf_get(&scope), scope.len});
	add_claims(flow, &form);
	flow->state = GP_DEVICE_ASKING_CODE;
	flow->asked_ms = gp_clock_monotonic_ms(flow->flows->clock);
	if (endpoints == NULL || post(flow, endpoints->device_code, &form, on_code) != GP_ST_OK)
		fail_by_itself(flow, GP_CLASS_RETRY, "the code request cannot be sent");
}

/* Entra did not answer, or not in earnest: a sign-in outlives an outage of the tenant, within the
 * life of its code. */
static void poll_later(struct gp_device_flow *flow, const struct gp_http_response *r)
{
	log_unanswered(flow, r);
	flow->failures++;
	int64_t delay = gp_retry_delay_ms(flow->failures, r->retry_after_s);
	if (delay < flow->interval_ms)
		delay = flow->interval_ms;
	gp_device_schedule(flow, GP_DEVICE_WAITING, delay);
}

static void take_tokens(struct gp_device_flow *flow, const struct gp_http_response *r)
{
	struct gp_token_response response = {0};
	struct gp_error err = {0};
	if (gp_token_response_parse(r->body, &response, &err) != GP_ST_OK) {
		if (!is_json(r->body)) {
			poll_later(flow, r);
			return;
		}
		fail_by_itself(flow, GP_CLASS_UNKNOWN, err.text);
		return;
	}
	const struct gp_device_news news = {.event = GP_DEVICE_TOKENS, .response = &response};
	gp_device_tell(flow, &news);
	gp_token_response_wipe(&response);
}

static void take_error(struct gp_device_flow *flow, const struct gp_http_response *r)
{
	struct gp_login_error error = {0};
	read_error(flow, r, &error);
	if (error.throttled || error.class == GP_CLASS_PENDING) {
		/* For a throttled one the pause comes on top. */
		flow->failures = 0;
		gp_device_schedule(flow, GP_DEVICE_WAITING, flow->interval_ms);
	} else if (error.number == NO_CLIENT_INFO && !flow->no_client_info) {
		flow->no_client_info = true;
		gp_device_schedule(flow, GP_DEVICE_WAITING, flow->interval_ms);
	} else if (error.class == GP_CLASS_RETRY) {
		poll_later(flow, r);
	} else if (error.class == GP_CLASS_SLOW_DOWN) {
		flow->failures = 0;
		flow->interval_ms += SLOW_DOWN_MS;
		gp_device_schedule(flow, GP_DEVICE_WAITING, flow->interval_ms);
	} else {
		gp_device_fail(flow, &error);
	}
}

static void on_poll(void *arg, const struct gp_http_response *r)
{
	struct gp_device_flow *flow = arg;
	flow->transfer = NULL;
	gp_authority_saw_date(flow->flows->authority, r->date_s);
	if (r->status != GP_ST_OK)
		poll_later(flow, r);
	else if (r->code == 200)
		take_tokens(flow, r);
	else
		take_error(flow, r);
}

void gp_device_poll(struct gp_device_flow *flow)
{
	gp_buf_auto struct gp_buf form = GP_BUF(FORM_MAX);
	const struct gp_endpoints *endpoints = gp_authority_endpoints(flow->flows->authority);
	gp_http_form_add(&form, "grant_type", GP_STR(DEVICE_CODE_GRANT));
	gp_http_form_add(&form, "client_id", gp_str_from(flow->flows->client_id));
	gp_http_form_add(&form, "device_code", gp_secret_str(&flow->code.device_code));
	if (!flow->no_client_info)
		gp_http_form_add(&form, "client_info", GP_STR("1"));
	add_claims(flow, &form);
	flow->state = GP_DEVICE_POLLING;
	if (endpoints == NULL || post(flow, endpoints->token, &form, on_poll) != GP_ST_OK) {
		struct gp_http_response none = {.status = GP_ST_INTERNAL, .retry_after_s = -1};
		(void)gp_fail(&none.err, none.status, "the poll cannot be sent");
		poll_later(flow, &none);
	}
}
