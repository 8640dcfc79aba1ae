/* SPDX-License-Identifier: Apache-2.0 */
#include "entra/authority.h"

#include <stdlib.h>
#include <time.h>

#include "base/random.h"
#include "entra/login_error.h"
#include "entra/waiters.h"
#include "http/retry.h"

#include "contract/ban.h"

#define REFRESH_S      (12 * 3600U)
#define REFRESH_JITTER 3600U
#define FAILED_S       300U
#define FAILED_JITTER  300U
#define FORCED_MS      INT64_C(300000)
#define HOLD_MS        2000 /* after a failed read, so that a crowd of logins is not a storm */
#define HOLD_MAX_S     60 /* when the server asks for more; the sign-ins' own timers end earlier */

enum reading {
	READING_NOTHING = 0,
	READING_DISCOVERY,
	READING_KEYS,
};

struct gp_authority {
	struct gp_http *http;
	const struct gp_clock *clock;
	char login[GP_CONFIG_TEXT];
	char tenant_id[GP_GUID_TEXT];
	char discovery[GP_URL_MAX];
	struct gp_endpoints endpoints;
	struct gp_endpoints fresh; /* of a read under way: taken over together with its keys */
	struct gp_jwks *keys;      /* NULL: nothing known yet */
	enum reading reading;
	struct gp_http_transfer *transfer;
	struct gp_waiters *waiters;
	sd_event_source *refresh;
	bool kid_awaited; /* somebody who waits misses a key: a success is a forced read */
	bool forced;      /* a forced read of the keys succeeded, at FORCED_AT */
	int64_t forced_at_ms;
	int64_t hold_until_ms;
	int64_t retry_after_s; /* of the answer that failed; -1: it did not say */
	int64_t skew_s;
	bool has_date;
};

static void tell(void *owner, const struct gp_waiter *waiter)
{
	(void)owner;
	gp_authority_done *done = (gp_authority_done *)waiter->done;
	done(waiter->arg, waiter->status, waiter->status == GP_ST_OK ? NULL : &waiter->err);
}

static void schedule(struct gp_authority *a, uint64_t seconds, uint32_t jitter)
{
	uint64_t usec = (seconds + gp_random_below(jitter)) * 1000000;
	/* They fail only for a source that does not exist, and this one does. */
	(void)sd_event_source_set_time_relative(a->refresh, usec);
	(void)sd_event_source_set_enabled(a->refresh, SD_EVENT_ONESHOT);
}

/* For how long nobody asks after a failure: as long as the server wants, within bounds. */
static int64_t hold_ms(const struct gp_authority *a)
{
	int64_t asked = a->retry_after_s < HOLD_MAX_S ? a->retry_after_s : HOLD_MAX_S;
	return asked * 1000 > HOLD_MS ? asked * 1000 : HOLD_MS;
}

static void over(struct gp_authority *a, enum gp_status st, const struct gp_error *err)
{
	a->reading = READING_NOTHING;
	if (st == GP_ST_OK) {
		schedule(a, REFRESH_S - REFRESH_JITTER, REFRESH_JITTER);
		a->hold_until_ms = 0;
		if (a->kid_awaited) {
			a->forced = true;
			a->forced_at_ms = gp_clock_monotonic_ms(a->clock);
		}
	} else {
		gp_log(GP_LOG_WARN, "authority-read-failed", "cached=%s error=%s",
		       a->keys != NULL ? "yes" : "no", err->text);
		schedule(a, FAILED_S, FAILED_JITTER);
		a->hold_until_ms = gp_clock_monotonic_ms(a->clock) + hold_ms(a);
	}
	/* What brought nothing does not use up what is allowed, nor give back what was used. */
	a->kid_awaited = false;
	gp_waiters_settle(a->waiters, st, err);
}

/* An answer that is not the document: what Entra says is for the log. */
static enum gp_status refused(const struct gp_http_response *r, const char *what,
			      struct gp_error *err)
{
	struct gp_login_error why;
	if (r->status != GP_ST_OK)
		return gp_fail(err, r->status, "%s: %s", what, r->err.text);
	gp_login_error_parse(r->code, r->body, &why);
	bool later = gp_retry_makes_sense(r) || why.class == GP_CLASS_RETRY;
	return gp_fail(err, later ? GP_ST_UNAVAILABLE : GP_ST_DENIED, "%s: HTTP %d %s %u %s", what,
		       r->code, why.error, why.number, why.description);
}

