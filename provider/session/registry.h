/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The logins that were admitted, by decision id: granted (the sign-in is done, the account phase
 * must come), opening (the account phase admitted it, a session must open), open. In memory: after
 * a restart of the daemon an unfinished login is refused and has to be repeated. Pure but for the
 * table itself; what is overdue is decided by the times that are passed in.
 */
#ifndef GP_SESSION_REGISTRY_H
#define GP_SESSION_REGISTRY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "signin/signin.h"

#define GP_SESSION_GRANTED_MS 60000  /* between the end of the sign-in and the account phase */
#define GP_SESSION_OPENING_MS 120000 /* between the account phase and the open session */
#define GP_SESSIONS_MAX       4096

enum gp_session_state {
	GP_SESSION_NONE = 0,
	GP_SESSION_GRANTED,
	GP_SESSION_OPENING,
	GP_SESSION_OPEN,
};

struct gp_session {
	struct gp_session *next;
	enum gp_session_state state;
	struct gp_grant grant;
	char service[GP_LOGIN_FIELD_MAX + 1];
	char name[GP_LOGIN_FIELD_MAX + 1];
	char rhost[GP_LOGIN_FIELD_MAX + 1];
	char tty[GP_LOGIN_FIELD_MAX + 1];
	uint32_t uid;
	bool by_key;      /* admitted as a login by SSH key; sshd has yet to say that it is one */
	int64_t since_ms; /* monotonic, of the state */
	pid_t leader;     /* who asked: OPENING the account phase, OPEN the session */
	uint64_t leader_start; /* its start time, field 22 of /proc/PID/stat; 0 when unknown */
};

struct gp_registry;
enum gp_status gp_registry_new(struct gp_registry **out) gp_must_check;
void gp_registry_free(struct gp_registry *registry);

/* Room for one login, so that what is recorded as admitted is not turned away for want of it: used
 * up by the next gp_registry_grant(), or given back. GP_ST_TOO_BIG when the table is full. */
enum gp_status gp_registry_reserve(struct gp_registry *registry) gp_must_check;
void gp_registry_give_back(struct gp_registry *registry);

/* Adds a GRANTED login; it cannot fail with room reserved. GP_ST_TOO_BIG when the table is full. */
enum gp_status gp_registry_grant(struct gp_registry *registry, const struct gp_grant *grant,
				 const struct gp_signin_request *request,
				 int64_t now_ms) gp_must_check;

/* The login that carries DECISION and belongs to the same service, name, uid and address (for OPEN
 * and CLOSE pass no address: sshd's monitor knows the same, but its tty may differ), or NULL. */
struct gp_session *gp_registry_find(struct gp_registry *registry,
				    const uint8_t decision[static GP_DECISION_ID_BYTES],
				    const struct gp_login_msg *request);
/* Is any session of this guest opening or open? One by key is none before it is open. */
bool gp_registry_has_session(const struct gp_registry *registry, struct gp_str name, uint32_t uid);
/* The open session of this guest whose leader is LEADER; 0: the newest, if all of his come from one
 * address. NULL when there is none. */
const struct gp_session *gp_registry_open_session(const struct gp_registry *registry,
						  struct gp_str name, uint32_t uid, pid_t leader);
void gp_registry_remove(struct gp_registry *registry, struct gp_session *session);
size_t gp_registry_count_open(const struct gp_registry *registry);

/* One session that has to go: granted or opening for too long, or open while ALIVE says that its
 * leader is gone. NULL when there is none. */
typedef bool gp_session_alive(const struct gp_session *session);
struct gp_session *gp_registry_overdue(struct gp_registry *registry, int64_t now_ms,
				       gp_session_alive *alive);

/* Start time of PID from /proc (clock ticks since boot), 0 when it does not exist. */
uint64_t gp_process_start_time(pid_t pid);
/* The same from the text of that file; pure. */
uint64_t gp_process_parse_start_time(struct gp_str stat);
/* gp_session_alive over gp_process_start_time(). */
bool gp_session_leader_alive(const struct gp_session *session);

/* Who does something, for the audit: "uid=0 loginuid=1000 session=42", by what the kernel says of
 * the process. Login uid and audit session stay what they were through su and sudo. "none": there
 * is none, or the kernel does not tell, as it does not tell a login uid to the unit's user
 * namespace; the journal has it under _AUDIT_SESSION. */
#define GP_WHO_TEXT 64
void gp_process_who(pid_t pid, uid_t uid, char out[static GP_WHO_TEXT]);

#endif
