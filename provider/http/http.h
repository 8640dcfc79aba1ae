/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTPS on the event loop: libcurl's multi interface over sd-event. Redirects are never followed,
 * only https is spoken, TLS 1.2 at least, trust comes from a hashed CA directory, bodies are
 * capped. Nothing blocks. One struct gp_http keeps its connections.
 */
#ifndef GP_HTTP_HTTP_H
#define GP_HTTP_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "contract/status.h"
#include "contract/str.h"

#define GP_HTTP_BODY_MAX (1U << 20)

struct gp_http;
struct gp_http_transfer; /* one request under way; owned by struct gp_http */

struct gp_http_options {
	const char *ca_directory; /* NULL: the system's, /etc/ssl/certs */
	const char *proxy;        /* NULL: none; the environment is never read */
	const char *user_agent;   /* names Linux: Entra derives the platform from it */
	int connect_timeout_s;    /* 0: 10 */
	int timeout_s;            /* whole transfer; 0: 30 */
};

struct gp_http_request {
	const char *method; /* "GET" or "POST" */
	const char *url;
	const char *const *headers; /* "Name: value", NULL-terminated; may be NULL */
	struct gp_str body;         /* copied, and wiped when the transfer ends */
	size_t max_body;            /* of the answer; 0: GP_HTTP_BODY_MAX */
};

struct gp_http_response {
	/* GP_ST_OK: the server answered, whatever its status. GP_ST_TIMEOUT, GP_ST_UNAVAILABLE (no
	 * connection, DNS, TLS), GP_ST_TOO_BIG, GP_ST_IO otherwise; ERR says more. */
	enum gp_status status;
	struct gp_error err;
	int code;           /* HTTP status */
	struct gp_str body; /* borrowed for the duration of the callback */
	struct gp_str content_type;
	int64_t date_s;        /* of the Date header; 0 when absent or unreadable */
	int64_t retry_after_s; /* of Retry-After in seconds (a date is converted); -1 when absent */
};

/* Called exactly once for each transfer that was not cancelled, never from within gp_http_send().
 * It may start further transfers. */
typedef void gp_http_done(void *arg, const struct gp_http_response *response);

enum gp_status gp_http_new(sd_event *event, const struct gp_http_options *options,
			   struct gp_http **out, struct gp_error *err) gp_must_check;
/* Cancels what is under way, without callbacks. NULL is allowed. */
void gp_http_free(struct gp_http *http);
/* The loop it runs on; borrowed. */
sd_event *gp_http_event(const struct gp_http *http);

/* OUT may be NULL. A URL that is not https (or not absolute) is GP_ST_INVALID. */
enum gp_status gp_http_send(struct gp_http *http, const struct gp_http_request *request,
			    gp_http_done *done, void *arg,
			    struct gp_http_transfer **out) gp_must_check;
/* No callback will come. NULL is allowed. */
void gp_http_cancel(struct gp_http_transfer *transfer);

/* True when URL is https and its host and port are those of ROOT ("https://host[:port]"), so that a
 * bearer token or a code may be sent there. Pure; user information in the URL is refused. */
bool gp_http_same_origin(const char *url, const char *root);

/* Appends KEY=VALUE to a form body (application/x-www-form-urlencoded), with & where needed. */
struct gp_buf;
void gp_http_form_add(struct gp_buf *form, const char *key, struct gp_str value);

#endif
