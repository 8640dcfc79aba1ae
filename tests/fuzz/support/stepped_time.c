/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/fuzz/support/stepped_time.h"

#include <stdbool.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "contract/ban.h"

/* Far beyond what any machine was up: no timer of the kernel's ever fires for it. */
#define START_MS INT64_C(1000000000000)

static int64_t now_ms = START_MS;
static bool monotonic_too;

void stepped_time_reset(void)
{
	now_ms = START_MS;
}

void stepped_time_advance_ms(int64_t ms)
{
	now_ms += ms;
}

int64_t stepped_time_ms(void)
{
	return now_ms;
}

void stepped_time_hold(void)
{
	monotonic_too = true;
}

void stepped_time_release(void)
{
	monotonic_too = false;
}

/* In place of libc's, for this program and the libraries in it. */
__attribute__((visibility("default"))) int clock_gettime(clockid_t id, struct timespec *ts)
{
	if (id == CLOCK_BOOTTIME || (id == CLOCK_MONOTONIC && monotonic_too)) {
		*ts = (struct timespec){now_ms / 1000, (now_ms % 1000) * 1000000};
		return 0;
	}
	return (int)syscall(SYS_clock_gettime, id, ts);
}
