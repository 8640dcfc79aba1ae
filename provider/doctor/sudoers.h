/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines of sudoers(5) that name guests, their groups or their numbers as who may do something.
 * PURE. Names only are looked at: what an alias, a netgroup or a command means is sudo's.
 */
#ifndef GP_DOCTOR_SUDOERS_H
#define GP_DOCTOR_SUDOERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "contract/str.h"

/* Who is meant by a word of sudoers. */
struct gp_sudoers_who {
	/* A user or a group, without "%" and with its escapes and quotes taken off. */
	bool (*is_guest_name)(void *arg, struct gp_str name, bool group);
	bool (*is_guest_number)(void *arg, uint32_t number, bool group);
	void *arg;
};

struct gp_sudoers_hear {
	/* A line that gives guests something; WORD is how it names them ("ALL", "%gp-ops"). */
	void (*guests)(void *arg, size_t line, struct gp_str word);
	/* "@include PATH" or "@includedir PATH". */
	void (*include)(void *arg, struct gp_str path, bool directory);
	/* A word at the beginning of a rule, as it is written; for whoever looks for others. */
	void (*other)(void *arg, struct gp_str word);
	/* A line that is too long to be read wholly. */
	void (*cut)(void *arg, size_t line);
	void *arg;
};

void gp_sudoers_read(struct gp_str text, const struct gp_sudoers_who *who,
		     const struct gp_sudoers_hear *hear);

#endif
