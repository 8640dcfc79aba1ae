/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tenant's login authority: its discovery document (pinned to the configured tenant and host)
 * and its signing keys, cached and refreshed. Keys are re-read every 12 h (with jitter), and on an
 * unknown kid, with success at most once in 5 minutes (entra-facts 1.4). What is already cached
 * stays in use when a refresh fails. After a failure whoever asks waits for the next attempt: two
 * seconds, or what the answer's Retry-After says, but no more than a minute. The wait of one caller
 * is bounded by his own timer.
 */
#ifndef GP_ENTRA_AUTHORITY_H
#define GP_ENTRA_AUTHORITY_H

#include "base/clock.h"
#include "config/config.h"
#include "entra/jwks.h"
#include "http/http.h"

#define GP_URL_MAX 512

/* Endpoints of one tenant, read from its discovery document. Pure parsing: every URL must be https
 * on the authority's host, the issuer must be <login>/<tenant>/v2.0 byte for byte. */
struct gp_endpoints {
	char issuer[GP_URL_MAX];
	char token[GP_URL_MAX];
	char device_code[GP_URL_MAX];
	char keys[GP_URL_MAX];
};
enum gp_status gp_endpoints_parse(struct gp_str body, const char *login, const char *tenant_id,
				  struct gp_endpoints *out, struct gp_error *err) gp_must_check;

struct gp_authority;

enum gp_status gp_authority_new(sd_event *event, struct gp_http *http, const struct gp_clock *clock,
				const struct gp_config *config, struct gp_authority **out,
				struct gp_error *err) gp_must_check;
void gp_authority_free(struct gp_authority *authority);

/* Called once for each call below, never from within it. */
typedef void gp_authority_done(void *arg, enum gp_status status, const struct gp_error *err);

/* Makes sure that endpoints and keys are known (at once from the cache, or after reading them). */
enum gp_status gp_authority_ready(struct gp_authority *authority, gp_authority_done *done,
				  void *arg) gp_must_check;
/* Re-reads the keys because a kid was unknown; whoever asks during a read, or the wait after a
 * failure, shares that answer. GP_ST_UNAVAILABLE at once when a read that somebody asked for in
 * this way succeeded less than 5 minutes ago, whatever failed since. */
enum gp_status gp_authority_refetch_keys(struct gp_authority *authority, gp_authority_done *done,
					 void *arg) gp_must_check;
/* Forgets every callback registered with ARG. */
void gp_authority_forget(struct gp_authority *authority, void *arg);

/* NULL before they were read. Borrowed until the loop runs again. */
const struct gp_endpoints *gp_authority_endpoints(const struct gp_authority *authority);
const struct gp_jwks *gp_authority_keys(const struct gp_authority *authority);

/* Difference between the servers' Date and our wall clock, from the latest answer of the authority
 * or of Graph, in seconds (ours minus theirs); 0 before any. More than GP_CLOCK_SKEW_MAX_S refuses
 * guests. */
#define GP_CLOCK_SKEW_MAX_S 300
int64_t gp_authority_skew_s(const struct gp_authority *authority);
/* Has any answer carried a Date? Before that 0 above means nothing. */
bool gp_authority_has_date(const struct gp_authority *authority);
/* For other users of the same servers' answers. 0 is ignored. */
void gp_authority_saw_date(struct gp_authority *authority, int64_t date_s);

#endif
