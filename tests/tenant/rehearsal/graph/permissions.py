# SPDX-License-Identifier: Apache-2.0
"""Which permission opens which call (entra-facts 6.5): a table, not code. A call that is not opened is answered 403;
where Graph is silent instead, the row is open and the objects' properties are nulled (graph_objects.py)."""

# A permission that holds others; the table below names the least privileged only.
HOLDS = {
    "User.ReadWrite.All": ("User.Read.All",),
    "User.Read.All": ("User.ReadBasic.All",),
    "Directory.ReadWrite.All": ("Directory.Read.All",),
    "Directory.Read.All": ("User.Read.All", "Group.Read.All"),
    "Group.ReadWrite.All": ("Group.Read.All", "GroupMember.ReadWrite.All"),
    "Group.Read.All": ("GroupMember.Read.All",),
    "GroupMember.ReadWrite.All": ("GroupMember.Read.All",),
    "GroupMember.Read.All": ("GroupMember.ReadBasic.All", "Group.ReadBasic.All"),
    "Application.ReadWrite.All": ("Application.Read.All", "AppRegistration.Create"),
    "EntitlementManagement.ReadWrite.All": ("EntitlementManagement.Read.All",),
    "Policy.ReadWrite.ConditionalAccess": ("Policy.Read.ConditionalAccess",),
    "LifecycleWorkflows.Read.All": ("LifecycleWorkflows-Workflow.ReadBasic.All",),
}

ANYBODY = ((),)
NOBODY = ()
POLICY = (("Policy.Read.All",),)
ENTITLEMENT = (("EntitlementManagement.Read.All",),)
REVIEWS = (("AccessReview.Read.All",),)
GROUP_READ = (("Group.ReadBasic.All",),)
MEMBERS_READ = (("GroupMember.ReadBasic.All",),)
USER_READ = (("User.Read.All",),)
USER_AND_GROUP = (("User.Read.All", "GroupMember.Read.All"),)
LOGS = (("AuditLog.Read.All",),)
APPLICATION = (("Application.Read.All",),)

# call: (alternatives app-only, alternatives delegated); each alternative names permissions that are all needed.
# A missing second part: the same in both.
TABLE = {
    "me": (NOBODY, (("User.Read",), ("User.ReadBasic.All",))),
    "users.list": ((("User.ReadBasic.All",),),),
    "users.get": (ANYBODY, (("User.Read",), ("User.ReadBasic.All",))),   # silent, or 403 by switch
    "users.delta": (USER_READ,),
    "users.sponsors": (USER_READ,),
    "users.manager": (USER_READ,),
    "users.member_of": (USER_READ,),
    "users.check": (USER_AND_GROUP, (("User.ReadBasic.All", "GroupMember.Read.All"),)),
    "users.member_groups": (USER_AND_GROUP,),
    "users.write": ((("User.ReadWrite.All",),),),
    "users.patch": (ANYBODY,),                                            # by property
    "users.delete": ((("User.ReadWrite.All",), ("User.DeleteRestore.All",)),),
    "users.revoke": ((("User.RevokeSessions.All",),),),
    "deleted.read": (USER_READ,),
    "deleted.write": ((("User.ReadWrite.All",), ("User.DeleteRestore.All",)),),
    "objects.by_ids": ((("Directory.Read.All",),),),
    "groups.list": (GROUP_READ,),
    "groups.get": (GROUP_READ,),
    "groups.delta": (GROUP_READ,),
    "groups.members": (MEMBERS_READ,),
    "groups.create": ((("Group.Create",), ("Group.ReadWrite.All",)),),
    "groups.delete": ((("Group.ReadWrite.All",),),),
    "groups.change_members": ((("GroupMember.ReadWrite.All",),),),
    "invitations": ((("User.Invite.All",),),),
    "policies.ca": (POLICY,),
    "policies.ca_write": ((("Policy.Read.All", "Policy.ReadWrite.ConditionalAccess"),),),
    "policies.evaluate": ((("Policy.Read.ConditionalAccess",),),),
    "policies.contexts": ((("AuthenticationContext.Read.All",), ("Policy.Read.ConditionalAccess",)),),
    "policies.strengths": ((("Policy.Read.AuthenticationMethod",),),),
    "policies.cross_tenant": (POLICY,),
    "policies.authorization": (POLICY,),
    "organization": ((("Organization.Read.All",), ("User.Read.All",)),),
    "find_tenant": ((("CrossTenantInformation.ReadBasic.All",),),),
    "entitlement.read": (ENTITLEMENT,),
    "entitlement.write": ((("EntitlementManagement.ReadWrite.All",),),),
    "pim.assignments": ((("PrivilegedAssignmentSchedule.Read.AzureADGroup",),),),
    "pim.eligibilities": ((("PrivilegedEligibilitySchedule.Read.AzureADGroup",),),),
    "reviews": (REVIEWS,),
    "workflows": ((("LifecycleWorkflows-Workflow.ReadBasic.All",),),),
    "terms": (NOBODY, (("Agreement.Read.All",),)),
    "acceptances": (ANYBODY, (("AgreementAcceptance.Read.All",),)),  # app-only by switch
    "logs": (LOGS,),
    "applications.read": (APPLICATION,),
    "applications.create": ((("AppRegistration.Create",),),),
    "applications.write": ((("Application.ReadWrite.All",),),),
    "assignments.read": (APPLICATION,),
    "assignments.write": ((("AppRoleAssignment.ReadWrite.All", "Application.Read.All"),),),
    "grants.read": ((("Directory.Read.All",),),),
    "grants.write": ((("DelegatedPermissionGrant.ReadWrite.All",),),),
    "entitlement.resources": ((("EntitlementManagement.ReadWrite.All", "Group.ReadWrite.All"),),),
}

# Permissions that open no call, but properties, hidden members, or the change of one property.
BY_PROPERTY = ("CustomSecAttributeAssignment.Read.All", "CustomSecAttributeAssignment.ReadWrite.All",
               "LifeCycleInfo.Read.All", "User-LifeCycleInfo.Read.All", "Member.Read.Hidden",
               "User.EnableDisableAccount.All")
KNOWN = {*BY_PROPERTY, *HOLDS, *(name for held in HOLDS.values() for name in held),
         *(name for row in TABLE.values() for alternatives in row for one in alternatives for name in one)}


def closure(names):
    """All permissions that these hold."""
    out, queue = set(), list(names)
    while queue:
        one = queue.pop()
        if one not in out:
            out.add(one)
            queue.extend(HOLDS.get(one, ()))
    return frozenset(out)


def opens(call_name, permissions, delegated):
    """Do these permissions open the call?"""
    row = TABLE[call_name]
    alternatives = row[-1] if delegated else row[0]
    return any(permissions.issuperset(one) for one in alternatives)
