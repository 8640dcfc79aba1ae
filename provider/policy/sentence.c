/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a refused guest reads: one sentence by reason code, and whose move it is. Until the person
 * has proved to be the guest whose name was typed, one sentence serves for everything.
 */
#include <string.h>

#include "contract/buf.h"
#include "policy/admission.h"

#include "contract/ban.h"

enum move {
	MOVE_NONE = 0,
	MOVE_GUEST,   /* TEXT itself says what to do */
	MOVE_HOST,    /* the administrator of this host */
	MOVE_TENANT,  /* the administrators of the tenant */
	MOVE_SPONSOR, /* who invited the guest */
	MOVE_ACCESS,  /* whoever grants access: a request, if there is a page for it */
	MOVE_REDEEM,  /* the guest: accept the invitation */
	MOVE_OWNER,   /* who answers for the tier */
};

static const struct {
	const char *reason;
	const char *text;
	enum move move;
} sentences[] = {
	{"ok", "You are admitted.", MOVE_NONE},
	/* Said to whoever signed in, so silent about the guest whose name was typed. */
	{"oid-differs",
	 "The account that you signed in with is not the guest whose name you gave here. Sign in "
	 "with the account that was invited under that name.",
	 MOVE_GUEST},
	{"tier-closed", "This host is closed to guests.", MOVE_HOST},
	{"tier-unknown", "This host is not set up for guests.", MOVE_HOST},
	{"service-not-allowed", "Guests may not sign in to this service.", MOVE_HOST},
	{"service-unknown", "Guests may not sign in to this service.", MOVE_HOST},
	{"clock-wrong", "The clock of this host is wrong, so it cannot check your sign-in.",
	 MOVE_HOST},
	{"clock-unknown", "This host could not compare its clock, so it cannot check your sign-in.",
	 MOVE_HOST},
	{"canary-failed", "This host may not read whether a guest's account is enabled.",
	 MOVE_TENANT},
	{"canary-unknown",
	 "This host has not yet read the guests' accounts. Try again in a minute.", MOVE_GUEST},
	{"not-signed-in", "This login carries no completed sign-in. Connect again and sign in.",
	 MOVE_GUEST},
	{"key-not-allowed",
	 "SSH keys do not open this host to guests. Connect again without a key "
	 "(ssh -o PubkeyAuthentication=no ...) and sign in.",
	 MOVE_GUEST},
	{"key-age-unknown",
	 "This host does not know when you last signed in. Connect again without a key "
	 "(ssh -o PubkeyAuthentication=no ...) and sign in.",
	 MOVE_GUEST},
	{"key-too-old",
	 "Your last sign-in is too long ago for an SSH key to open this host. Connect again "
	 "without "
	 "a key (ssh -o PubkeyAuthentication=no ...) and sign in.",
	 MOVE_GUEST},
	{"guest-gone", "Your guest account no longer exists in the organisation of this host.",
	 MOVE_SPONSOR},
	{"guest-unknown", "Your guest account could not be read.", MOVE_TENANT},
	{"quarantined", "Your name or number on this host is in dispute with another account.",
	 MOVE_HOST},
	{"quarantine-unknown",
	 "This host has not yet read the guests' accounts. Try again in a minute.", MOVE_GUEST},
	{"client-info-differs",
	 "The answers to your sign-in contradict each other. Connect again and sign in once more.",
	 MOVE_GUEST},
	{"client-info-unknown",
	 "The answer to your sign-in is incomplete. Connect again and sign in once more.",
	 MOVE_GUEST},
	{"external-member", "Your account is a member's, not a guest's; this host admits guests.",
	 MOVE_TENANT},
	{"external-guest", "This host does not admit guests who sign in at their own organisation.",
	 MOVE_TENANT},
	{"internal-member",
	 "Your account belongs to the organisation of this host itself; guests enter here with the "
	 "identity of their own organisation.",
	 MOVE_TENANT},
	{"internal-guest",
	 "Your account has its password in the organisation of this host; guests enter here with "
	 "the identity of their own organisation.",
	 MOVE_TENANT},
	{"not-a-guest", "Your account is not a guest's.", MOVE_TENANT},
	{"token-not-guest", "Your sign-in does not say that you are a guest.", MOVE_TENANT},
	{"class-unknown", "This host could not tell whether your account is a guest's.",
	 MOVE_TENANT},
	{"home-not-allowed", "This host does not admit guests of your home organisation.",
	 MOVE_SPONSOR},
	{"home-internal",
	 "Your account belongs to the organisation of this host itself; guests enter here with the "
	 "identity of their own organisation.",
	 MOVE_TENANT},
	{"home-unknown", "This host could not tell which organisation you come from.", MOVE_TENANT},
	{"guest-disabled", "Your guest account is disabled.", MOVE_SPONSOR},
	{"enabled-unknown", "This host could not read whether your account is enabled.",
	 MOVE_TENANT},
	{"not-member", "Your account is in no group that may enter this host.", MOVE_ACCESS},
	{"membership-unknown", "This host could not read which groups you are in.", MOVE_TENANT},
	{"guest-pending", "Your invitation has not been accepted yet.", MOVE_REDEEM},
	{"never-invited", "Your account did not come from an invitation.", MOVE_SPONSOR},
	{"state-unknown", "This host could not read whether you accepted your invitation.",
	 MOVE_TENANT},
	{"revoked", "Your access to this host was ended.", MOVE_OWNER},
	{"revocation-unknown", "This host could not read whether your access still stands.",
	 MOVE_HOST},
	{"organisation-frozen", "Guests of your organisation may not enter at present.",
	 MOVE_OWNER},
	{"freeze-unknown", "This host could not read whether your organisation may enter.",
	 MOVE_HOST},
	{"home-changed",
	 "Your guest account now belongs to another organisation than when you first came here.",
	 MOVE_OWNER},
	{"person-changed",
	 "Your guest account now belongs to another person than the one who first came here.",
	 MOVE_OWNER},
	{"redeemed-again",
	 "Your invitation was accepted anew since you first came here, so this host has to make "
	 "sure that you are the same person.",
	 MOVE_OWNER},
	{"person-in-question",
	 "It is not certain any more whose account this is, so nobody enters with it.", MOVE_OWNER},
	{"person-unknown", "This host could not tell whether you are the person of before.",
	 MOVE_HOST},
	{"creation-not-allowed", "Your guest account did not come about in a way that counts here.",
	 MOVE_OWNER},
	{"creation-unknown", "This host could not read how your guest account came about.",
	 MOVE_TENANT},
	{"no-pass", "You have no pass for this host.", MOVE_ACCESS},
	{"pass-ended", "Your pass for this host has ended.", MOVE_ACCESS},
	{"pass-not-begun", "Your pass for this host has not begun yet.", MOVE_SPONSOR},
	{"pass-unreadable", "This host could not read your pass.", MOVE_TENANT},
	{"sudo-not-offered", "Guests cannot become another user on this host.", MOVE_OWNER},
	{"not-in-sudo-group",
	 "Your account is not in the group whose guests may become another user here.", MOVE_OWNER},
	{"sudo-not-activated",
	 "Your membership of the group whose guests may become another user here is not activated, "
	 "or is over. Activate it and try again.",
	 MOVE_GUEST},
	{"sudo-group-unknown", "This host could not read whether you may become another user here.",
	 MOVE_TENANT},
	{"no-sponsor", "Nobody here answers for you: your guest account has no sponsor.",
	 MOVE_OWNER},
	{"sponsor-unknown", "This host could not read who answers for you.", MOVE_TENANT},
	{"review-overdue", "The review of who may enter this host is overdue.", MOVE_OWNER},
	{"unused-too-long", "You have not been here for so long that your access rests.",
	 MOVE_OWNER},
	{"outside-hours", "This host admits guests at other hours only.", MOVE_NONE},
	{"hour-unknown", "This host could not tell what time it is where it counts.", MOVE_HOST},
	{"address-not-allowed", "This host does not admit guests from the address you come from.",
	 MOVE_OWNER},
	{"address-unknown", "This host could not tell the address you come from.", MOVE_HOST},
	{"location-blocked",
	 "A rule of this host's organisation does not admit guests from the address that your SSH "
	 "client comes from.",
	 MOVE_TENANT},
	{"location-needs-elevation",
	 "A rule of this host's organisation demands more of sign-ins from your SSH client's "
	 "address than this host can ask for.",
	 MOVE_HOST},
	{"elevation-demanded",
	 "A rule of this host's organisation demands another sign-in from your SSH client's "
	 "address. Connect again and complete it.",
	 MOVE_GUEST},
	{"location-unknown",
	 "This host cannot tell where your SSH client is, and a rule of its organisation depends "
	 "on that.",
	 MOVE_OWNER},
	{"policies-unread",
	 "This host has not yet read the rules of its organisation about where guests may sign in.",
	 MOVE_HOST},
	{"policies-too-old",
	 "This host could not read the rules of its organisation about where guests may sign in "
	 "for too long.",
	 MOVE_HOST},
	{"sign-in-address-differs",
	 "You signed in from another address than the one that your SSH client comes from. Sign in "
	 "with a browser on the same machine or network, and tell your organisation if it was not "
	 "you who signed in.",
	 MOVE_GUEST},
	{"sign-in-address-unknown",
	 "Where you signed in cannot be compared with where your SSH client is.", MOVE_OWNER},
	{"sign-in-address-not-captured",
	 "This host compares the addresses of sign-ins before anybody has tried whether it can.",
	 MOVE_HOST},
	{"sign-in-too-old",
	 "You signed in to your account too long ago. Connect again, and open the page in a "
	 "private window, or sign out in the browser first.",
	 MOVE_GUEST},
	{"sign-in-age-unknown", "Your sign-in does not say when it was made.", MOVE_TENANT},
	{"context-missing",
	 "Your sign-in did not bring what this host asked for. Connect again, and finish every "
	 "step "
	 "in the browser.",
	 MOVE_TENANT},
	{"context-unprotected",
	 "This host asks for a protected sign-in, and no rule of its organisation protects it for "
	 "you.",
	 MOVE_TENANT},
	{"context-unknown", "Whether your sign-in is protected as this host asks cannot be told.",
	 MOVE_TENANT},
};

