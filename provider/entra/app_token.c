/* SPDX-License-Identifier: Apache-2.0 */
/* The reader's token for Graph: one request for all who ask, kept until shortly before it ends. */
#include "entra/app_credential.h"

#include <stdlib.h>

#include "contract/buf.h"
#include "entra/credential.h"
#include "entra/login_error.h"
#include "entra/waiters.h"

#include "contract/ban.h"

#define EARLY_S     INT64_C(300)
#define HOLD_MS     2000
#define OUTGROWN_MS 60000
#define FORM_MAX    (16U << 10)
#define HOLD_MAX_S  60

struct gp_app_token {
	struct gp_http *http;
	const struct gp_clock *clock;
	struct gp_authority *authority;
	const struct gp_credential *credential; /* NULL: the token was given */
	char client_id[GP_GUID_TEXT];
	char scope[GP_CONFIG_TEXT + 16];
	struct gp_waiters *waiters;
	struct gp_http_transfer *transfer;
	bool asking;  /* waiting for the authority, or for the answer */
	size_t index; /* certificate in use by the request under way */
	struct gp_secret value;
	int64_t got_ms, until_ms;
	int64_t hold_until_ms; /* after a failure, so that its callers do not make a storm */
	struct gp_error last_error;
};

static bool have_token(const struct gp_app_token *t)
{
	return t->value.len > 0 && gp_clock_monotonic_ms(t->clock) < t->until_ms;
}

static void tell(void *owner, const struct gp_waiter *waiter)
{
	const struct gp_app_token *t = owner;
	gp_app_token_done *done = (gp_app_token_done *)waiter->done;
	struct gp_error gone = {0};
	if (waiter->status != GP_ST_OK) {
		done(waiter->arg, waiter->status, GP_STR(""), &waiter->err);
	} else if (t->value.len == 0) {
		/* Dropped between the answer and now. */
		(void)gp_fail(&gone, GP_ST_UNAVAILABLE, "the token was dropped");
		done(waiter->arg, GP_ST_UNAVAILABLE, GP_STR(""), &gone);
	} else {
		done(waiter->arg, GP_ST_OK, gp_secret_str(&t->value), NULL);
	}
}

static void over(struct gp_app_token *t, enum gp_status st, const struct gp_error *err,
		 int64_t hold_ms)
{
	t->asking = false;
	if (st != GP_ST_OK) {
		gp_log(GP_LOG_WARN, "app-token-failed", "error=%s", err->text);
		t->last_error = *err;
		t->hold_until_ms = gp_clock_monotonic_ms(t->clock) + hold_ms;
	}
	gp_waiters_settle(t->waiters, st, err);
}

static enum gp_status take_token(struct gp_app_token *t, struct gp_str body, struct gp_error *err)
{
	struct gp_token_response r = {0};
	enum gp_status st = gp_token_response_parse(body, &r, err);
	if (st != GP_ST_OK)
		return st;
	int64_t life = r.expires_in_s > 2 * EARLY_S ? r.expires_in_s - EARLY_S : r.expires_in_s / 2;
	gp_secret_wipe(&t->value);
	t->value = r.access_token;
	r.access_token = (struct gp_secret){0};
	t->got_ms = gp_clock_monotonic_ms(t->clock);
	t->until_ms = t->got_ms + life * 1000;
	gp_token_response_wipe(&r);
	return GP_ST_OK;
}

static int64_t now_of_entra(const struct gp_app_token *t)
{
	/* A wrong clock here must not break the assertion: the skew is known and is reported. */
	return gp_clock_wall_s(t->clock) - gp_authority_skew_s(t->authority);
}

static bool valid_now(const struct gp_app_token *t, size_t index)
{
	const struct gp_certificate *c = &t->credential->certificates[index];
	int64_t now = now_of_entra(t);
	return c->not_before_s <= now && now < c->not_after_s;
}

/* The first certificate from INDEX on that is valid now; without any the first of all, so that
 * Entra says what is wrong with it. */
static size_t certificate_from(const struct gp_app_token *t, size_t index)
{
	for (size_t i = index; i < t->credential->certificates_len; i++)
		if (valid_now(t, i))
			return i;
	return index == 0 ? 0 : t->credential->certificates_len;
}

static gp_http_done on_answer;

