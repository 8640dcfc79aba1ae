/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tenant's Conditional Access policies, named locations and trust between tenants, as Graph
 * v1.0 tells them, in the form that conditional_access.h looks at. Pure. What is not understood is
 * kept as such: a policy that has an unknown condition cannot be evaluated, and is never dropped.
 */
#ifndef GP_POLICY_CA_POLICY_H
#define GP_POLICY_CA_POLICY_H

#include <stddef.h>
#include <stdint.h>

#include "contract/status.h"
#include "contract/str.h"

#define GP_CA_POLICIES_MAX  1000
#define GP_CA_LOCATIONS_MAX 195  /* Entra's own limit */
#define GP_CA_RANGES_MAX    2000 /* of one location, likewise */
#define GP_CA_TEXT_MAX      (4U << 20)

struct gp_ca_set;

/*
 * From one JSON object whose members hold Graph's answers verbatim:
 *   "policies":  the pages of GET /identity/conditionalAccess/policies, an array of answers
 *   "locations": the pages of GET /identity/conditionalAccess/namedLocations
 *   "default":   GET /policies/crossTenantAccessPolicy/default
 *   "partners":  the pages of GET /policies/crossTenantAccessPolicy/partners
 * All four must be there; a page without "value" is GP_ST_INVALID, more than the limits
 * GP_ST_TOO_BIG. ERR says where. Free *OUT with gp_ca_set_free().
 */
enum gp_status gp_ca_set_parse(struct gp_str json, struct gp_ca_set **out,
			       struct gp_error *err) gp_must_check;
void gp_ca_set_free(struct gp_ca_set *set);
size_t gp_ca_set_policies(const struct gp_ca_set *set);

#endif
