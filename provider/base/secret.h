/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes that must not outlive their use: wiped when freed, never printed. */
#ifndef GP_BASE_SECRET_H
#define GP_BASE_SECRET_H

#include <stddef.h>

#include "contract/str.h"

struct gp_secret {
	char *ptr; /* NUL-terminated; NULL when empty */
	size_t len;
};

/* Replaces what S holds (zero-initialised before the first use) by a copy of VALUE. GP_ST_INVALID
 * on an embedded NUL; S is then as it was. */
enum gp_status gp_secret_set(struct gp_secret *s, struct gp_str value) gp_must_check;
void gp_secret_wipe(struct gp_secret *s);
static inline struct gp_str gp_secret_str(const struct gp_secret *s)
{
	return (struct gp_str){s->ptr != NULL ? s->ptr : "", s->len};
}
#define gp_secret_auto __attribute__((cleanup(gp_secret_wipe)))

#endif
