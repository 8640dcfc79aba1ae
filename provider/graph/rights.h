/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Entra keeps beside a membership: until when, and by which right; who vouches for a guest and
 * when he leaves (entra-facts 9.1, 9.2, 9.5). Nothing of an answer is believed that it does not say
 * itself: an object of somebody else is passed over, one that cannot be understood makes the whole
 * read fail. Errors 403 name the application permission that the read needs.
 */
#ifndef GP_GRAPH_RIGHTS_H
#define GP_GRAPH_RIGHTS_H

#include "graph/graph.h"

#define GP_RIGHT_ID      192  /* room for an id; an activation's is opaque and longer than a GUID */
#define GP_RIGHTS_MAX    2000 /* of one person */
#define GP_SPONSORS_MAX  5    /* Entra allows no more */
#define GP_SPONSOR_NAME  128
#define GP_SPONSOR_MAIL  256
#define GP_LEAVE_UNKNOWN INT64_MIN
#define GP_LEAVE_NEVER   INT64_MAX

#define GP_PERMISSION_PACKAGE "EntitlementManagement.Read.All"
#define GP_PERMISSION_PIM     "PrivilegedAssignmentSchedule.Read.AzureADGroup"
#define GP_PERMISSION_SPONSOR "User.Read.All"
#define GP_PERMISSION_LEAVE   "User-LifeCycleInfo.Read.All"

enum gp_right_kind {
	GP_RIGHT_NONE = 0,
	GP_RIGHT_PACKAGE, /* an assignment of an access package */
	GP_RIGHT_PIM,     /* an instance of an assignment in PIM for groups */
};

struct gp_right {
	enum gp_right_kind kind;
	char id[GP_RIGHT_ID];  /* of the assignment or the instance; safe to show */
	char of[GP_GUID_TEXT]; /* the access package, or the group */
	bool delivered;        /* package: its state is "delivered"; PIM: a member, not an owner */
	bool activated;        /* PIM: made from an eligibility, for a time; not assigned */
	int64_t begin_s;       /* INT64_MIN: since ever */
	int64_t end_s;         /* the first second without it; INT64_MAX: no end */
};

/* RIGHT counts at NOW_S. Pure. */
static inline bool gp_right_holds(const struct gp_right *right, int64_t now_s)
{
	return right->kind != GP_RIGHT_NONE && right->delivered && right->begin_s <= now_s &&
	       now_s < right->end_s;
}

/* RIGHTS are borrowed, in Graph's order, each id once. None with GP_ST_OK: he has no right.
 * GP_ST_DENIED: the permission is missing, or a page is elsewhere. GP_ST_TOO_BIG: more than
 * GP_RIGHTS_MAX. Never GP_ST_NOT_FOUND: these answers cannot say that a person is gone. */
typedef void gp_graph_rights_done(void *arg, enum gp_status status, const struct gp_right *rights,
				  size_t n, const struct gp_error *err);

/* OID's assignments of the access package, all pages. Only "state" decides: "status" and
 * "expiredDateTime" are wrong at times (entra-facts 18). */
enum gp_status gp_graph_get_assignments(struct gp_graph *graph, const char *package_id,
					const char *oid, const char *correlation_id,
					gp_graph_rights_done *done, void *arg,
					struct gp_graph_call **out) gp_must_check;

/* OID's assignments and activations in PIM for groups, of all groups, all pages. */
enum gp_status gp_graph_get_activations(struct gp_graph *graph, const char *oid,
					const char *correlation_id, gp_graph_rights_done *done,
					void *arg, struct gp_graph_call **out) gp_must_check;

struct gp_sponsor {
	char id[GP_GUID_TEXT];
	bool is_group;
	char name[GP_SPONSOR_NAME]; /* safe to show, cut where it is too long; may be empty */
	char mail[GP_SPONSOR_MAIL]; /* safe to show, whole or empty */
};

/* The users and groups that vouch for OID, at most GP_SPONSORS_MAX; guests invited long ago have
 * none. SPONSORS are borrowed. GP_ST_NOT_FOUND: there is no such user. */
typedef void gp_graph_sponsors_done(void *arg, enum gp_status status,
				    const struct gp_sponsor *sponsors, size_t n,
				    const struct gp_error *err);
enum gp_status gp_graph_get_sponsors(struct gp_graph *graph, const char *oid,
				     const char *correlation_id, gp_graph_sponsors_done *done,
				     void *arg, struct gp_graph_call **out) gp_must_check;

/* OID's employeeLeaveDateTime; GP_LEAVE_NEVER when he has none, GP_LEAVE_UNKNOWN unless STATUS is
 * GP_ST_OK. GP_ST_DENIED also when Graph leaves the property out, its other way of saying that the
 * permission is missing. GP_ST_NOT_FOUND: there is no such user. */
typedef void gp_graph_leave_done(void *arg, enum gp_status status, int64_t leave_s,
				 const struct gp_error *err);
enum gp_status gp_graph_get_leave(struct gp_graph *graph, const char *oid,
				  const char *correlation_id, gp_graph_leave_done *done, void *arg,
				  struct gp_graph_call **out) gp_must_check;

#endif
