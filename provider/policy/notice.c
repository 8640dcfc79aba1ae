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

static void add_pass(struct gp_buf *b, const struct gp_admission *admission,
		     const struct gp_config *config, int64_t now_s)
{
	const struct gp_pass *pass = &admission->pass;
	char end[GP_TIME_TEXT];
	if (pass->basis == GP_BASIS_NONE || pass->end_s == INT64_MAX) {
		return;
	}
	/* The last second with it, so that nobody reads the end's day as one of his. */
	gp_time_format(pass->end_s - 1, end);
	gp_buf_printf(b, "Your pass for %s is valid until %.10s %.5s UTC.", config->tier, end,
		      end + 11);
	if (pass->end_s - now_s <= WARN_FROM_S) {
		gp_buf_text(b, " It ends ");
		add_rest(b, pass->end_s - now_s);
		gp_buf_text(b, ".");
		if (config->access_request_url[0] != '\0') {
			gp_buf_printf(b, " Ask for longer access at %s",
				      config->access_request_url);
		} else if (admission->sponsor[0] != '\0') {
			gp_buf_printf(b, " Ask %s for longer access.", admission->sponsor);
		}
	}
	gp_buf_text(b, "\n");
}

/* A person who sees another place than his own knows what to do. */
static void add_sign_in(struct gp_buf *b, const struct gp_config *config,
			const struct gp_identity *identity)
{
	if (identity != NULL && identity->ipaddr[0] != '\0') {
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

void gp_admission_notice(const struct gp_admission *admission, const struct gp_config *config,
			 const struct gp_identity *identity, int64_t now_s, char *text, size_t size)
{
	gp_buf_auto struct gp_buf b = GP_BUF(NOTICE_MAX);
	if (size == 0) {
		return;
	}
	text[0] = '\0';
	if (config == NULL) {
		return;
	}
	add_pass(&b, admission, config, now_s);
	add_sign_in(&b, config, identity);
	add_restrictions(&b, config);
	if (gp_buf_status(&b) != GP_ST_OK ||
	    gp_copy(text, size, (struct gp_str){gp_buf_get(&b), b.len}) != GP_ST_OK) {
		text[0] = '\0';
	}
}
