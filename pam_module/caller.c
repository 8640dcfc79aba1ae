/* SPDX-License-Identifier: Apache-2.0 */
#include "pam_module/caller.h"

#include <fcntl.h>
#include <unistd.h>

#include "contract/ids_conf.h"
#include "contract/str.h"

#include "contract/ban.h"

/* sshd, login, cron and systemd-user are not here: there root starts something for PAM_USER. */
static const char *const becoming[] = {
	"su", "su-l", "sudo", "sudo-i", "runuser", "runuser-l", "doas", "polkit-1", "pkexec",
};

bool gp_caller_matters(const char *service)
{
	struct gp_str s = gp_str_from(service);
	for (size_t i = 0; i < sizeof(becoming) / sizeof(becoming[0]); i++)
		if (s.ptr != NULL && gp_str_is(s, becoming[i]))
			return true;
	return false;
}

uint32_t gp_caller_read_login_uid(const char *path)
{
	char text[16];
	uint64_t uid = GP_CALLER_NO_UID;

	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return GP_CALLER_NO_UID;
	ssize_t n = read(fd, text, sizeof(text));
	close(fd);
	if (n <= 0)
		return GP_CALLER_NO_UID;
	struct gp_str s = {text, (size_t)n};
	if (s.ptr[s.len - 1] == '\n')
		s.len--;
	if (gp_parse_u64(s, UINT32_MAX, &uid) != GP_ST_OK)
		return GP_CALLER_NO_UID;
	return (uint32_t)uid;
}

static bool uid_is_guests(const struct gp_directory_view *view, uint32_t uid)
{
	struct gp_directory_user user;

	if (uid == GP_CALLER_NO_UID)
		return false;
	if (view == NULL)
		return uid >= GP_IDS_UID_BASE && uid - GP_IDS_UID_BASE < GP_IDS_UID_SIZE;
	if (uid >= view->uid_base && uid - view->uid_base < view->uid_size)
		return true;
	/* Root may have adopted a number outside the range for a guest: a look-up finds it. */
	return gp_directory_find_uid(view, uid, &user) == GP_ST_OK;
}

bool gp_caller_is_guest(const struct gp_directory_view *view, const struct gp_caller *caller)
{
	struct gp_directory_user user;

	if (uid_is_guests(view, caller->uid) || uid_is_guests(view, caller->login_uid))
		return true;
	if (view == NULL || caller->name == NULL)
		return false;
	struct gp_str name = {caller->name, strnlen(caller->name, GP_DIRECTORY_NAME_MAX + 1)};
	return name.len <= GP_DIRECTORY_NAME_MAX &&
	       gp_directory_find_user(view, name, &user) == GP_ST_OK;
}
