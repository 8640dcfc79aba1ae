/* SPDX-License-Identifier: Apache-2.0 */
/* Location policies, one case a line: what Microsoft documents of each member, what follows from it
 * for an address that Entra does not see, and what this host must leave alone. In brackets: which
 * part of the documentation, "users", "applications", "locations" and so on for the policy's own
 * members, "semantics" for how they are combined, "guests" for what is special about those. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "contract/buf.h"
#include "policy/conditional_access.h"

#include "contract/ban.h"

#define OID    "cccccccc-0000-4000-8000-000000000003"
#define OTHER  "cccccccc-0000-4000-8000-0000000000ff"
#define API    "eeeeeeee-0000-4000-8000-000000000005"
#define API2   "eeeeeeee-0000-4000-8000-000000000006"
#define HOME   "bbbbbbbb-0000-4000-8000-000000000002"
#define GROUP  "67000000-0001-4e00-8e00-000000000001"
#define GROUP2 "67000000-0002-4e00-8e00-000000000002"
#define OFFICE                                                                                     \
	"70c00000-0001-4000-8000-000000000001" /* trusted: 198.51.100.0/24, 2001:db8:1::/48 */
#define LAB     "70c00000-0002-4000-8000-000000000002" /* not trusted: 192.0.2.0/25 */
#define COUNTRY "70c00000-0003-4000-8000-000000000003"
#define ODD     "70c00000-0004-4000-8000-000000000004" /* one of its ranges is not understood */
#define EMPTY   "70c00000-0005-4000-8000-000000000005" /* no ranges */
#define GONE    "70c00000-00ff-4000-8000-0000000000ff" /* in no list */
#define LEGACY  "00000000-0000-0000-0000-000000000000"

/* The sign-in. Plain: everything is known, the client is somewhere outside (203.0.113.7). */
enum who {
	PLAIN = 0,
	AT_OFFICE,  /* 198.51.100.7 */
	AT_OFFICE6, /* 2001:db8:1::7 */
	MAPPED,     /* ::ffff:198.51.100.7 */
	AT_LAB,     /* 192.0.2.9 */
	AT_LAB_END, /* 192.0.2.128, the first one outside */
	AT_ODD,     /* 203.0.113.200, in ODD's good range */
	LOOPBACK,
	PRIVATE,
	CGNAT,
	ULA,
	LINK_LOCAL,
	NAT64,
	NAMED,   /* a host name */
	NOWHERE, /* no address */
	RELAYED, /* from a jump host */
	NO_GROUPS,
	NO_KIND,
	MEMBER,   /* external member */
	INTERNAL, /* internal guest */
	OURS,     /* internal member */
	NO_HOME,
	SOCIAL,  /* a home outside Entra */
	TRUSTED, /* legacy list stated, and the client is in it */
	STATED,  /* stated, and he is not */
	NOBODY,  /* nothing is known but the address */
};

#define NONE    GP_CA_NONE
#define LEFT    GP_CA_LEFT_TO_ENTRA
#define UNKNOWN GP_CA_ADDRESS_UNKNOWN
#define DEMAND  GP_CA_DEMAND
#define BLOCK   GP_CA_BLOCK

struct ca_case {
	const char *cite;
	enum who who;
	enum gp_ca_outcome outcome;
	/* members of the policy; NULL: about everybody and everything, but from the office, block
	 */
	const char *users, *apps, *places, *more, *grant, *state, *session;
};

#define U(json) .users = json
#define A(json) .apps = json
#define L(json) .places = json
#define M(json) .more = json
#define G(json) .grant = json
#define S(json) .state = json
#define GUESTS(types, rest)                                                                        \
	"{\"includeGuestsOrExternalUsers\":{\"guestOrExternalUserTypes\":\"" types "\"" rest "}}"
#define TENANTS(kind, members)                                                                     \
	",\"externalTenants\":{\"@odata.type\":\"x\",\"membershipKind\":\"" kind                   \
	"\",\"members\":" members "}"
#define FROM(include, exclude) "{\"includeLocations\":" include ",\"excludeLocations\":" exclude "}"

