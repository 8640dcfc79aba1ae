/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A fuzz harness whose memory runs out: each seed with the first allocation failing, the second,
 * and so on to the last, once alone and once with all after it. The rules of the harness hold all
 * the same, the sanitizer finds no fault and no leak. One TAP line a seed.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/enomem/failing.h"

#include "contract/ban.h"

enum {
	SEED_MAX = 1 << 16,
	/* Of one seed: where there are more allocations they are sampled evenly, by each seed from
	 * another one on, since the seeds of a harness mostly take the same way. */
	STEPS_MAX = 6,
	GAVE_UP = 77,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
/* A slow harness may have fewer. */
extern const size_t sweep_steps_max __attribute__((weak));
__attribute__((weak)) int LLVMFuzzerInitialize(int *argc, char ***argv);
void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));

static struct {
	const char *seed;
	size_t nth;
	bool for_ever;
} at;
static size_t given_up;

static void say_where(void)
{
	(void)fprintf(stderr, "sweep: %s, allocation %zu%s fails\n", at.seed, at.nth,
		      at.for_ever ? " and all after it" : "");
}

/* What some of the harnesses' abort() becomes (see the Makefile): most of their rules ask that what
 * was read once can be read or written again, which without memory it cannot. That ends the run; it
 * leaves things behind, which are no leaks. While memory is there it is a failure. */
_Noreturn void sweep_abort(void);

_Noreturn void sweep_abort(void)
{
	if (at.nth == 0)
		abort();
	_exit(GAVE_UP);
}

/* How many allocations there are to fail. */
static size_t count(const uint8_t *data, size_t len)
{
	at.nth = 0;
	failing_begin(0, false);
	(void)LLVMFuzzerTestOneInput(data, len);
	return failing_end();
}

int __lsan_do_recoverable_leak_check(void) __attribute__((weak));

/* In a process of its own, since a run may be given up anywhere. */
static bool run(const uint8_t *data, size_t len, size_t nth, bool for_ever)
{
	int status = 0;
	const pid_t pid = fork();
	if (pid == 0) {
		at.nth = nth;
		at.for_ever = for_ever;
		failing_begin(nth, for_ever);
		(void)LLVMFuzzerTestOneInput(data, len);
		(void)failing_end();
		if (__lsan_do_recoverable_leak_check != NULL &&
		    __lsan_do_recoverable_leak_check() != 0) {
			say_where();
			_exit(1);
		}
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return false;
	given_up += WIFEXITED(status) && WEXITSTATUS(status) == GAVE_UP ? 1 : 0;
	if (WIFEXITED(status) && (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == GAVE_UP))
		return true;
	at.nth = nth;
	at.for_ever = for_ever;
	say_where();
	return false;
}

static bool sweep(const uint8_t *data, size_t len, int number, size_t *runs)
{
	const size_t all = count(data, len);
	const size_t steps = &sweep_steps_max != NULL ? sweep_steps_max : STEPS_MAX;
	const size_t step = all / steps + 1;
	bool good = true;
	for (size_t nth = 1 + (size_t)number % step; nth <= all; nth += step, *runs += 2) {
		good = run(data, len, nth, false) && good;
		good = run(data, len, nth, true) && good;
	}
	return good;
}

/* DIR is open from the beginning: a harness may work in a directory of its own. */
static int sweep_file(int dir, const char *name, int number)
{
	uint8_t *data = malloc(SEED_MAX);
	const int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	const ssize_t len = data != NULL && fd >= 0 ? read(fd, data, SEED_MAX) : -1;
	size_t runs = 0;
	at.seed = name;
	if (fd >= 0)
		(void)close(fd);
	const bool good = len >= 0 && sweep(data, (size_t)len, number, &runs);
	printf("%s %d - %s (%zu runs)\n", good ? "ok" : "not ok", number, name, runs);
	(void)fflush(stdout);
	free(data);
	return good ? 0 : 1;
}

static int is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

int main(int argc, char **argv)
{
	struct dirent **entries = NULL;
	int failed = 0;

	if (argc != 2) {
		(void)fprintf(stderr, "usage: %s CORPUS-DIRECTORY\n", argv[0]);
		return 2;
	}
	if (__sanitizer_set_death_callback != NULL)
		__sanitizer_set_death_callback(say_where);
	const int dir = open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const int seeds = scandir(argv[1], &entries, is_visible, alphasort);
	if (LLVMFuzzerInitialize != NULL)
		(void)LLVMFuzzerInitialize(&argc, &argv);
	for (int i = 0; i < seeds; i++) {
		failed += sweep_file(dir, entries[i]->d_name, i + 1);
		free(entries[i]);
	}
	free(entries);
	printf("# %zu runs ended by a rule of the harness that asks for memory\n", given_up);
	(void)fflush(stdout);
	return failed == 0 && seeds > 0 ? 0 : 1;
}
