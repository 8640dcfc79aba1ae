/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The publisher's gate: what passes here is mapped by every process of the host. A file passes only
 * if it is exactly what the builder would have written for some set of users and groups.
 */
#include "contract/directory.h"
#include "contract/directory_format.h"
#include "contract/ids_conf.h"
#include "contract/text.h"

#include "contract/ban.h"

/* 9999-12-31: beyond it tools that print dates go wrong. */

struct check {
	const struct gp_directory_view *view;
	const struct gp_ids_rules *rules;
	struct gp_error *err;
	uint64_t memberships;
};

static enum gp_status refuse(const struct check *c, const char *kind, struct gp_str name,
			     const char *why)
{
	char safe[2 * GP_DIRECTORY_NAME_MAX];
	gp_text_safe(name, GP_TEXT_LINE, safe, sizeof(safe));
	return gp_fail(c->err, GP_ST_INVALID, "%s \"%s\": %s", kind, safe, why);
}

static bool all_zero(const uint8_t *p, const uint8_t *end)
{
	while (p < end)
		if (*p++ != 0)
			return false;
	return true;
}

static int order(struct gp_str a, struct gp_str b)
{
	int diff = memcmp(a.ptr, b.ptr, a.len < b.len ? a.len : b.len);
	return diff != 0 ? diff : (a.len > b.len) - (a.len < b.len);
}

static const char *user_form(const struct check *c, const struct gp_directory_user *user,
			     const uint8_t *record, size_t size)
{
	struct gp_directory_user found;
	const char *end = user->shell.ptr + user->shell.len + 1;
	if (!gp_dir_user_sane(c->view, user))
		return "number, name or text is not permitted";
	if ((record[14] & ~GP_DIR_FLAG_ADOPTED) != 0 || record[15] != 0 ||
	    !all_zero((const uint8_t *)end, record + size))
		return "unused bytes are not zero";
	if (user->expiry_day < GP_DIRECTORY_NO_EXPIRY || user->expiry_day > GP_DIRECTORY_EXPIRY_MAX)
		return "expiry day out of range";
	if (user->gecos.len > GP_DIRECTORY_GECOS_MAX ||
	    !gp_text_is_safe(user->gecos, GP_TEXT_LINE) ||
	    memchr(user->gecos.ptr, ',', user->gecos.len) != NULL)
		return "organisation is not plain text";
	if (!gp_directory_path_ok(user->home) || !gp_text_is_safe(user->home, GP_TEXT_LINE))
		return "home is not a plain absolute path";
	if (!gp_directory_path_ok(user->shell) || !gp_text_is_safe(user->shell, GP_TEXT_LINE))
		return "shell is not a plain absolute path";
	if (gp_directory_find_user(c->view, user->name, &found) != GP_ST_OK ||
	    found.name.ptr != user->name.ptr)
		return "not found by its name";
	if (gp_directory_find_uid(c->view, user->uid, &found) != GP_ST_OK ||
	    found.name.ptr != user->name.ptr)
		return "not found by its number";
	return NULL;
}

static const char *user_groups(const struct check *c, const struct gp_directory_user *user)
{
	struct gp_directory_group group;
	if (user->gid_count > GP_DIRECTORY_GROUPS_MAX)
		return "too many groups";
	if (gp_directory_find_gid(c->view, user->gid, &group) != GP_ST_OK)
		return "primary group is not in the file";
	uint32_t last = 0;
	for (uint32_t i = 0; i < user->gid_count; i++) {
		uint32_t gid = gp_directory_user_gid(user, i);
		if (gid <= last || gid == user->gid)
			return "groups are not in order, or twice";
		if (gp_directory_find_gid(c->view, gid, &group) != GP_ST_OK)
			return "a group is not in the file";
		last = gid;
	}
	return NULL;
}

static const char *user_rules(const struct check *c, const struct gp_directory_user *user)
{
	if (c->rules == NULL)
		return NULL;
	if (user->adopted != gp_ids_user_adopted(c->rules, user->name, user->uid))
		return "adopted here or in ids.conf, but not in both";
	if (!gp_ids_user_ok(c->rules, user->name, user->uid))
		return "ids.conf does not permit this name with this number";
	if (!gp_ids_home_ok(c->rules, user->home))
		return "ids.conf does not permit this home";
	if (!gp_ids_shell_ok(c->rules, user->shell))
		return "ids.conf does not permit this shell";
	return NULL;
}

