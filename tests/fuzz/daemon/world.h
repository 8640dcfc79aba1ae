/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the daemon's harness puts below and around the real sockets, sign-ins, tenant client and
 * registry: people, a tenant that answers when the program says so, a directory of guests, an
 * audit that can fail, processes that can end, and a clock.
 */
#ifndef GP_TESTS_FUZZ_DAEMON_WORLD_H
#define GP_TESTS_FUZZ_DAEMON_WORLD_H

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "contract/login_protocol.h"
#include "contract/str.h"
#include "directory/sync.h"
#include "signin/tenant.h"
#include "store/audit.h"
#include "store/standing.h"
#include "tests/unit/support/test_clock.h"

#define LOGIN_ROOT   "https://login.example"
#define GRAPH_ROOT   "https://graph.example"
#define OUR_TENANT   "aaaaaaaa-0000-4000-8000-000000000001"
#define HOME_TENANT  "bbbbbbbb-0000-4000-8000-000000000002"
#define OTHER_TENANT "bbbbbbbb-0000-4000-8000-0000000000ff"
#define CLIENT_ID    "dddddddd-0000-4000-8000-000000000004"
#define API_ID       "eeeeeeee-0000-4000-8000-000000000005"
#define READER_ID    "eeeeeeee-0000-4000-8000-000000000006"
#define GROUP_ID     "10000000-86f1-41af-91ab-2d7cd011db47"
#define OTHER_GROUP  "20000000-86f1-41af-91ab-2d7cd011db47"

enum {
	PEOPLE = 4,
	CODES = 128, /* of one program */
	GUEST_UID = 2000683000,
	POLL_S = 5,
	PROCESSES = 4,
	FIRST_PID = 100,
	GENERATIONS = 64, /* reloads of one program */
	CONFIG_KEYS = 4,  /* the one that lets SSH keys count */
	CONFIG_KINDS = 5,
	KEY_VALID_S = 3600,
	FREEZES = 64, /* of one program */
	GRANT_MAX_S = 90 * 86400,
};

/* A person, and what the tenant says of him now. The last one is nobody's guest here. */
struct person {
	const char *oid;
	const char *name; /* NULL: not in the directory */
	const char *home;
	enum gp_tri enabled;
	bool member_type; /* userType Member */
	bool pending;
	bool gone;
	bool in_group;
};

enum tokens {
	TOKENS_GOOD = 0,
	TOKENS_UNKNOWN_KEY,
	TOKENS_BAD_SIGNATURE,
	TOKENS_EXPIRED,
	TOKENS_OTHER_AUDIENCE,
	TOKENS_OTHER_INFO, /* client_info of another home */
	TOKENS_KINDS,
};

/* A device code that the tenant gave out, and what came of it. */
struct code {
	char correlation[GP_GUID_TEXT];
	bool approved, declined;
	unsigned int person; /* who approved */
	enum tokens kind;
	bool given; /* the tokens were handed out */
	bool used;  /* somebody was admitted by them */
	int64_t polled_ms;
	int64_t interval_ms;
	/* what Graph said last, in answers that were whole and good */
	bool user_good, member;
	char user_oid[GP_GUID_TEXT], member_oid[GP_GUID_TEXT];
};

struct audited {
	char event[16];
	char verdict[16];
	char tty[GP_LOGIN_FIELD_MAX + 1];
	uint8_t decision[GP_DECISION_ID_BYTES];
	bool written;
};

struct world {
	struct gp_str program;
	sd_event *event;
	struct test_clock clock;
	int64_t skew_s;             /* of the tenant's clock */
	int64_t skews[GENERATIONS]; /* by the last answer to each configuration */
	struct person people[PEOPLE];
	struct gp_guest guests[PEOPLE];
	struct gp_standing standing[PEOPLE];
	struct gp_freeze freezes[FREEZES];
	size_t freezes_len;
	bool quarantined[PEOPLE];
	bool was_read;
	enum gp_tri canary;
	bool audit_fails;
	struct audited records[512];
	size_t records_len;
	bool ended[PROCESSES];
	struct code codes[CODES];
	size_t codes_len;
	size_t generations; /* configurations made so far */
	size_t transports;  /* struct gp_http that live */
	size_t pending;     /* requests without an answer */
	uint64_t random;
};
extern struct world world;

void must(bool truth);
/* The same for what must hold without memory too: who comes in, and why. */
void must_ever(bool truth);

/* kept.c: does what root said, and who came before, let this person in? */
bool kept_admits(unsigned int person);

/* world.c */
void world_begin(struct gp_str program);
void world_end(void);
/* Lets the loop do what is to be done now. */
void world_step(void);
/* Time passes, in small steps of the loop; EACH is called after every one. */
void world_wait(int64_t ms, void (*each)(void));
struct gp_tenant *world_tenant(unsigned int kind);
/* May a guest of HOME come in by SERVICE with the configuration KIND? */
bool world_config_admits(unsigned int kind, const char *service, const char *home);
/* The code that was given out under this id, or NULL. */
struct code *world_code(const char *correlation);

/* net.c: answers. The first request of those that wait, from START on; false if there is none. */
bool net_answer(unsigned int start, unsigned int how);
/* All of them, and what they lead to, as a tenant in good health would. */
void net_settle(void);

/* tokens.c: the body of a token answer. Borrowed until the next call. */
const char *tokens_body(const struct person *person, enum tokens kind, int64_t now_s);
/* The keys document. */
const char *tokens_keys(void);

#endif
