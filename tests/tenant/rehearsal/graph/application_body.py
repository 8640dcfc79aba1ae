# SPDX-License-Identifier: Apache-2.0
"""Graph's application object and a registration: checks of what somebody sends, and each made of the other
(entra-facts 17.1 to 17.3). A registration that Graph made keeps the object as sent in its member `application`."""
import base64
import re
import uuid

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from .errors import bad_request
from ..login.registrations import GRAPH_APP_ID
from ..world.world import GUID

AUDIENCES = ("AzureADMyOrg", "AzureADMultipleOrgs", "AzureADandPersonalMicrosoftAccount", "PersonalMicrosoftAccount")
SIGN_IN = {"openid": "37f7f235-527c-4136-accd-4a02d197296e", "profile": "14dad69e-099b-42c9-810b-d002981feec1",
           "email": "64a6cdd6-aab1-4aaf-94b8-3cc8405e90d0", "offline_access": "7427e0e9-2fba-42fe-b0c0-848c9e6a8182",
           "User.Read": "e1fe6dd8-ba31-4d61-89e7-88639da4683d"}
SIGN_IN_NAMES = {guid: name for name, guid in SIGN_IN.items()}
TEXT, FLAG = (str, type(None)), (bool, type(None))
MEMBERS = {"displayName": str, "description": TEXT, "notes": TEXT, "uniqueName": TEXT, "tags": list,
           "signInAudience": str, "isFallbackPublicClient": FLAG, "publicClient": dict, "web": dict, "spa": dict,
           "api": dict, "identifierUris": list, "optionalClaims": (dict, type(None)), "groupMembershipClaims": TEXT,
           "appRoles": list, "requiredResourceAccess": list, "keyCredentials": list}
READ_ONLY = ("id", "appId", "createdDateTime", "passwordCredentials", "publisherDomain")
API = {"requestedAccessTokenVersion": (int, type(None)), "oauth2PermissionScopes": list,
       "preAuthorizedApplications": list, "knownClientApplications": list, "acceptMappedClaims": FLAG}
SCOPE = {"id": str, "value": str, "type": str, "isEnabled": bool, "adminConsentDisplayName": TEXT,
         "adminConsentDescription": TEXT, "userConsentDisplayName": TEXT, "userConsentDescription": TEXT, "origin": TEXT}
UNEXPECTED = "Unexpected contents in request body."
NOT_IN_SETS = "Property PreAuthorizedApplication has a Permission Id that cannot be found in the AppPermissions sets."


def _members(given, known, what):
    if not isinstance(given, dict):
        raise bad_request(UNEXPECTED)
    for name, value in given.items():
        if name not in known:
            raise bad_request(f"Invalid property '{name[:60]}'." if what == "application" else UNEXPECTED)
        if not isinstance(value, known[name]) or (known[name] == (int, type(None)) and isinstance(value, bool)):
            raise bad_request(f"Invalid value specified for property '{name}' of resource '{what}'.")


def _scopes(given, before):
    """Scopes must be whole; one that is enabled must not change or go away."""
    for one in given:
        _members(one, SCOPE, "PermissionScope")
        good = GUID.match(one.get("id", "")) and one.get("type") in ("User", "Admin") and "isEnabled" in one
        if not good or not re.fullmatch(r"[^\s]{1,120}", one.get("value", "")):
            raise bad_request("Invalid value specified for property 'oauth2PermissionScopes' of resource 'Application'.")
    if len({one["id"] for one in given}) < len(given) or len({one["value"] for one in given}) < len(given):
        raise bad_request("It contains duplicate value. Please Provide unique value.", "DuplicateValue")
    now = {one["id"]: one for one in given}
    for one in before:
        if one["isEnabled"] and now.get(one["id"]) not in (one, {**one, "isEnabled": False}):
            raise bad_request("Permission (scope or role) cannot be deleted or updated unless disabled first.",
                              "CannotDeleteOrUpdateEnabledEntitlement")


