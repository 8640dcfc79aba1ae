/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is our rule of polkit there, with the right name of the group of all guests, and does another one
 * give one of our groups something? Rules are programs, so what is looked at is which names stand
 * in them: a rule that reckons its names is not seen.
 */
#include <glob.h>
#include <stdlib.h>
#include <unistd.h>

#include "doctor/doctor.h"

#include "contract/ban.h"

/* Where polkit takes rules from, and the older files of authorities. */
static const char *const patterns[] = {"/etc/polkit-1/rules.d/*.rules",
				       "/run/polkit-1/rules.d/*.rules",
				       "/usr/local/share/polkit-1/rules.d/*.rules",
				       "/usr/share/polkit-1/rules.d/*.rules",
				       "/etc/polkit-1/localauthority/*/*.pkla",
				       "/var/lib/polkit-1/localauthority/*/*.pkla"};

struct look {
	struct gp_doctor *d;
	char guests[GP_DIRECTORY_PREFIX_MAX + sizeof("guests")];
	bool ours; /* a rule that says no to the group of all guests was seen */
};

static bool contains(struct gp_str text, const char *what)
{
	return text.len > 0 && memmem(text.ptr, text.len, what, strlen(what)) != NULL;
}

/* A name that begins with PREFIX, and does not go on before it: in quotes, or behind a colon. */
static bool names_group(struct gp_str text, const char *prefix)
{
	size_t n = strlen(prefix);
	const char *end = text.ptr + text.len;
	const char *at = text.len > 0 ? text.ptr : NULL;
	if (n == 0)
		return false;
	while (at != NULL && (at = memmem(at, (size_t)(end - at), prefix, n)) != NULL) {
		if (at > text.ptr && strchr("\"'`:=;", at[-1]) != NULL && at[-1] != '\0')
			return true;
		at++;
	}
	return false;
}

/* "YES" of a program, "ResultActive=yes" of a file of authorities. */
static bool gives(struct gp_str text)
{
	return contains(text, "Result.YES") || contains(text, "=yes") ||
	       contains(text, "Result.AUTH_SELF") || contains(text, "=auth_self");
}

static void look_at_file(struct look *l, const char *path)
{
	size_t len = 0;
	bool absent = false;
	char *bytes = gp_doctor_read(l->d, path, &len, &absent);
	struct gp_str text = {bytes, len};
	if (bytes == NULL) {
		gp_doctor_unseen(l->d, "%s cannot be read", path);
		return;
	}
	if (names_group(text, l->d->rules->group_prefix)) {
		if (gives(text))
			gp_doctor_find(l->d, GP_FINDING_POLKIT,
				       "%s names a group of guests and says yes to somebody", path);
		else if (contains(text, l->guests) && contains(text, "Result.NO"))
			l->ours = true;
	}
	free(bytes);
}

static void look_at_files(struct look *l)
{
	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
		char whole[GP_CONFIG_PATH];
		glob_t found = {0};
		if (!gp_doctor_path(l->d, patterns[i], whole))
			continue;
		int rc = glob(whole, 0, NULL, &found);
		if (rc != 0 && rc != GLOB_NOMATCH)
			gp_doctor_unseen(l->d, "%s", patterns[i]);
		for (size_t k = 0; k < found.gl_pathc; k++)
			look_at_file(l, found.gl_pathv[k] + strlen(l->d->root));
		globfree(&found);
	}
}

void gp_doctor_polkit(struct gp_doctor *d)
{
	static const char *const daemons[] = {"/usr/lib/polkit-1/polkitd", "/usr/libexec/polkitd"};
	struct look l = {.d = d};
	char path[GP_CONFIG_PATH];
	bool installed = false;
	for (size_t i = 0; i < sizeof(daemons) / sizeof(daemons[0]); i++)
		installed = installed ||
			    (gp_doctor_path(d, daemons[i], path) && access(path, F_OK) == 0);
	if (!installed)
		return;
	if (d->rules == NULL ||
	    gp_ids_guests_group(d->rules, l.guests, sizeof(l.guests)) != GP_ST_OK) {
		gp_doctor_unseen(d, "which groups are guests': ids.conf cannot be read");
		return;
	}
	look_at_files(&l);
	if (!l.ours)
		gp_doctor_find(d, GP_FINDING_POLKIT_RULE,
			       "polkit is installed and no rule of it says no to the group %s",
			       l.guests);
}
