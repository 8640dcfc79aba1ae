/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The modules' side: connections as the programs of this host would make them, and the rules for
 * what comes back, written down without the daemon's code. Each request has a tty of its own, by
 * which its audit records are known.
 */
#ifndef GP_TESTS_FUZZ_DAEMON_CLIENTS_H
#define GP_TESTS_FUZZ_DAEMON_CLIENTS_H

#include <stdbool.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>

#include "contract/login_protocol.h"
#include "contract/str.h"

struct listener {
	int fd;
	struct sockaddr_un address;
	socklen_t len;
};
/* Listens at an address that the kernel chooses. */
void clients_listen(struct listener *l);

void clients_begin(const struct listener *login);
/* Everything is over: nobody waits, and every decision has its one record. */
void clients_end(void);

/* As uid UID and process PID, in the place of whoever was SLOT. */
void client_connect(unsigned int slot, uid_t uid, pid_t pid);
/* A request; CHOICE picks names, GRANT which of the grants it refers to. */
void client_request(unsigned int slot, enum gp_login_op op, unsigned int choice,
		    unsigned int grant);
void client_answer(unsigned int slot, bool typed, uint32_t after_ms);
void client_raw(unsigned int slot, struct gp_str bytes);
void client_hang_up(unsigned int slot);
void client_stop_reading(unsigned int slot);
/* The configuration that holds from now on. */
void clients_reloaded(unsigned int kind);
/* Reads what the daemon said, and judges it. */
void clients_hear(void);
struct audited;
/* A record was made, or tried. */
void clients_recorded(const struct audited *a);
/* The number of the code that SLOT was shown, or 0. */
unsigned int client_code(unsigned int slot);

/* Who the next connection comes from; getsockopt() tells the daemon. */
void clients_next_peer(uid_t uid, pid_t pid);

#endif
