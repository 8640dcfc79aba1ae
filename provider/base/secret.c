/* SPDX-License-Identifier: Apache-2.0 */
#include "base/secret.h"

#include <stdlib.h>
#include <string.h>

#include "contract/ban.h"

enum gp_status gp_secret_set(struct gp_secret *s, struct gp_str value)
{
	char *copy = NULL;

	if (value.len > 0) {
		if (memchr(value.ptr, '\0', value.len) != NULL)
			return GP_ST_INVALID;
		copy = malloc(value.len + 1);
		if (copy == NULL)
			return GP_ST_NO_MEMORY;
		memcpy(copy, value.ptr, value.len);
		copy[value.len] = '\0';
	}
	/* Only now: VALUE may be the old secret, or a part of it. */
	const size_t len = value.len;
	gp_secret_wipe(s);
	s->ptr = copy;
	s->len = len;
	return GP_ST_OK;
}

void gp_secret_wipe(struct gp_secret *s)
{
	if (s->ptr != NULL) {
		explicit_bzero(s->ptr, s->len);
		free(s->ptr);
	}
	s->ptr = NULL;
	s->len = 0;
}
