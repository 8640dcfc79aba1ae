/* SPDX-License-Identifier: Apache-2.0 */
/* libpam's functions as far as the module calls them. */
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include <security/pam_ext.h>
#include <security/pam_modutil.h>

#include "contract/text.h"
#include "tests/fuzz/module/host.h"
#include "tests/fuzz/support/split.h"
#include "tests/fuzz/support/stepped_time.h"

#include "contract/ban.h"

enum { SHOWN_MAX = 16384 };

int pam_get_item(const pam_handle_t *pamh, int type, const void **item)
{
	const char *text = type == PAM_SERVICE ? pamh->service
			   : type == PAM_USER  ? pamh->user
			   : type == PAM_RHOST ? pamh->rhost
			   : type == PAM_TTY   ? "ssh"
					       : NULL;
	*item = text;
	return PAM_SUCCESS;
}

int pam_get_user(pam_handle_t *pamh, const char **user, const char *prompt)
{
	must(prompt == NULL);
	*user = pamh->user;
	return PAM_SUCCESS;
}

const char *pam_getenv(pam_handle_t *pamh, const char *name)
{
	if (strcmp(name, "SSH_AUTH_INFO_0") == 0)
		return pamh->proved;
	must(strcmp(name, "GUESTPASS_DECISION") == 0);
	return pamh->decision[0] != '\0' ? pamh->decision : NULL;
}

int pam_putenv(pam_handle_t *pamh, const char *assignment)
{
	const char *value = strchr(assignment, '=');

	must(strncmp(assignment, "GUESTPASS_DECISION", 18) == 0);
	return gp_copy(pamh->decision, sizeof(pamh->decision),
		       gp_str_from(value != NULL ? value + 1 : "")) == GP_ST_OK
		       ? PAM_SUCCESS
		       : PAM_BUF_ERR;
}

void pam_syslog(const pam_handle_t *pamh, int priority, const char *fmt, ...)
{
	char text[SHOWN_MAX];
	va_list args;

	(void)pamh;
	(void)priority;
	va_start(args, fmt);
	const int n = vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	must(n > 0 && n < SHOWN_MAX);
}

struct passwd *pam_modutil_getpwnam(pam_handle_t *pamh, const char *user)
{
	static struct passwd pw;
	static char name[GP_LOGIN_FIELD_MAX + 1];

	if (gp_copy(name, sizeof(name), gp_str_from(user)) != GP_ST_OK)
		return NULL;
	for (char *c = name; *c != '\0'; c++)
		*c = (char)(*c >= 'A' && *c <= 'Z' ? *c - 'A' + 'a' : *c);
	static char home[] = "/nonexistent";
	pw = (struct passwd){.pw_name = name, .pw_uid = pamh->nss_uid, .pw_dir = home};
	return &pw;
}

/* What may reach a terminal, and in lines that PAM's clients take. */
static void look_at(struct gp_str shown)
{
	must(gp_text_is_safe(shown, GP_TEXT_SCREEN));
	while (shown.len > 0)
		must(split_at(&shown, '\n').len < PAM_MAX_MSG_SIZE);
}

/* The person: presses Enter, types, or goes away; before that the daemon may act. */
static char *person(pam_handle_t *pamh)
{
	const unsigned int how = split_byte(&pamh->program);

	host_listen();
	for (unsigned int i = 0; i < how / 16 % 4; i++)
		(void)host_act();
	stepped_time_advance_ms((how & 8) != 0 ? 100 : 5000);
	switch (how % 4) {
	case 0:
	case 1:
		return strdup("");
	case 2:
		return strdup("hunter2");
	default:
		return NULL;
	}
}

int pam_prompt(pam_handle_t *pamh, int style, char **response, const char *fmt, ...)
{
	static char text[SHOWN_MAX];
	va_list args;

	va_start(args, fmt);
	const int n = vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	must(n >= 0 && n < SHOWN_MAX && pamh == host && !pamh->silent);
	look_at((struct gp_str){text, (size_t)n});
	if (style != PAM_PROMPT_ECHO_OFF) {
		must(style == PAM_TEXT_INFO || style == PAM_ERROR_MSG);
		return PAM_SUCCESS;
	}
	must(response != NULL && pamh->sign_in);
	*response = person(pamh);
	return *response != NULL ? PAM_SUCCESS : PAM_CONV_ERR;
}
