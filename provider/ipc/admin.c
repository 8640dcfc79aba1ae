/* SPDX-License-Identifier: Apache-2.0 */
#include "ipc/admin.h"

#include <stdlib.h>

#include "base/json.h"
#include "base/log.h"

#include "contract/ban.h"

#define REQUEST_MAX 32768 /* lines of an import */
#define ANSWER_MAX  60000
#define PER_UID     16

struct gp_admin {
	struct gp_admin_deps deps;
	struct gp_server *server;
	struct gp_log_bound lost_replies;
};

/* What may be asked. REQUEST is the whole packet; the answer is appended to OUT. */
static const struct {
	const char *op;
	void (*answer)(const struct gp_admin_deps *deps, const struct gp_json *request,
		       struct gp_buf *out);
} operations[] = {
	{"status", gp_admin_status},
	{"guests", gp_admin_guests},
	{"show", gp_admin_show},
	{"sync", gp_admin_sync},
	{"confirm", gp_admin_confirm},
	{"grant", gp_admin_grant},
	{"revoke", gp_admin_revoke},
	{"freeze", gp_admin_freeze},
	{"thaw", gp_admin_thaw},
	{"freezes", gp_admin_freezes},
	{"numbers", gp_admin_numbers},
	{"number-import", gp_admin_number_import},
	{"number-set", gp_admin_number_set},
	{"number-hold", gp_admin_number_hold},
};

static const struct {
	const char *op;
	gp_admin_later_op *answer;
} later_operations[] = {
	{"why", gp_admin_why},
	{"doctor", gp_admin_doctor},
	{"capture", gp_admin_capture},
	{"as-admin", gp_admin_as_admin},
};

/* The command may say as whom its caller logged in, if the kernel does not tell us. It is root's:
 * it could do worse than lie. */
static void add_said(const struct gp_json *request, char by[static GP_WHO_TEXT])
{
	const size_t len = strlen(by);
	int64_t said = 0;
	if (strstr(by, " loginuid=none") != NULL &&
	    gp_json_get_int(request, "login", 0, UINT32_MAX - 1, &said) == GP_ST_OK &&
	    gp_format(by + len, GP_WHO_TEXT - len, " said=%lld", (long long)said) != GP_ST_OK)
		by[len] = '\0';
}

static void send_answer(void *arg, struct gp_conn *conn, struct gp_buf *out)
{
	struct gp_admin *admin = arg;
	if (gp_buf_status(out) != GP_ST_OK)
		gp_admin_error(out, "the answer is too long");
	if (!gp_conn_send(conn, gp_buf_get(out), out->len))
		gp_log_bounded(&admin->lost_replies, GP_LOG_WARN, "admin-reply-failed", "pid=%ld",
			       (long)gp_conn_peer(conn)->pid);
	gp_conn_set_data(conn, NULL); /* what answered later is gone */
	gp_conn_close(conn);
}

/* False: the answer comes later. */
static bool answer(struct gp_admin *admin, struct gp_conn *conn, struct gp_str text,
		   struct gp_buf *out)
{
	const struct ucred *peer = gp_conn_peer(conn);
	char by[GP_WHO_TEXT];
	struct gp_admin_deps deps = admin->deps;
	gp_json_doc_auto struct gp_json_doc *doc = NULL;
	struct gp_str op = {0};
	int64_t v = 0;
	if (gp_json_parse(text, &doc, NULL) != GP_ST_OK ||
	    gp_json_get_int(gp_json_root(doc), "v", 1, 1, &v) != GP_ST_OK ||
	    gp_json_get_str(gp_json_root(doc), "op", 32, &op) != GP_ST_OK) {
		gp_admin_error(out, "unknown request");
		return true;
	}
	gp_process_who(peer->pid, peer->uid, by);
	add_said(gp_json_root(doc), by);
	deps.by = by;
	for (size_t i = 0; i < sizeof(later_operations) / sizeof(later_operations[0]); i++)
		if (gp_str_is(op, later_operations[i].op)) {
			const struct gp_admin_asker asker = {conn, send_answer, admin};
			struct gp_admin_later *later = NULL;
			later_operations[i].answer(&deps, gp_json_root(doc), &asker, &later, out);
			gp_conn_set_data(conn, later);
			return later == NULL;
		}
	for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++)
		if (gp_str_is(op, operations[i].op)) {
			operations[i].answer(&deps, gp_json_root(doc), out);
			return true;
		}
	gp_admin_error(out, "unknown request");
	return true;
}