static enum gp_status add_proof(struct gp_app_token *t, const char *url, struct gp_buf *form,
				struct gp_error *err)
{
	gp_secret_auto struct gp_secret assertion = {0};
	if (t->credential->certificates_len == 0) {
		gp_http_form_add(form, "client_secret", gp_secret_str(&t->credential->secret));
		return GP_ST_OK;
	}
	enum gp_status st = gp_credential_assertion(t->credential, t->index, t->client_id, url,
						    now_of_entra(t), &assertion, err);
	if (st != GP_ST_OK)
		return st;
	gp_http_form_add(form, "client_assertion_type",
			 GP_STR("urn:ietf:params:oauth:client-assertion-type:jwt-bearer"));
	gp_http_form_add(form, "client_assertion", gp_secret_str(&assertion));
	return GP_ST_OK;
}

static enum gp_status ask(struct gp_app_token *t, struct gp_error *err)
{
	static const char *const headers[] = {"Accept: application/json",
					      "Content-Type: application/x-www-form-urlencoded",
					      NULL};
	gp_buf_auto struct gp_buf form = GP_BUF(FORM_MAX);
	const struct gp_endpoints *endpoints = gp_authority_endpoints(t->authority);
	if (endpoints == NULL)
		return gp_fail(err, GP_ST_UNAVAILABLE, "the authority is not known yet");
	gp_http_form_add(&form, "grant_type", GP_STR("client_credentials"));
	gp_http_form_add(&form, "client_id", gp_str_from(t->client_id));
	gp_http_form_add(&form, "scope", gp_str_from(t->scope));
	enum gp_status st = add_proof(t, endpoints->token, &form, err);
	if (st != GP_ST_OK)
		return st;
	st = gp_buf_status(&form);
	const struct gp_http_request request = {
		.method = "POST",
		.url = endpoints->token,
		.headers = headers,
		.body = {gp_buf_get(&form), form.len},
	};
	if (st == GP_ST_OK)
		st = gp_http_send(t->http, &request, on_answer, t, &t->transfer);
	return st == GP_ST_OK ? st : gp_fail(err, st, "the token request cannot be sent");
}

static bool other_certificate(struct gp_app_token *t, const struct gp_login_error *why)
{
	if (strcmp(why->error, "invalid_client") != 0)
		return false;
	size_t next = certificate_from(t, t->index + 1);
	if (next >= t->credential->certificates_len)
		return false;
	gp_log(GP_LOG_WARN, "app-certificate-refused", "number=%u", why->number);
	t->index = next;
	return true;
}

static void refused(struct gp_app_token *t, const struct gp_http_response *r)
{
	struct gp_error err = {0};
	struct gp_login_error why;
	int64_t hold_ms = HOLD_MS;
	gp_login_error_parse(r->code, r->body, &why);
	if (other_certificate(t, &why)) {
		enum gp_status st = ask(t, &err);
		if (st != GP_ST_OK)
			over(t, st, &err, HOLD_MS);
		return;
	}
	bool later = why.class == GP_CLASS_RETRY || why.throttled;
	if (later && r->retry_after_s > 0)
		hold_ms = 1000 * (r->retry_after_s < HOLD_MAX_S ? r->retry_after_s : HOLD_MAX_S);
	enum gp_status st = gp_fail(&err, later ? GP_ST_UNAVAILABLE : GP_ST_DENIED,
				    "token for Graph: HTTP %d %s %u %s", r->code, why.error,
				    why.number, why.description);
	over(t, st, &err, hold_ms);
}

static void on_answer(void *arg, const struct gp_http_response *r)
{
	struct gp_app_token *t = arg;
	struct gp_error err = {0};
	t->transfer = NULL;
	gp_authority_saw_date(t->authority, r->date_s);
	if (r->status != GP_ST_OK) {
		over(t, r->status, &r->err, HOLD_MS);
	} else if (r->code != 200) {
		refused(t, r);
	} else {
		enum gp_status st = take_token(t, r->body, &err);
		over(t, st, &err, HOLD_MS);
	}
}

static void on_authority(void *arg, enum gp_status status, const struct gp_error *authority_err)
{
	struct gp_app_token *t = arg;
	struct gp_error err = {0};
	if (status != GP_ST_OK) {
		over(t, status, authority_err, HOLD_MS);
		return;
	}
	t->index = certificate_from(t, 0);
	enum gp_status st = ask(t, &err);
	if (st != GP_ST_OK)
		over(t, st, &err, HOLD_MS);
}

