/* SPDX-License-Identifier: Apache-2.0 */
/* Who vouches for a guest. */
#include <stdlib.h>

#include "contract/text.h"
#include "graph/internal.h"

#include "contract/ban.h"

#define LIMIT_MS  60000
#define PAGES_MAX 20
#define PAGE_LEN  10000 /* objects */
#define TEXT_MAX  4096

static void take_name(const struct gp_json *object, struct gp_sponsor *sponsor)
{
	struct gp_str name = {0};
	if (gp_json_get_str(object, "displayName", TEXT_MAX, &name) == GP_ST_OK)
		(void)gp_text_safe(name, GP_TEXT_LINE, sponsor->name, sizeof(sponsor->name));
}

/* Cut or with escapes it would be somebody else's. */
static void take_mail(const struct gp_json *object, struct gp_sponsor *sponsor)
{
	struct gp_str mail = {0};
	if (gp_json_get_str(object, "mail", GP_SPONSOR_MAIL - 1, &mail) == GP_ST_OK &&
	    gp_text_is_safe(mail, GP_TEXT_LINE) &&
	    gp_copy(sponsor->mail, sizeof(sponsor->mail), mail) != GP_ST_OK)
		sponsor->mail[0] = '\0';
}

/* Objects of other kinds are passed over, as is one that came already. */
static enum gp_status take_sponsor(const struct gp_json *object, struct gp_sponsor *sponsors,
				   size_t *n)
{
	struct gp_str type = {0};
	struct gp_sponsor sponsor = {0};
	if (!gp_graph_guid(object, "id", sponsor.id) ||
	    gp_json_get_str(object, "@odata.type", 256, &type) != GP_ST_OK)
		return GP_ST_INVALID;
	sponsor.is_group = gp_str_is(type, "#microsoft.graph.group");
	if (!sponsor.is_group && !gp_str_is(type, "#microsoft.graph.user"))
		return GP_ST_OK;
	for (size_t i = 0; i < *n; i++) {
		if (strcmp(sponsors[i].id, sponsor.id) == 0)
			return GP_ST_OK;
	}
	if (*n == GP_SPONSORS_MAX)
		return GP_ST_OK;
	take_name(object, &sponsor);
	take_mail(object, &sponsor);
	sponsors[(*n)++] = sponsor;
	return GP_ST_OK;
}

enum gp_status gp_sponsors_page_parse(struct gp_str body, const char *root,
				      struct gp_sponsor sponsors[static GP_SPONSORS_MAX], size_t *n,
				      char *next, size_t next_size, struct gp_error *err)
{
	struct gp_graph_rows rows = {0};
	enum gp_status st = gp_graph_rows_parse(body, root, PAGE_LEN, &rows, next, next_size, err);
	for (size_t i = 0; st == GP_ST_OK && i < rows.len; i++) {
		st = take_sponsor(gp_json_array_at(rows.rows, i), sponsors, n);
		if (st != GP_ST_OK)
			(void)gp_fail(err, st, "Graph: sponsor %zu of a page is not understood", i);
	}
	gp_json_doc_free(rows.doc);
	return st;
}

static void on_page(struct gp_graph_call *call, enum gp_status status, struct gp_str body,
		    const struct gp_error *call_err)
{
	char next[GP_GRAPH_URL_MAX] = "";
	struct gp_error err = {0};
	if (status == GP_ST_OK)
		status = gp_sponsors_page_parse(body, call->graph->root, call->sponsors,
						&call->sponsors_len, next, sizeof(next), &err);
	else
		err = *call_err;
	if (status == GP_ST_OK && next[0] != '\0' && call->sponsors_len < GP_SPONSORS_MAX) {
		status = gp_graph_next_page(call, next, &err);
		if (status == GP_ST_OK)
			return;
	}
	bool ok = status == GP_ST_OK;
	gp_graph_call_detach(call);
	call->sponsors_done(call->arg, status, ok ? call->sponsors : NULL,
			    ok ? call->sponsors_len : 0, ok ? NULL : &err);
	gp_graph_call_free(call);
}

enum gp_status gp_graph_get_sponsors(struct gp_graph *graph, const char *oid,
				     const char *correlation_id, gp_graph_sponsors_done *done,
				     void *arg, struct gp_graph_call **out)
{
	struct gp_graph_call *call = NULL;
	const struct gp_graph_new_call what = {oid, correlation_id, LIMIT_MS, on_page};
	enum gp_status st = oid != NULL ? gp_graph_call_new(graph, &what, &call) : GP_ST_INVALID;
	if (st != GP_ST_OK)
		return st;
	call->sponsors_done = done;
	call->arg = arg;
	call->permission = GP_PERMISSION_SPONSOR;
	call->sponsors = calloc(GP_SPONSORS_MAX, sizeof(*call->sponsors));
	gp_buf_printf(&call->url, "%s/v1.0/users/%s/sponsors?$select=id,displayName,mail",
		      graph->root, call->oid);
	st = call->sponsors != NULL ? gp_graph_first_page(call, PAGES_MAX) : GP_ST_NO_MEMORY;
	return gp_graph_call_begun(call, st, out);
}
