/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is loose in how access comes to be: access packages of this tier without an end or without
 * anybody's approval, and guests who invite guests (entra-facts 9.1, 10.6). PURE. It explains;
 * nothing is decided by it.
 */
#ifndef GP_POLICY_GOVERNANCE_FINDINGS_H
#define GP_POLICY_GOVERNANCE_FINDINGS_H

#include "base/json.h"
#include "config/config.h"

/* ID is a row of doctor/findings.h; TEXT may hold words of the tenant, which are hostile. */
typedef void gp_governance_finding(void *arg, const char *id, const char *text);

/* PAGES: of GET entitlementManagement/assignmentPolicies?$expand=accessPackage. */
void gp_governance_packages(const struct gp_json *pages, const struct gp_config *config,
			    gp_governance_finding *each, void *arg);
/* POLICY: GET /policies/authorizationPolicy. */
void gp_governance_invitations(const struct gp_json *policy, gp_governance_finding *each,
			       void *arg);

#endif
