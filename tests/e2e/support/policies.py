# SPDX-License-Identifier: Apache-2.0
"""Policies of Conditional Access in Graph's shape."""

import uuid


def policy(name, state="enabled", **grant):
    """One for everybody and everything; GRANT: members of its grantControls."""
    none = {"customAuthenticationFactors": [], "termsOfUse": [], "authenticationStrength": None}
    return {"id": str(uuid.uuid5(uuid.NAMESPACE_OID, name)), "displayName": name, "state": state,
            "templateId": None, "createdDateTime": "2026-01-01T00:00:00Z", "modifiedDateTime": None,
            "conditions": {
                "clientAppTypes": ["all"], "userRiskLevels": [], "signInRiskLevels": [], "servicePrincipalRiskLevels": [],
                "insiderRiskLevels": None, "platforms": None, "devices": None, "clientApplications": None,
                "authenticationFlows": None, "locations": None,
                "users": {"includeUsers": ["All"], "excludeUsers": [], "includeGroups": [], "excludeGroups": [],
                          "includeRoles": [], "excludeRoles": [], "includeGuestsOrExternalUsers": None,
                          "excludeGuestsOrExternalUsers": None},
                "applications": {"includeApplications": ["All"], "excludeApplications": [], "includeUserActions": [],
                                 "includeAuthenticationContextClassReferences": [], "applicationFilter": None}},
            "grantControls": {"operator": "OR", "builtInControls": [], **none, **grant}, "sessionControls": None}
