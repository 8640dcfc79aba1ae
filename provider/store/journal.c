/* SPDX-License-Identifier: Apache-2.0 */
#include "store/journal.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "contract/text.h"

#include "contract/ban.h"

void gp_journal_field(struct gp_buf *record, const char *name, const char *value)
{
	char safe[1024];
	if (value == NULL || value[0] == '\0') {
		return;
	}
	(void)gp_text_safe(gp_str_from(value), GP_TEXT_LINE, safe, sizeof(safe));
	gp_buf_printf(record, "%s=%s\n", name, safe);
}

enum gp_status gp_journal_send(const char *socket_path, const struct gp_buf *record)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	enum gp_status st = gp_buf_status(record);
	if (st == GP_ST_OK) {
		st = gp_copy(address.sun_path, sizeof(address.sun_path), gp_str_from(socket_path));
	}
	if (st != GP_ST_OK) {
		return st;
	}
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0) {
		return GP_ST_UNAVAILABLE;
	}
	ssize_t sent = sendto(fd, gp_buf_get(record), record->len, MSG_DONTWAIT | MSG_NOSIGNAL,
			      (const struct sockaddr *)&address, sizeof(address));
	(void)close(fd);
	return sent == (ssize_t)record->len ? GP_ST_OK : GP_ST_UNAVAILABLE;
}
