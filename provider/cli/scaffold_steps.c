/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The calls in the order in which Graph takes them: each names only what an earlier one made. Names
 * and members are those of Graph v1.0. Two ids are never mixed: an application's appId names it in
 * tokens, scopes and policies; its service principal's id is what grants and assignments name.
 */
#include "cli/scaffold.h"

#include "contract/ban.h"

#define GRAPH       "00000003-0000-0000-c000-000000000000"
#define USER_READ   "df021288-bdef-4463-88db-98f22de89214" /* User.Read.All, application */
#define MEMBER_READ "98830695-27a2-44f7-8c18-0c3ebc9698f6" /* GroupMember.Read.All, application */
#define OPENID      "37f7f235-527c-4136-accd-4a02d197296e"
#define PROFILE     "14dad69e-099b-42c9-810b-d002981feec1"

#define APPS    "Application.ReadWrite.All"
#define ASSIGN  "AppRoleAssignment.ReadWrite.All Application.Read.All"
#define GRANT   "DelegatedPermissionGrant.ReadWrite.All"
#define PACKAGE "EntitlementManagement.ReadWrite.All"
#define POLICY  "Policy.Read.All Policy.ReadWrite.ConditionalAccess Application.Read.All"

#define ENTITLEMENT  "/identityGovernance/entitlementManagement"
#define POLICIES     "/identity/conditionalAccess/policies"
#define CLAIM(name)  "{'name':'" name "','essential':false}"
#define REPORT       "'state':'enabledForReportingButNotEnforced','conditions':{'clientAppTypes':['all'],"
#define ON_THE_API   "'applications':{'includeApplications':['<api appId>']}}"
#define ALL_BUT(who) "'users':{'includeUsers':['All'],'excludeGroups':[" who "]},"
#define BLOCK        "'grantControls':{'operator':'OR','builtInControls':['block']}}"

/* What the sign-in client asks of Graph, and of the APIs of the tier that are new. */
#define LISTED                                                                                     \
	"'requiredResourceAccess':[{'resourceAppId':'" GRAPH "','resourceAccess':["                \
	"{'id':'" OPENID "','type':'Scope'},{'id':'" PROFILE "','type':'Scope'}]}<listed APIs>]"

#define API_CLAIMS                                                                                                                                      \
	"'optionalClaims':{'idToken':[],'saml2Token':[],'accessToken':["                                                                                \
	"{'name':'acct','essential':false,'source':null,'additionalProperties':[]}," CLAIM(                                                             \
		"auth_"                                                                                                                                 \
		"time") "," CLAIM("ipaddr") "," CLAIM("acrs") "," CLAIM("email") "," CLAIM("xms_"                                                       \
											   "edov") "," CLAIM("a"                                        \
													     "m"                                        \
													     "r") ",{'name':'idtyp','essential':false," \
														  "'additionalProperties':['include_user_token']}]}"

#define CLIENT_CLAIMS                                                                              \
	"'optionalClaims':{'idToken':[" CLAIM("acct") "," CLAIM("auth_time") "," CLAIM(            \
		"amr") "],'accessToken':[],'saml2Token':[]}"

#define API_SCOPE                                                                                  \
	"{'id':'<scope guid>','value':'<scope word>','type':'Admin','isEnabled':true,"             \
	"'adminConsentDisplayName':'Sign in to <tier> hosts<elevated>',"                           \
	"'adminConsentDescription':'Lets the SSH sign-in client prove who signs in.',"             \
	"'userConsentDisplayName':'Sign in to <tier> hosts<elevated>',"                            \
	"'userConsentDescription':'Proves who you are to the host.'}"

#define REQUESTORS                                                                                 \
	"'requestorSettings':{'enableTargetsToSelfAddAccess':true,"                                \
	"'enableTargetsToSelfUpdateAccess':false,'enableTargetsToSelfRemoveAccess':true,"          \
	"'allowCustomAssignmentSchedule':false,'enableOnBehalfRequestorsToAddAccess':false,"       \
	"'enableOnBehalfRequestorsToUpdateAccess':false,"                                          \
	"'enableOnBehalfRequestorsToRemoveAccess':false,'onBehalfRequestors':[]}"

