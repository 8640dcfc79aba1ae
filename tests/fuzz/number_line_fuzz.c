/* SPDX-License-Identifier: Apache-2.0 */
/* Arbitrary bytes as a line of numbers: refused with a reason, or written the same way again. */
#include <stdint.h>
#include <stdlib.h>

#include "contract/directory.h"
#include "identity/number_line.h"

#include "contract/ban.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct gp_number_line line;
	struct gp_number_line again;
	struct gp_error err = {0};
	gp_buf_auto struct gp_buf out = GP_BUF(512);

	if (gp_number_line_parse((struct gp_str){(const char *)data, len}, &line, &err) !=
	    GP_ST_OK) {
		if (err.text[0] == '\0')
			abort();
		return 0;
	}
	gp_number_line_write(&line, &out);
	if (gp_buf_status(&out) != GP_ST_OK)
		return 0;
	if (line.kind == GP_NUMBER_NOTHING)
		return out.len == 0 ? 0 : (abort(), 0);
	struct gp_str text = {gp_buf_get(&out), out.len - 1};
	if (gp_number_line_parse(text, &again, &err) != GP_ST_OK || again.kind != line.kind ||
	    again.uid != line.uid || strcmp(again.name, line.name) != 0 ||
	    strcmp(again.oid, line.oid) != 0)
		abort();
	return 0;
}
