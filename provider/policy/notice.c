/* SPDX-License-Identifier: Apache-2.0 */
/* What an admitted guest reads about his pass. */
#include <string.h>

#include "base/clock.h"
#include "contract/buf.h"
#include "policy/admission.h"

#include "contract/ban.h"

#define HOUR_S       3600
#define DAY_S        86400
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

void gp_admission_notice(const struct gp_admission *admission, const struct gp_config *config,
			 int64_t now_s, char *text, size_t size)
{
	gp_buf_auto struct gp_buf b = GP_BUF(1024);
	const struct gp_pass *pass = &admission->pass;
	char end[GP_TIME_TEXT];
	if (size == 0) {
		return;
	}
	text[0] = '\0';
	if (pass->basis == GP_BASIS_NONE || pass->end_s == INT64_MAX) {
		return;
	}
	/* The last second with it, so that nobody reads the end's day as one of his. */
	gp_time_format(pass->end_s - 1, end);
	gp_buf_printf(&b, "Your pass for %s is valid until %.10s %.5s UTC.",
		      config != NULL ? config->tier : "this host", end, end + 11);
	if (pass->end_s - now_s <= WARN_FROM_S) {
		gp_buf_text(&b, " It ends ");
		add_rest(&b, pass->end_s - now_s);
		gp_buf_text(&b, ".");
		if (config != NULL && config->access_request_url[0] != '\0') {
			gp_buf_printf(&b, " Ask for longer access at %s",
				      config->access_request_url);
		} else if (admission->sponsor[0] != '\0') {
			gp_buf_printf(&b, " Ask %s for longer access.", admission->sponsor);
		}
	}
	if (gp_buf_status(&b) != GP_ST_OK ||
	    gp_copy(text, size, (struct gp_str){gp_buf_get(&b), b.len}) != GP_ST_OK) {
		text[0] = '\0';
	}
}
