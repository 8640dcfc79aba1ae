/* SPDX-License-Identifier: Apache-2.0 */
/* Arbitrary bytes as the answer to a $batch: no part comes twice, or is one that was not asked. */
#include <stdint.h>
#include <stdlib.h>

#include "graph/internal.h"

#include "contract/ban.h"

#define ASKED 3

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void each(void *arg, const struct gp_batch_part *part)
{
	bool *seen = arg;
	if (part->index >= ASKED || seen[part->index] || part->code < 100 || part->code > 599 ||
	    part->retry_after_s < -1)
		abort();
	seen[part->index] = true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	bool seen[ASKED] = {false};
	struct gp_error err = {0};
	enum gp_status st =
		gp_batch_parse((struct gp_str){(const char *)data, len}, ASKED, each, seen, &err);
	if (st != GP_ST_OK && err.text[0] == '\0')
		abort();
	return 0;
}
