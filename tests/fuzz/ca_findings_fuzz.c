/* SPDX-License-Identifier: Apache-2.0 */
/* Arbitrary bytes as the tenant's policies and settings for partners, of which the faults are
 * looked for. */
#include <stdint.h>
#include <stdlib.h>

#include "policy/ca_findings.h"

#include "contract/ban.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static const char homes[][GP_GUID_TEXT] = {"bbbbbbbb-0000-4000-8000-000000000001"};

static void on_impossible(void *arg, const struct gp_ca_impossible *found)
{
	size_t *count = arg;
	if (found->obstacle == GP_CA_OBSTACLE_NONE ||
	    (found->home != NULL) != (found->obstacle == GP_CA_OBSTACLE_STRENGTH_TRUST))
		abort();
	(*count)++;
}

static void on_home(void *arg, const char *home, bool from_this_api)
{
	size_t *count = arg;
	(void)from_this_api;
	if (home != homes[0])
		abort();
	(*count)++;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const struct gp_ca_audience audience = {
		.api = "aaaaaaaa-0000-4000-8000-000000000004", .homes = homes, .homes_len = 1};
	struct gp_ca_set *set = NULL;
	struct gp_error err;
	size_t found = 0;
	size_t blocked = 0;
	if (gp_ca_set_parse((struct gp_str){(const char *)data, len}, &set, &err) != GP_ST_OK)
		return 0;
	gp_ca_find_impossible(set, &audience, on_impossible, &found);
	gp_ca_find_blocked_homes(set, &audience, on_home, &blocked);
	if (found > 2 * gp_ca_set_policies(set) || blocked > 1)
		abort();
	gp_ca_set_free(set);
	return 0;
}
