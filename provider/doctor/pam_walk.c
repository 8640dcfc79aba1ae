/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/pam_walk.h"

#include <security/_pam_types.h>

#include "contract/ban.h"

#define ANSWERS_MAX 6

/* Linux-PAM: nothing was said yet, something good, something bad. */
enum impression {
	UNDEFINED = 0,
	POSITIVE,
	NEGATIVE,
};

/* Where a walk is. What else Linux-PAM keeps decides nothing about success. */
struct state {
	size_t at;
	enum impression impression;
	bool good; /* the status is PAM_SUCCESS */
	bool asked;
};

struct walk {
	const struct gp_pam_stack *stack;
	enum gp_pam_type type;
	enum gp_pam_who who;
	struct gp_pam_outcome *out;
	/* which states were met: [at][impression][good][asked] */
	bool met[GP_PAM_ENTRIES_MAX + 1][3][2][2];
	size_t count;
	struct state open[(GP_PAM_ENTRIES_MAX + 1) * 12];
};

struct answers {
	size_t count;
	int code[ANSWERS_MAX];
};

#define ANSWERS(...) ((struct answers){sizeof((int[]){__VA_ARGS__}) / sizeof(int), {__VA_ARGS__}})

bool gp_pam_is_ours(const struct gp_pam_entry *entry)
{
	return !entry->broken && strcmp(entry->module, GP_PAM_OURS) == 0 &&
	       gp_pam_option(entry, "is_guest").ptr == NULL;
}

static bool is_guest(enum gp_pam_who who)
{
	return who == GP_PAM_GUEST_ADMITTED || who == GP_PAM_GUEST_REFUSED;
}

static bool is_one_of(const char *module, const char *const *names)
{
	while (*names != NULL && strcmp(module, *names) != 0)
		names++;
	return *names != NULL;
}

static struct answers ours(enum gp_pam_who who, bool whole_task)
{
	switch (who) {
	case GP_PAM_GUEST_ADMITTED:
		return ANSWERS(PAM_SUCCESS);
	case GP_PAM_GUEST_REFUSED:
		return whole_task ? ANSWERS(PAM_AUTH_ERR, PAM_PERM_DENIED, PAM_SESSION_ERR,
					    PAM_AUTHINFO_UNAVAIL)
				  : ANSWERS(PAM_SUCCESS);
	case GP_PAM_LOCAL:
		return ANSWERS(PAM_USER_UNKNOWN);
	case GP_PAM_LOCAL_NO_MODULE:
		return ANSWERS(PAM_MODULE_UNKNOWN);
	case GP_PAM_LOCAL_WITHOUT:
		break;
	}
	return ANSWERS(PAM_IGNORE);
}

/* What a module can answer for a guest. Its own name service knows no guest (that is looked at
 * elsewhere), and no guest has a password, is root or in /etc/passwd. */
static struct answers others_for_guest(const char *module, enum gp_pam_type type)
{
	static const char *const never[] = {"pam_localuser.so", "pam_rootok.so", "pam_usertype.so",
					    NULL};
	static const char *const passwords[] = {"pam_unix.so",    "pam_sss.so",  "pam_ldap.so",
						"pam_winbind.so", "pam_krb5.so", NULL};
	if (is_one_of(module, never))
		return ANSWERS(PAM_AUTH_ERR, PAM_PERM_DENIED);
	if (type == GP_PAM_AUTH && is_one_of(module, passwords))
		return ANSWERS(PAM_AUTH_ERR, PAM_USER_UNKNOWN, PAM_AUTHINFO_UNAVAIL);
	return ANSWERS(PAM_SUCCESS, PAM_IGNORE, PAM_USER_UNKNOWN, PAM_AUTH_ERR, PAM_ACCT_EXPIRED);
}

