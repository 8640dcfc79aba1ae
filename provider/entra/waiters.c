/* SPDX-License-Identifier: Apache-2.0 */
#include "entra/waiters.h"

#include <stdbool.h>
#include <stdlib.h>

#include "contract/ban.h"

struct gp_waiters {
	struct gp_waiter *pending; /* wait for the answer */
	struct gp_waiter *due;     /* have theirs, to be told */
	sd_event_source *defer;
	gp_waiters_call *call;
	void *owner;
	bool telling;
	bool freed; /* while telling: the last step of that frees W */
};

static int tell(sd_event_source *source, void *arg)
{
	struct gp_waiters *w = arg;
	(void)source;
	w->telling = true;
	while (w->due != NULL) {
		struct gp_waiter *one = w->due;
		w->due = one->next;
		w->call(w->owner, one);
		free(one);
	}
	w->telling = false;
	if (w->freed)
		free(w);
	return 0;
}

enum gp_status gp_waiters_new(sd_event *event, gp_waiters_call *call, void *owner,
			      struct gp_waiters **out)
{
	struct gp_waiters *w = calloc(1, sizeof(*w));
	if (w == NULL)
		return GP_ST_NO_MEMORY;
	w->call = call;
	w->owner = owner;
	if (sd_event_add_defer(event, &w->defer, tell, w) < 0 ||
	    sd_event_source_set_enabled(w->defer, SD_EVENT_OFF) < 0) {
		gp_waiters_free(w);
		return GP_ST_NO_MEMORY;
	}
	*out = w;
	return GP_ST_OK;
}

static void free_list(struct gp_waiter **list)
{
	while (*list != NULL) {
		struct gp_waiter *one = *list;
		*list = one->next;
		free(one);
	}
}

void gp_waiters_free(struct gp_waiters *w)
{
	if (w == NULL)
		return;
	sd_event_source_disable_unref(w->defer);
	w->defer = NULL;
	free_list(&w->pending);
	free_list(&w->due);
	w->freed = true;
	if (!w->telling)
		free(w);
}

static void append(struct gp_waiter **list, struct gp_waiter *tail)
{
	while (*list != NULL)
		list = &(*list)->next;
	*list = tail;
}

static struct gp_waiter *new_waiter(void (*done)(void), void *arg)
{
	struct gp_waiter *one = calloc(1, sizeof(*one));
	if (one == NULL)
		return NULL;
	one->done = done;
	one->arg = arg;
	return one;
}

static void set_answer(struct gp_waiter *one, enum gp_status status, const struct gp_error *err)
{
	one->status = status;
	if (err != NULL)
		one->err = *err;
	else
		(void)gp_fail(&one->err, status, "%s", gp_status_name(status));
}

static enum gp_status arm(struct gp_waiters *w)
{
	return sd_event_source_set_enabled(w->defer, SD_EVENT_ONESHOT) < 0 ? GP_ST_INTERNAL
									   : GP_ST_OK;
}

enum gp_status gp_waiters_add(struct gp_waiters *w, void (*done)(void), void *arg)
{
	struct gp_waiter *one = new_waiter(done, arg);
	if (one == NULL)
		return GP_ST_NO_MEMORY;
	append(&w->pending, one);
	return GP_ST_OK;
}

void gp_waiters_settle(struct gp_waiters *w, enum gp_status status, const struct gp_error *err)
{
	if (w->pending == NULL)
		return;
	for (struct gp_waiter *one = w->pending; one != NULL; one = one->next)
		set_answer(one, status, err);
	append(&w->due, w->pending);
	w->pending = NULL;
	/* It fails only for a source that does not exist, and this one does. */
	(void)arm(w);
}

enum gp_status gp_waiters_add_due(struct gp_waiters *w, void (*done)(void), void *arg,
				  enum gp_status status, const struct gp_error *err)
{
	struct gp_waiter *one = new_waiter(done, arg);
	if (one == NULL)
		return GP_ST_NO_MEMORY;
	set_answer(one, status, err);
	append(&w->due, one);
	return arm(w);
}

static void forget_in(struct gp_waiter **list, const void *arg)
{
	while (*list != NULL) {
		struct gp_waiter *one = *list;
		if (one->arg != arg) {
			list = &one->next;
			continue;
		}
		*list = one->next;
		free(one);
	}
}

void gp_waiters_forget(struct gp_waiters *w, const void *arg)
{
	forget_in(&w->pending, arg);
	forget_in(&w->due, arg);
}
