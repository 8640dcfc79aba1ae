/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A growing, capped buffer of text. Whatever does not fit (or finds no memory) latches an error,
 * which is asked for once at the end. It is wiped when freed. The modules do not use it: they do
 * not allocate.
 */
#ifndef GP_CONTRACT_BUF_H
#define GP_CONTRACT_BUF_H

#include <stdbool.h>
#include <stddef.h>

#include "contract/status.h"
#include "contract/str.h"

struct gp_buf {
	char *ptr; /* NUL-terminated once anything was added; NULL before */
	size_t len;
	size_t size;
	size_t max; /* bytes of text it may ever hold */
	bool bad;
};

#define GP_BUF(max_bytes) ((struct gp_buf){NULL, 0, 0, (max_bytes), false})

void gp_buf_add(struct gp_buf *b, const void *bytes, size_t n);
void gp_buf_str(struct gp_buf *b, struct gp_str s);
void gp_buf_text(struct gp_buf *b, const char *text);
void gp_buf_printf(struct gp_buf *b, const char *fmt, ...) gp_printf(2, 3);
/* What it holds; "" when empty or bad. Borrowed until the next change. */
const char *gp_buf_get(const struct gp_buf *b);
enum gp_status gp_buf_status(const struct gp_buf *b) gp_must_check;
/* Wipes and frees; the buffer may be used again. NULL is allowed. */
void gp_buf_free(struct gp_buf *b);

#define gp_buf_auto __attribute__((cleanup(gp_buf_free)))

#endif
