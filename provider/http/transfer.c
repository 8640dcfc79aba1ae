/* SPDX-License-Identifier: Apache-2.0 */
/* One request: how libcurl is set up for it, and what its end means. */
#include "http/internal.h"

#include <stdlib.h>

#include "contract/text.h"

#include "contract/ban.h"

static size_t on_body(char *data, size_t size, size_t n, void *arg)
{
	struct gp_http_transfer *t = arg;
	gp_buf_add(&t->body, data, size * n);
	if (gp_buf_status(&t->body) == GP_ST_OK)
		return size * n;
	t->too_big = true;
	return 0;
}

static size_t on_header(char *data, size_t size, size_t n, void *arg)
{
	struct gp_http_transfer *t = arg;
	size_t len = size * n;
	if (len > GP_HTTP_HEADERS_MAX - t->headers_len) {
		t->too_big = true;
		return 0;
	}
	t->headers_len += len;
	/* An empty line ends a head; a status line begins one, the next one behind a 100. */
	if (gp_str_starts((struct gp_str){data, len}, "HTTP/"))
		t->head_ended = false;
	else if (len > 0 && (data[0] == '\r' || data[0] == '\n'))
		t->head_ended = true;
	/* What comes behind the body (trailers) is nobody's business. */
	if (t->body.len == 0)
		gp_http_fields_line(&t->fields, (struct gp_str){data, len});
	return len;
}

static enum gp_status add_header(struct gp_http_transfer *t, const char *line)
{
	if (strpbrk(line, "\r\n") != NULL)
		return GP_ST_INVALID;
	struct curl_slist *longer = curl_slist_append(t->headers, line);
	if (longer == NULL)
		return GP_ST_NO_MEMORY;
	t->headers = longer;
	return GP_ST_OK;
}

static enum gp_status take_headers(struct gp_http_transfer *t,
				   const struct gp_http_request *request)
{
	/* Without "Expect:" libcurl may wait a second for a 100 Continue. */
	enum gp_status st = add_header(t, "Expect:");
	for (const char *const *h = request->headers; st == GP_ST_OK && h != NULL && *h != NULL;
	     h++)
		st = add_header(t, *h);
	return st;
}

static enum gp_status take_body(struct gp_http_transfer *t, struct gp_str body)
{
	if (body.len == 0)
		return GP_ST_OK;
	t->request_body = malloc(body.len);
	if (t->request_body == NULL)
		return GP_ST_NO_MEMORY;
	memcpy(t->request_body, body.ptr, body.len);
	t->request_len = body.len;
	return GP_ST_OK;
}

/* Setting an option fails only for lack of memory, or when this libcurl does not know it: then the
 * request must not go out. */