/* clang-format off */
static const struct ca_case cases[] = {
	/* state */
	{"state: enabled", PLAIN, BLOCK, S("\"enabled\"")},
	{"state: disabled", PLAIN, NONE, S("\"disabled\"")},
	{"semantics 3: report-only", PLAIN, NONE, S("\"enabledForReportingButNotEnforced\"")},
	{"state: a word of later", PLAIN, LEFT, S("\"enabledForSome\"")},
	{"state: null", PLAIN, LEFT, S("null")},
	{"state: a number", PLAIN, LEFT, S("7")},
	/* users */
	{"semantics 6: All includes guests", PLAIN, BLOCK, U("{\"includeUsers\":[\"All\"]}")},
	{"users: None", PLAIN, NONE, U("{\"includeUsers\":[\"None\"]}")},
	{"users: nobody", PLAIN, NONE, U("{\"includeUsers\":[]}")},
	{"users: null", PLAIN, NONE, U("null")},
	{"users: the guest's id", PLAIN, BLOCK, U("{\"includeUsers\":[\"" OID "\"]}")},
	{"users: in another case", PLAIN, BLOCK, U("{\"includeUsers\":[\"CCCCCCCC-0000-4000-8000-000000000003\"]}")},
	{"users: another id", PLAIN, NONE, U("{\"includeUsers\":[\"" OTHER "\"]}")},
	{"users: ids where his is not known", NOBODY, LEFT, U("{\"includeUsers\":[\"" OTHER "\"]}")},
	{"users: a keyword of later", PLAIN, LEFT, U("{\"includeUsers\":[\"AllPartners\"]}")},
	{"users: OR within the list", PLAIN, BLOCK, U("{\"includeUsers\":[\"AllPartners\",\"" OID "\"]}")},
	{"users: GuestsOrExternalUsers, a guest", PLAIN, BLOCK, U("{\"includeUsers\":[\"GuestsOrExternalUsers\"]}")},
	{"users: GuestsOrExternalUsers, an external member", MEMBER, BLOCK, U("{\"includeUsers\":[\"GuestsOrExternalUsers\"]}")},
	{"users: GuestsOrExternalUsers, an internal guest", INTERNAL, BLOCK, U("{\"includeUsers\":[\"GuestsOrExternalUsers\"]}")},
	{"users: GuestsOrExternalUsers, a member", OURS, NONE, U("{\"includeUsers\":[\"GuestsOrExternalUsers\"]}")},
	{"users: GuestsOrExternalUsers, not known", NO_KIND, LEFT, U("{\"includeUsers\":[\"GuestsOrExternalUsers\"]}")},
	{"semantics 1: exclude beats include", PLAIN, NONE, U("{\"includeUsers\":[\"All\"],\"excludeUsers\":[\"" OID "\"]}")},
	{"semantics 1: another one excluded", PLAIN, BLOCK, U("{\"includeUsers\":[\"All\"],\"excludeUsers\":[\"" OTHER "\"]}")},
	{"users: excluded keyword of later", PLAIN, LEFT, U("{\"includeUsers\":[\"All\"],\"excludeUsers\":[\"AllPartners\"]}")},
	{"users: not a list", PLAIN, LEFT, U("{\"includeUsers\":\"All\"}")},
	{"users: a number in the list", PLAIN, LEFT, U("{\"includeUsers\":[7]}")},
	{"users: an unknown member", PLAIN, LEFT, U("{\"includeUsers\":[\"All\"],\"includeAgents\":[\"x\"]}")},
	{"users: an unknown member that is empty", PLAIN, BLOCK, U("{\"includeUsers\":[\"All\"],\"includeAgents\":[]}")},
	{"users: an unknown member beside an exclusion", PLAIN, NONE, U("{\"includeUsers\":[\"All\"],\"excludeUsers\":[\"" OID "\"],\"x\":1}")},
	/* groups, roles */
	{"groups: his", PLAIN, BLOCK, U("{\"includeGroups\":[\"" GROUP "\"]}")},
	{"groups: another", PLAIN, NONE, U("{\"includeGroups\":[\"" GROUP2 "\"]}")},
	{"groups: not read", NO_GROUPS, LEFT, U("{\"includeGroups\":[\"" GROUP2 "\"]}")},
	{"groups: not an id", PLAIN, LEFT, U("{\"includeGroups\":[\"partners\"]}")},
	{"groups: his excluded", PLAIN, NONE, U("{\"includeUsers\":[\"All\"],\"excludeGroups\":[\"" GROUP "\"]}")},
	{"groups: excluded, not read", NO_GROUPS, LEFT, U("{\"includeUsers\":[\"All\"],\"excludeGroups\":[\"" GROUP "\"]}")},
	{"groups: an empty list needs no groups", NO_GROUPS, BLOCK, U("{\"includeUsers\":[\"All\"],\"excludeGroups\":[]}")},
	{"semantics 1: users OR groups", PLAIN, BLOCK, U("{\"includeUsers\":[\"" OTHER "\"],\"includeGroups\":[\"" GROUP "\"]}")},
	{"semantics 6: roles are not known", PLAIN, LEFT, U("{\"includeRoles\":[\"" OTHER "\"]}")},
	{"semantics 6: excluded roles", PLAIN, LEFT, U("{\"includeUsers\":[\"All\"],\"excludeRoles\":[\"" OTHER "\"]}")},
	{"semantics 1: users OR roles", PLAIN, BLOCK, U("{\"includeUsers\":[\"All\"],\"includeRoles\":[\"" OTHER "\"]}")},
	/* kinds of guests */
	{"guests: his kind", PLAIN, BLOCK, U(GUESTS("b2bCollaborationGuest", ""))},
	{"guests: one of several flags", PLAIN, BLOCK, U(GUESTS("internalGuest, b2bCollaborationGuest", ""))},
	{"guests: other kinds", PLAIN, NONE, U(GUESTS("internalGuest,serviceProvider,otherExternalUser", ""))},
	{"guests: none", PLAIN, NONE, U(GUESTS("none", ""))},
	{"guests: a member of another tenant", MEMBER, BLOCK, U(GUESTS("b2bCollaborationMember", ""))},
	{"guests: not known", NO_KIND, LEFT, U(GUESTS("b2bCollaborationGuest", ""))},
	{"guests: a flag of later", PLAIN, LEFT, U(GUESTS("localGuest", ""))},
	{"guests: a flag of later beside his", PLAIN, BLOCK, U(GUESTS("localGuest,b2bCollaborationGuest", ""))},
	{"guests: all tenants", PLAIN, BLOCK, U(GUESTS("b2bCollaborationGuest", TENANTS("all", "null")))},
	{"guests: his tenant", PLAIN, BLOCK, U(GUESTS("b2bCollaborationGuest", TENANTS("enumerated", "[\"" HOME "\"]")))},
	{"guests: another tenant", PLAIN, NONE, U(GUESTS("b2bCollaborationGuest", TENANTS("enumerated", "[\"" OTHER "\"]")))},
	{"guests: tenants, home not known", NO_HOME, LEFT, U(GUESTS("b2bCollaborationGuest", TENANTS("enumerated", "[\"" OTHER "\"]")))},
	{"guests: tenants, a home that is none", SOCIAL, LEFT, U(GUESTS("b2bCollaborationGuest", TENANTS("enumerated", "[\"" HOME "\"]")))},
	{"guests: no tenants listed", PLAIN, NONE, U(GUESTS("b2bCollaborationGuest", TENANTS("enumerated", "[]")))},
	{"guests: a tenant of later", PLAIN, LEFT, U(GUESTS("b2bCollaborationGuest", TENANTS("enumerated", "[\"partners\"]")))},
	{"guests: a tenant of later excluded", PLAIN, LEFT, U("{\"includeUsers\":[\"All\"],\"excludeGuestsOrExternalUsers\":{\"guestOrExternalUserTypes\":\"b2bCollaborationGuest\"" TENANTS("enumerated", "[\"partners\"]") "}}")},
	{"guests: a kind of membership of later", PLAIN, LEFT, U(GUESTS("b2bCollaborationGuest", TENANTS("region", "[]")))},
	{"guests: another kind, whatever the tenants", PLAIN, NONE, U(GUESTS("internalGuest", TENANTS("region", "[]")))},
	{"guests: an unknown member", PLAIN, LEFT, U(GUESTS("b2bCollaborationGuest", ",\"since\":\"2020\""))},
	{"guests: excluded", PLAIN, NONE, U("{\"includeUsers\":[\"All\"],\"excludeGuestsOrExternalUsers\":{\"guestOrExternalUserTypes\":\"b2bCollaborationGuest\"}}")},
	{"guests: excluded, another kind", PLAIN, BLOCK, U("{\"includeUsers\":[\"All\"],\"excludeGuestsOrExternalUsers\":{\"guestOrExternalUserTypes\":\"internalGuest\"}}")},
	{"guests: excluded, not known", NO_KIND, LEFT, U("{\"includeUsers\":[\"All\"],\"excludeGuestsOrExternalUsers\":{\"guestOrExternalUserTypes\":\"internalGuest\"}}")},
	/* applications */
	{"applications: All", PLAIN, BLOCK, A("{\"includeApplications\":[\"All\"]}")},
	{"applications: ours, by appId", PLAIN, BLOCK, A("{\"includeApplications\":[\"" API "\"]}")},
	{"applications: another", PLAIN, NONE, A("{\"includeApplications\":[\"" API2 "\"]}")},
	{"applications: None", PLAIN, NONE, A("{\"includeApplications\":[\"None\"]}")},
	{"applications: Office365 has no API of ours", PLAIN, NONE, A("{\"includeApplications\":[\"Office365\"]}")},
	{"applications: MicrosoftAdminPortals", PLAIN, NONE, A("{\"includeApplications\":[\"MicrosoftAdminPortals\"]}")},
	{"applications: a keyword of later", PLAIN, LEFT, A("{\"includeApplications\":[\"AllAgents\"]}")},
	{"applications: excluded", PLAIN, NONE, A("{\"includeApplications\":[\"All\"],\"excludeApplications\":[\"" API "\"]}")},
	{"applications: another excluded", PLAIN, BLOCK, A("{\"includeApplications\":[\"All\"],\"excludeApplications\":[\"" API2 "\",\"Office365\"]}")},
	{"applications: user actions are another target", PLAIN, NONE, A("{\"includeUserActions\":[\"urn:user:registersecurityinfo\"]}")},
	{"applications: contexts are another target", PLAIN, NONE, A("{\"includeAuthenticationContextClassReferences\":[\"c1\"]}")},
	{"applications: a filter", PLAIN, LEFT, A("{\"includeApplications\":[],\"applicationFilter\":{\"mode\":\"include\",\"rule\":\"x\"}}")},
	{"applications: a filter that says nothing", PLAIN, BLOCK, A("{\"includeApplications\":[\"All\"],\"applicationFilter\":null}")},
	{"applications: missing", PLAIN, LEFT, A("null")},
	/* client types, platforms, flows, devices, risks */
	{"clientAppTypes: all", PLAIN, BLOCK, M("\"clientAppTypes\":[\"all\"]")},
	{"clientAppTypes: empty is all", PLAIN, BLOCK, M("\"clientAppTypes\":[]")},
	{"clientAppTypes: browser", PLAIN, LEFT, M("\"clientAppTypes\":[\"browser\"]")},
	{"clientAppTypes: native clients", PLAIN, LEFT, M("\"clientAppTypes\":[\"mobileAppsAndDesktopClients\"]")},
	{"platforms: null", PLAIN, BLOCK, M("\"platforms\":null")},
	{"platforms: all", PLAIN, BLOCK, M("\"platforms\":{\"includePlatforms\":[\"all\"],\"excludePlatforms\":[]}")},
	{"platforms: one", PLAIN, LEFT, M("\"platforms\":{\"includePlatforms\":[\"linux\"]}")},
	{"platforms: one excluded", PLAIN, LEFT, M("\"platforms\":{\"includePlatforms\":[\"all\"],\"excludePlatforms\":[\"windows\"]}")},
	{"authenticationFlows: device code is ours", PLAIN, BLOCK, M("\"authenticationFlows\":{\"transferMethods\":\"deviceCodeFlow\"}")},
	{"authenticationFlows: transfer is not", PLAIN, NONE, M("\"authenticationFlows\":{\"transferMethods\":\"authenticationTransfer\"}")},
	{"authenticationFlows: both", PLAIN, BLOCK, M("\"authenticationFlows\":{\"transferMethods\":\"deviceCodeFlow,authenticationTransfer\"}")},
	{"authenticationFlows: none is not configured", PLAIN, BLOCK, M("\"authenticationFlows\":{\"transferMethods\":\"none\"}")},
	{"authenticationFlows: a method of later", PLAIN, LEFT, M("\"authenticationFlows\":{\"transferMethods\":\"passkeyFlow\"}")},
	{"devices: a filter", PLAIN, LEFT, M("\"devices\":{\"deviceFilter\":{\"mode\":\"exclude\",\"rule\":\"device.isCompliant -eq True\"}}")},
	{"devices: null filter", PLAIN, BLOCK, M("\"devices\":{\"deviceFilter\":null}")},
	{"risk: of the sign-in", PLAIN, LEFT, M("\"signInRiskLevels\":[\"high\"]")},
	{"risk: of the user", PLAIN, LEFT, M("\"userRiskLevels\":[\"low\"]")},
	{"risk: of insiders", PLAIN, LEFT, M("\"insiderRiskLevels\":\"minor\"")},
	{"risk: of service principals", PLAIN, LEFT, M("\"servicePrincipalRiskLevels\":[\"low\"]")},
	{"risk: empty lists", PLAIN, BLOCK, M("\"signInRiskLevels\":[],\"userRiskLevels\":[],\"insiderRiskLevels\":null")},
	{"clientApplications: workloads", PLAIN, LEFT, M("\"clientApplications\":{\"includeServicePrincipals\":[\"x\"]}")},
	{"unknown condition, null", PLAIN, BLOCK, M("\"times\":null,\"deviceStates\":{},\"clients\":[]")},
	{"unknown condition that says something", PLAIN, LEFT, M("\"times\":{\"hours\":\"9-17\"}")},
	{"semantics 1: a known no beats an unknown", PLAIN, NONE, U("{\"includeUsers\":[\"None\"]}"), M("\"signInRiskLevels\":[\"high\"]")},
	/* locations */
	{"locations: outside of the excluded one", PLAIN, BLOCK, L(FROM("[\"All\"]", "[\"" OFFICE "\"]"))},
	{"locations: in the excluded one", AT_OFFICE, NONE, L(FROM("[\"All\"]", "[\"" OFFICE "\"]"))},
	{"locations: IPv6", AT_OFFICE6, NONE, L(FROM("[\"All\"]", "[\"" OFFICE "\"]"))},
	{"locations: IPv4 written as IPv6", MAPPED, NONE, L(FROM("[\"All\"]", "[\"" OFFICE "\"]"))},
	{"locations: in the included one", AT_LAB, BLOCK, L(FROM("[\"" LAB "\"]", "[]"))},
	{"locations: the first address outside", AT_LAB_END, NONE, L(FROM("[\"" LAB "\"]", "[]"))},
	{"locations: OR within the list", AT_LAB, BLOCK, L(FROM("[\"" OFFICE "\",\"" LAB "\"]", "[]"))},
	{"semantics 1: excluded and included", AT_LAB, NONE, L(FROM("[\"" LAB "\"]", "[\"" LAB "\"]"))},
	{"locations: everywhere is no condition", PLAIN, NONE, L(FROM("[\"All\"]", "[]"))},
	{"locations: null is no condition", PLAIN, NONE, L("null")},
	{"locations: empty is no condition", PLAIN, NONE, L(FROM("[]", "[]"))},
	{"locations: without ranges nobody is inside", PLAIN, NONE, L(FROM("[\"" EMPTY "\"]", "[]"))},
	{"locations: a range that is not understood", PLAIN, LEFT, L(FROM("[\"" ODD "\"]", "[]"))},
	{"locations: in its good range", AT_ODD, BLOCK, L(FROM("[\"" ODD "\"]", "[]"))},
	{"locations: a country is Entra's alone", PLAIN, LEFT, L(FROM("[\"" COUNTRY "\"]", "[]"))},
	{"locations: an excluded country", PLAIN, LEFT, L(FROM("[\"All\"]", "[\"" COUNTRY "\"]"))},
	{"locations: excluded beside a country", AT_OFFICE, NONE, L(FROM("[\"All\"]", "[\"" COUNTRY "\",\"" OFFICE "\"]"))},
	{"locations: one that is in no list", PLAIN, LEFT, L(FROM("[\"" GONE "\"]", "[]"))},
	{"locations: a word", PLAIN, LEFT, L(FROM("[\"AllCompliantNetworks\"]", "[]"))},
	{"locations: the legacy list", PLAIN, LEFT, L(FROM("[\"" LEGACY "\"]", "[]"))},
	{"locations: the legacy list, stated, inside", TRUSTED, BLOCK, L(FROM("[\"" LEGACY "\"]", "[]"))},
	{"locations: the legacy list, stated, outside", STATED, NONE, L(FROM("[\"" LEGACY "\"]", "[]"))},
	{"locations: AllTrusted, seen", AT_OFFICE, BLOCK, L(FROM("[\"AllTrusted\"]", "[]"))},
	{"locations: AllTrusted, not seen", PLAIN, LEFT, L(FROM("[\"AllTrusted\"]", "[]"))},
	{"locations: AllTrusted, in one that is not trusted", AT_LAB, LEFT, L(FROM("[\"AllTrusted\"]", "[]"))},
	{"locations: AllTrusted, stated, outside", STATED, NONE, L(FROM("[\"AllTrusted\"]", "[]"))},
	{"locations: AllTrusted excluded, seen", AT_OFFICE, NONE, L(FROM("[\"All\"]", "[\"AllTrusted\"]"))},
	{"locations: AllTrusted excluded, not seen", PLAIN, LEFT, L(FROM("[\"All\"]", "[\"AllTrusted\"]"))},
	{"locations: AllTrusted excluded, in the legacy list", TRUSTED, NONE, L(FROM("[\"All\"]", "[\"AllTrusted\"]"))},
	{"locations: an unknown member", PLAIN, LEFT, L("{\"includeLocations\":[\"All\"],\"networks\":[\"x\"]}")},
	{"locations: not an object", PLAIN, LEFT, L("[\"All\"]")},
	/* addresses that nobody has on the Internet */
	{"semantics 7: loopback", LOOPBACK, UNKNOWN, .users = NULL},
	{"semantics 7: private", PRIVATE, UNKNOWN, .users = NULL},
	{"semantics 7: carrier-grade NAT", CGNAT, UNKNOWN, .users = NULL},
	{"semantics 7: unique local", ULA, UNKNOWN, .users = NULL},
	{"semantics 7: link-local", LINK_LOCAL, UNKNOWN, .users = NULL},
	{"semantics 7: translated IPv4", NAT64, UNKNOWN, .users = NULL},
	{"semantics 7: a name is no address", NAMED, UNKNOWN, .users = NULL},
	{"semantics 7: none", NOWHERE, UNKNOWN, .users = NULL},
	{"semantics 7: a relay", RELAYED, UNKNOWN, .users = NULL},
	{"semantics 7: never inside a trusted one", RELAYED, UNKNOWN, L(FROM("[\"All\"]", "[\"AllTrusted\"]"))},
	{"semantics 7: nothing depends on it", LOOPBACK, NONE, U("{\"includeUsers\":[\"None\"]}")},
	{"semantics 7: unknown for another reason too", LOOPBACK, LEFT, M("\"signInRiskLevels\":[\"high\"]")},
	{"semantics 7: disabled", LOOPBACK, NONE, S("\"disabled\"")},
	/* controls */
	{"grant: block", PLAIN, BLOCK, G("{\"operator\":\"OR\",\"builtInControls\":[\"block\"]}")},
	{"grant: block beside others", PLAIN, BLOCK, G("{\"operator\":\"OR\",\"builtInControls\":[\"mfa\",\"block\"]}")},
	{"grant: mfa", PLAIN, DEMAND, G("{\"operator\":\"AND\",\"builtInControls\":[\"mfa\"]}")},
	{"grant: a device", PLAIN, DEMAND, G("{\"operator\":\"AND\",\"builtInControls\":[\"compliantDevice\"]}")},
	{"grant: a control of later", PLAIN, DEMAND, G("{\"operator\":\"AND\",\"builtInControls\":[\"retinaScan\"]}")},
	{"grant: terms of use", PLAIN, DEMAND, G("{\"operator\":\"AND\",\"builtInControls\":[],\"termsOfUse\":[\"x\"]}")},
	{"grant: a strength", PLAIN, DEMAND, G("{\"operator\":\"AND\",\"builtInControls\":[],\"authenticationStrength\":{\"id\":\"x\"}}")},
	{"grant: null, and no session control", PLAIN, NONE, G("null")},
	{"grant: nothing in it", PLAIN, NONE, G("{\"operator\":\"OR\",\"builtInControls\":[],\"termsOfUse\":[]}")},
	{"grant: no object", PLAIN, LEFT, G("[\"block\"]")},
	{"grant: controls that are no list", PLAIN, LEFT, G("{\"operator\":\"OR\",\"builtInControls\":\"block\"}")},
	{"session: every time", PLAIN, DEMAND, G("null"), .session = "{\"signInFrequency\":{\"isEnabled\":true,\"value\":null,\"frequencyInterval\":\"everyTime\"}}"},
	{"session: switched off", PLAIN, NONE, G("null"), .session = "{\"signInFrequency\":{\"isEnabled\":false}}"},
	{"session: switched neither on nor off", PLAIN, LEFT, G("null"), .session = "{\"signInFrequency\":{\"isEnabled\":\"yes\"}}"},
	{"session: a frequency that is none", PLAIN, LEFT, G("null"), .session = "{\"signInFrequency\":7}"},
	{"session: no object", PLAIN, LEFT, G("null"), .session = "[]"},
	{"session: another control", PLAIN, NONE, G("null"), .session = "{\"persistentBrowser\":{\"isEnabled\":true,\"mode\":\"never\"}}"},
};
/* clang-format on */

