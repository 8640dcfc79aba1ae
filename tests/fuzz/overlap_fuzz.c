/* SPDX-License-Identifier: Apache-2.0 */
/* Arbitrary bytes as each of the files that give numbers from ranges; the first byte says which. */
#include <stdint.h>
#include <stdlib.h>

#include "config/overlap.h"

#include "contract/ban.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static struct gp_ids_rules rules;

static void on_finding(void *arg, const struct gp_error *err)
{
	size_t *count = arg;
	if (err->text[0] == '\0')
		abort();
	(*count)++;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	size_t heard = 0;
	if (rules.uid_size == 0)
		gp_ids_rules_default(&rules);
	if (len == 0)
		return 0;
	enum gp_overlap_format format = (enum gp_overlap_format)(data[0] % (GP_OVERLAP_SAMBA + 1));
	if (gp_overlap_text(&rules, format, "file",
			    (struct gp_str){(const char *)data + 1, len - 1}, on_finding,
			    &heard) != heard)
		abort();
	return 0;
}
