/* SPDX-License-Identifier: Apache-2.0 */
#include "session/registry.h"

#include <stdlib.h>

#include "contract/ban.h"

struct gp_registry {
	struct gp_session *first;
	struct gp_session *spare; /* reserved */
	size_t count;             /* of both */
};

enum gp_status gp_registry_new(struct gp_registry **out)
{
	*out = calloc(1, sizeof(**out));
	return *out != NULL ? GP_ST_OK : GP_ST_NO_MEMORY;
}

void gp_registry_free(struct gp_registry *registry)
{
	if (registry == NULL)
		return;
	while (registry->first != NULL)
		gp_registry_remove(registry, registry->first);
	while (registry->spare != NULL)
		gp_registry_give_back(registry);
	free(registry);
}

enum gp_status gp_registry_reserve(struct gp_registry *registry)
{
	if (registry->count >= GP_SESSIONS_MAX)
		return GP_ST_TOO_BIG;
	struct gp_session *s = calloc(1, sizeof(*s));
	if (s == NULL)
		return GP_ST_NO_MEMORY;
	s->next = registry->spare;
	registry->spare = s;
	registry->count++;
	return GP_ST_OK;
}

void gp_registry_give_back(struct gp_registry *registry)
{
	struct gp_session *s = registry->spare;
	if (s == NULL)
		return;
	registry->spare = s->next;
	registry->count--;
	free(s);
}

enum gp_status gp_registry_grant(struct gp_registry *registry, const struct gp_grant *grant,
				 const struct gp_signin_request *request, int64_t now_ms)
{
	enum gp_status st = registry->spare != NULL ? GP_ST_OK : gp_registry_reserve(registry);
	if (st != GP_ST_OK)
		return st;
	struct gp_session *s = registry->spare;
	st = gp_copy(s->service, sizeof(s->service), request->service);
	if (st == GP_ST_OK)
		st = gp_copy(s->name, sizeof(s->name), request->user);
	if (st == GP_ST_OK)
		st = gp_copy(s->rhost, sizeof(s->rhost), request->rhost);
	if (st == GP_ST_OK)
		st = gp_copy(s->tty, sizeof(s->tty), request->tty);
	if (st != GP_ST_OK) {
		gp_registry_give_back(registry);
		return st;
	}
	registry->spare = s->next;
	s->grant = *grant;
	s->uid = request->uid;
	s->state = GP_SESSION_GRANTED;
	s->since_ms = now_ms;
	s->next = registry->first;
	registry->first = s;
	return GP_ST_OK;
}

struct gp_session *gp_registry_find(struct gp_registry *registry,
				    const uint8_t decision[static GP_DECISION_ID_BYTES],
				    const struct gp_login_msg *request)
{
	for (struct gp_session *s = registry->first; s != NULL; s = s->next) {
		if (!gp_ct_equal(s->grant.decision, decision, GP_DECISION_ID_BYTES))
			continue;
		/* A decision id is of use to the login that it was made for, and to no other. */
		bool same = s->uid == request->uid && gp_str_is(request->user, s->name) &&
			    gp_str_is(request->service, s->service) &&
			    gp_str_is(request->rhost, s->rhost);
		return same ? s : NULL;
	}
	return NULL;
}

bool gp_registry_has_session(const struct gp_registry *registry, struct gp_str name, uint32_t uid)
{
	for (const struct gp_session *s = registry->first; s != NULL; s = s->next)
		if (s->state >= (s->by_key ? GP_SESSION_OPEN : GP_SESSION_OPENING) &&
		    s->uid == uid && gp_str_is(name, s->name))
			return true;
	return false;
}

const struct gp_session *gp_registry_open_session(const struct gp_registry *registry,
						  struct gp_str name, uint32_t uid, pid_t leader)
{
	const struct gp_session *newest = NULL;
	for (const struct gp_session *s = registry->first; s != NULL; s = s->next) {
		if (s->state != GP_SESSION_OPEN || s->uid != uid || !gp_str_is(name, s->name) ||
		    (leader != 0 && s->leader != leader))
			continue;
		if (leader != 0)
			return s;
		if (newest != NULL && strcmp(newest->rhost, s->rhost) != 0)
			return NULL; /* nobody can say from which */
		newest = newest != NULL ? newest : s;
	}
	return newest;
}

void gp_registry_remove(struct gp_registry *registry, struct gp_session *session)
{
	for (struct gp_session **at = &registry->first; *at != NULL; at = &(*at)->next) {
		if (*at != session)
			continue;
		*at = session->next;
		registry->count--;
		free(session);
		return;
	}
}

size_t gp_registry_count_open(const struct gp_registry *registry)
{
	size_t n = 0;
	for (const struct gp_session *s = registry->first; s != NULL; s = s->next)
		n += s->state == GP_SESSION_OPEN ? 1 : 0;
	return n;
}

struct gp_session *gp_registry_overdue(struct gp_registry *registry, int64_t now_ms,
				       gp_session_alive *alive)
{
	for (struct gp_session *s = registry->first; s != NULL; s = s->next) {
		int64_t age = now_ms - s->since_ms;
		if ((s->state == GP_SESSION_GRANTED && age > GP_SESSION_GRANTED_MS) ||
		    (s->state == GP_SESSION_OPENING && age > GP_SESSION_OPENING_MS) ||
		    (s->state == GP_SESSION_OPEN && !alive(s)))
			return s;
	}
	return NULL;
}
