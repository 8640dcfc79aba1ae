/* SPDX-License-Identifier: Apache-2.0 */
#include "ipc/login.h"

#include <stdlib.h>

#include "base/log.h"
#include "ipc/internal.h"

#include "contract/ban.h"

#define SWEEP_US 15000000

bool gp_login_send(struct gp_login_conn *lc, const struct gp_login_msg *msg)
{
	uint8_t frame[GP_LOGIN_FRAME_MAX];
	size_t len = 0;
	if (gp_login_encode(msg, frame, sizeof(frame), &len) == GP_ST_OK &&
	    gp_conn_send(lc->conn, frame, len))
		return true;
	gp_log_bounded(&lc->service->lost_replies, GP_LOG_WARN, "login-reply-failed", "op=%d",
		       (int)msg->op);
	gp_conn_close(lc->conn);
	return false;
}

void gp_login_finish(struct gp_login_conn *lc, enum gp_login_code code, struct gp_str text,
		     const uint8_t *decision)
{
	struct gp_login_msg msg = {.op = GP_LOGIN_DONE, .code = code, .text = text};
	if (decision != NULL) {
		msg.has_decision = true;
		memcpy(msg.decision, decision, sizeof(msg.decision));
	}
	lc->phase = GP_LOGIN_PHASE_BUSY;
	if (gp_login_send(lc, &msg))
		gp_conn_close(lc->conn);
}

static void on_ask(void *arg, struct gp_str text)
{
	struct gp_login_conn *lc = arg;
	const struct gp_login_msg msg = {.op = GP_LOGIN_ASK, .text = text};
	lc->phase = GP_LOGIN_PHASE_ASKED;
	(void)gp_login_send(lc, &msg);
}

static void on_done(void *arg, enum gp_login_code code, struct gp_str text,
		    const struct gp_grant *grant)
{
	struct gp_login_conn *lc = arg;
	struct gp_login_service *service = lc->service;
	lc->signin = NULL; /* freed when this returns */
	if (code == GP_LOGIN_GRANTED && grant == NULL)
		code = GP_LOGIN_DENIED;
	if (code == GP_LOGIN_GRANTED)
		lc->reserved = false; /* used up, by success and failure alike */
	if (code == GP_LOGIN_GRANTED &&
	    gp_registry_grant(service->deps.registry, grant, &lc->request,
			      gp_clock_monotonic_ms(service->deps.clock)) != GP_ST_OK) {
		gp_log(GP_LOG_ERROR, "registry-full", "%s", "");
		code = GP_LOGIN_UNAVAILABLE;
	}
	gp_login_finish(lc, code, text, code == GP_LOGIN_GRANTED ? grant->decision : NULL);
}

static const struct gp_signin_ops signin_ops = {on_ask, on_done};

bool gp_login_keep_request(struct gp_login_conn *lc, const struct gp_login_msg *msg)
{
	if (gp_copy(lc->service_name, sizeof(lc->service_name), msg->service) != GP_ST_OK ||
	    gp_copy(lc->user, sizeof(lc->user), msg->user) != GP_ST_OK ||
	    gp_copy(lc->rhost, sizeof(lc->rhost), msg->rhost) != GP_ST_OK ||
	    gp_copy(lc->tty, sizeof(lc->tty), msg->tty) != GP_ST_OK)
		return false;
	lc->request = (struct gp_signin_request){
		.service = gp_str_from(lc->service_name),
		.user = gp_str_from(lc->user),
		.rhost = gp_str_from(lc->rhost),
		.tty = gp_str_from(lc->tty),
		.uid = msg->uid,
		.flags = msg->flags,
		.timeout_s = msg->timeout_s,
	};
	return true;
}

bool gp_login_reserve(struct gp_login_conn *lc, const struct gp_login_msg *msg)
{
	struct gp_login_service *service = lc->service;
	enum gp_status st = gp_registry_reserve(service->deps.registry);
	lc->reserved = st == GP_ST_OK;
	if (lc->reserved)
		return true;
	gp_log_bounded(&service->no_room, GP_LOG_ERROR, "registry-full", "status=%s",
		       gp_status_name(st));
	gp_login_not_begun(lc, msg, "no-room");
	return false;
}

static void handle_start(struct gp_login_conn *lc, const struct gp_login_msg *msg)
{
	struct gp_login_service *service = lc->service;
	struct gp_signin *signin = NULL;

	lc->phase = GP_LOGIN_PHASE_BUSY;
	if ((msg->flags & GP_LOGIN_STEP_UP) != 0) {
		gp_login_step_up(lc, msg);
		return;
	}
	if ((msg->flags & GP_LOGIN_SILENT) != 0) {
		/* A sign-in has something to show; who may show nothing cannot sign in. */
		gp_login_refuse_silent(lc, msg);
		return;
	}
	if (!gp_login_keep_request(lc, msg)) {
		gp_conn_close(lc->conn);
		return;
	}
	if (!gp_login_reserve(lc, msg))
		return;
	enum gp_status st = gp_signin_start(service->deps.signins, service->deps.tenant,
					    &lc->request, &signin_ops, lc, &signin);
	if (st != GP_ST_OK)
		gp_login_not_begun(lc, msg, gp_status_name(st));
	else if (signin != NULL)
		lc->signin = signin;
}

