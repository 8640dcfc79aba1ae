/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/offer.h"

#include <malloc.h>
#include <stdlib.h>
#include <time.h>

#include "base/log.h"
#include "base/random.h"
#include "contract/text.h"
#include "directory/exchange.h"

#include "contract/ban.h"

struct gp_offer {
	struct gp_offer_deps deps;
	sd_event_source *timer;
	struct gp_exchange *exchange;
	bool waiting;          /* something is to be offered once the timer fires */
	bool current;          /* what is published is what we have */
	int64_t sent_ms;       /* when the last candidate went out; INT64_MIN: never */
	int64_t pause_ms;      /* before the next one */
	uint64_t offered;      /* generation of the candidate under way */
	uint64_t acknowledged; /* highest generation that the publisher named */
	int64_t last_s;
	uint64_t seed;
	struct gp_error error;
};

static void arm(struct gp_offer *o)
{
	int64_t wait_ms = 0;
	if (o->exchange != NULL) {
		return; /* its end arms again */
	}
	if (o->sent_ms != INT64_MIN) {
		wait_ms = o->sent_ms + o->pause_ms - gp_clock_monotonic_ms(o->deps.clock);
	}
	if (wait_ms < 0) {
		wait_ms = 0;
	}
	if (sd_event_source_set_time_relative(o->timer, (uint64_t)wait_ms * 1000) < 0 ||
	    sd_event_source_set_enabled(o->timer, SD_EVENT_ONESHOT) < 0) {
		gp_log(GP_LOG_ERROR, "publish-timer-failed", "wait_ms=%lld", (long long)wait_ms);
	}
}

void gp_offer_touch(struct gp_offer *offer)
{
	offer->waiting = true;
	arm(offer);
}

static void fell_short(struct gp_offer *o, enum gp_status code, const char *text, bool again)
{
	char safe[160];
	(void)gp_text_safe(gp_str_from(text), GP_TEXT_LINE, safe, sizeof(safe));
	(void)gp_fail(&o->error, code, "%s", safe);
	gp_log(GP_LOG_WARN, "publish-failed", "status=%s error=%s again=%s", gp_status_name(code),
	       safe, again ? "yes" : "no");
	o->current = false;
	if (again) {
		o->waiting = true;
	}
}

/* Whoever cannot publish now is asked again later, and later still. */
static void try_later(struct gp_offer *o)
{
	if (o->waiting) {
		arm(o);
	}
	o->pause_ms =
		o->pause_ms * 2 > GP_OFFER_PAUSE_MAX_MS ? GP_OFFER_PAUSE_MAX_MS : o->pause_ms * 2;
}

static void succeeded(struct gp_offer *o)
{
	o->current = !o->waiting;
	o->pause_ms = GP_OFFER_PAUSE_MS;
	o->error = (struct gp_error){0};
}

static void remember(struct gp_offer *o, uint64_t generation)
{
	struct gp_error err = {0};
	if (generation <= o->acknowledged) {
		return;
	}
	o->acknowledged = generation;
	/* The published file says it too; this is for the day when that is lost. */
	if (gp_store_value_put(o->deps.store, "generation", generation, &err) != GP_ST_OK) {
		gp_log(GP_LOG_WARN, "generation-not-kept", "error=%s", err.text);
	}
}

static void on_reply(void *arg, enum gp_status status, const struct gp_publish_reply *reply,
		     const struct gp_error *err)
{
	struct gp_offer *o = arg;
	gp_exchange_free(o->exchange);
	o->exchange = NULL;
	/* The candidate was larger than all that stays; the system can have its place. */
	(void)malloc_trim(0);
	if (status != GP_ST_OK) {
		fell_short(o, status, err->text, true);
		try_later(o);
		return;
	}
	bool behind = reply->generation >= o->offered;
	remember(o, reply->generation);
	switch (reply->outcome) {
	case GP_PUBLISH_DONE:
		o->last_s = gp_clock_wall_s(o->deps.clock);
		gp_log(GP_LOG_INFO, "published", "generation=%llu",
		       (unsigned long long)reply->generation);
		succeeded(o);
		break;
	case GP_PUBLISH_UNCHANGED:
		succeeded(o);
		break;
	case GP_PUBLISH_FAILED:
		fell_short(o, GP_ST_UNAVAILABLE, reply->text, true);
		try_later(o);
		return;
	case GP_PUBLISH_REFUSED:
		/* Only a stale generation can be mended here; anything else waits for new records
		 * or for root to change ids.conf, and is tried again after the next read. */
		fell_short(o, GP_ST_DENIED, reply->text, behind);
		try_later(o);
		return;
	}
	if (o->waiting) {
		arm(o);
	}
}

