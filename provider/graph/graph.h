/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Microsoft Graph v1.0, as much as admitting guests needs: one user, his memberships, the members
 * of a group with paging (entra-facts 7). The bearer token goes to Graph's host only. 401 drops the
 * token and is retried once; 429 and 5xx are retried a few times, honouring Retry-After, within the
 * caller's deadline.
 */
#ifndef GP_GRAPH_GRAPH_H
#define GP_GRAPH_GRAPH_H

#include <stdbool.h>

#include "entra/app_credential.h"

/* Three values: a property that Graph left out is not false. */
enum gp_tri {
	GP_UNKNOWN = 0,
	GP_FALSE,
	GP_TRUE,
};

enum gp_user_type {
	GP_USER_TYPE_UNKNOWN = 0,
	GP_USER_TYPE_GUEST,
	GP_USER_TYPE_MEMBER,
};

enum gp_external_state {
	GP_EXTERNAL_UNKNOWN = 0, /* absent: not asked for, not permitted, or an unknown word */
	GP_EXTERNAL_NONE,        /* null: was never invited */
	GP_EXTERNAL_PENDING,
	GP_EXTERNAL_ACCEPTED,
};

/* Whose account it is and what he is here (requirements: the four quadrants). Told by how the
 * object came to be and where the person signs in, never by the form of a name. */
enum gp_user_class {
	GP_USER_CLASS_UNKNOWN = 0,
	GP_USER_EXTERNAL_GUEST,
	GP_USER_EXTERNAL_MEMBER,
	GP_USER_INTERNAL_GUEST,
	GP_USER_INTERNAL_MEMBER,
};

struct gp_user {
	char id[GP_GUID_TEXT]; /* lower case */
	enum gp_tri account_enabled;
	enum gp_user_type user_type;
	enum gp_external_state external_state;
	enum gp_user_class user_class;
	char mail[256];         /* may be empty; display and finding only; hostile text */
	char display_name[128]; /* hostile text */
	char company_name[128]; /* hostile text */
	char upn[256];
	int64_t created_s;       /* createdDateTime; 0 when absent */
	int64_t state_changed_s; /* externalUserStateChangeDateTime; 0 when absent */
};

/* What is selected for a user. */
#define GP_USER_SELECT                                                                             \
	"id,accountEnabled,userType,externalUserState,externalUserStateChangeDateTime,"            \
	"mail,displayName,companyName,userPrincipalName,createdDateTime,creationType,identities"

struct gp_json;
/* Pure: one user object (@odata.type user or absent). GP_ST_INVALID without a GUID id. */
enum gp_status gp_user_parse(const struct gp_json *object, struct gp_user *out) gp_must_check;

/* "external-guest" and so on, as the configuration writes them; "unknown". */
const char *gp_user_class_name(enum gp_user_class user_class);

struct gp_graph;
enum gp_status gp_graph_new(sd_event *event, struct gp_http *http, const struct gp_clock *clock,
			    struct gp_app_token *token, const struct gp_config *config,
			    struct gp_graph **out, struct gp_error *err) gp_must_check;
void gp_graph_free(struct gp_graph *graph);

struct gp_graph_call;                             /* one operation under way */
void gp_graph_cancel(struct gp_graph_call *call); /* no callback will come; NULL is allowed */

/* GET /users/{oid}. GP_ST_NOT_FOUND only for Graph's own 404 Request_ResourceNotFound: the guest is
 * gone. USER is borrowed. CORRELATION_ID (may be NULL) is sent as client-request-id. */
typedef void gp_graph_user_done(void *arg, enum gp_status status, const struct gp_user *user,
				const struct gp_error *err);
enum gp_status gp_graph_get_user(struct gp_graph *graph, const char *oid,
				 const char *correlation_id, gp_graph_user_done *done, void *arg,
				 struct gp_graph_call **out) gp_must_check;

/* POST /users/{oid}/checkMemberGroups with at most 20 group ids: which of them OID is in,
 * transitively. MEMBER[i] belongs to GROUPS[i]. */
typedef void gp_graph_groups_done(void *arg, enum gp_status status, const bool *member, size_t n,
				  const struct gp_error *err);
enum gp_status gp_graph_check_groups(struct gp_graph *graph, const char *oid,
				     const char (*groups)[GP_GUID_TEXT], size_t n,
				     const char *correlation_id, gp_graph_groups_done *done,
				     void *arg, struct gp_graph_call **out) gp_must_check;

/* GET /groups/{id}/transitiveMembers, all pages, users only. EACH is called for every user (USER
 * borrowed); then DONE once. A listing that breaks off ends in an error: what EACH saw is then to
 * be thrown away. A page whose nextLink is not on Graph's host, more than 1,000 pages, a page seen
 * twice: errors. */
typedef void gp_graph_member_each(void *arg, const struct gp_user *user);
typedef void gp_graph_members_done(void *arg, enum gp_status status, const struct gp_error *err);
struct gp_graph_listing {
	gp_graph_member_each *each;
	gp_graph_members_done *done;
	void *arg;
};
enum gp_status gp_graph_list_members(struct gp_graph *graph, const char *group_id,
				     const struct gp_graph_listing *listing,
				     struct gp_graph_call **out) gp_must_check;

#endif
