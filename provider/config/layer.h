/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One configuration file by itself: the values it sets and the lines where it sets them. The main
 * file and each drop-in are a layer; load.c lays them over one another.
 */
#ifndef GP_CONFIG_LAYER_H
#define GP_CONFIG_LAYER_H

#include "config/config.h"
#include "config/schema.h"

struct gp_layer {
	const char *file; /* for messages; borrowed */
	struct gp_config values;
	uint32_t line[GP_SCHEMA_MAX]; /* by index in gp_schema; 0: not set in this file */
	uint32_t mapped_line[GP_CONFIG_MAPPED_MAX];   /* of each [group NAME], or of its key */
	uint32_t error_line[GP_CONFIG_ERRORS_MAX][3]; /* of each [error N]: its keys, its head */
};

/* Reads TEXT, the content of FILE. On failure ERR has file and line. *OUT is freed by
 * gp_layer_free(). */
enum gp_status gp_layer_parse(struct gp_str text, const char *file, struct gp_layer **out,
			      struct gp_error *err) gp_must_check;
void gp_layer_free(struct gp_layer *layer);
static inline void gp_layer_freep(struct gp_layer **layer)
{
	gp_layer_free(*layer);
}
#define gp_layer_auto __attribute__((cleanup(gp_layer_freep)))

#endif