/* True when the published file already says what BYTES say. */
static bool is_published(const struct gp_offer *o, const struct gp_directory_bytes *bytes)
{
	struct gp_directory_view now = {0};
	struct gp_directory_view next = {0};
	if (gp_directory_open(o->deps.current, &now) != GP_ST_OK) {
		return false;
	}
	/* Its checksum last: of a file that differs in length nothing else is read. */
	bool same = gp_directory_attach(bytes->ptr, bytes->len, &next) == GP_ST_OK &&
		    gp_directory_same_records(&now, &next) && gp_directory_whole(&now);
	gp_directory_close(&now);
	return same;
}

static uint64_t next_generation(const struct gp_offer *o)
{
	uint64_t highest = o->acknowledged;
	struct gp_directory_view now = {0};
	if (gp_directory_open(o->deps.current, &now) == GP_ST_OK) {
		if (gp_directory_whole(&now) && now.generation > highest) {
			highest = now.generation;
		}
		gp_directory_close(&now);
	}
	return highest + 1;
}

static void hand_over(struct gp_offer *o, struct gp_directory_bytes *bytes)
{
	struct gp_error err = {0};
	const struct gp_exchange_request request = {
		.event = o->deps.event,
		.socket_path = o->deps.publish_socket,
		.done = on_reply,
		.arg = o,
	};
	o->sent_ms = gp_clock_monotonic_ms(o->deps.clock);
	enum gp_status st = gp_exchange_start(&request, bytes, &o->exchange, &err);
	if (st != GP_ST_OK) {
		fell_short(o, st, err.text, true);
		try_later(o);
	}
}

static int on_timer(sd_event_source *source, uint64_t usec, void *arg)
{
	struct gp_offer *o = arg;
	struct gp_directory_bytes bytes = {0};
	struct gp_error err = {0};
	(void)source;
	(void)usec;
	if (!o->waiting || o->exchange != NULL) {
		return 0;
	}
	o->waiting = false;
	o->offered = next_generation(o);
	enum gp_status st = o->deps.build(o->deps.arg, o->offered, o->seed, &bytes, &err);
	if (st != GP_ST_OK) {
		/* The same guests would give the same error: wait for others. */
		fell_short(o, st, err.text, false);
	} else if (is_published(o, &bytes)) {
		succeeded(o);
	} else {
		hand_over(o, &bytes);
	}
	gp_directory_bytes_free(&bytes);
	(void)malloc_trim(0);
	return 0;
}

static enum gp_status load(struct gp_offer *o, struct gp_error *err)
{
	enum gp_status st = gp_store_value_get(o->deps.store, "generation", &o->acknowledged);
	if (st != GP_ST_OK && st != GP_ST_NOT_FOUND) {
		return gp_fail(err, st, "store: the generation cannot be read");
	}
	st = gp_store_value_get(o->deps.store, "seed", &o->seed);
	if (st == GP_ST_NOT_FOUND) {
		gp_random(&o->seed, sizeof(o->seed));
		o->seed &= INT64_MAX;
		return gp_store_value_put(o->deps.store, "seed", o->seed, err);
	}
	return st == GP_ST_OK ? st : gp_fail(err, st, "store: the seed cannot be read");
}

enum gp_status gp_offer_new(const struct gp_offer_deps *deps, struct gp_offer **out,
			    struct gp_error *err)
{
	struct gp_offer *o = calloc(1, sizeof(*o));
	if (o == NULL) {
		return gp_fail(err, GP_ST_NO_MEMORY, "no memory");
	}
	o->deps = *deps;
	o->sent_ms = INT64_MIN;
	o->pause_ms = GP_OFFER_PAUSE_MS;
	enum gp_status st = load(o, err);
	if (st == GP_ST_OK && sd_event_add_time_relative(deps->event, &o->timer, CLOCK_BOOTTIME, 0,
							 0, on_timer, o) < 0) {
		st = gp_fail(err, GP_ST_NO_MEMORY, "the loop takes no more timers");
	}
	if (st != GP_ST_OK) {
		gp_offer_free(o);
		return st;
	}
	*out = o;
	return GP_ST_OK;
}

void gp_offer_free(struct gp_offer *offer)
{
	if (offer == NULL) {
		return;
	}
	gp_exchange_free(offer->exchange);
	sd_event_source_disable_unref(offer->timer);
	free(offer);
}

bool gp_offer_is_current(const struct gp_offer *offer)
{
	return offer->current && !offer->waiting && offer->exchange == NULL;
}

int64_t gp_offer_last_s(const struct gp_offer *offer)
{
	return offer->last_s;
}

enum gp_status gp_offer_status(const struct gp_offer *offer, struct gp_error *err)
{
	if (err != NULL) {
		*err = offer->error;
	}
	return offer->error.code;
}