enum gp_status gp_app_token_new(struct gp_http *http, const struct gp_clock *clock,
				struct gp_authority *authority, const struct gp_config *config,
				const struct gp_credential *credential, struct gp_app_token **out,
				struct gp_error *err)
{
	struct gp_app_token *t = calloc(1, sizeof(*t));
	if (t == NULL)
		return gp_fail(err, GP_ST_NO_MEMORY, "out of memory");
	t->http = http;
	t->clock = clock;
	t->authority = authority;
	t->credential = credential;
	enum gp_status st =
		gp_copy(t->client_id, sizeof(t->client_id), gp_str_from(config->reader_client_id));
	if (st == GP_ST_OK)
		st = gp_format(t->scope, sizeof(t->scope), "%s/.default", config->cloud.graph);
	if (st == GP_ST_OK)
		st = gp_waiters_new(gp_http_event(http), tell, t, &t->waiters);
	if (st != GP_ST_OK) {
		gp_app_token_free(t);
		return gp_fail(err, st, "the token for Graph cannot be set up");
	}
	*out = t;
	return GP_ST_OK;
}

enum gp_status gp_app_token_given(struct gp_http *http, const struct gp_clock *clock,
				  struct gp_authority *authority, struct gp_secret *value,
				  int64_t expires_in_s, struct gp_app_token **out,
				  struct gp_error *err)
{
	struct gp_app_token *t = calloc(1, sizeof(*t));
	if (t == NULL)
		return gp_fail(err, GP_ST_NO_MEMORY, "out of memory");
	t->http = http;
	t->clock = clock;
	t->authority = authority;
	enum gp_status st = gp_waiters_new(gp_http_event(http), tell, t, &t->waiters);
	if (st != GP_ST_OK) {
		gp_app_token_free(t);
		return gp_fail(err, st, "the token for Graph cannot be kept");
	}
	t->value = *value;
	*value = (struct gp_secret){0};
	t->until_ms = gp_clock_monotonic_ms(clock) + expires_in_s * 1000;
	*out = t;
	return GP_ST_OK;
}

void gp_app_token_free(struct gp_app_token *t)
{
	if (t == NULL)
		return;
	gp_http_cancel(t->transfer);
	gp_authority_forget(t->authority, t);
	gp_waiters_free(t->waiters);
	gp_secret_wipe(&t->value);
	free(t);
}

enum gp_status gp_app_token_get(struct gp_app_token *t, gp_app_token_done *done, void *arg)
{
	void (*callback)(void) = (void (*)(void))done;
	static const struct gp_error ended = {GP_ST_DENIED,
					      "the token is over, or Graph refuses it"};
	if (have_token(t))
		return gp_waiters_add_due(t->waiters, callback, arg, GP_ST_OK, NULL);
	if (t->credential == NULL)
		return gp_waiters_add_due(t->waiters, callback, arg, ended.code, &ended);
	if (!t->asking && gp_clock_monotonic_ms(t->clock) < t->hold_until_ms)
		return gp_waiters_add_due(t->waiters, callback, arg, t->last_error.code,
					  &t->last_error);
	enum gp_status st = gp_waiters_add(t->waiters, callback, arg);
	if (st != GP_ST_OK || t->asking)
		return st;
	t->asking = true;
	st = gp_authority_ready(t->authority, on_authority, t);
	if (st != GP_ST_OK) {
		t->asking = false;
		gp_waiters_forget(t->waiters, arg);
	}
	return st;
}

void gp_app_token_forget(struct gp_app_token *t, void *arg)
{
	gp_waiters_forget(t->waiters, arg);
}

void gp_app_token_drop(struct gp_app_token *t)
{
	gp_secret_wipe(&t->value);
}

void gp_app_token_lacks_right(struct gp_app_token *t)
{
	if (t->credential != NULL && gp_clock_monotonic_ms(t->clock) - t->got_ms >= OUTGROWN_MS)
		gp_secret_wipe(&t->value);
}

void gp_app_token_saw_date(struct gp_app_token *t, int64_t date_s)
{
	gp_authority_saw_date(t->authority, date_s);
}
