/* SPDX-License-Identifier: Apache-2.0 */
#include "contract/directory_build.h"

#include <stdlib.h>

#include "contract/directory_format.h"
#include "contract/directory_pack.h"
#include "contract/text.h"

#include "contract/ban.h"

static enum gp_status refuse(const struct gp_dir_build *b, enum gp_status code, struct gp_str name,
			     const char *why)
{
	char safe[2 * GP_DIRECTORY_NAME_MAX];
	gp_text_safe(name, GP_TEXT_LINE, safe, sizeof(safe));
	return gp_fail(b->err, code, "\"%s\": %s", safe, why);
}

static int by_name(struct gp_str a, struct gp_str b)
{
	int diff = memcmp(a.ptr, b.ptr, a.len < b.len ? a.len : b.len);
	return diff != 0 ? diff : (a.len > b.len) - (a.len < b.len);
}

static int user_order(const void *a, const void *b, void *in)
{
	const struct gp_directory_new_user *users = ((const struct gp_directory_input *)in)->users;
	return by_name(users[*(const uint32_t *)a].name, users[*(const uint32_t *)b].name);
}

static int group_order(const void *a, const void *b, void *in)
{
	const struct gp_directory_new_group *groups =
		((const struct gp_directory_input *)in)->groups;
	return by_name(groups[*(const uint32_t *)a].name, groups[*(const uint32_t *)b].name);
}

static int domain_order(const void *a, const void *b)
{
	return by_name(*(const struct gp_str *)a, *(const struct gp_str *)b);
}

static int number_order(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a;
	uint32_t y = *(const uint32_t *)b;
	return (x > y) - (x < y);
}

static enum gp_status check_user(const struct gp_dir_build *b,
				 const struct gp_directory_new_user *u)
{
	if (!gp_directory_user_name_ok(u->name))
		return refuse(b, GP_ST_INVALID, u->name, "not a user name");
	if (u->gecos.len > GP_DIRECTORY_GECOS_MAX || !gp_directory_text_ok(u->gecos) ||
	    u->home.len > GP_DIRECTORY_HOME_MAX || !gp_directory_path_ok(u->home) ||
	    u->shell.len > GP_DIRECTORY_SHELL_MAX || !gp_directory_path_ok(u->shell))
		return refuse(b, GP_ST_INVALID, u->name, "organisation, home or shell unusable");
	if (u->group_count > GP_DIRECTORY_GROUPS_MAX)
		return refuse(b, GP_ST_TOO_BIG, u->name, "too many groups");
	if (u->primary >= b->in->group_count)
		return refuse(b, GP_ST_INVALID, u->name, "no such primary group");
	for (uint32_t i = 0; i < u->group_count; i++)
		if (u->groups[i] >= b->in->group_count || u->groups[i] == u->primary)
			return refuse(b, GP_ST_INVALID, u->name, "no such group, or the primary");
	return GP_ST_OK;
}

/* The daemon brings its guests in order, and to sort what is sorted costs as much again. */
static void sort_users(struct gp_dir_build *b)
{
	const struct gp_directory_input *in = b->in;
	size_t i = 1;
	while (i < in->user_count && by_name(in->users[i - 1].name, in->users[i].name) < 0)
		i++;
	if (i < in->user_count)
		qsort_r(b->users, in->user_count, sizeof(uint32_t), user_order,
			(void *)(uintptr_t)in);
}

/* Checks every text and index, sorts by name, and counts. */
static enum gp_status measure(struct gp_dir_build *b)
{
	const struct gp_directory_input *in = b->in;
	enum gp_status st = GP_ST_OK;

	for (uint32_t i = 0; i < in->user_count && st == GP_ST_OK; i++) {
		const struct gp_directory_new_user *u = &in->users[i];
		b->users[i] = i;
		st = check_user(b, u);
		b->member_count += u->group_count;
		b->users_len +=
			gp_dir_aligned(GP_DIR_USER_FIXED + 4 * (uint64_t)u->group_count +
				       u->name.len + u->gecos.len + u->home.len + u->shell.len + 4);
	}
	for (uint32_t i = 0; i < in->group_count && st == GP_ST_OK; i++) {
		b->groups[i] = i;
		if (!gp_directory_name_ok(in->groups[i].name))
			st = refuse(b, GP_ST_INVALID, in->groups[i].name, "not a group name");
	}
	if (st != GP_ST_OK)
		return st;
	if (b->member_count > GP_DIRECTORY_SIZE_MAX / 4)
		return gp_fail(b->err, GP_ST_TOO_BIG, "too many memberships");
	void *arg = (void *)(uintptr_t)in;
	sort_users(b);
	qsort_r(b->groups, in->group_count, sizeof(uint32_t), group_order, arg);
	for (size_t i = 1; i < in->user_count; i++)
		if (user_order(&b->users[i - 1], &b->users[i], arg) == 0)
			return refuse(b, GP_ST_CONFLICT, in->users[b->users[i]].name, "twice");
	for (size_t i = 1; i < in->group_count; i++)
		if (group_order(&b->groups[i - 1], &b->groups[i], arg) == 0)
			return refuse(b, GP_ST_CONFLICT, in->groups[b->groups[i]].name, "twice");
	return GP_ST_OK;
}

