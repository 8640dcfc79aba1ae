/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/name.h"

#include <stdbool.h>

#include "contract/directory.h"
#include "contract/text.h"

#include "contract/ban.h"

static bool is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
	       c == '+' || c == '-' || c == '@';
}

static char to_lower(char c)
{
	static const char lower[] = "abcdefghijklmnopqrstuvwxyz";
	if (c >= 'A' && c <= 'Z') {
		return lower[c - 'A'];
	}
	return c;
}

static enum gp_status refuse(struct gp_error *err, const char *mail, const char *why)
{
	char safe[96];
	(void)gp_text_safe(gp_str_from(mail), GP_TEXT_LINE, safe, sizeof(safe));
	return gp_fail(err, GP_ST_INVALID, "'%s' is no login name: %s", safe, why);
}

enum gp_status gp_name_from_mail(const char *mail, char out[static GP_NAME_BUF],
				 struct gp_error *err)
{
	char name[GP_NAME_BUF];
	size_t len = 0;
	size_t ats = 0;
	out[0] = '\0';
	if (mail == NULL || mail[0] == '\0') {
		return gp_fail(err, GP_ST_INVALID, "the guest has no mail address");
	}
	for (const char *p = mail; *p != '\0'; p++) {
		/* ASCII only: no locale, and no letter that merely looks like another. */
		char c = to_lower(*p);
		if (!is_name_char(c)) {
			return refuse(err, mail, "a character other than a-z 0-9 . _ + - @");
		}
		if (len == GP_NAME_MAX) {
			return refuse(err, mail, "longer than 64 bytes");
		}
		ats += c == '@';
		name[len++] = c;
	}
	name[len] = '\0';
	if (ats != 1 || name[0] == '@' || name[len - 1] == '@') {
		return refuse(err, mail, "not one '@' with something on both sides");
	}
	/* What could not be published must not be given: tools take a leading '-' for an option,
	 * chown a '.', and NIS tools a '+'. */
	if (!gp_directory_name_ok((struct gp_str){name, len})) {
		return refuse(err, mail, "it does not begin with a letter, digit or '_'");
	}
	return gp_copy(out, GP_NAME_BUF, (struct gp_str){name, len});
}