static void handle_answer(struct gp_login_conn *lc, const struct gp_login_msg *msg)
{
	lc->phase = GP_LOGIN_PHASE_BUSY;
	if (lc->signin != NULL)
		gp_signin_answer(lc->signin, msg->typed, msg->after_ms);
}

/* The whole of what the module may say, and when. */
static const struct {
	enum gp_login_op op;
	unsigned int phases;
	void (*handle)(struct gp_login_conn *lc, const struct gp_login_msg *msg);
} permitted[] = {
	{GP_LOGIN_START, GP_LOGIN_PHASE_NEW, handle_start},
	{GP_LOGIN_ANSWER, GP_LOGIN_PHASE_ASKED, handle_answer},
	{GP_LOGIN_ACCOUNT, GP_LOGIN_PHASE_NEW, gp_login_account},
	{GP_LOGIN_OPEN, GP_LOGIN_PHASE_NEW, gp_login_open},
	{GP_LOGIN_CLOSE, GP_LOGIN_PHASE_NEW, gp_login_close},
};

static struct gp_login_conn *state_of(struct gp_login_service *service, struct gp_conn *conn)
{
	struct gp_login_conn *lc = gp_conn_data(conn);
	if (lc != NULL)
		return lc;
	lc = calloc(1, sizeof(*lc));
	if (lc == NULL)
		return NULL;
	lc->service = service;
	lc->conn = conn;
	lc->phase = GP_LOGIN_PHASE_NEW;
	gp_conn_set_data(conn, lc);
	return lc;
}

static void on_frame(void *arg, struct gp_conn *conn, const uint8_t *bytes, size_t len)
{
	struct gp_login_conn *lc = state_of(arg, conn);
	struct gp_login_msg msg;
	enum gp_status st = lc != NULL ? gp_login_decode(bytes, len, &msg) : GP_ST_NO_MEMORY;

	for (size_t i = 0; st == GP_ST_OK && i < sizeof(permitted) / sizeof(permitted[0]); i++) {
		if (permitted[i].op != msg.op ||
		    (permitted[i].phases & (unsigned int)lc->phase) == 0)
			continue;
		permitted[i].handle(lc, &msg);
		return;
	}
	struct gp_login_service *service = arg;
	gp_log_bounded(&service->bad_frames, GP_LOG_WARN, "login-frame-refused",
		       "pid=%ld status=%s", (long)gp_conn_peer(conn)->pid, gp_status_name(st));
	gp_conn_close(conn);
}

static void on_closed(void *arg, struct gp_conn *conn)
{
	(void)arg;
	struct gp_login_conn *lc = gp_conn_data(conn);
	if (lc == NULL)
		return;
	if (lc->signin != NULL)
		gp_signin_cancel(lc->signin);
	gp_key_login_cancel(lc->key);
	if (lc->reserved)
		gp_registry_give_back(lc->service->deps.registry);
	free(lc);
}

static int on_sweep(sd_event_source *source, uint64_t usec, void *arg)
{
	(void)usec;
	gp_login_sweep(arg);
	gp_login_step_up_sweep(arg);
	if (sd_event_source_set_time_relative(source, SWEEP_US) < 0)
		return 0;
	(void)sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
	return 0;
}

enum gp_status gp_login_service_new(const struct gp_login_deps *deps, int fd,
				    struct gp_login_service **out, struct gp_error *err)
{
	struct gp_login_service *service = calloc(1, sizeof(*service));
	if (service == NULL)
		return gp_fail(err, GP_ST_NO_MEMORY, "out of memory");
	service->deps = *deps;
	service->deps.tenant = gp_tenant_ref(deps->tenant);
	const struct gp_server_ops ops = {
		.frame = on_frame,
		.closed = on_closed,
		.arg = service,
		.frame_max = GP_LOGIN_FRAME_MAX,
		.per_uid = deps->tenant->config->connections,
		.root_only = true,
	};
	enum gp_status st = gp_server_new(deps->event, fd, &ops, &service->server, err);
	if (st == GP_ST_OK)
		st = gp_recent_new(&service->recent);
	if (st == GP_ST_OK)
		st = gp_steps_new(&service->steps);
	if (st == GP_ST_OK &&
	    sd_event_add_time_relative(deps->event, &service->sweep, CLOCK_BOOTTIME, SWEEP_US, 0,
				       on_sweep, service) < 0)
		st = gp_fail(err, GP_ST_NO_MEMORY, "no timer");
	if (st != GP_ST_OK) {
		gp_login_service_free(service);
		return st;
	}
	*out = service;
	return GP_ST_OK;
}

void gp_login_service_free(struct gp_login_service *service)
{
	if (service == NULL)
		return;
	sd_event_source_disable_unref(service->sweep);
	gp_server_free(service->server);
	gp_recent_free(service->recent);
	gp_steps_free(service->steps);
	gp_tenant_unref(service->deps.tenant);
	free(service);
}

void gp_login_service_reload(struct gp_login_service *service, struct gp_tenant *tenant)
{
	struct gp_tenant *old = service->deps.tenant;
	service->deps.tenant = gp_tenant_ref(tenant);
	gp_server_set_per_uid(service->server, tenant->config->connections);
	gp_tenant_unref(old);
}

void gp_login_service_stop(struct gp_login_service *service)
{
	gp_server_stop_accepting(service->server);
	gp_key_logins_stop(service);
}
