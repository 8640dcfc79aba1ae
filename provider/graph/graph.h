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

/* creationType: how the account came to be. */
enum gp_creation {
	GP_CREATION_UNKNOWN = 0, /* not read */
	GP_CREATION_NONE,        /* null: an account that was made like any other */
	GP_CREATION_INVITATION,
	GP_CREATION_SELF_SERVICE,
	GP_CREATION_EMAIL_VERIFIED,
	GP_CREATION_OTHER,
};

struct gp_user {
	char id[GP_GUID_TEXT]; /* lower case */
	enum gp_tri account_enabled;
	enum gp_user_type user_type;
	enum gp_external_state external_state;
	enum gp_user_class user_class;
	enum gp_creation creation;
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
/* "invitation" and so on, likewise. */
const char *gp_creation_name(enum gp_creation creation);

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

/* GET /groups/{id}/members, all pages: the direct members that are users or groups; others are
 * passed over. USER and GROUP are called for each; then DONE once. A listing that breaks off ends
 * in an error: what was told is then to be thrown away. A page whose nextLink is not on Graph's
 * host, more than 1,000 pages, a page seen twice: errors. GP_ST_NOT_FOUND: there is no such group.
 * A user of whom Graph tells nothing but the id (entra-facts 7.4) is told as just that. */
struct gp_graph_listing {
	void (*user)(void *arg, const struct gp_user *user);
	void (*group)(void *arg, const char *id);
	void (*done)(void *arg, enum gp_status status, const struct gp_error *err);
	void *arg;
};
enum gp_status gp_graph_list_members(struct gp_graph *graph, const char *group_id,
				     const struct gp_graph_listing *listing,
				     struct gp_graph_call **out) gp_must_check;

/* What changed (entra-facts 7.5). */
enum gp_delta_kind {
	GP_DELTA_USERS,
	GP_DELTA_GROUPS,
};
#define GP_DELTA_IDS_MAX   50 /* of one request's filter */
#define GP_DELTA_LINK_MAX  8192
#define GP_DELTA_PAGES_MAX 100

enum gp_removed {
	GP_REMOVED_NOT = 0,
	GP_REMOVED_CHANGED, /* can be restored */
	GP_REMOVED_DELETED,
};

struct gp_delta_request {
	enum gp_delta_kind kind;
	const char (*ids)[GP_GUID_TEXT]; /* groups: the 1 to 50 that are watched; not with LINK */
	size_t ids_len;
	const char *link; /* the deltaLink of the last round; NULL: from now on */
};

/* Objects are told as often as Graph does and in its order: the last one counts. What is NULL is
 * not told. */
struct gp_delta_sink {
	void (*user)(void *arg, const char *id, enum gp_tri enabled, enum gp_removed removed);
	void (*group)(void *arg, const char *id, enum gp_removed removed);
	void (*member)(void *arg, const char *group, const char *member, bool is_group,
		       bool removed);
	/* LINK is for the next round, borrowed, and NULL unless STATUS is GP_ST_OK.
	 * GP_ST_EXPIRED: the link is worth nothing any more, read everything. GP_ST_TOO_BIG: so
	 * much changed that reading everything is cheaper. */
	void (*done)(void *arg, enum gp_status status, const char *link,
		     const struct gp_error *err);
	void *arg;
};
enum gp_status gp_graph_delta(struct gp_graph *graph, const struct gp_delta_request *request,
			      const struct gp_delta_sink *sink,
			      struct gp_graph_call **out) gp_must_check;

/* GET /users/{id} of any number of users, twenty a request ($batch, entra-facts 7.6). EACH is
 * called once for each id, in no particular order: GP_ST_OK with USER, or GP_ST_NOT_FOUND when
 * Graph says that there is none. Whatever else ends the whole call in an error. IDS are copied. */
struct gp_graph_users {
	void (*each)(void *arg, const char *id, enum gp_status status, const struct gp_user *user);
	void (*done)(void *arg, enum gp_status status, const struct gp_error *err);
	void *arg;
};
enum gp_status gp_graph_get_users(struct gp_graph *graph, const char (*ids)[GP_GUID_TEXT], size_t n,
				  const struct gp_graph_users *users,
				  struct gp_graph_call **out) gp_must_check;

/* The one user whose mail address is MAIL. GP_ST_NOT_FOUND: none. GP_ST_CONFLICT: more than one,
 * and nobody can say which is meant (entra-facts 7.3). */
enum gp_status gp_graph_find_user(struct gp_graph *graph, const char *mail,
				  const char *correlation_id, gp_graph_user_done *done, void *arg,
				  struct gp_graph_call **out) gp_must_check;

/* Requests sent since GRAPH was made, for those who watch the tenant's limits. */
uint64_t gp_graph_requests(const struct gp_graph *graph);

#endif
