/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words after pam_guestpass.so in a PAM file. One table holds them all; pam_guestpass(8)
 * describes them.
 */
#ifndef GP_PAM_MODULE_OPTIONS_H
#define GP_PAM_MODULE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

struct gp_options {
	unsigned int timeout_s; /* of a whole sign-in, from its beginning */
	bool debug;
	bool is_guest; /* answer only whether the name is a guest's; session phases only */
};

/* Fills OUT, beginning with the defaults. Returns the first word that is no valid option, or NULL
 * when all are: what comes after a bad word is read all the same. */
const char *gp_options_read(int argc, const char **argv, struct gp_options *out);

/* For tests and documentation: the I-th option's name and meaning. False beyond the last. */
bool gp_options_describe(size_t i, const char **name, const char **doc);

#endif
