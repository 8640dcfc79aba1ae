/* SPDX-License-Identifier: Apache-2.0 */
/* Arbitrary bytes as a knock: refused, or a name that a guest could have, which is written with the
 * same bytes again but for upper case. */
#include <stdint.h>
#include <stdlib.h>

#include "contract/knock.h"

#include "contract/ban.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char name[GP_DIRECTORY_NAME_MAX + 1];
	uint8_t again[GP_KNOCK_MAX];

	if (gp_knock_parse(data, len, name) != GP_ST_OK)
		return 0;
	if (!gp_directory_name_ok(gp_str_from(name)) || strchr(name, '@') == NULL ||
	    gp_knock_write(gp_str_from(name), again) != len ||
	    !gp_str_equal_nocase((struct gp_str){(const char *)again, len},
				 (struct gp_str){(const char *)data, len}))
		abort();
	return 0;
}
