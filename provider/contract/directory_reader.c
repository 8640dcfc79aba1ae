/* SPDX-License-Identifier: Apache-2.0 */
/* Runs inside other people's processes: no allocation, no system call, every offset bounded. */
#include "contract/directory.h"
#include "contract/directory_format.h"

#include "contract/ban.h"

/* A header's text field: NUL-terminated, zeros behind it, nothing a name could not hold. */
static bool header_text(const uint8_t *field, size_t size, struct gp_str *out)
{
	const uint8_t *end = memchr(field, 0, size);
	if (end == NULL)
		return false;
	for (const uint8_t *p = end; p < field + size; p++)
		if (*p != 0)
			return false;
	*out = (struct gp_str){(const char *)field, (size_t)(end - field)};
	return gp_directory_text_ok(*out);
}

/* Counts and lengths to offsets. Nothing in here can overflow: every term is below 2^36. */
static bool lay_out(struct gp_directory_view *v, const uint8_t *header)
{
	uint64_t at = GP_DIR_H_SIZE;
	v->user_slots = gp_dir_slots(v->user_count);
	v->group_slots = gp_dir_slots(v->group_count);
	v->user_names_at = (size_t)at;
	at += (uint64_t)v->user_slots * GP_DIR_SLOT;
	v->uids_at = (size_t)at;
	at += (uint64_t)v->user_slots * GP_DIR_SLOT;
	v->group_names_at = (size_t)at;
	at += (uint64_t)v->group_slots * GP_DIR_SLOT;
	v->gids_at = (size_t)at;
	at += (uint64_t)v->group_slots * GP_DIR_SLOT;
	v->users_at = (size_t)at;
	at += gp_dir_u32(header + GP_DIR_H_USERS_LEN);
	v->users_end = v->groups_at = (size_t)at;
	at += gp_dir_u32(header + GP_DIR_H_GROUPS_LEN);
	v->groups_end = v->domains_at = (size_t)at;
	at += gp_dir_u16(header + GP_DIR_H_DOMAINS_LEN);
	v->domains_end = (size_t)at;
	at = (at + 7) & ~7ULL;
	return at == v->len;
}

static bool range_ok(uint32_t base, uint32_t size)
{
	return base >= GP_DIRECTORY_NUMBER_FLOOR && size > 0 && size <= UINT32_MAX - base;
}

enum gp_status gp_directory_attach(const void *bytes, size_t len, struct gp_directory_view *out)
{
	const uint8_t *p = bytes;
	struct gp_directory_view v = {.bytes = p, .len = len};

	if (len < GP_DIR_H_SIZE || len % 8 != 0 || memcmp(p, GP_DIR_MAGIC, GP_DIR_MAGIC_LEN) != 0)
		return GP_ST_INVALID;
	if (len > GP_DIRECTORY_SIZE_MAX)
		return GP_ST_TOO_BIG;
	if (gp_dir_u32(p + GP_DIR_H_VERSION) != GP_DIR_VERSION)
		return GP_ST_UNSUPPORTED;
	if (gp_dir_u64(p + GP_DIR_H_LENGTH) != len ||
	    (gp_dir_u16(p + GP_DIR_H_FLAGS) & ~GP_DIR_FLAG_UNLISTED) != 0)
		return GP_ST_INVALID;
	v.unlisted = gp_dir_u16(p + GP_DIR_H_FLAGS) != 0;
	v.generation = gp_dir_u64(p + GP_DIR_H_GENERATION);
	v.seed = gp_dir_u64(p + GP_DIR_H_SEED);
	v.uid_base = gp_dir_u32(p + GP_DIR_H_UID_BASE);
	v.uid_size = gp_dir_u32(p + GP_DIR_H_UID_SIZE);
	v.gid_base = gp_dir_u32(p + GP_DIR_H_GID_BASE);
	v.gid_size = gp_dir_u32(p + GP_DIR_H_GID_SIZE);
	v.user_count = gp_dir_u32(p + GP_DIR_H_USERS);
	v.group_count = gp_dir_u32(p + GP_DIR_H_GROUPS);
	v.member_count = gp_dir_u32(p + GP_DIR_H_MEMBERS);
	/* The largest file cannot hold more; this also keeps 2 * n + 1 within 32 bits. */
	if (v.user_count > GP_DIRECTORY_SIZE_MAX / GP_DIR_USER_FIXED ||
	    v.group_count > GP_DIRECTORY_SIZE_MAX / GP_DIR_GROUP_FIXED ||
	    !range_ok(v.uid_base, v.uid_size) || !range_ok(v.gid_base, v.gid_size) ||
	    !lay_out(&v, p) ||
	    !header_text(p + GP_DIR_H_PREFIX, GP_DIRECTORY_PREFIX_MAX + 1, &v.group_prefix) ||
	    !header_text(p + GP_DIR_H_SUFFIX, GP_DIRECTORY_SUFFIX_MAX + 1, &v.user_suffix))
		return GP_ST_INVALID;
	*out = v;
	return GP_ST_OK;
}

bool gp_directory_whole(const struct gp_directory_view *view)
{
	return gp_dir_u64(view->bytes + GP_DIR_H_CHECKSUM) ==
	       gp_dir_checksum(view->bytes, view->len);
}

