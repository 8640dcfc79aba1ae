# SPDX-License-Identifier: Apache-2.0
"""Does a Conditional Access policy apply to a sign-in? In three values, as Graph writes policies (entra-facts 10.1, 10.5).

`applies(policy, locations, signin)` answers "yes", "no" or "unknown", and the verdict of each condition. A `signin` is a
dict; a key that is missing or None is not known: userId, groups, roles, guestType (a flag's name; "" for a member of the
tenant), homeTenant ("" for a home that is no Entra tenant), appId, userAction, authContext, clientAppType, platform, ip,
country, trustedIps (networks), device (a dict, {} for none), transferMethod, signInRisk, userRisk, insiderRisk.
"""
import ipaddress

YES, NO, UNKNOWN = "yes", "no", "unknown"
GUESTS = ("internalGuest", "b2bCollaborationGuest", "b2bCollaborationMember", "b2bDirectConnectUser", "otherExternalUser",
          "serviceProvider")
SUITES = ("None", "Office365", "MicrosoftAdminPortals")
ALL_TRUSTED, LEGACY = "AllTrusted", "00000000-0000-0000-0000-000000000000"
# What is in the schema; anything else that says something makes a policy one that cannot be evaluated.
KNOWN = {
    "": ("id", "displayName", "description", "state", "templateId", "createdDateTime", "modifiedDateTime",
         "deletedDateTime", "conditions", "grantControls", "sessionControls"),
    "conditions": ("users", "applications", "clientAppTypes", "platforms", "locations", "authenticationFlows", "devices",
                   "clientApplications", "userRiskLevels", "signInRiskLevels", "servicePrincipalRiskLevels",
                   "insiderRiskLevels"),
    "users": ("includeUsers", "excludeUsers", "includeGroups", "excludeGroups", "includeRoles", "excludeRoles",
              "includeGuestsOrExternalUsers", "excludeGuestsOrExternalUsers"),
    "guests": ("guestOrExternalUserTypes", "externalTenants"),
    "tenants": ("membershipKind", "members"),
    "applications": ("includeApplications", "excludeApplications", "includeUserActions",
                     "includeAuthenticationContextClassReferences"),
    "locations": ("includeLocations", "excludeLocations"),
    "platforms": ("includePlatforms", "excludePlatforms"),
    "flows": ("transferMethods",),
}


def conj(*values):
    return NO if NO in values else YES if all(one == YES for one in values) else UNKNOWN


def disj(*values):
    return YES if YES in values else NO if all(one == NO for one in values) else UNKNOWN


def neg(value):
    return {YES: NO, NO: YES}.get(value, UNKNOWN)


def _is(known):
    return YES if known else NO


def is_empty(value):
    """Not configured: null, [], {} and "", and an object whose members are all that."""
    if isinstance(value, dict):
        return all("@" in key or (not isinstance(one, dict) and is_empty(one)) for key, one in value.items())
    return value is None or value in ([], "")


def strange(value, kind):
    """YES where an object says something that is in no schema."""
    return _is(any("@" not in key and key not in KNOWN[kind] and not is_empty(one) for key, one in value.items()))


def _any(rows, item):
    if rows is None:
        return NO
    if not isinstance(rows, list):
        return UNKNOWN
    return disj(*(item(one) if isinstance(one, str) else UNKNOWN for one in rows))


def _flags(text, item):
    if text is None:
        return NO
    if not isinstance(text, str):
        return UNKNOWN
    return disj(*(item(one.strip()) for one in text.split(",") if one.strip()))


def _guid(text):
    parts = text.lower().split("-")
    return [len(one) for one in parts] == [8, 4, 4, 4, 12] and all(c in "0123456789abcdef" for c in "".join(parts))


def _same(text, known):
    """An id that is listed: is it the one that is known? A word that is no id may be a keyword of later."""
    if known is None:
        return UNKNOWN
    if text.lower() == known.lower():
        return YES
    return NO if _guid(text) else UNKNOWN


def _user(signin):
    def item(text):
        if text in ("All", "None"):
            return _is(text == "All")
        if text == "GuestsOrExternalUsers":
            kind = signin.get("guestType")
            return UNKNOWN if kind is None else _is(kind in GUESTS)
        return _same(text, signin.get("userId"))
    return item


