/* SPDX-License-Identifier: Apache-2.0 */
/*
 * login.sock: what pam_guestpass.so asks (contract/PROTOCOL.md). Which message is permitted when
 * stands in one table; anything else ends the connection. Relays sign-ins, decides the account and
 * session phases.
 */
#ifndef GP_IPC_LOGIN_H
#define GP_IPC_LOGIN_H

#include "ipc/server.h"
#include "session/registry.h"
#include "signin/signin.h"

struct gp_login_deps {
	sd_event *event;
	const struct gp_clock *clock;
	struct gp_tenant *tenant; /* the current one; replaced by gp_login_reload() */
	struct gp_signins *signins;
	struct gp_registry *registry;
	struct gp_sync *sync;
	struct gp_store *store;
	struct gp_audit *audit;
	const struct gp_policies *policies;
	/* of ids.conf: the only group whose guests may become somebody else; "" = none */
	const char *sudo_group;
};

struct gp_login_service;
/* Takes the listening socket FD over. */
enum gp_status gp_login_service_new(const struct gp_login_deps *deps, int fd,
				    struct gp_login_service **out,
				    struct gp_error *err) gp_must_check;
void gp_login_service_free(struct gp_login_service *service);
void gp_login_service_reload(struct gp_login_service *service, struct gp_tenant *tenant);
/* No new logins; those in flight were or will be answered. */
void gp_login_service_stop(struct gp_login_service *service);

#endif
