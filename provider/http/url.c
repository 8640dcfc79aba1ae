/* SPDX-License-Identifier: Apache-2.0 */
#include "contract/buf.h"
#include "http/internal.h"

#include "contract/ban.h"

static char lower(char c)
{
	if (c >= 'A' && c <= 'Z')
		return "abcdefghijklmnopqrstuvwxyz"[c - 'A'];
	return c;
}

static bool is_alnum(char c)
{
	c = lower(c);
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* Letters, digits, dots and hyphens, or an IPv6 address in brackets: nothing that two parsers could
 * read differently (no escapes, no user information, no backslash). */
static bool host_ok(struct gp_str host)
{
	bool v6 = host.len > 4 && host.ptr[0] == '[' && host.ptr[host.len - 1] == ']';
	size_t from = v6 ? 1 : 0;
	size_t to = v6 ? host.len - 1 : host.len;
	if (host.len == 0 || host.len > 255)
		return false;
	for (size_t i = from; i < to; i++) {
		char c = host.ptr[i];
		if (!is_alnum(c) && c != '.' && c != (v6 ? ':' : '-'))
			return false;
	}
	return true;
}

static enum gp_status take_port(struct gp_str text, uint16_t *port)
{
	uint64_t value = 443;
	if (text.len > 0 && gp_parse_u64(text, UINT16_MAX, &value) != GP_ST_OK)
		return GP_ST_INVALID;
	if (value == 0)
		return GP_ST_INVALID;
	*port = (uint16_t)value;
	return GP_ST_OK;
}

enum gp_status gp_url_origin(const char *url, struct gp_origin *out)
{
	struct gp_str s = gp_str_from(url);
	if (url == NULL || s.len > GP_URL_LEN_MAX || !gp_str_starts(s, "https://"))
		return GP_ST_INVALID;
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.ptr[i] <= ' ' || (unsigned char)s.ptr[i] >= 0x7f ||
		    s.ptr[i] == '\\')
			return GP_ST_INVALID;
	const char *start = url + strlen("https://");
	size_t len = strcspn(start, "/?#");
	size_t host_len = len;
	/* The port's colon is the last one, unless it stands inside the brackets of an IPv6. */
	for (size_t i = len; i > 0 && start[i - 1] != ']'; i--)
		if (start[i - 1] == ':')
			host_len = i - 1;
	out->host = (struct gp_str){start, host_len};
	if (!host_ok(out->host))
		return GP_ST_INVALID;
	if (host_len == len)
		return take_port((struct gp_str){"", 0}, &out->port);
	if (len - host_len < 2)
		return GP_ST_INVALID;
	return take_port((struct gp_str){start + host_len + 1, len - host_len - 1}, &out->port);
}

bool gp_http_same_origin(const char *url, const char *root)
{
	struct gp_origin a = {0};
	struct gp_origin b = {0};
	return gp_url_origin(url, &a) == GP_ST_OK && gp_url_origin(root, &b) == GP_ST_OK &&
	       a.port == b.port && gp_str_equal_nocase(a.host, b.host);
}

static void add_encoded(struct gp_buf *form, struct gp_str s)
{
	static const char hex[] = "0123456789ABCDEF";
	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];
		unsigned char byte = (unsigned char)c;
		const char escaped[3] = {'%', hex[byte >> 4], hex[byte & 15]};
		if (is_alnum(c) || c == '-' || c == '.' || c == '_' || c == '~')
			gp_buf_add(form, &c, 1);
		else
			gp_buf_add(form, escaped, sizeof(escaped));
	}
}

void gp_http_form_add(struct gp_buf *form, const char *key, struct gp_str value)
{
	if (form->len > 0)
		gp_buf_text(form, "&");
	add_encoded(form, gp_str_from(key));
	gp_buf_text(form, "=");
	add_encoded(form, value);
}
