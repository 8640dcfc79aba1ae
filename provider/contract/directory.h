/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The published directory: the guests, their groups and numbers, as NSS serves them. DIRECTORY.md
 * has the format byte by byte. Readers (the NSS and PAM modules, the daemon, the CLI) map the file
 * and look things up; only guestpass-publish writes it. Nothing declared here allocates memory,
 * and nothing but gp_directory_open() and gp_directory_close() makes a system call.
 */
#ifndef GP_CONTRACT_DIRECTORY_H
#define GP_CONTRACT_DIRECTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "contract/status.h"
#include "contract/str.h"

struct gp_ids_rules;

#define GP_DIRECTORY_SIZE_MAX    ((size_t)256 << 20)
#define GP_DIRECTORY_NAME_MAX    64 /* user and group names */
#define GP_DIRECTORY_GECOS_MAX   128
#define GP_DIRECTORY_HOME_MAX    255
#define GP_DIRECTORY_SHELL_MAX   255
#define GP_DIRECTORY_GROUPS_MAX  1024 /* supplementary groups of one user */
#define GP_DIRECTORY_PREFIX_MAX  15
#define GP_DIRECTORY_SUFFIX_MAX  31
#define GP_DIRECTORY_DOMAINS_MAX 64
#define GP_DIRECTORY_DOMAIN_MAX  62 /* with a character and '@' before it, a name */
/* Whatever a file or ids.conf says, no number below this is ever served. */
#define GP_DIRECTORY_NUMBER_FLOOR 1000U
#define GP_DIRECTORY_NO_EXPIRY    (-1)
#define GP_DIRECTORY_EXPIRY_MAX   2932896 /* the last day of the year 9999 */

/* A mapped file whose header is good. A value: copy it as you like; it lives as long
 * as the bytes. Read its fields through the functions below, but for generation and the counts. */
struct gp_directory_view {
	const uint8_t *bytes;
	size_t len;
	uint64_t generation;
	uint64_t seed;
	uint32_t uid_base, uid_size;
	uint32_t gid_base, gid_size;
	uint32_t user_count, group_count;
	uint32_t member_count; /* memberships of all groups together */
	uint32_t user_slots, group_slots;
	bool unlisted; /* look-ups are answered, enumerations are not */
	size_t user_names_at, uids_at, group_names_at, gids_at; /* the four indexes */
	size_t users_at, users_end, groups_at, groups_end;      /* the records */
	size_t domains_at, domains_end; /* home domains whose guests may be looked up */
	struct gp_str group_prefix;     /* followed by NUL in the file */
	struct gp_str user_suffix;      /* likewise; often empty */
};

/* Every text borrows from the mapping and is followed there by a NUL. The four texts stand one
 * after the other: name.ptr to the end of shell is one block. */
struct gp_directory_user {
	uint32_t uid;
	uint32_t gid;       /* primary group; not repeated in the list below */
	int32_t expiry_day; /* first day, since 1970-01-01, of no entry; or -1 */
	bool adopted;       /* its number is not ours but listed in ids.conf */
	uint32_t gid_count; /* supplementary groups */
	const uint8_t *gids;
	struct gp_str name; /* canonical: lower case */
	struct gp_str gecos;
	struct gp_str home;
	struct gp_str shell;
};

struct gp_directory_group {
	uint32_t gid;
	bool adopted;
	uint32_t member_count;
	const uint8_t *member_lens; /* one byte a member */
	const char *member_names;   /* each followed by a NUL, in the order of the lengths */
	size_t member_names_len;
	struct gp_str name;
};

/* Checks header and section bounds of the LEN bytes; the view borrows them. This is what a reader
 * does once a mapping: the writer has checked every record before, and each look-up checks what it
 * follows. GP_ST_INVALID, GP_ST_TOO_BIG, or GP_ST_UNSUPPORTED for another format version. */
enum gp_status gp_directory_attach(const void *bytes, size_t len,
				   struct gp_directory_view *out) gp_must_check;

/* Is every byte as it was written? It reads all of them, which a process that looks up one name
 * should not: for those who keep, compare or rely on the whole. */
