/* SPDX-License-Identifier: Apache-2.0 */
/* The same users and groups for every service that is compared. */
#include "tests/bench/peer_bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "contract/ids_conf.h"
#include "tests/bench/reference.h"
#include "tests/unit/support/directory_sample.h"

#include "contract/ban.h"

static FILE *create(const char *dir, const char *name)
{
	char path[256];
	if (gp_format(path, sizeof(path), "%s/%s", dir, name) != GP_ST_OK)
		peer_die("path too long");
	FILE *f = fopen(path, "we");
	if (f == NULL)
		peer_die(path);
	return f;
}

static void put_slot(struct reference_slot *slots, uint32_t count, uint32_t hash, uint32_t at)
{
	uint32_t i = hash & (count - 1);
	while (slots[i].at != 0)
		i = (i + 1) & (count - 1);
	slots[i] = (struct reference_slot){hash, at};
}

static char *zeroed(size_t size)
{
	char *bytes = calloc(1, size);
	if (bytes == NULL)
		peer_die("no memory");
	return bytes;
}

static void write_reference(const struct gp_directory_view *v)
{
	uint32_t slots = 1;
	while (slots < 2 * v->user_count)
		slots *= 2;
	size_t at =
		sizeof(struct reference_head) + (size_t)2 * slots * sizeof(struct reference_slot);
	size_t room = at + v->len;
	char *file = zeroed(room);
	struct reference_head *h = (void *)file;
	struct reference_slot *index = (void *)(h + 1);
	struct gp_directory_user u;
	size_t cursor = 0;
	h->slots = slots;
	while (gp_directory_next_user(v, &cursor, &u) == GP_ST_OK) {
		struct reference_user *r = (void *)(file + at);
		size_t texts = (size_t)(u.shell.ptr - u.name.ptr) + u.shell.len + 1;
		*r = (struct reference_user){.uid = u.uid,
					     .gid = u.gid,
					     .name_len = (uint16_t)u.name.len,
					     .gecos_at = (uint16_t)(u.gecos.ptr - u.name.ptr),
					     .home_at = (uint16_t)(u.home.ptr - u.name.ptr),
					     .shell_at = (uint16_t)(u.shell.ptr - u.name.ptr),
					     .len = (uint16_t)(texts + 2)};
		for (uint32_t i = 0; i < REFERENCE_GROUPS && i < u.gid_count; i++)
			r->groups[i] = gp_directory_user_gid(&u, i);
		memcpy(r + 1, u.name.ptr, texts);
		memcpy((char *)(r + 1) + texts, "x", 2);
		put_slot(index, slots, reference_hash(u.name.ptr, (uint32_t)u.name.len),
			 (uint32_t)at);
		put_slot(index + slots, slots, reference_hash_number(u.uid), (uint32_t)at);
		at += (sizeof(*r) + texts + 2 + 7) & ~(size_t)7;
	}
	FILE *f = fopen(REFERENCE_PATH, "we");
	if (f == NULL || fwrite(file, 1, at, f) != at || fclose(f) != 0)
		peer_die(REFERENCE_PATH);
	free(file);
}

/* With a dot in place of the '@', which other services take for the start of a domain. */
static void print_name(FILE *f, struct gp_str name)
{
	for (size_t i = 0; i < name.len; i++)
		(void)fputc(name.ptr[i] == '@' ? '.' : name.ptr[i], f);
}

static void write_peers(const struct gp_directory_view *v, const char *dir)
{
	struct gp_directory_user u;
	struct gp_directory_group g;
	size_t cursor = 0;
	unsigned int n = 0;
	FILE *passwd = create(dir, "passwd");
	FILE *group = create(dir, "group");
	FILE *keys = create(dir, "keys");
	while (gp_directory_next_user(v, &cursor, &u) == GP_ST_OK) {
		print_name(passwd, u.name);
		(void)fprintf(passwd, ":x:%u:%u:%s:%s:%s\n", u.uid, u.gid, u.gecos.ptr, u.home.ptr,
			      u.shell.ptr);
		/* All over the file, in no order that a cache could guess. */
		if ((uint64_t)n++ * 2654435761U % v->user_count < PEER_KEYS)
			(void)fprintf(keys, "%s %u\n", u.name.ptr, u.uid);
	}
	cursor = 0;
	while (gp_directory_next_group(v, &cursor, &g) == GP_ST_OK) {
		struct gp_directory_member_cursor at = {0};
		struct gp_str member;
		(void)fprintf(group, "%s:x:%u:", g.name.ptr, g.gid);
		for (bool more = false; gp_directory_next_member(&g, &at, &member); more = true) {
			if (more)
				(void)fputc(',', group);
			print_name(group, member);
		}
		(void)fputc('\n', group);
	}
	if (fclose(passwd) != 0 || fclose(group) != 0 || fclose(keys) != 0)
		peer_die("cannot write the users");
}

void peer_make(unsigned int users, const char *dir)
{
	struct gp_directory_bytes bytes = sample_large(users, 1);
	struct gp_directory_view view;
	if (gp_directory_attach(bytes.ptr, bytes.len, &view) != GP_ST_OK)
		peer_die("the sample is damaged");
	(void)unlink(GP_RUNDIR "/directory");
	sample_write(GP_RUNDIR "/directory", bytes);
	write_reference(&view);
	write_peers(&view, dir);
	gp_directory_bytes_free(&bytes);
}
