/* SPDX-License-Identifier: Apache-2.0 */
/* Memory of our own for bytes that others could change or cut while we look. */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "contract/trusted.h"
#include "publish/publish.h"

#include "contract/ban.h"

enum gp_status gp_publish_alloc(size_t len, struct gp_publish_copy *out)
{
	if (len > GP_DIRECTORY_SIZE_MAX)
		return GP_ST_TOO_BIG;
	/* Mapped rather than from the heap: large, and given back at once. */
	void *map = mmap(NULL, len + 1, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (map == MAP_FAILED)
		return GP_ST_NO_MEMORY;
	*out = (struct gp_publish_copy){map, len};
	return GP_ST_OK;
}

void gp_publish_free(struct gp_publish_copy *copy)
{
	if (copy->ptr != NULL)
		munmap(copy->ptr, copy->len + 1);
	*copy = (struct gp_publish_copy){NULL, 0};
}

static enum gp_status read_fd(int fd, struct gp_publish_copy *out)
{
	size_t have = 0;
	while (have <= out->len) {
		ssize_t n = read(fd, (char *)out->ptr + have, out->len + 1 - have);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return GP_ST_IO;
		if (n == 0)
			break;
		have += (size_t)n;
	}
	/* Longer or shorter than a moment ago: somebody is writing it. */
	return have == out->len ? GP_ST_OK : GP_ST_UNAVAILABLE;
}

enum gp_status gp_publish_copy_file(int dir_fd, const char *name, bool trusted,
				    struct gp_publish_copy *out)
{
	int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | (trusted ? O_NOFOLLOW : 0);
	int fd = openat(dir_fd, name, flags);
	if (fd < 0)
		return errno == ENOENT ? GP_ST_NOT_FOUND : GP_ST_IO;
	struct stat st;
	struct gp_publish_copy copy = {NULL, 0};
	enum gp_status status = GP_ST_OK;
	if (fstat(fd, &st) != 0)
		status = GP_ST_IO;
	else if (!S_ISREG(st.st_mode) || (trusted && !gp_trusted_file(&st)))
		status = GP_ST_DENIED;
	else if ((uint64_t)st.st_size > GP_DIRECTORY_SIZE_MAX)
		status = GP_ST_TOO_BIG;
	if (status == GP_ST_OK)
		status = gp_publish_alloc((size_t)st.st_size, &copy);
	if (status == GP_ST_OK)
		status = read_fd(fd, &copy);
	close(fd);
	if (status == GP_ST_OK)
		*out = copy;
	else
		gp_publish_free(&copy);
	return status;
}
