/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One candidate handed to the publisher: connect, send, await the reply, all without blocking and
 * within a deadline (contract/publish_protocol.h).
 */
#ifndef GP_DIRECTORY_EXCHANGE_H
#define GP_DIRECTORY_EXCHANGE_H

#include <systemd/sd-event.h>

#include "contract/directory_build.h"
#include "contract/publish_protocol.h"

#define GP_EXCHANGE_DEADLINE_MS 15000

struct gp_exchange;

/* Called once, from the loop. REPLY is borrowed, and NULL unless STATUS is GP_ST_OK. The exchange
 * still is to be freed, there or later. */
typedef void gp_exchange_done(void *arg, enum gp_status status,
			      const struct gp_publish_reply *reply, const struct gp_error *err);

struct gp_exchange_request {
	sd_event *event;
	const char *socket_path;
	int64_t deadline_ms; /* 0: GP_EXCHANGE_DEADLINE_MS */
	gp_exchange_done *done;
	void *arg;
};

/* Takes BYTES over when it succeeds. GP_ST_UNAVAILABLE when nobody listens at the socket. */
enum gp_status gp_exchange_start(const struct gp_exchange_request *request,
				 struct gp_directory_bytes *bytes, struct gp_exchange **out,
				 struct gp_error *err) gp_must_check;
/* Breaks it off; no callback will come. NULL is allowed. */
void gp_exchange_free(struct gp_exchange *exchange);

#endif