def _listed(signin, name):
    def item(text):
        known = signin.get(name)
        if known is None or not _guid(text):
            return UNKNOWN
        return _is(text.lower() in [one.lower() for one in known])
    return item


def _tenants(rule, signin):
    if rule is None:
        return YES
    if not isinstance(rule, dict) or strange(rule, "tenants") == YES or not isinstance(rule.get("membershipKind"), str):
        return UNKNOWN
    kind, home = rule["membershipKind"], signin.get("homeTenant")
    if signin.get("guestType") == "internalGuest":
        return YES if kind == "all" else UNKNOWN
    if kind == "all":
        return YES
    if kind != "enumerated":
        return UNKNOWN

    def member(text):
        if not home:  # not known, or a home that is no tenant: how Entra counts it is not documented
            return UNKNOWN
        return _same(text, home)
    return _any(rule.get("members"), member)


def _guests(rule, signin):
    if rule is None:
        return NO
    if not isinstance(rule, dict):
        return UNKNOWN

    def kind(flag):
        known = signin.get("guestType")
        if flag == "none":
            return NO
        if flag not in GUESTS or known is None:
            return UNKNOWN
        return _is(flag == known)
    both = conj(_flags(rule.get("guestOrExternalUserTypes"), kind), _tenants(rule.get("externalTenants"), signin))
    return conj(both, UNKNOWN) if strange(rule, "guests") == YES else both


def users(conditions, signin):
    rule = conditions.get("users")
    if not isinstance(rule, dict):
        return NO if rule is None else UNKNOWN
    more = UNKNOWN if strange(rule, "users") == YES else NO

    def side(name):
        return disj(_any(rule.get(f"{name}Users"), _user(signin)), _any(rule.get(f"{name}Groups"), _listed(signin, "groups")),
                    _any(rule.get(f"{name}Roles"), _listed(signin, "roles")),
                    _guests(rule.get(f"{name}GuestsOrExternalUsers"), signin), more)
    return conj(side("include"), neg(side("exclude")))


def applications(conditions, signin):
    """Resources, user actions and authentication contexts: a sign-in is for one of them."""
    rule = conditions.get("applications")
    if not isinstance(rule, dict):
        return UNKNOWN
    if signin.get("userAction"):
        return _any(rule.get("includeUserActions"), lambda text: _is(text == signin["userAction"]))
    if signin.get("authContext"):
        return _any(rule.get("includeAuthenticationContextClassReferences"),
                    lambda text: _is(text == signin["authContext"]))
    more = UNKNOWN if strange(rule, "applications") == YES else NO

    def app(text):
        if text == "All" or text in SUITES:
            return _is(text == "All")
        return _same(text, signin.get("appId"))
    return conj(disj(_any(rule.get("includeApplications"), app), more),
                neg(disj(_any(rule.get("excludeApplications"), app), more)))


def _choice(rows, known, every):
    """A list of words of which one is "all"; empty: no condition."""
    if rows is None or rows == []:
        return YES
    return _any(rows, lambda text: YES if text == every else UNKNOWN if known is None else _is(text == known))


def client_apps(conditions, signin):
    return _choice(conditions.get("clientAppTypes"), signin.get("clientAppType"), "all")


def platforms(conditions, signin):
    rule = conditions.get("platforms")
    if is_empty(rule):
        return YES
    if not isinstance(rule, dict) or strange(rule, "platforms") == YES:
        return UNKNOWN
    known = signin.get("platform")
    included = _any(rule.get("includePlatforms"),
                    lambda text: YES if text == "all" else UNKNOWN if known is None else _is(text == known))
    excluded = _any(rule.get("excludePlatforms"), lambda text: UNKNOWN if known is None else _is(text in ("all", known)))
    return conj(included, neg(excluded))


def _inside(location, signin):
    """Is the address in this named location?"""
    ip = signin.get("ip")
    if location.get("@odata.type") == "#microsoft.graph.ipNamedLocation":
        if ip is None:
            return UNKNOWN
        ranges = location.get("ipRanges")
        if not isinstance(ranges, list):
            return UNKNOWN
        return disj(NO, *(_in_range(one, ip) for one in ranges))
    if location.get("@odata.type") != "#microsoft.graph.countryNamedLocation" or \
            location.get("countryLookupMethod") == "authenticatorAppGps" or signin.get("country") is None:
        return UNKNOWN
    if signin["country"] == "":
        return _is(location.get("includeUnknownCountriesAndRegions") is True)
    return _is(signin["country"] in (location.get("countriesAndRegions") or []))


