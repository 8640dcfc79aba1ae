/* SPDX-License-Identifier: Apache-2.0 */
/* A directory of its own for a harness of code that works with files: in memory where the machine
 * has such a place, the current directory from then on, and gone when the process ends. The fuzzer
 * then needs absolute paths of its corpora. */
#ifndef GP_TESTS_FUZZ_WORK_DIR_H
#define GP_TESTS_FUZZ_WORK_DIR_H

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "contract/str.h"

static inline int work_dir_drop(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(path);
}

static char work_dir_path[32];

static inline void work_dir_remove(void)
{
	(void)nftw(work_dir_path, work_dir_drop, 8, FTW_DEPTH | FTW_PHYS);
}

static inline void work_dir_enter(void)
{
	static const char *const places[] = {"/dev/shm/gp-fuzz-XXXXXX", "/tmp/gp-fuzz-XXXXXX"};

	for (size_t i = 0; i < 2; i++) {
		if (gp_copy(work_dir_path, sizeof(work_dir_path), gp_str_from(places[i])) !=
		    GP_ST_OK)
			abort();
		if (mkdtemp(work_dir_path) == NULL)
			continue;
		if (chdir(work_dir_path) != 0 || atexit(work_dir_remove) != 0)
			abort();
		return;
	}
	abort();
}

static inline void work_dir_put(const char *name, struct gp_str text, mode_t mode)
{
	const int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	if (fd < 0 || (text.len > 0 && write(fd, text.ptr, text.len) != (ssize_t)text.len) ||
	    close(fd) != 0)
		abort();
}

#endif