static enum gp_status take_domains(struct gp_dir_build *b)
{
	const struct gp_directory_input *in = b->in;
	if (in->domain_count > GP_DIRECTORY_DOMAINS_MAX)
		return gp_fail(b->err, GP_ST_TOO_BIG, "too many home domains");
	for (size_t i = 0; i < in->domain_count; i++) {
		if (!gp_directory_domain_ok(in->domains[i]))
			return refuse(b, GP_ST_INVALID, in->domains[i], "not a mail domain");
		b->domains[i] = in->domains[i];
		b->domains_len += in->domains[i].len + 1;
	}
	qsort(b->domains, in->domain_count, sizeof(b->domains[0]), domain_order);
	for (size_t i = 1; i < in->domain_count; i++)
		if (domain_order(&b->domains[i - 1], &b->domains[i]) == 0)
			return refuse(b, GP_ST_CONFLICT, b->domains[i], "twice");
	return GP_ST_OK;
}

/* SCRATCH has room for N numbers. */
static bool has_twice(uint32_t *scratch, size_t n, uint32_t *which)
{
	qsort(scratch, n, sizeof(uint32_t), number_order);
	for (size_t i = 1; i < n; i++)
		if (scratch[i] == scratch[i - 1]) {
			*which = scratch[i];
			return true;
		}
	return false;
}

/* The arrays of offsets are still free and serve as scratch. */
static enum gp_status check_numbers(struct gp_dir_build *b)
{
	const struct gp_directory_input *in = b->in;
	uint32_t which;

	for (size_t i = 0; i < in->user_count; i++)
		b->user_at[i] = in->users[i].uid;
	for (size_t i = 0; i < in->group_count; i++)
		b->group_at[i] = in->groups[i].gid;
	if (has_twice(b->user_at, in->user_count, &which))
		return gp_fail(b->err, GP_ST_CONFLICT, "uid %u given twice", which);
	if (has_twice(b->group_at, in->group_count, &which))
		return gp_fail(b->err, GP_ST_CONFLICT, "gid %u given twice", which);
	return GP_ST_OK;
}

/* Turns the users' lists around: members of each group, in order of name. */
static enum gp_status turn_around(struct gp_dir_build *b)
{
	const struct gp_directory_input *in = b->in;

	b->members = calloc(b->member_count + 1, sizeof(uint32_t));
	if (b->members == NULL)
		return gp_fail(b->err, GP_ST_NO_MEMORY, "out of memory");
	for (size_t i = 0; i < in->user_count; i++)
		for (uint32_t k = 0; k < in->users[i].group_count; k++)
			b->first_member[in->users[i].groups[k] + 1]++;
	for (size_t g = 0; g < in->group_count; g++)
		b->first_member[g + 1] += b->first_member[g];
	/* Filling moves each start to its end, which is the next one's start: shift back after. */
	for (size_t i = 0; i < in->user_count; i++) {
		uint32_t user = b->users[i];
		const struct gp_directory_new_user *u = &in->users[user];
		for (uint32_t k = 0; k < u->group_count; k++)
			b->members[b->first_member[u->groups[k]]++] = user;
	}
	memmove(b->first_member + 1, b->first_member, in->group_count * sizeof(uint32_t));
	b->first_member[0] = 0;
	for (size_t g = 0; g < in->group_count; g++) {
		uint64_t names = 0;
		for (uint32_t m = b->first_member[g]; m < b->first_member[g + 1]; m++) {
			const struct gp_directory_new_user *u = &in->users[b->members[m]];
			if (m > b->first_member[g] && b->members[m] == b->members[m - 1])
				return refuse(b, GP_ST_CONFLICT, u->name, "one group twice");
			names += u->name.len + 2;
		}
		b->groups_len +=
			gp_dir_aligned(GP_DIR_GROUP_FIXED + in->groups[g].name.len + 1 + names);
	}
	return GP_ST_OK;
}

