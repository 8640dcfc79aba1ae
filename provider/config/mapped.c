/* SPDX-License-Identifier: Apache-2.0 */
#include "config/mapped.h"

#include "contract/directory.h"

#include "contract/ban.h"

static const char head[] = "group ";
static const char key_name[] = "entra_group";

bool gp_mapped_is_section(struct gp_str section)
{
	return gp_str_starts(section, head) || gp_str_is(section, "group");
}

const char *gp_mapped_key_name(void)
{
	return key_name;
}

static struct gp_str name_of(struct gp_str section)
{
	size_t skip = section.len < sizeof(head) - 1 ? section.len : sizeof(head) - 1;
	return (struct gp_str){section.ptr + skip, section.len - skip};
}

const char *gp_mapped_begin(struct gp_layer *layer, struct gp_str section, uint32_t line)
{
	struct gp_config *c = &layer->values;
	struct gp_str name = name_of(section);

	if (c->mapped_groups_len == GP_CONFIG_MAPPED_MAX)
		return "too many groups (at most 63)";
	if (!gp_directory_name_ok(name))
		return "a group is written [group NAME], with one blank and a name in lower case";
	for (size_t i = 0; i < c->mapped_groups_len; i++)
		if (gp_str_is(name, c->mapped_groups[i].name))
			return "the same group again";
	struct gp_mapped_group *group = &c->mapped_groups[c->mapped_groups_len];
	if (gp_copy(group->name, sizeof(group->name), name) != GP_ST_OK)
		return "the name is too long";
	layer->mapped_line[c->mapped_groups_len++] = line;
	return NULL;
}

const char *gp_mapped_set(struct gp_layer *layer, struct gp_str key, struct gp_str value,
			  uint32_t line)
{
	struct gp_config *c = &layer->values;
	struct gp_mapped_group *group = &c->mapped_groups[c->mapped_groups_len - 1];
	uint8_t guid[16];

	if (!gp_str_is(key, key_name))
		return "unknown key; a group has 'entra_group' only";
	if (group->entra_group[0] != '\0')
		return "'entra_group' again";
	if (gp_guid_parse(value, guid) != GP_ST_OK)
		return "'entra_group' is not a GUID such as 6f1d5ee0-0000-4000-8000-000000000001";
	gp_guid_format(guid, group->entra_group);
	layer->mapped_line[c->mapped_groups_len - 1] = line;
	return NULL;
}

enum gp_status gp_mapped_finish(const struct gp_layer *layer, struct gp_error *err)
{
	const struct gp_config *c = &layer->values;

	for (size_t i = 0; i < c->mapped_groups_len; i++) {
		const struct gp_mapped_group *group = &c->mapped_groups[i];
		if (group->entra_group[0] == '\0')
			return gp_fail(err, GP_ST_NOT_FOUND,
				       "%s:%u: [group %s] needs 'entra_group', the object id of "
				       "the group in Entra",
				       layer->file, layer->mapped_line[i], group->name);
		for (size_t k = 0; k < i; k++)
			if (strcmp(group->entra_group, c->mapped_groups[k].entra_group) == 0)
				return gp_fail(err, GP_ST_CONFLICT,
					       "%s:%u: [group %s] has the entra_group of "
					       "[group %s]",
					       layer->file, layer->mapped_line[i], group->name,
					       c->mapped_groups[k].name);
	}
	return GP_ST_OK;
}

static bool has(const struct gp_config *config, const struct gp_mapped_group *group)
{
	for (size_t i = 0; i < config->mapped_groups_len; i++)
		if (strcmp(config->mapped_groups[i].name, group->name) == 0)
			return strcmp(config->mapped_groups[i].entra_group, group->entra_group) ==
			       0;
	return false;
}

enum gp_status gp_mapped_tighten(const struct gp_merged *merged, const struct gp_layer *layer,
				 struct gp_error *err)
{
	for (size_t i = 0; i < layer->values.mapped_groups_len; i++)
		if (!has(merged->config, &layer->values.mapped_groups[i]))
			return gp_fail(err, GP_ST_DENIED,
				       "%s:%u: [group %s] belongs into the main file and cannot "
				       "be changed here",
				       layer->file, layer->mapped_line[i],
				       layer->values.mapped_groups[i].name);
	return GP_ST_OK;
}
