/* SPDX-License-Identifier: Apache-2.0 */
#include "entra/device_flow.h"

#include <stdlib.h>
#include <time.h>

#include "entra/device_internal.h"

#include "contract/ban.h"

static int64_t now_ms(const struct gp_device_flows *flows)
{
	return gp_clock_monotonic_ms(flows->clock);
}

static bool is_timed(const struct gp_device_flow *flow)
{
	return flow->state == GP_DEVICE_WANTS_CODE || flow->state == GP_DEVICE_WAITING;
}

/* A pause holds back polls, but a code that ends in it is not kept waiting. */
static int64_t due_ms(const struct gp_device_flow *flow)
{
	int64_t due = flow->due_ms;
	if (flow->state == GP_DEVICE_WAITING) {
		if (due < flow->flows->paused_until_ms)
			due = flow->flows->paused_until_ms + flow->spread_ms;
		if (due > flow->expires_ms)
			due = flow->expires_ms;
	}
	return due;
}

static void arm(struct gp_device_flows *flows)
{
	bool any = false;
	int64_t first = 0;
	for (const struct gp_device_flow *f = flows->first; f != NULL; f = f->next) {
		if (!is_timed(f))
			continue;
		int64_t due = due_ms(f);
		if (!any || due < first)
			first = due;
		any = true;
	}
	/* These fail only for a source that does not exist, and this one does. */
	if (!any) {
		(void)sd_event_source_set_enabled(flows->timer, SD_EVENT_OFF);
		return;
	}
	int64_t wait = first - now_ms(flows);
	(void)sd_event_source_set_time_relative(flows->timer, wait > 0 ? (uint64_t)wait * 1000 : 0);
	(void)sd_event_source_set_enabled(flows->timer, SD_EVENT_ONESHOT);
}

static struct gp_device_flow *find_due(const struct gp_device_flows *flows)
{
	int64_t now = now_ms(flows);
	for (struct gp_device_flow *f = flows->first; f != NULL; f = f->next)
		if (is_timed(f) && due_ms(f) <= now)
			return f;
	return NULL;
}

static void step(struct gp_device_flow *flow)
{
	static const struct gp_login_error expired = {
		.class = GP_CLASS_EXPIRED,
		.error = "expired_token",
		.description = "nobody signed in with the code while it was valid",
	};
	if (flow->state == GP_DEVICE_WANTS_CODE)
		gp_device_ask_code(flow);
	else if (now_ms(flow->flows) >= flow->expires_ms)
		gp_device_fail(flow, &expired);
	else
		gp_device_poll(flow);
}

void gp_device_flows_run_due(struct gp_device_flows *flows)
{
	flows->running = true;
	for (;;) {
		/* From the start each time: a step may remove any flow. */
		struct gp_device_flow *flow = flows->freed ? NULL : find_due(flows);
		if (flow == NULL)
			break;
		step(flow);
	}
	flows->running = false;
	if (flows->freed)
		free(flows);
	else
		arm(flows);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *arg)
{
	(void)source;
	(void)usec;
	gp_device_flows_run_due(arg);
	return 0;
}

enum gp_status gp_device_flows_new(sd_event *event, struct gp_http *http,
				   const struct gp_clock *clock, struct gp_authority *authority,
				   const char *client_id, struct gp_device_flows **out,
				   struct gp_error *err)
{
	struct gp_device_flows *flows = calloc(1, sizeof(*flows));
	if (flows == NULL)
		return gp_fail(err, GP_ST_NO_MEMORY, "out of memory");
	flows->http = http;
	flows->clock = clock;
	flows->authority = authority;
	enum gp_status st =
		gp_copy(flows->client_id, sizeof(flows->client_id), gp_str_from(client_id));
	if (st == GP_ST_OK && (sd_event_add_time_relative(event, &flows->timer, CLOCK_BOOTTIME, 0,
							  10000, on_timer, flows) < 0 ||
			       sd_event_source_set_enabled(flows->timer, SD_EVENT_OFF) < 0))
		st = GP_ST_NO_MEMORY;
	if (st != GP_ST_OK) {
		gp_device_flows_free(flows);
		return gp_fail(err, st, "the device flow cannot be set up");
	}
	*out = flows;
	return GP_ST_OK;
}

