/* SPDX-License-Identifier: Apache-2.0 */
/* Are our files there, and can nobody but root change them? */
#include <errno.h>
#include <glob.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/account.h"
#include "doctor/doctor.h"

#include "contract/ban.h"

enum owner {
	ROOTS = 0,
	DAEMONS, /* or root's */
};

/* What is installed; a pattern of glob(3), of which one match is enough. */
static const struct {
	const char *pattern;
	enum owner owner;
	bool needed;
	mode_t never; /* bits that may not be set */
} paths[] = {
	{GP_CONFDIR, ROOTS, true, 0022},
	{GP_CONFDIR "/guestpass.conf", ROOTS, false, 0022}, /* its absence is told by config */
	{GP_CONFDIR "/ids.conf", ROOTS, false, 0022},
	{GP_CONFDIR "/conf.d", ROOTS, false, 0022},
	{GP_CONFDIR "/conf.d/*.conf", ROOTS, false, 0022},
	{GP_RUNDIR, ROOTS, true, 0022},
	{GP_STATEDIR, DAEMONS, true, 0027},
	{GP_PUBLISHEDDIR, ROOTS, true, 0022},
	{GP_LIBEXECDIR "/guestpass-publish", ROOTS, true, 0022},
	{"{/usr,}/lib{/*,64,}/security/pam_guestpass.so", ROOTS, true, 0022},
	{"{/usr,}/lib{/*,64,}/libnss_guestpass.so.2", ROOTS, true, 0022},
};

/* Sockets that others than root could connect to would be theirs to ask. */
static const char *const sockets[] = {GP_RUNDIR "/login.sock", GP_RUNDIR "/admin.sock",
				      GP_RUNDIR "/knock.sock"};

struct look {
	struct gp_doctor *d;
	bool has_account;
	struct gp_account account; /* the daemon's */
};

static void find_account(struct look *l)
{
	char passwd[GP_CONFIG_PATH];
	char group[GP_CONFIG_PATH];
	struct gp_error err;
	const char *user = l->d->config != NULL ? l->d->config->user : "guestpass";
	const struct gp_account_files files = {passwd, group};
	l->has_account = gp_doctor_path(l->d, "/etc/passwd", passwd) &&
			 gp_doctor_path(l->d, "/etc/group", group) &&
			 gp_account_find(&files, user, &l->account, &err) == GP_ST_OK;
	if (!l->has_account)
		gp_doctor_find(l->d, GP_FINDING_FILE_MISSING,
			       "the user %s, as whom guestpassd runs, is not in /etc/passwd: "
			       "systemd-sysusers",
			       user);
}

static void look_at_mode(struct look *l, const char *path, const struct stat *st, enum owner owner,
			 mode_t never)
{
	const char *shown = path + strlen(l->d->root);
	bool roots = st->st_uid == l->d->root_uid;
	bool right = roots || (owner == DAEMONS && l->has_account && st->st_uid == l->account.uid);
	/* Without the account nobody knows whose it should be; that is told already. */
	if (!right && (owner == ROOTS || l->has_account))
		gp_doctor_find(l->d, GP_FINDING_FILE_OPEN, "%s belongs to the number %u", shown,
			       st->st_uid);
	else if ((st->st_mode & never) != 0)
		gp_doctor_find(l->d, GP_FINDING_FILE_OPEN, "%s has the mode %04o", shown,
			       st->st_mode & 07777U);
}

static void look_at(struct look *l, const char *pattern, enum owner owner, bool needed,
		    mode_t never)
{
	char whole[GP_CONFIG_PATH];
	glob_t found = {0};
	struct stat st;
	if (!gp_doctor_path(l->d, pattern, whole))
		return;
	int rc = glob(whole, GLOB_BRACE, NULL, &found);
	if (rc != 0 && rc != GLOB_NOMATCH)
		gp_doctor_unseen(l->d, "%s", pattern);
	else if (found.gl_pathc == 0 && needed)
		gp_doctor_find(l->d, GP_FINDING_FILE_MISSING, "there is no %s",
			       pattern[0] == '{' ? strrchr(pattern, '/') + 1 : pattern);
	for (size_t i = 0; i < found.gl_pathc; i++)
		if (stat(found.gl_pathv[i], &st) == 0)
			look_at_mode(l, found.gl_pathv[i], &st, owner, never);
	globfree(&found);
}

static void look_at_secret(struct look *l, const char *key, const char *path, bool secret)
{
	char whole[GP_CONFIG_PATH];
	struct stat st;
	if (path[0] == '\0')
		return;
	if (!gp_doctor_path(l->d, path, whole) || stat(whole, &st) != 0) {
		gp_doctor_find(l->d, GP_FINDING_CONFIG, "%s: %s cannot be looked at: %s", key, path,
			       strerror(errno));
		return;
	}
	if (secret && (st.st_mode & 0027) != 0)
		gp_doctor_find(l->d, GP_FINDING_SECRET_OPEN, "%s: %s has the mode %04o", key, path,
			       st.st_mode & 07777U);
	else if (l->has_account && !gp_account_may(&l->account, &st, R_OK))
		gp_doctor_find(l->d, GP_FINDING_CONFIG,
			       "%s: %s cannot be read by the user %s, as whom guestpassd runs", key,
			       path, l->d->config->user);
}

static void look_at_secrets(struct look *l)
{
	const struct gp_config *config = l->d->config;
	if (config == NULL) {
		gp_doctor_unseen(l->d, "the reader's credential: there is no configuration");
		return;
	}
	look_at_secret(l, "reader_certificate", config->reader[0].certificate, false);
	look_at_secret(l, "reader_key", config->reader[0].key, true);
	look_at_secret(l, "reader_certificate_2", config->reader[1].certificate, false);
	look_at_secret(l, "reader_key_2", config->reader[1].key, true);
	look_at_secret(l, "reader_secret_file", config->reader_secret_file, true);
}

void gp_doctor_files(struct gp_doctor *d)
{
	struct look l = {.d = d};
	find_account(&l);
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		look_at(&l, paths[i].pattern, paths[i].owner, paths[i].needed, paths[i].never);
	for (size_t i = 0; i < sizeof(sockets) / sizeof(sockets[0]); i++)
		look_at(&l, sockets[i], ROOTS, false, 0077);
	look_at_secrets(&l);
}
