/* SPDX-License-Identifier: Apache-2.0 */
/* The verbs of `guestpass number` that have a file of their own. */
#ifndef GP_CLI_NUMBER_H
#define GP_CLI_NUMBER_H

#include "cli/cli.h"

int gp_number_import(int argc, char **argv);

#endif
