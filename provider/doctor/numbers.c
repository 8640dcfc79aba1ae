/* SPDX-License-Identifier: Apache-2.0 */
/* Does somebody else on this host give numbers from the ranges of ids.conf, or have one? */
#include <stdlib.h>

#include "config/overlap.h"
#include "doctor/doctor.h"

#include "contract/ban.h"

static void on_overlap(void *arg, const struct gp_error *err)
{
	struct gp_doctor *d = arg;
	const char *text = err->text;
	size_t root = strlen(d->root);
	if (strncmp(text, d->root, root) == 0)
		text += root;
	if (err->code == GP_ST_IO)
		gp_doctor_unseen(d, "%s", text);
	else
		gp_doctor_find(d, GP_FINDING_NUMBER_RANGE, "%s", text);
}

/* Field N of "a:b:c". */
static struct gp_str field(struct gp_str line, size_t n)
{
	for (;;) {
		const char *colon = line.len > 0 ? memchr(line.ptr, ':', line.len) : NULL;
		size_t len = colon != NULL ? (size_t)(colon - line.ptr) : line.len;
		if (n-- == 0)
			return (struct gp_str){line.ptr, len};
		if (colon == NULL)
			return (struct gp_str){NULL, 0};
		line = (struct gp_str){line.ptr + len + 1, line.len - len - 1};
	}
}

static void look_at_accounts(struct gp_doctor *d, const char *file, bool groups)
{
	uint32_t base = groups ? d->rules->gid_base : d->rules->uid_base;
	uint32_t size = groups ? d->rules->gid_size : d->rules->uid_size;
	size_t len = 0;
	bool absent = false;
	char *bytes = gp_doctor_read(d, file, &len, &absent);
	struct gp_str text = {bytes, len};
	if (bytes == NULL)
		gp_doctor_unseen(d, "%s cannot be read", file);
	while (text.len > 0) {
		struct gp_str line = gp_str_take_line(&text);
		uint64_t n = 0;
		if (gp_parse_u64(field(line, 2), UINT32_MAX, &n) == GP_ST_OK && n >= base &&
		    n - base < size)
			gp_doctor_find(d, GP_FINDING_NUMBER_TAKEN,
				       "%s: %.*s has the number %llu, which is one of guests'",
				       file,
				       (int)(field(line, 0).len > 64 ? 64 : field(line, 0).len),
				       line.ptr, (unsigned long long)n);
	}
	free(bytes);
}

void gp_doctor_numbers(struct gp_doctor *d)
{
	if (d->rules == NULL) {
		gp_doctor_unseen(d, "which numbers are guests': ids.conf cannot be read");
		return;
	}
	(void)gp_overlap_look(d->rules, d->root, on_overlap, d);
	look_at_accounts(d, "/etc/passwd", false);
	look_at_accounts(d, "/etc/group", true);
}
