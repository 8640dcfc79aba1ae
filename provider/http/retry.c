/* SPDX-License-Identifier: Apache-2.0 */
#include "http/retry.h"

#include "base/random.h"
#include "http/http.h"

#include "contract/ban.h"

#define FIRST_MS 500
#define MOST_MS  30000

int64_t gp_retry_delay_ms(unsigned int attempt, int64_t retry_after_s)
{
	if (retry_after_s == 0)
		return 0;
	if (retry_after_s > 0)
		return retry_after_s * 1000 + gp_random_below(500);
	int64_t delay = FIRST_MS;
	for (unsigned int i = 1; i < attempt && delay < MOST_MS; i++)
		delay *= 2;
	if (delay > MOST_MS)
		delay = MOST_MS;
	return delay / 2 + gp_random_below((uint32_t)(delay / 2));
}

bool gp_retry_makes_sense(const struct gp_http_response *response)
{
	if (response->status != GP_ST_OK)
		return gp_status_may_pass(response->status);
	return response->code == 408 || response->code == 429 || response->code == 500 ||
	       response->code == 502 || response->code == 503 || response->code == 504;
}
