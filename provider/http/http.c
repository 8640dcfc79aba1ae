/* SPDX-License-Identifier: Apache-2.0 */
#include "http/http.h"

#include <stdlib.h>
#include <string.h>

#include "http/internal.h"

#include "contract/ban.h"

/* Connections to one host at once, and kept for reuse: hundreds of polls share them, so that
 * neither descriptors nor TLS buffers grow with the sign-ins in flight. */
#define CONNECTIONS_PER_HOST 16L
#define CONNECTIONS_KEPT     20L

static bool take_text(char **out, const char *text)
{
	if (text == NULL)
		return true;
	*out = strdup(text);
	return *out != NULL;
}

static enum gp_status set_up(struct gp_http *http, const struct gp_http_options *options)
{
	const char *ca = options->ca_directory != NULL ? options->ca_directory : "/etc/ssl/certs";
	const char *agent = options->user_agent != NULL ? options->user_agent : "Guestpass (Linux)";
	http->connect_timeout_s = options->connect_timeout_s > 0 ? options->connect_timeout_s : 10;
	http->timeout_s = options->timeout_s > 0 ? options->timeout_s : 30;
	if (!take_text(&http->ca_directory, ca) || !take_text(&http->proxy, options->proxy) ||
	    !take_text(&http->user_agent, agent))
		return GP_ST_NO_MEMORY;
	http->multi = curl_multi_init();
	http->share = curl_share_init();
	if (http->multi == NULL || http->share == NULL)
		return GP_ST_NO_MEMORY;
	if (curl_share_setopt(http->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION) !=
		    CURLSHE_OK ||
	    curl_multi_setopt(http->multi, CURLMOPT_MAX_HOST_CONNECTIONS, CONNECTIONS_PER_HOST) !=
		    CURLM_OK ||
	    curl_multi_setopt(http->multi, CURLMOPT_MAXCONNECTS, CONNECTIONS_KEPT) != CURLM_OK)
		return GP_ST_INTERNAL;
	return gp_http_loop_attach(http);
}

enum gp_status gp_http_new(sd_event *event, const struct gp_http_options *options,
			   struct gp_http **out, struct gp_error *err)
{
	/* libcurl would write the keys of our connections to the file that this names. */
	(void)unsetenv("SSLKEYLOGFILE");
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return gp_fail(err, GP_ST_INTERNAL, "libcurl does not start");
	struct gp_http *http = calloc(1, sizeof(*http));
	if (http == NULL) {
		curl_global_cleanup();
		return gp_fail(err, GP_ST_NO_MEMORY, "out of memory");
	}
	http->event = sd_event_ref(event);
	enum gp_status st = set_up(http, options);
	if (st != GP_ST_OK) {
		gp_http_free(http);
		return gp_fail(err, st, "libcurl cannot be set up");
	}
	*out = http;
	return GP_ST_OK;
}

void gp_http_free(struct gp_http *http)
{
	if (http == NULL)
		return;
	while (http->first != NULL)
		gp_http_cancel(http->first);
	if (http->multi != NULL)
		(void)curl_multi_cleanup(http->multi);
	if (http->share != NULL)
		(void)curl_share_cleanup(http->share);
	sd_event_source_disable_unref(http->timer);
	sd_event_unref(http->event);
	free(http->ca_directory);
	free(http->proxy);
	free(http->user_agent);
	curl_global_cleanup();
	http->freed = true;
	if (!http->collecting)
		free(http);
}

sd_event *gp_http_event(const struct gp_http *http)
{
	return http->event;
}

static void link_transfer(struct gp_http_transfer *t)
{
	t->next = t->http->first;
	if (t->next != NULL)
		t->next->prev = t;
	t->http->first = t;
}

static void unlink_transfer(struct gp_http_transfer *t)
{
	if (t->prev != NULL)
		t->prev->next = t->next;
	else
		t->http->first = t->next;
	if (t->next != NULL)
		t->next->prev = t->prev;
	t->prev = NULL;
	t->next = NULL;
}

enum gp_status gp_http_send(struct gp_http *http, const struct gp_http_request *request,
			    gp_http_done *done, void *arg, struct gp_http_transfer **out)
{
	struct gp_origin origin = {0};
	if (gp_url_origin(request->url, &origin) != GP_ST_OK)
		return GP_ST_INVALID;
	struct gp_http_transfer *t = calloc(1, sizeof(*t));
	if (t == NULL)
		return GP_ST_NO_MEMORY;
	t->http = http;
	t->done = done;
	t->arg = arg;
	enum gp_status st = gp_transfer_prepare(t, request);
	if (st == GP_ST_OK && curl_multi_add_handle(http->multi, t->easy) != CURLM_OK)
		st = GP_ST_INTERNAL;
	if (st != GP_ST_OK) {
		gp_transfer_free(t);
		return st;
	}
	link_transfer(t);
	if (out != NULL)
		*out = t;
	return GP_ST_OK;
}

void gp_http_finish(struct gp_http_transfer *t, CURLcode result)
{
	struct gp_http_response response;
	gp_transfer_response(t, result, &response);
	unlink_transfer(t);
	gp_transfer_stop(t);
	gp_http_done *done = t->done;
	/* From here on a cancel by somebody who does not know yet finds nothing to do. */
	t->done = NULL;
	done(t->arg, &response);
	gp_transfer_free(t);
}

void gp_http_cancel(struct gp_http_transfer *t)
{
	if (t == NULL || t->done == NULL)
		return;
	unlink_transfer(t);
	gp_transfer_free(t);
}
