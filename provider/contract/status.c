/* SPDX-License-Identifier: Apache-2.0 */
#include "contract/status.h"

#include <stdio.h>

#include "contract/ban.h"

const char *gp_status_name(enum gp_status st)
{
	switch (st) {
	case GP_ST_OK:
		return "ok";
	case GP_ST_INVALID:
		return "invalid";
	case GP_ST_TOO_BIG:
		return "too-big";
	case GP_ST_NOT_FOUND:
		return "not-found";
	case GP_ST_CONFLICT:
		return "conflict";
	case GP_ST_DENIED:
		return "denied";
	case GP_ST_TIMEOUT:
		return "timeout";
	case GP_ST_UNAVAILABLE:
		return "unavailable";
	case GP_ST_CLOSED:
		return "closed";
	case GP_ST_IO:
		return "io";
	case GP_ST_NO_MEMORY:
		return "no-memory";
	case GP_ST_UNSUPPORTED:
		return "unsupported";
	case GP_ST_BAD_SIGNATURE:
		return "bad-signature";
	case GP_ST_EXPIRED:
		return "expired";
	case GP_ST_INTERNAL:
		return "internal";
	}
	return "unknown";
}

bool gp_status_may_pass(enum gp_status st)
{
	return st == GP_ST_UNAVAILABLE || st == GP_ST_TIMEOUT || st == GP_ST_IO;
}

enum gp_status gp_fail(struct gp_error *err, enum gp_status code, const char *fmt, ...)
{
	if (err == NULL)
		return code;
	err->code = code;
	va_list args;
	va_start(args, fmt);
	/* Cut text is still text: the code is what decides. */
	if (vsnprintf(err->text, sizeof(err->text), fmt, args) < 0)
		err->text[0] = '\0';
	va_end(args);
	return code;
}
