/* SPDX-License-Identifier: Apache-2.0 */
/* Replays a fuzz corpus without libFuzzer: each seed as it is, cut at each length, and with each
   bit flipped, up to a bound. What a fuzzer found (its name is 40 hex digits) is itself such a
   variant, and runs only as it is. It prints one TAP line a seed; a sanitizer ends it at the first
   fault, after a line on stderr that says which variant it was. */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "contract/ban.h"

enum {
	SEED_MAX = 1 << 20,
	VARIANTS_MAX = 6000, /* of each kind and seed: larger seeds are sampled evenly */
};

/* A harness whose inputs each take long may have fewer. */
__attribute__((weak)) extern const size_t replay_variants_max;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
/* A harness may have one, as with libFuzzer; then it runs once before the first input. */
__attribute__((weak)) int LLVMFuzzerInitialize(int *argc, char ***argv);

/* What runs now, for the sanitizer's death callback. */
static struct {
	const char *seed;
	const char *kind;
	size_t at;
} now;

void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));

static void say_variant(void)
{
	/* By the descriptor: a harness may have put its program's log elsewhere. */
	(void)dprintf(STDERR_FILENO, "replay: %s, %s %zu\n", now.seed, now.kind, now.at);
}

/* A copy of exactly its own size, so that a read behind the end is seen. */
static int run_copy(const uint8_t *data, size_t len)
{
	uint8_t *copy = malloc(len > 0 ? len : 1);

	if (copy == NULL)
		return -1;
	memcpy(copy, data, len);
	(void)LLVMFuzzerTestOneInput(copy, len);
	free(copy);
	return 0;
}

static size_t step_of(size_t count)
{
	const size_t *own = &replay_variants_max;
	return count / (own != NULL ? *own : VARIANTS_MAX) + 1;
}

static int was_found(const char *name)
{
	return strlen(name) == 40 && strspn(name, "0123456789abcdef") == 40;
}

static long run_variants(uint8_t *data, size_t len)
{
	long runs = 1;

	now.kind = "whole";
	now.at = len;
	if (run_copy(data, len) != 0)
		return -1;
	if (was_found(now.seed))
		return runs;
	now.kind = "cut at";
	for (size_t n = 0; n < len; n += step_of(len), runs++) {
		now.at = n;
		if (run_copy(data, n) != 0)
			return -1;
	}
	now.kind = "flipped bit";
	for (size_t bit = 0; bit < len * 8; bit += step_of(len * 8), runs++) {
		const uint8_t mask = (uint8_t)(1U << (bit % 8));

		now.at = bit;
		data[bit / 8] ^= mask;
		if (run_copy(data, len) != 0)
			return -1;
		data[bit / 8] ^= mask;
	}
	return runs;
}

static int replay_file(const char *dir, const char *name, int number)
{
	char path[4096];
	uint8_t *data = malloc(SEED_MAX);
	FILE *f = NULL;
	long runs = -1;
	size_t len = 0;
	const int n = snprintf(path, sizeof(path), "%s/%s", dir, name);

	if (data == NULL || n < 0 || (size_t)n >= sizeof(path))
		goto out;
	f = fopen(path, "re");
	if (f == NULL)
		goto out;
	len = fread(data, 1, SEED_MAX, f);
	/* A seed that fills the whole buffer would be tested only in part. */
	if (ferror(f) != 0 || len == SEED_MAX)
		goto out;
	now.seed = name;
	runs = run_variants(data, len);
out:
	printf("%s %d - %s (%ld inputs)\n", runs > 0 ? "ok" : "not ok", number, name, runs);
	(void)fflush(stdout);
	if (f != NULL)
		(void)fclose(f);
	free(data);
	return runs > 0 ? 0 : 1;
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
		__sanitizer_set_death_callback(say_variant);
	if (LLVMFuzzerInitialize != NULL)
		(void)LLVMFuzzerInitialize(&argc, &argv);
	/* Some harnesses work in a directory of their own. */
	char *dir = realpath(argv[1], NULL);
	const int count = dir != NULL ? scandir(dir, &entries, is_visible, alphasort) : -1;

	if (count < 0) {
		(void)fprintf(stderr, "%s: %s\n", argv[1], strerror(errno));
		return 1;
	}
	for (int i = 0; i < count; i++) {
		failed += replay_file(dir, entries[i]->d_name, i + 1);
		free(entries[i]);
	}
	free(entries);
	free(dir);
	return failed == 0 && count > 0 ? 0 : 1;
}