def _in_range(row, ip):
    try:
        network, address = ipaddress.ip_network(row["cidrAddress"]), ipaddress.ip_address(ip)
    except (ValueError, KeyError, TypeError):
        return UNKNOWN
    return _is(address.version == network.version and address in network)


def _legacy(signin):
    if signin.get("trustedIps") is None or signin.get("ip") is None:
        return UNKNOWN
    return disj(NO, *(_in_range({"cidrAddress": one}, signin["ip"]) for one in signin["trustedIps"]))


def _trusted(location):
    value = location.get("isTrusted")
    if isinstance(value, bool):
        return _is(value)
    return NO if value is None and location.get("@odata.type") == "#microsoft.graph.countryNamedLocation" else UNKNOWN


def _location(locations, signin):
    def item(text):
        if text == "All":
            return YES
        if text == ALL_TRUSTED:
            return disj(_legacy(signin), *(conj(_trusted(one), _inside(one, signin)) for one in locations))
        if text.lower() == LEGACY:
            return _legacy(signin)
        found = next((one for one in locations if str(one.get("id", "")).lower() == text.lower()), None)
        return UNKNOWN if found is None else _inside(found, signin)
    return item


def places(conditions, locations, signin):
    rule = conditions.get("locations")
    if is_empty(rule):
        return YES
    if not isinstance(rule, dict):
        return UNKNOWN
    more = UNKNOWN if strange(rule, "locations") == YES else NO
    item = _location(locations, signin)
    return conj(disj(_any(rule.get("includeLocations"), item), more), neg(disj(_any(rule.get("excludeLocations"), item), more)))


def flows(conditions, signin):
    rule = conditions.get("authenticationFlows")
    if is_empty(rule):
        return YES
    if not isinstance(rule, dict) or strange(rule, "flows") == YES:
        return UNKNOWN
    if rule.get("transferMethods") == "none":
        return YES
    known = signin.get("transferMethod")

    def method(flag):
        if flag not in ("deviceCodeFlow", "authenticationTransfer") or known is None:
            return UNKNOWN
        return _is(flag == known)
    return _flags(rule.get("transferMethods"), method)


def _devices(conditions, signin):
    rule = conditions.get("devices")
    if is_empty(rule):
        return YES
    if signin.get("device") is None or not isinstance(rule, dict) or set(rule) - {"deviceFilter"}:
        return UNKNOWN
    # A device that nobody registered has no property: no rule is true for it.
    mode = (rule.get("deviceFilter") or {}).get("mode")
    return {"include": NO, "exclude": YES}.get(mode, UNKNOWN) if signin["device"] == {} else UNKNOWN


def _risk(conditions, name, known):
    rows = conditions.get(name)
    if is_empty(rows):
        return YES
    if isinstance(rows, str):
        rows = [one.strip() for one in rows.split(",")]
    return _any(rows, lambda text: UNKNOWN if known is None else _is(text == known))


def others(conditions, signin):
    found = [_devices(conditions, signin), _risk(conditions, "userRiskLevels", signin.get("userRisk")),
             _risk(conditions, "signInRiskLevels", signin.get("signInRisk")),
             _risk(conditions, "insiderRiskLevels", signin.get("insiderRisk")),
             UNKNOWN if not is_empty(conditions.get("servicePrincipalRiskLevels")) else YES,
             UNKNOWN if not is_empty(conditions.get("clientApplications")) else YES,
             UNKNOWN if strange(conditions, "conditions") == YES else YES]
    return conj(*found)


def applies(policy, locations, signin):
    """(verdict, {condition: verdict}); what `state` says is the caller's affair."""
    conditions = policy.get("conditions")
    if not isinstance(conditions, dict):
        return UNKNOWN, {"conditions": UNKNOWN}
    found = {"users": users(conditions, signin), "applications": applications(conditions, signin),
             "clientAppTypes": client_apps(conditions, signin), "platforms": platforms(conditions, signin),
             "locations": places(conditions, locations, signin), "authenticationFlows": flows(conditions, signin),
             "others": others(conditions, signin), "members": UNKNOWN if strange(policy, "") == YES else YES}
    return conj(*found.values()), found
