/* SPDX-License-Identifier: Apache-2.0 */
#include "signin/screen.h"

#include "contract/text.h"
#include "entra/login_error_table.h"

#include "contract/ban.h"

static void safe(struct gp_buf *out, const char *text)
{
	char line[320];
	gp_text_safe(gp_str_from(text), GP_TEXT_LINE, line, sizeof(line));
	gp_buf_text(out, line);
}

/* "F J C 3 L N B 7 A   (FJC3LNB7A)": the first form to read aloud or type, the second to copy. */
static void spaced_code(struct gp_buf *out, const char *code)
{
	for (const char *c = code; *c != '\0'; c++)
		gp_buf_printf(out, c == code ? "%c" : " %c", *c);
	gp_buf_printf(out, "   (%s)", code);
}

static void duration(struct gp_buf *out, int64_t seconds)
{
	if (seconds < 120)
		gp_buf_printf(out, "%lld seconds", (long long)(seconds > 0 ? seconds : 0));
	else
		gp_buf_printf(out, "%lld minutes", (long long)(seconds / 60));
}

/* Short lines: what a person has to do differently now. */
static const char *reason_again(enum gp_screen_why why)
{
	switch (why) {
	case GP_SCREEN_STALE:
		return "\n\n  One more time, please: the browser was still signed in from "
		       "earlier,\n"
		       "  and this host wants to know that it is you now. Open the page in a\n"
		       "  private window, or sign out in the browser first.";
	case GP_SCREEN_ELEVATION:
		return "\n\n  One more sign-in, please: from the address that your SSH client "
		       "comes\n"
		       "  from, this host's organisation demands more.";
	case GP_SCREEN_FIRST:
		break;
	}
	return "";
}

void gp_screen_first(struct gp_buf *out, const struct gp_screen *screen)
{
	gp_buf_text(out, reason_again(screen->why));
	gp_buf_text(out, screen->step_up ? "\n\n  Sign-in to become another user on "
					 : "\n\n  Guest sign-in to ");
	safe(out, screen->host);
	if (screen->address[0] != '\0') {
		gp_buf_text(out, ", asked for from ");
		safe(out, screen->address);
	}
	gp_buf_text(out, "\n\n    Open this page    ");
	safe(out, screen->uri);
	gp_buf_text(out, "\n    Enter this code   ");
	spaced_code(out, screen->code);
	gp_buf_text(out, "\n    Sign in as        ");
	safe(out, screen->name);
	gp_buf_text(out, "  (with your own organisation's account)\n\n");
	if (screen->qr) {
		gp_qr_draw(out, screen->uri);
		gp_buf_text(out, "\n");
	}
	gp_buf_text(out, "  The code works for ");
	duration(out, screen->seconds);
	gp_buf_text(out, ". Enter it only if you started this login yourself.\n"
			 "  Checking can take ten seconds.\n\n"
			 "  Press Enter when you have signed in: ");
}

static const char likely_causes[] =
	"  If the browser showed an error, these are the usual reasons:\n"
	"    - \"You don't have access\" or a block page: a rule of the host's organisation;\n"
	"      its administrators can look up the correlation id on that page.\n"
	"    - another account was chosen: use a private window and the account named above.\n"
	"    - your own organisation asked for something (a second factor, a new password)\n"
	"      that is not finished.\n";

void gp_screen_again(struct gp_buf *out, const struct gp_screen *screen, bool long_wait)
{
	gp_buf_text(out, "\n  Not signed in yet: page ");
	safe(out, screen->uri);
	gp_buf_printf(out, ", code %s, ", screen->code);
	duration(out, screen->seconds);
	gp_buf_text(out, " left.\n");
	if (long_wait) {
		gp_buf_text(out, likely_causes);
		gp_buf_text(out, screen->likely);
		gp_screen_reference(out, screen->correlation_id);
		gp_buf_text(out, "\n");
	}
	gp_buf_text(out, "  Press Enter to check again: ");
}

void gp_screen_checking(struct gp_buf *out)
{
	gp_buf_text(out,
		    "\n  You have signed in. Looking up what you may do here takes longer than "
		    "usual.\n  Press Enter to check again: ");
}

void gp_screen_no_typing(struct gp_buf *out, const struct gp_screen *screen)
{
	gp_buf_text(out, "\n  Nothing is to be typed here (what you typed was thrown away).\n"
			 "  The code ");
	gp_buf_text(out, screen->code);
	gp_buf_text(out, " belongs on the page ");
	safe(out, screen->uri);
	gp_buf_text(out, "\n  Press Enter when you have signed in: ");
}

