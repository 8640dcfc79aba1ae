/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Do the ranges of ids.conf meet those that somebody else on this host gives numbers from? Then two
 * people could have one number some day. PURE, but for gp_overlap_look().
 */
#ifndef GP_CONFIG_OVERLAP_H
#define GP_CONFIG_OVERLAP_H

#include "config/config.h"
#include "contract/ids_conf.h"

/* Whose format a text is in. */
enum gp_overlap_format {
	GP_OVERLAP_LOGIN_DEFS, /* login.defs(5): UID_MIN and so on */
	GP_OVERLAP_SUBUID,     /* subuid(5) */
	GP_OVERLAP_SUBGID,     /* subgid(5) */
	GP_OVERLAP_SSSD,       /* sssd.conf(5), sssd-ldap(5): ldap_idmap_range_min and _max */
	GP_OVERLAP_SAMBA,      /* smb.conf(5): idmap config */
};

/* FOUND hears of each meeting, with the file's NAME and line. What is not understood is passed
 * over: these files are not ours to judge. Returns how many there were. */
size_t gp_overlap_text(const struct gp_ids_rules *rules, enum gp_overlap_format format,
		       const char *name, struct gp_str text, gp_config_finding *found, void *arg);
/* The same for the ranges that systemd keeps for itself. */
size_t gp_overlap_systemd(const struct gp_ids_rules *rules, gp_config_finding *found, void *arg);

/* All that is below ROOT ("" for this host), and systemd. A file that cannot be read is told too.
 */
size_t gp_overlap_look(const struct gp_ids_rules *rules, const char *root, gp_config_finding *found,
		       void *arg);

#endif
