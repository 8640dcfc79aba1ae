/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The connection to guestpassd: one socket, one deadline from the moment it was opened, frames in
 * and out. It never blocks past the deadline, raises no signal and leaves no descriptor behind.
 */
#ifndef GP_PAM_MODULE_DOOR_H
#define GP_PAM_MODULE_DOOR_H

#include <stdint.h>

#include "contract/login_protocol.h"
#include "contract/status.h"

/* The daemon must say something within 30 s of a request or an answer (PROTOCOL.md): one that is
 * silent for longer hangs, and nobody is kept waiting for the whole time of a sign-in. */
#define GP_DOOR_SILENCE_MS 40000
#define GP_DOOR_SEND_MS    5000

struct gp_door {
	int fd;
	int64_t deadline_ms; /* CLOCK_MONOTONIC */
	uint8_t frame[GP_LOGIN_FRAME_MAX];
};

int64_t gp_door_now_ms(void);

/* Connects to PATH; on failure nothing is open. GP_ST_UNAVAILABLE, GP_ST_TIMEOUT or GP_ST_IO. */
enum gp_status gp_door_open(struct gp_door *door, const char *path,
			    int64_t timeout_ms) gp_must_check;
/* Milliseconds until the deadline; 0 when it has passed. */
int64_t gp_door_left_ms(const struct gp_door *door);
enum gp_status gp_door_send(struct gp_door *door, const struct gp_login_msg *msg) gp_must_check;
/* Waits for a frame. The texts of *MSG point into the door and live until the next frame. GP_ST_
 * TIMEOUT, GP_ST_CLOSED, GP_ST_IO, or what gp_login_decode() says. */
enum gp_status gp_door_receive(struct gp_door *door, struct gp_login_msg *msg) gp_must_check;
/* A frame that is there already; GP_ST_NOT_FOUND if there is none. */
enum gp_status gp_door_pending(struct gp_door *door, struct gp_login_msg *msg) gp_must_check;
void gp_door_close(struct gp_door *door);

#endif
