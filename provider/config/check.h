/* SPDX-License-Identifier: Apache-2.0 */
/* What the files that look at a configuration's files share; for them only. */
#ifndef GP_CONFIG_CHECK_H
#define GP_CONFIG_CHECK_H

#include "config/config.h"

/* Who hears of what is amiss, and what came first. */
struct gp_check {
	gp_config_finding *found;
	void *arg;
	enum gp_status first;
};

void gp_check_note(struct gp_check *c, const struct gp_error *err);
/* "KEY: PATH: WHAT" */
void gp_check_amiss(struct gp_check *c, enum gp_status st, const char *key, const char *path,
		    const char *what);
/* The same, with what errno says. */
void gp_check_absent(struct gp_check *c, const char *key, const char *path);

#endif