def _preauthorized(given, before):
    """Their ids must be there already, before this very request."""
    known = {one["id"] for one in before}
    for one in given:
        _members(one, {"appId": str, "delegatedPermissionIds": list}, "PreAuthorizedApplication")
        if not GUID.match(one.get("appId", "")):
            raise bad_request(UNEXPECTED)
        if not set(one.get("delegatedPermissionIds", ())) <= known or not one.get("delegatedPermissionIds"):
            raise bad_request(NOT_IN_SETS, "InvalidAppId")


def _uris(world, registration, given):
    own = registration["appId"] if registration else None
    domains = "|".join(re.escape(world.tenant[name]) for name in ("domain", "initial_domain"))
    forms = [rf"https://([\w-]+\.)*({domains})(/\S*)?", rf"api://([\w-]+\.)*({domains})/\S+",
             rf"api://{world.tenant['id']}/\S+"] + ([rf"api://([^/\s]+/)?{own}"] if own else [])
    for one in given:
        if not isinstance(one, str) or len(one) > 255 or not any(re.fullmatch(form, one) for form in forms):
            raise bad_request("Values of identifierUris property must use a verified domain of the organization or its "
                              "subdomain")
        if any(one in held["identifierUris"] for held in world.registrations.values() if held is not registration):
            raise bad_request("Another object with the same value for property identifierUris already exists.",
                              "ObjectConflict")


def _certificate(one):
    """The PEM of a key credential, or an error."""
    try:
        if (one["type"], one["usage"]) != ("AsymmetricX509Cert", "Verify"):
            raise ValueError("another kind")
        return x509.load_der_x509_certificate(base64.b64decode(one["key"], validate=True)).public_bytes(
            serialization.Encoding.PEM).decode()
    except (KeyError, TypeError, ValueError) as wrong:
        raise bad_request("Key credential is invalid.", "KeyCredentialsInvalid") from wrong


def _access(given):
    for one in given:
        _members(one, {"resourceAppId": str, "resourceAccess": list}, "RequiredResourceAccess")
        for entry in one.get("resourceAccess", ()):
            _members(entry, {"id": str, "type": str}, "ResourceAccess")
            if entry.get("type") not in ("Scope", "Role") or not GUID.match(entry.get("id", "")):
                raise bad_request(UNEXPECTED)


def _claims(given):
    for token, entries in (given or {}).items():
        if token not in ("idToken", "accessToken", "saml2Token") or not isinstance(entries, list):
            raise bad_request(UNEXPECTED)
        for one in entries:
            _members(one, {"name": str, "source": TEXT, "essential": bool, "additionalProperties": list},
                     "OptionalClaim")
            if not one.get("name"):
                raise bad_request(UNEXPECTED)


def check(world, registration, body):
    """An error if Graph would not take this body for a new application (no `registration`) or a change."""
    read_only = [name for name in READ_ONLY if isinstance(body, dict) and name in body]
    if read_only:
        raise bad_request(f"Property '{read_only[0]}' is read-only and cannot be set.")
    _members(body, MEMBERS, "application")
    if not (body.get("displayName") if registration is None else body.get("displayName", "as it is")):
        raise bad_request("A value is required for property 'displayName' of resource 'Application'.")
    if body.get("signInAudience", AUDIENCES[0]) not in AUDIENCES:
        raise bad_request("Invalid value specified for property 'signInAudience' of resource 'Application'.")
    api = body.get("api", {})
    _members(api, API, "ApiApplication")
    if api.get("requestedAccessTokenVersion") not in (None, 1, 2):
        raise bad_request("Invalid value specified for property 'requestedAccessTokenVersion'.")
    before = scopes_of(registration) if registration else []
    _scopes(api.get("oauth2PermissionScopes", before), before)
    _preauthorized(api.get("preAuthorizedApplications", []), before)
    _uris(world, registration, body.get("identifierUris", []))
    _access(body.get("requiredResourceAccess", []))
    _claims(body.get("optionalClaims"))
    for one in body.get("keyCredentials", ()):
        _certificate(one)


