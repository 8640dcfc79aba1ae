/* SPDX-License-Identifier: Apache-2.0 */
/* Directory files for tests: a small one that has every kind of record, and large ones. */
#ifndef GP_TESTS_UNIT_SUPPORT_DIRECTORY_SAMPLE_H
#define GP_TESTS_UNIT_SUPPORT_DIRECTORY_SAMPLE_H

#include <stdint.h>

#include "contract/directory_build.h"
#include "contract/ids_conf.h"

#define SAMPLE_ADA_UID    0x77400123U
#define SAMPLE_BOB_UID    0x77400456U
#define SAMPLE_CARO_UID   40001U /* adopted under the name caro */
#define SAMPLE_GUESTS     0x7F000000U
#define SAMPLE_BUILDERS   0x7F000010U
#define SAMPLE_EMPTY      0x7F000011U
#define SAMPLE_ADOPTED    50001U /* adopted under the name testers */
#define SAMPLE_BOB_EXPIRY 20500

/* Defaults, plus caro and testers adopted; one static object. */
const struct gp_ids_rules *sample_rules(void);

/* ada@fabrikam.example (gp-builders, testers), bob.o+x@contoso.example (expires, gp-builders) and
 * caro (adopted, no groups, no organisation); all with primary group gp-guests. */
struct gp_directory_bytes sample_directory(uint64_t generation);

/* USERS users named u<i>@partner<i % 50>.example with 5 groups each, USERS / 10 groups of 50. */
struct gp_directory_bytes sample_large(size_t users, uint64_t generation);

/* Puts the right checksum into bytes that a test has changed. */
void sample_reseal(struct gp_directory_bytes bytes);

/* Writes the file with mode 0644. */
void sample_write(const char *path, struct gp_directory_bytes bytes);

#endif
