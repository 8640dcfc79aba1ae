/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arbitrary bytes as a directory file: as they are, and then with a length and checksum that fit,
 * since otherwise nearly every input would end at the checksum. Every look-up of a reader runs on
 * what attaches; what validates must be found again.
 */
#include <stdint.h>
#include <stdlib.h>

#include "contract/directory.h"
#include "contract/directory_format.h"
#include "contract/ids_conf.h"

#include "contract/ban.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static volatile size_t sink;

static void use_user(const struct gp_directory_view *view, const struct gp_directory_user *u,
		     bool valid)
{
	struct gp_directory_user again;
	struct gp_directory_group group;
	sink += strlen(u->name.ptr) + strlen(u->gecos.ptr) + strlen(u->home.ptr) +
		strlen(u->shell.ptr);
	for (uint32_t i = 0; i < u->gid_count; i++) {
		enum gp_status st =
			gp_directory_find_gid(view, gp_directory_user_gid(u, i), &group);
		if (valid && st != GP_ST_OK)
			abort();
	}
	enum gp_status by_name = gp_directory_find_user(view, u->name, &again);
	enum gp_status by_uid = gp_directory_find_uid(view, u->uid, &again);
	if (valid && (by_name != GP_ST_OK || by_uid != GP_ST_OK))
		abort();
	if (u->uid < GP_DIRECTORY_NUMBER_FLOOR || !gp_directory_name_ok(u->name))
		abort();
}

static void use(const struct gp_directory_view *view, bool valid)
{
	struct gp_directory_user user;
	struct gp_directory_group group;
	size_t cursor = 0;
	enum gp_status st;

	while ((st = gp_directory_next_user(view, &cursor, &user)) == GP_ST_OK)
		use_user(view, &user, valid);
	if (valid && st != GP_ST_NOT_FOUND)
		abort();
	cursor = 0;
	while ((st = gp_directory_next_group(view, &cursor, &group)) == GP_ST_OK) {
		struct gp_directory_member_cursor at = {0};
		struct gp_str name;
		while (gp_directory_next_member(&group, &at, &name))
			sink += strlen(name.ptr);
		if (group.gid < GP_DIRECTORY_NUMBER_FLOOR ||
		    (valid && at.index != group.member_count))
			abort();
	}
	if (valid && st != GP_ST_NOT_FOUND)
		abort();
	(void)!gp_directory_find_user(view, GP_STR("ada@fabrikam.example"), &user);
	(void)!gp_directory_find_group(view, GP_STR("gp-builders"), &group);
	sink += gp_directory_superseded(view);
}

static void try(const uint8_t *bytes, size_t len)
{
	static struct gp_ids_rules rules;
	struct gp_directory_view view;
	struct gp_error err = {0};
	if (rules.home_count == 0)
		gp_ids_rules_default(&rules);
	if (gp_directory_attach(bytes, len, &view) == GP_ST_OK)
		use(&view, false);
	if (gp_directory_validate(bytes, len, NULL, &view, &err) == GP_ST_OK)
		use(&view, true);
	if (gp_directory_validate(bytes, len, &rules, &view, &err) == GP_ST_OK)
		use(&view, true);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	try(data, len);
	len &= ~(size_t)7;
	if (len < GP_DIR_H_SIZE || len > (1U << 20))
		return 0;
	/* Of exactly this size, so that the sanitizer sees one byte too far. */
	uint8_t *copy = malloc(len);
	if (copy == NULL)
		return 0;
	memcpy(copy, data, len);
	memcpy(copy, GP_DIR_MAGIC, GP_DIR_MAGIC_LEN);
	gp_dir_put_u32(copy + GP_DIR_H_VERSION, GP_DIR_VERSION);
	gp_dir_put_u64(copy + GP_DIR_H_LENGTH, len);
	gp_dir_put_u64(copy + GP_DIR_H_CHECKSUM, gp_dir_checksum(copy, len));
	try(copy, len);
	free(copy);
	return 0;
}
