/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The strict half of reading JSON: json-c is lenient in ways that matter, so every document passes
 * this check of RFC 8259's grammar before json-c builds it. Used by json.c only.
 */
#ifndef GP_BASE_JSON_SCAN_H
#define GP_BASE_JSON_SCAN_H

#include <stddef.h>

#include "contract/str.h"

/* Is TEXT exactly one JSON value in UTF-8, not deeper than DEPTH (at most 32), with no NUL in a
 * member's name? *MEMBERS gets the number of members of all its objects: less than that in a tree
 * built from TEXT means that a name occurred twice. *AT gets where it stopped. */
enum gp_status gp_json_scan(struct gp_str text, unsigned int depth, size_t *members,
			    size_t *at) gp_must_check;

#endif
