/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An element of access_groups: a group's object id and what gives its members their pass, as in
 * "<group>=group", "<group>=pim", "<group>=local" and "<group>=package:<package>". Pure.
 */
#ifndef GP_CONFIG_ACCESS_H
#define GP_CONFIG_ACCESS_H

#include "config/config.h"

/* The element in one spelling. What is wrong with it, or NULL. */
const char *gp_access_text(struct gp_str word, char *out, size_t size);
/* A text that gp_access_text() made, taken apart. */
enum gp_status gp_access_parse(struct gp_str text, char group[static GP_GUID_TEXT],
			       struct gp_access *out) gp_must_check;
/* "package", "pim", "group", "local"; "none". */
const char *gp_basis_name(enum gp_basis basis);

#endif
