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

/* Of all sixteen, by halves: they would not fit into one byte. */
static unsigned int sum(lanes v)
{
	const uint64_t even = 0x00FF00FF00FF00FFULL;
	unsigned int all = 0;
	uint64_t halves[2];
	memcpy(halves, &v, sizeof(halves));
	for (size_t i = 0; i < 2; i++) {
		uint64_t pairs = (halves[i] & even) + (halves[i] >> 8 & even);
		all += (unsigned int)(pairs * 0x0001000100010001ULL >> 48);
	}
	return all;
}

/* The last vector of a text ends where the text does, so it may begin before it. That is inside the
 * file too, since header and record stand before every text. These lanes are the text's own: */
static lanes last_lanes(size_t len)
{
	return (lanes)(place >= (uint8_t)(len < LANES ? LANES - len : 0));
}

struct name_seen {
	lanes wrong;
	lanes other; /* than digits */
	lanes at;    /* '@' */
};

static inline void see_name(struct name_seen *seen, lanes v, lanes inside)
{
	lanes digit = (lanes)(v - '0' < 10);
	lanes letter = (lanes)(v - 'a' < 26);
	lanes at = (lanes)(v == '@');
	/* '-' and '.' are neighbours. */
	lanes sign = (lanes)(v - '-' < 2) | (lanes)(v == '_') | (lanes)(v == '+') | at;
	seen->wrong |= inside & ~(digit | letter | sign);
	seen->other |= inside & ~digit;
	seen->at |= inside & at;
}

/* As gp_directory_user_name_ok(), and with an '@' in it unless the number is adopted or the file
 * names a suffix that does instead. */
static bool user_name_ok(const struct gp_directory_view *view, struct gp_str name, bool adopted)
{
	struct name_seen seen = {{0}, {0}, {0}};
	if (name.len == 0 || name.len > GP_DIRECTORY_NAME_MAX)
		return false;
	for (size_t at = 0; name.len - at > LANES; at += LANES)
		see_name(&seen, load(name.ptr + at), ~(lanes){0});
	see_name(&seen, load(name.ptr + name.len - LANES), last_lanes(name.len));
	unsigned char first = (unsigned char)name.ptr[0];
	bool plain = !any(seen.wrong) && any(seen.other) && first != '.' && first != '-' &&
		     first != '+' && first != '@';
	/* Only the few who left have another form: their names end in "~N". */
	if (!plain && !gp_directory_user_name_ok(name))
		return false;
	return any(seen.at) || adopted ||
	       (view->user_suffix.len != 0 &&
		gp_str_ends(gp_directory_name_base(name), view->user_suffix.ptr));
}

/* Neither a byte that no text may have, nor a NUL but the BETWEEN ones of them that
 * gp_dir_read_user() has found where one text ends and the next begins. */
static bool texts_ok(struct gp_str block, unsigned int between)
{
	lanes bad = {0}; /* so many in each lane: three texts are 767 bytes at most */
	size_t at = 0;
	for (; block.len - at > LANES; at += LANES) {
		lanes v = load(block.ptr + at);
		bad -= (lanes)(v < 0x20) | (lanes)(v == 0x7F) | (lanes)(v == ':');
	}
	lanes v = load(block.ptr + block.len - LANES);
	bad -= ((lanes)(v < 0x20) | (lanes)(v == 0x7F) | (lanes)(v == ':')) &
	       last_lanes(block.len - at);
	return sum(bad) == between;
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
	    !user_name_ok(view, user->name, user->adopted))
		return false;
	/* What is behind the name; the name was looked at more strictly. */
	size_t len = (size_t)(user->shell.ptr - user->gecos.ptr) + user->shell.len;
	return user->home.len > 0 && user->home.ptr[0] == '/' && user->shell.len > 0 &&
	       user->shell.ptr[0] == '/' && texts_ok((struct gp_str){user->gecos.ptr, len}, 2);
}

bool gp_dir_group_sane(const struct gp_directory_view *view, const struct gp_directory_group *group)
{
	return number_ok(group->gid, view->gid_base, view->gid_size, group->adopted) &&
	       gp_directory_name_ok(group->name) &&
	       (group->adopted || gp_str_starts(group->name, view->group_prefix.ptr));
}
