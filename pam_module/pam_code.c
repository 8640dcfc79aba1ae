/* SPDX-License-Identifier: Apache-2.0 */
#include "pam_module/pam_code.h"

#include <stddef.h>

#include <security/pam_modules.h>

#include "contract/ban.h"

#define PHASES   (GP_PHASE_PASSWORD + 1)
#define OUTCOMES (GP_OUT_HOME + 1)

#define NOT_NOW                                                                                    \
	"Guest sign-in is not available on this host right now. Please try again in a few "        \
	"minutes; if it stays so, tell the people who run this host."
#define NOT_ADMITTED                                                                               \
	"This login is not admitted. Please connect again and sign in at your organisation."
#define NOT_HIS_HOME                                                                               \
	"Your home directory on this host belongs to another number, so nobody can log in with "   \
	"it. The people who run this host must put that right; please tell them."
#define NOBODY_ELSE "Guests cannot become another user on this host."
#define ELSEWHERE                                                                                  \
	"Your password lives at your own organisation: this host has none to change. Change it "   \
	"there, the way you always do."

struct row {
	int code;
	const char *sentence;
};

static const struct row table[PHASES][OUTCOMES] = {
	[GP_PHASE_AUTH] =
		{
			[GP_OUT_DENIED] = {PAM_AUTH_ERR, "You cannot sign in to this host."},
			[GP_OUT_GRANTED] = {PAM_SUCCESS, ""},
			[GP_OUT_UNAVAILABLE] = {PAM_AUTHINFO_UNAVAIL, NOT_NOW},
			[GP_OUT_LATE] = {PAM_AUTHINFO_UNAVAIL,
					 "The time for signing in is over. Please connect again."},
			[GP_OUT_CALLER] = {PAM_AUTH_ERR, NOBODY_ELSE},
			[GP_OUT_HOME] = {PAM_AUTH_ERR, NOT_HIS_HOME},
		},
	/* There is nothing to establish: a guest's credentials are the numbers NSS gives him. */
	[GP_PHASE_CRED] =
		{
			[GP_OUT_DENIED] = {PAM_CRED_ERR, ""},
			[GP_OUT_GRANTED] = {PAM_SUCCESS, ""},
			[GP_OUT_UNAVAILABLE] = {PAM_CRED_UNAVAIL, ""},
			[GP_OUT_LATE] = {PAM_CRED_UNAVAIL, ""},
			[GP_OUT_CALLER] = {PAM_CRED_ERR, ""},
			[GP_OUT_HOME] = {PAM_CRED_ERR, ""},
		},
	[GP_PHASE_ACCOUNT] =
		{
			[GP_OUT_DENIED] = {PAM_PERM_DENIED, NOT_ADMITTED},
			[GP_OUT_GRANTED] = {PAM_SUCCESS, ""},
			[GP_OUT_UNAVAILABLE] = {PAM_AUTHINFO_UNAVAIL, NOT_NOW},
			[GP_OUT_LATE] = {PAM_AUTHINFO_UNAVAIL, NOT_NOW},
			[GP_OUT_CALLER] = {PAM_PERM_DENIED, NOBODY_ELSE},
			[GP_OUT_HOME] = {PAM_PERM_DENIED, NOT_HIS_HOME},
		},
	[GP_PHASE_OPEN] =
		{
			[GP_OUT_DENIED] = {PAM_SESSION_ERR, NOT_ADMITTED},
			[GP_OUT_GRANTED] = {PAM_SUCCESS, ""},
			[GP_OUT_UNAVAILABLE] = {PAM_SESSION_ERR, NOT_NOW},
			[GP_OUT_LATE] = {PAM_SESSION_ERR, NOT_NOW},
			[GP_OUT_CALLER] = {PAM_SESSION_ERR, NOBODY_ELSE},
			[GP_OUT_HOME] = {PAM_SESSION_ERR, NOT_HIS_HOME},
		},
	/* A session that ends has ended, whatever the daemon says: it finds out by itself. */
	[GP_PHASE_CLOSE] =
		{
			[GP_OUT_DENIED] = {PAM_SUCCESS, ""},
			[GP_OUT_GRANTED] = {PAM_SUCCESS, ""},
			[GP_OUT_UNAVAILABLE] = {PAM_SUCCESS, ""},
			[GP_OUT_LATE] = {PAM_SUCCESS, ""},
			[GP_OUT_CALLER] = {PAM_SUCCESS, ""},
			[GP_OUT_HOME] = {PAM_SUCCESS, ""},
		},
	[GP_PHASE_PASSWORD] =
		{
			[GP_OUT_DENIED] = {PAM_PERM_DENIED, ELSEWHERE},
			[GP_OUT_GRANTED] = {PAM_PERM_DENIED, ELSEWHERE},
			[GP_OUT_UNAVAILABLE] = {PAM_PERM_DENIED, ELSEWHERE},
			[GP_OUT_LATE] = {PAM_PERM_DENIED, ELSEWHERE},
			[GP_OUT_CALLER] = {PAM_PERM_DENIED, NOBODY_ELSE},
			[GP_OUT_HOME] = {PAM_PERM_DENIED, NOT_HIS_HOME},
		},
};

static const struct row *row_of(enum gp_phase phase, enum gp_outcome outcome)
{
	if ((unsigned)phase >= PHASES || (unsigned)outcome >= OUTCOMES)
		return NULL;
	return &table[phase][outcome];
}

int gp_pam_code(enum gp_phase phase, enum gp_outcome outcome)
{
	const struct row *row = row_of(phase, outcome);
	return row != NULL ? row->code : PAM_PERM_DENIED;
}

const char *gp_pam_sentence(enum gp_phase phase, enum gp_outcome outcome)
{
	const struct row *row = row_of(phase, outcome);
	return row != NULL ? row->sentence : "";
}