static enum gp_status check_users(struct check *c)
{
	const struct gp_directory_view *v = c->view;
	struct gp_str last = {NULL, 0};
	uint32_t count = 0;

	for (size_t at = v->users_at, size = 0; at < v->users_end; at += size, count++) {
		struct gp_directory_user user;
		if (!gp_dir_read_user(v, at, &user, &size))
			return gp_fail(c->err, GP_ST_INVALID, "user record %u is damaged", count);
		if (last.ptr != NULL && order(last, user.name) >= 0)
			return refuse(c, "user", user.name, "not in order, or twice");
		const char *why = user_form(c, &user, v->bytes + at, size);
		if (why == NULL)
			why = user_groups(c, &user);
		if (why == NULL)
			why = user_rules(c, &user);
		if (why != NULL)
			return refuse(c, "user", user.name, why);
		last = user.name;
		c->memberships += user.gid_count;
	}
	if (count != v->user_count || c->memberships != v->member_count)
		return gp_fail(c->err, GP_ST_INVALID, "counts of users or memberships are wrong");
	return GP_ST_OK;
}

/* With every membership of a group found at its user, none twice, and equal sums, the two
 * directions say the same. */
static const char *group_members(struct check *c, const struct gp_directory_group *group)
{
	struct gp_directory_member_cursor cursor = {0};
	struct gp_str name;
	struct gp_str last = {NULL, 0};
	struct gp_directory_user user;

	while (gp_directory_next_member(group, &cursor, &name)) {
		if (last.ptr != NULL && order(last, name) >= 0)
			return "members are not in order, or twice";
		if (gp_directory_find_user(c->view, name, &user) != GP_ST_OK ||
		    !gp_str_equal(name, user.name) || user.gid == group->gid ||
		    !gp_directory_user_in(&user, group->gid))
			return "a member is no user of the file with this group";
		last = name;
	}
	if (cursor.index != group->member_count || cursor.at != group->member_names_len)
		return "members are damaged";
	c->memberships += cursor.index;
	return NULL;
}

static const char *group_form(struct check *c, const struct gp_directory_group *group,
			      const uint8_t *record, size_t size)
{
	struct gp_directory_group found;
	const char *end = group->member_names + group->member_names_len;
	if (!gp_dir_group_sane(c->view, group))
		return "number or name is not permitted";
	if ((record[12] & ~GP_DIR_FLAG_ADOPTED) != 0 || !all_zero(record + 14, record + 16) ||
	    !all_zero((const uint8_t *)end, record + size))
		return "unused bytes are not zero";
	if (gp_directory_find_group(c->view, group->name, &found) != GP_ST_OK ||
	    found.name.ptr != group->name.ptr)
		return "not found by its name";
	if (gp_directory_find_gid(c->view, group->gid, &found) != GP_ST_OK ||
	    found.name.ptr != group->name.ptr)
		return "not found by its number";
	if (c->rules != NULL &&
	    group->adopted != gp_ids_group_adopted(c->rules, group->name, group->gid))
		return "adopted here or in ids.conf, but not in both";
	if (c->rules != NULL && !gp_ids_group_ok(c->rules, group->name, group->gid))
		return "ids.conf does not permit this name with this number";
	return NULL;
}

static enum gp_status check_groups(struct check *c)
{
	const struct gp_directory_view *v = c->view;
	struct gp_str last = {NULL, 0};
	uint32_t count = 0;

	c->memberships = 0;
	for (size_t at = v->groups_at, size = 0; at < v->groups_end; at += size, count++) {
		struct gp_directory_group group;
		if (!gp_dir_read_group(v, at, &group, &size))
			return gp_fail(c->err, GP_ST_INVALID, "group record %u is damaged", count);
		if (last.ptr != NULL && order(last, group.name) >= 0)
			return refuse(c, "group", group.name, "not in order, or twice");
		const char *why = group_form(c, &group, v->bytes + at, size);
		if (why == NULL)
			why = group_members(c, &group);
		if (why != NULL)
			return refuse(c, "group", group.name, why);
		last = group.name;
	}
	if (count != v->group_count || c->memberships != v->member_count)
		return gp_fail(c->err, GP_ST_INVALID, "counts of groups or members are wrong");
	return GP_ST_OK;
}