bool gp_directory_whole(const struct gp_directory_view *view);

/* Full validation: attach and checksum, then every record, every index slot, both directions of
 * every membership, order and uniqueness; and with RULES (may be NULL) every rule of ids.conf. The
 * publisher's gate. ERR says what is wrong, with the record's name made safe. */
enum gp_status gp_directory_validate(const void *bytes, size_t len,
				     const struct gp_ids_rules *rules,
				     struct gp_directory_view *out,
				     struct gp_error *err) gp_must_check;

/* Opens, checks (regular file, root's, nobody else may write, size), maps and attaches. GP_ST_
 * NOT_FOUND if absent, GP_ST_DENIED if not trustworthy. Descriptor closed at return. */
enum gp_status gp_directory_open(const char *path, struct gp_directory_view *out) gp_must_check;
/* Unmaps what gp_directory_open() mapped; harmless on a zeroed view. */
void gp_directory_close(struct gp_directory_view *view);

/* True once the publisher has put a newer file in place of this one: close and open again. One
 * load, no system call. */
bool gp_directory_superseded(const struct gp_directory_view *view);

/* Look-ups: GP_ST_OK, GP_ST_NOT_FOUND, or GP_ST_INVALID for a damaged record (number out of range,
 * bad name, text with ':' or control bytes, anything that would lead out of the file). Names match
 * without regard to ASCII case. */
enum gp_status gp_directory_find_user(const struct gp_directory_view *view, struct gp_str name,
				      struct gp_directory_user *out) gp_must_check;
enum gp_status gp_directory_find_uid(const struct gp_directory_view *view, uint32_t uid,
				     struct gp_directory_user *out) gp_must_check;
enum gp_status gp_directory_find_group(const struct gp_directory_view *view, struct gp_str name,
				       struct gp_directory_group *out) gp_must_check;
enum gp_status gp_directory_find_gid(const struct gp_directory_view *view, uint32_t gid,
				     struct gp_directory_group *out) gp_must_check;

/* May somebody called NAME be looked up, because what stands behind its '@' is one of the file's
 * domains? Without regard to ASCII case. */
bool gp_directory_has_domain_of(const struct gp_directory_view *view, struct gp_str name);

/* One after the other in order of name. *CURSOR starts as 0 and means something only to the same
 * file. GP_ST_NOT_FOUND at the end. */
enum gp_status gp_directory_next_user(const struct gp_directory_view *view, size_t *cursor,
				      struct gp_directory_user *out) gp_must_check;
enum gp_status gp_directory_next_group(const struct gp_directory_view *view, size_t *cursor,
				       struct gp_directory_group *out) gp_must_check;

/* The I-th supplementary group, I < gid_count. */
uint32_t gp_directory_user_gid(const struct gp_directory_user *user, uint32_t i);
/* Is GID the user's primary or one of his supplementary groups? */
bool gp_directory_user_in(const struct gp_directory_user *user, uint32_t gid);

/* Members one after the other; both cursors start as 0. False at the end. */
struct gp_directory_member_cursor {
	uint32_t index;
	size_t at;
};
bool gp_directory_next_member(const struct gp_directory_group *group,
			      struct gp_directory_member_cursor *cursor, struct gp_str *name);

/* 1 to 64 of a-z 0-9 . _ - + @, beginning with a letter, digit or '_', not all digits: what a name
 * must look like to be published at all. */
bool gp_directory_name_ok(struct gp_str name);
/* The same for a user, whose name may end in "~N": who left and whose name another has now. */
bool gp_directory_user_name_ok(struct gp_str name);
/* NAME without such an end. */
struct gp_str gp_directory_name_base(struct gp_str name);
/* A mail domain in lower case: 1 to 62 of a-z 0-9 . -, with a dot inside, no part empty. */
bool gp_directory_domain_ok(struct gp_str domain);
/* No ':' and no control byte; bytes above 127 are left to the reader (UTF-8 organisation names). */
bool gp_directory_text_ok(struct gp_str text);
/* Absolute, without empty, "." or ".." parts or a slash at the end, and gp_directory_text_ok(). */
bool gp_directory_path_ok(struct gp_str path);

#endif
