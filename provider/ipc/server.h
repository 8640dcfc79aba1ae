/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A SOCK_SEQPACKET server on the event loop: accepts, asks the kernel who the peer is, bounds how
 * many connections one peer uid may have (beyond that a new one takes the place of a silent one),
 * gives each 5 s for its first frame, and hands frames over. Sending never blocks: a peer that does
 * not read is dropped.
 */
#ifndef GP_IPC_SERVER_H
#define GP_IPC_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <systemd/sd-event.h>

#include "contract/status.h"

struct gp_server;
struct gp_conn;

struct gp_server_ops {
	/* One frame; the connection may be closed from here. */
	void (*frame)(void *arg, struct gp_conn *conn, const uint8_t *bytes, size_t len);
	/* The connection ends for whatever reason, exactly once; CONN's data is the callee's to
	 * free. */
	void (*closed)(void *arg, struct gp_conn *conn);
	void *arg;
	size_t frame_max;
	uint32_t per_uid; /* connections of one peer uid */
	bool root_only;   /* peers of another effective uid are dropped */
};

/* Takes the listening socket FD over. */
enum gp_status gp_server_new(sd_event *event, int fd, const struct gp_server_ops *ops,
			     struct gp_server **out, struct gp_error *err) gp_must_check;
/* Closes all connections (with their closed callbacks) and the socket. NULL is allowed. */
void gp_server_free(struct gp_server *server);
/* Another bound from now on; connections beyond it stay. */
void gp_server_set_per_uid(struct gp_server *server, uint32_t per_uid);
/* No new connections from now on. */
void gp_server_stop_accepting(struct gp_server *server);

const struct ucred *gp_conn_peer(const struct gp_conn *conn);
void gp_conn_set_data(struct gp_conn *conn, void *data);
void *gp_conn_data(const struct gp_conn *conn);
/* False when it could not be sent whole; the caller then closes. */
bool gp_conn_send(struct gp_conn *conn, const void *bytes, size_t len) gp_must_check;
/* Calls closed. What was sent stays readable for the peer. */
void gp_conn_close(struct gp_conn *conn);

#endif
