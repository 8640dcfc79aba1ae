/* SPDX-License-Identifier: Apache-2.0 */
/* libnss_reference.so.2: see reference.h. For measuring only. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <nss.h>
#include <pwd.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/bench/reference.h"

#include "contract/ban.h"

#define EXPORT __attribute__((visibility("default")))

static const volatile char *map;

static const struct reference_head *head(void)
{
	struct stat st;
	if (map != NULL && ((const volatile struct reference_head *)map)->superseded == 0)
		return (const struct reference_head *)(uintptr_t)map;
	int fd = open(REFERENCE_PATH, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	if (fstat(fd, &st) == 0) {
		void *at = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
		map = at != MAP_FAILED ? at : NULL;
	}
	close(fd);
	return (const struct reference_head *)(uintptr_t)map;
}

static const struct reference_user *find(const struct reference_head *h, uint32_t hash, int which,
					 const char *name, uint32_t key)
{
	const struct reference_slot *slots = (const void *)(h + 1);
	if (which != 0)
		slots += h->slots;
	for (uint32_t i = hash & (h->slots - 1); slots[i].at != 0; i = (i + 1) & (h->slots - 1)) {
		if (slots[i].hash != hash)
			continue;
		const struct reference_user *u = (const void *)((const char *)h + slots[i].at);
		if (which != 0 ? u->uid == key
			       : u->name_len == key && memcmp(u + 1, name, key) == 0)
			return u;
	}
	return NULL;
}

static enum nss_status fill(const struct reference_user *u, struct passwd *pw, char *buffer,
			    size_t size, int *e)
{
	if (u == NULL) {
		*e = ENOENT;
		return NSS_STATUS_NOTFOUND;
	}
	if (size < u->len) {
		*e = ERANGE;
		return NSS_STATUS_TRYAGAIN;
	}
	memcpy(buffer, u + 1, u->len);
	*pw = (struct passwd){.pw_name = buffer,
			      .pw_passwd = buffer + u->len - 2,
			      .pw_uid = u->uid,
			      .pw_gid = u->gid,
			      .pw_gecos = buffer + u->gecos_at,
			      .pw_dir = buffer + u->home_at,
			      .pw_shell = buffer + u->shell_at};
	return NSS_STATUS_SUCCESS;
}

EXPORT enum nss_status _nss_reference_getpwnam_r(const char *name, struct passwd *pw, char *buffer,
						 size_t size, int *e)
{
	const struct reference_head *h = head();
	uint32_t len = (uint32_t)strlen(name);
	if (h == NULL)
		return NSS_STATUS_UNAVAIL;
	return fill(find(h, reference_hash(name, len), 0, name, len), pw, buffer, size, e);
}

EXPORT enum nss_status _nss_reference_getpwuid_r(uid_t uid, struct passwd *pw, char *buffer,
						 size_t size, int *e)
{
	const struct reference_head *h = head();
	if (h == NULL)
		return NSS_STATUS_UNAVAIL;
	return fill(find(h, reference_hash_number(uid), 1, NULL, uid), pw, buffer, size, e);
}

EXPORT enum nss_status _nss_reference_initgroups_dyn(const char *name, gid_t group, long int *start,
						     long int *size, gid_t **groups, long int limit,
						     int *e)
{
	const struct reference_head *h = head();
	uint32_t len = (uint32_t)strlen(name);
	const struct reference_user *u =
		h != NULL ? find(h, reference_hash(name, len), 0, name, len) : NULL;
	(void)limit;
	*e = ENOENT;
	if (u == NULL)
		return NSS_STATUS_NOTFOUND;
	for (uint32_t i = 0; i < REFERENCE_GROUPS && *start < *size; i++)
		if (u->groups[i] != group)
			(*groups)[(*start)++] = u->groups[i];
	return NSS_STATUS_SUCCESS;
}
