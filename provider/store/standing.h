/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a guest stands on this host beyond what Entra says: who he was when he was first admitted,
 * what root granted, revoked and confirmed, and which organisations are frozen.
 */
#ifndef GP_STORE_STANDING_H
#define GP_STORE_STANDING_H

#include "policy/facts.h"
#include "store/store.h"

#define GP_STANDING_TEXT 256
#define GP_STANDING_BY   64

struct gp_standing {
	bool has_baseline;
	struct gp_baseline baseline;
	/* guestpass grant; granted_s 0: nothing was granted */
	int64_t granted_s, granted_until_s;
	char grant_reason[GP_STANDING_TEXT];
	char grant_sponsor[GP_STANDING_TEXT]; /* mail address of who answers for it */
	char grant_by[GP_STANDING_BY];
	int64_t revoked_s; /* 0: not */
	char revoke_reason[GP_STANDING_TEXT];
	char revoke_by[GP_STANDING_BY];
	int64_t confirmed_s; /* root's word that he is expected, and who he is; 0: never */
	char confirm_by[GP_STANDING_BY];
};

/* One of a guest about whom nothing is kept is all zero, with GP_ST_OK. */
enum gp_status gp_store_standing(struct gp_store *store, const char *tid, const char *oid,
				 struct gp_standing *out, struct gp_error *err) gp_must_check;
/* The whole of it, in place of what was there. */
enum gp_status gp_store_standing_put(struct gp_store *store, const char *tid, const char *oid,
				     const struct gp_standing *standing,
				     struct gp_error *err) gp_must_check;

/* Whose accounts are in question: object ids in their order. Free *OUT with free(). */
struct gp_oid {
	char text[GP_GUID_TEXT];
};
enum gp_status gp_store_in_question(struct gp_store *store, const char *tid, struct gp_oid **out,
				    size_t *len, struct gp_error *err) gp_must_check;
/* Is OID among the N of such a list? */
bool gp_oid_listed(const struct gp_oid *list, size_t n, const char *oid);

/* An organisation, as gp_home_name() has it. */
struct gp_freeze {
	char home[GP_IDP_MAX];
	int64_t since_s;
	char reason[GP_STANDING_TEXT];
	char by[GP_STANDING_BY];
};
/* GP_ST_NOT_FOUND: it is not frozen. */
enum gp_status gp_store_freeze(struct gp_store *store, const char *home, struct gp_freeze *out,
			       struct gp_error *err) gp_must_check;
/* One that is frozen already stays as it is. */
enum gp_status gp_store_freeze_put(struct gp_store *store, const struct gp_freeze *freeze,
				   struct gp_error *err) gp_must_check;
enum gp_status gp_store_freeze_drop(struct gp_store *store, const char *home,
				    struct gp_error *err) gp_must_check;
/* In order of home; free *OUT with free(). */
enum gp_status gp_store_freezes(struct gp_store *store, struct gp_freeze **out, size_t *len,
				struct gp_error *err) gp_must_check;

#endif
