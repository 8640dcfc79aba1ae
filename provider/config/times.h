/* SPDX-License-Identifier: Apache-2.0 */
/* Durations and days, as people write them. Pure. */
#ifndef GP_CONFIG_TIMES_H
#define GP_CONFIG_TIMES_H

#include <stdint.h>

#include "contract/status.h"
#include "contract/str.h"

/* "90d", "12h", "30m", "10s", or "0". */
enum gp_status gp_duration_parse(struct gp_str text, uint32_t *seconds) gp_must_check;
/* "2026-12-31": the first second of the next day in UTC, so that the day itself counts. */
enum gp_status gp_date_parse(struct gp_str text, int64_t *end_s) gp_must_check;

#endif
