/* SPDX-License-Identifier: Apache-2.0 */
/* Random bytes from the kernel. A machine without them cannot decide anything: then we abort. */
#ifndef GP_BASE_RANDOM_H
#define GP_BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

#include "contract/str.h"

void gp_random(void *out, size_t n);
/* A number in [0, BOUND), without bias. BOUND > 0. */
uint32_t gp_random_below(uint32_t bound);
/* A version 4 GUID in text. */
void gp_random_guid(char out[static GP_GUID_TEXT]);

#endif
