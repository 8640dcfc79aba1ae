/* SPDX-License-Identifier: Apache-2.0 */
/* A file of the audit as somebody left it: a head on the first line, then lines. Whatever is in
 * them, a chain that is called whole has every number once, and holds the head; where the file ends
 * is the same for who reads it from the front and from the back. */
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/audit_verify.h"
#include "store/audit_file.h"

#include "contract/ban.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void on_found(void *arg, const struct gp_audit_found *found)
{
	size_t *count = arg;
	(*count)++;
	if (found->text == NULL || gp_audit_finding_name(found->finding)[0] == '\0' ||
	    (found->at.line > 0 && found->at.file == NULL))
		abort();
}

static void check(const struct gp_audit_verify *v, size_t count, int fd)
{
	struct gp_audit_head last;
	struct gp_audit_link link;
	if (v->broken == 0 && v->records > 0 && v->head.seq != v->first_seq + v->records - 1)
		abort();
	if (v->broken == 0 && v->wanted.hash[0] != '\0' && !v->wanted_seen)
		abort();
	if (count < v->broken || (v->pieces == 0 && count != v->broken))
		abort();
	enum gp_status st = gp_audit_last(fd, &last, &link);
	if (st == GP_ST_OK &&
	    (v->records == 0 || last.seq != v->head.seq || strcmp(last.hash, v->head.hash) != 0))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	size_t count = 0;
	struct gp_audit_verify v = {.found = on_found, .arg = &count};
	struct gp_str rest = {(const char *)data, len};
	if (len == 0)
		return 0;
	if (gp_audit_head_parse(gp_str_take_line(&rest), &v.wanted) != GP_ST_OK)
		v.wanted.hash[0] = '\0';
	char name[] = "audit";
	int fd = memfd_create("audit", MFD_CLOEXEC);
	struct gp_audit_one one = {name, fd, 0};
	const struct gp_audit_files files = {&one, 1, 0};
	if (fd < 0)
		return 0;
	if (write(fd, rest.ptr, rest.len) == (ssize_t)rest.len &&
	    gp_audit_verify_files(&v, &files, 0, NULL) == GP_ST_OK)
		check(&v, count, fd);
	(void)close(fd);
	return 0;
}
