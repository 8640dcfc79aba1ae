/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of AADSTS numbers, matched as whole numbers: longer ones refine shorter ones in no
 * reliable way. */
#ifndef GP_ENTRA_LOGIN_ERROR_TABLE_H
#define GP_ENTRA_LOGIN_ERROR_TABLE_H

#include <stdint.h>

#include "entra/login_error.h"

/* GP_CLASS_UNKNOWN for a number that is not listed. */
enum gp_login_class gp_login_error_class_of(uint32_t number);

/* Whose move it is. */
enum gp_login_move {
	GP_MOVE_UNKNOWN = 0,
	GP_MOVE_GUEST,
	GP_MOVE_SPONSOR,
	GP_MOVE_HOME,   /* the help desk of his own organisation */
	GP_MOVE_TENANT, /* the administrators of the host's organisation */
	GP_MOVE_HOST,   /* those of this host */
	GP_MOVE_NOBODY, /* it passes */
};

struct gp_login_advice {
	enum gp_login_move move;
	const char *guest; /* NULL: the sentence of the class */
	const char *admin;
};
/* False, and all zero, for a number that is not listed. */
bool gp_login_error_advice(uint32_t number, struct gp_login_advice *out);
const char *gp_login_move_name(enum gp_login_move move);

#endif
