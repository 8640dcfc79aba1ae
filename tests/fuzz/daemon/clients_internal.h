/* SPDX-License-Identifier: Apache-2.0 */
/* What the two files of the modules' side share: clients.c speaks and hears, clients_rules.c
 * judges. */
#ifndef GP_TESTS_FUZZ_DAEMON_CLIENTS_INTERNAL_H
#define GP_TESTS_FUZZ_DAEMON_CLIENTS_INTERNAL_H

#include "session/registry.h"
#include "tests/fuzz/daemon/clients.h"
#include "tests/fuzz/daemon/world.h"

enum { SLOTS = 6, GRANTS = 64, REQUESTS = 256, LATE_MS = 31000 };

struct request {
	enum gp_login_op op;
	const char *service, *name, *address;
	uint32_t uid, caller;
	bool has_id;
	uint8_t id[GP_DECISION_ID_BYTES];
	pid_t pid;
	bool silent;
	bool key;            /* sshd says that it took an SSH key */
	unsigned int config; /* that held when it came */
	/* what came of it */
	bool asked, answered, done;
	bool heard;        /* anything at all */
	unsigned int code; /* shown to it; counted from 1 */
};

struct client {
	int fd; /* -1: none */
	pid_t pid;
	struct request *request; /* its first frame, when that was one */
	bool reads;
	int64_t owed_since_ms; /* the daemon has to say something; -1: it has not */
};

/* A login that was admitted. */
struct grant {
	uint8_t id[GP_DECISION_ID_BYTES];
	const struct request *by;
	enum gp_session_state state; /* NONE: over */
	int64_t since_ms;
	pid_t leader;
	bool by_key;          /* without a sign-in of its own */
	int64_t signed_in_ms; /* its account was admitted by one; -1: it was not */
};

/* The state of them all. */
struct clients {
	const struct listener *login;
	struct client clients[SLOTS];
	struct request requests[REQUESTS];
	size_t requests_len;
	struct grant grants[GRANTS];
	size_t grants_len;
	unsigned int config;
	struct ucred peer;
};
extern struct clients clients;

/* Its record, the last one, and how many; NULL if there is none. */
const struct audited *record_of(const struct request *r, size_t *count);
/* The last word to R. */
void judge_done(struct request *r, const struct gp_login_msg *done);

#endif