void gp_device_flows_watch(struct gp_device_flows *flows, gp_device_seen *seen, void *arg)
{
	flows->seen = seen;
	flows->seen_arg = arg;
}

void gp_device_flows_free(struct gp_device_flows *flows)
{
	if (flows == NULL)
		return;
	/* Their owners still cancel them one by one. */
	while (flows->first != NULL) {
		struct gp_device_flow *f = flows->first;
		flows->first = f->next;
		gp_http_cancel(f->transfer);
		f->transfer = NULL;
		f->state = GP_DEVICE_OVER;
		f->flows = NULL;
		f->prev = NULL;
		f->next = NULL;
	}
	sd_event_source_disable_unref(flows->timer);
	flows->freed = true;
	if (!flows->running)
		free(flows);
}

void gp_device_schedule(struct gp_device_flow *flow, enum gp_device_state state, int64_t delay_ms)
{
	flow->state = state;
	flow->due_ms = now_ms(flow->flows) + delay_ms;
	if (!flow->flows->running)
		arm(flow->flows);
}

void gp_device_pause(struct gp_device_flows *flows, int64_t delay_ms)
{
	int64_t until = now_ms(flows) + delay_ms;
	if (until > flows->paused_until_ms)
		flows->paused_until_ms = until;
	if (!flows->running)
		arm(flows);
}

void gp_device_tell(struct gp_device_flow *flow, const struct gp_device_news *news)
{
	if (news->event != GP_DEVICE_CODE) {
		flow->state = GP_DEVICE_OVER;
		gp_secret_wipe(&flow->code.device_code);
	}
	flow->news(flow->arg, news);
}

void gp_device_fail(struct gp_device_flow *flow, const struct gp_login_error *error)
{
	const struct gp_device_news news = {.event = GP_DEVICE_FAILED, .error = error};
	gp_device_tell(flow, &news);
}

enum gp_status gp_device_flow_start(struct gp_device_flows *flows, const char *scope,
				    const char *context, const char *correlation_id,
				    gp_device_flow_news *news, void *arg,
				    struct gp_device_flow **out)
{
	uint8_t guid[16];
	/* It becomes a header line. */
	if (gp_guid_parse(gp_str_from(correlation_id), guid) != GP_ST_OK)
		return GP_ST_INVALID;
	if (gp_authority_endpoints(flows->authority) == NULL)
		return GP_ST_UNAVAILABLE;
	struct gp_device_flow *flow = calloc(1, sizeof(*flow));
	if (flow == NULL)
		return GP_ST_NO_MEMORY;
	gp_guid_format(guid, flow->correlation_id);
	enum gp_status st = gp_copy(flow->scope, sizeof(flow->scope), gp_str_from(scope));
	if (st == GP_ST_OK)
		st = gp_copy(flow->context, sizeof(flow->context), gp_str_from(context));
	if (st != GP_ST_OK) {
		free(flow);
		return st;
	}
	flow->flows = flows;
	flow->news = news;
	flow->arg = arg;
	flow->next = flows->first;
	if (flow->next != NULL)
		flow->next->prev = flow;
	flows->first = flow;
	gp_device_schedule(flow, GP_DEVICE_WANTS_CODE, 0);
	*out = flow;
	return GP_ST_OK;
}

void gp_device_flow_cancel(struct gp_device_flow *flow)
{
	if (flow == NULL)
		return;
	if (flow->flows != NULL) {
		gp_http_cancel(flow->transfer);
		if (flow->prev != NULL)
			flow->prev->next = flow->next;
		else
			flow->flows->first = flow->next;
		if (flow->next != NULL)
			flow->next->prev = flow->prev;
	}
	gp_device_code_wipe(&flow->code);
	free(flow);
}

const struct gp_device_code *gp_device_flow_code(const struct gp_device_flow *flow)
{
	return &flow->code;
}

int64_t gp_device_flow_issued_s(const struct gp_device_flow *flow)
{
	return flow->issued_s;
}

int64_t gp_device_flow_expires_ms(const struct gp_device_flow *flow)
{
	return flow->expires_ms;
}
