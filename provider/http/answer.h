/* SPDX-License-Identifier: Apache-2.0 */
/* The few header fields of an answer that anybody here acts on, read strictly. Pure. */
#ifndef GP_HTTP_ANSWER_H
#define GP_HTTP_ANSWER_H

#include <stdbool.h>
#include <stdint.h>

#include "contract/status.h"
#include "contract/str.h"

#define GP_HTTP_RETRY_AFTER_MAX_S 3600 /* a server that asks for more is believed so far */
#define GP_HTTP_HEADERS_MAX       (64U << 10)

struct gp_http_fields {
	char content_type[128]; /* made safe, cut */
	int64_t date_s;         /* 0: absent or unreadable */
	int64_t retry_after_s;  /* as a number; -1: absent */
	int64_t retry_at_s;     /* as a date; 0: absent */
};

/* What an answer without any field says. Also for each new status line: a 100 Continue before the
 * answer has fields of its own. */
void gp_http_fields_reset(struct gp_http_fields *fields);
/* One line as it came, with or without its line end. Everything unknown is ignored. */
void gp_http_fields_line(struct gp_http_fields *fields, struct gp_str line);
/* Seconds to wait, within [0, GP_HTTP_RETRY_AFTER_MAX_S], or -1. A date counts from the answer's
 * own Date: our clock may differ from the server's. */
int64_t gp_http_fields_retry_after(const struct gp_http_fields *fields);

/* "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 5.6.7, the one form that senders may use). */
enum gp_status gp_http_date_parse(struct gp_str text, int64_t *out) gp_must_check;

#endif
