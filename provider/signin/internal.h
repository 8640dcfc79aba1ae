/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this room share: the state of one sign-in. */
#ifndef GP_SIGNIN_INTERNAL_H
#define GP_SIGNIN_INTERNAL_H

#include "contract/buf.h"
#include "signin/gather.h"
#include "signin/host.h"
#include "signin/screen.h"
#include "signin/signin.h"
#include "signin/slots.h"

enum gp_signin_state {
	GP_SIGNIN_ENDED = 0,
	GP_SIGNIN_PREPARING, /* waiting for the authority's endpoints and keys */
	GP_SIGNIN_UNREAD,    /* the access groups were never read yet: waiting for that */
	GP_SIGNIN_ASKING,    /* waiting for the device code */
	GP_SIGNIN_POLLING,   /* the code is shown; the daemon polls */
	GP_SIGNIN_VERIFYING, /* tokens are there; keys may be refetched */
	GP_SIGNIN_PROVED,    /* they are good: what that is worth is looked up at the Enter */
	GP_SIGNIN_READING,   /* fresh facts from Graph */
	GP_SIGNIN_DECIDED,   /* the answer waits for the person's Enter */
};

struct gp_signin {
	struct gp_signin *prev, *next;
	struct gp_signins *owner;
	struct gp_tenant *tenant;
	struct gp_signin_ops ops;
	void *arg;
	enum gp_signin_state state;

	/* the request */
	char service[GP_LOGIN_FIELD_MAX + 1];
	char name[GP_LOGIN_FIELD_MAX + 1];
	char rhost[GP_LOGIN_FIELD_MAX + 1];
	char source[GP_SLOT_SOURCE_MAX];
	char tty[GP_LOGIN_FIELD_MAX + 1];
	uint32_t uid;
	uint8_t flags;
	bool step_up;
	int64_t deadline_ms; /* monotonic: the module gives up then */

	/* the conversation */
	bool prompt_open;       /* an ask is out, no answer yet */
	int64_t shown_ms;       /* when the first screen went out */
	unsigned int automatic; /* answers in a row that no person can have given */
	unsigned int rounds;
	sd_event_source *timer; /* of the hold, and of the deadline */

	/* what was found out */
	struct gp_grant grant;
	char guest_oid[GP_GUID_TEXT];
	struct gp_device_flow *flow;
	struct gp_token_response tokens;
	unsigned int keys_reads; /* because of a kid that was not known */
	bool has_identity;
	bool client_info_ok;
	struct gp_gather *gather; /* NULL: nothing was asked yet */
	struct gp_host host;
	struct gp_login_error flow_error;
	enum gp_screen_why again; /* why a further code was asked for; zero: it was not */
	unsigned int asked_for;   /* all the reasons so far, a bit each */

	/* the decision */
	struct gp_admission admission;
	struct gp_buf facts; /* of it, for the audit */
	enum gp_login_code code;
	struct gp_buf text;
	const char *verdict; /* for the audit */
	const char *reason;
};

struct gp_signins {
	struct gp_signins_deps deps;
	struct gp_signin *first;
	size_t count;
	struct gp_known_sources known;
};

/* signin.c */
int64_t gp_signin_now_ms(const struct gp_signin *s);
/* Ends the finding out: records the decision and hands it over now, or on the person's next answer.
 */
void gp_signin_decide(struct gp_signin *s, enum gp_login_code code, const char *verdict,
		      const char *reason);
/* What the tokens prove does not suffice, but other ones could: asks for a new code, and tells the
 * person WHY. Once for each reason: false if that was done before. */
bool gp_signin_once_more(struct gp_signin *s, enum gp_screen_why why);
/* The tokens cannot be had, or what they need cannot be read: no decision about the guest. */
void gp_signin_unavailable(struct gp_signin *s, const char *reason);

/* Why his browser may have shown a block page, as far as this host knows. */
void gp_signin_likely(const struct gp_signin *s, struct gp_buf *out);

/* prove.c: from the tokens to the decision. */
void gp_signin_prove(struct gp_signin *s, struct gp_token_response *tokens);
/* The tokens are good and the person is back: reads fresh facts, and decides by them. */
void gp_signin_look_up(struct gp_signin *s);
/* Forgets every call under way. */
void gp_signin_prove_cancel(struct gp_signin *s);
/* Evaluates the admission for PHASE with what is known, and what CLOCK_OK says of our clock. */
void gp_signin_evaluate(struct gp_signin *s, enum gp_phase phase, enum gp_tri clock_ok);

/* converse.c: screens and answers. */
void gp_signin_show_first(struct gp_signin *s);
void gp_signin_ask_again(struct gp_signin *s);
/* The decision is there: hand it over if nobody is at the prompt. True if the sign-in is freed. */
bool gp_signin_deliver(struct gp_signin *s);
/* Asks again after so long. False if the time was over and the sign-in is freed. */
bool gp_signin_hold(struct gp_signin *s);

/* signin.c: takes it off the list and frees it. */
void gp_signin_free(struct gp_signin *s);

/* signin_audit.c */
enum gp_status gp_signin_audit(struct gp_signin *s);
/* He was admitted, and never before. To be called before it is kept that he was. */
void gp_signin_audit_first(const struct gp_signin *s);
/* A further code is asked for: on record, because the one that is given up now was used. */
void gp_signin_audit_again(const struct gp_signin *s);

#endif