static const char locations[] =
	"{\"value\":[{\"@odata.type\":\"#microsoft.graph.ipNamedLocation\",\"id\":\"" OFFICE
	"\",\"isTrusted\":true,\"ipRanges\":[{\"cidrAddress\":\"198.51.100.0/24\"},"
	"{\"cidrAddress\":\"2001:db8:1::/48\"}]},"
	"{\"@odata.type\":\"#microsoft.graph.ipNamedLocation\",\"id\":\"" LAB
	"\",\"isTrusted\":false,\"ipRanges\":[{\"cidrAddress\":\"192.0.2.0/25\"}]},"
	"{\"@odata.type\":\"#microsoft.graph.countryNamedLocation\",\"id\":\"" COUNTRY
	"\",\"countriesAndRegions\":[\"DE\"],\"includeUnknownCountriesAndRegions\":false},"
	"{\"@odata.type\":\"#microsoft.graph.ipNamedLocation\",\"id\":\"" ODD
	"\",\"isTrusted\":false,\"ipRanges\":[{\"cidrAddress\":\"203.0.113.192/26\"},"
	"{\"cidrAddress\":\"partner.example\"}]},"
	"{\"@odata.type\":\"#microsoft.graph.ipNamedLocation\",\"id\":\"" EMPTY
	"\",\"isTrusted\":true,\"ipRanges\":[]}]}";

