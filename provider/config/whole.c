/* SPDX-License-Identifier: Apache-2.0 */
#include "config/whole.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "contract/ban.h"

#define FILE_MAX_ ((size_t)4 << 20) /* subuid can be long */

char *gp_whole_read(const char *path, size_t *len)
{
	char *text = malloc(FILE_MAX_);
	int fd = text != NULL ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) : -1;
	struct stat st;
	ssize_t n = -1;
	*len = 0;
	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		while (*len < FILE_MAX_ && (n = read(fd, text + *len, FILE_MAX_ - *len)) > 0)
			*len += (size_t)n;
	if (fd >= 0)
		(void)close(fd);
	if (n == 0)
		return text;
	free(text);
	return NULL;
}
