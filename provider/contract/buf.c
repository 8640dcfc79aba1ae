/* SPDX-License-Identifier: Apache-2.0 */
#include "contract/buf.h"

#include <stdio.h>
#include <stdlib.h>

#include "contract/ban.h"

/* Not realloc: it could leave an unwiped copy behind. */
static bool grow(struct gp_buf *b, size_t need)
{
	if (b->bad || need > b->max - b->len) {
		b->bad = true;
		return false;
	}
	size_t want = b->len + need + 1;
	if (want <= b->size)
		return true;
	size_t size = b->size > 0 ? b->size : 64;
	while (size < want)
		size = size > (b->max + 1) / 2 ? b->max + 1 : size * 2;
	char *ptr = malloc(size);
	if (ptr == NULL) {
		b->bad = true;
		return false;
	}
	if (b->ptr != NULL) {
		memcpy(ptr, b->ptr, b->len);
		explicit_bzero(b->ptr, b->size);
		free(b->ptr);
	}
	b->ptr = ptr;
	b->size = size;
	return true;
}

void gp_buf_add(struct gp_buf *b, const void *bytes, size_t n)
{
	if (!grow(b, n))
		return;
	if (n > 0)
		memcpy(b->ptr + b->len, bytes, n);
	b->len += n;
	b->ptr[b->len] = '\0';
}

void gp_buf_str(struct gp_buf *b, struct gp_str s)
{
	gp_buf_add(b, s.ptr, s.len);
}

void gp_buf_text(struct gp_buf *b, const char *text)
{
	gp_buf_add(b, text, strlen(text));
}

void gp_buf_printf(struct gp_buf *b, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	va_list again;
	va_copy(again, args);
	int n = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	if (n < 0)
		b->bad = true;
	else if (grow(b, (size_t)n) && vsnprintf(b->ptr + b->len, (size_t)n + 1, fmt, again) == n)
		b->len += (size_t)n;
	va_end(again);
}

const char *gp_buf_get(const struct gp_buf *b)
{
	return b->bad || b->ptr == NULL ? "" : b->ptr;
}

enum gp_status gp_buf_status(const struct gp_buf *b)
{
	return b->bad ? GP_ST_TOO_BIG : GP_ST_OK;
}

void gp_buf_free(struct gp_buf *b)
{
	if (b == NULL)
		return;
	if (b->ptr != NULL) {
		explicit_bzero(b->ptr, b->size);
		free(b->ptr);
	}
	*b = (struct gp_buf){NULL, 0, 0, b->max, false};
}
