/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/enomem/failing.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "contract/ban.h"

static struct {
	bool on;
	bool held;
	bool for_ever;
	size_t nth;
	size_t count;
} now;

void failing_begin(size_t nth, bool for_ever)
{
	now.on = true;
	now.for_ever = for_ever;
	now.nth = nth;
	now.count = 0;
}

size_t failing_end(void)
{
	now.on = false;
	return now.count;
}

void failing_hold(bool hold)
{
	now.held = hold;
}

static bool fails(void)
{
	if (!now.on || now.held)
		return false;
	now.count++;
	if (now.nth == 0 || (now.for_ever ? now.count < now.nth : now.count != now.nth))
		return false;
	errno = ENOMEM;
	return true;
}

void *failing_malloc(size_t size);
void *failing_calloc(size_t n, size_t size);
void *failing_realloc(void *old, size_t size);
void *failing_reallocarray(void *old, size_t n, size_t size);
char *failing_strdup(const char *text);
int failing_asprintf(char **out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

void *failing_malloc(size_t size)
{
	return fails() ? NULL : malloc(size);
}

void *failing_calloc(size_t n, size_t size)
{
	return fails() ? NULL : calloc(n, size);
}

void *failing_realloc(void *old, size_t size)
{
	return fails() ? NULL : realloc(old, size);
}

void *failing_reallocarray(void *old, size_t n, size_t size)
{
	return fails() ? NULL : reallocarray(old, n, size);
}

char *failing_strdup(const char *text)
{
	return fails() ? NULL : strdup(text);
}

int failing_asprintf(char **out, const char *fmt, ...)
{
	va_list args;
	if (fails())
		return -1;
	va_start(args, fmt);
	int n = vasprintf(out, fmt, args);
	va_end(args);
	return n;
}
