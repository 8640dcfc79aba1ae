/* SPDX-License-Identifier: Apache-2.0 */
/* Facts and configurations by chance, the same ones in each run: about one in two of each kind that
 * a check tells apart. */
#ifndef GP_TESTS_POLICY_RANDOM_WORLD_H
#define GP_TESTS_POLICY_RANDOM_WORLD_H

#include <stdio.h>

#include "contract/text.h"
#include "tests/unit/policy/world.h"

#define RANDOM_OBJECTS 80

struct random_world {
	uint64_t seed;
	struct world w;
	enum gp_tri members[GP_CONFIG_GROUPS_MAX];
	struct gp_pass_object objects[RANDOM_OBJECTS];
	char address[64];
};

static inline unsigned int below(struct random_world *r, unsigned int n)
{
	r->seed ^= r->seed << 13;
	r->seed ^= r->seed >> 7;
	r->seed ^= r->seed << 17;
	return (unsigned int)((r->seed >> 11) % n);
}

static inline bool by_chance(struct random_world *r)
{
	return below(r, 2) == 0;
}

static inline enum gp_tri any_tri(struct random_world *r)
{
	return (enum gp_tri)below(r, 3);
}

/* Near NOW, before and after. */
static inline int64_t any_time(struct random_world *r)
{
	return NOW + ((int64_t)below(r, 4001) - 2000) * 3600;
}

/* One of six ids of a KIND. */
static inline void any_id(struct random_world *r, char kind, char out[static GP_GUID_TEXT])
{
	assert_int_equal(gp_format(out, GP_GUID_TEXT, "%c%07u-0000-4000-8000-000000000001", kind,
				   below(r, 6)),
			 GP_ST_OK);
}

static inline void random_groups(struct random_world *r, struct gp_config *c)
{
	c->access_groups_len = 1 + below(r, 6);
	for (unsigned int i = 0; i < c->access_groups_len; i++) {
		assert_int_equal(gp_format(c->access_groups[i], GP_GUID_TEXT,
					   "a%07u-0000-4000-8000-000000000001", i),
				 GP_ST_OK);
		c->access_bases[i] = (struct gp_access){.basis = (enum gp_basis)(1 + below(r, 4))};
		if (c->access_bases[i].basis == GP_BASIS_PACKAGE) {
			any_id(r, 'b', c->access_bases[i].package);
		}
	}
}

/* Demands of all kinds. */
static inline void random_config(struct random_world *r, struct gp_config *c)
{
	random_groups(r, c);
	c->max_stay_s = by_chance(r) ? 0 : (uint32_t)(30 * DAY);
	c->project_end_s = by_chance(r) ? 0 : any_time(r);
	c->leave_date = by_chance(r);
	c->sponsor_required = by_chance(r);
	c->review_every_s = by_chance(r) ? 0 : (uint32_t)(90 * DAY);
	c->last_review_s = any_time(r);
	c->idle_limit_s = by_chance(r) ? 0 : (uint32_t)(20 * DAY);
	c->ssh_location = (enum gp_ssh_location)below(r, 3);
	PUT(c->auth_context, by_chance(r) ? "" : "c1");
	c->ssh_location_unknown = (enum gp_unknown_location)below(r, 2);
	c->policy_max_age_s = 3600;
	if (by_chance(r)) {
		PUT(c->elevation_resource, SECOND);
	}
	PUT(c->sudo_services[0], "sudo");
	c->sudo_services_len = below(r, 2);
	c->sudo_basis = (enum gp_sudo_basis)below(r, 2);
	if (by_chance(r)) {
		any_id(r, 'a', c->sudo_group);
	}
	c->signin_address = (enum gp_signin_address)below(r, 4);
	if (by_chance(r)) {
		PUT(c->egress_addresses[0], "192.0.2.200");
		c->egress_addresses_len = 1;
	}
	c->max_auth_age_s = by_chance(r) ? 0 : 3600;
	c->key_valid_s = by_chance(r) ? 0 : 3600;
	c->label = by_chance(r) ? GP_LABEL_HIGH : GP_LABEL_LOW;
	if (by_chance(r)) {
		PUT(c->networks[0], "192.0.2.0/25");
		c->networks_len = 1;
	}
	if (by_chance(r)) {
		PUT(c->creation_types[0], "invitation");
		c->creation_types_len = 1;
	}
	if (by_chance(r)) {
		PUT(c->user_classes[1], by_chance(r) ? "external-member" : "internal-guest");
		c->user_classes_len = 2;
	}
	if (by_chance(r)) {
		PUT(c->report[0], by_chance(r) ? "network" : "idle");
		c->report_len = 1;
	}
}