void gp_screen_expired(struct gp_buf *out, const char *likely)
{
	gp_buf_text(out, "The time to sign in ran out before the sign-in was completed. "
			 "Connect again to get a new code.\n");
	gp_buf_text(out, likely_causes);
	gp_buf_text(out, likely);
}

void gp_screen_password_method(struct gp_buf *out, const char *name, const char *host)
{
	gp_buf_text(out, "Guests have no password on this host, and what you sent was thrown away. "
			 "Connect with the method keyboard-interactive:\n"
			 "  ssh -o PreferredAuthentications=keyboard-interactive ");
	safe(out, name);
	gp_buf_text(out, "@");
	safe(out, host);
}

void gp_screen_nobody_there(struct gp_buf *out)
{
	gp_buf_text(out, "This sign-in needs a person: the prompts were answered by a program. "
			 "Connect from a terminal.");
}

void gp_screen_replaced(struct gp_buf *out)
{
	gp_buf_text(out, "This sign-in was ended because newer ones were started from the same "
			 "place. Use the newest one, or connect again.");
}

void gp_screen_unavailable(struct gp_buf *out)
{
	gp_buf_text(out,
		    "Guest sign-in is not available on this host right now. Try again in a few "
		    "minutes; if it stays like this, tell the host's administrators.");
}

void gp_screen_stopping(struct gp_buf *out)
{
	gp_buf_text(out, "Guest sign-in on this host is being restarted. Connect again in a "
			 "moment.");
}

/* One row a class; whose move it is stands in each sentence. */
static const struct {
	enum gp_login_class class;
	const char *sentence;
} flow_sentences[] = {
	{GP_CLASS_DECLINED,
	 "The sign-in was cancelled in the browser. Connect again to start over."},
	{GP_CLASS_GUEST_NOT_HERE,
	 "The account that signed in is not a guest of the host's organisation. Sign in with the "
	 "invited account, or ask your sponsor for an invitation."},
	{GP_CLASS_GUEST_PENDING, "Your invitation has not been accepted yet. Accept it first: the "
				 "link is in the invitation "
				 "mail."},
	{GP_CLASS_GUEST_DISABLED,
	 "Your guest account is disabled at the host's organisation. Ask your sponsor there."},
	{GP_CLASS_HOME_SIDE,
	 "Your own organisation did not let you sign in. Its help desk can say why."},
	{GP_CLASS_POLICY_BLOCK,
	 "A policy of the host's organisation does not allow this sign-in. Its administrators can "
	 "look up the reference below."},
	{GP_CLASS_INTERACT,
	 "The sign-in needs one more step (for example a second factor). Connect again and finish "
	 "every step in the browser."},
	{GP_CLASS_REAUTH, "The sign-in could not be completed. Connect again to start over."},
	{GP_CLASS_NOT_ASSIGNED,
	 "You are not allowed to use this host yet. Ask your sponsor for access."},
	{GP_CLASS_CONSENT,
	 "The sign-in application has not been approved by the host's organisation. Its "
	 "administrators have to act."},
	{GP_CLASS_CODE_FLOW,
	 "The code was not accepted any more. Connect again to get a new code."},
	{GP_CLASS_CONFIG,
	 "Guest sign-in is not set up correctly on this host. Its administrators have to act."},
};

void gp_screen_flow_error(struct gp_buf *out, const struct gp_login_error *error, const char *own,
			  const char *likely)
{
	if (own != NULL && own[0] != '\0') {
		safe(out, own);
		return;
	}
	if (error->class == GP_CLASS_EXPIRED) {
		gp_screen_expired(out, likely);
		return;
	}
	struct gp_login_advice advice;
	if (gp_login_error_advice(error->number, &advice) &&
	    gp_login_error_class_of(error->number) == error->class && advice.guest != NULL) {
		gp_buf_text(out, advice.guest);
		return;
	}
	for (size_t i = 0; i < sizeof(flow_sentences) / sizeof(flow_sentences[0]); i++) {
		if (flow_sentences[i].class == error->class) {
			gp_buf_text(out, flow_sentences[i].sentence);
			return;
		}
	}
	gp_screen_unavailable(out);
}

void gp_screen_reference(struct gp_buf *out, const char *correlation_id)
{
	gp_buf_text(out, "\n  Reference for the administrators: ");
	safe(out, correlation_id);
}