#define APPROVAL                                                                                   \
	"'requestApprovalSettings':{'isApprovalRequiredForAdd':true,"                              \
	"'isApprovalRequiredForUpdate':true,'stages':[{'durationBeforeAutomaticDenial':'P14D',"    \
	"'isApproverJustificationRequired':true,'isEscalationEnabled':false,"                      \
	"'durationBeforeEscalation':'PT0S',"                                                       \
	"'primaryApprovers':[{'@odata.type':'#microsoft.graph.internalSponsors'}],"                \
	"'fallbackPrimaryApprovers':[{'@odata.type':'#microsoft.graph.singleUser',"                \
	"'userId':'<tier owner>'}],'escalationApprovers':[],'fallbackEscalationApprovers':[]}]}"

const struct gp_scaffold_step gp_scaffold_steps[] = {
	{"0",
	 "GET",
	 "/organization?$select=id,displayName",
	 NULL,
	 "Organization.Read.All",
	 "Look whether this is the right tenant<right tenant>.",
	 {{"tenant", "/value/0/id"}},
	 0},
	{"1",
	 "POST",
	 "/groups",
	 "{'displayName':'gp-<tier>-access','mailEnabled':false,'mailNickname':'gp-<tier>-access',"
	 "'securityEnabled':true,'groupTypes':[],'description':'guests admitted to tier <tier>'}",
	 "Group.ReadWrite.All",
	 "The access group. guestpass.conf: access_groups = <group id>=group, or the package of "
	 "9a.",
	 {{"group id", "/id"}},
	 GP_SCAFFOLD_NEW_GROUP},
	{"2a",
	 "POST",
	 "/applications",
	 "{'displayName':'guestpass reader','signInAudience':'AzureADMyOrg',"
	 "'requiredResourceAccess':[{'resourceAppId':'" GRAPH "','resourceAccess':["
	 "{'id':'" USER_READ "','type':'Role'},{'id':'" MEMBER_READ "','type':'Role'}]}],"
	 "'keyCredentials':[{'type':'AsymmetricX509Cert','usage':'Verify',"
	 "'displayName':'host fleet','key':'<base64 DER>'}]}",
	 APPS,
	 "The reader. guestpass.conf: reader_client_id = <reader appId>",
	 {{"reader appId", "/appId"}},
	 GP_SCAFFOLD_NEW_READER},
	{"2b",
	 "POST",
	 "/applications",
	 "{'displayName':'SSH <tier> hosts<elevated>','signInAudience':'AzureADMyOrg',"
	 "'api':{'requestedAccessTokenVersion':2,'oauth2PermissionScopes':[" API_SCOPE
	 "]}," API_CLAIMS "}",
	 APPS,
	 "<API note>",
	 {{"api object", "/id"}, {"api appId", "/appId"}},
	 GP_SCAFFOLD_NEW_API | GP_SCAFFOLD_EACH_API},
	{"2c",
	 "POST",
	 "/applications",
	 "{'displayName':'<fleet name>','signInAudience':'AzureADMyOrg',"
	 "'isFallbackPublicClient':true,'publicClient':{'redirectUris':[]}," LISTED
	 "," CLIENT_CLAIMS "}",
	 APPS,
	 "The sign-in client: no credential, no redirect URI. Entra shows its name to the guest. "
	 "guestpass.conf: sign_in_client_id = <client appId>",
	 {{"client appId", "/appId"}},
	 GP_SCAFFOLD_NEW_CLIENT},
	{"2c",
	 "PATCH",
	 "/applications(appId='<client appId>')",
	 "{" LISTED "}",
	 APPS,
	 "The client must list each API. This replaces its list: add first what "
	 "GET /applications(appId='<client appId>')?$select=requiredResourceAccess shows.",
	 {{NULL, NULL}},
	 GP_SCAFFOLD_OLD_CLIENT},
	{"2d",
	 "PATCH",
	 "/applications/<api object>",
	 "{'identifierUris':['api://<api appId>'],'api':{'preAuthorizedApplications':["
	 "{'appId':'<client appId>','delegatedPermissionIds':['<scope guid>']}]}}",
	 APPS,
	 "Graph refuses this in the request that makes the scope.",
	 {{NULL, NULL}},
	 GP_SCAFFOLD_NEW_API | GP_SCAFFOLD_EACH_API},
	{"3a",
	 "POST",
	 "/servicePrincipals",
	 "{'appId':'<reader appId>','accountEnabled':true,'appRoleAssignmentRequired':false,"
	 "'tags':['WindowsAzureActiveDirectoryIntegratedApp','HideApp']}",
	 APPS,
	 NULL,
	 {{"reader sp", "/id"}},
	 GP_SCAFFOLD_NEW_READER},
	{"3b",
	 "POST",
	 "/servicePrincipals",
	 "{'appId':'<api appId>','accountEnabled':true,'appRoleAssignmentRequired':true,"
	 "'tags':['WindowsAzureActiveDirectoryIntegratedApp','HideApp']}",
	 APPS,
	 "Assignment is required: without it any guest of the tenant gets a token.",
	 {{"api sp", "/id"}},
	 GP_SCAFFOLD_NEW_API | GP_SCAFFOLD_EACH_API},
	{"3c",
	 "POST",
	 "/servicePrincipals",
	 "{'appId':'<client appId>','accountEnabled':true,'appRoleAssignmentRequired':false,"
	 "'tags':['WindowsAzureActiveDirectoryIntegratedApp','HideApp']}",
	 APPS,
	 NULL,
	 {{"client sp", "/id"}},
	 GP_SCAFFOLD_NEW_CLIENT},
	{"3c",
	 "GET",
	 "/servicePrincipals(appId='<client appId>')?$select=id",
	 NULL,
	 "Application.Read.All",
	 NULL,
	 {{"client sp", "/id"}},
	 GP_SCAFFOLD_OLD_CLIENT},
	{"3d",
	 "GET",
	 "/servicePrincipals(appId='" GRAPH "')?$select=id",
	 NULL,
	 "Application.Read.All",
	 "Microsoft Graph itself.",
	 {{"graph sp", "/id"}},
	 GP_SCAFFOLD_NEW_GRAPH},
	{"4",
	 "POST",
	 "/servicePrincipals/<api sp>/appRoleAssignedTo",
	 "{'principalId':'<group id>','resourceId':'<api sp>',"
	 "'appRoleId':'00000000-0000-0000-0000-000000000000'}",
	 ASSIGN,
	 "Direct members of the group only: who is in a group of the group gets no token.",
	 {{NULL, NULL}},
	 GP_SCAFFOLD_NEW_API | GP_SCAFFOLD_EACH_API | GP_SCAFFOLD_EACH_GROUP},
	{"5a",
	 "POST",
	 "/servicePrincipals/<graph sp>/appRoleAssignedTo",
	 "{'principalId':'<reader sp>','resourceId':'<graph sp>','appRoleId':'" USER_READ "'}",
	 ASSIGN,
	 "User.Read.All",
	 {{NULL, NULL}},
	 GP_SCAFFOLD_NEW_READER},
	{"5b",
	 "POST",
	 "/servicePrincipals/<graph sp>/appRoleAssignedTo",
	 "{'principalId':'<reader sp>','resourceId':'<graph sp>','appRoleId':'" MEMBER_READ "'}",
	 ASSIGN,
	 "GroupMember.Read.All",
	 {{NULL, NULL}},
	 GP_SCAFFOLD_NEW_READER},
	{"6a",
	 "POST",
	 "/oauth2PermissionGrants",
	 "{'clientId':'<client sp>','consentType':'AllPrincipals','principalId':null,"
	 "'resourceId':'<graph sp>','scope':'openid profile'}",
	 GRANT,
	 "Guests cannot consent for themselves.",
	 {{NULL, NULL}},
	 GP_SCAFFOLD_NEW_CLIENT},
	{"6b",
	 "POST",
	 "/oauth2PermissionGrants",
	 "{'clientId':'<client sp>','consentType':'AllPrincipals','principalId':null,"
	 "'resourceId':'<api sp>','scope':'<scope word>'}",
	 GRANT,
	 NULL,
	 {{NULL, NULL}},
	 GP_SCAFFOLD_NEW_API | GP_SCAFFOLD_EACH_API},
	{"7",
	 "POST",
	 ENTITLEMENT "/catalogs",
	 "{'displayName':'Linux hosts','description':'access to tiers','state':'published',"
	 "'isExternallyVisible':true}",
	 PACKAGE,
	 "If there is such a catalog already, leave this out and take its id.",
	 {{"catalog", "/id"}},
	 GP_SCAFFOLD_NEW_PACKAGE},
	{"8a",
	 "POST",
	 ENTITLEMENT "/resourceRequests",
	 "{'requestType':'adminAdd','resource':{'originId':'<group id>',"
	 "'originSystem':'AadGroup'},'catalog':{'id':'<catalog>'}}",
	 PACKAGE " Group.ReadWrite.All",
	 NULL,
	 {{NULL, NULL}},
	 GP_SCAFFOLD_NEW_PACKAGE},
	{"8b",
	 "GET",
	 ENTITLEMENT "/catalogs/<catalog>/resources?$filter=originId%20eq%20'<group id>'"
		     "&$expand=roles,scopes",
	 NULL,
	 "EntitlementManagement.Read.All",
	 "Repeat until it shows the group. The role is the one whose originId begins with Member_.",
	 {{"resource", "/value/0/id"},
	  {"role", "/value/0/roles/0/id"},
	  {"scope", "/value/0/scopes/0/id"}},
	 GP_SCAFFOLD_NEW_PACKAGE},
	{"9a",
	 "POST",
	 ENTITLEMENT "/accessPackages",
	 "{'displayName':'SSH <tier> for partners','description':'90 days, approved',"
	 "'isHidden':false,'catalog':{'id':'<catalog>'}}",
	 PACKAGE,
	 "guestpass.conf: access_groups = <group id>=package:<package>; the reader then needs "
	 "EntitlementManagement.Read.All too.",
	 {{"package", "/id"}},
	 GP_SCAFFOLD_NEW_PACKAGE},
	{"9b",
	 "POST",
	 ENTITLEMENT "/accessPackages/<package>/resourceRoleScopes",
	 "{'role':{'id':'<role>','displayName':'Member','originSystem':'AadGroup',"
	 "'originId':'Member_<group id>','resource':{'id':'<resource>','originId':'<group id>',"
	 "'originSystem':'AadGroup'}},'scope':{'id':'<scope>','displayName':'Root',"
	 "'originId':'<group id>','originSystem':'AadGroup','isRootScope':true}}",
	 PACKAGE,
	 NULL,
	 {{NULL, NULL}},
	 GP_SCAFFOLD_NEW_PACKAGE},
	{"9c",
	 "POST",
	 ENTITLEMENT "/assignmentPolicies",
	 "{'displayName':'partners, 90 days','description':'approval by internal sponsor',"
	 "'allowedTargetScope':'specificConnectedOrganizationUsers','specificAllowedTargets':["
	 "{'@odata.type':'#microsoft.graph.connectedOrganizationMembers',"
	 "'connectedOrganizationId':'<connected org>','description':'Partner'}],"
	 "'expiration':{'type':'afterDuration','duration':'P90D','endDateTime':null}," REQUESTORS
	 "," APPROVAL ",'accessPackage':{'id':'<package>'}}",
	 PACKAGE,
	 "One policy for each connected organisation.",
	 {{"assignment policy", "/id"}},
	 GP_SCAFFOLD_NEW_PACKAGE},
	{"10",
	 "POST",
	 POLICIES,
	 "{'displayName':'<policy>-1 MFA for guests'," REPORT
	 "'users':{'includeGuestsOrExternalUsers':{'guestOrExternalUserTypes':"
	 "'b2bCollaborationGuest,b2bCollaborationMember,internalGuest,otherExternalUser',"
	 "'externalTenants':{'@odata.type':"
	 "'#microsoft.graph.conditionalAccessAllExternalTenants','membershipKind':'all'}},"
	 "'excludeGroups':['<break-glass group>']}," ON_THE_API
	 ",'grantControls':{'operator':'OR','builtInControls':['mfa']}}",
	 POLICY,
	 "Report-only, as all that follow: look at the sign-in log before you enable it. "
	 "Authentication strengths fail for guests whose home is not Entra, so this asks for mfa.",
	 {{NULL, NULL}},
	 GP_SCAFFOLD_EACH_API},
	{"11",
	 "POST",
	 POLICIES,
	 "{'displayName':'<policy>-2 sign in every time'," REPORT ALL_BUT("'<break-glass group>'")
		 ON_THE_API
	 ",'grantControls':null,'sessionControls':{'signInFrequency':{'isEnabled':true,"
	 "'frequencyInterval':'everyTime','authenticationType':'primaryAndSecondaryAuthentication',"
	 "'type':null,'value':null}}}",
	 POLICY,
	 "A device code alone cannot make Entra ask again; max_auth_age checks that it did.",
	 {{NULL, NULL}},
	 GP_SCAFFOLD_EACH_API},
	{"12",
	 "POST",
	 POLICIES,
	 "{'displayName':'<policy>-3 block others'," REPORT ALL_BUT(
		 "'<access groups>','<break-glass group>'") ON_THE_API "," BLOCK,
	 POLICY,
	 "Here members of groups in the group count too; in 4 they do not.",
	 {{NULL, NULL}},
	 GP_SCAFFOLD_EACH_API},
	{"13",
	 "POST",
	 POLICIES,
	 "{'displayName':'gp-all-4 device code only for SSH'," REPORT ALL_BUT(
		 "'<break-glass group>'") "'applications':{'includeApplications':['All'],'"
					  "excludeApplications':[<APIs>]},"
					  "'authenticationFlows':{'transferMethods':'"
					  "deviceCodeFlow'}}," BLOCK,
	 POLICY,
	 "Once for the tenant. If it exists, leave this out and add the APIs to its "
	 "excludeApplications. Microsoft's own policy against device code must be off then: it "
	 "cannot "
	 "exclude an API.",
	 {{NULL, NULL}},
	 0},
	{"14a",
	 "POST",
	 "/applications",
	 "{'displayName':'guestpass administrators','signInAudience':'AzureADMyOrg',"
	 "'isFallbackPublicClient':true,'publicClient':{'redirectUris':[]}}",
	 APPS,
	 "The client of guestpass doctor --as-admin and whatif --as-admin. guestpass.conf: "
	 "admin_client_id = <admins appId>",
	 {{"admins appId", "/appId"}},
	 GP_SCAFFOLD_ADMIN | GP_SCAFFOLD_NEW_ADMINS},
	{"14b",
	 "POST",
	 "/servicePrincipals",
	 "{'appId':'<admins appId>','accountEnabled':true,'appRoleAssignmentRequired':false,"
	 "'tags':['WindowsAzureActiveDirectoryIntegratedApp','HideApp']}",
	 APPS,
	 NULL,
	 {{"admins sp", "/id"}},
	 GP_SCAFFOLD_ADMIN | GP_SCAFFOLD_NEW_ADMINS},
	{"14b",
	 "GET",
	 "/servicePrincipals(appId='<admins appId>')?$select=id",
	 NULL,
	 "Application.Read.All",
	 NULL,
	 {{"admins sp", "/id"}},
	 GP_SCAFFOLD_ADMIN | GP_SCAFFOLD_OLD_ADMINS},
	{"14c",
	 "POST",
	 "/oauth2PermissionGrants",
	 "{'clientId':'<admins sp>','consentType':'Principal','principalId':'<administrator>',"
	 "'resourceId':'<graph sp>','scope':'openid profile Application.Read.All "
	 "Directory.Read.All Policy.Read.All Policy.Read.ConditionalAccess'}",
	 GRANT,
	 "For this person alone, and never for everybody: what is granted to all every guest could "
	 "ask for. His own role must let him read it too.",
	 {{NULL, NULL}},
	 GP_SCAFFOLD_ADMIN},
};
const size_t gp_scaffold_steps_len = sizeof(gp_scaffold_steps) / sizeof(gp_scaffold_steps[0]);