static void add_sponsor(struct gp_buf *b, const char *sponsor)
{
	if (sponsor[0] != '\0') {
		gp_buf_printf(b, " Ask %s, who invited you.", sponsor);
	} else {
		gp_buf_text(b, " Ask your contact in the organisation that invited you.");
	}
}

static void add_move(struct gp_buf *b, enum move move, const struct gp_config *config,
		     const char *sponsor)
{
	const char *owner = config != NULL ? config->owner : "";
	const char *redeem = config != NULL ? config->redemption_url : "";
	const char *request = config != NULL ? config->access_request_url : "";
	switch (move) {
	case MOVE_HOST:
		gp_buf_text(b, " The administrator of this host must act.");
		break;
	case MOVE_TENANT:
		gp_buf_text(b, " The administrators of this host's organisation must act.");
		break;
	case MOVE_SPONSOR:
		add_sponsor(b, sponsor);
		break;
	case MOVE_ACCESS:
		if (request[0] != '\0') {
			gp_buf_printf(b, " Ask for access at %s", request);
		} else {
			add_sponsor(b, sponsor);
		}
		break;
	case MOVE_OWNER:
		if (owner[0] != '\0') {
			gp_buf_printf(b, " Ask %s, who answers for this host.", owner);
		} else {
			gp_buf_text(b, " The administrator of this host must act.");
		}
		break;
	case MOVE_REDEEM:
		if (redeem[0] != '\0') {
			gp_buf_printf(b, " Accept it at %s and then connect again.", redeem);
		} else {
			gp_buf_text(b, " Accept it with the link in the invitation mail and then "
				       "connect again.");
		}
		break;
	case MOVE_NONE:
	case MOVE_GUEST:
		break;
	}
}

