/* SPDX-License-Identifier: Apache-2.0 */
/* A host in a temporary directory that doctor's checks look at: sound, until a test plants a fault.
 */
#ifndef GP_TESTS_UNIT_SUPPORT_DOCTOR_TREE_H
#define GP_TESTS_UNIT_SUPPORT_DOCTOR_TREE_H

#include "doctor/doctor.h"

/* Which sound host. */
enum tree_kind {
	TREE_DEBIAN = 0, /* pam-auth-update, sudo, polkit, cron */
	TREE_BY_HAND,    /* our lines in the files themselves, one file for all services */
	TREE_SSSD,       /* SSSD beside us */
	TREE_MINIMAL,    /* sshd and nothing else */
	TREE_AZURE,      /* a machine of Azure's with a packet filter, without polkit */
	TREE_KINDS,
};

struct tree {
	char root[64];
	struct gp_doctor doctor;
	const char *sshd_output; /* of sshd -T */
	int sshd_code;
	const char *known_by; /* the service that knows guests' names too; NULL: none */
	bool unknown;         /* the host's name service knows no guest */
	const char *filter;   /* what nft says; NULL: there is no nft */
	struct gp_json_doc *status, *tenant;
};

/* What sshd says of a guest on a sound host. */
extern const char tree_sshd_output[];
#define TREE_STATUS                                                                                \
	"{\"v\":1,\"health\":\"ok\",\"problems\":[],\"problem_levels\":[],"                        \
	"\"tenant\":{\"clock_skew_s\":2},\"sync\":{\"last\":1790000000}}"
#define TREE_NOW_S 1790000100

/* Needs root. FINDINGS is where the doctor puts them. */
struct tree *tree_new(enum tree_kind kind, struct gp_findings *findings);
void tree_free(struct tree *t);

/* The file PATH, made or replaced. */
void tree_write(const struct tree *t, const char *path, const char *text);
void tree_remove(const struct tree *t, const char *path);
void tree_chmod(const struct tree *t, const char *path, unsigned int mode);
/* FROM, which is there, becomes TO, everywhere in the file PATH. */
void tree_edit(const struct tree *t, const char *path, const char *from, const char *to);
/* What the daemon says of itself, and of the tenant. */
void tree_status(struct tree *t, const char *json);
void tree_tenant(struct tree *t, const char *json);

#endif