static inline void random_person(struct random_world *r)
{
	struct world *w = &r->w;
	w->user.account_enabled = any_tri(r);
	w->user.user_type = (enum gp_user_type)below(r, 3);
	w->user.external_state = (enum gp_external_state)below(r, 4);
	w->user.creation = (enum gp_creation)below(r, 6);
	w->user.state_changed_s = by_chance(r) ? 0 : any_time(r);
	w->identity.home = (enum gp_home_kind)below(r, 5);
	w->identity.acct = (int)below(r, 4) - 1;
	PUT(w->identity.acrs, by_chance(r) ? "" : by_chance(r) ? "c1" : "c11 c2");
	PUT(w->identity.ipaddr, by_chance(r) ? "" : by_chance(r) ? "192.0.2.9" : "192.0.2.200");
	w->identity.auth_time = by_chance(r) ? -1 : NOW - (int64_t)below(r, 7200);
	PUT(w->identity.idp, by_chance(r) ? "google.com" : "sam\"l\xe2\x80\xaeidp");
	PUT(w->client_info.utid, by_chance(r) ? HOME : SECOND);
	PUT(w->client_info.uid, by_chance(r) ? "u-1" : "u-2");
	PUT(w->baseline.home, by_chance(r) ? HOME : "msa");
	PUT(w->baseline.utid, by_chance(r) ? HOME : "");
	PUT(w->baseline.uid, "u-1");
	w->baseline.state_changed_s = by_chance(r) ? 0 : any_time(r);
	w->baseline.in_question = below(r, 5) == 0;
}

static inline void random_passes(struct random_world *r)
{
	struct gp_pass_facts *p = &r->w.facts.passes;
	*p = (struct gp_pass_facts){.member = r->members,
				    .member_len = r->w.config.access_groups_len,
				    .objects = r->objects,
				    .objects_len = below(r, 8),
				    .packages_read = by_chance(r),
				    .activations_read = by_chance(r),
				    .grants_read = by_chance(r),
				    .first_seen_s = by_chance(r) ? 0 : any_time(r),
				    .leave_read = any_tri(r),
				    .leave_s = by_chance(r) ? 0 : any_time(r)};
	for (size_t i = 0; i < GP_CONFIG_GROUPS_MAX; i++) {
		r->members[i] = any_tri(r);
	}
	for (size_t i = 0; i < RANDOM_OBJECTS; i++) {
		struct gp_pass_object *o = &r->objects[i];
		*o = (struct gp_pass_object){.basis = (enum gp_basis)below(r, 5),
					     .begin_s = by_chance(r) ? INT64_MIN : any_time(r),
					     .end_s = by_chance(r) ? INT64_MAX : any_time(r)};
		any_id(r, o->basis == GP_BASIS_PIM ? 'a' : 'b', o->of);
	}
	if (below(r, 6) == 0) {
		p->member = NULL;
		p->member_len = 0;
	}
}

static inline void random_facts(struct random_world *r)
{
	struct gp_facts *f = &r->w.facts;
	enum gp_tri *const tris[] = {&f->member,      &f->canary,         &f->clock_ok,
				     &f->quarantined, &f->client_info_ok, &f->has_sponsor,
				     &f->frozen,      &f->revoked};
	for (size_t i = 0; i < sizeof(tris) / sizeof(tris[0]); i++) {
		*tris[i] = any_tri(r);
	}
	PUT(r->address, by_chance(r) ? "192.0.2.200" : "::ffff:192.0.2.9");
	f->address = below(r, 5) == 0 ? NULL : r->address;
	f->service = below(r, 5) == 0 ? NULL : below(r, 5) == 0 ? "cron" : "sshd";
	f->guest_oid = below(r, 5) == 0 ? NULL : below(r, 5) == 0 ? "" : OID;
	f->user = below(r, 5) == 0 ? NULL : &r->w.user;
	f->user_gone = below(r, 5) == 0;
	f->identity = below(r, 5) == 0 ? NULL : &r->w.identity;
	f->client_info = by_chance(r) ? NULL : &r->w.client_info;
	f->baseline_read = below(r, 5) != 0;
	f->baseline = f->baseline_read && by_chance(r) ? &r->w.baseline : NULL;
	f->location =
		(struct gp_location){.outcome = (enum gp_ca_outcome)below(r, 6),
				     .read_s = by_chance(r) ? 0 : NOW - (int64_t)below(r, 7200)};
	if (by_chance(r)) {
		any_id(r, 'c', f->location.policy);
		PUT(f->location.name, "Sam\"s place");
	}
	f->location.context = any_tri(r);
	PUT(f->location.context_name, by_chance(r) ? "" : "Guests: step up");
	f->elevated = by_chance(r);
	f->step_up = below(r, 4) == 0;
	f->sudo_member = any_tri(r);
	f->ipaddr_seen = any_tri(r);
	f->code_issued_s = by_chance(r) ? 0 : NOW - (int64_t)below(r, 7200);
	f->signed_in = by_chance(r);
	f->by_key = by_chance(r);
	f->key_age_s = (int64_t)below(r, 7200) - 600;
	f->last_used_s = by_chance(r) ? 0 : any_time(r);
	f->confirmed_s = by_chance(r) ? 0 : any_time(r);
	random_passes(r);
}

/* The Nth world: a configuration of all kinds, and facts of which few speak for the guest. */
static inline void random_world(struct random_world *r, uint64_t n)
{
	memset(r, 0, sizeof(*r));
	r->seed = n * UINT64_C(0x9E3779B97F4A7C15) + 1;
	world_good(&r->w);
	random_config(r, &r->w.config);
	random_person(r);
	random_facts(r);
}

#endif
