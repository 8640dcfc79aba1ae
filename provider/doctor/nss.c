/* SPDX-License-Identifier: Apache-2.0 */
/* Does the host's name service reach us, behind the local files, and nobody answer before us? */
#include <stdlib.h>
#include <unistd.h>

#include "doctor/doctor.h"
#include "doctor/nsswitch.h"

#include "contract/ban.h"

#define US    "guestpass"
#define FILE_ "/etc/nsswitch.conf"

/* Local files first: "compat" reads the same. */
static bool behind_files(const struct gp_nss_line *line, size_t us)
{
	return gp_nss_index(line, "files") < us || gp_nss_index(line, "compat") < us;
}

/* A service before us at which a look-up of a name that it does not have, or that it cannot look
 * for, ends. */
static void find_cuts(struct gp_doctor *d, const char *database, const struct gp_nss_line *line,
		      size_t us)
{
	for (size_t i = 0; i < us; i++) {
		const struct gp_nss_service *s = &line->services[i];
		if (!s->ends_on_notfound && !s->ends_on_unavail && !s->ends_on_tryagain)
			continue;
		gp_doctor_find(d, GP_FINDING_NSS_CUT_OFF,
			       FILE_ ":%zu: %s: a look-up ends at %.*s %s, before guestpass is "
				     "asked",
			       line->line, database, GP_STR_ARGS(s->name),
			       s->ends_on_notfound ? "when it does not know the name"
						   : "while it fails");
		return;
	}
}

/* GP_FINDING_COUNT: that it is missing is no finding. */
static void look_at_line(struct gp_doctor *d, struct gp_str text, const char *database,
			 enum gp_finding_id missing)
{
	struct gp_nss_line line;
	gp_nss_read(text, database, &line);
	size_t us = gp_nss_index(&line, US);
	if (us == line.count) {
		gp_doctor_find(d, missing, FILE_ ": %s does not name guestpass", database);
		return;
	}
	if (!behind_files(&line, us))
		gp_doctor_find(d, GP_FINDING_NSS_ORDER, FILE_ ":%zu: %s: guestpass is before files",
			       line.line, database);
	else
		find_cuts(d, database, &line, us);
}

/* Where there is no such line the C library takes "group" and puts together what all services say;
 * where there is one a look-up ends at the first success, unless a [...] says otherwise. */
static void look_at_initgroups(struct gp_doctor *d, struct gp_str text)
{
	struct gp_nss_line line;
	gp_nss_read(text, "initgroups", &line);
	size_t us = gp_nss_index(&line, US);
	if (us == line.count)
		gp_doctor_find(d, GP_FINDING_NSS_INITGROUPS,
			       FILE_ ": there is no line initgroups that names guestpass");
	else if (us != 0 || !line.services[us].ends_on_success)
		gp_doctor_find(d, GP_FINDING_NSS_INITGROUPS,
			       FILE_ ":%zu: initgroups: guestpass is not the first, or a look-up "
				     "goes on behind it",
			       line.line);
}

/* True when SERVICE knows him, or cannot be asked: one guest says enough of it. */
static bool ask_service(struct gp_doctor *d, const struct gp_doctor_guest *guest,
			struct gp_str service)
{
	char name[64];
	int code = 0;
	gp_buf_auto struct gp_buf out = GP_BUF(4096);
	if (gp_copy(name, sizeof(name), service) != GP_ST_OK)
		return true;
	const char *const argv[] = {"/usr/bin/getent", "-s", name, "passwd", guest->name, NULL};
	enum gp_status st = d->run(d->run_arg, argv, &out, &code);
	if (st != GP_ST_OK)
		gp_doctor_unseen(d, "whether the service %s knows %s: getent: %s", name,
				 guest->name, gp_status_name(st));
	else if (code == 0)
		gp_doctor_find(d, GP_FINDING_NSS_OTHER_FIRST,
			       "the service %s knows the name %s too, and is asked before "
			       "guestpass",
			       name, guest->name);
	return st != GP_ST_OK || code == 0;
}

static void ask_others(struct gp_doctor *d, struct gp_str text)
{
	struct gp_nss_line line;
	gp_nss_read(text, "passwd", &line);
	size_t us = gp_nss_index(&line, US);
	if (us == line.count)
		return;
	for (size_t i = 0; i < us; i++)
		for (size_t k = 0; k < d->guest_count; k++)
			if (ask_service(d, &d->guests[k], line.services[i].name))
				break;
}

/* "enable-cache DATABASE no"; nscd's own default is no. */
static bool caches(struct gp_str text, const char *database)
{
	bool on = false;
	while (text.len > 0) {
		struct gp_str line = gp_str_trim(gp_str_take_line(&text));
		struct gp_str word[3] = {{0}};
		for (size_t i = 0; i < 3 && line.len > 0; i++) {
			word[i] = (struct gp_str){line.ptr, 0};
			while (word[i].len < line.len && !gp_is_blank(line.ptr[word[i].len]))
				word[i].len++;
			line = gp_str_trim(
				(struct gp_str){line.ptr + word[i].len, line.len - word[i].len});
		}
		if (gp_str_is(word[0], "enable-cache") && gp_str_is(word[1], database))
			on = gp_str_is(word[2], "yes");
	}
	return on;
}

static void look_at_nscd(struct gp_doctor *d)
{
	char path[GP_CONFIG_PATH];
	size_t len = 0;
	bool absent = false;
	if (!gp_doctor_path(d, "/run/nscd/socket", path) || access(path, F_OK) != 0)
		return;
	char *text = gp_doctor_read(d, "/etc/nscd.conf", &len, &absent);
	if (text == NULL && !absent) {
		gp_doctor_unseen(d, "nscd runs, and /etc/nscd.conf cannot be read");
		return;
	}
	if (caches((struct gp_str){text, len}, "passwd") ||
	    caches((struct gp_str){text, len}, "group"))
		gp_doctor_find(d, GP_FINDING_NSS_CACHE,
			       "nscd runs and keeps what it heard of passwd or group");
	free(text);
}

void gp_doctor_nss(struct gp_doctor *d)
{
	size_t len = 0;
	bool absent = false;
	char *bytes = gp_doctor_read(d, FILE_, &len, &absent);
	if (bytes == NULL && !absent) {
		gp_doctor_unseen(d, FILE_ " cannot be read");
		return;
	}
	/* Without the file the C library has its own lines, and we are in none of them. */
	struct gp_str text = {bytes, len};
	look_at_line(d, text, "passwd", GP_FINDING_NSS_MISSING);
	look_at_line(d, text, "group", GP_FINDING_NSS_GROUP_MISSING);
	look_at_line(d, text, "shadow", GP_FINDING_NSS_SHADOW_MISSING);
	look_at_initgroups(d, text);
	ask_others(d, text);
	look_at_nscd(d);
	free(bytes);
}
