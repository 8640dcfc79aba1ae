/* SPDX-License-Identifier: Apache-2.0 */
/* What the daemon's JSON says, as text that is safe on a terminal. */
#ifndef GP_CLI_CELL_H
#define GP_CLI_CELL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/json.h"

#define GP_CELL 512

/* The text KEY of OBJECT; "" when it is not there. Cut to fit. */
const char *gp_cell_text(const struct gp_json *object, const char *key, char cell[static GP_CELL]);
/* A whole number; 0 when it is not there. */
int64_t gp_cell_number(const struct gp_json *object, const char *key);
/* Seconds since 1970 as "2026-11-22T20:37:42Z (5 min ago)"; NEVER for 0. */
const char *gp_cell_time(const struct gp_json *object, const char *key, int64_t now_s,
			 const char *never, char cell[static GP_CELL]);
/* A list of texts, separated by commas. */
const char *gp_cell_list(const struct gp_json *object, const char *key, char cell[static GP_CELL]);
/* "2026-11-22T20:37:42Z (5 min ago)". */
const char *gp_cell_when(int64_t at_s, int64_t now_s, char cell[static GP_CELL]);

#endif
