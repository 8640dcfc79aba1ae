/* SPDX-License-Identifier: Apache-2.0 */
/* What the code under test logs between two points: stderr goes to memory meanwhile. */
#ifndef GP_TESTS_LOG_CATCH_H
#define GP_TESTS_LOG_CATCH_H

#include <stddef.h>

struct log_catch {
	int before;
	int memory;
};

/* Both abort on failure. An assertion that fails in between is not seen. */
void log_catch_start(struct log_catch *log);
void log_catch_stop(struct log_catch *log, char *text, size_t size);

#endif
