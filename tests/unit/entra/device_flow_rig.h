/* SPDX-License-Identifier: Apache-2.0 */
/* One device flow between a scripted Entra and a listener. */
#ifndef GP_TESTS_DEVICE_FLOW_RIG_H
#define GP_TESTS_DEVICE_FLOW_RIG_H

#include "entra/device_flow.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "entra/device_internal.h"
#include "tests/unit/support/entra_rig.h"
#include "tests/unit/support/log_catch.h"

#include "contract/ban.h"

#define CORRELATION "12345678-1234-4234-8234-123456789abc"
#define CODE                                                                                       \
	"{\"user_code\":\"FJC3LNB7A\",\"device_code\":\"secret-device-code\","                     \
	"\"verification_uri\":\"https://login.example/device\",\"expires_in\":900,"                \
	"\"interval\":5,\"message\":\"m\"}"
#define TOKENS                                                                                     \
	"{\"token_type\":\"Bearer\",\"scope\":\"s\",\"expires_in\":4178,"                          \
	"\"access_token\":\"the-access-token\",\"id_token\":\"the-id-token\"}"
#define ERROR(name, number) "{\"error\":\"" name "\",\"error_codes\":[" number "]}"
#define PENDING             ERROR("authorization_pending", "70016")

struct dance {
	struct entra_rig rig;
	struct gp_device_flows *flows;
	struct gp_device_flow *flow;
	size_t news;
	enum gp_device_event event;
	struct gp_login_error error;
	char access_token[64];
	char context[4];
	bool cancel;     /* in the callback */
	bool free_flows; /* in the callback */
};

static inline void on_news(void *arg, const struct gp_device_news *news)
{
	struct dance *d = arg;
	d->news++;
	d->event = news->event;
	if (news->error != NULL)
		d->error = *news->error;
	if (news->response != NULL)
		(void)snprintf(d->access_token, sizeof(d->access_token), "%s",
			       news->response->access_token.ptr);
	if (d->cancel) {
		gp_device_flow_cancel(d->flow);
		d->flow = NULL;
	}
	if (d->free_flows) {
		gp_device_flows_free(d->flows);
		d->flows = NULL;
	}
}

static inline void start(struct dance *d)
{
	*d = (struct dance){0};
	entra_rig_start(&d->rig);
	entra_rig_ready(&d->rig);
	assert_int_equal(gp_device_flows_new(d->rig.event, d->rig.http, &d->rig.clock.clock,
					     d->rig.authority, d->rig.config->sign_in_client_id,
					     &d->flows, NULL),
			 GP_ST_OK);
}

static inline void stop(struct dance *d)
{
	gp_device_flow_cancel(d->flow);
	gp_device_flows_free(d->flows);
	entra_rig_stop(&d->rig);
}

static inline void script(struct dance *d, const char *path, int status, const char *headers,
			  const char *body)
{
	tls_server_script(d->rig.server, &(struct tls_answer){.path = path,
							      .status = status,
							      .headers = headers,
							      .body = body});
}

static inline void ask_code(struct dance *d)
{
	assert_int_equal(gp_device_flow_start(d->flows, "api://x/ssh.login", d->context,
					      CORRELATION, on_news, d, &d->flow),
			 GP_ST_OK);
	assert_int_equal(d->news, 0);
}

/* A flow that has its code and waits for its first poll. */
static inline void start_with_code(struct dance *d)
{
	start(d);
	script(d, "/devicecode", 200, NULL, CODE);
	ask_code(d);
	assert_true(loop_until(d->rig.event, &d->news, 1, RIG_WAIT_MS));
	assert_int_equal(d->event, GP_DEVICE_CODE);
}

/* Runs the loop until the poll under way is answered. */
static inline void settle(struct dance *d)
{
	int64_t end = loop_now_ms() + RIG_WAIT_MS;
	while (d->flow != NULL && d->flow->transfer != NULL) {
		assert_true(loop_now_ms() < end);
		assert_true(sd_event_run(d->rig.event, 100000) >= 0);
	}
}

/* After MS the flow takes what is due then; true if that was a request. */
static inline bool polled_after(struct dance *d, int64_t ms)
{
	size_t before = tls_server_requests(d->rig.server);
	test_clock_advance_ms(&d->rig.clock, ms);
	gp_device_flows_run_due(d->flows);
	settle(d);
	return tls_server_requests(d->rig.server) != before;
}

#endif
