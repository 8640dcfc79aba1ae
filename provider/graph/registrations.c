/* SPDX-License-Identifier: Apache-2.0 */
/* Two rounds: the objects by their appIds, then the lists that hang on the ids which those tell. */
#include "graph/registrations.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"
#include "graph/survey.h"

#include "contract/ban.h"

#define QUESTIONS_MAX 48
#define KEY_MAX       40
#define WHERE_MAX     160
#define LIMIT_MS      300000
#define TEXT_MAX      GP_JSON_MAX
#define GRAPH_APP_ID  "00000003-0000-0000-c000-000000000000"

struct gp_registrations_reading {
	struct gp_graph *graph;
	struct gp_registrations_read read;
	struct gp_graph_call *call;
	struct gp_registrations result;
	bool second;
	char names[QUESTIONS_MAX][KEY_MAX], paths[QUESTIONS_MAX][WHERE_MAX];
	struct gp_graph_question questions[QUESTIONS_MAX];
	size_t len;
};

const char *gp_registration_name(enum gp_registration which)
{
	static const char *const names[] = {"api", "elevation", "client", "reader"};
	return names[which];
}

const char *gp_registration_app_id(const struct gp_config *config, enum gp_registration which)
{
	switch (which) {
	case GP_REGISTRATION_API:
		return config->api_client_id;
	case GP_REGISTRATION_ELEVATION:
		return config->elevation_resource;
	case GP_REGISTRATION_CLIENT:
		return config->sign_in_client_id;
	case GP_REGISTRATION_READER:
		return config->reader_client_id;
	case GP_REGISTRATION_COUNT:
		break;
	}
	return "";
}

static void question(struct gp_registrations_reading *r, bool list, const char *permission,
		     const char *name, const char *fmt, ...) gp_printf(5, 6);

/* There is room for all that can be asked: five questions of each registration, one of each group.
 */
static void question(struct gp_registrations_reading *r, bool list, const char *permission,
		     const char *name, const char *fmt, ...)
{
	if (r->len == QUESTIONS_MAX)
		return;
	va_list args;
	va_start(args, fmt);
	int n = vsnprintf(r->paths[r->len], WHERE_MAX, fmt, args);
	va_end(args);
	if (n < 0 || n >= WHERE_MAX ||
	    gp_copy(r->names[r->len], KEY_MAX, gp_str_from(name)) != GP_ST_OK)
		return;
	r->questions[r->len] = (struct gp_graph_question){
		.name = r->names[r->len],
		.path = r->paths[r->len],
		.permission = permission,
		.list = list,
	};
	r->len++;
}

static bool name_of(const char *what, enum gp_registration which, char out[static KEY_MAX])
{
	return gp_format(out, KEY_MAX, "%s.%s", what, gp_registration_name(which)) == GP_ST_OK;
}

static void first_round(struct gp_registrations_reading *r)
{
	char name[KEY_MAX];
	for (int i = 0; i < GP_REGISTRATION_COUNT; i++) {
		enum gp_registration which = (enum gp_registration)i;
		const char *app_id = gp_registration_app_id(r->read.config, which);
		if (app_id[0] == '\0')
			continue;
		if (name_of("app", which, name))
			question(r, false, "Application.Read.All", name,
				 "/v1.0/applications(appId='%s')", app_id);
		if (name_of("principal", which, name))
			question(r, false, "Application.Read.All", name,
				 "/v1.0/servicePrincipals(appId='%s')", app_id);
	}
	question(r, false, "Application.Read.All", "principal.graph",
		 "/v1.0/servicePrincipals(appId='" GRAPH_APP_ID "')");
	question(r, false, "Policy.Read.All", "authorization",
		 "/v1.0/policies/authorizationPolicy");
}

/* The id of the object that was read as NAME. */
static bool id_of(const struct gp_registrations_reading *r, const char *what,
		  enum gp_registration which, char id[static GP_GUID_TEXT])
{
	const struct gp_json *object = NULL;
	struct gp_str text = {0};
	uint8_t guid[16];
	char name[KEY_MAX];
	/* It becomes part of an address. */
	if (!name_of(what, which, name) ||
	    gp_json_get_object(gp_json_root(r->result.objects), name, &object) != GP_ST_OK ||
	    gp_json_get_str(object, "id", GP_GUID_TEXT - 1, &text) != GP_ST_OK ||
	    gp_guid_parse(text, guid) != GP_ST_OK)
		return false;
	gp_guid_format(guid, id);
	return true;
}

