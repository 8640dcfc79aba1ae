# SPDX-License-Identifier: Apache-2.0
"""What the tests of governance share: names of the data, and short ways to ask."""
from graph_help import grant

EM = "/identityGovernance/entitlementManagement"
PIM = "/identityGovernance/privilegedAccess/group"
PACKAGE, HIDDEN = "acce5500-0001-4a00-8a00-000000000001", "acce5500-0002-4a00-8a00-000000000002"
TIMED, OPEN = "ac9011c1-0001-4a00-8a00-000000000001", "ac9011c1-0002-4a00-8a00-000000000002"
DELIVERED, OVER = "a5519000-0001-4a00-8a00-000000000001", "a5519000-0002-4a00-8a00-000000000002"
GROUP = "67000000-0004-4e00-8e00-000000000004"
FIONA, OLGA, BOB = "fiona@fabrikam.example", "olga@northwind.example", "bob@northwind.example"
DAY = 86400


def reader(tenant, *more):
    return grant(tenant, "EntitlementManagement.Read.All", "User.Read.All", "GroupMember.Read.All", *more)


def writer(tenant):
    return reader(tenant, "EntitlementManagement.ReadWrite.All")


def inside(tenant, mail, headers=None):
    headers = headers or grant(tenant, "User.Read.All", "GroupMember.Read.All")
    return bool(tenant.send(f"/users/{tenant.id_of(mail)}/checkMemberGroups", {"groupIds": [GROUP]},
                            headers).json()["value"])