/* As many slots in use as there are records, each of which was found through one: so no slot leads
 * anywhere else. */
static bool index_is_exact(const uint8_t *index, uint32_t slots, uint32_t records)
{
	uint32_t used = 0;
	for (uint32_t i = 0; i < slots; i++, index += GP_DIR_SLOT) {
		if (gp_dir_u32(index + 4) != 0)
			used++;
		else if (gp_dir_u32(index) != 0)
			return false;
	}
	return used == records;
}

/* In order, each once, and nothing but domains. */
static enum gp_status check_domains(const struct check *c)
{
	const struct gp_directory_view *v = c->view;
	struct gp_str last = {NULL, 0};
	size_t count = 0;

	for (size_t at = v->domains_at; at < v->domains_end; count++) {
		const char *text = (const char *)v->bytes + at;
		struct gp_str domain = {text, strnlen(text, v->domains_end - at)};
		at += domain.len + 1;
		if (at > v->domains_end || !gp_directory_domain_ok(domain) ||
		    count == GP_DIRECTORY_DOMAINS_MAX)
			return gp_fail(c->err, GP_ST_INVALID, "the home domains are damaged");
		if (last.ptr != NULL && order(last, domain) >= 0)
			return refuse(c, "domain", domain, "not in order, or twice");
		last = domain;
	}
	return GP_ST_OK;
}

static enum gp_status check_header(const struct check *c)
{
	const struct gp_directory_view *v = c->view;
	const struct gp_ids_rules *r = c->rules;

	if (v->generation == 0 || gp_directory_superseded(v) ||
	    !all_zero(v->bytes + v->domains_end, v->bytes + v->len))
		return gp_fail(c->err, GP_ST_INVALID, "header or end of the file is damaged");
	if (r != NULL && (v->uid_base != r->uid_base || v->uid_size != r->uid_size ||
			  v->gid_base != r->gid_base || v->gid_size != r->gid_size ||
			  !gp_str_is(v->group_prefix, r->group_prefix) ||
			  !gp_str_is(v->user_suffix, r->user_suffix)))
		return gp_fail(c->err, GP_ST_INVALID,
			       "made for other ranges, prefix or suffix than ids.conf's");
	if (!index_is_exact(v->bytes + v->user_names_at, v->user_slots, v->user_count) ||
	    !index_is_exact(v->bytes + v->uids_at, v->user_slots, v->user_count) ||
	    !index_is_exact(v->bytes + v->group_names_at, v->group_slots, v->group_count) ||
	    !index_is_exact(v->bytes + v->gids_at, v->group_slots, v->group_count))
		return gp_fail(c->err, GP_ST_INVALID, "an index does not fit the records");
	return GP_ST_OK;
}

enum gp_status gp_directory_validate(const void *bytes, size_t len,
				     const struct gp_ids_rules *rules,
				     struct gp_directory_view *out, struct gp_error *err)
{
	struct gp_directory_view view;
	struct check c = {&view, rules, err, 0};

	enum gp_status st = gp_directory_attach(bytes, len, &view);
	if (st == GP_ST_OK && !gp_directory_whole(&view))
		st = GP_ST_INVALID;
	if (st != GP_ST_OK)
		return gp_fail(err, st, "%s",
			       st == GP_ST_UNSUPPORTED ? "unknown version of the file format"
			       : st == GP_ST_TOO_BIG   ? "file too big"
						       : "header, length or checksum is wrong");
	st = check_header(&c);
	if (st == GP_ST_OK)
		st = check_users(&c);
	if (st == GP_ST_OK)
		st = check_groups(&c);
	if (st == GP_ST_OK)
		st = check_domains(&c);
	if (st == GP_ST_OK)
		*out = view;
	return st;
}
