/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cursors over bytes: the only way in which this project reads bytes from outside, and the way in
 * which it writes messages. Numbers are little-endian. An error sticks: read or write everything,
 * then ask once with gp_reader_end() or gp_writer_len().
 */
#ifndef GP_CONTRACT_CURSOR_H
#define GP_CONTRACT_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "contract/status.h"
#include "contract/str.h"

struct gp_reader {
	const uint8_t *at;
	size_t left;
	bool bad;
};

struct gp_reader gp_reader_over(const void *bytes, size_t len);
/* N bytes in place, or NULL (and bad) when fewer are left. */
const uint8_t *gp_reader_take(struct gp_reader *r, size_t n);
/* Zero once bad. */
uint8_t gp_reader_u8(struct gp_reader *r);
uint16_t gp_reader_u16(struct gp_reader *r);
uint32_t gp_reader_u32(struct gp_reader *r);
uint64_t gp_reader_u64(struct gp_reader *r);
/* A u16 length, then so many bytes, at most MAX; borrowed. Empty once bad. */
struct gp_str gp_reader_str(struct gp_reader *r, size_t max);
/* GP_ST_OK only if nothing went wrong and nothing is left over. */
enum gp_status gp_reader_end(const struct gp_reader *r) gp_must_check;

struct gp_writer {
	uint8_t *start;
	size_t len;
	size_t size;
	bool bad;
};

struct gp_writer gp_writer_over(void *bytes, size_t size);
void gp_writer_bytes(struct gp_writer *w, const void *bytes, size_t n);
void gp_writer_u8(struct gp_writer *w, uint8_t v);
void gp_writer_u16(struct gp_writer *w, uint16_t v);
void gp_writer_u32(struct gp_writer *w, uint32_t v);
void gp_writer_u64(struct gp_writer *w, uint64_t v);
void gp_writer_str(struct gp_writer *w, struct gp_str s);
/* Bytes written, or 0 when anything did not fit. */
size_t gp_writer_len(const struct gp_writer *w);

#endif
