/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of the authority ask with and hear. */
#ifndef GP_TESTS_AUTHORITY_RIG_H
#define GP_TESTS_AUTHORITY_RIG_H

#include "entra/authority.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/support/entra_rig.h"
#include "tests/unit/support/jwt_maker.h"

#include "contract/ban.h"

#define LOGIN "https://login.example:8443"

struct seen {
	struct entra_rig *rig;
	size_t done;
	enum gp_status status;
	char error[192];
	bool free_authority;
	void *forget;
};

static inline void on_done(void *arg, enum gp_status status, const struct gp_error *err)
{
	struct seen *s = arg;
	s->done++;
	s->status = status;
	(void)snprintf(s->error, sizeof(s->error), "%s", err != NULL ? err->text : "");
	if (s->forget != NULL)
		gp_authority_forget(s->rig->authority, s->forget);
	if (s->free_authority) {
		gp_authority_free(s->rig->authority);
		s->rig->authority = NULL;
	}
}

static inline void ask_ready(struct entra_rig *r, struct seen *s)
{
	s->rig = r;
	size_t before = s->done;
	assert_int_equal(gp_authority_ready(r->authority, on_done, s), GP_ST_OK);
	assert_int_equal(s->done, before);
}

static inline void wait_for(struct entra_rig *r, struct seen *s, size_t n)
{
	assert_true(loop_until(r->event, &s->done, n, RIG_WAIT_MS));
}

/* --- the discovery document --- */

static inline char *document(const char *issuer, const char *token, const char *device,
			     const char *keys)
{
	return jwt_maker_format("{\"issuer\":\"%s\",\"token_endpoint\":\"%s\","
				"\"device_authorization_endpoint\":\"%s\",\"jwks_uri\":\"%s\"}",
				issuer, token, device, keys);
}

#endif
