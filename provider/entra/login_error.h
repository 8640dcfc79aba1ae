/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The answers of Entra's devicecode and token endpoints, parsed and classed (entra-facts 2.2, 2.3,
 * 5). Pure. Decisions go by the OAuth `error` string; the AADSTS number only refines, matched as a
 * whole number.
 */
#ifndef GP_ENTRA_LOGIN_ERROR_H
#define GP_ENTRA_LOGIN_ERROR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/secret.h"
#include "contract/status.h"
#include "contract/str.h"

enum gp_login_class {
	GP_CLASS_UNKNOWN = 0, /* no answer of Entra's, or not what was asked for */
	GP_CLASS_PENDING,
	GP_CLASS_SLOW_DOWN,
	GP_CLASS_EXPIRED,  /* expired_token, code_expired */
	GP_CLASS_DECLINED, /* authorization_declined, access_denied */
	GP_CLASS_GUEST_NOT_HERE,
	GP_CLASS_GUEST_PENDING,
	GP_CLASS_GUEST_DISABLED,
	GP_CLASS_HOME_SIDE,
	GP_CLASS_POLICY_BLOCK,
	GP_CLASS_INTERACT,
	GP_CLASS_REAUTH,
	GP_CLASS_NOT_ASSIGNED,
	GP_CLASS_CONSENT,
	GP_CLASS_CODE_FLOW,
	GP_CLASS_CONFIG,
	GP_CLASS_RETRY, /* transient; 50196 and 90055 are also GP_LOGIN_ERROR_THROTTLED */
};

struct gp_login_error {
	enum gp_login_class class;
	bool throttled;        /* 429, 50196, 90055: pause every poll */
	bool own;              /* no answer of Entra's: DESCRIPTION is our own, for any log level */
	uint32_t number;       /* first of error_codes; 0 when absent */
	char error[64];        /* the OAuth string, made safe */
	char description[256]; /* for logs, made safe and cut */
	char trace_id[64];
	char correlation_id[64];
	/* ids of the Conditional Access policies that it names (capolids), separated by blanks */
	char policies[160];
};

/* Reads an error answer of HTTP status CODE (400 and 401 both occur). Never fails: a body that is
 * not the expected JSON gives class RETRY for 429 and 5xx, UNKNOWN otherwise. */
void gp_login_error_parse(int code, struct gp_str body, struct gp_login_error *out);
const char *gp_login_class_name(enum gp_login_class class);

struct gp_device_code {
	struct gp_secret device_code;
	char user_code[32];         /* as the person types it; printable ASCII without blanks */
	char verification_uri[256]; /* https, printable ASCII */
	int64_t expires_in_s;       /* 30 .. 3600 */
	int64_t interval_s;         /* 1 .. 60; 5 when absent (RFC 8628 3.2) */
};
enum gp_status gp_device_code_parse(struct gp_str body, struct gp_device_code *out,
				    struct gp_error *err) gp_must_check;
void gp_device_code_wipe(struct gp_device_code *code);

struct gp_token_response {
	struct gp_secret access_token;
	struct gp_secret id_token;    /* empty when absent */
	struct gp_secret client_info; /* empty when absent */
	int64_t expires_in_s;         /* integer, or a string of digits (entra-facts 2.3) */
};
/* token_type must be Bearer (any case) and access_token present. */
enum gp_status gp_token_response_parse(struct gp_str body, struct gp_token_response *out,
				       struct gp_error *err) gp_must_check;
void gp_token_response_wipe(struct gp_token_response *response);

#endif
