/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The roll and the links in the store. Only what differs is written: a full read that finds nothing
 * new costs no more than where to go on.
 */
#ifndef GP_DIRECTORY_KEEP_H
#define GP_DIRECTORY_KEEP_H

#include "directory/links.h"
#include "directory/plan.h"
#include "directory/roll.h"
#include "store/store.h"

/* What the links and the roll were read for: other groups need another read. */
#define GP_KEEP_SCOPE_LEN 65
enum gp_status gp_keep_scope(const struct gp_config *config,
			     char out[static GP_KEEP_SCOPE_LEN]) gp_must_check;

/* What is kept. LINKS (empty before) stay empty when they are for another SCOPE. */
enum gp_status gp_keep_load(struct gp_store *store, const char *scope, struct gp_roll **roll,
			    struct gp_links *links, struct gp_error *err) gp_must_check;

/* All in one transaction: what is new in ROLL against OLD, what PLAN adds and moves (NULL:
 * nothing), and LINKS in place of those before. ROLL may be OLD. */
struct gp_keep {
	struct gp_roll *old;
	struct gp_roll *roll;
	const struct gp_plan *plan;
	const struct gp_links *links;
	const char *scope;
	const char *tid;
};
enum gp_status gp_keep_save(struct gp_store *store, const struct gp_keep *keep,
			    struct gp_error *err) gp_must_check;

#endif
