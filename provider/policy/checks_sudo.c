/* SPDX-License-Identifier: Apache-2.0 */
/* May a guest who is logged in become somebody else? */
#include "base/clock.h"
#include "policy/checks.h"

#include "contract/ban.h"

int64_t gp_sudo_end(const struct gp_config *config, const struct gp_pass_facts *passes,
		    int64_t now_s)
{
	int64_t end_s = INT64_MIN;
	if (config->sudo_basis == GP_SUDO_GROUP) {
		return INT64_MAX;
	}
	for (size_t i = 0; i < passes->objects_len; i++) {
		const struct gp_pass_object *o = &passes->objects[i];
		bool holds = o->basis == GP_BASIS_PIM && strcmp(o->of, config->sudo_group) == 0 &&
			     o->begin_s <= now_s && now_s < o->end_s;
		if (holds && o->end_s > end_s) {
			end_s = o->end_s;
		}
	}
	return end_s;
}

static void look_member(const struct gp_facts *f, struct gp_check *check)
{
	char end[GP_TIME_TEXT] = "no end";
	char seen[96];
	int64_t end_s = gp_sudo_end(f->config, &f->passes, f->now_s);
	if (f->config->sudo_basis == GP_SUDO_PIM && !f->passes.activations_read) {
		gp_check_input(check, NULL);
		gp_check_say(check, GP_CANNOT_TELL, "sudo-group-unknown");
		return;
	}
	if (end_s == INT64_MIN) {
		gp_check_input(check, "no activation");
		gp_check_say(check, GP_NO, "sudo-not-activated");
		return;
	}
	if (end_s != INT64_MAX) {
		gp_time_format(end_s, end);
	}
	if (gp_format(seen, sizeof(seen), "group=%s end=%s", f->config->sudo_group, end) !=
	    GP_ST_OK) {
		seen[0] = '\0';
	}
	gp_check_input(check, seen);
	gp_check_yes(check);
}

void gp_look_sudo(const struct gp_facts *f, struct gp_check *check)
{
	if (f->config == NULL) {
		gp_check_input(check, NULL);
		gp_check_say(check, GP_CANNOT_TELL, "tier-unknown");
		return;
	}
	if (!f->step_up) {
		gp_check_input(check, "nothing demanded");
		gp_check_yes(check);
		return;
	}
	gp_check_input(check, f->sudo_member == GP_TRUE    ? "member"
			      : f->sudo_member == GP_FALSE ? "no member"
							   : NULL);
	if (f->config->sudo_group[0] == '\0') {
		gp_check_say(check, GP_NO, "sudo-not-offered");
	} else if (!f->elevated) {
		gp_check_say(check, GP_NO, "elevation-demanded");
	} else if (f->sudo_member == GP_TRUE) {
		look_member(f, check);
	} else {
		gp_check_say(check, f->sudo_member == GP_FALSE ? GP_NO : GP_CANNOT_TELL,
			     f->sudo_member == GP_FALSE ? "not-in-sudo-group"
							: "sudo-group-unknown");
	}
}
