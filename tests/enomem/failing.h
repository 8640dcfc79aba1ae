/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that runs out when a test says so. The product's archives are copied with their calls of
 * malloc() and its like renamed to ours (see the Makefile); nothing else in the program is touched,
 * and no shipped binary has this in it.
 */
#ifndef GP_TESTS_ENOMEM_FAILING_H
#define GP_TESTS_ENOMEM_FAILING_H

#include <stdbool.h>
#include <stddef.h>

/* From now on count; the allocation number NTH (from 1) fails, and with FOR_EVER each one after it.
 * NTH 0: none fails. */
void failing_begin(size_t nth, bool for_ever);
/* All succeed again; how many allocations were asked for since failing_begin(). */
size_t failing_end(void);
/* None fails and none is counted meanwhile. */
void failing_hold(bool hold);

#endif
