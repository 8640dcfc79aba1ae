/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One value of the configuration: from text into its place, and compared with the same value of
 * another file. Pure.
 */
#ifndef GP_CONFIG_VALUE_H
#define GP_CONFIG_VALUE_H

#include "config/config.h"
#include "config/schema.h"

/* Puts TEXT into KEY's member of CONFIG. On failure returns what is wrong, half a sentence, and
 * the member is unspecified; NULL when it was right. */
const char *gp_value_set(const struct gp_key *key, struct gp_str text, struct gp_config *config);

/* True if FROM's value is the same as TO's. */
bool gp_value_same(const struct gp_key *key, const struct gp_config *from,
		   const struct gp_config *to);
/* True if the key's rule lets TO's value replace FROM's. */
bool gp_value_tightens(const struct gp_key *key, const struct gp_config *from,
		       const struct gp_config *to);
void gp_value_copy(const struct gp_key *key, const struct gp_config *from, struct gp_config *to);
/* False if it holds no text and no element; a number is never empty. */
bool gp_value_is_set(const struct gp_key *key, const struct gp_config *config);

#endif
