/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The device authorization grant (RFC 8628) as Entra does it, one struct a sign-in: asks for a
 * code, then polls for it, one poller a code, never faster than its interval, with slow_down sticky
 * (+5 s). Throttling (429, 50196, 90055) pauses the polls of all flows that share a struct
 * gp_device_flows.
 */
#ifndef GP_ENTRA_DEVICE_FLOW_H
#define GP_ENTRA_DEVICE_FLOW_H

#include "entra/authority.h"
#include "entra/login_error.h"

struct gp_device_flows; /* shared: pause, transport */
struct gp_device_flow;  /* one code */

/* CLIENT_ID is a GUID. */
enum gp_status gp_device_flows_new(sd_event *event, struct gp_http *http,
				   const struct gp_clock *clock, struct gp_authority *authority,
				   const char *client_id, struct gp_device_flows **out,
				   struct gp_error *err) gp_must_check;
void gp_device_flows_free(struct gp_device_flows *flows);

/* SEEN hears of every error answer, also of those that only mean: wait. It changes nothing. */
typedef void gp_device_seen(void *arg, int http, const struct gp_login_error *error);
void gp_device_flows_watch(struct gp_device_flows *flows, gp_device_seen *seen, void *arg);

enum gp_device_event {
	GP_DEVICE_FAILED = 0, /* over: error says why (class EXPIRED, DECLINED, ...) */
	GP_DEVICE_CODE,       /* the code is there: gp_device_flow_code() */
	GP_DEVICE_TOKENS,     /* over: response holds the tokens, unverified; taken by the callee or
				 wiped */
};

struct gp_device_news {
	enum gp_device_event event;
	const struct gp_login_error *error; /* FAILED: never NULL */
	struct gp_token_response *response; /* TOKENS */
};

/* Called for CODE once, then for FAILED or TOKENS once, or for FAILED alone; never from within
 * start(). The callee may cancel the flow. */
typedef void gp_device_flow_news(void *arg, const struct gp_device_news *news);

/* Asks for a code for SCOPE ("openid profile" is added). CONTEXT is an authentication context that
 * the access token is to bring, or "": it is asked for with the code and at every poll, since which
 * of the two counts is not documented (entra-facts 2.1, 3.6). CORRELATION_ID goes out as
 * client-request-id with every request. The authority must be ready. */
enum gp_status gp_device_flow_start(struct gp_device_flows *flows, const char *scope,
				    const char *context, const char *correlation_id,
				    gp_device_flow_news *news, void *arg,
				    struct gp_device_flow **out) gp_must_check;
/* No news will come; its secrets are wiped. NULL is allowed. Must be called for finished flows too.
 */
void gp_device_flow_cancel(struct gp_device_flow *flow);

/* Valid from the CODE event on. */
const struct gp_device_code *gp_device_flow_code(const struct gp_device_flow *flow);
int64_t gp_device_flow_issued_s(const struct gp_device_flow *flow);   /* wall */
int64_t gp_device_flow_expires_ms(const struct gp_device_flow *flow); /* monotonic */

#endif