static enum gp_status lay_out(struct gp_dir_build *b)
{
	const struct gp_directory_input *in = b->in;
	struct gp_directory_view *v = &b->v;
	uint64_t user_index = (uint64_t)gp_dir_slots((uint32_t)in->user_count) * GP_DIR_SLOT;
	uint64_t group_index = (uint64_t)gp_dir_slots((uint32_t)in->group_count) * GP_DIR_SLOT;
	uint64_t total =
		GP_DIR_H_SIZE + 2 * user_index + 2 * group_index + b->users_len + b->groups_len;
	total += b->domains_len;
	total = (total + 7) & ~7ULL;
	if (total > GP_DIRECTORY_SIZE_MAX)
		return gp_fail(b->err, GP_ST_TOO_BIG, "the directory would not fit its file");
	v->len = (size_t)total;
	v->user_slots = gp_dir_slots((uint32_t)in->user_count);
	v->group_slots = gp_dir_slots((uint32_t)in->group_count);
	v->user_names_at = GP_DIR_H_SIZE;
	v->uids_at = v->user_names_at + user_index;
	v->group_names_at = v->uids_at + user_index;
	v->gids_at = v->group_names_at + group_index;
	v->users_at = v->gids_at + group_index;
	v->groups_at = v->users_at + b->users_len;
	v->domains_at = v->groups_at + b->groups_len;
	b->out = calloc(1, v->len);
	if (b->out == NULL)
		return gp_fail(b->err, GP_ST_NO_MEMORY, "out of memory");
	return GP_ST_OK;
}

static enum gp_status build(struct gp_dir_build *b)
{
	size_t users = b->in->user_count + 1;
	size_t groups = b->in->group_count + 1;
	if (users > GP_DIRECTORY_SIZE_MAX / GP_DIR_USER_FIXED ||
	    groups > GP_DIRECTORY_SIZE_MAX / GP_DIR_GROUP_FIXED)
		return gp_fail(b->err, GP_ST_TOO_BIG, "too many users or groups");
	b->users = calloc(users, sizeof(uint32_t));
	b->user_at = calloc(users, sizeof(uint32_t));
	b->groups = calloc(groups, sizeof(uint32_t));
	b->group_at = calloc(groups, sizeof(uint32_t));
	b->first_member = calloc(groups + 1, sizeof(uint32_t));
	if (b->users == NULL || b->user_at == NULL || b->groups == NULL || b->group_at == NULL ||
	    b->first_member == NULL)
		return gp_fail(b->err, GP_ST_NO_MEMORY, "out of memory");
	enum gp_status st = measure(b);
	if (st == GP_ST_OK)
		st = check_numbers(b);
	if (st == GP_ST_OK)
		st = take_domains(b);
	if (st == GP_ST_OK)
		st = turn_around(b);
	if (st == GP_ST_OK)
		st = lay_out(b);
	return st == GP_ST_OK ? gp_dir_pack(b) : st;
}

enum gp_status gp_directory_build(const struct gp_directory_input *in,
				  const struct gp_ids_rules *rules, struct gp_directory_bytes *out,
				  struct gp_error *err)
{
	struct gp_dir_build b = {.in = in, .rules = rules, .err = err};
	enum gp_status st = build(&b);

	free(b.users);
	free(b.user_at);
	free(b.groups);
	free(b.group_at);
	free(b.first_member);
	free(b.members);
	if (st != GP_ST_OK) {
		free(b.out);
		return st;
	}
	*out = (struct gp_directory_bytes){b.out, b.v.len};
	return GP_ST_OK;
}

void gp_directory_bytes_free(struct gp_directory_bytes *bytes)
{
	free(bytes->ptr);
	*bytes = (struct gp_directory_bytes){NULL, 0};
}

bool gp_directory_same_records(const struct gp_directory_view *a, const struct gp_directory_view *b)
{
	/* The indexes follow from the records and the seed; the records have one canonical form. */
	size_t users = a->users_end - a->users_at;
	size_t groups = a->groups_end - a->groups_at;
	size_t domains = a->domains_end - a->domains_at;
	return a->unlisted == b->unlisted && a->uid_base == b->uid_base &&
	       a->uid_size == b->uid_size && a->gid_base == b->gid_base &&
	       a->gid_size == b->gid_size && gp_str_equal(a->group_prefix, b->group_prefix) &&
	       gp_str_equal(a->user_suffix, b->user_suffix) &&
	       users == b->users_end - b->users_at && groups == b->groups_end - b->groups_at &&
	       memcmp(a->bytes + a->users_at, b->bytes + b->users_at, users) == 0 &&
	       memcmp(a->bytes + a->groups_at, b->bytes + b->groups_at, groups) == 0 &&
	       domains == b->domains_end - b->domains_at &&
	       memcmp(a->bytes + a->domains_at, b->bytes + b->domains_at, domains) == 0;
}
