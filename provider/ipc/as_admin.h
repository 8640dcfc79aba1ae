/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of "as-admin" share. */
#ifndef GP_IPC_AS_ADMIN_H
#define GP_IPC_AS_ADMIN_H

#include "graph/registrations.h"
#include "graph/survey.h"
#include "ipc/admin.h"
#include "signin/root_sign_in.h"

#define GP_AS_ADMIN_ANSWER_MAX 60000

struct gp_as_admin_purpose;

struct gp_as_admin {
	struct gp_admin_later later;
	struct gp_admin_deps deps; /* with a reference to the tenant */
	char by[GP_WHO_TEXT];
	char guest_oid[GP_GUID_TEXT]; /* whom it is about; empty: nobody */
	struct gp_admin_asker asker;
	const struct gp_as_admin_purpose *purpose;
	struct gp_root_sign_in *sign_in;
	struct gp_app_token *token; /* the administrator's */
	struct gp_graph *graph;     /* with it */
	struct gp_registrations_reading *reading;
	struct gp_graph_call *call;
	struct gp_buf unseen;              /* what could not be read: members of a JSON list */
	struct gp_buf post;                /* of What If */
	struct gp_graph_question question; /* likewise */
};

/* Each begins to read, and ends with one of the two below. */
enum gp_status gp_as_admin_registrations(struct gp_as_admin *a, struct gp_error *err) gp_must_check;
enum gp_status gp_as_admin_what_if(struct gp_as_admin *a, struct gp_error *err) gp_must_check;
/* Whom What If is about, before anybody signs in for it. */
struct gp_json;
enum gp_status gp_as_admin_take_guest(struct gp_as_admin *a, const struct gp_json *request,
				      struct gp_error *err) gp_must_check;

/* The answer, and the end of A and of the token. */
void gp_as_admin_finish(struct gp_as_admin *a, struct gp_buf *out);
void gp_as_admin_fail(struct gp_as_admin *a, const char *what);

#endif
