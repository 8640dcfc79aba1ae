/* SPDX-License-Identifier: Apache-2.0 */
#include "pam_module/home.h"

#include <errno.h>
#include <pwd.h>
#include <stddef.h>
#include <sys/stat.h>
#include <syslog.h>

#include <security/pam_ext.h>
#include <security/pam_modutil.h>

#include "contract/ban.h"

bool gp_home_ok(pam_handle_t *pamh, const char *name, uint32_t uid)
{
	const struct passwd *pw = pam_modutil_getpwnam(pamh, name);
	struct stat st;
	if (pw == NULL || pw->pw_dir == NULL)
		return false;
	if (stat(pw->pw_dir, &st) != 0) {
		if (errno == ENOENT)
			return true;
		pam_syslog(pamh, LOG_ERR, "the home of a guest cannot be looked at: %m");
		return false;
	}
	if (S_ISDIR(st.st_mode) && st.st_uid == uid)
		return true;
	pam_syslog(pamh, LOG_ERR, "the home of guest number %u is not his: it belongs to number %u",
		   (unsigned int)uid, (unsigned int)st.st_uid);
	return false;
}
