/* SPDX-License-Identifier: Apache-2.0 */
#include "pam_module/relay.h"

#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include <security/pam_ext.h>

#include "contract/text.h"
#include "pam_module/door.h"

#include "contract/ban.h"

void gp_relay_clean(struct gp_str text, char dst[static GP_RELAY_TEXT_MAX])
{
	size_t at = 0;

	for (;;) {
		const char *end = text.len > 0 ? memchr(text.ptr, '\n', text.len) : NULL;
		struct gp_str line = {text.ptr, end != NULL ? (size_t)(end - text.ptr) : text.len};
		/* Room for the line, the newline after it, and the NUL. */
		size_t room = GP_RELAY_TEXT_MAX - at;
		if (room < 16)
			break;
		size_t size = room - 1 < GP_RELAY_LINE_MAX ? room - 1 : GP_RELAY_LINE_MAX;
		at += gp_text_safe(line, GP_TEXT_SCREEN, dst + at, size);
		if (end == NULL)
			break;
		dst[at++] = '\n';
		text.len -= line.len + 1;
		text.ptr = end + 1;
	}
	dst[at] = '\0';
}

void gp_relay_say(pam_handle_t *pamh, bool error, const char *sentence)
{
	if (error)
		pam_error(pamh, "%s", sentence);
	else
		pam_info(pamh, "%s", sentence);
}

static void show(const struct gp_relay *relay, bool error, struct gp_str text)
{
	char clean[GP_RELAY_TEXT_MAX];

	if (relay->silent || text.len == 0)
		return;
	gp_relay_clean(text, clean);
	gp_relay_say(relay->pamh, error, clean);
}

/* Shows the prompt and waits for the person; only libpam's caller can bound that. */
static enum gp_status prompt(const struct gp_relay *relay, struct gp_str text,
			     struct gp_login_msg *answer)
{
	char clean[GP_RELAY_TEXT_MAX];
	char *typed = NULL;

	gp_relay_clean(text, clean);
	char *question = clean;
	char *last = relay->split ? strrchr(clean, '\n') : NULL;
	if (last != NULL) {
		*last = '\0';
		gp_relay_say(relay->pamh, false, clean);
		question = last + 1;
	}
	int64_t shown_ms = gp_door_now_ms();
	int rc = pam_prompt(relay->pamh, PAM_PROMPT_ECHO_OFF, &typed, "%s", question);
	int64_t took_ms = gp_door_now_ms() - shown_ms;

	*answer = (struct gp_login_msg){.op = GP_LOGIN_ANSWER};
	if (typed != NULL) {
		answer->typed = typed[0] != '\0';
		explicit_bzero(typed, strlen(typed));
	}
	answer->after_ms = took_ms < UINT32_MAX ? (uint32_t)took_ms : UINT32_MAX;
	enum gp_status st = rc == PAM_SUCCESS && typed != NULL ? GP_ST_OK : GP_ST_DENIED;
	free(typed);
	return st;
}

static void take_last_word(const struct gp_relay *relay, const struct gp_login_msg *done,
			   struct gp_relay_result *out)
{
	switch (done->code) {
	case GP_LOGIN_GRANTED:
		out->outcome = GP_OUT_GRANTED;
		break;
	case GP_LOGIN_UNAVAILABLE:
		out->outcome = GP_OUT_UNAVAILABLE;
		break;
	case GP_LOGIN_DENIED:
		out->outcome = GP_OUT_DENIED;
		break;
	}
	out->has_decision = done->has_decision;
	memcpy(out->decision, done->decision, sizeof(out->decision));
	out->told = done->text.len > 0;
	show(relay, out->outcome != GP_OUT_GRANTED, done->text);
}

/* One prompt and what follows from it: the answer is sent, or *MSG is now the daemon's last word.
 * GP_ST_DENIED if the person gave no answer. */
static enum gp_status ask(const struct gp_relay *relay, struct gp_door *door,
			  struct gp_login_msg *msg)
{
	struct gp_login_msg answer;

	/* Where nothing can be shown nobody can sign in. */
	if (relay->phase != GP_PHASE_AUTH || relay->silent)
		return GP_ST_INVALID;
	enum gp_status st = prompt(relay, msg->text, &answer);
	if (st != GP_ST_OK)
		return st;
	/* The daemon may have given up in the meantime, and says why before it closes. A grant
	 * before the answer is none: nothing has shown yet that a person is there. */
	st = gp_door_pending(door, msg);
	if (st == GP_ST_NOT_FOUND)
		return gp_door_send(door, &answer);
	if (st == GP_ST_OK && (msg->op != GP_LOGIN_DONE || msg->code == GP_LOGIN_GRANTED))
		return GP_ST_INVALID;
	return st;
}

static enum gp_status converse(const struct gp_relay *relay, struct gp_door *door,
			       const struct gp_login_msg *request, struct gp_relay_result *out)
{
	struct gp_login_msg msg;

	enum gp_status st = gp_door_send(door, request);
	for (int i = 0; st == GP_ST_OK && i < GP_RELAY_FRAMES_MAX; i++) {
		st = gp_door_receive(door, &msg);
		if (st == GP_ST_OK && msg.op == GP_LOGIN_ASK)
			st = ask(relay, door, &msg);
		else if (st == GP_ST_OK && msg.op == GP_LOGIN_SHOW)
			show(relay, false, msg.text);
		else if (st == GP_ST_OK && msg.op != GP_LOGIN_DONE)
			st = GP_ST_INVALID;
		if (st == GP_ST_OK && msg.op == GP_LOGIN_DONE) {
			take_last_word(relay, &msg, out);
			return GP_ST_OK;
		}
	}
	return st == GP_ST_OK ? GP_ST_TOO_BIG : st;
}

void gp_relay_run(const struct gp_relay *relay, const struct gp_login_msg *request,
		  struct gp_relay_result *out)
{
	struct gp_door door;

	*out = (struct gp_relay_result){.outcome = GP_OUT_UNAVAILABLE};
	enum gp_status st = gp_door_open(&door, relay->socket_path, relay->timeout_ms);
	if (st == GP_ST_OK)
		st = converse(relay, &door, request, out);
	/* A conversation that broke says nothing, whatever frames came before. */
	if (st != GP_ST_OK)
		*out = (struct gp_relay_result){.outcome = GP_OUT_UNAVAILABLE};
	if (st == GP_ST_DENIED)
		out->outcome = GP_OUT_DENIED;
	else if (st != GP_ST_OK && gp_door_left_ms(&door) == 0)
		out->outcome = GP_OUT_LATE;
	gp_door_close(&door);
	if (st == GP_ST_DENIED)
		pam_syslog(relay->pamh, LOG_NOTICE, "the sign-in was left without an answer");
	else if (st != GP_ST_OK)
		pam_syslog(relay->pamh, LOG_ERR, "no answer from guestpassd: %s",
			   gp_status_name(st));
	else if (relay->debug)
		pam_syslog(relay->pamh, LOG_DEBUG, "guestpassd answered, outcome %d",
			   (int)out->outcome);
}
