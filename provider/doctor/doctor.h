/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The checks of `guestpass doctor`: what about this host keeps guests out, lets them in where they
 * should not, or hurts local accounts. They read and ask; they change nothing.
 */
#ifndef GP_DOCTOR_DOCTOR_H
#define GP_DOCTOR_DOCTOR_H

#include <sys/types.h>

#include "base/json.h"
#include "config/config.h"
#include "contract/ids_conf.h"
#include "doctor/findings.h"

#define GP_DOCTOR_GUESTS 4 /* of whom what depends on a name is asked */
#define GP_DOCTOR_GROUPS 32

/* One of the guests that are published. */
struct gp_doctor_guest {
	char name[GP_DIRECTORY_NAME_MAX + 1];
	uint32_t uid;
	size_t group_count;
	char groups[GP_DOCTOR_GROUPS][GP_DIRECTORY_NAME_MAX + 1];
};

/* Runs ARGV (ended by NULL, ARGV[0] an absolute path) with no input and appends what it writes on
 * both its outputs to OUT. *CODE is its exit code. GP_ST_NOT_FOUND: there is no such program;
 * others: it did not end in time, or said too much. */
typedef enum gp_status gp_doctor_run(void *arg, const char *const argv[], struct gp_buf *out,
				     int *code);

/* What the checks look at. All of it is borrowed. */
struct gp_doctor {
	const char *root; /* before each path; "" for this host */
	uid_t root_uid;   /* who root is: 0, but for tests */
	int64_t now_s;
	const struct gp_config *config; /* NULL: it cannot be read, and config_error says why */
	struct gp_error config_error;
	const struct gp_ids_rules *rules; /* likewise */
	struct gp_error rules_error;
	const char *sshd_text;        /* what sshd should know; NULL without config or rules */
	const struct gp_json *status; /* the daemon's answer to "status"; NULL: none */
	struct gp_error status_error;
	const struct gp_json *tenant; /* and to "doctor"; likewise */
	struct gp_error tenant_error;
	bool as_admin; /* somebody signs in for what only an administrator can read */
	const struct gp_json *registrations; /* the daemon's answer then; likewise */
	struct gp_error registrations_error;
	size_t guest_count;
	struct gp_doctor_guest guests[GP_DOCTOR_GUESTS];
	gp_doctor_run *run;
	void *run_arg;

	struct gp_findings *out;
	const char *check; /* the one that runs */
};

/* Runs the check NAME, or all for NULL. GP_ST_NOT_FOUND: there is none of that name. */
enum gp_status gp_doctor_look(struct gp_doctor *d, const char *name) gp_must_check;
/* The names of the checks, in their order; NULL behind the last. */
const char *gp_doctor_check_name(size_t i);

/* Fills GUESTS from the published directory below ROOT. GP_ST_OK also when it has none. */
enum gp_status gp_doctor_guests(struct gp_doctor *d) gp_must_check;
/* The run of this host. ARG is an int64_t, the milliseconds that a program has to end in, or NULL
 * for ten seconds. */
gp_doctor_run gp_doctor_run_command;

/* For the checks. */
void gp_doctor_find(struct gp_doctor *d, enum gp_finding_id id, const char *fmt, ...)
	gp_printf(3, 4);
void gp_doctor_unseen(struct gp_doctor *d, const char *fmt, ...) gp_printf(2, 3);
/* ROOT and PATH into OUT; false if they are too long. */
bool gp_doctor_path(const struct gp_doctor *d, const char *path, char out[static GP_CONFIG_PATH]);
/* The whole of a regular file, freed by the caller. NULL: it is absent (*ABSENT), or cannot be
 * read. */
char *gp_doctor_read(const struct gp_doctor *d, const char *path, size_t *len, bool *absent);

typedef void gp_doctor_check(struct gp_doctor *d);
gp_doctor_check gp_doctor_config, gp_doctor_daemon, gp_doctor_tenant, gp_doctor_registrations,
	gp_doctor_nss, gp_doctor_pam, gp_doctor_sshd, gp_doctor_files, gp_doctor_directory,
	gp_doctor_numbers, gp_doctor_sudo, gp_doctor_polkit, gp_doctor_break_glass,
	gp_doctor_metadata;

#endif