static void add_policy(struct gp_buf *b, const struct ca_case *c, const char *name)
{
	gp_buf_printf(b, "{\"id\":\"%s\",\"displayName\":\"%s\",\"state\":%s,\"conditions\":{",
		      OTHER, name, c->state != NULL ? c->state : "\"enabled\"");
	gp_buf_printf(b, "\"users\":%s,",
		      c->users != NULL ? c->users : "{\"includeUsers\":[\"All\"]}");
	gp_buf_printf(b, "\"applications\":%s,",
		      c->apps != NULL ? c->apps : "{\"includeApplications\":[\"All\"]}");
	gp_buf_printf(b, "\"locations\":%s%s%s},",
		      c->places != NULL ? c->places : FROM("[\"All\"]", "[\"" OFFICE "\"]"),
		      c->more != NULL ? "," : "", c->more != NULL ? c->more : "");
	gp_buf_printf(b, "\"grantControls\":%s,\"sessionControls\":%s}",
		      c->grant != NULL ? c->grant
				       : "{\"operator\":\"OR\",\"builtInControls\":[\"block\"]}",
		      c->session != NULL ? c->session : "null");
}

static const char *address_of(enum who who)
{
	static const char *const all[] = {
		[AT_OFFICE] = "198.51.100.7",     [AT_OFFICE6] = "2001:db8:1::7",
		[MAPPED] = "::ffff:198.51.100.7", [AT_LAB] = "192.0.2.9",
		[AT_LAB_END] = "192.0.2.128",     [AT_ODD] = "203.0.113.200",
		[LOOPBACK] = "127.0.0.1",         [PRIVATE] = "10.1.2.3",
		[CGNAT] = "100.64.0.1",           [ULA] = "fd00::1",
		[LINK_LOCAL] = "fe80::1%eth0",    [NAT64] = "64:ff9b::c633:6407",
		[NAMED] = "client.example",       [NOWHERE] = "",
		[RELAYED] = "198.51.100.9",       [NOBODY] = "203.0.113.7"};
	return all[who] != NULL ? all[who] : "203.0.113.7";
}

