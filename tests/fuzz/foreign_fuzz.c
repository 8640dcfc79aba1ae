/* SPDX-License-Identifier: Apache-2.0 */
/* Arbitrary bytes as /etc/group and as group.conf; the first byte says which. */
#include <stdint.h>
#include <stdlib.h>

#include "config/foreign.h"

#include "contract/ban.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void on_finding(void *arg, const struct gp_error *err)
{
	size_t *count = arg;
	if (err->text[0] == '\0')
		abort();
	(*count)++;
}

/* Some are, whatever the bytes; nobody without a name is asked for. */
static bool is_guest(void *arg, struct gp_str name)
{
	(void)arg;
	if (name.len == 0)
		abort();
	return name.ptr[0] == 'a' || name.ptr[name.len - 1] == 'a';
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	size_t heard = 0;
	const struct gp_foreign foreign = {is_guest, NULL, on_finding, &heard};
	if (len == 0)
		return 0;
	if (gp_foreign_text(&foreign, data[0] % 2 == 0 ? GP_FOREIGN_GROUP : GP_FOREIGN_PAM_GROUP,
			    "file", (struct gp_str){(const char *)data + 1, len - 1}) != heard)
		abort();
	return 0;
}
