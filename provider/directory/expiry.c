/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/expiry.h"

#include "contract/directory.h"

#include "contract/ban.h"

#define DAY_S ((int64_t)86400)

static bool is_by_membership_alone(const struct gp_config *config)
{
	for (size_t i = 0; i < config->access_groups_len && i < GP_CONFIG_GROUPS_MAX; i++) {
		if (config->access_bases[i].basis != GP_BASIS_GROUP) {
			return false;
		}
	}
	return config->access_groups_len > 0;
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

int64_t gp_expiry_end(const struct gp_config *config, int64_t first_seen_s, int64_t pass_end_s)
{
	int64_t end = pass_end_s != 0 ? pass_end_s : INT64_MAX;
	/* Passes of other kinds may begin anew, so nothing bounds them that is known here. */
	if (config->max_stay_s != 0 && first_seen_s > 0 &&
	    first_seen_s < INT64_MAX - config->max_stay_s && is_by_membership_alone(config)) {
		end = earlier(end, first_seen_s + config->max_stay_s);
	}
	return config->project_end_s != 0 ? earlier(end, config->project_end_s) : end;
}

int32_t gp_expiry_day(int64_t end_s)
{
	if (end_s == INT64_MAX) {
		return GP_DIRECTORY_NO_EXPIRY;
	}
	int64_t day = end_s / DAY_S + (end_s % DAY_S > 0);
	/* Day 0 is read as "never" by some. */
	return day < 1 ? 1 : day > GP_DIRECTORY_EXPIRY_MAX ? GP_DIRECTORY_EXPIRY_MAX : (int32_t)day;
}