static struct gp_ca_signin signin_of(enum who who)
{
	static const char groups[][GP_GUID_TEXT] = {"99999999-0001-4e00-8e00-000000000001", GROUP};
	static struct gp_network relay, legacy;
	assert_int_equal(gp_network_parse(GP_STR("198.51.100.9"), &relay), GP_ST_OK);
	assert_int_equal(gp_network_parse(who == TRUSTED ? GP_STR("203.0.113.0/24")
							 : GP_STR("198.18.0.0/15"),
					  &legacy),
			 GP_ST_OK);
	struct gp_ca_signin s = {.oid = OID,
				 .groups = groups,
				 .groups_len = 2,
				 .groups_known = who != NO_GROUPS,
				 .guest = who == NO_KIND    ? GP_CA_GUEST_UNKNOWN
					  : who == MEMBER   ? GP_CA_B2B_MEMBER
					  : who == INTERNAL ? GP_CA_INTERNAL_GUEST
					  : who == OURS     ? GP_CA_INTERNAL_MEMBER
							    : GP_CA_B2B_GUEST,
				 .home_is_entra = who == NO_HOME  ? GP_UNKNOWN
						  : who == SOCIAL ? GP_FALSE
								  : GP_TRUE,
				 .home_tenant = who == NO_HOME || who == SOCIAL ? NULL : HOME,
				 .api = API,
				 .address = address_of(who),
				 .relays = &relay,
				 .relays_len = 1,
				 .legacy_trusted = &legacy,
				 .legacy_trusted_len = 1,
				 .legacy_trusted_known = who == TRUSTED || who == STATED};
	if (who == NOBODY)
		s = (struct gp_ca_signin){.api = API, .address = address_of(who)};
	return s;
}

