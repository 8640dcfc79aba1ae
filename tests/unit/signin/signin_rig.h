/* SPDX-License-Identifier: Apache-2.0 */
/* The hall where sign-ins wait, and the people in it. */
#ifndef GP_TESTS_SIGNIN_RIG_H
#define GP_TESTS_SIGNIN_RIG_H

#include "signin/signin.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "entra/device_internal.h"
#include "signin/internal.h"
#include "tests/unit/support/entra_rig.h"
#include "tests/unit/support/log_catch.h"
#include "tests/unit/support/sync_world.h"

#include "contract/ban.h"

#define NAME      "ada@fabrikam.example"
#define CODE_PATH "/oauth2/v2.0/devicecode"
#define CODE                                                                                       \
	"{\"user_code\":\"FJC3LNB7A\",\"device_code\":\"secret-device-code\","                     \
	"\"verification_uri\":\"https://login.example/device\",\"expires_in\":900,"                \
	"\"interval\":5,\"message\":\"m\"}"

/* The module's side of one login. */
struct person {
	struct gp_signin *signin;
	size_t asked;
	size_t done;
	enum gp_login_code code;
	char text[2048];
	char screen[4096]; /* of the last ask */
};

struct hall {
	struct sync_world *world;
	struct entra_rig rig;
	struct gp_tenant tenant;
	struct gp_audit *audit;
	struct gp_signins *signins;
	char audit_file[96];
	char audit_head[112];
};

static inline void on_ask(void *arg, struct gp_str text)
{
	struct person *p = arg;
	assert_true(text.len > 0);
	assert_int_equal(gp_copy(p->screen, sizeof(p->screen), text), GP_ST_OK);
	p->asked++;
}

static inline void on_done(void *arg, enum gp_login_code code, struct gp_str text,
			   const struct gp_grant *grant)
{
	struct person *p = arg;
	assert_true((grant != NULL) == (code == GP_LOGIN_GRANTED));
	p->done++;
	p->code = code;
	p->signin = NULL;
	assert_int_equal(gp_copy(p->text, sizeof(p->text), text), GP_ST_OK);
}

static const struct gp_signin_ops ops = {on_ask, on_done};

static inline int set_up(void **state)
{
	static struct hall h;
	h = (struct hall){0};
	assert_int_equal(sync_world_set_up(state), 0);
	h.world = *state;
	sync_world_start(h.world);
	sync_world_complete_read(h.world);
	entra_rig_start(&h.rig);
	entra_rig_ready(&h.rig);
	struct gp_config *c = h.rig.config;
	c->guests = GP_GUESTS_ALLOWED;
	c->signin_address = GP_SIGNIN_ADDRESS_REPORT;
	c->ssh_location = GP_SSH_LOCATION_OFF;
	c->services_len = 1;
	memcpy(c->services[0], "sshd", sizeof("sshd"));
	memcpy(c->user_classes[0], "external-guest", sizeof("external-guest"));
	c->user_classes_len = 1;
	memcpy(c->access_groups[0], GROUP1, sizeof(GROUP1));
	c->access_bases[0].basis = GP_BASIS_GROUP;
	c->access_groups_len = 1;
	c->codes_per_guest = 3;
	c->codes_per_address = 10;
	c->codes_total = 100;
	h.tenant = (struct gp_tenant){
		.refs = 1, .config = c, .http = h.rig.http, .authority = h.rig.authority};
	assert_int_equal(gp_device_flows_new(h.rig.event, h.rig.http, &h.rig.clock.clock,
					     h.rig.authority, c->sign_in_client_id, &h.tenant.flows,
					     NULL),
			 GP_ST_OK);
	(void)snprintf(h.audit_file, sizeof(h.audit_file), "%s/audit", h.rig.dir);
	(void)snprintf(h.audit_head, sizeof(h.audit_head), "%s.head", h.audit_file);
	assert_int_equal(gp_audit_open(h.audit_file, &h.audit, NULL), GP_ST_OK);
	gp_audit_set_journal(h.audit, NULL);
	const struct gp_signins_deps deps = {
		h.rig.event, &h.rig.clock.clock, h.world->sync, h.world->store,
		h.audit,     "host.example",     NULL};
	assert_int_equal(gp_signins_new(&deps, &h.signins), GP_ST_OK);
	*state = &h;
	return 0;
}

static inline int tear_down(void **state)
{
	struct hall *h = *state;
	gp_signins_free(h->signins);
	assert_int_equal(h->tenant.refs, 1);
	gp_device_flows_free(h->tenant.flows);
	gp_audit_close(h->audit);
	(void)unlink(h->audit_file);
	(void)unlink(h->audit_head);
	entra_rig_stop(&h->rig);
	void *world = h->world;
	return sync_world_tear_down(&world);
}

/* Ada logs in from ADDRESS. */
static inline void start(struct hall *h, struct person *p, const char *address)
{
	const struct gp_guest *ada = gp_sync_find(h->world->sync, GP_STR(NAME));
	assert_non_null(ada);
	const struct gp_signin_request request = {
		.service = GP_STR("sshd"),
		.user = GP_STR(NAME),
		.rhost = gp_str_from(address),
		.tty = GP_STR("ssh"),
		.uid = ada->uid,
		.timeout_s = 300,
	};
	*p = (struct person){0};
	assert_int_equal(gp_signin_start(h->signins, &h->tenant, &request, &ops, p, &p->signin),
			 GP_ST_OK);
}

/* Ada logs in from ADDRESS and sees the code. */
static inline void begin(struct hall *h, struct person *p, const char *address)
{
	tls_server_script(h->rig.server,
			  &(struct tls_answer){.path = CODE_PATH, .status = 200, .body = CODE});
	start(h, p, address);
	assert_true(loop_until(h->rig.event, &p->asked, 1, RIG_WAIT_MS));
	assert_int_equal(p->done, 0);
}

/* How often the audit file says WORD. */
static inline size_t recorded(const struct hall *h, const char *word)
{
	static char text[65536];
	FILE *f = fopen(h->audit_file, "re");
	assert_non_null(f);
	size_t len = fread(text, 1, sizeof(text) - 1, f);
	assert_int_equal(fclose(f), 0);
	text[len] = '\0';
	size_t n = 0;
	for (const char *at = strstr(text, word); at != NULL; at = strstr(at + 1, word))
		n++;
	return n;
}

/* What was dropped for a newer one is over: its code is polled no more and admits nobody, although
 * the person has not pressed Enter yet. */

#endif
