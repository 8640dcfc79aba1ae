/* SPDX-License-Identifier: Apache-2.0 */
/* Arbitrary bytes as ids.conf: whatever is accepted must keep the floors that nothing may lower. */
#include <stdint.h>
#include <stdlib.h>

#include "contract/ids_conf.h"
#include "contract/text.h"

#include "contract/ban.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct gp_ids_rules rules;
	struct gp_error err = {0};
	struct gp_str text = {(const char *)data, len};

	if (gp_ids_conf_parse(text, "ids.conf", &rules, &err) != GP_ST_OK) {
		/* Nothing of the file reaches a terminal raw. */
		if (err.text[0] == '\0' || !gp_text_is_safe(gp_str_from(err.text), GP_TEXT_LINE))
			abort();
		return 0;
	}
	if (rules.uid_base < GP_DIRECTORY_NUMBER_FLOOR || rules.uid_size == 0 ||
	    rules.gid_base < GP_DIRECTORY_NUMBER_FLOOR || rules.gid_size == 0 ||
	    rules.home_count == 0 || rules.home_count > GP_IDS_PATHS_MAX ||
	    rules.shell_count == 0 || rules.shell_count > GP_IDS_PATHS_MAX ||
	    strlen(rules.group_prefix) < 2)
		abort();
	for (size_t i = 0; i < rules.adopted_user_count; i++)
		if (rules.adopted_users[i].number < GP_DIRECTORY_NUMBER_FLOOR)
			abort();
	if (gp_ids_user_ok(&rules, GP_STR("root"), 0) ||
	    gp_ids_group_ok(&rules, GP_STR("sudo"), 27) ||
	    gp_ids_group_ok(&rules, GP_STR("sudo"), rules.gid_base) ||
	    gp_ids_home_ok(&rules, GP_STR("/")) || gp_ids_shell_ok(&rules, GP_STR("")))
		abort();
	return 0;
}
