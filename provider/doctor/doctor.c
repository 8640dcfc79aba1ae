/* SPDX-License-Identifier: Apache-2.0 */
/* The table of checks, and what they share. */
#include "doctor/doctor.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "config/whole.h"

#include "contract/ban.h"

/* All checks, in the order in which they run. Names are for --check and for what was not looked at;
 * guestpass(1) has them. */
static const struct {
	const char *name;
	gp_doctor_check *look;
} checks[] = {
	{"config", gp_doctor_config},
	{"daemon", gp_doctor_daemon},
	{"tenant", gp_doctor_tenant},
	{"registrations", gp_doctor_registrations},
	{"directory", gp_doctor_directory},
	{"nss", gp_doctor_nss},
	{"pam", gp_doctor_pam},
	{"sshd", gp_doctor_sshd},
	{"files", gp_doctor_files},
	{"numbers", gp_doctor_numbers},
	{"sudo", gp_doctor_sudo},
	{"polkit", gp_doctor_polkit},
	{"break-glass", gp_doctor_break_glass},
	{"metadata", gp_doctor_metadata},
};

enum gp_status gp_doctor_look(struct gp_doctor *d, const char *name)
{
	enum gp_status st = name == NULL ? GP_ST_OK : GP_ST_NOT_FOUND;
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		if (name != NULL && strcmp(name, checks[i].name) != 0)
			continue;
		d->check = checks[i].name;
		checks[i].look(d);
		st = GP_ST_OK;
	}
	return st;
}

const char *gp_doctor_check_name(size_t i)
{
	return i < sizeof(checks) / sizeof(checks[0]) ? checks[i].name : NULL;
}

void gp_doctor_find(struct gp_doctor *d, enum gp_finding_id id, const char *fmt, ...)
{
	char text[GP_FINDING_TEXT_MAX];
	va_list args;
	va_start(args, fmt);
	if (vsnprintf(text, sizeof(text), fmt, args) < 0)
		text[0] = '\0';
	va_end(args);
	gp_findings_add(d->out, id, text);
}

void gp_doctor_unseen(struct gp_doctor *d, const char *fmt, ...)
{
	char text[GP_FINDING_TEXT_MAX];
	va_list args;
	va_start(args, fmt);
	if (vsnprintf(text, sizeof(text), fmt, args) < 0)
		text[0] = '\0';
	va_end(args);
	gp_findings_unseen(d->out, d->check, text);
}

bool gp_doctor_path(const struct gp_doctor *d, const char *path, char out[static GP_CONFIG_PATH])
{
	return gp_format(out, GP_CONFIG_PATH, "%s%s", d->root, path) == GP_ST_OK;
}

char *gp_doctor_read(const struct gp_doctor *d, const char *path, size_t *len, bool *absent)
{
	char whole[GP_CONFIG_PATH];
	struct stat st;
	*len = 0;
	*absent = false;
	if (!gp_doctor_path(d, path, whole))
		return NULL;
	char *text = gp_whole_read(whole, len);
	if (text == NULL) {
		*len = 0;
		*absent = stat(whole, &st) != 0 && (errno == ENOENT || errno == ENOTDIR);
	}
	return text;
}

static void take_groups(const struct gp_directory_view *view, const struct gp_directory_user *user,
			struct gp_doctor_guest *guest)
{
	struct gp_directory_group group;
	size_t cursor = 0;
	while (guest->group_count < GP_DOCTOR_GROUPS &&
	       gp_directory_next_group(view, &cursor, &group) == GP_ST_OK)
		if (gp_directory_user_in(user, group.gid) &&
		    gp_copy(guest->groups[guest->group_count], sizeof(guest->groups[0]),
			    group.name) == GP_ST_OK)
			guest->group_count++;
}

enum gp_status gp_doctor_guests(struct gp_doctor *d)
{
	char path[GP_CONFIG_PATH];
	struct gp_directory_view view = {0};
	struct gp_directory_user user;
	size_t cursor = 0;
	d->guest_count = 0;
	if (!gp_doctor_path(d, GP_RUNDIR "/directory", path))
		return GP_ST_TOO_BIG;
	enum gp_status st = gp_directory_open(path, &view);
	if (st != GP_ST_OK)
		return st;
	while (d->guest_count < GP_DOCTOR_GUESTS &&
	       gp_directory_next_user(&view, &cursor, &user) == GP_ST_OK) {
		struct gp_doctor_guest *guest = &d->guests[d->guest_count];
		*guest = (struct gp_doctor_guest){.uid = user.uid};
		/* Who left has no shell and meets nothing of what is looked at. */
		if (gp_str_ends(user.shell, "/nologin") || gp_str_ends(user.shell, "/false") ||
		    gp_copy(guest->name, sizeof(guest->name), user.name) != GP_ST_OK)
			continue;
		take_groups(&view, &user, guest);
		d->guest_count++;
	}
	gp_directory_close(&view);
	return GP_ST_OK;
}