static enum gp_ca_outcome outcome_in(const char *places, const struct ca_case *const *rows,
				     size_t n, enum who who)
{
	gp_buf_auto struct gp_buf b = GP_BUF(1U << 20);
	const struct gp_ca_signin signin = signin_of(who);
	struct gp_ca_set *set = NULL;
	struct gp_ca_result result;
	struct gp_error err = {0};
	gp_buf_text(&b, "{\"policies\":[{\"value\":[");
	for (size_t i = 0; i < n; i++) {
		gp_buf_text(&b, i > 0 ? "," : "");
		add_policy(&b, rows[i], "x");
	}
	gp_buf_printf(&b, "]}],\"locations\":[%s],\"default\":{},\"partners\":[{\"value\":[]}]}",
		      places);
	if (gp_ca_set_parse((struct gp_str){gp_buf_get(&b), b.len}, &set, &err) != GP_ST_OK)
		fail_msg("%s: %s in %s", rows[0]->cite, err.text, gp_buf_get(&b));
	gp_ca_evaluate(set, &signin, NULL, NULL, &result);
	gp_ca_set_free(set);
	return result.outcome;
}

static enum gp_ca_outcome outcome_of(const struct ca_case *const *rows, size_t n, enum who who)
{
	return outcome_in(locations, rows, n, who);
}

