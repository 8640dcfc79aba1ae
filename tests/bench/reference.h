/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The floor for a name service that maps a file: what is left when nothing is checked. A kept
 * mapping, one word that says whether it was superseded, open addressing, one copy.
 */
#ifndef GP_TESTS_BENCH_REFERENCE_H
#define GP_TESTS_BENCH_REFERENCE_H

#include <grp.h>
#include <nss.h>
#include <pwd.h>
#include <stdint.h>

#define REFERENCE_PATH   "/run/reference.db"
#define REFERENCE_GROUPS 5

struct reference_head {
	uint32_t superseded;
	uint32_t slots; /* a power of two, of each of the two indexes that follow */
};

/* Offsets are from the start of the file; 0: empty. */
struct reference_slot {
	uint32_t hash;
	uint32_t at;
};

struct reference_user {
	uint32_t uid, gid;
	uint16_t name_len, gecos_at, home_at, shell_at, len; /* of the texts, which follow */
	uint16_t unused;
	uint32_t groups[REFERENCE_GROUPS];
};

static inline uint32_t reference_hash(const char *text, uint32_t len)
{
	uint64_t h = len;
	for (uint32_t i = 0; i < len; i++)
		h = (h ^ (uint8_t)text[i]) * 0x100000001B3ULL;
	return (uint32_t)(h ^ h >> 32);
}

static inline uint32_t reference_hash_number(uint32_t n)
{
	return n * 2654435761U;
}

enum nss_status _nss_reference_getpwnam_r(const char *name, struct passwd *pw, char *buffer,
					  size_t size, int *e);
enum nss_status _nss_reference_getpwuid_r(uid_t uid, struct passwd *pw, char *buffer, size_t size,
					  int *e);
enum nss_status _nss_reference_initgroups_dyn(const char *name, gid_t group, long int *start,
					      long int *size, gid_t **groups, long int limit,
					      int *e);

#endif
