/* SPDX-License-Identifier: Apache-2.0 */
#include "config/label.h"

#include "contract/ban.h"

/* The defaults in the schema are those of high: who labels nothing gets them. */
static const struct {
	const char *key; /* of [tier] */
	const char *medium, *low;
} presets[] = {
	{"max_stay", "90d", "365d"},
	{"idle_limit", "90d", "90d"},
	{"review_every", "180d", "0"},
	{"sponsor_required", "yes", "no"},
};

const char *gp_label_default(enum gp_label label, const struct gp_key *key)
{
	if (strcmp(key->section, "tier") != 0 ||
	    (label != GP_LABEL_MEDIUM && label != GP_LABEL_LOW))
		return key->def;
	for (size_t i = 0; i < sizeof(presets) / sizeof(presets[0]); i++)
		if (strcmp(presets[i].key, key->name) == 0)
			return label == GP_LABEL_LOW ? presets[i].low : presets[i].medium;
	return key->def;
}

const char *gp_label_name(enum gp_label label)
{
	switch (label) {
	case GP_LABEL_LOW:
		return "low";
	case GP_LABEL_MEDIUM:
		return "medium";
	case GP_LABEL_HIGH:
		break;
	}
	return "high";
}
