/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One stack of one PAM service as Linux-PAM reads it from pam.d(5): @include, include and substack
 * followed, controls as tables of actions. PURE, but that the caller's function opens the files.
 */
#ifndef GP_DOCTOR_PAM_STACK_H
#define GP_DOCTOR_PAM_STACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "contract/str.h"

#define GP_PAM_ENTRIES_MAX 128
#define GP_PAM_CODES       32 /* Linux-PAM: _PAM_RETURN_VALUES */
#define GP_PAM_NAME        96

enum gp_pam_type {
	GP_PAM_AUTH = 0,
	GP_PAM_ACCOUNT,
	GP_PAM_SESSION,
	GP_PAM_PASSWORD,
};

/* What a module's answer does; above zero it is a jump over so many modules. */
enum {
	GP_PAM_IGNORE = 0,
	GP_PAM_OK = -1,
	GP_PAM_DONE = -2,
	GP_PAM_BAD = -3,
	GP_PAM_DIE = -4,
	GP_PAM_RESET = -5,
	GP_PAM_UNSET = -6,
};

struct gp_pam_entry {
	int level;   /* how deep in substacks */
	bool broken; /* a line that makes no sense, or a file that is not there: it always fails */
	bool silent; /* "-session": that the module is missing does not matter */
	int action[GP_PAM_CODES]; /* by the answer: PAM_SUCCESS and so on */
	char module[GP_PAM_NAME]; /* without its directory: "pam_unix.so" */
	char path[GP_PAM_NAME];   /* as written */
	char options[256];        /* with one blank between two */
	char file[GP_PAM_NAME];   /* where it is written */
	size_t line;
};

struct gp_pam_stack {
	size_t count;
	bool whole; /* everything had room and was read */
	struct gp_pam_entry entries[GP_PAM_ENTRIES_MAX];
};

/* The text of the file NAME ("common-auth", or an absolute path), of which *LEN says how long it
 * is; freed by the caller. NULL: there is none. */
typedef char *gp_pam_open(void *arg, const char *name, size_t *len);

/* Fills OUT (about 80 KiB: on the heap) with the stack TYPE of SERVICE. False when there is no file
 * for SERVICE; Linux-PAM takes "other" then. */
bool gp_pam_read(gp_pam_open *open, void *arg, const char *service, enum gp_pam_type type,
		 struct gp_pam_stack *out);

/* "auth" and so on. */
const char *gp_pam_type_name(enum gp_pam_type type);
/* The value of OPTION ("timeout=") or the word itself ("debug"), up to its end; ptr is NULL when it
 * is not among the entry's options. */
struct gp_str gp_pam_option(const struct gp_pam_entry *entry, const char *option);

#endif
