/* SPDX-License-Identifier: Apache-2.0 */
/* Does sudoers give guests, their groups or their numbers anything? */
#include "contract/directory.h"

#include "doctor/sudoers_files.h"

#include "contract/ban.h"

struct look {
	struct gp_doctor *d;
	struct gp_directory_view view; /* zeroed when there is none */
	bool has_view;
};

static bool is_guest_name(void *arg, struct gp_str name, bool group)
{
	const struct look *l = arg;
	const struct gp_ids_rules *rules = l->d->rules;
	struct gp_directory_user user;
	struct gp_directory_group found;
	if (group && rules->group_prefix[0] != '\0' && gp_str_starts(name, rules->group_prefix))
		return true;
	if (!l->has_view)
		return false;
	return group ? gp_directory_find_group(&l->view, name, &found) == GP_ST_OK
		     : gp_directory_find_user(&l->view, name, &user) == GP_ST_OK;
}

static bool is_guest_number(void *arg, uint32_t number, bool group)
{
	const struct look *l = arg;
	const struct gp_ids_rules *rules = l->d->rules;
	uint32_t base = group ? rules->gid_base : rules->uid_base;
	uint32_t size = group ? rules->gid_size : rules->uid_size;
	return number >= base && number - base < size;
}

/* The group that the tier lets use sudo, which sudoers is meant to name. */
static bool is_meant(const struct gp_config *config, struct gp_str word)
{
	if (config == NULL || config->sudo_group[0] == '\0' || word.len == 0 || word.ptr[0] != '%')
		return false;
	word = (struct gp_str){word.ptr + 1, word.len - 1};
	for (size_t i = 0; i < config->mapped_groups_len; i++)
		if (gp_str_is(word, config->mapped_groups[i].name))
			return strcmp(config->mapped_groups[i].entra_group, config->sudo_group) ==
			       0;
	return false;
}

static void on_guests(void *arg, const char *file, size_t line, struct gp_str word)
{
	const struct look *l = arg;
	if (is_meant(l->d->config, word))
		return;
	gp_doctor_find(l->d, GP_FINDING_SUDO, "%s:%zu gives '%.*s' a right%s", file, line,
		       GP_STR_ARGS(word), gp_str_is(word, "ALL") ? ", and so every guest too" : "");
}

static void on_other(void *arg, struct gp_str word)
{
	(void)arg;
	(void)word;
}

void gp_doctor_sudo(struct gp_doctor *d)
{
	struct look l = {.d = d};
	char path[GP_CONFIG_PATH];
	const struct gp_sudoers_who who = {is_guest_name, is_guest_number, &l};
	const struct gp_sudoers_visitor visitor = {&who, on_guests, on_other, &l};
	if (d->rules == NULL) {
		gp_doctor_unseen(d, "which names are guests': ids.conf cannot be read");
		return;
	}
	l.has_view = gp_doctor_path(d, GP_RUNDIR "/directory", path) &&
		     gp_directory_open(path, &l.view) == GP_ST_OK;
	if (!l.has_view)
		gp_doctor_unseen(d, "whether sudoers names a guest: there is no directory");
	/* Without sudoers there is nothing that it could give. */
	(void)gp_doctor_sudoers(d, &visitor);
	gp_directory_close(&l.view);
}
