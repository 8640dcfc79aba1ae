/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/support/log_catch.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "contract/ban.h"

void log_catch_start(struct log_catch *log)
{
	log->before = dup(STDERR_FILENO);
	log->memory = memfd_create("log", MFD_CLOEXEC);
	if (log->before < 0 || log->memory < 0 || dup2(log->memory, STDERR_FILENO) < 0)
		abort();
}

void log_catch_stop(struct log_catch *log, char *text, size_t size)
{
	ssize_t n = pread(log->memory, text, size - 1, 0);
	if (n < 0 || dup2(log->before, STDERR_FILENO) < 0)
		abort();
	text[n] = '\0';
	(void)close(log->before);
	(void)close(log->memory);
}
