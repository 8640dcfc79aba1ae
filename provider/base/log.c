/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

/* The place in the source is no use to an administrator, and costs a field each. */
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

#include "base/clock.h"
#include "contract/text.h"

#include "contract/ban.h"

enum {
	TEXT_MAX = 2048, /* bytes of a record's fields */
	LINE_MAX_BYTES = TEXT_MAX + 128,
	MINUTE_MS = 60000,
};

static enum gp_log_level max_level = GP_LOG_INFO;

static const struct {
	const char *name;
	int priority;
} levels[] = {
	[GP_LOG_ERROR] = {"error", LOG_ERR},
	[GP_LOG_WARN] = {"warn", LOG_WARNING},
	[GP_LOG_INFO] = {"info", LOG_INFO},
	[GP_LOG_DEBUG] = {"debug", LOG_DEBUG},
};

void gp_log_set_level(enum gp_log_level level)
{
	max_level = level;
}

bool gp_log_level_parse(const char *name, enum gp_log_level *out)
{
	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		if (strcmp(name, levels[i].name) == 0) {
			*out = (enum gp_log_level)i;
			return true;
		}
	}
	return false;
}

/* systemd names the journal's stream in JOURNAL_STREAM, but a child may have another stderr: so the
 * numbers must be those of the very file (systemd.exec(5)). */
static bool stderr_is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	struct stat st;
	char want[64];

	return stream != NULL && fstat(STDERR_FILENO, &st) == 0 &&
	       gp_format(want, sizeof(want), "%llu:%llu", (unsigned long long)st.st_dev,
			 (unsigned long long)st.st_ino) == GP_ST_OK &&
	       strcmp(stream, want) == 0;
}

static bool to_journal(enum gp_log_level level, const char *event, const char *text)
{
	static enum { ASK = 0, YES, NO } journal;

	if (journal == ASK)
		journal = stderr_is_journal() ? YES : NO;
	return journal == YES &&
	       sd_journal_send("MESSAGE=%s%s%s", event, text[0] != '\0' ? " " : "", text,
			       "PRIORITY=%d", levels[level].priority, "GUESTPASS_EVENT=%s", event,
			       NULL) == 0;
}

static void to_stderr(enum gp_log_level level, const char *event, const char *text)
{
	char time[GP_TIME_TEXT];
	char line[LINE_MAX_BYTES];

	gp_time_format(gp_clock_wall_s(gp_clock_system()), time);
	int n = snprintf(line, sizeof(line), "%s %s %s%s%s\n", time, levels[level].name, event,
			 text[0] != '\0' ? " " : "", text);
	if (n < 0)
		return;
	if ((size_t)n >= sizeof(line)) {
		n = sizeof(line) - 1;
		line[n - 1] = '\n';
	}
	/* One write a record, so that records of several processes do not mix. Nobody could be told
	 * that it failed. */
	while (write(STDERR_FILENO, line, (size_t)n) < 0 && errno == EINTR)
		;
}

static void gp_printf(3, 0)
	write_record(enum gp_log_level level, const char *event, const char *fmt, va_list args)
{
	char raw[TEXT_MAX];
	char text[TEXT_MAX];

	const int saved_errno = errno;
	int n = vsnprintf(raw, sizeof(raw), fmt, args);
	const size_t len = n < 0 ? 0 : (size_t)n < sizeof(raw) ? (size_t)n : sizeof(raw) - 1;
	(void)gp_text_safe((struct gp_str){raw, len}, GP_TEXT_LINE, text, sizeof(text));
	if (!to_journal(level, event, text))
		to_stderr(level, event, text);
	errno = saved_errno;
}

void gp_log(enum gp_log_level level, const char *event, const char *fmt, ...)
{
	va_list args;

	if (level > max_level)
		return;
	va_start(args, fmt);
	write_record(level, event, fmt, args);
	va_end(args);
}

void gp_log_bounded(struct gp_log_bound *bound, enum gp_log_level level, const char *event,
		    const char *fmt, ...)
{
	va_list args;

	if (level > max_level)
		return;
	const int64_t now_ms = gp_clock_monotonic_ms(gp_clock_system());
	if (bound->count == 0 || now_ms - bound->since_ms >= MINUTE_MS) {
		if (bound->count > GP_LOG_BURST)
			gp_log(level, "log-bounded", "event=%s left_out=%llu", event,
			       (unsigned long long)(bound->count - GP_LOG_BURST));
		*bound = (struct gp_log_bound){now_ms, 0};
	}
	bound->count++;
	if (bound->count <= GP_LOG_BURST) {
		va_start(args, fmt);
		write_record(level, event, fmt, args);
		va_end(args);
	} else if (bound->count == GP_LOG_BURST + 1) {
		gp_log(level, "log-bounded", "event=%s for_s=%d", event, MINUTE_MS / 1000);
	}
}