#define SET(option, value)                                                                         \
	do {                                                                                       \
		if (curl_easy_setopt(t->easy, CURLOPT_##option, (value)) != CURLE_OK)              \
			return GP_ST_NO_MEMORY;                                                    \
	} while (0)

static enum gp_status set_transport(struct gp_http_transfer *t)
{
	const struct gp_http *http = t->http;
	SET(PROTOCOLS_STR, "https");
	SET(FOLLOWLOCATION, 0L);
	SET(NOSIGNAL, 1L);
	/* A cancelled transfer must not wait for its name to be resolved. */
	SET(QUICK_EXIT, 1L);
	SET(NETRC, (long)CURL_NETRC_IGNORED);
	/* An empty text, not NULL: NULL means the environment. */
	SET(PROXY, http->proxy != NULL ? http->proxy : "");
	SET(NOPROXY, "");
	SET(SUPPRESS_CONNECT_HEADERS, 1L);
	SET(SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(SSL_VERIFYPEER, 1L);
	SET(SSL_VERIFYHOST, 2L);
	SET(CAINFO, (char *)NULL);
	SET(CAPATH, http->ca_directory);
	SET(PROXY_CAINFO, (char *)NULL);
	SET(PROXY_CAPATH, http->ca_directory);
	SET(SHARE, http->share);
	SET(CONNECTTIMEOUT, http->connect_timeout_s);
	SET(TIMEOUT, http->timeout_s);
	SET(TCP_KEEPALIVE, 1L);
	SET(USERAGENT, http->user_agent);
	return GP_ST_OK;
}

static enum gp_status set_request(struct gp_http_transfer *t, const struct gp_http_request *request)
{
	SET(URL, request->url);
	SET(HTTPHEADER, t->headers);
	if (strcmp(request->method, "POST") == 0) {
		SET(POST, 1L);
		SET(POSTFIELDSIZE_LARGE, (curl_off_t)t->request_len);
		SET(POSTFIELDS, t->request_body != NULL ? t->request_body : "");
	} else {
		SET(HTTPGET, 1L);
	}
	SET(MAXFILESIZE_LARGE, (curl_off_t)t->body.max);
	SET(WRITEFUNCTION, on_body);
	SET(WRITEDATA, t);
	SET(HEADERFUNCTION, on_header);
	SET(HEADERDATA, t);
	SET(ERRORBUFFER, t->error);
	SET(PRIVATE, t);
	return GP_ST_OK;
}

enum gp_status gp_transfer_prepare(struct gp_http_transfer *t,
				   const struct gp_http_request *request)
{
	gp_http_fields_reset(&t->fields);
	t->body = GP_BUF(request->max_body > 0 ? request->max_body : GP_HTTP_BODY_MAX);
	t->easy = curl_easy_init();
	enum gp_status st = t->easy != NULL ? GP_ST_OK : GP_ST_NO_MEMORY;
	if (st == GP_ST_OK)
		st = take_headers(t, request);
	if (st == GP_ST_OK)
		st = take_body(t, request->body);
	if (st == GP_ST_OK)
		st = set_transport(t);
	if (st == GP_ST_OK)
		st = set_request(t, request);
	return st;
}

static enum gp_status status_of(const struct gp_http_transfer *t, CURLcode result)
{
	/* libcurl takes an answer that breaks off in its head for one without a body. */
	if (result == CURLE_OK)
		return t->head_ended ? GP_ST_OK : GP_ST_IO;
	if (t->too_big || result == CURLE_FILESIZE_EXCEEDED)
		return GP_ST_TOO_BIG;
	/* libcurl's enum, not ours: what it may add one day is an I/O error. */
	switch ((int)result) {
	case CURLE_OPERATION_TIMEDOUT:
		return GP_ST_TIMEOUT;
	case CURLE_COULDNT_RESOLVE_PROXY:
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_CONNECT:
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_PROXY:
		return GP_ST_UNAVAILABLE;
	case CURLE_OUT_OF_MEMORY:
		return GP_ST_NO_MEMORY;
	default:
		return GP_ST_IO;
	}
}

void gp_transfer_response(struct gp_http_transfer *t, CURLcode result,
			  struct gp_http_response *response)
{
	long code = 0;
	*response = (struct gp_http_response){.retry_after_s = -1};
	response->status = status_of(t, result);
	/* A server's clock counts only when the whole answer came. */
	if (response->status != GP_ST_OK) {
		char why[160];
		const char *text = t->error[0] != '\0' ? t->error : curl_easy_strerror(result);
		if (t->too_big)
			text = "answer too big";
		else if (result == CURLE_OK)
			text = "the answer breaks off in its head";
		(void)gp_text_safe(gp_str_from(text), GP_TEXT_LINE, why, sizeof(why));
		(void)gp_fail(&response->err, response->status, "%s", why);
		return;
	}
	(void)curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &code);
	response->code = (int)code;
	response->body = (struct gp_str){gp_buf_get(&t->body), t->body.len};
	response->content_type = gp_str_from(t->fields.content_type);
	response->date_s = t->fields.date_s;
	response->retry_after_s = gp_http_fields_retry_after(&t->fields);
}

void gp_transfer_stop(struct gp_http_transfer *t)
{
	if (t->easy == NULL)
		return;
	(void)curl_multi_remove_handle(t->http->multi, t->easy);
	curl_easy_cleanup(t->easy);
	t->easy = NULL;
}

void gp_transfer_free(struct gp_http_transfer *t)
{
	gp_transfer_stop(t);
	/* Bearer tokens stand in the headers, codes and secrets in the body. */
	for (struct curl_slist *h = t->headers; h != NULL; h = h->next)
		explicit_bzero(h->data, strlen(h->data));
	curl_slist_free_all(t->headers);
	if (t->request_body != NULL)
		explicit_bzero(t->request_body, t->request_len);
	free(t->request_body);
	gp_buf_free(&t->body);
	free(t);
}
