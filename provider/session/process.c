/* SPDX-License-Identifier: Apache-2.0 */
/* Which process a number means: pid and start time together name it, since pids are used again. */
#include <fcntl.h>
#include <unistd.h>

#include "session/registry.h"

#include "contract/ban.h"

/* The 20th field after the command's closing parenthesis is field 22, the start time. The command
 * itself may hold anything, parentheses and blanks included, so the last ')' counts. */
uint64_t gp_process_parse_start_time(struct gp_str stat)
{
	const char *at = stat.len > 0 ? memrchr(stat.ptr, ')', stat.len) : NULL;
	if (at == NULL)
		return 0;
	struct gp_str rest = {at + 1, stat.len - (size_t)(at + 1 - stat.ptr)};
	struct gp_str field = {rest.ptr, 0};
	for (int i = 0; i < 20; i++) {
		while (rest.len > 0 && *rest.ptr == ' ') {
			rest.ptr++;
			rest.len--;
		}
		field = (struct gp_str){rest.ptr, 0};
		while (rest.len > 0 && *rest.ptr != ' ' && *rest.ptr != '\n') {
			rest.ptr++;
			rest.len--;
			field.len++;
		}
	}
	uint64_t ticks = 0;
	return gp_parse_u64(field, UINT64_MAX, &ticks) == GP_ST_OK ? ticks : 0;
}

uint64_t gp_process_start_time(pid_t pid)
{
	char path[64];
	char stat[1024];

	if (pid <= 0 || gp_format(path, sizeof(path), "/proc/%ld/stat", (long)pid) != GP_ST_OK)
		return 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	ssize_t n = read(fd, stat, sizeof(stat));
	close(fd);
	return n > 0 ? gp_process_parse_start_time((struct gp_str){stat, (size_t)n}) : 0;
}

bool gp_session_leader_alive(const struct gp_session *session)
{
	uint64_t start = gp_process_start_time(session->leader);
	return start != 0 && (session->leader_start == 0 || start == session->leader_start);
}
