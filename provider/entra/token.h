/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What makes the tokens of one sign-in acceptable: architecture.md, "Registrations in Entra", each
 * rule one row of a table. Pure: bytes, keys, expectations and a time in, an identity or a named
 * broken rule out.
 */
#ifndef GP_ENTRA_TOKEN_H
#define GP_ENTRA_TOKEN_H

#include <stdbool.h>
#include <stdint.h>

#include "entra/jwks.h"

#define GP_TOKEN_SKEW_S 300
#define GP_IDP_MAX      256
#define GP_ACRS_MAX     128

struct gp_token_expect {
	const char *issuer;    /* of the tenant's discovery document, byte for byte */
	const char *tenant_id; /* lower-case GUID */
	const char
		*client_id; /* the sign-in client: aud of the ID token, azp of the access token */
	const char *api_id; /* the tier's API: aud of the access token */
	const char *scope_word; /* "ssh.login" */
	const char *sts_prefix; /* "https://sts.windows.net/": issuer prefix of homes in Entra, by
				   cloud */
	int64_t code_issued_s;  /* wall time at which the device code was issued */
	int64_t now_s;
};

/* Where the guest's home is. Zero is "cannot tell", which admits nobody. */
enum gp_home_kind {
	GP_HOME_UNKNOWN = 0,
	GP_HOME_ENTRA,    /* another Entra tenant: home_tenant is set */
	GP_HOME_MSA,      /* Microsoft account */
	GP_HOME_OTHER,    /* an idp literal that is none of ours: idp holds it */
	GP_HOME_INTERNAL, /* idp absent or our own issuer: an account of this tenant */
};

/* What the two tokens prove, once every rule held. Everything optional may be empty or -1. */
struct gp_identity {
	char tid[GP_GUID_TEXT];
	char oid[GP_GUID_TEXT];
	enum gp_home_kind home;
	char home_tenant[GP_GUID_TEXT];
	char idp[GP_IDP_MAX];
	int acct;                     /* 0 member, 1 guest, -1 absent */
	int64_t auth_time;            /* -1 absent */
	char uti[64];                 /* of the access token, for the sign-in log */
	char name[128];               /* display only, hostile text */
	char preferred_username[256]; /* display only, hostile text */
	char ipaddr[64];              /* where the browser was, as the token says; display only */
	char acrs[GP_ACRS_MAX];       /* authentication contexts of the access token, by blanks */
};

/* The home as one word, by which it is remembered and frozen: a tenant's id, "msa" for Microsoft
 * accounts however the token names them, else the idp literal. Borrowed from IDENTITY. */
const char *gp_home_name(const struct gp_identity *identity);
/* Pure. The same word from what a person writes: any GUID is a tenant's id, "live.com" and the
 * tenant of personal accounts are "msa", and there are the literals that Entra has of its own.
 * GP_ST_NOT_FOUND for all else. */
enum gp_status gp_home_parse(struct gp_str text, char out[static GP_IDP_MAX]) gp_must_check;

/* Pure. Is IDP, as a token has it, the name of a home that does not name an organisation: Entra's,
 * behind STS_PREFIX and by an id, or one that many share? */
bool gp_home_is_shared(struct gp_str idp, const char *sts_prefix);

/* Verifies both tokens by all rules. On failure ERR names the rule ("access.azp: ...") and nothing
 * is written; GP_ST_NOT_FOUND means only that a kid is unknown, so that keys may be refetched;
 * GP_ST_DENIED that a soundly signed token breaks a rule; else as gp_jws_verify(). The display
 * texts of OUT are cut and safe to show. */
enum gp_status gp_token_verify(const struct gp_jwks *keys, const struct gp_token_expect *expect,
			       struct gp_str access_token, struct gp_str id_token,
			       struct gp_identity *out, struct gp_error *err) gp_must_check;

/* Who signed in at home, as the unsigned client_info says: it may only refuse. */
#define GP_HOME_UID_MAX 128
struct gp_client_info {
	char utid[GP_GUID_TEXT]; /* the home tenant */
	char uid[GP_HOME_UID_MAX];
};
/* Pure. GP_ST_NOT_FOUND when CLIENT_INFO is empty. */
enum gp_status gp_client_info_parse(struct gp_str client_info, struct gp_client_info *out,
				    struct gp_error *err) gp_must_check;

/* Unsigned client_info may only refuse: GP_ST_OK when it is absent, or agrees with IDENTITY's home
 * tenant (utid), or the home is an idp literal, whose utid is not documented. */
enum gp_status gp_client_info_check(struct gp_str client_info, const struct gp_identity *identity,
				    struct gp_error *err) gp_must_check;

#endif
