/* SPDX-License-Identifier: Apache-2.0 */
#include "contract/directory.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "contract/trusted.h"

#include "contract/ban.h"

#define OVERFLOW_ID 65534 /* user_namespaces(7): of whoever has no number in this namespace */

/* In a user namespace without root, root's files look like nobody's, and so does the root
 * directory, which nobody has anywhere else. Whoever lives there can put any file in this one's
 * place, for himself: his own processes are all that he can fool. */
static bool is_nobodys_where_root_is(const struct stat *st)
{
	struct stat top;
	return st->st_uid == OVERFLOW_ID && stat("/", &top) == 0 && top.st_uid == OVERFLOW_ID;
}

static bool is_trusted(const struct stat *st)
{
	struct stat seen = *st;
	if (is_nobodys_where_root_is(st))
		seen.st_uid = 0;
	return gp_trusted_file(&seen);
}

enum gp_status gp_directory_open(const char *path, struct gp_directory_view *out)
{
	/* O_NONBLOCK: should the name be a FIFO, the open must not wait for a writer. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR ? GP_ST_NOT_FOUND
		       : errno == ELOOP                    ? GP_ST_DENIED
							   : GP_ST_IO;
	struct stat st;
	enum gp_status status = GP_ST_OK;
	void *map = MAP_FAILED;
	if (fstat(fd, &st) != 0)
		status = GP_ST_IO;
	else if (!is_trusted(&st))
		status = GP_ST_DENIED;
	else if (st.st_size <= 0)
		status = GP_ST_INVALID;
	else if ((uint64_t)st.st_size > GP_DIRECTORY_SIZE_MAX)
		status = GP_ST_TOO_BIG;
	if (status == GP_ST_OK) {
		map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
		if (map == MAP_FAILED)
			status = GP_ST_IO;
	}
	close(fd);
	if (status != GP_ST_OK)
		return status;
	status = gp_directory_attach(map, (size_t)st.st_size, out);
	if (status != GP_ST_OK)
		munmap(map, (size_t)st.st_size);
	return status;
}

void gp_directory_close(struct gp_directory_view *view)
{
	if (view->bytes == NULL)
		return;
	void *map = (void *)(uintptr_t)view->bytes;
	munmap(map, view->len);
	*view = (struct gp_directory_view){0};
}
