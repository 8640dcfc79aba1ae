/* SPDX-License-Identifier: Apache-2.0 */
/* A guest whom everything speaks for, so that a test can break any of it. */
#ifndef GP_TESTS_POLICY_WORLD_H
#define GP_TESTS_POLICY_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "policy/admission.h"

#define TENANT "72f988bf-86f1-41af-91ab-2d7cd011db47"
#define HOME   "f0000000-0000-4000-8000-00000000000f"
#define OID    "11111111-2222-4333-8444-555555555555"
#define SECOND "99999999-2222-4333-8444-555555555555"
#define GROUP  "aaaaaaaa-2222-4333-8444-555555555555"
#define DAY    ((int64_t)86400)
#define NOW    ((int64_t)1790000000) /* Mon 2026-09-21 14:13:20 UTC */

/* Facts with everything they point to, so that a row can break any of it. */
struct world {
	struct gp_config config;
	struct gp_user user;
	struct gp_identity identity;
	enum gp_tri members[2]; /* of the access groups */
	struct gp_pass_object objects[4];
	struct gp_baseline baseline;
	struct gp_client_info client_info;
	struct gp_facts facts;
};

static inline void put(char *dst, size_t size, const char *text)
{
	assert_int_equal(gp_copy(dst, size, gp_str_from(text)), GP_ST_OK);
}
#define PUT(field, text) put((field), sizeof(field), (text))

static inline void world_good(struct world *w)
{
	memset(w, 0, sizeof(*w));
	PUT(w->config.tenant_id, TENANT);
	w->config.guests = GP_GUESTS_ALLOWED;
	w->config.signin_address = GP_SIGNIN_ADDRESS_REPORT;
	w->config.ssh_location = GP_SSH_LOCATION_OFF;
	PUT(w->config.services[0], "sshd");
	PUT(w->config.services[1], "login");
	w->config.services_len = 2;
	PUT(w->config.home_tenants[0], SECOND);
	PUT(w->config.home_tenants[1], HOME);
	w->config.home_tenants_len = 2;
	PUT(w->config.idp_allowed[0], "google.com");
	w->config.idp_allowed_len = 1;
	PUT(w->config.user_classes[0], "external-guest");
	w->config.user_classes_len = 1;
	PUT(w->config.access_groups[0], GROUP);
	PUT(w->config.access_groups[1], SECOND);
	w->config.access_groups_len = 2;
	w->config.access_bases[0].basis = GP_BASIS_GROUP;
	w->config.access_bases[1].basis = GP_BASIS_LOCAL;
	w->members[0] = GP_TRUE;
	w->members[1] = GP_FALSE;
	PUT(w->user.id, OID);
	w->user.account_enabled = GP_TRUE;
	w->user.user_type = GP_USER_TYPE_GUEST;
	w->user.external_state = GP_EXTERNAL_ACCEPTED;
	PUT(w->identity.tid, TENANT);
	PUT(w->identity.oid, OID);
	w->identity.home = GP_HOME_ENTRA;
	PUT(w->identity.home_tenant, HOME);
	w->identity.acct = 1;
	w->facts = (struct gp_facts){
		.config = &w->config,
		.now_s = NOW,
		.address = "192.0.2.7",
		.service = "sshd",
		.guest_oid = OID,
		.user = &w->user,
		.identity = &w->identity,
		.member = GP_TRUE,
		.canary = GP_TRUE,
		.clock_ok = GP_TRUE,
		.quarantined = GP_FALSE,
		.client_info_ok = GP_TRUE,
		.signed_in = true,
		.passes = {.member = w->members, .member_len = 2, .first_seen_s = NOW - DAY},
		.has_sponsor = GP_TRUE,
		.sponsor = "Sam Sponsor",
		.frozen = GP_FALSE,
		.revoked = GP_FALSE,
		.baseline_read = true,
	};
}

/* What is known before the sign-in. */
static inline void world_before(struct world *w)
{
	world_good(w);
	w->facts.identity = NULL;
	w->facts.client_info_ok = GP_UNKNOWN;
	w->facts.clock_ok = GP_UNKNOWN;
	w->facts.signed_in = false;
	w->facts.has_sponsor = GP_UNKNOWN;
	w->facts.frozen = GP_UNKNOWN;
}

static inline const struct gp_check *check_of(const struct gp_admission *a, const char *name)
{
	for (size_t i = 0; i < a->len; i++) {
		if (strcmp(a->checks[i].name, name) == 0) {
			return &a->checks[i];
		}
	}
	static const struct gp_check none;
	fail_msg("no check %s", name);
	return &none;
}

#endif
