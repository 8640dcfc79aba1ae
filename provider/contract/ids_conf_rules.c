/* SPDX-License-Identifier: Apache-2.0 */
/* What ids.conf permits: the questions the publisher and the daemon ask about one record. */
#include "contract/ids_conf.h"

#include "contract/ban.h"

static bool listed(const struct gp_ids_adopted *list, size_t count, struct gp_str name,
		   uint32_t number)
{
	for (size_t i = 0; i < count; i++)
		if (list[i].number == number && gp_str_is(name, list[i].name))
			return true;
	return false;
}

static bool in_range(uint32_t n, uint32_t base, uint32_t size)
{
	return n >= GP_DIRECTORY_NUMBER_FLOOR && n >= base && n - base < size;
}

bool gp_ids_user_adopted(const struct gp_ids_rules *rules, struct gp_str name, uint32_t uid)
{
	/* Adopted numbers lie outside the range, which spares nearly everybody the search. */
	return !in_range(uid, rules->uid_base, rules->uid_size) &&
	       listed(rules->adopted_users, rules->adopted_user_count, name, uid);
}

bool gp_ids_group_adopted(const struct gp_ids_rules *rules, struct gp_str name, uint32_t gid)
{
	return !in_range(gid, rules->gid_base, rules->gid_size) &&
	       listed(rules->adopted_groups, rules->adopted_group_count, name, gid);
}

bool gp_ids_user_ok(const struct gp_ids_rules *rules, struct gp_str name, uint32_t uid)
{
	if (!gp_directory_user_name_ok(name))
		return false;
	if (!in_range(uid, rules->uid_base, rules->uid_size))
		return gp_ids_user_adopted(rules, name, uid);
	name = gp_directory_name_base(name);
	if (memchr(name.ptr, '@', name.len) != NULL)
		return true;
	return rules->user_suffix[0] != '\0' && gp_str_ends(name, rules->user_suffix) &&
	       name.len > strlen(rules->user_suffix);
}

bool gp_ids_group_ok(const struct gp_ids_rules *rules, struct gp_str name, uint32_t gid)
{
	if (!gp_directory_name_ok(name))
		return false;
	if (!in_range(gid, rules->gid_base, rules->gid_size))
		return gp_ids_group_adopted(rules, name, gid);
	return gp_str_starts(name, rules->group_prefix) && name.len > strlen(rules->group_prefix);
}

bool gp_ids_home_ok(const struct gp_ids_rules *rules, struct gp_str home)
{
	if (!gp_directory_path_ok(home))
		return false;
	for (size_t i = 0; i < rules->home_count; i++)
		if (gp_str_starts(home, rules->homes[i]))
			return true;
	return false;
}

bool gp_ids_shell_ok(const struct gp_ids_rules *rules, struct gp_str shell)
{
	if (!gp_directory_path_ok(shell))
		return false;
	for (size_t i = 0; i < rules->shell_count; i++) {
		size_t len = strlen(rules->shells[i]);
		bool prefix = rules->shells[i][len - 1] == '/';
		if (prefix ? gp_str_starts(shell, rules->shells[i])
			   : gp_str_is(shell, rules->shells[i]))
			return true;
	}
	return false;
}

const char *gp_ids_nologin(const struct gp_ids_rules *rules)
{
	static const char *const shells[] = {"/usr/sbin/nologin", "/sbin/nologin", "/usr/bin/false",
					     "/bin/false"};
	for (size_t i = 0; i < sizeof(shells) / sizeof(shells[0]); i++)
		if (gp_ids_shell_ok(rules, gp_str_from(shells[i])))
			return shells[i];
	return NULL;
}
