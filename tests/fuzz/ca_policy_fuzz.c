/* SPDX-License-Identifier: Apache-2.0 */
/* Arbitrary bytes as the tenant's policies: whatever they say, a sign-in of which nothing is known
 * is never decided by them, and the sum agrees with what was said of each. */
#include <stdint.h>
#include <stdlib.h>

#include "contract/text.h"
#include "policy/conditional_access.h"

#include "contract/ban.h"

#define OID   "cccccccc-0000-4000-8000-000000000003"
#define API   "eeeeeeee-0000-4000-8000-000000000005"
#define HOME  "bbbbbbbb-0000-4000-8000-000000000002"
#define GROUP "67000000-0001-4e00-8e00-000000000001"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void each(void *arg, const struct gp_ca_finding *finding)
{
	size_t *heard = arg;
	uint8_t guid[16];
	++*heard;
	if (finding->because == NULL ||
	    !gp_text_is_safe(gp_str_from(finding->name), GP_TEXT_LINE) ||
	    (finding->policy[0] != '\0' &&
	     gp_guid_parse(gp_str_from(finding->policy), guid) != GP_ST_OK))
		abort();
}

static enum gp_ca_outcome evaluate(const struct gp_ca_set *set, const struct gp_ca_signin *signin)
{
	struct gp_ca_result result;
	size_t heard = 0;
	gp_ca_evaluate(set, signin, each, &heard, &result);
	if (heard > gp_ca_set_policies(set) ||
	    result.applying + result.unknown + result.others > heard)
		abort();
	bool decides = result.outcome == GP_CA_BLOCK || result.outcome == GP_CA_DEMAND;
	if (result.outcome == GP_CA_NOT_EVALUATED || decides != (result.applying > 0) ||
	    (decides && result.by.verdict != GP_CA_APPLIES))
		abort();
	return result.outcome;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const char groups[][GP_GUID_TEXT] = {GROUP};
	static const struct gp_ca_signin nothing;
	struct gp_ca_set *set = NULL;
	struct gp_error err = {0};
	if (gp_ca_set_parse((struct gp_str){(const char *)data, len}, &set, &err) != GP_ST_OK) {
		if (set != NULL || err.text[0] == '\0')
			abort();
		return 0;
	}
	struct gp_ca_signin known = {.oid = OID,
				     .groups = groups,
				     .groups_len = 1,
				     .groups_known = true,
				     .guest = GP_CA_B2B_GUEST,
				     .home_is_entra = GP_TRUE,
				     .home_tenant = HOME,
				     .api = API,
				     .address = "203.0.113.7",
				     .legacy_trusted_known = true};
	enum gp_ca_outcome outcome = evaluate(set, &known);
	/* From an address that nobody has on the Internet nothing is decided. */
	known.address = "10.0.0.1";
	enum gp_ca_outcome at_home = evaluate(set, &known);
	enum gp_ca_outcome unknown = evaluate(set, &nothing);
	if (at_home == GP_CA_BLOCK || at_home == GP_CA_DEMAND || unknown == GP_CA_BLOCK ||
	    unknown == GP_CA_DEMAND || gp_ca_outcome_name(outcome)[0] == '\0')
		abort();
	gp_ca_set_free(set);
	return 0;
}
