/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The layers laid over one another, with the place that each value comes from, and the rules that
 * hold between keys.
 */
#ifndef GP_CONFIG_MERGED_H
#define GP_CONFIG_MERGED_H

#include "config/layer.h"

struct gp_merged {
	struct gp_config *config; /* owned by the caller */
	const char *main_file;
	const char *file[GP_SCHEMA_MAX]; /* where a value was set last; NULL: a default */
	uint32_t line[GP_SCHEMA_MAX];
};

/* Lays the main file over the defaults. */
enum gp_status gp_merged_start(struct gp_merged *merged, const struct gp_layer *main_layer,
			       struct gp_error *err) gp_must_check;
/* Lays a drop-in over what is there: GP_ST_DENIED if it loosens anything. */
enum gp_status gp_merged_tighten(struct gp_merged *merged, const struct gp_layer *layer,
				 struct gp_error *err) gp_must_check;
/* The rules between keys; and fills what follows from other keys, such as the cloud's hosts. */
enum gp_status gp_merged_validate(struct gp_merged *merged, struct gp_error *err) gp_must_check;

#endif
