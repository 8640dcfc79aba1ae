/* SPDX-License-Identifier: Apache-2.0 */
/* What this host itself knows of a guest, for an admission: its own clock and the tier's zone, what
 * root granted, revoked or froze, who he was before, when he was here. */
#ifndef GP_SIGNIN_HOST_H
#define GP_SIGNIN_HOST_H

#include "base/clock.h"
#include "policy/facts.h"
#include "store/standing.h"

/* When a sign-in at tenant TID was seen whose token held the browser's address: guestpass doctor
 * --capture. 0 takes it back. */
enum gp_status gp_host_ipaddr_put(struct gp_store *store, const char *tid, int64_t seen_s,
				  struct gp_error *err) gp_must_check;
/* Was one? Never GP_UNKNOWN: what cannot be read was not seen. */
enum gp_tri gp_host_ipaddr_seen(struct gp_store *store, const char *tid);

struct gp_host {
	bool read; /* false: the store could not be read, and nothing below is known */
	struct gp_standing standing;
	struct gp_guest_record record; /* zero: he has none */
	enum gp_tri frozen;            /* his home; unknown while it is not known */
	enum gp_tri ipaddr_seen;       /* root saw what ipaddr holds: guestpass doctor --capture */
};

/* HOME is that of his token; NULL before there is one, when the home of his first sign-in can only
 * speak against him. */
void gp_host_read(struct gp_store *store, const char *tid, const char *oid, const char *home,
		  struct gp_host *out);
/* Into FACTS, which borrow from HOST. GRANT, which must live as long, gets root's grant; true if
 * there is one, which is then to be among the pass objects. */
bool gp_host_apply(const struct gp_host *host, const struct gp_config *config,
		   const struct gp_clock *clock, struct gp_facts *facts,
		   struct gp_pass_object *grant);
/* Who was admitted as GRANT says is the person that OID belongs to from now on, unless that is
 * known already. */
enum gp_status gp_host_remember(struct gp_store *store, const struct gp_config *config,
				const struct gp_host *host, const char *oid,
				const struct gp_user *user, const struct gp_identity *identity,
				const struct gp_client_info *client_info,
				struct gp_error *err) gp_must_check;
/* Somebody else came with this object: nobody enters with it until root says who it is. */
enum gp_status gp_host_question(struct gp_store *store, const struct gp_config *config,
				const struct gp_host *host, const char *oid,
				struct gp_error *err) gp_must_check;

#endif
