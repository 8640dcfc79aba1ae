/* SPDX-License-Identifier: Apache-2.0 */
#include "contract/directory_format.h"

#include "contract/ban.h"

#define ONES 0x0101010101010101ULL
#define HIGH 0x8080808080808080ULL

void gp_dir_put_u16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
}

void gp_dir_put_u32(uint8_t *p, uint32_t v)
{
	gp_dir_put_u16(p, (uint16_t)v);
	gp_dir_put_u16(p + 2, (uint16_t)(v >> 16));
}

void gp_dir_put_u64(uint8_t *p, uint64_t v)
{
	gp_dir_put_u32(p, (uint32_t)v);
	gp_dir_put_u32(p + 4, (uint32_t)(v >> 32));
}

/* Sets bit 5 in every byte that is 'A' to 'Z', eight bytes at a time: the sums carry into a byte's
 * top bit exactly when its low seven bits reach 'A', or exceed 'Z'. */
static uint64_t fold(uint64_t w)
{
	uint64_t low = w & ~HIGH;
	uint64_t from_a = low + ONES * (0x80 - 'A');
	uint64_t above_z = low + ONES * (0x7F - 'Z');
	uint64_t upper = (from_a ^ above_z) & ~w & HIGH;
	return w | upper >> 2;
}

bool gp_dir_key_from(struct gp_str name, struct gp_dir_key *key)
{
	if (name.len == 0 || name.len > GP_DIRECTORY_NAME_MAX)
		return false;
	size_t last = name.len / 8;
	key->len = name.len;
	key->words[last] = 0;
	memcpy(key->words, name.ptr, name.len);
	for (size_t i = 0; i <= last; i++)
		key->words[i] = fold(key->words[i]);
	return true;
}

static uint64_t mix(uint64_t h)
{
	h *= 0x9E3779B97F4A7C15ULL;
	return h ^ h >> 32;
}

uint32_t gp_dir_hash_key(const struct gp_dir_key *key, uint64_t seed)
{
	uint64_t h = mix(seed ^ key->len);
	for (size_t i = 0; i <= key->len / 8; i++)
		h = mix(h ^ gp_dir_u64((const uint8_t *)&key->words[i]));
	return (uint32_t)(mix(h) >> 32);
}

uint32_t gp_dir_hash_number(uint32_t number, uint64_t seed)
{
	return (uint32_t)(mix(mix(seed ^ number)) >> 32);
}

static uint64_t absorb(uint64_t lane, uint64_t word)
{
	lane ^= word;
	lane = lane << 29 | lane >> 35;
	return lane * 0xC2B2AE3D27D4EB4FULL;
}

uint64_t gp_dir_checksum(const uint8_t *bytes, size_t len)
{
	uint64_t a = gp_dir_u64(bytes);
	uint64_t b = gp_dir_u32(bytes + GP_DIR_H_VERSION);
	uint64_t c = len;
	uint64_t d = 0x165667B19E3779F9ULL;
	size_t at = GP_DIR_H_GENERATION;

	/* Four lanes so that the multiplications overlap: readers pay for this once a mapping. */
	for (; len - at >= 32; at += 32) {
		a = absorb(a, gp_dir_u64(bytes + at));
		b = absorb(b, gp_dir_u64(bytes + at + 8));
		c = absorb(c, gp_dir_u64(bytes + at + 16));
		d = absorb(d, gp_dir_u64(bytes + at + 24));
	}
	for (; len - at >= 8; at += 8)
		a = absorb(a, gp_dir_u64(bytes + at));
	return mix(absorb(absorb(absorb(absorb(0, a), b), c), d));
}
