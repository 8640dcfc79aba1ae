/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a PAM stack can come to, by Linux-PAM's own rules, when each module may give any answer that
 * it can have for that person. PURE.
 */
#ifndef GP_DOCTOR_PAM_WALK_H
#define GP_DOCTOR_PAM_WALK_H

#include "doctor/pam_stack.h"

#define GP_PAM_OURS "pam_guestpass.so"

/* Whom the stack is asked for, and so what pam_guestpass answers. */
enum gp_pam_who {
	GP_PAM_GUEST_ADMITTED = 0,
	GP_PAM_GUEST_REFUSED,
	GP_PAM_LOCAL,           /* user_unknown */
	GP_PAM_LOCAL_NO_MODULE, /* the module is not there */
	GP_PAM_LOCAL_WITHOUT,   /* as if the line were not there */
};

struct gp_pam_outcome {
	bool success_asked;   /* success can come, and pam_guestpass was asked before */
	bool success_unasked; /* success can come without it */
	/* Which modules can be reached before pam_guestpass, and at all. */
	bool before[GP_PAM_ENTRIES_MAX];
	bool reached[GP_PAM_ENTRIES_MAX];
};

void gp_pam_walk(const struct gp_pam_stack *stack, enum gp_pam_type type, enum gp_pam_who who,
		 struct gp_pam_outcome *out);

/* Is the entry pam_guestpass with its whole task, that is, not "is_guest"? */
bool gp_pam_is_ours(const struct gp_pam_entry *entry);

#endif
