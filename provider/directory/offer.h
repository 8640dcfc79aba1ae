/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When a candidate is offered to the publisher: only if its records differ from what is published,
 * at most one in GP_OFFER_PAUSE_MS, again with growing pauses while the publisher is absent or
 * cannot, and with a generation above every earlier one, also across restarts.
 */
#ifndef GP_DIRECTORY_OFFER_H
#define GP_DIRECTORY_OFFER_H

#include <systemd/sd-event.h>

#include "base/clock.h"
#include "contract/directory_build.h"
#include "store/store.h"

#define GP_OFFER_PAUSE_MS     5000
#define GP_OFFER_PAUSE_MAX_MS 60000

/* Builds the candidate that is right now. */
typedef enum gp_status gp_offer_build(void *arg, uint64_t generation, uint64_t seed,
				      struct gp_directory_bytes *out, struct gp_error *err);

struct gp_offer_deps {
	sd_event *event;
	const struct gp_clock *clock;
	struct gp_store *store;     /* keeps the generation and the seed */
	const char *publish_socket; /* borrowed, like CURRENT */
	const char *current;        /* path of the published file */
	gp_offer_build *build;
	void *arg;
};

struct gp_offer;
enum gp_status gp_offer_new(const struct gp_offer_deps *deps, struct gp_offer **out,
			    struct gp_error *err) gp_must_check;
void gp_offer_free(struct gp_offer *offer);

/* There may be something new to publish. */
void gp_offer_touch(struct gp_offer *offer);
/* The publisher wrote the last candidate, or nothing was to be written. */
bool gp_offer_is_current(const struct gp_offer *offer);
/* Wall time of the last file that was written; 0: none. */
int64_t gp_offer_last_s(const struct gp_offer *offer);
/* What stands against it when it is not current; GP_ST_OK while it waits its turn. */
enum gp_status gp_offer_status(const struct gp_offer *offer, struct gp_error *err);

#endif
