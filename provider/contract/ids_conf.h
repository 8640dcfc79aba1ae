/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /etc/guestpass/ids.conf: root's word on which numbers, names, homes and shells guests may have.
 * The publisher refuses whatever breaks these rules, so that a daemon gone bad cannot make an
 * administrator; the daemon reads the same file so as not to propose what will be refused.
 */
#ifndef GP_CONTRACT_IDS_CONF_H
#define GP_CONTRACT_IDS_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "contract/directory.h"
#include "contract/status.h"
#include "contract/str.h"

#define GP_IDS_CONF_PATH   GP_CONFDIR "/ids.conf"
#define GP_IDS_ADOPTED_MAX 1024
#define GP_IDS_PATHS_MAX   16
#define GP_IDS_UID_BASE    0x77400000U
#define GP_IDS_UID_SIZE    0x07C00000U /* to 0x7EFFFFFF */
#define GP_IDS_GID_BASE    0x7F000000U
#define GP_IDS_GID_SIZE    0x00E00000U /* to 0x7FDFFFFF */

struct gp_ids_adopted {
	char name[GP_DIRECTORY_NAME_MAX + 1];
	uint32_t number;
};

/* About 150 KiB: static or on the heap rather than on a stack. */
struct gp_ids_rules {
	uint32_t uid_base, uid_size;
	uint32_t gid_base, gid_size;
	char group_prefix[GP_DIRECTORY_PREFIX_MAX + 1];
	char user_suffix[GP_DIRECTORY_SUFFIX_MAX + 1]; /* "" = none */
	size_t home_count, shell_count;
	char homes[GP_IDS_PATHS_MAX][GP_DIRECTORY_HOME_MAX + 1];   /* each ends in '/' */
	char shells[GP_IDS_PATHS_MAX][GP_DIRECTORY_SHELL_MAX + 1]; /* a file, or ends in '/' */
	size_t adopted_user_count, adopted_group_count;
	struct gp_ids_adopted adopted_users[GP_IDS_ADOPTED_MAX];
	struct gp_ids_adopted adopted_groups[GP_IDS_ADOPTED_MAX];
	/* the Entra group whose guests the daemon may let become somebody else; "" = none */
	char sudo_group[GP_GUID_TEXT];
};

/* What holds when the file is absent. */
void gp_ids_rules_default(struct gp_ids_rules *rules);

/* Parses TEXT; FILE is for messages only. On failure RULES are unspecified and ERR holds file,
 * line and, for an unknown key, the nearest known one. */
enum gp_status gp_ids_conf_parse(struct gp_str text, const char *file, struct gp_ids_rules *rules,
				 struct gp_error *err) gp_must_check;

/* Reads PATH, which must be root's, a regular file, and nobody else's to write. Absent = defaults.
 */
enum gp_status gp_ids_conf_load(const char *path, struct gp_ids_rules *rules,
				struct gp_error *err) gp_must_check;

/* The name of the group of all guests: "gp-guests". */
enum gp_status gp_ids_guests_group(const struct gp_ids_rules *rules, char *out,
				   size_t size) gp_must_check;

/* Is NAME with NUMBER adopted, that is, listed together? */
bool gp_ids_user_adopted(const struct gp_ids_rules *rules, struct gp_str name, uint32_t uid);
bool gp_ids_group_adopted(const struct gp_ids_rules *rules, struct gp_str name, uint32_t gid);
/* The name rules: '@', the suffix, or adopted; the prefix, or adopted. The number rules: in the
 * range, or adopted with this name. */
bool gp_ids_user_ok(const struct gp_ids_rules *rules, struct gp_str name, uint32_t uid);
bool gp_ids_group_ok(const struct gp_ids_rules *rules, struct gp_str name, uint32_t gid);
bool gp_ids_home_ok(const struct gp_ids_rules *rules, struct gp_str home);
bool gp_ids_shell_ok(const struct gp_ids_rules *rules, struct gp_str shell);
/* The shell of those who left: the first of the programs that let nobody in which is permitted, or
 * NULL. */
const char *gp_ids_nologin(const struct gp_ids_rules *rules);

#endif
