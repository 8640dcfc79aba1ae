/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tenant's location policies, for the one address that Entra does not see. What they demand of
 * this host is a refusal, or a sign-in for an API that has policies of its own; what this host
 * cannot know stays Entra's decision, which was made when it issued the token.
 */
#include <string.h>

#include "base/clock.h"
#include "policy/checks.h"

#include "contract/ban.h"

#define SKEW_S 300

static void location_input(const struct gp_facts *f, struct gp_check *check)
{
	char when[GP_TIME_TEXT];
	char seen[256];
	const struct gp_location *l = &f->location;
	gp_time_format(l->read_s, when);
	if (gp_format(seen, sizeof(seen), "%s%s%s%s%s%s policies of %s",
		      gp_ca_outcome_name(l->outcome), l->policy[0] != '\0' ? " by " : "", l->policy,
		      l->name[0] != '\0' ? " (" : "", l->name, l->name[0] != '\0' ? ")" : "",
		      l->read_s > 0 ? when : "never") != GP_ST_OK) {
		seen[0] = '\0';
	}
	gp_check_input(check, seen);
}

static void look_at_outcome(const struct gp_facts *f, struct gp_check *check)
{
	switch (f->location.outcome) {
	case GP_CA_NONE:
	case GP_CA_LEFT_TO_ENTRA:
		gp_check_yes(check);
		return;
	case GP_CA_DEMAND:
		if (f->elevated) {
			gp_check_yes(check);
		} else if (f->config->elevation_resource[0] == '\0') {
			gp_check_say(check, GP_NO, "location-needs-elevation");
		} else {
			gp_check_say(check, GP_NO, "elevation-demanded");
		}
		return;
	case GP_CA_BLOCK:
		gp_check_say(check, GP_NO, "location-blocked");
		return;
	case GP_CA_ADDRESS_UNKNOWN:
		if (f->config->ssh_location_unknown == GP_UNKNOWN_LOCATION_LEFT_TO_ENTRA) {
			gp_check_yes(check);
		} else {
			gp_check_say(check, GP_NO, "location-unknown");
		}
		return;
	case GP_CA_NOT_EVALUATED:
		break;
	}
	gp_check_say(check, GP_CANNOT_TELL, "policies-unread");
}

/* An outage uses the last complete read, for so long and no longer; one of the future is of a clock
 * that was set back since, and of no age. */
static bool is_too_old(const struct gp_facts *f)
{
	int64_t age_s = f->now_s - f->location.read_s;
	return f->location.read_s > 0 &&
	       (age_s > (int64_t)f->config->policy_max_age_s || age_s < -SKEW_S);
}

void gp_look_location(const struct gp_facts *f, struct gp_check *check)
{
	if (f->config == NULL) {
		gp_check_input(check, NULL);
		gp_check_say(check, GP_CANNOT_TELL, "tier-unknown");
		return;
	}
	if (f->config->ssh_location == GP_SSH_LOCATION_OFF) {
		gp_check_input(check, "nothing demanded");
		gp_check_yes(check);
		return;
	}
	check->report = f->config->ssh_location == GP_SSH_LOCATION_REPORT;
	location_input(f, check);
	if (is_too_old(f)) {
		gp_check_say(check, GP_CANNOT_TELL, "policies-too-old");
		return;
	}
	look_at_outcome(f, check);
}

/* Is WORD one of LIST, which has blanks between? */
static bool has_word(const char *list, const char *word)
{
	const size_t len = strlen(word);
	for (const char *at = strstr(list, word); at != NULL; at = strstr(at + 1, word)) {
		if ((at == list || at[-1] == ' ') && (at[len] == ' ' || at[len] == '\0')) {
			return true;
		}
	}
	return false;
}

/* Entra puts a context into a token when all policies on it are satisfied, and so when there is
 * none: the claim proves nothing unless one certainly applies (entra-facts 3.6). */
void gp_look_context(const struct gp_facts *f, struct gp_check *check)
{
	char seen[256];
	if (f->config == NULL) {
		gp_check_input(check, NULL);
		gp_check_say(check, GP_CANNOT_TELL, "tier-unknown");
		return;
	}
	if (f->config->auth_context[0] == '\0') {
		gp_check_input(check, "nothing demanded");
		gp_check_yes(check);
		return;
	}
	const char *have = f->identity != NULL ? f->identity->acrs : "";
	if (gp_format(seen, sizeof(seen), "%s asked, token has %s%s%s", f->config->auth_context,
		      have[0] != '\0' ? have : "none",
		      f->location.context_name[0] != '\0' ? ", protected by " : "",
		      f->location.context_name) != GP_ST_OK) {
		seen[0] = '\0';
	}
	gp_check_input(check, seen);
	bool known = f->identity != NULL && f->location.read_s != 0 && !is_too_old(f);
	if (known && !has_word(have, f->config->auth_context)) {
		gp_check_say(check, GP_NO, "context-missing");
	} else if (known && f->location.context == GP_FALSE) {
		gp_check_say(check, GP_NO, "context-unprotected");
	} else if (known && f->location.context == GP_TRUE) {
		gp_check_yes(check);
	} else {
		gp_check_say(check, GP_CANNOT_TELL, "context-unknown");
	}
}
