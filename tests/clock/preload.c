/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A shared object for LD_PRELOAD: the wall clock of one program, libraries and all, is the
 * machine's plus the seconds in the file GP_CLOCK_FILE (8 bytes, an int64_t of this machine). The
 * file is mapped, so whoever writes it moves the clock at once, forward or back. Clocks that
 * measure are left alone.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "contract/ban.h"

#define EXPORT __attribute__((visibility("default")))

static const volatile int64_t *offset_s;

/* A test that believed in a clock which nobody moves would prove nothing: so rather no program. */
static void give_up(const char *text, size_t size)
{
	ssize_t written = write(STDERR_FILENO, text, size);
	(void)written;
	_exit(125);
}

__attribute__((constructor)) static void begin(void)
{
	static const char unset[] = "moved clock: GP_CLOCK_FILE names no file that can be mapped\n";
	const char *path = getenv("GP_CLOCK_FILE");
	int fd = path != NULL ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	void *map = MAP_FAILED;

	if (fd >= 0 && lseek(fd, 0, SEEK_END) == (off_t)sizeof(*offset_s))
		map = mmap(NULL, sizeof(*offset_s), PROT_READ, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		give_up(unset, sizeof(unset) - 1);
	(void)close(fd);
	offset_s = map;
}

static int64_t moved_by(clockid_t clock)
{
	/* Another constructor may ask for the time before ours ran. */
	return offset_s != NULL && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)
		       ? *offset_s
		       : 0;
}

/* The kernel's own answer: what the C library would say goes through the functions below. */
EXPORT int clock_gettime(clockid_t clock, struct timespec *out)
{
	int rc = (int)syscall(SYS_clock_gettime, clock, out);

	if (rc == 0)
		out->tv_sec += moved_by(clock);
	return rc;
}

EXPORT time_t time(time_t *out)
{
	struct timespec now = {0};

	(void)clock_gettime(CLOCK_REALTIME, &now);
	if (out != NULL)
		*out = now.tv_sec;
	return now.tv_sec;
}

EXPORT int gettimeofday(struct timeval *restrict out, void *restrict zone)
{
	struct timespec now = {0};

	(void)zone;
	(void)clock_gettime(CLOCK_REALTIME, &now);
	*out = (struct timeval){.tv_sec = now.tv_sec, .tv_usec = now.tv_nsec / 1000};
	return 0;
}
