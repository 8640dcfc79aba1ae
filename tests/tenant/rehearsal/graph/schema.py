# SPDX-License-Identifier: Apache-2.0
"""The properties of users and groups: which there are, which come unasked, which filter, which hide behind a
permission."""

USER_DEFAULT = ("businessPhones", "displayName", "givenName", "id", "jobTitle", "mail", "mobilePhone", "officeLocation",
                "preferredLanguage", "surname", "userPrincipalName")
USER_ALL = frozenset(USER_DEFAULT + (
    "accountEnabled", "companyName", "createdDateTime", "creationType", "customSecurityAttributes", "deletedDateTime",
    "department", "employeeId", "employeeLeaveDateTime", "externalUserState", "externalUserStateChangeDateTime",
    "identities", "onPremisesExtensionAttributes", "otherMails", "proxyAddresses", "securityIdentifier",
    "showInAddressList", "signInActivity", "signInSessionsValidFromDateTime", "usageLocation", "userType"))
GROUP_DEFAULT = ("id", "displayName", "description", "mail", "mailEnabled", "mailNickname", "securityEnabled",
                 "groupTypes", "visibility", "isAssignableToRole", "membershipRule", "createdDateTime",
                 "deletedDateTime", "securityIdentifier")
GROUP_ALL = frozenset(GROUP_DEFAULT)
KNOWN = {"user": USER_ALL, "group": GROUP_ALL}
DEFAULT = {"user": USER_DEFAULT, "group": GROUP_DEFAULT}
NEVER_NULL = {"businessPhones": [], "otherMails": [], "proxyAddresses": [], "identities": [], "groupTypes": []}

# What User.ReadBasic.All shows (6.5: name, mail, id, SID).
USER_BASIC = frozenset({"id", "displayName", "givenName", "surname", "mail", "userPrincipalName", "securityIdentifier"})
GROUP_BASIC = frozenset({"id", "displayName"})

# Kinds of property for $filter; what is not listed does not filter.
TEXT, FLAG, TIME, NUMBER = "text", "flag", "time", "number"
TEXTS, IDENTITIES, OBJECTS = "texts", "identities", "objects"
FILTERS = {
    "user": {"id": TEXT, "displayName": TEXT, "givenName": TEXT, "surname": TEXT, "mail": TEXT,
             "userPrincipalName": TEXT,
             "userType": TEXT, "companyName": TEXT, "department": TEXT, "employeeId": TEXT, "jobTitle": TEXT,
             "usageLocation": TEXT, "creationType": TEXT, "externalUserState": TEXT, "accountEnabled": FLAG,
             "createdDateTime": TIME, "externalUserStateChangeDateTime": TIME, "employeeLeaveDateTime": TIME,
             "otherMails": TEXTS, "proxyAddresses": TEXTS, "businessPhones": TEXTS, "identities": IDENTITIES},
    "group": {"id": TEXT, "displayName": TEXT, "description": TEXT, "mail": TEXT, "mailNickname": TEXT,
              "visibility": TEXT, "securityIdentifier": TEXT, "mailEnabled": FLAG, "securityEnabled": FLAG,
              "isAssignableToRole": FLAG, "createdDateTime": TIME, "groupTypes": TEXTS},
}
ORDERS = {"user": ("displayName", "userPrincipalName", "createdDateTime"), "group": ("displayName", "createdDateTime")}
SEARCHES = {"user": ("displayName", "givenName", "surname", "mail", "userPrincipalName", "otherMails"),
            "group": ("displayName", "description", "mail", "mailNickname")}


def describe(kind, filters):
    """Let objects of another kind be filtered: {path: kind of value}. Their paths' first parts are their known
    properties."""
    FILTERS[kind] = filters
    KNOWN[kind] = frozenset(path.partition("/")[0] for path in filters)
