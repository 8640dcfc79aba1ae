/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One real sign-in, recorded and redacted, for guestpass doctor --capture: what this tenant answers
 * where Microsoft's documentation is silent. Nobody is admitted by it. Only by it does
 * signin_address = match and network begin to hold: when the token had the address of a browser
 * that was not behind this host's own.
 */
#ifndef GP_SIGNIN_CAPTURE_H
#define GP_SIGNIN_CAPTURE_H

#include "signin/root_sign_in.h"
#include "store/store.h"

struct gp_capture;

struct gp_capture_request {
	struct gp_tenant *tenant; /* a reference is kept */
	const struct gp_clock *clock;
	struct gp_store *store;
	void (*code)(void *arg, const struct gp_device_code *code);
	/* Once, never from within start(). RECORD is the JSON object that guestpass(1) describes;
	 * borrowed. PROVED: what is kept of ipaddr changed to this. */
	void (*done)(void *arg, const struct gp_buf *record, enum gp_tri proved);
	void *arg;
};

enum gp_status gp_capture_start(const struct gp_capture_request *request, struct gp_capture **out,
				struct gp_error *err) gp_must_check;
void gp_capture_free(struct gp_capture *capture); /* NULL is allowed */

/* What a sign-in's ipaddr says. Pure. */
enum gp_capture_address {
	GP_CAPTURE_ADDRESS_NONE = 0, /* there is no sign-in to look at */
	GP_CAPTURE_ADDRESS_ABSENT,
	GP_CAPTURE_ADDRESS_NO_GUEST, /* who signed in belongs to this tenant: it says nothing */
	/* egress_addresses has none of this family: it could be this host's */
	GP_CAPTURE_ADDRESS_NO_EGRESS,
	GP_CAPTURE_ADDRESS_EGRESS, /* it is this host's, or the browser is behind it too */
	GP_CAPTURE_ADDRESS_BROWSER,
};
enum gp_capture_address gp_capture_address_of(const struct gp_config *config, const char *ipaddr);

#endif
