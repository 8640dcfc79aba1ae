/* SPDX-License-Identifier: Apache-2.0 */
/* How long to wait before the same question is asked again. */
#ifndef GP_HTTP_RETRY_H
#define GP_HTTP_RETRY_H

#include <stdbool.h>
#include <stdint.h>

struct gp_http_response;

/* Milliseconds before attempt ATTEMPT (1 is the first repetition): what the server asked for
 * (RETRY_AFTER_S >= 0), plus a little jitter so that a fleet does not come back at once; otherwise
 * 500 ms doubled each time up to 30 s, of which half is jitter. */
int64_t gp_retry_delay_ms(unsigned int attempt, int64_t retry_after_s);

/* The server did not answer, or its answer says that it may next time: 408, 429, 500, 502, 503,
 * 504. */
bool gp_retry_makes_sense(const struct gp_http_response *response);

#endif