bool gp_directory_superseded(const struct gp_directory_view *view)
{
	/* The one word that changes under a mapping. Anything but zero counts, so byte order and
	 * tearing do not matter, and mappings are page-aligned. */
	const void *word = view->bytes + GP_DIR_H_SUPERSEDED;
	return *(const volatile uint32_t *)word != 0;
}

/* Takes a text of LEN bytes and its NUL at *AT. */
static bool take_text(const uint8_t *bytes, size_t *at, size_t len, struct gp_str *out)
{
	*out = (struct gp_str){(const char *)bytes + *at, len};
	*at += len + 1;
	return bytes[*at - 1] == 0;
}

static size_t aligned(size_t n)
{
	return (n + GP_DIR_RECORD_ALIGN - 1) & ~(size_t)(GP_DIR_RECORD_ALIGN - 1);
}

bool gp_dir_read_user(const struct gp_directory_view *view, size_t at,
		      struct gp_directory_user *out, size_t *size)
{
	if (at < view->users_at || at >= view->users_end ||
	    (at - view->users_at) % GP_DIR_RECORD_ALIGN != 0 ||
	    view->users_end - at < GP_DIR_USER_FIXED)
		return false;
	const uint8_t *p = view->bytes + at;
	out->uid = gp_dir_u32(p);
	out->gid = gp_dir_u32(p + 4);
	out->expiry_day = (int32_t)gp_dir_u32(p + 8);
	out->gid_count = gp_dir_u16(p + 12);
	out->adopted = (p[14] & GP_DIR_FLAG_ADOPTED) != 0;
	out->gids = p + GP_DIR_USER_FIXED;
	size_t name_len = p[16];
	size_t gecos_len = p[17];
	size_t home_len = p[18];
	size_t shell_len = p[19];
	size_t texts = GP_DIR_USER_FIXED + 4 * (size_t)out->gid_count;
	size_t total = aligned(texts + name_len + gecos_len + home_len + shell_len + 4);
	if (view->users_end - at < total)
		return false;
	*size = total;
	return take_text(p, &texts, name_len, &out->name) &&
	       take_text(p, &texts, gecos_len, &out->gecos) &&
	       take_text(p, &texts, home_len, &out->home) &&
	       take_text(p, &texts, shell_len, &out->shell);
}

bool gp_dir_read_group(const struct gp_directory_view *view, size_t at,
		       struct gp_directory_group *out, size_t *size)
{
	if (at < view->groups_at || at >= view->groups_end ||
	    (at - view->groups_at) % GP_DIR_RECORD_ALIGN != 0 ||
	    view->groups_end - at < GP_DIR_GROUP_FIXED)
		return false;
	const uint8_t *p = view->bytes + at;
	out->gid = gp_dir_u32(p);
	out->member_count = gp_dir_u32(p + 4);
	out->member_names_len = gp_dir_u32(p + 8);
	out->adopted = (p[12] & GP_DIR_FLAG_ADOPTED) != 0;
	size_t name_len = p[13];
	size_t left = view->groups_end - at;
	size_t texts = GP_DIR_GROUP_FIXED;
	if (out->member_count > left || out->member_names_len > left)
		return false;
	size_t total = aligned(texts + name_len + 1 + out->member_count + out->member_names_len);
	if (left < total)
		return false;
	*size = total;
	if (!take_text(p, &texts, name_len, &out->name))
		return false;
	out->member_lens = p + texts;
	out->member_names = (const char *)p + texts + out->member_count;
	return true;
}

enum gp_status gp_directory_next_user(const struct gp_directory_view *view, size_t *cursor,
				      struct gp_directory_user *out)
{
	size_t at = view->users_at + *cursor;
	size_t size = 0;
	if (*cursor >= view->users_end - view->users_at)
		return GP_ST_NOT_FOUND;
	if (!gp_dir_read_user(view, at, out, &size))
		return GP_ST_INVALID;
	*cursor += size;
	return gp_dir_user_sane(view, out) ? GP_ST_OK : GP_ST_INVALID;
}

enum gp_status gp_directory_next_group(const struct gp_directory_view *view, size_t *cursor,
				       struct gp_directory_group *out)
{
	size_t at = view->groups_at + *cursor;
	size_t size = 0;
	if (*cursor >= view->groups_end - view->groups_at)
		return GP_ST_NOT_FOUND;
	if (!gp_dir_read_group(view, at, out, &size))
		return GP_ST_INVALID;
	*cursor += size;
	return gp_dir_group_sane(view, out) ? GP_ST_OK : GP_ST_INVALID;
}

uint32_t gp_directory_user_gid(const struct gp_directory_user *user, uint32_t i)
{
	return gp_dir_u32(user->gids + 4 * (size_t)i);
}

bool gp_directory_user_in(const struct gp_directory_user *user, uint32_t gid)
{
	if (user->gid == gid)
		return true;
	for (uint32_t i = 0; i < user->gid_count; i++)
		if (gp_directory_user_gid(user, i) == gid)
			return true;
	return false;
}

bool gp_directory_next_member(const struct gp_directory_group *group,
			      struct gp_directory_member_cursor *cursor, struct gp_str *name)
{
	if (cursor->index >= group->member_count || cursor->at > group->member_names_len)
		return false;
	size_t len = group->member_lens[cursor->index];
	if (group->member_names_len - cursor->at < len + 1)
		return false;
	*name = (struct gp_str){group->member_names + cursor->at, len};
	cursor->index++;
	cursor->at += len + 1;
	return name->ptr[len] == '\0';
}
