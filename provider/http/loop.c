/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libcurl's multi interface on sd-event. libcurl says which descriptors it wants watched and when
 * it wants to be woken; we tell it what happened and collect what is over. Callbacks of our callers
 * run only from here, so never inside one of libcurl's own callbacks.
 */
#include "http/internal.h"

#include <stdlib.h>
#include <sys/epoll.h>
#include <time.h>

#include "contract/ban.h"

static void collect(struct gp_http *http)
{
	int left = 0;
	http->collecting = true;
	while (!http->freed) {
		const CURLMsg *msg = curl_multi_info_read(http->multi, &left);
		if (msg == NULL)
			break;
		if (msg->msg != CURLMSG_DONE)
			continue;
		/* MSG is gone as soon as its handle is. */
		CURLcode result = msg->data.result;
		char *owner = NULL;
		if (curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, &owner) == CURLE_OK &&
		    owner != NULL)
			gp_http_finish((struct gp_http_transfer *)(void *)owner, result);
	}
	http->collecting = false;
	if (http->freed)
		free(http);
}

static int on_io(sd_event_source *source, int fd, uint32_t revents, void *arg)
{
	struct gp_http *http = arg;
	int running = 0;
	int action = 0;
	(void)source;
	if ((revents & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0)
		action |= CURL_CSELECT_IN;
	if ((revents & EPOLLOUT) != 0)
		action |= CURL_CSELECT_OUT;
	(void)curl_multi_socket_action(http->multi, fd, action, &running);
	collect(http);
	return 0;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *arg)
{
	struct gp_http *http = arg;
	int running = 0;
	(void)source;
	(void)usec;
	(void)curl_multi_socket_action(http->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	collect(http);
	return 0;
}

static int want_timer(CURLM *multi, long timeout_ms, void *arg)
{
	struct gp_http *http = arg;
	(void)multi;
	if (timeout_ms < 0)
		return sd_event_source_set_enabled(http->timer, SD_EVENT_OFF) < 0 ? -1 : 0;
	/* Also for 0: never from within the call that asks. */
	if (sd_event_source_set_time_relative(http->timer, (uint64_t)timeout_ms * 1000) < 0 ||
	    sd_event_source_set_enabled(http->timer, SD_EVENT_ONESHOT) < 0)
		return -1;
	return 0;
}

static int want_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *socket_arg)
{
	struct gp_http *http = arg;
	sd_event_source *source = socket_arg;
	uint32_t events = 0;
	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		sd_event_source_disable_unref(source);
		(void)curl_multi_assign(http->multi, fd, NULL);
		return 0;
	}
	if (what == CURL_POLL_IN || what == CURL_POLL_INOUT)
		events |= EPOLLIN;
	if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT)
		events |= EPOLLOUT;
	if (source != NULL)
		return sd_event_source_set_io_events(source, events) < 0 ? -1 : 0;
	if (sd_event_add_io(http->event, &source, fd, events, on_io, http) < 0)
		return -1;
	if (curl_multi_assign(http->multi, fd, source) != CURLM_OK) {
		sd_event_source_disable_unref(source);
		return -1;
	}
	return 0;
}

enum gp_status gp_http_loop_attach(struct gp_http *http)
{
	if (sd_event_add_time_relative(http->event, &http->timer, CLOCK_BOOTTIME, 0, 1, on_timer,
				       http) < 0 ||
	    sd_event_source_set_enabled(http->timer, SD_EVENT_OFF) < 0)
		return GP_ST_NO_MEMORY;
	if (curl_multi_setopt(http->multi, CURLMOPT_TIMERFUNCTION, want_timer) != CURLM_OK ||
	    curl_multi_setopt(http->multi, CURLMOPT_TIMERDATA, http) != CURLM_OK ||
	    curl_multi_setopt(http->multi, CURLMOPT_SOCKETFUNCTION, want_socket) != CURLM_OK ||
	    curl_multi_setopt(http->multi, CURLMOPT_SOCKETDATA, http) != CURLM_OK)
		return GP_ST_INTERNAL;
	return GP_ST_OK;
}
