/* SPDX-License-Identifier: Apache-2.0 */
/* nsswitch.conf(5), as the C library reads it. PURE. */
#ifndef GP_DOCTOR_NSSWITCH_H
#define GP_DOCTOR_NSSWITCH_H

#include <stdbool.h>
#include <stddef.h>

#include "contract/str.h"

#define GP_NSS_SERVICES_MAX 16

/* A service, and on which of its answers the look-up ends there. */
struct gp_nss_service {
	struct gp_str name; /* borrowed from the text */
	bool ends_on_success, ends_on_notfound, ends_on_unavail, ends_on_tryagain;
};

struct gp_nss_line {
	bool present;
	size_t line; /* counted from 1 */
	size_t count;
	struct gp_nss_service services[GP_NSS_SERVICES_MAX];
};

/* The line of DATABASE: the last one, as with the C library. A service more than fits is left out,
 * a [...] that makes no sense changes nothing. */
void gp_nss_read(struct gp_str text, const char *database, struct gp_nss_line *out);
/* Where NAME stands in the line; COUNT of it if it does not. */
size_t gp_nss_index(const struct gp_nss_line *line, const char *name);

#endif