#define CASES (sizeof(cases) / sizeof(cases[0]))

static void test_ca_cases(void **state)
{
	(void)state;
	size_t wrong = 0;
	_Static_assert(CASES >= 120, "the documentation has more than that to say");
	for (size_t i = 0; i < CASES; i++) {
		const struct ca_case *row = &cases[i];
		enum gp_ca_outcome outcome = outcome_of(&row, 1, row->who);
		if (outcome != row->outcome) {
			print_message("%s: %s, not %s\n", row->cite, gp_ca_outcome_name(outcome),
				      gp_ca_outcome_name(row->outcome));
			wrong++;
		}
	}
	assert_int_equal(wrong, 0);
}

/* Only of countries is it known that they cannot be trusted. One that has no id can be named by no
 * policy, but it can be a trusted one; nor is it the list that Graph does not show. */
static void test_ca_odd_locations(void **state)
{
#define BY_ADDRESS "\"@odata.type\":\"#microsoft.graph.ipNamedLocation\",\"isTrusted\":"
#define HERE       ",\"ipRanges\":[{\"cidrAddress\":\"203.0.113.0/24\"}]"
#define THERE      ",\"ipRanges\":[{\"cidrAddress\":\"192.0.2.0/24\"}]"
	static const struct {
		const char *location;
		enum gp_ca_outcome want;
	} rows[] = {
		{"\"id\":\"" COUNTRY "\",\"@odata.type\":\"#microsoft.graph.countryNamedLocation\"",
		 BLOCK},
		{"\"id\":\"" COUNTRY
		 "\",\"@odata.type\":\"#microsoft.graph.compliantNetworkNamedLocation\"",
		 LEFT},
		{"\"id\":\"" COUNTRY "\",\"@odata.type\":\"\"", LEFT},
		{BY_ADDRESS "true" HERE, NONE},
		{BY_ADDRESS "true" THERE, BLOCK},
		{BY_ADDRESS "false" HERE, BLOCK},
		{"\"id\":\"x\"," BY_ADDRESS "null" HERE, LEFT},
	};
	static const struct ca_case trusted = {.cite = "trusted",
					       L(FROM("[\"All\"]", "[\"AllTrusted\"]"))};
	static const struct ca_case legacy = {.cite = "legacy",
					      L(FROM("[\"All\"]", "[\"" LEGACY "\"]"))};
	const struct ca_case *const one = &trusted;
	const struct ca_case *const other = &legacy;
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[256];
		assert_int_equal(
			gp_format(text, sizeof(text), "{\"value\":[{%s}]}", rows[i].location),
			GP_ST_OK);
		assert_int_equal(outcome_in(text, &one, 1, STATED), rows[i].want);
		assert_int_equal(outcome_in(text, &other, 1, STATED), BLOCK);
	}
}