static gp_http_done on_discovery;
static gp_http_done on_keys;

static enum gp_status read_document(struct gp_authority *a, enum reading what, struct gp_error *err)
{
	bool keys = what == READING_KEYS;
	static const char *const headers[] = {"Accept: application/json", NULL};
	const struct gp_http_request request = {
		.method = "GET",
		.url = keys ? a->fresh.keys : a->discovery,
		.headers = headers,
	};
	a->retry_after_s = -1;
	enum gp_status st =
		gp_http_send(a->http, &request, keys ? on_keys : on_discovery, a, &a->transfer);
	if (st != GP_ST_OK)
		return gp_fail(err, st, "the request cannot be sent: %s", gp_status_name(st));
	a->reading = what;
	return GP_ST_OK;
}

static void on_keys(void *arg, const struct gp_http_response *r)
{
	struct gp_authority *a = arg;
	struct gp_jwks *keys = NULL;
	struct gp_error err = {0};
	enum gp_status st = GP_ST_OK;
	a->transfer = NULL;
	gp_authority_saw_date(a, r->date_s);
	a->retry_after_s = r->retry_after_s;
	if (r->status != GP_ST_OK || r->code != 200)
		st = refused(r, "keys", &err);
	else
		st = gp_jwks_parse(r->body, &keys, &err);
	/* With such keys no token could be verified until the next read, hours later. */
	if (st == GP_ST_OK && !gp_jwks_serve(keys, a->tenant_id, a->fresh.issuer)) {
		gp_jwks_free(keys);
		st = gp_fail(&err, GP_ST_INVALID, "keys: none signs for this tenant");
	}
	if (st == GP_ST_OK) {
		gp_jwks_free(a->keys);
		a->keys = keys;
		a->endpoints = a->fresh;
	}
	over(a, st, &err);
}

static void on_discovery(void *arg, const struct gp_http_response *r)
{
	struct gp_authority *a = arg;
	struct gp_error err = {0};
	enum gp_status st = GP_ST_OK;
	a->transfer = NULL;
	gp_authority_saw_date(a, r->date_s);
	a->retry_after_s = r->retry_after_s;
	if (r->status != GP_ST_OK || r->code != 200)
		st = refused(r, "discovery", &err);
	else
		st = gp_endpoints_parse(r->body, a->login, a->tenant_id, &a->fresh, &err);
	if (st == GP_ST_OK)
		st = read_document(a, READING_KEYS, &err);
	if (st != GP_ST_OK)
		over(a, st, &err);
}

static int on_refresh(sd_event_source *source, uint64_t usec, void *arg)
{
	struct gp_authority *a = arg;
	struct gp_error err = {0};
	(void)source;
	(void)usec;
	if (a->reading != READING_NOTHING)
		return 0;
	enum gp_status st = read_document(a, READING_DISCOVERY, &err);
	if (st != GP_ST_OK)
		over(a, st, &err);
	return 0;
}

static enum gp_status set_up(struct gp_authority *a, sd_event *event,
			     const struct gp_config *config)
{
	enum gp_status st = gp_waiters_new(event, tell, a, &a->waiters);
	if (st == GP_ST_OK)
		st = gp_copy(a->login, sizeof(a->login), gp_str_from(config->cloud.login));
	if (st == GP_ST_OK)
		st = gp_copy(a->tenant_id, sizeof(a->tenant_id), gp_str_from(config->tenant_id));
	if (st == GP_ST_OK)
		st = gp_format(a->discovery, sizeof(a->discovery),
			       "%s/%s/v2.0/.well-known/openid-configuration", a->login,
			       a->tenant_id);
	if (st == GP_ST_OK && !gp_http_same_origin(a->discovery, a->login))
		st = GP_ST_INVALID;
	if (st == GP_ST_OK && (sd_event_add_time_relative(event, &a->refresh, CLOCK_BOOTTIME, 0, 0,
							  on_refresh, a) < 0 ||
			       sd_event_source_set_enabled(a->refresh, SD_EVENT_OFF) < 0))
		st = GP_ST_NO_MEMORY;
	return st;
}

