/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every AADSTS number that is documented for a sign-in, in one table: what class it is of, whose
 * move it is, what the guest reads and what an administrator reads in the log. A number stands
 * once.
 */
#include "entra/login_error_table.h"

#include <stddef.h>

#include "contract/ban.h"

#define NUMBERS 17 /* of a row, with the 0 behind them */
#define FAULT   "Guest sign-in is not set up correctly on this host. Its administrators have to act."

static const struct row {
	enum gp_login_class class;
	enum gp_login_move move;
	const char *guest; /* NULL: what is said when the service is not there */
	const char *admin;
	uint32_t numbers[NUMBERS];
} rows[] = {
	{GP_CLASS_GUEST_NOT_HERE,
	 GP_MOVE_GUEST,
	 "The account that signed in is not a guest of the host's organisation. Sign in with the "
	 "invited account, or ask your sponsor for an invitation.",
	 "an account without an object in this tenant: it was never invited, or the person picked "
	 "another account",
	 {16000, 16003, 50020, 50034, 51004, 90072, 500211, 700056, 50177, 50178}},
	{GP_CLASS_GUEST_NOT_HERE,
	 GP_MOVE_SPONSOR,
	 "Your guest account was removed from the host's organisation. Ask your sponsor there.",
	 "the object was deleted; it can be restored for 30 days",
	 {500341}},
	{GP_CLASS_GUEST_NOT_HERE,
	 GP_MOVE_GUEST,
	 "Personal Microsoft accounts cannot sign in here, or yours was not invited. Use the "
	 "invited account.",
	 "a Microsoft account that is not invited, or not by a path that takes one",
	 {500200, 500202, 500204, 500207, 500208}},
	{GP_CLASS_GUEST_PENDING,
	 GP_MOVE_GUEST,
	 "Your invitation has not been accepted yet. Accept it first: the link is in the "
	 "invitation mail.",
	 "the invitation is open (externalUserState PendingAcceptance)",
	 {50014}},
	{GP_CLASS_GUEST_PENDING,
	 GP_MOVE_GUEST,
	 "The privacy statement of the host's organisation has not been accepted yet. Accept it in "
	 "the browser, then connect again.",
	 "the guest has not accepted the privacy statement at the first sign-in",
	 {50204}},
	{GP_CLASS_GUEST_DISABLED,
	 GP_MOVE_SPONSOR,
	 "Your account is disabled. Ask your sponsor, or your own organisation's help desk.",
	 "the account is disabled (accountEnabled false)",
	 {50057}},
	{GP_CLASS_GUEST_DISABLED,
	 GP_MOVE_SPONSOR,
	 "Your guest account is disabled at the host's organisation. Ask your sponsor there.",
	 "the guest object in this tenant is disabled (accountEnabled false)",
	 {500571}},
	{GP_CLASS_HOME_SIDE,
	 GP_MOVE_HOME,
	 "Your own organisation has locked your account for a while, or does not trust where you "
	 "sign in from. Try later, or ask its help desk.",
	 "locked by the home's smart lockout, or a sign-in from an address with a bad name: see "
	 "the failure reason in the sign-in log",
	 {50053}},
	{GP_CLASS_HOME_SIDE,
	 GP_MOVE_HOME,
	 "Your password has expired or has to be changed. Change it at your own organisation, then "
	 "connect again.",
	 "the home wants a new password",
	 {50055, 50144, 50125, 50135}},
	{GP_CLASS_HOME_SIDE,
	 GP_MOVE_HOME,
	 "The password was wrong or missing. Try again with the account of your own organisation.",
	 "the home refused the password",
	 {50056, 50126}},
	{GP_CLASS_HOME_SIDE,
	 GP_MOVE_HOME,
	 "The sign-in service of your own organisation has a fault. Its help desk can say more.",
	 "the federated provider of the home failed",
	 {50107, 50008, 20001, 20012}},
	{GP_CLASS_HOME_SIDE,
	 GP_MOVE_HOME,
	 "Your own organisation does not let its people sign in at the host's organisation. Ask "
	 "its help desk to allow this collaboration.",
	 "the home's outbound cross-tenant access blocks this tenant: only the home can change "
	 "that",
	 {500212}},
	{GP_CLASS_HOME_SIDE,
	 GP_MOVE_HOME,
	 "Your own organisation sees a risk with your account. Its help desk has to clear that "
	 "first.",
	 "user risk at the home: it cannot be remediated in this tenant",
	 {53011}},
	{GP_CLASS_HOME_SIDE,
	 GP_MOVE_HOME,
	 "The network that you are in does not let you sign in at other organisations. Ask its "
	 "help desk, or use another network.",
	 "tenant restrictions in front of the person's browser",
	 {500021, 500022}},
	{GP_CLASS_HOME_SIDE,
	 GP_MOVE_HOME,
	 "Your identity provider did not let the sign-in go on. The help desk of your own "
	 "organisation can say why.",
	 "the identity or claims provider denied the token",
	 {90123}},
	{GP_CLASS_HOME_SIDE,
	 GP_MOVE_HOME,
	 "The way in which you tried to prove who you are is not permitted or not valid any more. "
	 "Use another one, or ask the help desk of your own organisation.",
	 "the home's credential policy, or a Temporary Access Pass that is over or used",
	 {130500, 130501, 130502, 130503, 130504, 130505, 130506, 130507}},
	{GP_CLASS_HOME_SIDE,
	 GP_MOVE_HOME,
	 "Your device is not known to your own organisation any more. Use another way to sign in, "
	 "or ask its help desk.",
	 "Windows Hello: key or device unknown to the home",
	 {135010, 135011}},
	{GP_CLASS_POLICY_BLOCK,
	 GP_MOVE_TENANT,
	 "A policy of the host's organisation does not accept this kind of device. Its "
	 "administrators can look up the reference below.",
	 "a device platform policy: the platform of this host or of the browser is unknown or not "
	 "accepted",
	 {50005}},
	{GP_CLASS_POLICY_BLOCK,
	 GP_MOVE_TENANT,
	 "A policy of the host's organisation demands a managed device, which a sign-in by code "
	 "cannot show. Its administrators have to change that policy for this host.",
	 "device-based Conditional Access cannot be met by a device code: exclude the tier's API "
	 "from it, or demand something else",
	 {50097, 50127, 50129, 50131, 50155, 50187, 53000, 53001, 530002, 530003, 530033}},
	{GP_CLASS_POLICY_BLOCK,
	 GP_MOVE_TENANT,
	 "A policy of the host's organisation demands a managed device of your own organisation, "
	 "and does not trust it there. Its administrators have to act.",
	 "inboundTrust of the home does not accept compliant devices (cross-tenant access)",
	 {530004}},
	{GP_CLASS_POLICY_BLOCK,
	 GP_MOVE_TENANT,
	 "A policy of the host's organisation demands an approved app, which guests cannot use. "
	 "Its administrators have to change that policy for this host.",
	 "approved-app or app-protection grants cannot be met by guests: exclude the tier's API",
	 {53002, 530021, 53005, 53009}},
	{GP_CLASS_POLICY_BLOCK,
	 GP_MOVE_TENANT,
	 "A policy of the host's organisation does not allow this sign-in. Its administrators can "
	 "look up the reference below.",
	 "blocked by Conditional Access: the sign-in log has the policy under this correlation id",
	 {53003, 530031, 530032}},
	{GP_CLASS_POLICY_BLOCK,
	 GP_MOVE_TENANT,
	 "You cannot register a second factor now because of a risk with your account. The "
	 "administrators of the host's organisation have to act.",
	 "registration of multifactor authentication is blocked for a risky sign-in",
	 {53004}},
	{GP_CLASS_POLICY_BLOCK,
	 GP_MOVE_GUEST,
	 "A second factor can be registered only from certain places or devices. Do it there, then "
	 "connect again.",
	 "a policy on the user action of registering security information",
	 {53010}},
	{GP_CLASS_POLICY_BLOCK,
	 GP_MOVE_TENANT,
	 "The administrators of the host's organisation have to look into this sign-in.",
	 "a delegated administrator with a risk at home",
	 {530034}},
	{GP_CLASS_POLICY_BLOCK,
	 GP_MOVE_TENANT,
	 "The security defaults of the host's organisation do not allow this sign-in. Its "
	 "administrators have to act.",
	 "blocked by security defaults: use Conditional Access policies instead",
	 {530035}},
	{GP_CLASS_POLICY_BLOCK,
	 GP_MOVE_TENANT,
	 "The host's organisation does not admit people of your organisation. Its administrators "
	 "would have to allow that.",
	 "this tenant's inbound cross-tenant access blocks the home",
	 {500213}},
	{GP_CLASS_POLICY_BLOCK,
	 GP_MOVE_TENANT,
	 "The host's organisation does not admit guests to this. Its administrators have to act.",
	 "guests are not allowed at this resource",
	 {90084}},
	{GP_CLASS_POLICY_BLOCK,
	 GP_MOVE_TENANT,
	 "The host's organisation does not admit people from your cloud. Its administrators have "
	 "to act.",
	 "the home's cloud is not among the allowed Microsoft clouds (cross-tenant access)",
	 {1000104}},
	{GP_CLASS_INTERACT,
	 GP_MOVE_GUEST,
	 "The sign-in was started without a session. Connect again.",
	 "no session, and nothing could be asked",
	 {50058}},
	{GP_CLASS_INTERACT,
	 GP_MOVE_GUEST,
	 "A second factor has to be registered first. Finish that in the browser, then connect "
	 "again.",
	 "the person must register for multifactor authentication",
	 {50072, 50079}},
	{GP_CLASS_INTERACT,
	 GP_MOVE_GUEST,
	 "A second factor is needed. Connect again and complete it in the browser.",
	 "multifactor authentication was demanded and not done",
	 {50074, 50076}},
	{GP_CLASS_INTERACT,
	 GP_MOVE_GUEST,
	 "Your second factor is too long ago. Connect again and sign in afresh.",
	 "the multifactor authentication of the session is too old",
	 {50078}},
	{GP_CLASS_INTERACT,
	 GP_MOVE_NOBODY,
	 "Too many requests for a second factor. Wait some minutes, then connect again.",
	 "the limit of calls and texts for multifactor authentication",
	 {50088}},
	{GP_CLASS_INTERACT,
	 GP_MOVE_GUEST,
	 "The sign-in needs one more step. Connect again and finish every step in the browser.",
	 "the browser still has a question (stay signed in, is it you)",
	 {50140, 50199, 50205}},
	{GP_CLASS_INTERACT,
	 GP_MOVE_GUEST,
	 "The sign-in needs one more step, such as terms of use. Connect again and finish every "
	 "step in the browser.",
	 "an external challenge (terms of use, another provider) was not satisfied",
	 {50158, 50161}},
	{GP_CLASS_INTERACT,
	 GP_MOVE_GUEST,
	 "The second factor was declined or not answered in time. Connect again and try once more.",
	 "strong authentication failed: denied, or no answer",
	 {500121}},
	{GP_CLASS_REAUTH,
	 GP_MOVE_GUEST,
	 "The sign-in could not be completed. Connect again to start over.",
	 "a grant or session that is over: a new sign-in is needed",
	 {50085, 50089, 50132, 50133, 50173, 54005, 70000, 70008, 700081, 700082, 700084}},
	{GP_CLASS_REAUTH,
	 GP_MOVE_GUEST,
	 "The browser is signed in for another organisation. Connect again and use a private "
	 "window.",
	 "the session does not match the tenant that was asked for",
	 {50143}},
	{GP_CLASS_REAUTH,
	 GP_MOVE_GUEST,
	 "The host's organisation wants a fresh sign-in. Connect again and sign in afresh.",
	 "sign-in frequency of Conditional Access",
	 {70043, 70044, 70046}},
	{GP_CLASS_REAUTH,
	 GP_MOVE_TENANT,
	 "A policy of the host's organisation has ended sign-ins by code. Its administrators have "
	 "to act.",
	 "the policy on authentication flows killed the refresh token",
	 {530036}},
	{GP_CLASS_CODE_FLOW,
	 GP_MOVE_GUEST,
	 "The code has to be approved in the same region. Connect again to get a new code.",
	 "device code and approval came to different data centres",
	 {50134}},
	{GP_CLASS_CODE_FLOW,
	 GP_MOVE_GUEST,
	 "The code was not accepted any more. Connect again to get a new code.",
	 "the device code is unknown, used or over",
	 {50189, 70016, 70018, 70019, 70020, 70033, 70034, 70035, 70039, 90119, 90120}},
	{GP_CLASS_CODE_FLOW,
	 GP_MOVE_GUEST,
	 "The sign-in was declined in the browser. Connect again to start over.",
	 "the person declined",
	 {70017, 700171}},
	{GP_CLASS_CODE_FLOW,
	 GP_MOVE_TENANT,
	 "The code cannot be used for this kind of account. The host's administrators have to act.",
	 "a device code of an application for personal accounts on a tenant's path",
	 {90132}},
	{GP_CLASS_NOT_ASSIGNED,
	 GP_MOVE_SPONSOR,
	 "You are not allowed to use this host yet. Ask your sponsor for access.",
	 "the guest is not assigned to the tier's API: membership through a nested group does not "
	 "count",
	 {50105}},
	{GP_CLASS_CONSENT,
	 GP_MOVE_TENANT,
	 "The sign-in application has not been approved by the host's organisation. Its "
	 "administrators have to act.",
	 "admin consent is missing for the sign-in client or the tier's API",
	 {65001, 650011, 90094, 90095, 90096, 900941, 900942}},
	{GP_CLASS_CONSENT,
	 GP_MOVE_GUEST,
	 "You declined what the sign-in application asks for. Connect again and accept it.",
	 "the person declined the consent page",
	 {65004, 90137}},
	{GP_CLASS_CONFIG,
	 GP_MOVE_HOST,
	 FAULT,
	 "a scope or resource that is not registered as it is asked for",
	 {28002, 500011, 500014, 65005, 650052, 650053, 650056, 650057, 70011, 700022, 90008, 90009,
	  1002012}},
	{GP_CLASS_CONFIG,
	 GP_MOVE_HOST,
	 FAULT,
	 "redirect addresses of the registration",
	 {50011, 500112}},
	{GP_CLASS_CONFIG,
	 GP_MOVE_HOST,
	 FAULT,
	 "the certificate or assertion of the reader, or this host's clock",
	 {50012, 50013, 50048, 500133, 700023, 700024, 700027, 700030, 700211, 700212, 700213,
	  700229, 1000502, 501481, 501491, 50147}},
	{GP_CLASS_CONFIG,
	 GP_MOVE_HOST,
	 FAULT,
	 "a wrong, missing or expired secret, or public client flows are not allowed "
	 "(isFallbackPublicClient)",
	 {7000215, 7000218, 7000222, 70025, 700025, 700005, 700007}},
	{GP_CLASS_CONFIG,
	 GP_MOVE_HOST,
	 FAULT,
	 "the application is unknown, disabled or has no service principal in the tenant",
	 {70001, 70002, 700011, 700016, 7000112, 7000229}},
	{GP_CLASS_CONFIG,
	 GP_MOVE_HOST,
	 FAULT,
	 "the tenant is unknown, or in another cloud, or the path is one for several tenants",
	 {50059, 50194, 90002, 90019, 900382, 900432, 9001023}},
	{GP_CLASS_CONFIG,
	 GP_MOVE_TENANT,
	 FAULT,
	 "a guest of another cloud, by a client library that does not support that",
	 {1002021}},
	{GP_CLASS_CONFIG,
	 GP_MOVE_TENANT,
	 FAULT,
	 "the resource or the tenant is not available any more",
	 {399284, 5000224}},
	{GP_CLASS_CONFIG,
	 GP_MOVE_TENANT,
	 FAULT,
	 "the device object is not in the tenant",
	 {700003}},
	{GP_CLASS_CONFIG,
	 GP_MOVE_HOST,
	 FAULT,
	 "a request that Entra does not take: this is a fault of ours",
	 {90014, 900144, 90136, 165900, 240002, 50179}},
	{GP_CLASS_RETRY,
	 GP_MOVE_NOBODY,
	 NULL,
	 "the service is busy or has a fault: it passes",
	 {50033, 50087, 50197, 90006, 90012, 90024, 90033, 90090}},
	{GP_CLASS_RETRY,
	 GP_MOVE_NOBODY,
	 NULL,
	 "too many requests from this tenant or of this code: polls are slowed down",
	 {50196, 90055}},
};

static const struct row *find(uint32_t number)
{
	if (number == 0)
		return NULL;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (const uint32_t *n = rows[i].numbers; *n != 0; n++)
			if (*n == number)
				return &rows[i];
	return NULL;
}

enum gp_login_class gp_login_error_class_of(uint32_t number)
{
	const struct row *row = find(number);
	return row != NULL ? row->class : GP_CLASS_UNKNOWN;
}

bool gp_login_error_advice(uint32_t number, struct gp_login_advice *out)
{
	const struct row *row = find(number);
	*out = (struct gp_login_advice){0};
	if (row == NULL)
		return false;
	*out = (struct gp_login_advice){row->move, row->guest, row->admin};
	return true;
}

const char *gp_login_move_name(enum gp_login_move move)
{
	switch (move) {
	case GP_MOVE_GUEST:
		return "guest";
	case GP_MOVE_SPONSOR:
		return "sponsor";
	case GP_MOVE_HOME:
		return "home organisation";
	case GP_MOVE_TENANT:
		return "tenant administrator";
	case GP_MOVE_HOST:
		return "host administrator";
	case GP_MOVE_NOBODY:
		return "nobody: wait";
	case GP_MOVE_UNKNOWN:
		break;
	}
	return "unknown";
}
