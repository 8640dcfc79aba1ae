/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The provider's log: a level, an event name in lower case and fields, to the journal when stderr
 * is connected to it (sd-journal), else one line a record to stderr. Field texts are made safe
 * here, so callers pass outside text as it is; they never pass tokens, codes or secrets at any
 * level, and no mail address at info and above (object ids instead).
 */
#ifndef GP_BASE_LOG_H
#define GP_BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "contract/status.h"

enum gp_log_level {
	GP_LOG_ERROR = 0,
	GP_LOG_WARN,
	GP_LOG_INFO,
	GP_LOG_DEBUG,
};

/* Records above LEVEL are dropped. Starts at GP_LOG_INFO. */
void gp_log_set_level(enum gp_log_level level);
bool gp_log_level_parse(const char *name, enum gp_log_level *out);

/* gp_log(GP_LOG_WARN, "keys-refetch-failed", "status=%s attempt=%d", name, n): the event, then
 * printf text of key=value pairs ("" for none). */
void gp_log(enum gp_log_level level, const char *event, const char *fmt, ...) gp_printf(3, 4);

/* For events that a peer can cause as often as he likes: the first GP_LOG_BURST of each minute,
 * then a record that says so. How many were left out is said when the event comes again after that
 * minute; if it never does, it is not said. Zero is the start. */
#define GP_LOG_BURST 10
struct gp_log_bound {
	int64_t since_ms;
	uint64_t count; /* since then */
};
void gp_log_bounded(struct gp_log_bound *bound, enum gp_log_level level, const char *event,
		    const char *fmt, ...) gp_printf(4, 5);

#endif
