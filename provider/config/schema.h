/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every key of guestpass.conf(5), one row each: where it is written, what it may say, what holds
 * when it is not set, and what a drop-in may do with it. Everything else in this room walks the
 * table.
 */
#ifndef GP_CONFIG_SCHEMA_H
#define GP_CONFIG_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "contract/status.h"
#include "contract/str.h"

#define GP_SCHEMA_MAX 96

enum gp_key_type {
	GP_KEY_GUID,
	GP_KEY_GUIDS,     /* a list */
	GP_KEY_LITERALS,  /* a list of words without blanks */
	GP_KEY_SERVICES,  /* a list of PAM service names */
	GP_KEY_DOMAINS,   /* a list of mail domains, kept in lower case */
	GP_KEY_CLASSES,   /* a list of classes of users */
	GP_KEY_ACCESS,    /* a list of groups, each with the basis of its passes */
	GP_KEY_NETWORKS,  /* a list of networks or addresses */
	GP_KEY_CREATIONS, /* a list of ways in which accounts come to be */
	GP_KEY_CHECKS,    /* a list of checks that may only report */
	GP_KEY_TEMPLATE,  /* of login names */
	GP_KEY_ORIGIN,    /* https://host[:port], nothing after it */
	GP_KEY_PREFIX,    /* an https URL that ends in a slash */
	GP_KEY_LINK,      /* any https URL */
	GP_KEY_PROXY,     /* http://host[:port] or https://... */
	GP_KEY_SCOPE,     /* api://something/word or <GUID>/word */
	GP_KEY_PATH,      /* absolute */
	GP_KEY_ACCOUNT,   /* the name of a local account */
	GP_KEY_GROUP,     /* the name of a mapped group */
	GP_KEY_WORD,      /* a short name of ours */
	GP_KEY_CONTEXT,   /* of an authentication context: c1 to c99 */
	GP_KEY_LABEL,     /* text for people */
	GP_KEY_HOURS,     /* config/hours.h */
	GP_KEY_NUMBER,
	GP_KEY_DURATION, /* seconds, written 90d, 12h, 30m or 10s */
	GP_KEY_DATE,     /* the end of a day in UTC, written 2026-12-31; 0: none */
	GP_KEY_YES_NO,
	GP_KEY_CLOUD,
	GP_KEY_LEVEL,
	GP_KEY_GUESTS,
	GP_KEY_TIER_LABEL,
	GP_KEY_CHOICE, /* one of WORDS, kept as its place among them */
};

/* What a drop-in may do. Saying again what the main file says is always allowed. */
enum gp_key_rule {
	GP_RULE_FIXED = 0, /* nothing else */
	GP_RULE_SMALLER,  /* a smaller number; "never" instead of "allowed", "no" instead of "local"
			   */
	GP_RULE_SUBSET,   /* fewer of the same elements */
	GP_RULE_SUPERSET, /* more elements */
	GP_RULE_NARROWER, /* fewer of the same elements, but not none: nothing set restricts nothing
			   */
	GP_RULE_SHORTER,  /* a shorter time, or an earlier day; 0 is no limit */
	GP_RULE_YES,      /* "yes" instead of "no" */
	GP_RULE_ONCE,     /* anything where nothing was set before */
};

struct gp_key {
	const char *section;
	const char *name;
	enum gp_key_type type;
	enum gp_key_rule rule;
	size_t offset; /* of the member in struct gp_config */
	size_t size;   /* of the member, or of one element of a list */
	size_t count;  /* lists: offset of the number of elements */
	size_t most;   /* lists: how many there may be */
	uint32_t min;  /* numbers */
	uint32_t max;
	const char *const *words; /* choices: up to a NULL, the strictest first */
	const char *def;          /* as it would be written in the file; NULL: nothing */
	bool required;
	const char *doc; /* half a sentence for messages */
};

extern const struct gp_key gp_schema[];
extern const size_t gp_schema_len; /* at most GP_SCHEMA_MAX */

/* The index of a key, or GP_SCHEMA_MAX. */
size_t gp_schema_find(struct gp_str section, struct gp_str name);
size_t gp_schema_index(const char *section, const char *name);
bool gp_schema_has_section(struct gp_str section);

/* The key or section that is spelled most like NAME, or NULL when none is near. A key of SECTION
 * wins over an equally near one elsewhere. */
const struct gp_key *gp_schema_nearest(struct gp_str section, struct gp_str name);
const char *gp_schema_nearest_section(struct gp_str section);

static inline bool gp_key_is_list(const struct gp_key *key)
{
	return key->type == GP_KEY_GUIDS || key->type == GP_KEY_LITERALS ||
	       key->type == GP_KEY_SERVICES || key->type == GP_KEY_CLASSES ||
	       key->type == GP_KEY_DOMAINS || key->type == GP_KEY_ACCESS ||
	       key->type == GP_KEY_NETWORKS || key->type == GP_KEY_CREATIONS ||
	       key->type == GP_KEY_CHECKS;
}

#endif
