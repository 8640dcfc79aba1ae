/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin.sock: what the guestpass command asks as root. One packet of JSON in, one out:
 * {"v":1,"op":"status"}. Anything else is answered with {"v":1,"error":"..."}.
 */
#ifndef GP_IPC_ADMIN_H
#define GP_IPC_ADMIN_H

#include "contract/buf.h"
#include "ipc/server.h"
#include "session/registry.h"
#include "signin/signin.h"

struct gp_admin_deps {
	sd_event *event;
	const struct gp_clock *clock;
	struct gp_tenant *tenant;
	struct gp_signins *signins;
	struct gp_registry *registry;
	struct gp_sync *sync;
	const struct gp_audit *audit;
};

struct gp_admin;
/* Takes the listening socket FD over. */
enum gp_status gp_admin_new(const struct gp_admin_deps *deps, int fd, struct gp_admin **out,
			    struct gp_error *err) gp_must_check;
void gp_admin_free(struct gp_admin *admin);
void gp_admin_reload(struct gp_admin *admin, struct gp_tenant *tenant);

/* The answer to "status", as guestpass(1) documents it. */
void gp_admin_status(const struct gp_admin_deps *deps, struct gp_buf *out);

#endif
