# SPDX-License-Identifier: Apache-2.0
"""What making registrations, grants and packages by Graph owes (entra-facts 17)."""
BEHAVIOURS = {
    "calls.applications": "applications: made with ids, shown, changed; keys not shown; defaults of a new one",
    "calls.applications.refused": "applications: bodies that Graph does not take",
    "calls.applications.scopes": "a scope goes away only when it was disabled before",
    "calls.applications.preauthorized": "pre-authorisation only after the request that made the scope; permissionIds",
    "calls.applications.uris": "identifier URIs: which forms, once in the tenant",
    "calls.applications.old": "applications of the data file are shown and changed without loss",
    "calls.applications.more": "what hangs on an application: owners, federated credentials, ends of credentials",
    "calls.applications.as_admin": "an administrator reads them with delegated rights of a client of its own",
    "calls.principals": "service principals: made once for an application, with servicePrincipalNames",
    "calls.principals.needed": "no token for an application without service principal",
    "calls.assignments": "assignments to an API and to Graph; object ids only; once",
    "calls.grants": "grants: object ids only, once, for all or one person",
    "calls.rights": "each of these calls needs its own permission",
    "calls.packages": "catalog, resource, package, role and policy; the package makes members",
    "calls.packages.refused": "packages: what names nothing is refused",
    "calls.sign_in": "registrations made by Graph alone give a guest tokens",
    "calls.state": "registrations and packages made by Graph are part of the state",
}