static void lists_of(struct gp_registrations_reading *r, enum gp_registration which)
{
	static const struct {
		const char *object, *name, *path, *permission;
		unsigned int of; /* which registrations, a bit each */
	} lists[] = {
		{"app", "federated", "/v1.0/applications/%s/federatedIdentityCredentials",
		 "Application.Read.All", ~0U},
		{"app", "owners", "/v1.0/applications/%s/owners", "Application.Read.All", ~0U},
		{"principal", "principal-owners", "/v1.0/servicePrincipals/%s/owners",
		 "Application.Read.All", ~0U},
		{"principal", "assigned", "/v1.0/servicePrincipals/%s/appRoleAssignedTo",
		 "Application.Read.All",
		 1U << GP_REGISTRATION_API | 1U << GP_REGISTRATION_ELEVATION},
		{"principal", "grants", "/v1.0/servicePrincipals/%s/oauth2PermissionGrants",
		 "Directory.Read.All", 1U << GP_REGISTRATION_CLIENT},
		{"principal", "roles", "/v1.0/servicePrincipals/%s/appRoleAssignments",
		 "Application.Read.All", 1U << GP_REGISTRATION_READER},
	};
	char id[GP_GUID_TEXT];
	char name[KEY_MAX];
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		char path[WHERE_MAX];
		const char *hole = strstr(lists[i].path, "%s");
		if ((lists[i].of & 1U << which) == 0 || !id_of(r, lists[i].object, which, id) ||
		    !name_of(lists[i].name, which, name) ||
		    gp_format(path, sizeof(path), "%.*s%s%s", (int)(hole - lists[i].path),
			      lists[i].path, id, hole + 2) != GP_ST_OK)
			continue;
		question(r, true, lists[i].permission, name, "%s", path);
	}
}

static void second_round(struct gp_registrations_reading *r)
{
	char name[KEY_MAX];
	const struct gp_config *config = r->read.config;
	for (int i = 0; i < GP_REGISTRATION_COUNT; i++)
		lists_of(r, (enum gp_registration)i);
	for (size_t i = 0; i < config->access_groups_len && r->len < QUESTIONS_MAX; i++)
		if (gp_format(name, sizeof(name), "nested.%zu", i) == GP_ST_OK) {
			question(r, true, "GroupMember.Read.All", name,
				 "/v1.0/groups/%s/members/microsoft.graph.group"
				 "?$select=id,displayName&$count=true",
				 config->access_groups[i]);
			r->questions[r->len - 1].advanced = true; /* a cast */
		}
}

static void on_failed(void *arg, size_t at, enum gp_status status, const struct gp_error *err)
{
	struct gp_registrations_reading *r = arg;
	char name[KEY_MAX];
	for (int i = 0; i < GP_REGISTRATION_COUNT && status == GP_ST_NOT_FOUND; i++) {
		enum gp_registration which = (enum gp_registration)i;
		if (name_of("app", which, name) && strcmp(r->names[at], name) == 0) {
			r->result.no_application[i] = true;
			return;
		}
		if (name_of("principal", which, name) && strcmp(r->names[at], name) == 0) {
			r->result.no_principal[i] = true;
			return;
		}
	}
	r->read.failed(r->read.arg, r->names[at], err);
}

static enum gp_status ask(struct gp_registrations_reading *r);

/* The last thing that is done with R unless the second round began. */
static void on_done(void *arg, enum gp_status status, struct gp_str text,
		    const struct gp_error *err)
{
	struct gp_registrations_reading *r = arg;
	struct gp_error wrong = {0};
	r->call = NULL;
	if (status == GP_ST_OK)
		status = gp_json_parse(text, r->second ? &r->result.lists : &r->result.objects,
				       &wrong);
	else
		wrong = *err;
	if (status == GP_ST_OK && !r->second) {
		r->second = true;
		r->len = 0;
		second_round(r);
		status = ask(r);
		if (status == GP_ST_OK)
			return;
		(void)gp_fail(&wrong, status, "Graph cannot be asked on");
	}
	bool ok = status == GP_ST_OK;
	r->read.done(r->read.arg, status, ok ? &r->result : NULL, ok ? NULL : &wrong);
}

static enum gp_status ask(struct gp_registrations_reading *r)
{
	const struct gp_graph_survey survey = {
		.questions = r->questions,
		.len = r->len,
		.limit_ms = LIMIT_MS,
		.text_max = TEXT_MAX,
		.failed = on_failed,
		.done = on_done,
		.arg = r,
	};
	return gp_graph_ask_all(r->graph, &survey, &r->call);
}

enum gp_status gp_registrations_start(struct gp_graph *graph,
				      const struct gp_registrations_read *read,
				      struct gp_registrations_reading **out, struct gp_error *err)
{
	struct gp_registrations_reading *r = calloc(1, sizeof(*r));
	if (r == NULL)
		return gp_fail(err, GP_ST_NO_MEMORY, "out of memory");
	r->graph = graph;
	r->read = *read;
	first_round(r);
	enum gp_status st = ask(r);
	if (st != GP_ST_OK) {
		gp_registrations_stop(r);
		return gp_fail(err, st, "Graph cannot be asked");
	}
	*out = r;
	return GP_ST_OK;
}

void gp_registrations_free(struct gp_registrations *r)
{
	gp_json_doc_free(r->objects);
	gp_json_doc_free(r->lists);
	*r = (struct gp_registrations){0};
}

void gp_registrations_stop(struct gp_registrations_reading *reading)
{
	if (reading == NULL)
		return;
	gp_graph_cancel(reading->call);
	gp_registrations_free(&reading->result);
	free(reading);
}
