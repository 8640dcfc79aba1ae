/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A shared object for LD_PRELOAD: memory runs out at random in the whole program, libraries and
 * all. One in GP_ENOMEM_EVERY allocations fails, after the first GP_ENOMEM_AFTER; GP_ENOMEM_SEED
 * begins the sequence. Without the first of them nothing fails.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include "contract/str.h"

#include "contract/ban.h"

#define EXPORT __attribute__((visibility("default")))

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *old, size_t size);

static uint64_t every;
static uint64_t after;
static uint64_t sequence;
static uint64_t count;

static uint64_t from_environment(const char *name)
{
	const char *text = getenv(name);
	uint64_t value = 0;
	return text != NULL && gp_parse_u64(gp_str_from(text), UINT32_MAX, &value) == GP_ST_OK
		       ? value
		       : 0;
}

__attribute__((constructor)) static void begin(void)
{
	sequence = from_environment("GP_ENOMEM_SEED") * 2654435761U + 1;
	after = from_environment("GP_ENOMEM_AFTER");
	every = from_environment("GP_ENOMEM_EVERY");
}

static int fails(void)
{
	if (every == 0 || ++count <= after)
		return 0;
	sequence ^= sequence << 13;
	sequence ^= sequence >> 7;
	sequence ^= sequence << 17;
	if (sequence % every != 0)
		return 0;
	errno = ENOMEM;
	return 1;
}

EXPORT void *malloc(size_t size)
{
	return fails() ? NULL : __libc_malloc(size);
}

EXPORT void *calloc(size_t n, size_t size)
{
	return fails() ? NULL : __libc_calloc(n, size);
}

EXPORT void *realloc(void *old, size_t size)
{
	return fails() ? NULL : __libc_realloc(old, size);
}
