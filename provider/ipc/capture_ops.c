/* SPDX-License-Identifier: Apache-2.0 */
/* guestpass doctor --capture, on the daemon's side. */
#include <stdlib.h>

#include "ipc/admin.h"
#include "signin/capture.h"

#include "contract/ban.h"

struct capture {
	struct gp_admin_later later;
	struct gp_admin_deps deps;
	char by[GP_WHO_TEXT];
	struct gp_admin_asker asker;
	struct gp_capture *capture;
};

static void cancel(struct gp_admin_later *later)
{
	struct capture *c = (struct capture *)later;
	gp_capture_free(c->capture);
	free(c);
}

static void on_code(void *arg, const struct gp_device_code *code)
{
	const struct capture *c = arg;
	gp_admin_send_code(&c->asker, code);
}

static void on_done(void *arg, const struct gp_buf *record, enum gp_tri proved)
{
	struct capture *c = arg;
	const struct gp_admin_asker asker = c->asker;
	gp_buf_auto struct gp_buf out = GP_BUF(record->max);
	gp_buf_str(&out, (struct gp_str){gp_buf_get(record), record->len});
	if (proved != GP_UNKNOWN) {
		c->deps.by = c->by;
		gp_admin_record(&c->deps, "capture", NULL,
				proved == GP_TRUE ? "ipaddr=browser" : "ipaddr=unusable");
	}
	cancel(&c->later);
	asker.done(asker.arg, asker.conn, &out);
}

void gp_admin_capture(const struct gp_admin_deps *deps, const struct gp_json *request,
		      const struct gp_admin_asker *asker, struct gp_admin_later **later,
		      struct gp_buf *out)
{
	struct gp_error err = {0};
	struct capture *c = calloc(1, sizeof(*c));
	(void)request;
	if (c == NULL) {
		gp_admin_error(out, "out of memory");
		return;
	}
	*c = (struct capture){.later = {cancel}, .deps = *deps, .asker = *asker};
	const struct gp_capture_request what = {
		.tenant = deps->tenant,
		.clock = deps->clock,
		.store = deps->store,
		.code = on_code,
		.done = on_done,
		.arg = c,
	};
	if (gp_copy(c->by, sizeof(c->by), gp_str_from(deps->by)) != GP_ST_OK)
		c->by[0] = '\0';
	if (gp_capture_start(&what, &c->capture, &err) != GP_ST_OK) {
		gp_admin_error(out, err.text);
		free(c);
		return;
	}
	*later = &c->later;
}
