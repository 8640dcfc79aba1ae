/* SPDX-License-Identifier: Apache-2.0 */
/* /etc/sudoers of the host that is looked at, with all that it includes. */
#ifndef GP_DOCTOR_SUDOERS_FILES_H
#define GP_DOCTOR_SUDOERS_FILES_H

#include "doctor/doctor.h"
#include "doctor/sudoers.h"

/* What hears of the lines of all files. */
struct gp_sudoers_visitor {
	const struct gp_sudoers_who *who;
	void (*guests)(void *arg, const char *file, size_t line, struct gp_str word);
	void (*other)(void *arg, struct gp_str word);
	void *arg;
};

/* What cannot be read is told as not looked at. False when there is no /etc/sudoers. */
bool gp_doctor_sudoers(struct gp_doctor *d, const struct gp_sudoers_visitor *visitor);

#endif
