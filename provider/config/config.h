/* SPDX-License-Identifier: Apache-2.0 */
/*
 * guestpass.conf(5): one validated value. It is read as a whole or not at all; what is not set
 * denies. conf.d drop-ins may only tighten. A struct gp_config never changes after it was loaded: a
 * reload makes a new one.
 */
#ifndef GP_CONFIG_CONFIG_H
#define GP_CONFIG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/log.h"
#include "config/account.h"
#include "contract/directory.h"
#include "contract/status.h"
#include "contract/str.h"

#define GP_CONFIG_GROUPS_MAX    20 /* checkMemberGroups takes so many ids (entra-facts 7.4) */
#define GP_CONFIG_HOMES_MAX     256
#define GP_CONFIG_LITERALS_MAX  16
#define GP_CONFIG_TEXT          256
#define GP_CONFIG_PATH          256
#define GP_CONFIG_FILE_MAX      65536U /* bytes of one file */
#define GP_CONFIG_DROP_INS_MAX  64
#define GP_CONFIG_CLASSES_MAX   3
#define GP_CONFIG_MAPPED_MAX    63
#define GP_CONFIG_ERRORS_MAX    32
#define GP_CONFIG_ACCESS        96 /* a group's id, a basis, a package's id */
#define GP_CONFIG_NETWORKS_MAX  64
#define GP_CONFIG_NETWORK       56 /* an IPv6 address and its length */
#define GP_CONFIG_CREATIONS_MAX 4
#define GP_CONFIG_REPORT_MAX    16
#define GP_CONFIG_GROUP_NAME    65 /* a POSIX group's name of 64 bytes */

/* How sensitive a tier's hosts are: presets for what is not set, config/label.h. Unlabelled is
 * high. */
enum gp_label {
	GP_LABEL_HIGH = 0,
	GP_LABEL_MEDIUM,
	GP_LABEL_LOW,
};

/* What gives a member of an access group his pass. */
enum gp_basis {
	GP_BASIS_NONE = 0,
	GP_BASIS_PACKAGE, /* an access package's assignment that is delivered */
	GP_BASIS_PIM,     /* an activation or assignment of PIM for Groups */
	GP_BASIS_GROUP,   /* membership alone, its end counted from when he was first seen */
	GP_BASIS_LOCAL,   /* guestpass grant */
};

struct gp_access {
	enum gp_basis basis;
	char package[GP_GUID_TEXT]; /* GP_BASIS_PACKAGE: its id */
};

/* "c1" to "c99", an authentication context's id. */
#define GP_CONTEXT_TEXT 4
bool gp_context_ok(struct gp_str text);

/* What sshd forwards for guests. */
enum gp_forwarding {
	GP_FORWARDING_NO = 0,
	GP_FORWARDING_LOCAL, /* TCP from the guest's side: ssh -L */
};

/* How the ipaddr of a sign-in must agree with the address of the SSH client. */
enum gp_signin_address {
	GP_SIGNIN_ADDRESS_MATCH = 0, /* be the same */
	GP_SIGNIN_ADDRESS_NETWORK,   /* lie in the same network */
	GP_SIGNIN_ADDRESS_REPORT,    /* not at all: the guest is told */
	GP_SIGNIN_ADDRESS_OFF,       /* not at all, and nothing is told */
};

/* What location policies of Conditional Access mean for the SSH client's address. */
enum gp_ssh_location {
	GP_SSH_LOCATION_ENFORCE = 0,
	GP_SSH_LOCATION_REPORT, /* recorded, not enforced */
	GP_SSH_LOCATION_OFF,    /* not looked at, and the policies are not read */
};

/* And for an address that no location can contain. */
enum gp_unknown_location {
	GP_UNKNOWN_LOCATION_REFUSE = 0,
	GP_UNKNOWN_LOCATION_LEFT_TO_ENTRA,
};

/* What makes a member of sudo_group. */
enum gp_sudo_basis {
	GP_SUDO_PIM = 0, /* an activation that holds */
	GP_SUDO_GROUP,   /* membership alone */
};

enum gp_guests {
	GP_GUESTS_NEVER = 0, /* also what an unset tier means */
	GP_GUESTS_ALLOWED,
};

struct gp_cloud {
	const char *name;           /* global, usgov, china, custom */
	char login[GP_CONFIG_TEXT]; /* "https://login.microsoftonline.com", no slash at the end */
	char graph[GP_CONFIG_TEXT]; /* "https://graph.microsoft.com" */
	char sts_prefix[GP_CONFIG_TEXT]; /* "https://sts.windows.net/" */
};

/* A credential of the reader registration: a certificate with its key, or a secret in a file. */
struct gp_credential_paths {
	char certificate[GP_CONFIG_PATH];
	char key[GP_CONFIG_PATH];
};