/* All policies that apply must be satisfied, and block wins over everything; what is certain wins
 * over what is not. */
static void test_ca_all_together(void **state)
{
	(void)state;
	static const struct ca_case block = {.cite = "block"};
	static const struct ca_case demand = {
		.cite = "demand", G("{\"operator\":\"AND\",\"builtInControls\":[\"mfa\"]}")};
	static const struct ca_case unknown = {.cite = "unknown",
					       M("\"signInRiskLevels\":[\"high\"]")};
	static const struct ca_case off = {.cite = "off", S("\"disabled\"")};
	const struct ca_case *const all[] = {&unknown, &off, &demand, &block};
	assert_int_equal(outcome_of(all, 1, PLAIN), LEFT);
	assert_int_equal(outcome_of(all, 2, PLAIN), LEFT);
	assert_int_equal(outcome_of(all, 3, PLAIN), DEMAND);
	assert_int_equal(outcome_of(all, 4, PLAIN), BLOCK);
	assert_int_equal(outcome_of(all, 4, LOOPBACK), UNKNOWN);
	assert_int_equal(outcome_of(all, 4, AT_OFFICE), NONE);
	assert_int_equal(outcome_of(all, 0, PLAIN), NONE);
}

/* Cut anywhere it is nothing; with any bit turned it is something or nothing, and ends. */
static void test_ca_set_spoilt(void **state)
{
	(void)state;
	static const struct ca_case row = {
		.cite = "spoilt", U(GUESTS("b2bCollaborationGuest", TENANTS("all", "null")))};
	gp_buf_auto struct gp_buf b = GP_BUF(1U << 16);
	gp_buf_text(&b, "{\"policies\":[{\"value\":[");
	add_policy(&b, &row, "0");
	gp_buf_printf(&b, "]}],\"locations\":[%s],\"default\":{},\"partners\":[{\"value\":[]}]}",
		      locations);
	char text[8192];
	const size_t len = b.len;
	const struct gp_ca_signin signin = signin_of(PLAIN);
	struct gp_ca_set *set = NULL;
	struct gp_ca_result result;
	assert_true(len < sizeof(text));
	memcpy(text, gp_buf_get(&b), len);
	for (size_t cut = 0; cut < len; cut++)
		assert_int_not_equal(gp_ca_set_parse((struct gp_str){text, cut}, &set, NULL),
				     GP_ST_OK);
	for (size_t bit = 0; bit < len * 8; bit++) {
		text[bit / 8] = (char)((unsigned char)text[bit / 8] ^ (1U << (bit % 8)));
		if (gp_ca_set_parse((struct gp_str){text, len}, &set, NULL) == GP_ST_OK) {
			gp_ca_evaluate(set, &signin, NULL, NULL, &result);
			assert_true((result.applying > 0) == (result.outcome == GP_CA_BLOCK ||
							      result.outcome == GP_CA_DEMAND));
			gp_ca_set_free(set);
		}
		text[bit / 8] = (char)((unsigned char)text[bit / 8] ^ (1U << (bit % 8)));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ca_cases),
		cmocka_unit_test(test_ca_odd_locations),
		cmocka_unit_test(test_ca_all_together),
		cmocka_unit_test(test_ca_set_spoilt),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
