/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A sign-in that root asks for at the command line: a code for a browser, then tokens for one
 * purpose. Nobody is admitted by it, and nothing of it is kept.
 */
#ifndef GP_SIGNIN_ROOT_SIGN_IN_H
#define GP_SIGNIN_ROOT_SIGN_IN_H

#include "signin/tenant.h"

struct gp_root_sign_in;

struct gp_root_sign_in_request {
	struct gp_tenant *tenant; /* a reference is kept */
	const struct gp_clock *clock;
	const char *client_id;
	const char *scope;
	gp_device_seen *seen; /* NULL: nobody looks */
	/* Once, then TOKENS or FAILED once; or FAILED alone. Never from within start(). Only the
	 * last of them may free the sign-in. */
	void (*code)(void *arg, const struct gp_device_code *code);
	/* Unverified, taken by the callee or wiped. ISSUED_S: when the code was made. */
	void (*tokens)(void *arg, struct gp_token_response *response, int64_t issued_s);
	void (*failed)(void *arg, const struct gp_login_error *error);
	void *arg;
};

enum gp_status gp_root_sign_in_start(const struct gp_root_sign_in_request *request,
				     struct gp_root_sign_in **out,
				     struct gp_error *err) gp_must_check;
/* Nothing will come any more; NULL is allowed. To be called for finished ones too. */
void gp_root_sign_in_free(struct gp_root_sign_in *sign_in);

#endif
