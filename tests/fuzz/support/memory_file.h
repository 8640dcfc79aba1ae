/* SPDX-License-Identifier: Apache-2.0 */
/* A file in memory for harnesses of code that is given a path: written anew for each input, and
 * nothing is left behind on a disk. */
#ifndef GP_TESTS_FUZZ_MEMORY_FILE_H
#define GP_TESTS_FUZZ_MEMORY_FILE_H

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <unistd.h>

#include "contract/str.h"

struct memory_file {
	int fd; /* 0: not made yet */
	char path[32];
};

static inline void memory_file_set(struct memory_file *file, struct gp_str text)
{
	if (file->fd == 0) {
		file->fd = memfd_create("input", MFD_CLOEXEC);
		if (file->fd < 0 || gp_format(file->path, sizeof(file->path), "/proc/self/fd/%d",
					      file->fd) != GP_ST_OK)
			abort();
	}
	if (ftruncate(file->fd, 0) != 0 ||
	    (text.len > 0 && pwrite(file->fd, text.ptr, text.len, 0) != (ssize_t)text.len))
		abort();
}

#endif
