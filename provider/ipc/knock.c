/* SPDX-License-Identifier: Apache-2.0 */
#include "ipc/knock.h"

#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "contract/knock.h"

#include "contract/ban.h"

#define AT_ONCE 16 /* then others have their turn */

struct gp_knock_service {
	struct gp_sync *sync;
	int fd;
	sd_event_source *io;
	struct gp_log_bound bad;
};

/* The socket's mode lets only root send; the kernel says who did all the same. */
static bool is_roots(struct msghdr *msg)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c != NULL; c = CMSG_NXTHDR(msg, c)) {
		struct ucred peer;
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_CREDENTIALS &&
		    c->cmsg_len == CMSG_LEN(sizeof(peer))) {
			memcpy(&peer, CMSG_DATA(c), sizeof(peer));
			return peer.uid == 0;
		}
	}
	return false;
}

/* False when none is there. */
static bool take_one(struct gp_knock_service *k)
{
	uint8_t bytes[GP_KNOCK_MAX + 1];
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(struct ucred))];
	char name[GP_DIRECTORY_NAME_MAX + 1];
	struct iovec part = {bytes, sizeof(bytes)};
	struct msghdr msg = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	ssize_t n = recvmsg(k->fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (n < 0)
		return false;
	if (!is_roots(&msg) || gp_knock_parse(bytes, (size_t)n, name) != GP_ST_OK)
		gp_log_bounded(&k->bad, GP_LOG_WARN, "knock-not-understood", "bytes=%zd", n);
	else
		gp_sync_knock(k->sync, name);
	return true;
}

static int on_knock(sd_event_source *source, int fd, uint32_t events, void *arg)
{
	(void)source;
	(void)fd;
	(void)events;
	for (int i = 0; i < AT_ONCE && take_one(arg); i++)
		;
	return 0;
}

enum gp_status gp_knock_service_new(sd_event *event, int fd, struct gp_sync *sync,
				    struct gp_knock_service **out, struct gp_error *err)
{
	static const int on = 1;
	struct gp_knock_service *k = calloc(1, sizeof(*k));
	if (k == NULL) {
		close(fd);
		return gp_fail(err, GP_ST_NO_MEMORY, "out of memory");
	}
	k->fd = fd;
	k->sync = sync;
	if (setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) != 0 ||
	    sd_event_add_io(event, &k->io, fd, EPOLLIN, on_knock, k) < 0) {
		gp_knock_service_free(k);
		return gp_fail(err, GP_ST_INTERNAL, "cannot listen for knocks");
	}
	*out = k;
	return GP_ST_OK;
}

void gp_knock_service_free(struct gp_knock_service *service)
{
	if (service == NULL)
		return;
	sd_event_source_disable_unref(service->io);
	close(service->fd);
	free(service);
}
