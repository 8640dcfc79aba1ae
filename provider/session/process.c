/* SPDX-License-Identifier: Apache-2.0 */
/* Which process a number means: pid and start time together name it, since pids are used again. */
#include <fcntl.h>
#include <unistd.h>

#include "session/steps.h"

#include "contract/ban.h"

/* Takes the next field, up to a blank, off *REST; empty at the end. */
static struct gp_str next_field(struct gp_str *rest)
{
	while (rest->len > 0 && *rest->ptr == ' ') {
		rest->ptr++;
		rest->len--;
	}
	struct gp_str field = {rest->ptr, 0};
	while (rest->len > 0 && *rest->ptr != ' ' && *rest->ptr != '\n') {
		rest->ptr++;
		rest->len--;
		field.len++;
	}
	return field;
}

/* The 20th field after the command's closing parenthesis is field 22, the start time. The command
 * itself may hold anything, parentheses and blanks included, so the last ')' counts. */
uint64_t gp_process_parse_start_time(struct gp_str stat)
{
	const char *at = stat.len > 0 ? memrchr(stat.ptr, ')', stat.len) : NULL;
	if (at == NULL)
		return 0;
	struct gp_str rest = {at + 1, stat.len - (size_t)(at + 1 - stat.ptr)};
	struct gp_str field = {rest.ptr, 0};
	for (int i = 0; i < 20; i++)
		field = next_field(&rest);
	uint64_t ticks = 0;
	return gp_parse_u64(field, UINT64_MAX, &ticks) == GP_ST_OK ? ticks : 0;
}

/* What /proc says of PID under NAME, of which no more is read than fits; empty if nothing. */
static struct gp_str read_proc(pid_t pid, const char *name, char *text, size_t size)
{
	char path[64];
	if (pid <= 0 || gp_format(path, sizeof(path), "/proc/%ld/%s", (long)pid, name) != GP_ST_OK)
		return (struct gp_str){text, 0};
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return (struct gp_str){text, 0};
	ssize_t n = read(fd, text, size);
	close(fd);
	return (struct gp_str){text, n > 0 ? (size_t)n : 0};
}

/* Behind the command and the state: parent, process group, session. */
bool gp_process_parse_kin(struct gp_str stat, pid_t *parent, pid_t *session)
{
	uint64_t numbers[3] = {0};
	const char *at = stat.len > 0 ? memrchr(stat.ptr, ')', stat.len) : NULL;
	if (at == NULL)
		return false;
	struct gp_str rest = {at + 1, stat.len - (size_t)(at + 1 - stat.ptr)};
	for (int i = -1; i < 3; i++) {
		struct gp_str field = next_field(&rest);
		if (i >= 0 && gp_parse_u64(field, INT32_MAX, &numbers[i]) != GP_ST_OK)
			return false;
	}
	*parent = (pid_t)numbers[0];
	*session = (pid_t)numbers[2];
	return true;
}

uint64_t gp_process_start_time(pid_t pid)
{
	char stat[1024];
	return gp_process_parse_start_time(read_proc(pid, "stat", stat, sizeof(stat)));
}

static bool read_kin(pid_t pid, pid_t *parent, pid_t *session)
{
	char stat[1024];
	return gp_process_parse_kin(read_proc(pid, "stat", stat, sizeof(stat)), parent, session);
}

pid_t gp_process_parent(pid_t pid)
{
	pid_t parent = 0;
	pid_t session = 0;
	return read_kin(pid, &parent, &session) ? parent : 0;
}

void gp_terminal_of(pid_t pid, struct gp_terminal *out)
{
	pid_t parent = 0;
	*out = (struct gp_terminal){.asks = pid, .asks_start = gp_process_start_time(pid)};
	if (!read_kin(pid, &parent, &out->session))
		out->session = 0;
	out->start = out->session != 0 ? gp_process_start_time(out->session) : 0;
}

/* A number that is (uint32_t)-1 where there is none. */
static bool read_number(pid_t pid, const char *name, uint64_t *out)
{
	char text[32];
	return gp_parse_u64(gp_str_trim(read_proc(pid, name, text, sizeof(text))), UINT32_MAX,
			    out) == GP_ST_OK &&
	       *out != UINT32_MAX;
}

void gp_process_who(pid_t pid, uid_t uid, char out[static GP_WHO_TEXT])
{
	uint64_t login = 0;
	uint64_t session = 0;
	char login_text[24] = "none";
	char session_text[24] = "none";
	if ((read_number(pid, "loginuid", &login) &&
	     gp_format(login_text, sizeof(login_text), "%llu", (unsigned long long)login) !=
		     GP_ST_OK) ||
	    (read_number(pid, "sessionid", &session) &&
	     gp_format(session_text, sizeof(session_text), "%llu", (unsigned long long)session) !=
		     GP_ST_OK) ||
	    gp_format(out, GP_WHO_TEXT, "uid=%u loginuid=%s session=%s", uid, login_text,
		      session_text) != GP_ST_OK)
		out[0] = '\0';
}

bool gp_session_leader_alive(const struct gp_session *session)
{
	uint64_t start = gp_process_start_time(session->leader);
	return start != 0 && (session->leader_start == 0 || start == session->leader_start);
}
