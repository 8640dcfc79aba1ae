/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a tier's label means for keys that nobody sets. guestpass.conf(5) has the same table for
 * people.
 */
#ifndef GP_CONFIG_LABEL_H
#define GP_CONFIG_LABEL_H

#include "config/config.h"
#include "config/schema.h"

/* As it would be written in the file; the key's own default where the label says nothing, which may
 * be NULL. */
const char *gp_label_default(enum gp_label label, const struct gp_key *key);
/* "low", "medium", "high". */
const char *gp_label_name(enum gp_label label);

#endif
