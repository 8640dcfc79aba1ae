/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/name.h"

#include <stdbool.h>

#include "contract/directory.h"
#include "contract/text.h"

#include "contract/ban.h"

#define MAIL_MAX 321 /* RFC 5321, 4.5.3.1: 64 and 255 bytes, and the '@' */

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

/* MAIL in lower case, if it can be an address of which a name is made. */
static enum gp_status fold(const char *mail, char *out, size_t size, struct gp_error *err)
{
	size_t len = 0;
	size_t ats = 0;
	if (mail == NULL || mail[0] == '\0') {
		return gp_fail(err, GP_ST_INVALID, "the guest has no mail address");
	}
	for (const char *p = mail; *p != '\0'; p++) {
		/* ASCII only: no locale, and no letter that merely looks like another. */
		char c = to_lower(*p);
		if (!is_name_char(c)) {
			return refuse(err, mail, "a character other than a-z 0-9 . _ + - @");
		}
		if (len + 1 == size) {
			return refuse(err, mail, "too long for an address");
		}
		ats += c == '@';
		out[len++] = c;
	}
	out[len] = '\0';
	if (ats != 1 || out[0] == '@' || out[len - 1] == '@') {
		return refuse(err, mail, "not one '@' with something on both sides");
	}
	return GP_ST_OK;
}

enum gp_status gp_name_make(const char *template, const char *mail, char out[static GP_NAME_BUF],
			    struct gp_error *err)
{
	char address[MAIL_MAX];
	char name[GP_NAME_BUF];
	size_t len = 0;
	out[0] = '\0';
	enum gp_status st = fold(mail, address, sizeof(address), err);
	if (st != GP_ST_OK) {
		return st;
	}
	const char *at = strchr(address, '@');
	const struct {
		struct gp_str word, text;
	} parts[] = {{GP_STR("{mail}"), gp_str_from(address)},
		     {GP_STR("{local}"), {address, (size_t)(at - address)}},
		     {GP_STR("{domain}"), gp_str_from(at + 1)}};
	for (struct gp_str left = gp_str_from(template); left.len > 0;) {
		struct gp_str text = {left.ptr, 1};
		size_t used = 1;
		for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
			if (gp_str_starts(left, parts[i].word.ptr)) {
				text = parts[i].text;
				used = parts[i].word.len;
			}
		}
		if (text.len > GP_NAME_MAX - len) {
			return refuse(err, mail, "longer than 64 bytes");
		}
		memcpy(name + len, text.ptr, text.len);
		len += text.len;
		left.ptr += used;
		left.len -= used;
	}
	/* What could not be published must not be given: tools take a leading '-' for an option,
	 * chown a '.', and NIS tools a '+'. */
	const struct gp_str made = {name, len};
	if (!gp_directory_name_ok(made)) {
		return refuse(err, mail, "it does not begin with a letter, digit or '_'");
	}
	return gp_copy(out, GP_NAME_BUF, made);
}

enum gp_status gp_name_from_mail(const char *mail, char out[static GP_NAME_BUF],
				 struct gp_error *err)
{
	return gp_name_make("{mail}", mail, out, err);
}

enum gp_status gp_name_departed(const char *name, unsigned int n, char out[static GP_NAME_BUF])
{
	char mark[GP_NAME_BUF];
	struct gp_str base = gp_directory_name_base(gp_str_from(name));
	if (n == 0 || gp_format(mark, sizeof(mark), "~%u", n) != GP_ST_OK) {
		return GP_ST_INVALID;
	}
	if (base.len + strlen(mark) > GP_NAME_MAX) {
		base.len = GP_NAME_MAX - strlen(mark);
	}
	enum gp_status st = gp_format(out, GP_NAME_BUF, "%.*s%s", GP_STR_ARGS(base), mark);
	return st == GP_ST_OK && gp_directory_user_name_ok(gp_str_from(out)) ? GP_ST_OK
									     : GP_ST_INVALID;
}
