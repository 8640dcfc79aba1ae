/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Groups of the host that guests are put into behind our back: by a line of /etc/group, which every
 * look-up of a user's groups adds to ours, or by pam_group's group.conf. A guest is in no group
 * that is not ours, so each is something to tell. PURE, but for gp_foreign_look().
 */
#ifndef GP_CONFIG_FOREIGN_H
#define GP_CONFIG_FOREIGN_H

#include "config/config.h"

enum gp_foreign_format {
	GP_FOREIGN_GROUP,     /* group(5) */
	GP_FOREIGN_PAM_GROUP, /* group.conf(5) of pam_group */
};

/* Who is asked for each name, and who hears of each finding. */
struct gp_foreign {
	bool (*is_guest)(void *arg, struct gp_str name);
	void *guests;
	gp_config_finding *found;
	void *arg;
};

/* NAME is the file's, for messages. Returns how many findings there were: GP_ST_CONFLICT, or
 * GP_ST_UNSUPPORTED for a line of group.conf whose users are a pattern, which may mean guests. */
size_t gp_foreign_text(const struct gp_foreign *foreign, enum gp_foreign_format format,
		       const char *name, struct gp_str text);
/* Both files below ROOT ("" for this host). One that is there and cannot be read is told too. */
size_t gp_foreign_look(const struct gp_foreign *foreign, const char *root);

#endif
