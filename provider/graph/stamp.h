/* SPDX-License-Identifier: Apache-2.0 */
/* Times and durations as Graph writes them. Pure and strict: an end that is read wrongly lets
 * somebody in for too long. */
#ifndef GP_GRAPH_STAMP_H
#define GP_GRAPH_STAMP_H

#include <stdint.h>

#include "contract/str.h"

#define GP_STAMP_MAX    40 /* bytes of a time */
#define GP_DURATION_MAX 64 /* bytes of a duration */

/* "2026-03-01T10:00:00Z", in UTC, a fraction of a second allowed and dropped; of the years 1 to
 * 9999. A day that the month does not have is GP_ST_INVALID, as is everything else. */
enum gp_status gp_stamp_parse(struct gp_str text, int64_t *out) gp_must_check;

/* START and an ISO 8601 DURATION, PnYnMnWnDTnHnMnS. Years and months go by the calendar; the 31st
 * becomes the last day of a shorter month. Signs, fractions, leading zeros, units out of order, a P
 * or T with nothing behind, an end after the year 9999: GP_ST_INVALID. */
enum gp_status gp_stamp_add(int64_t start, struct gp_str duration, int64_t *out) gp_must_check;

#endif
