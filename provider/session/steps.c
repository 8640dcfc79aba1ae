/* SPDX-License-Identifier: Apache-2.0 */
#include "session/steps.h"

#include <stdlib.h>

#include "contract/ban.h"

/* sudo asks three times in one run: for the sign-in, the account, and the session. */
#define ONE_RUN_MS 60000

struct step {
	struct step *next;
	struct gp_session session;
	struct gp_terminal terminal;
	int64_t since_ms, until_ms;
};

struct gp_steps {
	struct step *first; /* the newest */
	size_t count;
};

enum gp_status gp_steps_new(struct gp_steps **out)
{
	*out = calloc(1, sizeof(**out));
	return *out != NULL ? GP_ST_OK : GP_ST_NO_MEMORY;
}

static void remove_at(struct gp_steps *steps, struct step **at)
{
	struct step *gone = *at;
	*at = gone->next;
	steps->count--;
	free(gone);
}

void gp_steps_free(struct gp_steps *steps)
{
	if (steps == NULL)
		return;
	while (steps->first != NULL)
		remove_at(steps, &steps->first);
	free(steps);
}

static void drop_oldest(struct gp_steps *steps)
{
	struct step **at = &steps->first;
	while (*at != NULL && (*at)->next != NULL)
		at = &(*at)->next;
	if (*at != NULL)
		remove_at(steps, at);
}

/* One for each guest and terminal, so that nobody fills the room of others by signing in again. */
static void drop_same(struct gp_steps *steps, const struct gp_session *session,
		      const struct gp_terminal *terminal)
{
	struct step **at = &steps->first;
	while (*at != NULL)
		if ((*at)->session.uid == session->uid &&
		    (*at)->terminal.session == terminal->session &&
		    (*at)->terminal.start == terminal->start)
			remove_at(steps, at);
		else
			at = &(*at)->next;
}

enum gp_status gp_steps_add(struct gp_steps *steps, const struct gp_session *session,
			    const struct gp_terminal *terminal, int64_t now_ms, int64_t until_ms)
{
	struct step *step = calloc(1, sizeof(*step));
	if (step == NULL)
		return GP_ST_NO_MEMORY;
	drop_same(steps, session, terminal);
	if (steps->count >= GP_STEPS_MAX)
		drop_oldest(steps);
	step->session = *session;
	step->session.next = NULL;
	step->terminal = *terminal;
	step->since_ms = now_ms;
	step->until_ms = until_ms;
	step->next = steps->first;
	steps->first = step;
	steps->count++;
	return GP_ST_OK;
}

static bool counts(const struct step *s, const struct gp_terminal *t, int64_t now_ms)
{
	bool same_session = t->session != 0 && t->start != 0 && s->terminal.session == t->session &&
			    s->terminal.start == t->start;
	bool same_run = t->asks != 0 && t->asks_start != 0 && s->terminal.asks == t->asks &&
			s->terminal.asks_start == t->asks_start;
	return (same_session && now_ms < s->until_ms) ||
	       (same_run && now_ms - s->since_ms < ONE_RUN_MS);
}

const struct gp_session *gp_steps_find(const struct gp_steps *steps, struct gp_str name,
				       uint32_t uid, const struct gp_terminal *terminal,
				       int64_t now_ms)
{
	for (const struct step *s = steps->first; s != NULL; s = s->next)
		if (s->session.uid == uid && gp_str_is(name, s->session.name) &&
		    counts(s, terminal, now_ms))
			return &s->session;
	return NULL;
}

void gp_steps_drop(struct gp_steps *steps, struct gp_str name, uint32_t uid)
{
	struct step **at = &steps->first;
	while (*at != NULL)
		if ((*at)->session.uid == uid && gp_str_is(name, (*at)->session.name))
			remove_at(steps, at);
		else
			at = &(*at)->next;
}

void gp_steps_sweep(struct gp_steps *steps, int64_t now_ms)
{
	struct step **at = &steps->first;
	while (*at != NULL)
		if (now_ms >= (*at)->until_ms && now_ms - (*at)->since_ms >= ONE_RUN_MS)
			remove_at(steps, at);
		else
			at = &(*at)->next;
}
