/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this room share with each other and with nobody else. */
#ifndef GP_HTTP_INTERNAL_H
#define GP_HTTP_INTERNAL_H

#include <curl/curl.h>

#include "contract/buf.h"
#include "http/answer.h"
#include "http/http.h"

#define GP_URL_LEN_MAX 8192

struct gp_origin {
	struct gp_str host; /* borrowed from the URL */
	uint16_t port;
};
/* GP_ST_INVALID unless URL is absolute, https and printable ASCII. */
enum gp_status gp_url_origin(const char *url, struct gp_origin *out) gp_must_check;

struct gp_http {
	sd_event *event;
	CURLM *multi;
	CURLSH *share; /* TLS sessions, so that a lost connection resumes cheaply */
	sd_event_source *timer;
	struct gp_http_transfer *first;
	bool collecting;
	bool freed; /* while collecting: the last step of that frees the struct */
	char *ca_directory;
	char *proxy;
	char *user_agent;
	long connect_timeout_s;
	long timeout_s;
};

struct gp_http_transfer {
	struct gp_http *http;
	struct gp_http_transfer *prev;
	struct gp_http_transfer *next;
	CURL *easy;
	struct curl_slist *headers;
	gp_http_done *done;
	void *arg;
	char *request_body;
	size_t request_len;
	struct gp_buf body;
	size_t headers_len;
	bool too_big;
	bool head_ended; /* an empty line came behind the last status line */
	struct gp_http_fields fields;
	char error[CURL_ERROR_SIZE];
};

/* loop.c: ties the multi handle to the event loop. */
enum gp_status gp_http_loop_attach(struct gp_http *http) gp_must_check;
/* transfer.c */
enum gp_status gp_transfer_prepare(struct gp_http_transfer *t,
				   const struct gp_http_request *request) gp_must_check;
/* Fills RESPONSE from what arrived; it borrows from T. */
void gp_transfer_response(struct gp_http_transfer *t, CURLcode result,
			  struct gp_http_response *response);
/* Takes T off the loop at once; its memory stays. */
void gp_transfer_stop(struct gp_http_transfer *t);
void gp_transfer_free(struct gp_http_transfer *t);
/* http.c: calls back for T, which is over, and frees it. */
void gp_http_finish(struct gp_http_transfer *t, CURLcode result);

#endif