/* [group NAME]: the guests of an Entra group, as a POSIX group. */
struct gp_mapped_group {
	char name[GP_CONFIG_GROUP_NAME];
	char entra_group[GP_GUID_TEXT];
};

/* [error NUMBER]: what is read when a sign-in ends with that number; "": the usual words. */
struct gp_error_text {
	uint32_t number;
	char guest[GP_CONFIG_TEXT];
	char admin[GP_CONFIG_TEXT];
};

#define GP_CONFIG_DIGEST 65
struct gp_config {
	/* SHA-256 of the files, by which one configuration is told from another */
	char digest[GP_CONFIG_DIGEST];
	/* [guestpass] */
	char tenant_id[GP_GUID_TEXT];
	struct gp_cloud cloud;
	char reader_client_id[GP_GUID_TEXT];
	struct gp_credential_paths
		reader[2]; /* reader_certificate/_key, reader_certificate_2/_key_2 */
	char reader_secret_file[GP_CONFIG_PATH];
	char sign_in_client_id[GP_GUID_TEXT];
	char admin_client_id[GP_GUID_TEXT]; /* empty: nothing is asked as an administrator */
	char ca_directory[GP_CONFIG_PATH];  /* empty: the system's */
	char proxy[GP_CONFIG_TEXT];         /* empty: none */
	uint32_t interval_s;                /* between rounds of changes: 60 .. 86400, 300 */
	uint32_t full_interval_s;           /* between full reads: 3600 .. 518400, 21600 */
	uint32_t max_removal; /* percent of the guests that a read may take away: 30 */
	bool enumerate;       /* may getpwent(3) and getgrent(3) list guests and groups */
	enum gp_log_level log_level;
	bool qr_code;
	char user[33]; /* the account to run as in foreground mode */
	char run_directory[GP_CONFIG_PATH];
	char state_directory[GP_CONFIG_PATH];
	char audit_file[GP_CONFIG_PATH];
	char ids_conf[GP_CONFIG_PATH];
	char host_name[64]; /* what the sign-in screen calls this host; empty: its own name */

	/* [tier] */
	char tier[64];
	enum gp_guests guests;
	char api_client_id[GP_GUID_TEXT];                    /* aud of the access token */
	char scope[GP_CONFIG_TEXT];                          /* "api://<id>/ssh.login" */
	char access[GP_CONFIG_GROUPS_MAX][GP_CONFIG_ACCESS]; /* "<group>=<basis>", as written */
	size_t access_len;
	/* the same taken apart: the group, and at its place what gives a member his pass */
	char access_groups[GP_CONFIG_GROUPS_MAX][GP_GUID_TEXT];
	struct gp_access access_bases[GP_CONFIG_GROUPS_MAX];
	size_t access_groups_len;
	char home_tenants[GP_CONFIG_HOMES_MAX]
			 [GP_GUID_TEXT]; /* empty: no home in Entra is allowed */
	size_t home_tenants_len;
	char home_tenants_denied[GP_CONFIG_HOMES_MAX][GP_GUID_TEXT]; /* wins over home_tenants */
	size_t home_tenants_denied_len;
	/* mail domains whose unknown names are looked up; empty: none */
	char home_domains[GP_DIRECTORY_DOMAINS_MAX][GP_DIRECTORY_DOMAIN_MAX + 1];
	size_t home_domains_len;
	char idp_allowed[GP_CONFIG_LITERALS_MAX]
			[64]; /* further idp literals; "msa" for Microsoft accounts */
	size_t idp_allowed_len;
	char services[GP_CONFIG_LITERALS_MAX][64]; /* PAM services that may start a sign-in: sshd */
	size_t services_len;
	char name_template[128];                      /* of login names: identity/name.h */
	char user_classes[GP_CONFIG_CLASSES_MAX][24]; /* external-guest, ... */
	size_t user_classes_len;
	char creation_types[GP_CONFIG_CREATIONS_MAX][24]; /* empty: any */
	size_t creation_types_len;
	/* how long and when; 0 is no limit, each in seconds */
	enum gp_label label;
	char owner[GP_CONFIG_TEXT]; /* who answers for the tier: a mail address or a name */
	uint32_t review_every_s;
	int64_t last_review_s; /* the end of that day */
	uint32_t max_stay_s;
	int64_t project_end_s; /* the end of that day */
	uint32_t idle_limit_s;
	uint32_t max_auth_age_s; /* of the authentication behind a sign-in, from the code back */
	char auth_context[GP_CONTEXT_TEXT]; /* that a sign-in asks for; empty: none */
	enum gp_signin_address signin_address;
	/* by which the Internet sees this host */
	char egress_addresses[GP_CONFIG_NETWORKS_MAX][GP_CONFIG_NETWORK];
	size_t egress_addresses_len;
	enum gp_ssh_location ssh_location;
	enum gp_unknown_location ssh_location_unknown;
	char relay_addresses[GP_CONFIG_NETWORKS_MAX][GP_CONFIG_NETWORK];
	size_t relay_addresses_len;
	char legacy_trusted_ips[GP_CONFIG_NETWORKS_MAX][GP_CONFIG_NETWORK]; /* empty: unknown */
	size_t legacy_trusted_ips_len;
	uint32_t policy_max_age_s;
	char elevation_resource[GP_GUID_TEXT]; /* aud of its access token; empty: none */
	char sudo_group[GP_GUID_TEXT];         /* empty: nobody */
	enum gp_sudo_basis sudo_basis;
	char sudo_services[GP_CONFIG_LITERALS_MAX][64];
	size_t sudo_services_len;
	uint32_t sudo_valid_s;
	uint32_t key_valid_s; /* 0: no SSH keys */
	enum gp_forwarding forwarding;
	char shell_group[GP_CONFIG_GROUP_NAME]; /* its members get a shell; empty: all guests do */
	bool sponsor_required;
	bool leave_date;            /* employeeLeaveDateTime ends a pass */
	char hours[GP_CONFIG_TEXT]; /* config/hours.h; empty: always */
	char networks[GP_CONFIG_NETWORKS_MAX][GP_CONFIG_NETWORK]; /* empty: from anywhere */
	size_t networks_len;
	char report[GP_CONFIG_REPORT_MAX][24]; /* checks that are recorded, not enforced */
	size_t report_len;
	char home_prefix[GP_CONFIG_PATH]; /* homes are <home_prefix>/<name> */
	char shell[GP_CONFIG_PATH];
	char redemption_url[GP_CONFIG_TEXT];     /* where a pending guest accepts; may be empty */
	char access_request_url[GP_CONFIG_TEXT]; /* My Access link; may be empty */

