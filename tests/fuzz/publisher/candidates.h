/* SPDX-License-Identifier: Apache-2.0 */
/* Candidates for the publisher, and the host that they are for. */
#ifndef GP_TESTS_FUZZ_PUBLISHER_CANDIDATES_H
#define GP_TESTS_FUZZ_PUBLISHER_CANDIDATES_H

#include "contract/directory_build.h"

/* Empty directories, ids.conf and the local accounts, in the current directory. */
void candidate_new_host(void);
/* Accounts that somebody adds on the host: a bit each. */
void candidate_host_accounts(unsigned int which);

/* Built as PROGRAM says, after GENERATION or not, with bytes changed or not. Empty if the builder
 * itself refuses. */
void candidate_make(struct gp_str *program, uint64_t generation, struct gp_directory_bytes *out);

/* Ends the program unless BYTES are a file that this host may have. Its generation. */
uint64_t candidate_must_be_lawful(const struct gp_directory_bytes *bytes);

#endif
