/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sections [error NUMBER], of which there may be any number: what a guest and an administrator
 * read when a sign-in ends with that AADSTS number, in the organisation's own words. They explain,
 * and change no decision.
 */
#ifndef GP_CONFIG_ERRORS_H
#define GP_CONFIG_ERRORS_H

#include "config/layer.h"
#include "config/merged.h"

enum gp_error_key {
	GP_ERROR_KEY_GUEST = 0,
	GP_ERROR_KEY_ADMIN,
	GP_ERROR_KEYS,
};
/* "guest", "admin". */
const char *gp_errors_key_name(enum gp_error_key key);

/* Is this the text between the brackets of such a section's head? */
bool gp_errors_is_section(struct gp_str section);
/* Begins the one of SECTION. Returns what is wrong with it, half a sentence; NULL: nothing. */
const char *gp_errors_begin(struct gp_layer *layer, struct gp_str section, uint32_t line);
/* Sets a key of the one that began last. Likewise. */
const char *gp_errors_set(struct gp_layer *layer, struct gp_str key, struct gp_str value,
			  uint32_t line);
/* What can be seen only at the end of a file: a section that says nothing. */
enum gp_status gp_errors_finish(const struct gp_layer *layer, struct gp_error *err) gp_must_check;
/* A drop-in has none: two files with a sentence each would hide one of them. */
enum gp_status gp_errors_tighten(const struct gp_layer *layer, struct gp_error *err) gp_must_check;

#endif
