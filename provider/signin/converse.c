/* SPDX-License-Identifier: Apache-2.0 */
/* The person's side of a sign-in: what is shown when, and what an answer means. */
#include "base/log.h"
#include "signin/internal.h"
#include "signin/policies.h"

#include "contract/ban.h"

#define HOLD_MS           10000 /* an early Enter is held so long before the question comes again */
#define LONG_WAIT_MS      60000
#define AUTOMATIC_MS      500 /* a person needs longer than this to read and press Enter */
#define PASSWORD_MS       250 /* sshd's password method answers every prompt at once */
#define AUTOMATIC_MAX     6
#define ROUNDS_MAX        120
#define DEADLINE_SPARE_MS 1500 /* so that our answer arrives before the module gives up */

static int64_t seconds_left(const struct gp_signin *s)
{
	int64_t until = s->deadline_ms;
	if (s->flow != NULL && gp_device_flow_expires_ms(s->flow) < until)
		until = gp_device_flow_expires_ms(s->flow);
	int64_t left = (until - gp_signin_now_ms(s)) / 1000;
	return left > 0 ? left : 0;
}

static void describe(const struct gp_signin *s, struct gp_screen *out)
{
	const struct gp_device_code *code = gp_device_flow_code(s->flow);
	*out = (struct gp_screen){
		.why = s->again,
		.host = s->owner->deps.host_name,
		.address = s->rhost,
		.name = s->name,
		.uri = code->verification_uri,
		.code = code->user_code,
		.seconds = seconds_left(s),
		.qr = s->tenant->config->qr_code && (s->flags & GP_LOGIN_UTF8) != 0,
		.correlation_id = s->grant.correlation_id,
		.likely = "",
		.step_up = s->step_up,
	};
}

static void ask(struct gp_signin *s, struct gp_buf *text)
{
	/* Nobody can sign in by a screen that has no code on it. */
	enum gp_status st = gp_buf_status(text);
	if (st != GP_ST_OK) {
		gp_signin_unavailable(s, gp_status_name(st));
		return;
	}
	s->prompt_open = true;
	s->rounds++;
	s->ops.ask(s->arg, (struct gp_str){gp_buf_get(text), text->len});
}

void gp_signin_show_first(struct gp_signin *s)
{
	gp_buf_auto struct gp_buf text = GP_BUF(GP_LOGIN_TEXT_MAX);
	struct gp_screen screen;
	describe(s, &screen);
	gp_screen_first(&text, &screen);
	s->shown_ms = gp_signin_now_ms(s);
	ask(s, &text);
}

static void out_of_time(struct gp_signin *s)
{
	gp_buf_auto struct gp_buf likely = GP_BUF(GP_LIKELY_MAX);
	gp_signin_likely(s, &likely);
	gp_buf_free(&s->text);
	gp_screen_expired(&s->text, gp_buf_get(&likely));
	gp_signin_decide(s, GP_LOGIN_DENIED, "refused", "login-time-over");
}

void gp_signin_ask_again(struct gp_signin *s)
{
	gp_buf_auto struct gp_buf text = GP_BUF(GP_LOGIN_TEXT_MAX);
	gp_buf_auto struct gp_buf likely = GP_BUF(GP_LIKELY_MAX);
	struct gp_screen screen;
	int64_t now = gp_signin_now_ms(s);

	if (now + DEADLINE_SPARE_MS >= s->deadline_ms || s->rounds >= ROUNDS_MAX ||
	    s->flow == NULL) {
		out_of_time(s);
		return;
	}
	describe(s, &screen);
	gp_signin_likely(s, &likely);
	screen.likely = gp_buf_get(&likely);
	if (s->state == GP_SIGNIN_POLLING)
		gp_screen_again(&text, &screen, now - s->shown_ms >= LONG_WAIT_MS);
	else
		gp_screen_checking(&text);
	ask(s, &text);
}

bool gp_signin_deliver(struct gp_signin *s)
{
	if (s->prompt_open)
		return false;
	bool granted = s->code == GP_LOGIN_GRANTED;
	s->ops.done(s->arg, s->code,
		    (struct gp_str){gp_buf_get(&s->text), s->text.bad ? 0 : s->text.len},
		    granted ? &s->grant : NULL);
	gp_signin_free(s);
	return true;
}

static int on_hold_over(sd_event_source *source, uint64_t usec, void *arg)
{
	(void)source;
	(void)usec;
	struct gp_signin *s = arg;
	gp_signin_ask_again(s);
	return 0;
}

bool gp_signin_hold(struct gp_signin *s)
{
	int64_t spare = s->deadline_ms - DEADLINE_SPARE_MS - gp_signin_now_ms(s);
	int64_t after_ms = spare < HOLD_MS ? spare : HOLD_MS;
	if (spare <= 0) {
		out_of_time(s);
		return false;
	}
	s->timer = sd_event_source_disable_unref(s->timer);
	if (sd_event_add_time_relative(s->owner->deps.event, &s->timer, CLOCK_BOOTTIME,
				       (uint64_t)after_ms * 1000, 10000, on_hold_over, s) >= 0)
		return true;
	gp_signin_unavailable(s, "no-timer");
	return false;
}

/* True if the answer ended the sign-in. */
static bool answer_ends_it(struct gp_signin *s, bool typed, uint32_t after_ms)
{
	if (typed && after_ms < PASSWORD_MS) {
		gp_buf_free(&s->text);
		gp_screen_password_method(&s->text, s->name, s->owner->deps.host_name);
		gp_signin_decide(s, GP_LOGIN_DENIED, "refused", "password-method");
		return true;
	}
	s->automatic = !typed && after_ms < AUTOMATIC_MS ? s->automatic + 1 : 0;
	if (s->automatic >= AUTOMATIC_MAX) {
		gp_buf_free(&s->text);
		gp_screen_nobody_there(&s->text);
		gp_signin_decide(s, GP_LOGIN_DENIED, "refused", "nobody-there");
		return true;
	}
	return false;
}

void gp_signin_answer(struct gp_signin *signin, bool typed, uint32_t after_ms)
{
	struct gp_signin *s = signin;
	if (!s->prompt_open)
		return;
	s->prompt_open = false;
	if (s->state == GP_SIGNIN_DECIDED) {
		(void)gp_signin_deliver(s);
		return;
	}
	if (answer_ends_it(s, typed, after_ms))
		return;
	if (typed && s->state == GP_SIGNIN_POLLING && s->rounds < ROUNDS_MAX) {
		gp_buf_auto struct gp_buf text = GP_BUF(GP_LOGIN_TEXT_MAX);
		struct gp_screen screen;
		describe(s, &screen);
		gp_screen_no_typing(&text, &screen);
		ask(s, &text);
		return;
	}
	if (gp_signin_hold(s) && s->state == GP_SIGNIN_PROVED)
		gp_signin_look_up(s);
}
