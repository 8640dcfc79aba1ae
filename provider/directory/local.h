/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The names and numbers of the host's own accounts. The publisher refuses a whole candidate for
 * one that is also a guest's, so the daemon leaves that guest out before. Read from the files:
 * getpwnam() would ask our own module too, and whatever else the host has configured.
 */
#ifndef GP_DIRECTORY_LOCAL_H
#define GP_DIRECTORY_LOCAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "contract/status.h"
#include "contract/str.h"

/* The entries of one file, sorted; names in lower case. */
struct gp_local_list {
	char *text; /* what the names point into */
	const char **names;
	size_t name_count;
	uint32_t *numbers;
	size_t number_count;
};

struct gp_local {
	struct gp_local_list users;
	struct gp_local_list groups;
};

/* Reads both files, as they are written in /etc/passwd and /etc/group. On failure OUT is empty and
 * ERR names the file. Free with gp_local_free(). */
enum gp_status gp_local_read(const char *passwd, const char *group, struct gp_local *out,
			     struct gp_error *err) gp_must_check;
/* It is empty afterwards. */
void gp_local_free(struct gp_local *local);

/* Is there one with this name, whatever its case, or with this number? */
bool gp_local_has_user(const struct gp_local *local, struct gp_str name, uint32_t uid);
bool gp_local_has_group(const struct gp_local *local, struct gp_str name, uint32_t gid);

#endif
