/* SPDX-License-Identifier: Apache-2.0 */
#include "nss_module/knock.h"

#include <errno.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "contract/directory_format.h"
#include "contract/knock.h"

#include "contract/ban.h"

#define ENTRIES 64U
#define PAUSE_S 60

/* A name's hash in the upper half, the second after the one in which it was told in the lower: 0 is
 * nobody. Two names in one place make one of them be told again, which the daemon bounds. */
static atomic_ullong told[ENTRIES];

static bool may_tell(struct gp_str name, uint64_t seed)
{
	struct gp_dir_key key;
	struct timespec ts = {0};
	if (!gp_dir_key_from(name, &key))
		return false;
	uint32_t hash = gp_dir_hash_key(&key, seed);
	clock_gettime(CLOCK_MONOTONIC_COARSE, &ts);
	uint32_t now = (uint32_t)ts.tv_sec + 1;
	atomic_ullong *entry = &told[hash % ENTRIES];
	unsigned long long seen = atomic_load(entry);
	if (seen != 0 && (uint32_t)(seen >> 32) == hash && now - (uint32_t)seen < PAUSE_S)
		return false;
	/* If another thread was faster, it tells. */
	return atomic_compare_exchange_strong(entry, &seen, (unsigned long long)hash << 32 | now);
}

static void tell(struct gp_str name)
{
	static const struct sockaddr_un address = {
		.sun_family = AF_UNIX,
		.sun_path = GP_RUNDIR "/" GP_KNOCK_SOCKET,
	};
	uint8_t bytes[GP_KNOCK_MAX];
	size_t len = gp_knock_write(name, bytes);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return;
	/* A daemon that is not there, or has too much to do, hears of the name some other time. */
	(void)!sendto(fd, bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL,
		      (const struct sockaddr *)&address, sizeof(address));
	close(fd);
}

void gp_nss_knock(const struct gp_directory_view *view, struct gp_str name)
{
	if (!gp_directory_has_domain_of(view, name) || geteuid() != 0)
		return;
	int saved = errno;
	if (may_tell(name, view->seed))
		tell(name);
	errno = saved;
}
