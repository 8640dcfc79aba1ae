/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When a guest's account expires, as shadow(5) has it. PURE. It tells what is known of the end of
 * his pass and decides nothing: at our own door the account phase of PAM ends with the daemon's
 * word, and whoever has a new pass since enters by that.
 */
#ifndef GP_DIRECTORY_EXPIRY_H
#define GP_DIRECTORY_EXPIRY_H

#include "config/config.h"

/* The first second without a pass: PASS_END_S as an admission or root last found it (0: nobody did;
 * INT64_MAX: it has no end), and never after what the tier allows. A membership counts from
 * FIRST_SEEN_S. INT64_MAX: no end is known. */
int64_t gp_expiry_end(const struct gp_config *config, int64_t first_seen_s, int64_t pass_end_s);
/* The first day, since 1970-01-01 in UTC, on which he has none at all: pam_unix refuses from that
 * day on, so it is the day after a last one that is not whole. GP_DIRECTORY_NO_EXPIRY for
 * INT64_MAX. */
int32_t gp_expiry_day(int64_t end_s);

#endif
