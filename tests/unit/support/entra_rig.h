/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of entra/ and graph/ stand on: a scripted server that plays the tenant, a clock
 * that stands still, a configuration and an authority that trusts it. */
#ifndef GP_TESTS_ENTRA_RIG_H
#define GP_TESTS_ENTRA_RIG_H

#include "config/config.h"
#include "entra/authority.h"
#include "tests/unit/support/loop.h"
#include "tests/unit/support/test_clock.h"
#include "tests/unit/support/tls_server.h"

#define RIG_TENANT "aaaaaaaa-0000-4000-8000-000000000001"
#define RIG_CLIENT "dddddddd-0000-4000-8000-000000000004"
#define RIG_READER "eeeeeeee-0000-4000-8000-000000000006"
#define RIG_NOW    1800000000

enum { RIG_WAIT_MS = 20000 };

struct entra_rig {
	sd_event *event;
	struct tls_server *server;
	struct gp_http *http;
	struct test_clock clock;
	struct gp_config *config;
	struct gp_authority *authority;
	char *discovery; /* a good document */
	char *keys;      /* with one key, "any" */
	char dir[64];    /* for files of the test */
};

void entra_rig_start(struct entra_rig *r);
void entra_rig_stop(struct entra_rig *r);
/* Discovery and keys are answered, once. */
void entra_rig_script_authority(struct entra_rig *r);
/* As above, and the authority has read them. */
void entra_rig_ready(struct entra_rig *r);

#endif