static void add_generic(struct gp_buf *b, const struct gp_config *config)
{
	gp_buf_text(b, "You cannot sign in here now.");
	if (config != NULL && config->access_request_url[0] != '\0') {
		gp_buf_printf(b, " Access can be asked for at %s", config->access_request_url);
	} else {
		gp_buf_text(b, " Ask your contact in the organisation that invited you.");
	}
}

/* "tenant-differs", "object-differs" and "not-proved" have no row above: without the proof there is
 * nothing to tell. Did the person who is to read this prove to be the guest? Looked up in the
 * record rather than told by the caller. */
static bool is_proved(const struct gp_admission *admission)
{
	for (size_t i = 0; i < admission->len && i < GP_CHECKS_MAX; i++) {
		if (strcmp(admission->checks[i].name, "binding") == 0) {
			return admission->checks[i].verdict == GP_YES;
		}
	}
	return false;
}

static bool may_be_told(const struct gp_admission *admission, enum gp_phase phase,
			const char *reason)
{
	if (strcmp(reason, "guest-pending") == 0 && phase == GP_PHASE_BEFORE) {
		return true; /* else he would be sent to a sign-in that cannot succeed */
	}
	if (phase == GP_PHASE_BEFORE) {
		return false;
	}
	return is_proved(admission) || strcmp(reason, "oid-differs") == 0;
}

void gp_admission_sentence(const struct gp_admission *admission, enum gp_phase phase,
			   const struct gp_config *config, char *text, size_t size)
{
	gp_buf_auto struct gp_buf b = GP_BUF(2048);
	const char *reason = admission->reason != NULL ? admission->reason : "";
	bool told = false;
	if (size == 0) {
		return;
	}
	for (size_t i = 0; i < sizeof(sentences) / sizeof(sentences[0]); i++) {
		if (strcmp(sentences[i].reason, reason) == 0 &&
		    may_be_told(admission, phase, reason)) {
			gp_buf_text(&b, sentences[i].text);
			add_move(&b, sentences[i].move, config, admission->sponsor);
			told = true;
			break;
		}
	}
	if (!told) {
		add_generic(&b, config);
	}
	if (gp_buf_status(&b) != GP_ST_OK ||
	    gp_copy(text, size, (struct gp_str){gp_buf_get(&b), b.len}) != GP_ST_OK) {
		/* Better a short sentence than half of a link. */
		if (gp_copy(text, size, GP_STR("You cannot sign in here now.")) != GP_ST_OK) {
			text[0] = '\0';
		}
	}
}