def _listed(world, given):
    """The static list by names, as a registration has it: {"graph" or appId: scopes}."""
    out = {}
    for one in given:
        api = world.registration(one["resourceAppId"])
        names = SIGN_IN_NAMES if api is None else {
            scope["id"]: scope["value"] for scope in scopes_of(api)}
        name = "graph" if one["resourceAppId"] == GRAPH_APP_ID else one["resourceAppId"]
        out[name] = [names.get(entry["id"], entry["id"]) for entry in one.get("resourceAccess", ())
                     if entry["type"] == "Scope"]
    return out


def _as_sent(world, registration):
    """The static list of a registration of the data file as Graph has it: the other way round."""
    out = []
    for name, values in (registration["requiredResourceAccess"] or {}).items():
        api = world.registrations.get(name) or world.registration(name)
        ids = SIGN_IN if api is None else {
            one["value"]: one["id"] for one in scopes_of(api)}
        out.append({"resourceAppId": api["appId"] if api else GRAPH_APP_ID,
                    "resourceAccess": [{"id": ids[value], "type": "Scope"} for value in values if value in ids]})
    return out


def members(world, whole, changed=MEMBERS):
    """What a registration has of a whole application object, of those of its members that changed."""
    out = _members_of(world, whole)
    rest = {"api": ("scopes", "preAuthorizedApplications", "requestedAccessTokenVersion"),
            "keyCredentials": ("certificates",)}
    return {"application": whole,
            **{name: out[name] for one in changed for name in rest.get(one, (one,)) if name in out}}


def _members_of(world, whole):
    api = whole["api"]
    names = {one["id"]: one["value"] for one in api["oauth2PermissionScopes"]}
    claims = whole["optionalClaims"] or {}
    return {
        "displayName": whole["displayName"], "signInAudience": whole["signInAudience"],
        "isFallbackPublicClient": bool(whole["isFallbackPublicClient"]),
        **{name: {"redirectUris": [], **whole[name]} for name in ("publicClient", "web", "spa")},
        "identifierUris": whole["identifierUris"], "groupMembershipClaims": whole["groupMembershipClaims"],
        "appRoles": whole["appRoles"], "requestedAccessTokenVersion": api["requestedAccessTokenVersion"],
        "scopes": [one["value"] for one in api["oauth2PermissionScopes"] if one["isEnabled"]],
        "preAuthorizedApplications": [{"appId": one["appId"], "scopes": [names[ref] for ref in
                                                                         one["delegatedPermissionIds"]]}
                                      for one in api["preAuthorizedApplications"]],
        "requiredResourceAccess": _listed(world, whole["requiredResourceAccess"]),
        "optionalClaims": {token: [{"name": one["name"],
                                    "additionalProperties": one.get("additionalProperties") or []}
                                   for one in entries] for token, entries in claims.items()},
        "certificates": [_certificate(one) for one in whole["keyCredentials"]]}


def blank():
    """What a new application has that nobody gave."""
    return {"displayName": None, "description": None, "notes": None, "uniqueName": None, "tags": [],
            "signInAudience": "AzureADandPersonalMicrosoftAccount", "isFallbackPublicClient": None,
            "publicClient": {"redirectUris": []}, "spa": {"redirectUris": []},
            "web": {"redirectUris": [], "homePageUrl": None, "logoutUrl": None, "implicitGrantSettings": {
                "enableIdTokenIssuance": False, "enableAccessTokenIssuance": False}},
            "api": {"acceptMappedClaims": None, "knownClientApplications": [], "requestedAccessTokenVersion": None,
                    "oauth2PermissionScopes": [], "preAuthorizedApplications": []},
            "identifierUris": [], "optionalClaims": None, "groupMembershipClaims": None, "appRoles": [],
            "requiredResourceAccess": [], "keyCredentials": []}


