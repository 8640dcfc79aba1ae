/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Time that only a harness moves. The provider's timers all run on CLOCK_BOOTTIME, and the two
 * programs of root's on CLOCK_MONOTONIC between stepped_time_hold() and stepped_time_release();
 * stepped_time.c answers for these clocks. Everything else, the fuzzer's own limits among it,
 * keeps the machine's time.
 */
#ifndef GP_TESTS_FUZZ_STEPPED_TIME_H
#define GP_TESTS_FUZZ_STEPPED_TIME_H

#include <stdint.h>

void stepped_time_reset(void);
void stepped_time_advance_ms(int64_t ms);
int64_t stepped_time_ms(void);
void stepped_time_hold(void);
void stepped_time_release(void);

#endif
