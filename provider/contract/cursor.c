/* SPDX-License-Identifier: Apache-2.0 */
#include "contract/cursor.h"

#include "contract/ban.h"

struct gp_reader gp_reader_over(const void *bytes, size_t len)
{
	return (struct gp_reader){bytes, len, false};
}

const uint8_t *gp_reader_take(struct gp_reader *r, size_t n)
{
	if (r->bad || n > r->left) {
		r->bad = true;
		return NULL;
	}
	const uint8_t *p = r->at;
	r->at += n;
	r->left -= n;
	return p;
}

static uint64_t read_le(struct gp_reader *r, size_t n)
{
	const uint8_t *p = gp_reader_take(r, n);
	uint64_t v = 0;
	if (p == NULL)
		return 0;
	for (size_t i = n; i > 0; i--)
		v = v << 8 | p[i - 1];
	return v;
}

uint8_t gp_reader_u8(struct gp_reader *r)
{
	return (uint8_t)read_le(r, 1);
}

uint16_t gp_reader_u16(struct gp_reader *r)
{
	return (uint16_t)read_le(r, 2);
}

uint32_t gp_reader_u32(struct gp_reader *r)
{
	return (uint32_t)read_le(r, 4);
}

uint64_t gp_reader_u64(struct gp_reader *r)
{
	return read_le(r, 8);
}

struct gp_str gp_reader_str(struct gp_reader *r, size_t max)
{
	size_t len = gp_reader_u16(r);
	if (len > max)
		r->bad = true;
	const uint8_t *p = gp_reader_take(r, len);
	return p != NULL ? (struct gp_str){(const char *)p, len} : (struct gp_str){"", 0};
}

enum gp_status gp_reader_end(const struct gp_reader *r)
{
	return !r->bad && r->left == 0 ? GP_ST_OK : GP_ST_INVALID;
}

struct gp_writer gp_writer_over(void *bytes, size_t size)
{
	return (struct gp_writer){bytes, 0, size, false};
}

void gp_writer_bytes(struct gp_writer *w, const void *bytes, size_t n)
{
	if (w->bad || n > w->size - w->len) {
		w->bad = true;
		return;
	}
	if (n > 0)
		memcpy(w->start + w->len, bytes, n);
	w->len += n;
}

static void write_le(struct gp_writer *w, uint64_t v, size_t n)
{
	uint8_t raw[8];
	for (size_t i = 0; i < n; i++)
		raw[i] = (uint8_t)(v >> (8 * i));
	gp_writer_bytes(w, raw, n);
}

void gp_writer_u8(struct gp_writer *w, uint8_t v)
{
	write_le(w, v, 1);
}

void gp_writer_u16(struct gp_writer *w, uint16_t v)
{
	write_le(w, v, 2);
}

void gp_writer_u32(struct gp_writer *w, uint32_t v)
{
	write_le(w, v, 4);
}

void gp_writer_u64(struct gp_writer *w, uint64_t v)
{
	write_le(w, v, 8);
}

void gp_writer_str(struct gp_writer *w, struct gp_str s)
{
	if (s.len > UINT16_MAX) {
		w->bad = true;
		return;
	}
	gp_writer_u16(w, (uint16_t)s.len);
	gp_writer_bytes(w, s.ptr, s.len);
}

size_t gp_writer_len(const struct gp_writer *w)
{
	return w->bad ? 0 : w->len;
}
