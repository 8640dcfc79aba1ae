/* SPDX-License-Identifier: Apache-2.0 */
/* guestpass doctor --capture, for the person who runs it. */
#ifndef GP_CLI_CAPTURE_H
#define GP_CLI_CAPTURE_H

#include <stdbool.h>
#include <stdio.h>

#include "base/json.h"

/* Asks the daemon for one sign-in and prints its record, as JSON or to a person. CONFIG is the path
 * of guestpass.conf. The exit code: 0 when somebody signed in and the record could be kept. */
int gp_capture_run(const char *run_dir, const char *config, bool json);

/* RECORD to a person. */
void gp_capture_show(const struct gp_json *record, FILE *out);

#endif
