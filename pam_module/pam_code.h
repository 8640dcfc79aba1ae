/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one table from what happened to what PAM is told and what the person reads.
 */
#ifndef GP_PAM_MODULE_PAM_CODE_H
#define GP_PAM_MODULE_PAM_CODE_H

enum gp_phase {
	GP_PHASE_AUTH = 0,
	GP_PHASE_CRED,
	GP_PHASE_ACCOUNT,
	GP_PHASE_OPEN,
	GP_PHASE_CLOSE,
	GP_PHASE_PASSWORD,
};

/* Zero denies. */
enum gp_outcome {
	GP_OUT_DENIED = 0,
	GP_OUT_GRANTED,
	GP_OUT_UNAVAILABLE, /* no daemon, or not one that makes sense */
	GP_OUT_LATE,        /* the one deadline has passed */
	GP_OUT_CALLER,      /* a guest wants to become somebody else */
	GP_OUT_HOME,        /* the home directory is somebody else's */
};

/* The PAM code; a value outside the enums is refused. */
int gp_pam_code(enum gp_phase phase, enum gp_outcome outcome);
/* One plain sentence for when the daemon gave none; "" where there is nothing to say. */
const char *gp_pam_sentence(enum gp_phase phase, enum gp_outcome outcome);

#endif
