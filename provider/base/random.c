/* SPDX-License-Identifier: Apache-2.0 */
#include "base/random.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

#include "contract/ban.h"

void gp_random(void *out, size_t n)
{
	uint8_t *at = out;

	while (n > 0) {
		ssize_t got = getrandom(at, n, 0);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			abort();
		at += got;
		n -= (size_t)got;
	}
}

uint32_t gp_random_below(uint32_t bound)
{
	/* 2^32 mod BOUND: values below it would make the low remainders more frequent. */
	const uint32_t unfair = bound > 0 ? (UINT32_MAX - bound + 1) % bound : 0;
	uint32_t v = 0;

	if (bound == 0)
		abort();
	do
		gp_random(&v, sizeof(v));
	while (v < unfair);
	return v % bound;
}

void gp_random_guid(char out[static GP_GUID_TEXT])
{
	uint8_t guid[16];

	gp_random(guid, sizeof(guid));
	guid[6] = (uint8_t)((guid[6] & 0x0FU) | 0x40U);
	guid[8] = (uint8_t)((guid[8] & 0x3FU) | 0x80U);
	gp_guid_format(guid, out);
}
