/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inside of the device flow: device_flow.c owns flows and their times, device_poll.c speaks
 * with Entra. A waiting flow is this struct and its code; it holds no connection and no timer of
 * its own.
 */
#ifndef GP_ENTRA_DEVICE_INTERNAL_H
#define GP_ENTRA_DEVICE_INTERNAL_H

#include "entra/device_flow.h"

enum gp_device_state {
	GP_DEVICE_OVER = 0,    /* nothing more will come */
	GP_DEVICE_WANTS_CODE,  /* the request for a code is due at due_ms */
	GP_DEVICE_ASKING_CODE, /* it is under way */
	GP_DEVICE_WAITING,     /* the next poll is due at due_ms */
	GP_DEVICE_POLLING,     /* a poll is under way */
};

struct gp_device_flows {
	struct gp_http *http;
	const struct gp_clock *clock;
	struct gp_authority *authority;
	char client_id[GP_GUID_TEXT];
	gp_device_seen *seen; /* NULL: nobody looks */
	void *seen_arg;
	struct gp_device_flow *first;
	sd_event_source *timer; /* one for all: at the earliest due_ms */
	int64_t paused_until_ms;
	bool running;
	bool freed; /* while running: the last step of that frees the struct */
};

struct gp_device_flow {
	struct gp_device_flows *flows; /* NULL: they went first */
	struct gp_device_flow *prev;
	struct gp_device_flow *next;
	enum gp_device_state state;
	gp_device_flow_news *news;
	void *arg;
	struct gp_http_transfer *transfer;
	char correlation_id[GP_GUID_TEXT];
	char scope[GP_CONFIG_TEXT];
	char context[GP_CONTEXT_TEXT];
	struct gp_device_code code;
	int64_t issued_s;
	int64_t asked_ms; /* when the code was asked for: its life counts from there */
	int64_t expires_ms;
	int64_t interval_ms;
	int64_t spread_ms; /* after a pause flows come back one by one */
	int64_t due_ms;
	unsigned int failures; /* in a row, without an answer */
	bool no_client_info;   /* 50179 was answered */
};

/* device_poll.c. Both may end with gp_device_fail(). */
void gp_device_ask_code(struct gp_device_flow *flow);
void gp_device_poll(struct gp_device_flow *flow);

/* device_flow.c */
/* FLOW's next step is due in DELAY_MS, but not before a pause ends and not after its expiry. */
void gp_device_schedule(struct gp_device_flow *flow, enum gp_device_state state, int64_t delay_ms);
/* No flow polls before DELAY_MS are over. */
void gp_device_pause(struct gp_device_flows *flows, int64_t delay_ms);
/* The last thing that is done with FLOW: the callee may free it, and everything else. */
void gp_device_tell(struct gp_device_flow *flow, const struct gp_device_news *news);
void gp_device_fail(struct gp_device_flow *flow, const struct gp_login_error *error);
/* Takes every step that is due by the clock. The timer's callback; tests with a clock of their own
 * call it too. */
void gp_device_flows_run_due(struct gp_device_flows *flows);

#endif
