/* SPDX-License-Identifier: Apache-2.0 */
/* What an admitted guest reads: his pass, where he signed in, what is restricted for guests. */
#include <string.h>

#include "base/clock.h"
#include "contract/buf.h"
#include "policy/admission.h"

#include "contract/ban.h"

#define HOUR_S       3600
#define DAY_S        86400
#define NOTICE_MAX   2048
#define WARN_FROM_S  (14 * (int64_t)DAY_S)
#define LATER_THAN_S (2 * (int64_t)DAY_S) /* days are counted from here on, hours before */

static void add_rest(struct gp_buf *b, int64_t rest_s)
{
	bool days = rest_s >= LATER_THAN_S;
	long long n = (long long)(rest_s / (days ? DAY_S : HOUR_S));
	if (n == 0) {
		gp_buf_text(b, "in less than an hour");
	} else {
		gp_buf_printf(b, "in %lld %s%s", n, days ? "day" : "hour", n == 1 ? "" : "s");
	}
}

static bool has_end(const struct gp_notice *n)
{
	return n->pass->basis != GP_BASIS_NONE && n->pass->end_s != INT64_MAX;
}

static void add_pass(struct gp_buf *b, const struct gp_notice *n)
{
	char end[GP_TIME_TEXT];
	/* The last second with it, so that nobody reads the end's day as one of his. */
	gp_time_format(n->pass->end_s - 1, end);
	gp_buf_printf(b, "Your pass for %s is valid until %.10s %.5s UTC.", n->config->tier, end,
		      end + 11);
}

static void hand_over(const struct gp_buf *b, char *text, size_t size)
{
	if (gp_buf_status(b) != GP_ST_OK ||
	    gp_copy(text, size, (struct gp_str){gp_buf_get(b), b->len}) != GP_ST_OK) {
		text[0] = '\0';
	}
}

void gp_admission_warning(const struct gp_notice *notice, char *text, size_t size)
{
	gp_buf_auto struct gp_buf b = GP_BUF(NOTICE_MAX);
	const struct gp_notice *n = notice;
	if (size == 0) {
		return;
	}
	text[0] = '\0';
	if (n->config == NULL || !has_end(n) || n->pass->end_s - n->now_s > WARN_FROM_S) {
		return;
	}
	add_pass(&b, n);
	gp_buf_text(&b, " It ends ");
	add_rest(&b, n->pass->end_s - n->now_s);
	gp_buf_text(&b, ".");
	if (n->config->access_request_url[0] != '\0') {
		gp_buf_printf(&b, " Ask for longer access at %s", n->config->access_request_url);
	} else if (n->sponsor[0] != '\0') {
		gp_buf_printf(&b, " Ask %s for longer access.", n->sponsor);
	}
	hand_over(&b, text, size);
}

/* A person who sees another place than his own knows what to do. */
static void add_sign_in(struct gp_buf *b, const struct gp_config *config,
			const struct gp_identity *identity)
{
	if (identity != NULL && identity->ipaddr[0] != '\0' &&
	    config->signin_address != GP_SIGNIN_ADDRESS_OFF) {
		gp_buf_printf(b,
			      "You signed in from %s, as Entra saw it. If that was not you, tell "
			      "your organisation",
			      identity->ipaddr);
		if (config->owner[0] != '\0') {
			gp_buf_printf(b, " and %s", config->owner);
		}
		gp_buf_text(b, ".\n");
	}
}

static void add_span(struct gp_buf *b, uint32_t seconds)
{
	if (seconds % HOUR_S == 0) {
		gp_buf_printf(b, "%u h", seconds / HOUR_S);
	} else {
		gp_buf_printf(b, "%u min", (seconds + 59) / 60);
	}
}

static void add_restrictions(struct gp_buf *b, const struct gp_config *config)
{
	gp_buf_text(b, "For guests: no scheduled jobs; ");
	gp_buf_text(b, config->forwarding == GP_FORWARDING_LOCAL
			       ? "nothing is forwarded but ssh -L"
			       : "no forwarding of ports, agents or X11");
	if (config->shell_group[0] != '\0') {
		gp_buf_printf(b, "; a shell for members of %s, sftp for all others",
			      config->shell_group);
	}
	if (config->hours[0] != '\0') {
		gp_buf_printf(b, "; entry %s", config->hours);
	}
	if (config->key_valid_s != 0 && config->label != GP_LABEL_HIGH) {
		gp_buf_text(b, "; an SSH key of yours opens the door for ");
		add_span(b, config->key_valid_s);
		gp_buf_text(b, " after a sign-in");
	}
	gp_buf_text(b, ".");
}

void gp_admission_notice(const struct gp_notice *notice, char *text, size_t size)
{
	gp_buf_auto struct gp_buf b = GP_BUF(NOTICE_MAX);
	const struct gp_notice *n = notice;
	if (size == 0) {
		return;
	}
	text[0] = '\0';
	if (n->config == NULL) {
		return;
	}
	if (has_end(n)) {
		add_pass(&b, n);
		gp_buf_text(&b, "\n");
	}
	add_sign_in(&b, n->config, n->identity);
	add_restrictions(&b, n->config);
	hand_over(&b, text, size);
}
