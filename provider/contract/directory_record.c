/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What look-ups demand of a record before they hand it out. This runs at every hit, so texts are
 * looked at sixteen bytes at a time; directory_syntax.c says the same byte by byte, and for
 * whatever does not fit here.
 */
#include "contract/directory.h"
#include "contract/directory_format.h"

#include "contract/ban.h"

#define LANES 16U

typedef uint8_t lanes __attribute__((vector_size(LANES)));

static const lanes place = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

static lanes load(const char *p)
{
	lanes v;
	memcpy(&v, p, sizeof(v));
	return v;
}

static bool any(lanes v)
{
	uint64_t halves[2];
	memcpy(halves, &v, sizeof(halves));
	return (halves[0] | halves[1]) != 0;
}

static unsigned int sum(lanes v)
{
	unsigned int all = 0;
	for (size_t i = 0; i < LANES; i++)
		all += v[i];
	return all;
}

/* As gp_directory_name_ok(); at least one vector more than NAME can be read behind its start. */
static bool name_ok(struct gp_str name)
{
	lanes wrong = {0};
	lanes other = {0}; /* than digits */
	unsigned char first = (unsigned char)name.ptr[0];
	if (first == '.' || first == '-' || first == '+' || first == '@')
		return false;
	for (size_t at = 0; at < name.len; at += LANES) {
		lanes v = load(name.ptr + at);
		size_t left = name.len - at;
		lanes inside = (lanes)(place < (uint8_t)(left < LANES ? left : LANES));
		lanes digit = (lanes)(v - '0' < 10);
		lanes letter = (lanes)(v - 'a' < 26);
		/* '-' and '.' are neighbours. */
		lanes sign = (lanes)(v - '-' < 2) | (lanes)(v == '_') | (lanes)(v == '+') |
			     (lanes)(v == '@');
		wrong |= inside & ~(digit | letter | sign);
		other |= inside & ~digit;
	}
	return !any(wrong) && any(other);
}

static bool user_name_ok(const struct gp_directory_view *view, struct gp_str name)
{
	size_t behind = view->len - (size_t)(name.ptr - (const char *)view->bytes);
	if (name.len > 0 && name.len <= GP_DIRECTORY_NAME_MAX &&
	    behind >= GP_DIRECTORY_NAME_MAX + LANES && name_ok(name))
		return true;
	/* Also for the few who left and whose names end in "~N". */
	return gp_directory_user_name_ok(name);
}

/* Texts that stand one after the other with a NUL between two of them: no ':', no control byte, and
 * no NUL but those. */
static bool texts_ok(struct gp_str block, unsigned int texts)
{
	lanes wrong = {0};
	lanes nuls = {0}; /* so many in each lane: a text has at most 255 bytes */
	if (block.len < LANES) {
		for (size_t i = 0; i < block.len; i++) {
			if (block.ptr[i] == '\0')
				nuls[0]++;
			if (block.ptr[i] != '\0' &&
			    !gp_directory_text_ok((struct gp_str){block.ptr + i, 1}))
				return false;
		}
		return nuls[0] == texts - 1;
	}
	for (size_t at = 0; at < block.len; at += LANES) {
		/* The last ones are looked at with some of those before them, which count once. */
		size_t again = block.len - at < LANES ? LANES - (block.len - at) : 0;
		lanes v = load(block.ptr + at - again);
		/* NUL goes round to 255. */
		wrong |= (lanes)(v - 1 < 0x1F) | (lanes)(v == 0x7F) | (lanes)(v == ':');
		nuls -= (lanes)(v == 0) & (lanes)(place >= (uint8_t)again);
	}
	return !any(wrong) && sum(nuls) == texts - 1;
}

static bool number_ok(uint32_t n, uint32_t base, uint32_t size, bool adopted)
{
	return n >= GP_DIRECTORY_NUMBER_FLOOR && n != UINT32_MAX &&
	       (adopted || (n >= base && n - base < size));
}

bool gp_dir_user_sane(const struct gp_directory_view *view, const struct gp_directory_user *user)
{
	/* The group's own adoption cannot be seen from here; the floor holds in any case. */
	if (!number_ok(user->uid, view->uid_base, view->uid_size, user->adopted) ||
	    user->gid < GP_DIRECTORY_NUMBER_FLOOR || user->gid == UINT32_MAX ||
	    !user_name_ok(view, user->name))
		return false;
	if (!user->adopted && memchr(user->name.ptr, '@', user->name.len) == NULL &&
	    (view->user_suffix.len == 0 ||
	     !gp_str_ends(gp_directory_name_base(user->name), view->user_suffix.ptr)))
		return false;
	size_t len = (size_t)(user->shell.ptr - user->name.ptr) + user->shell.len;
	return user->home.len > 0 && user->home.ptr[0] == '/' && user->shell.len > 0 &&
	       user->shell.ptr[0] == '/' && texts_ok((struct gp_str){user->name.ptr, len}, 4);
}

bool gp_dir_group_sane(const struct gp_directory_view *view, const struct gp_directory_group *group)
{
	return number_ok(group->gid, view->gid_base, view->gid_size, group->adopted) &&
	       gp_directory_name_ok(group->name) &&
	       (group->adopted || gp_str_starts(group->name, view->group_prefix.ptr));
}
