/* SPDX-License-Identifier: Apache-2.0 */
/* What an admission is decided by. A zeroed struct denies. Pointers are borrowed and may be NULL:
 * not known. */
#ifndef GP_POLICY_FACTS_H
#define GP_POLICY_FACTS_H

#include <stdbool.h>

#include "config/config.h"
#include "entra/token.h"
#include "graph/graph.h"
#include "policy/conditional_access.h"
#include "policy/pass.h"

#define GP_SPONSOR_MAX 128

/* Who a guest was when he was first admitted. An object id can pass to another person: redemption
 * can be reset to another address. */
struct gp_baseline {
	char utid[GP_GUID_TEXT]; /* of client_info; empty when there was none */
	char uid[GP_HOME_UID_MAX];
	char home[GP_IDP_MAX]; /* gp_home_name() */
	char mail[256];        /* for people only */
	int64_t state_changed_s;
	bool in_question; /* somebody else came once: nobody enters until root says who it is */
};

/* What the tenant's policies mean here: those of location for the SSH client's address. */
struct gp_location {
	enum gp_ca_outcome outcome;
	char policy[GP_GUID_TEXT]; /* by which; empty: by none alone */
	char name[GP_CA_NAME_MAX]; /* of it, for people */
	int64_t read_s;            /* when the policies were read; 0: never */
	/* Does one certainly protect the tier's authentication context for him? And which. */
	enum gp_tri context;
	char context_name[GP_CA_NAME_MAX];
};

struct gp_facts {
	const struct gp_config *config;
	int64_t now_s;
	struct {
		enum gp_tri known;
		unsigned int weekday; /* 0 is Sunday */
		unsigned int minute;  /* of that day */
	} local_time;                 /* in the zone of the tier's hours */
	const char *service;          /* PAM service */
	const char *address;          /* of the SSH client */
	const char *guest_oid;        /* of the name that was typed, from the published directory */
	const struct gp_user
		*user;  /* guest object: the last sync's before, a fresh one after the token */
	bool user_gone; /* Graph says that the object does not exist */
	const struct gp_identity *identity; /* verified tokens */
	enum gp_tri
		member; /* of an access group, by fresh checkMemberGroups; before: by the sync */
	enum gp_tri canary;      /* Graph proved at the last sync that it returns accountEnabled */
	enum gp_tri clock_ok;    /* |skew| <= 300 s */
	enum gp_tri quarantined; /* name or number of this guest is in quarantine */
	enum gp_tri client_info_ok;
	const struct gp_client_info *client_info; /* NULL: the answer had none */
	/* Root has seen a sign-in whose token held the browser's address, and not this host's. */
	enum gp_tri ipaddr_seen;
	/* When the device code of this sign-in was issued; 0: not known, and then it is now. */
	int64_t code_issued_s;
	bool signed_in;    /* ACCOUNT: this login carries a completed sign-in's decision */
	bool by_key;       /* ACCOUNT: or sshd took an SSH key of the guest's instead */
	int64_t key_age_s; /* then: seconds since the guest's last sign-in; below 0 is unknown */

	struct gp_location location;
	bool elevated;           /* the sign-in is one for elevation_resource */
	bool step_up;            /* he is logged in and wants to become somebody else */
	enum gp_tri sudo_member; /* then: of sudo_group, by fresh checkMemberGroups */

	struct gp_pass_facts passes;
	enum gp_tri has_sponsor;
	const char *sponsor; /* one of them, for people */
	enum gp_tri frozen;  /* his organisation, on this host */
	enum gp_tri revoked; /* he himself, on this host */
	bool baseline_read;
	const struct gp_baseline *baseline; /* NULL: nobody was admitted as him yet */
	int64_t last_used_s;                /* his last admitted sign-in; 0: never */
	int64_t confirmed_s;                /* root's word that he is expected; 0: never */
};

#endif