enum gp_status gp_authority_new(sd_event *event, struct gp_http *http, const struct gp_clock *clock,
				const struct gp_config *config, struct gp_authority **out,
				struct gp_error *err)
{
	struct gp_authority *a = calloc(1, sizeof(*a));
	if (a == NULL)
		return gp_fail(err, GP_ST_NO_MEMORY, "out of memory");
	a->http = http;
	a->clock = clock;
	enum gp_status st = set_up(a, event, config);
	if (st != GP_ST_OK) {
		gp_authority_free(a);
		return gp_fail(err, st, "%s: not the address of a login authority",
			       config->cloud.login);
	}
	*out = a;
	return GP_ST_OK;
}

void gp_authority_free(struct gp_authority *a)
{
	if (a == NULL)
		return;
	gp_http_cancel(a->transfer);
	gp_waiters_free(a->waiters);
	sd_event_source_disable_unref(a->refresh);
	gp_jwks_free(a->keys);
	free(a);
}

/* True if the last read failed a moment ago: then the next one, for all who ask meanwhile, begins
 * when the hold is over. */
static bool is_held(struct gp_authority *a)
{
	int64_t left = a->hold_until_ms - gp_clock_monotonic_ms(a->clock);
	if (left <= 0)
		return false;
	(void)sd_event_source_set_time_relative(a->refresh, (uint64_t)left * 1000);
	(void)sd_event_source_set_enabled(a->refresh, SD_EVENT_ONESHOT);
	return true;
}

enum gp_status gp_authority_ready(struct gp_authority *a, gp_authority_done *done, void *arg)
{
	void (*callback)(void) = (void (*)(void))done;
	struct gp_error err = {0};
	if (a->keys != NULL)
		return gp_waiters_add_due(a->waiters, callback, arg, GP_ST_OK, NULL);
	if (a->reading != READING_NOTHING)
		return gp_waiters_add(a->waiters, callback, arg);
	enum gp_status st = gp_waiters_add(a->waiters, callback, arg);
	if (st != GP_ST_OK || is_held(a))
		return st;
	st = read_document(a, READING_DISCOVERY, &err);
	if (st != GP_ST_OK)
		over(a, st, &err);
	return GP_ST_OK;
}

enum gp_status gp_authority_refetch_keys(struct gp_authority *a, gp_authority_done *done, void *arg)
{
	void (*callback)(void) = (void (*)(void))done;
	struct gp_error err = {0};
	int64_t now = gp_clock_monotonic_ms(a->clock);
	if (a->keys == NULL)
		return gp_authority_ready(a, done, arg);
	if (a->reading == READING_NOTHING && a->forced && now - a->forced_at_ms < FORCED_MS)
		return GP_ST_UNAVAILABLE;
	enum gp_status st = gp_waiters_add(a->waiters, callback, arg);
	if (st != GP_ST_OK)
		return st;
	a->kid_awaited = true;
	/* Somebody reads them at this moment, or soon: that answer serves. */
	if (a->reading != READING_NOTHING || is_held(a))
		return GP_ST_OK;
	a->fresh = a->endpoints;
	st = read_document(a, READING_KEYS, &err);
	if (st != GP_ST_OK)
		over(a, st, &err);
	return GP_ST_OK;
}

void gp_authority_forget(struct gp_authority *a, void *arg)
{
	gp_waiters_forget(a->waiters, arg);
}

const struct gp_endpoints *gp_authority_endpoints(const struct gp_authority *a)
{
	return a->keys != NULL ? &a->endpoints : NULL;
}

const struct gp_jwks *gp_authority_keys(const struct gp_authority *a)
{
	return a->keys;
}

int64_t gp_authority_skew_s(const struct gp_authority *a)
{
	return a->skew_s;
}

bool gp_authority_has_date(const struct gp_authority *a)
{
	return a->has_date;
}

void gp_authority_saw_date(struct gp_authority *a, int64_t date_s)
{
	if (date_s == 0)
		return;
	a->skew_s = gp_clock_wall_s(a->clock) - date_s;
	a->has_date = true;
}
