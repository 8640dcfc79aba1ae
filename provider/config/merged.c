/* SPDX-License-Identifier: Apache-2.0 */
#include "config/merged.h"

#include "config/errors.h"
#include "config/label.h"
#include "config/mapped.h"
#include "config/value.h"

#include "contract/ban.h"

static void take(struct gp_merged *merged, const struct gp_layer *layer, size_t i)
{
	gp_value_copy(&gp_schema[i], &layer->values, merged->config);
	merged->file[i] = layer->file;
	merged->line[i] = layer->line[i];
}

/* What nobody set is as the label says, also after a drop-in raised the label. */
static enum gp_status set_defaults(struct gp_merged *merged, struct gp_error *err)
{
	for (size_t i = 0; i < gp_schema_len; i++) {
		const struct gp_key *key = &gp_schema[i];
		const char *text = gp_label_default(merged->config->label, key);
		if (merged->file[i] != NULL || text == NULL)
			continue;
		const char *wrong = gp_value_set(key, gp_str_from(text), merged->config);
		if (wrong != NULL)
			return gp_fail(err, GP_ST_INTERNAL, "default of %s: %s", key->name, wrong);
	}
	return GP_ST_OK;
}

enum gp_status gp_merged_start(struct gp_merged *merged, const struct gp_layer *main_layer,
			       struct gp_error *err)
{
	merged->main_file = main_layer->file;
	memcpy(merged->config->mapped_groups, main_layer->values.mapped_groups,
	       sizeof(merged->config->mapped_groups));
	merged->config->mapped_groups_len = main_layer->values.mapped_groups_len;
	memcpy(merged->config->errors, main_layer->values.errors, sizeof(merged->config->errors));
	merged->config->errors_len = main_layer->values.errors_len;
	for (size_t i = 0; i < gp_schema_len; i++) {
		const struct gp_key *key = &gp_schema[i];
		if (main_layer->line[i] != 0) {
			take(merged, main_layer, i);
			continue;
		}
		if (key->required)
			return gp_fail(err, GP_ST_NOT_FOUND, "%s: '%s' in [%s] is missing: %s",
				       main_layer->file, key->name, key->section, key->doc);
	}
	return set_defaults(merged, err);
}

enum gp_status gp_merged_tighten(struct gp_merged *merged, const struct gp_layer *layer,
				 struct gp_error *err)
{
	static const char *const why[] = {
		[GP_RULE_FIXED] = "belongs into the main file and cannot be changed here",
		[GP_RULE_SMALLER] = "loosens what the main file or an earlier drop-in says",
		[GP_RULE_SUBSET] = "adds what the main file or an earlier drop-in does not list",
		[GP_RULE_SUPERSET] = "leaves out what the main file or an earlier drop-in lists",
		[GP_RULE_NARROWER] = "adds what the main file or an earlier drop-in does not list",
		[GP_RULE_SHORTER] = "loosens what the main file or an earlier drop-in says",
		[GP_RULE_YES] = "loosens what the main file or an earlier drop-in says",
		[GP_RULE_ONCE] = "is set in the main file or an earlier drop-in",
	};

	for (size_t i = 0; i < gp_schema_len; i++) {
		const struct gp_key *key = &gp_schema[i];
		if (layer->line[i] == 0)
			continue;
		if (!gp_value_tightens(key, merged->config, &layer->values))
			return gp_fail(err, GP_ST_DENIED, "%s:%u: '%s' %s", layer->file,
				       layer->line[i], key->name, why[key->rule]);
		take(merged, layer, i);
		/* What the new label presets is what the keys below have to tighten. */
		enum gp_status st =
			key->type == GP_KEY_TIER_LABEL ? set_defaults(merged, err) : GP_ST_OK;
		if (st != GP_ST_OK)
			return st;
	}
	enum gp_status mapped = gp_mapped_tighten(merged, layer, err);
	return mapped == GP_ST_OK ? gp_errors_tighten(layer, err) : mapped;
}