void gp_admin_record(const struct gp_admin_deps *deps, const char *event,
		     const struct gp_guest_record *guest, const char *detail)
{
	const struct gp_audit_event record = {
		.time_s = gp_clock_wall_s(deps->clock),
		.event = event,
		.name = guest != NULL ? guest->name : NULL,
		.oid = guest != NULL ? guest->oid : NULL,
		.uid = guest != NULL ? guest->uid : 0,
		.by = deps->by,
		.detail = detail,
	};
	struct gp_error err = {0};
	if (gp_audit_event_write(deps->audit, &record, &err) != GP_ST_OK)
		gp_log(GP_LOG_ERROR, "audit-failed", "event=%s error=%s", event, err.text);
}

void gp_admin_error(struct gp_buf *out, const char *what)
{
	gp_buf_free(out);
	gp_buf_text(out, "{\"v\":1,\"error\":");
	gp_json_write_str(out, gp_str_from(what));
	gp_buf_text(out, "}");
}

void gp_admin_send_code(const struct gp_admin_asker *asker, const struct gp_device_code *code)
{
	gp_buf_auto struct gp_buf out = GP_BUF(ANSWER_MAX);
	gp_buf_text(&out, "{\"v\":1,\"sign_in\":{\"page\":");
	gp_json_write_str(&out, gp_str_from(code->verification_uri));
	gp_buf_text(&out, ",\"code\":");
	gp_json_write_str(&out, gp_str_from(code->user_code));
	gp_buf_printf(&out, ",\"expires\":%lld}}", (long long)code->expires_in_s);
	/* Who does not read it does not sign in, and hears so at the end. */
	if (!gp_conn_send(asker->conn, gp_buf_get(&out), out.len))
		gp_log(GP_LOG_WARN, "admin-code-not-sent", "pid=%ld",
		       (long)gp_conn_peer(asker->conn)->pid);
}

static void on_frame(void *arg, struct gp_conn *conn, const uint8_t *bytes, size_t len)
{
	struct gp_admin *admin = arg;
	gp_buf_auto struct gp_buf out = GP_BUF(ANSWER_MAX);

	if (gp_conn_data(conn) != NULL)
		gp_conn_close(conn); /* one question at a time */
	else if (answer(admin, conn, (struct gp_str){(const char *)bytes, len}, &out))
		send_answer(admin, conn, &out);
}

static void on_closed(void *arg, struct gp_conn *conn)
{
	struct gp_admin_later *later = gp_conn_data(conn);
	(void)arg;
	if (later != NULL)
		later->cancel(later);
}

enum gp_status gp_admin_new(const struct gp_admin_deps *deps, int fd, struct gp_admin **out,
			    struct gp_error *err)
{
	struct gp_admin *admin = calloc(1, sizeof(*admin));
	if (admin == NULL)
		return gp_fail(err, GP_ST_NO_MEMORY, "out of memory");
	admin->deps = *deps;
	admin->deps.tenant = gp_tenant_ref(deps->tenant);
	const struct gp_server_ops ops = {
		.frame = on_frame,
		.closed = on_closed,
		.arg = admin,
		.frame_max = REQUEST_MAX,
		.per_uid = PER_UID,
		.root_only = true,
	};
	enum gp_status st = gp_server_new(deps->event, fd, &ops, &admin->server, err);
	if (st != GP_ST_OK) {
		gp_admin_free(admin);
		return st;
	}
	*out = admin;
	return GP_ST_OK;
}

void gp_admin_free(struct gp_admin *admin)
{
	if (admin == NULL)
		return;
	gp_server_free(admin->server);
	gp_tenant_unref(admin->deps.tenant);
	free(admin);
}

void gp_admin_reload(struct gp_admin *admin, struct gp_tenant *tenant)
{
	struct gp_tenant *old = admin->deps.tenant;
	admin->deps.tenant = gp_tenant_ref(tenant);
	gp_tenant_unref(old);
}
