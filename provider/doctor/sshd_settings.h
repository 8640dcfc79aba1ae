/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a piece of sshd_config(5) asks for one user, and what "sshd -T" says that holds. PURE. Only
 * what our own file has is understood: keywords, and Match with Group lists or "all".
 */
#ifndef GP_DOCTOR_SSHD_SETTINGS_H
#define GP_DOCTOR_SSHD_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "contract/str.h"
#include "doctor/doctor.h"

#define GP_SSHD_SETTINGS_MAX 128

struct gp_sshd_setting {
	struct gp_str key, value; /* borrowed from the text */
};

struct gp_sshd_settings {
	size_t count;
	struct gp_sshd_setting settings[GP_SSHD_SETTINGS_MAX];
};

/* The settings of TEXT that hold for GUEST: of each keyword the first. What stands in a Match block
 * that is not understood is left out. */
void gp_sshd_wanted(struct gp_str text, const struct gp_doctor_guest *guest,
		    struct gp_sshd_settings *out);
/* Those of the output of "sshd -T": each line, so a keyword may come more than once. */
void gp_sshd_effective(struct gp_str text, struct gp_sshd_settings *out);
/* The value of KEY, without regard to case; ptr is NULL when there is none. */
struct gp_str gp_sshd_value(const struct gp_sshd_settings *settings, const char *key);
/* A time as sshd_config(5) writes it, in seconds: "300", "5m", "1h30m". False for anything else. */
bool gp_sshd_time(struct gp_str text, uint64_t *seconds);

#endif
