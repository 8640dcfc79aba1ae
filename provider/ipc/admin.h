/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin.sock: what the guestpass command asks as root. One packet of JSON in, one out (a sign-in
 * of root's shows a code first):
 * {"v":1,"op":"status"}. Lists come in parts: a part with "more" goes on with that number as
 * "from". Any request may have "login", the caller's login uid, for the audit. Whatever cannot be
 * answered is {"v":1,"error":"..."}.
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
	struct gp_store *store;
	struct gp_audit *audit;
	const char *host_root; /* below which /etc is looked at: "" */
	/* Who asks, for the audit (gp_process_who()). Set for each request. */
	const char *by;
	struct gp_policies *policies;
};

struct gp_admin;
/* Takes the listening socket FD over. */
enum gp_status gp_admin_new(const struct gp_admin_deps *deps, int fd, struct gp_admin **out,
			    struct gp_error *err) gp_must_check;
void gp_admin_free(struct gp_admin *admin);
void gp_admin_reload(struct gp_admin *admin, struct gp_tenant *tenant);

struct gp_json;
/* The operations, as guestpass(1) documents their answers; each appends one to OUT. */
/* How everything is. */
void gp_admin_status(const struct gp_admin_deps *deps, const struct gp_json *request,
		     struct gp_buf *out);
/* {"op":"guests","from":0}: who is known here, in order of name, those in quarantine first. */
void gp_admin_guests(const struct gp_admin_deps *deps, const struct gp_json *request,
		     struct gp_buf *out);
/* {"op":"show","guest":"<name or object id>"}: all that is known of one. */
void gp_admin_show(const struct gp_admin_deps *deps, const struct gp_json *request,
		   struct gp_buf *out);
/* {"op":"sync","mode":"changes|full|accept|look"}: makes a read begin (not "look"), and says how
 * far it is. */
void gp_admin_sync(const struct gp_admin_deps *deps, const struct gp_json *request,
		   struct gp_buf *out);
/* {"op":"confirm","name":"...","replaces":"<object id>"}: the name of one who left is for another
 * from now on. Says whose home is to be renamed, which only root can do. */
void gp_admin_replace(const struct gp_admin_deps *deps, const struct gp_json *request,
		      struct gp_buf *out);
/* {"op":"confirm","name":"..."}: he is expected, and who is admitted next is he; ends a revocation.
 * With "replaces": the above. */
void gp_admin_confirm(const struct gp_admin_deps *deps, const struct gp_json *request,
		      struct gp_buf *out);
/* {"op":"grant","name":"...","until":SECONDS,"reason":"...","sponsor":"<mail>"}: a pass of basis
 * local, within the tier's bounds; ends a revocation. */
void gp_admin_grant(const struct gp_admin_deps *deps, const struct gp_json *request,
		    struct gp_buf *out);
/* {"op":"revoke","name":"...","reason":"..."}: until root grants or confirms. */
void gp_admin_revoke(const struct gp_admin_deps *deps, const struct gp_json *request,
		     struct gp_buf *out);
/* {"op":"freeze","home":"...","reason":"..."}, {"op":"thaw","home":"..."}: nobody of that
 * organisation enters meanwhile. */
void gp_admin_freeze(const struct gp_admin_deps *deps, const struct gp_json *request,
		     struct gp_buf *out);
void gp_admin_thaw(const struct gp_admin_deps *deps, const struct gp_json *request,
		   struct gp_buf *out);
/* {"op":"freezes","from":0}: which are frozen, in parts. */
void gp_admin_freezes(const struct gp_admin_deps *deps, const struct gp_json *request,
		      struct gp_buf *out);

/* What is answered later: by the asker's DONE, with *LATER until then, or in OUT at once with
 * *LATER NULL. Such an operation keeps copies of what it needs of DEPS and REQUEST. */
struct gp_admin_asker {
	struct gp_conn *conn;
	void (*done)(void *arg, struct gp_conn *conn, struct gp_buf *out);
	void *arg;
};
struct gp_admin_later {                               /* the first member of what works meanwhile */
	void (*cancel)(struct gp_admin_later *later); /* nobody waits any more: frees it */
};
typedef void gp_admin_later_op(const struct gp_admin_deps *deps, const struct gp_json *request,
			       const struct gp_admin_asker *asker, struct gp_admin_later **later,
			       struct gp_buf *out);