static struct answers answers_of(const struct walk *w, const struct gp_pam_entry *entry)
{
	if (entry->broken)
		return ANSWERS(PAM_PERM_DENIED);
	if (strcmp(entry->module, GP_PAM_OURS) == 0) {
		if (w->who == GP_PAM_LOCAL_NO_MODULE && entry->silent)
			return ANSWERS(PAM_IGNORE);
		return ours(w->who, gp_pam_is_ours(entry));
	}
	if (strcmp(entry->module, "pam_permit.so") == 0)
		return ANSWERS(PAM_SUCCESS);
	if (strcmp(entry->module, "pam_deny.so") == 0)
		return ANSWERS(PAM_AUTH_ERR);
	if (is_guest(w->who))
		return others_for_guest(entry->module, w->type);
	return ANSWERS(PAM_SUCCESS, PAM_IGNORE, PAM_USER_UNKNOWN, PAM_AUTH_ERR);
}

static void visit(struct walk *w, struct state s)
{
	bool *met = &w->met[s.at][s.impression][s.good][s.asked];
	if (*met)
		return;
	*met = true;
	w->open[w->count++] = s;
}

/* Behind the substack, or the stack, that AT is in. */
static size_t end_of_level(const struct gp_pam_stack *stack, size_t at)
{
	int level = stack->entries[at].level;
	do
		at++;
	while (at < stack->count && stack->entries[at].level >= level);
	return at;
}

/* Where a jump over N modules of the level of AT ends; *LEFT of them were not there. */
static size_t jump(const struct gp_pam_stack *stack, size_t at, int n, int *left)
{
	int level = stack->entries[at].level;
	while (n > 0 && at + 1 < stack->count && stack->entries[at + 1].level >= level) {
		do
			at++;
		while (at + 1 < stack->count && stack->entries[at + 1].level > level);
		n--;
	}
	*left = n;
	return at + 1;
}

/* Linux-PAM's _pam_dispatch_aux(), for one answer of the module at S. */
static void step(struct walk *w, struct state s, int code)
{
	const struct gp_pam_entry *entry = &w->stack->entries[s.at];
	int action = entry->action[code];
	size_t next = s.at + 1;
	bool ends = false;
	int left = 0;
	if (entry->broken)
		action = GP_PAM_BAD;
	if (code == PAM_IGNORE && w->who == GP_PAM_LOCAL_WITHOUT && gp_pam_is_ours(entry))
		action = GP_PAM_IGNORE;
	if (action == GP_PAM_OK || action == GP_PAM_DONE) {
		if ((s.impression == UNDEFINED || (s.impression == POSITIVE && s.good)) &&
		    code != PAM_IGNORE) {
			s.impression = POSITIVE;
			s.good = code == PAM_SUCCESS;
		}
		ends = action == GP_PAM_DONE && s.impression == POSITIVE;
	} else if (action == GP_PAM_BAD || action == GP_PAM_DIE) {
		s.impression = NEGATIVE;
		s.good = false;
		ends = action == GP_PAM_DIE;
	} else if (action == GP_PAM_RESET) {
		s.impression = UNDEFINED;
		s.good = false;
	} else if (action > 0) {
		next = jump(w->stack, s.at, action, &left);
	}
	if (left > 0) { /* it leads out of the stack */
		s.impression = NEGATIVE;
		s.good = false;
	}
	s.asked = s.asked || gp_pam_is_ours(entry);
	s.at = ends ? end_of_level(w->stack, s.at) : next;
	visit(w, s);
}

void gp_pam_walk(const struct gp_pam_stack *stack, enum gp_pam_type type, enum gp_pam_who who,
		 struct gp_pam_outcome *out)
{
	struct walk w = {.stack = stack, .type = type, .who = who, .out = out};
	*out = (struct gp_pam_outcome){0};
	visit(&w, (struct state){0});
	while (w.count > 0) {
		struct state s = w.open[--w.count];
		if (s.at == stack->count) {
			if (s.impression == POSITIVE && s.good && s.asked)
				out->success_asked = true;
			if (s.impression == POSITIVE && s.good && !s.asked)
				out->success_unasked = true;
			continue;
		}
		out->reached[s.at] = true;
		out->before[s.at] = out->before[s.at] || !s.asked;
		struct answers answers = answers_of(&w, &stack->entries[s.at]);
		for (size_t i = 0; i < answers.count; i++)
			step(&w, s, answers.code[i]);
	}
}
