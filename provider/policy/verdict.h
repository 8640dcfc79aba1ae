/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_POLICY_VERDICT_H
#define GP_POLICY_VERDICT_H

enum gp_verdict {
	GP_NO = 0,
	GP_CANNOT_TELL, /* the fact is missing although it should be there */
	GP_NOT_YET,     /* decidable only in a later phase */
	GP_YES,
};

/* "yes", "not-yet", "cannot-tell", "no". */
const char *gp_verdict_name(enum gp_verdict verdict);

#endif