/* {"op":"why","guest":"...","at":SECONDS,"from":"...","service":"..."}: the checks of an admission
 * as they stand. Entra is asked afresh for that guest. */
gp_admin_later_op gp_admin_why;
/* {"op":"capture"}: one sign-in by code, looked at (signin/capture.h). Two answers: first
 * {"sign_in":{"page":"...","code":"...","expires":SECONDS}}, which a person is to act on, then the
 * record. */
gp_admin_later_op gp_admin_capture;
/* {"op":"as-admin","for":"registrations"}: what is wrong with this host's registrations, read with
 * the rights of an administrator who signs in for it; nothing of it is kept. Two answers, the
 * second as that to "doctor". {"for":"whatif","guest":"...","from":"..."}: what Graph's What If
 * says, as
 * {"policies":[{"name","state","controls"}]}. */
gp_admin_later_op gp_admin_as_admin;
/* The first of two such answers. */
struct gp_device_code;
void gp_admin_send_code(const struct gp_admin_asker *asker, const struct gp_device_code *code);
/* {"op":"numbers","from":0}: every number that was given or is held, as lines of
 * identity/number_line.h, in parts. */
void gp_admin_numbers(const struct gp_admin_deps *deps, const struct gp_json *request,
		      struct gp_buf *out);
/* {"op":"number-import","lines":"...","check":true|false}: takes lines over, all or none. */
void gp_admin_number_import(const struct gp_admin_deps *deps, const struct gp_json *request,
			    struct gp_buf *out);
/* {"op":"number-set","guest":"<mail or object id>","uid":N}. */
void gp_admin_number_set(const struct gp_admin_deps *deps, const struct gp_json *request,
			 struct gp_buf *out);
/* {"op":"number-hold"}: holds what is published and unknown. */
void gp_admin_number_hold(const struct gp_admin_deps *deps, const struct gp_json *request,
			  struct gp_buf *out);

/* {"op":"doctor"}: what about the tenant keeps guests out or is loose, by what was read of it last
 * and a question for each feature:
 * {"findings":[{"id":"...","what":"..."}],"not_looked_at":["..."]}. The ids are rows of
 * doctor/findings.h. */
gp_admin_later_op gp_admin_doctor;
/* A list of findings that is being written; the frame bounds it. */
struct gp_admin_findings {
	struct gp_buf *out;
	size_t count;
	bool more; /* some had no room */
};
void gp_admin_findings_begin(struct gp_admin_findings *f, struct gp_buf *out);
void gp_admin_findings_add(struct gp_admin_findings *f, const char *id, const char *fmt, ...)
	gp_printf(3, 4);
/* UNSEEN: what was not looked at, as members of a JSON list. */
void gp_admin_findings_end(struct gp_admin_findings *f, const char *unseen);
/* The same of SET for the tier of CONFIG. */
struct gp_ca_set;
void gp_admin_doctor_policies(const struct gp_ca_set *set, const struct gp_config *config,
			      struct gp_admin_findings *f);

#define GP_ADMIN_NO_GUEST                                                                          \
	"no guest has this name, address or object id here; those who are known: guestpass guests"
/* By name, object id or, for one in quarantine, mail address; NULL for nobody. */
const struct gp_guest *gp_admin_find(const struct gp_admin_deps *deps, struct gp_str key);
/* What root did, with who did it, in the audit. It is done: when it cannot be written, that is
 * logged and counted there. GUEST may be NULL; DETAIL likewise. */
void gp_admin_record(const struct gp_admin_deps *deps, const char *event,
		     const struct gp_guest_record *guest, const char *detail);
/* ,"standing":{...} of one guest; null when it cannot be read. */
void gp_admin_add_standing(const struct gp_admin_deps *deps, const char *oid, struct gp_buf *out);
/* In place of anything else in OUT. */
void gp_admin_error(struct gp_buf *out, const char *what);

#endif
