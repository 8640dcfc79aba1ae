/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sections [group NAME], of which there may be any number: each makes the guests of one Entra
 * group members of one POSIX group. They stand beside the table of keys, whose sections are known
 * beforehand.
 */
#ifndef GP_CONFIG_MAPPED_H
#define GP_CONFIG_MAPPED_H

#include "config/layer.h"
#include "config/merged.h"

/* Is this the text between the brackets of such a section's head? */
bool gp_mapped_is_section(struct gp_str section);
/* Begins the group of SECTION, which gp_mapped_is_section(). Returns what is wrong with it, half a
 * sentence; NULL when nothing is. */
const char *gp_mapped_begin(struct gp_layer *layer, struct gp_str section, uint32_t line);
/* Sets a key of the group that began last. Likewise; the one key there is has the name returned by
 * gp_mapped_key_name(). */
const char *gp_mapped_set(struct gp_layer *layer, struct gp_str key, struct gp_str value,
			  uint32_t line);
const char *gp_mapped_key_name(void);
/* What can be seen only at the end of a file: a group without its key, an Entra group twice. */
enum gp_status gp_mapped_finish(const struct gp_layer *layer, struct gp_error *err) gp_must_check;
/* A drop-in may repeat groups of the main file, and not name others: who is in which group of the
 * host is more than the daemon's affair. */
enum gp_status gp_mapped_tighten(const struct gp_merged *merged, const struct gp_layer *layer,
				 struct gp_error *err) gp_must_check;

#endif