	/* [group NAME], in the order of the file */
	struct gp_mapped_group mapped_groups[GP_CONFIG_MAPPED_MAX];
	size_t mapped_groups_len;
	struct gp_error_text errors[GP_CONFIG_ERRORS_MAX];
	size_t errors_len;

	/* [limits] */
	uint32_t codes_per_guest;   /* live codes: 3 */
	uint32_t codes_per_address; /* 10 */
	uint32_t codes_total;       /* 500 */
	uint32_t connections;       /* login connections of one peer uid: 600 */
};

/* Loads FILE and FILE's directory "conf.d" drop-ins (name order). FILE must be a regular file owned
 * by root (or by OWNER_OK, for tests; -1 for nobody else) and not writable by group or others. Any
 * unknown or duplicate key, bad value or missing required key is an error: ERR has file, line and
 * the nearest known key. *OUT is freed by gp_config_free(). */
enum gp_status gp_config_load(const char *file, int64_t owner_ok, struct gp_config **out,
			      struct gp_error *err) gp_must_check;
void gp_config_free(struct gp_config *config);

/* The same from texts in memory: FILES[0] is the main file, the others are drop-ins in their order.
 * What owns the texts and who may write them is the caller's affair. */
struct gp_config_file {
	const char *name; /* for messages */
	struct gp_str text;
};
enum gp_status gp_config_parse(const struct gp_config_file *files, size_t count,
			       struct gp_config **out, struct gp_error *err) gp_must_check;

/* Looks at what a valid configuration names: CA directory, state directory, and whether ids.conf
 * permits the home prefix and the shell. FOUND hears of each thing that is amiss, with the key that
 * names it. The status is that of the first one. */
typedef void gp_config_finding(void *arg, const struct gp_error *err);
enum gp_status gp_config_check_files(const struct gp_config *config, gp_config_finding *found,
				     void *arg) gp_must_check;
/* The same for the files of the reader's credential: that they are there, that others cannot read
 * or write them, and that ACCOUNT, the daemon's (NULL: unknown), can read them. */
enum gp_status gp_config_check_reader(const struct gp_config *config,
				      const struct gp_account *account, gp_config_finding *found,
				      void *arg) gp_must_check;

/* The scope that a sign-in asks for: the tier's, or ELEVATED, the same word of elevation_resource.
 * False where there is none. */
bool gp_config_scope_of(const struct gp_config *config, bool elevated,
			char out[static GP_CONFIG_TEXT]);
/* What the administrators say of the AADSTS number; NULL: nothing. */
const struct gp_error_text *gp_config_error_text(const struct gp_config *config, uint32_t number);
/* The word after the last slash of the scope: "ssh.login". */
const char *gp_config_scope_word(const struct gp_config *config);

#endif
