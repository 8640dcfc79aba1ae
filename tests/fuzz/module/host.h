/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The host program and the daemon around the PAM module: libpam's functions, and the socket's other
 * end. The daemon does the next thing of the fuzzer's program whenever the module waits for it or
 * for the person; what it said is judged in host.c, without the module's own code.
 */
#ifndef GP_TESTS_FUZZ_MODULE_HOST_H
#define GP_TESTS_FUZZ_MODULE_HOST_H

#include <stdbool.h>
#include <stdint.h>

#include <security/pam_modules.h>

#include "contract/login_protocol.h"
#include "contract/str.h"

struct pam_handle {
	struct gp_str program; /* what is left of it */
	const char *service;
	const char *user;
	char rhost[GP_LOGIN_FIELD_MAX + 8];
	uint32_t nss_uid;
	bool silent;
	bool sign_in;       /* it is the authentication phase */
	char decision[80];  /* GUESTPASS_DECISION; empty when not set */
	const char *proved; /* SSH_AUTH_INFO_0; NULL when not set */
	bool key;           /* that is one SSH key and nothing else */

	/* the daemon's end */
	int fd; /* -1 when there is none */
	int64_t start_ms;
	bool connected;
	unsigned int requests; /* frames of the module that began something */
	enum gp_login_op asked_for;

	/* what was said, in its order */
	bool open_ask; /* an ASK stands, and was not answered */
	bool spoiled;  /* something that no daemon may say: nothing that follows is a grant */
	bool ended;    /* a last word was said before */
	bool granted;
	bool has_id;
	uint8_t id[GP_DECISION_ID_BYTES];
};

/* The one under test now. */
extern struct pam_handle *host;

void host_begin(struct pam_handle *h);
void host_end(struct pam_handle *h);
/* The daemon does the next thing of its program. False when there is none left. */
bool host_act(void);
/* Reads what the module sent, which must be well formed and its turn. */
void host_listen(void);
void must(bool truth);

#endif
