/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reader registration's own token for Graph (client_credentials, entra-facts 6.1): by
 * certificate (PS256 assertion, x5t#S256) or by secret. With two certificates the one valid longest
 * is used first and the other tried when Entra refuses it. The token is kept until shortly before
 * it ends.
 */
#ifndef GP_ENTRA_APP_CREDENTIAL_H
#define GP_ENTRA_APP_CREDENTIAL_H

#include "base/secret.h"
#include "entra/authority.h"

struct gp_credential;

/* Loads certificates, keys and the secret file: regular files that only root or the daemon's own
 * account can write, keys and secrets not readable by others. Says which file is wrong and why.
 * Done before root is given up, or by the daemon if it can read them. */
enum gp_status gp_credential_load(const struct gp_config *config, struct gp_credential **out,
				  struct gp_error *err) gp_must_check;
void gp_credential_free(struct gp_credential *credential);
/* Wall time at which the credential in use ends (the certificate's notAfter); 0 for a secret, whose
 * end only Entra knows. */
int64_t gp_credential_not_after_s(const struct gp_credential *credential);

/* Pure: the signed assertion (a compact JWS) for certificate INDEX. */
enum gp_status gp_credential_assertion(const struct gp_credential *credential, size_t index,
				       const char *client_id, const char *token_url, int64_t now_s,
				       struct gp_secret *out, struct gp_error *err) gp_must_check;

struct gp_app_token;
enum gp_status gp_app_token_new(struct gp_http *http, const struct gp_clock *clock,
				struct gp_authority *authority, const struct gp_config *config,
				const struct gp_credential *credential, struct gp_app_token **out,
				struct gp_error *err) gp_must_check;
/* The same around a token that somebody else got, for EXPIRES_IN_S: taken from VALUE. It is never
 * renewed: when it is over or dropped, whoever asks gets GP_ST_DENIED. */
enum gp_status gp_app_token_given(struct gp_http *http, const struct gp_clock *clock,
				  struct gp_authority *authority, struct gp_secret *value,
				  int64_t expires_in_s, struct gp_app_token **out,
				  struct gp_error *err) gp_must_check;
void gp_app_token_free(struct gp_app_token *token);

/* TOKEN is borrowed for the duration of the callback, empty unless STATUS is GP_ST_OK. */
typedef void gp_app_token_done(void *arg, enum gp_status status, struct gp_str token,
			       const struct gp_error *err);
/* Callback exactly once, never from within the call. Concurrent callers share one request. */
enum gp_status gp_app_token_get(struct gp_app_token *token, gp_app_token_done *done,
				void *arg) gp_must_check;
void gp_app_token_forget(struct gp_app_token *token, void *arg);
/* Graph answered 401: the next get asks for a new one. */
void gp_app_token_drop(struct gp_app_token *token);
/* Graph forbade something (403). Rights that were granted since are in a new token only, so the
 * next get asks for one, unless this one is younger than a minute or was given. */
void gp_app_token_lacks_right(struct gp_app_token *token);
/* Graph's answers tell the time too, and more often than the authority's. */
void gp_app_token_saw_date(struct gp_app_token *token, int64_t date_s);

#endif