def merged(whole, body):
    """The object after a change: a collection is replaced, `api` and the platforms are merged by member."""
    out = {**whole, **body}
    for name in ("api", "web", "spa", "publicClient"):
        out[name] = {**whole[name], **body.get(name, {})}
    for one in out["keyCredentials"]:
        one.setdefault("keyId", str(uuid.uuid4()))
    return out


def scopes_of(registration):
    """The scopes of an API as Graph has them."""
    if registration["application"]:
        return registration["application"]["api"]["oauth2PermissionScopes"]
    return [_scope_of(registration, value) for value in registration["scopes"]]


def _scope_of(registration, value):
    return {"id": str(uuid.uuid5(uuid.NAMESPACE_OID, f"{registration['appId']}/{value}")), "value": value,
            "type": "Admin", "isEnabled": True, "adminConsentDisplayName": value, "adminConsentDescription": value,
            "userConsentDisplayName": None, "userConsentDescription": None}


def whole_of(world, registration):
    """Graph's object of a registration, whoever made it; what control changed since counts."""
    if registration["application"]:
        return {**registration["application"], "identifierUris": registration["identifierUris"]}
    scopes = scopes_of(registration)
    ids = {one["value"]: one["id"] for one in scopes}
    allowed = [{"appId": one, "delegatedPermissionIds": list(ids.values())} if isinstance(one, str) else
               {"appId": one["appId"], "delegatedPermissionIds": [ids[name] for name in one.get("scopes", ids)]}
               for one in registration["preAuthorizedApplications"]]
    claims = {token: [{"name": one} if isinstance(one, str) else one for one in entries]
              for token, entries in registration["optionalClaims"].items()}
    out = blank()
    out.update({name: registration[name] for name in ("displayName", "signInAudience", "isFallbackPublicClient",
                                                      "identifierUris", "groupMembershipClaims", "appRoles")})
    out["api"].update(requestedAccessTokenVersion=registration["requestedAccessTokenVersion"],
                      oauth2PermissionScopes=scopes, preAuthorizedApplications=allowed)
    out.update(optionalClaims=claims or None, requiredResourceAccess=_as_sent(world, registration))
    for name in ("web", "spa", "publicClient"):
        out[name] = {**out[name], **registration[name]}
    return out


def _key_of(pem):
    """A certificate of the data file as Graph has it."""
    found = x509.load_pem_x509_certificate(pem.encode())
    return {"keyId": str(uuid.uuid5(uuid.NAMESPACE_OID, pem)), "type": "AsymmetricX509Cert", "usage": "Verify",
            "startDateTime": f"{found.not_valid_before.isoformat()}Z", "endDateTime": f"{found.not_valid_after.isoformat()}Z",
            "displayName": found.subject.rfc4514_string(), "customKeyIdentifier": None}


def _password_of(world, secret):
    """A secret without its text; one of the data file that has no end lasts two years."""
    given = secret if isinstance(secret, dict) else {"value": secret}
    end = given.get("expires") or world.clock.now() + 2 * 365 * 86400
    return {"keyId": str(uuid.uuid5(uuid.NAMESPACE_OID, given["value"])), "hint": given["value"][:3], "secretText": None,
            "startDateTime": world.clock.iso(end - 2 * 365 * 86400), "endDateTime": world.clock.iso(end),
            "displayName": None, "customKeyIdentifier": None}


def shown(world, registration):
    """The object as Graph answers with it: the key of a credential is not told."""
    whole = whole_of(world, registration)
    held = whole["keyCredentials"] or [_key_of(one) for one in registration["certificates"]]
    keys = [{**{name: value for name, value in one.items() if name != "key"}, "key": None} for one in held]
    return {"id": registration["objectId"], "appId": registration["appId"], **whole, "keyCredentials": keys,
            "passwordCredentials": [_password_of(world, one) for one in registration["secrets"]],
            "isDisabled": registration["disabled"] or None,
            "disabledByMicrosoftStatus": registration["disabledByMicrosoftStatus"]}
