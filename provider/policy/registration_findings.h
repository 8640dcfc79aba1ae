/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is wrong with this host's registrations in the tenant: what keeps guests out, lets more in
 * than was meant, or gives the host's own account more than it needs (entra-facts 17.8). PURE. It
 * explains; nothing is decided by it.
 */
#ifndef GP_POLICY_REGISTRATION_FINDINGS_H
#define GP_POLICY_REGISTRATION_FINDINGS_H

#include "graph/registrations.h"

/* ID is a row of doctor/findings.h; TEXT may hold words of the tenant, which are hostile. */
typedef void gp_registration_finding(void *arg, const char *id, const char *text);

struct gp_registration_look {
	const struct gp_config *config;
	const struct gp_registrations *found;
	int64_t now_s;
	gp_registration_finding *each;
	void *arg;
};

/* EACH hears of everything that differs from what the configuration needs. What could not be read
 * is not judged. */
void gp_registrations_judge(const struct gp_registration_look *look);

/* For the files of this concept. */
void gp_registration_tell(const struct gp_registration_look *look, const char *id, const char *fmt,
			  ...) gp_printf(3, 4);
struct gp_json;
/* The object that was read as WHAT of WHICH; NULL: it is not known. */
const struct gp_json *gp_registration_object(const struct gp_registration_look *look,
					     const char *what, enum gp_registration which);
/* Each row of the pages read as KEY; false when they were not read. */
typedef void gp_registration_row(void *arg, const struct gp_json *row);
bool gp_registration_rows(const struct gp_registration_look *look, const char *key,
			  gp_registration_row *each, void *arg);
/* Has OBJECT's list KEY any member? */
bool gp_registration_has(const struct gp_json *object, const char *key);
/* OBJECT's text KEY, "" when it has none. */
struct gp_str gp_registration_text(const struct gp_json *object, const char *key);
void gp_registration_look_at_client(const struct gp_registration_look *look);
void gp_registration_look_at_reader(const struct gp_registration_look *look);

#endif
