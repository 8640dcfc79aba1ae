/* SPDX-License-Identifier: Apache-2.0 */
/* The four indexes: open addressing, at most half full, one slot of hash and offset a record. */
#include "contract/directory.h"
#include "contract/directory_format.h"

#include "contract/ban.h"

/* Walks an index from the hash's home slot. Zero at the end of the run, which no record's offset
 * is. */
struct probe {
	const uint8_t *index;
	uint32_t slots;
	uint32_t slot;
	uint32_t seen;
	uint32_t want; /* hash of a name, or the number itself */
};

static struct probe probe_start(const uint8_t *index, uint32_t slots, uint32_t hash, uint32_t want)
{
	return (struct probe){index, slots, gp_dir_home_slot(hash, slots), 0, want};
}

static uint32_t probe_next(struct probe *p)
{
	while (p->seen < GP_DIR_PROBE_MAX && p->seen < p->slots) {
		const uint8_t *slot = p->index + (size_t)p->slot * GP_DIR_SLOT;
		uint32_t offset = gp_dir_u32(slot + 4);
		if (offset == 0)
			return 0;
		p->seen++;
		p->slot = p->slot + 1 < p->slots ? p->slot + 1 : 0;
		if (gp_dir_u32(slot) == p->want)
			return offset;
	}
	return 0;
}

static bool key_is(const struct gp_dir_key *key, struct gp_str name)
{
	return name.len == key->len && memcmp(name.ptr, key->words, key->len) == 0;
}

enum gp_status gp_directory_find_user(const struct gp_directory_view *view, struct gp_str name,
				      struct gp_directory_user *out)
{
	struct gp_dir_key key;
	uint32_t offset;
	size_t size;

	if (!gp_dir_key_from(name, &key))
		return GP_ST_NOT_FOUND;
	uint32_t hash = gp_dir_hash_key(&key, view->seed);
	struct probe p =
		probe_start(view->bytes + view->user_names_at, view->user_slots, hash, hash);
	while ((offset = probe_next(&p)) != 0) {
		if (!gp_dir_read_user(view, offset, out, &size))
			return GP_ST_INVALID;
		if (key_is(&key, out->name))
			return gp_dir_user_sane(view, out) ? GP_ST_OK : GP_ST_INVALID;
	}
	return GP_ST_NOT_FOUND;
}

bool gp_directory_has_domain_of(const struct gp_directory_view *view, struct gp_str name)
{
	if (view->domains_at == view->domains_end || name.len == 0)
		return false;
	const char *at = memchr(name.ptr, '@', name.len);
	if (at == NULL)
		return false;
	struct gp_str domain = {at + 1, name.len - (size_t)(at + 1 - name.ptr)};
	struct gp_str left = {(const char *)view->bytes + view->domains_at,
			      view->domains_end - view->domains_at};
	while (left.len > 0) {
		struct gp_str one = {left.ptr, strnlen(left.ptr, left.len)};
		if (one.len == left.len)
			return false;
		if (one.len > 0 && gp_str_equal_nocase(one, domain))
			return true;
		left.ptr += one.len + 1;
		left.len -= one.len + 1;
	}
	return false;
}

enum gp_status gp_directory_find_uid(const struct gp_directory_view *view, uint32_t uid,
				     struct gp_directory_user *out)
{
	size_t size;
	struct probe p = probe_start(view->bytes + view->uids_at, view->user_slots,
				     gp_dir_hash_number(uid, view->seed), uid);
	uint32_t offset = probe_next(&p);
	if (offset == 0)
		return GP_ST_NOT_FOUND;
	if (!gp_dir_read_user(view, offset, out, &size) || out->uid != uid ||
	    !gp_dir_user_sane(view, out))
		return GP_ST_INVALID;
	return GP_ST_OK;
}

enum gp_status gp_directory_find_group(const struct gp_directory_view *view, struct gp_str name,
				       struct gp_directory_group *out)
{
	struct gp_dir_key key;
	uint32_t offset;
	size_t size;

	if (!gp_dir_key_from(name, &key))
		return GP_ST_NOT_FOUND;
	uint32_t hash = gp_dir_hash_key(&key, view->seed);
	struct probe p =
		probe_start(view->bytes + view->group_names_at, view->group_slots, hash, hash);
	while ((offset = probe_next(&p)) != 0) {
		if (!gp_dir_read_group(view, offset, out, &size))
			return GP_ST_INVALID;
		if (key_is(&key, out->name))
			return gp_dir_group_sane(view, out) ? GP_ST_OK : GP_ST_INVALID;
	}
	return GP_ST_NOT_FOUND;
}

enum gp_status gp_directory_find_gid(const struct gp_directory_view *view, uint32_t gid,
				     struct gp_directory_group *out)
{
	size_t size;
	struct probe p = probe_start(view->bytes + view->gids_at, view->group_slots,
				     gp_dir_hash_number(gid, view->seed), gid);
	uint32_t offset = probe_next(&p);
	if (offset == 0)
		return GP_ST_NOT_FOUND;
	if (!gp_dir_read_group(view, offset, out, &size) || out->gid != gid ||
	    !gp_dir_group_sane(view, out))
		return GP_ST_INVALID;
	return GP_ST_OK;
}
