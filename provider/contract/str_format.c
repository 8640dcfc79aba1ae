/* SPDX-License-Identifier: Apache-2.0 */
/* Apart from str.c, so that the NSS module links no stdio. */
#include <stdarg.h>
#include <stdio.h>

#include "contract/str.h"

#include "contract/ban.h"

enum gp_status gp_format(char *dst, size_t dst_size, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	int n = vsnprintf(dst, dst_size, fmt, args);
	va_end(args);
	if (n >= 0 && (size_t)n < dst_size)
		return GP_ST_OK;
	if (dst_size > 0)
		dst[0] = '\0';
	return GP_ST_TOO_BIG;
}
