/* SPDX-License-Identifier: Apache-2.0 */
/* knock.sock: root's NSS modules tell which names they were asked for in vain. */
#ifndef GP_IPC_KNOCK_H
#define GP_IPC_KNOCK_H

#include <systemd/sd-event.h>

#include "directory/sync.h"

struct gp_knock_service;
/* Takes the datagram socket FD over. */
enum gp_status gp_knock_service_new(sd_event *event, int fd, struct gp_sync *sync,
				    struct gp_knock_service **out,
				    struct gp_error *err) gp_must_check;
void gp_knock_service_free(struct gp_knock_service *service); /* NULL is allowed */

#endif
