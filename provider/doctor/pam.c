/* SPDX-License-Identifier: Apache-2.0 */
/* Do the PAM stacks ask us, keep to what we say, and leave local accounts alone? */
#include <stdlib.h>

#include "doctor/doctor.h"
#include "doctor/pam_walk.h"

#include "contract/ban.h"

#define TYPES 3 /* auth, account, session */

/* The services that a guest can come to, and in which of their stacks we must be asked. su, sudo
 * and the like ask us so that a guest does not become another; cron and at so that no job of a
 * guest runs without a sign-in. */
static const struct {
	const char *name;
	bool needs[TYPES];
	bool admits; /* guests come in here */
} services[] = {
	{"sshd", {true, true, true}, true},        {"login", {false, true, false}, false},
	{"su", {false, true, false}, false},       {"su-l", {false, true, false}, false},
	{"sudo", {false, true, false}, false},     {"sudo-i", {false, true, false}, false},
	{"cron", {false, true, false}, false},     {"crond", {false, true, false}, false},
	{"atd", {false, true, false}, false},      {"systemd-user", {false, true, false}, false},
	{"polkit-1", {false, true, false}, false},
};

/* What was found so far, so that a fault in common-auth is told once for all its services. */
struct hit {
	enum gp_finding_id id;
	enum gp_pam_type type;
	char where[GP_PAM_NAME + 24]; /* the line */
	char services[160];
};

struct look {
	struct gp_doctor *d;
	struct gp_pam_stack *stack;
	const char *service;
	enum gp_pam_type type;
	size_t count;
	struct hit hits[64];
};

static char *open_file(void *arg, const char *name, size_t *len)
{
	static const char *const directories[] = {"/etc/pam.d/", "/usr/lib/pam.d/"};
	const struct gp_doctor *d = arg;
	char path[GP_CONFIG_PATH];
	bool absent = false;
	if (name[0] == '/')
		return gp_doctor_read(d, name, len, &absent);
	if (strchr(name, '/') != NULL)
		return NULL;
	for (size_t i = 0; i < sizeof(directories) / sizeof(directories[0]); i++) {
		if (gp_format(path, sizeof(path), "%s%s", directories[i], name) != GP_ST_OK)
			return NULL;
		char *text = gp_doctor_read(d, path, len, &absent);
		if (text != NULL || !absent)
			return text;
	}
	return NULL;
}

/* ENTRY may be NULL: the whole stack. */
static void hit(struct look *l, enum gp_finding_id id, const struct gp_pam_entry *entry)
{
	struct hit new = {.id = id, .type = l->type};
	if (entry != NULL &&
	    gp_format(new.where, sizeof(new.where), " (%s:%zu: %s)", entry->file, entry->line,
		      entry->broken ? "cannot be read" : entry->module) != GP_ST_OK)
		new.where[0] = '\0';
	size_t i = 0;
	while (i < l->count && (l->hits[i].id != id || l->hits[i].type != l->type ||
				strcmp(l->hits[i].where, new.where) != 0))
		i++;
	if (i == sizeof(l->hits) / sizeof(l->hits[0]))
		return;
	if (i == l->count)
		l->hits[l->count++] = new;
	struct hit *at = &l->hits[i];
	size_t len = strlen(at->services);
	/* What has no room is a service less in the text. */
	if (gp_format(at->services + len, sizeof(at->services) - len, "%s%s", len > 0 ? ", " : "",
		      l->service) != GP_ST_OK)
		at->services[len] = '\0';
}

static const char *phrase(enum gp_finding_id id)
{
	switch (id) {
	case GP_FINDING_PAM_BYPASS:
		return "can succeed for a guest before pam_guestpass is asked";
	case GP_FINDING_PAM_NOT_FINAL:
		return "can succeed for a guest whom pam_guestpass refuses";
	case GP_FINDING_PAM_NEVER_ADMITS:
		return "fails for a guest whom pam_guestpass admits";
	case GP_FINDING_PAM_LOCAL:
		return "fails for whoever is no guest, because of pam_guestpass";
	case GP_FINDING_PAM_NO_MODULE_LOCAL:
		return "fails for whoever is no guest if pam_guestpass.so is missing";
	case GP_FINDING_PAM_PASSWORD_FIRST:
		return "asks for a password before pam_guestpass";
	case GP_FINDING_PAM_OPTION:
		return "has an option that pam_guestpass does not know, or is_guest where it may "
		       "not be";
	case GP_FINDING_PAM_HOME:
		return "makes no home directory for a guest";
	default:
		return "does not ask pam_guestpass";
	}
}

static void tell(const struct look *l)
{
	for (size_t i = 0; i < l->count; i++)
		gp_doctor_find(l->d, l->hits[i].id, "%s: %s %s%s", l->hits[i].services,
			       gp_pam_type_name(l->hits[i].type), phrase(l->hits[i].id),
			       l->hits[i].where);
}

static const struct gp_pam_entry *find_ours(const struct gp_pam_stack *stack)
{
	for (size_t i = 0; i < stack->count; i++)
		if (gp_pam_is_ours(&stack->entries[i]))
			return &stack->entries[i];
	return NULL;
}

static bool options_ok(const struct gp_pam_entry *entry, enum gp_pam_type type)
{
	struct gp_str s = gp_str_from(entry->options);
	while (s.len > 0) {
		const char *blank = memchr(s.ptr, ' ', s.len);
		struct gp_str word = {s.ptr, blank != NULL ? (size_t)(blank - s.ptr) : s.len};
		size_t used = word.len + (blank != NULL ? 1 : 0);
		uint64_t n = 0;
		s = (struct gp_str){s.ptr + used, s.len - used};
		if (gp_str_is(word, "debug") ||
		    (gp_str_is(word, "is_guest") && type == GP_PAM_SESSION))
			continue;
		if (!gp_str_starts(word, "timeout=") ||
		    gp_parse_u64((struct gp_str){word.ptr + 8, word.len - 8}, 900, &n) !=
			    GP_ST_OK ||
		    n < 10)
			return false;
	}
	return true;
}

/* What keeps a guest's home: whichever of the usual modules can be reached. */
static bool makes_home(const struct gp_pam_stack *stack, const struct gp_pam_outcome *outcome)
{
	static const char *const names[] = {"pam_mkhomedir.so", "pam_oddjob_mkhomedir.so",
					    "pam_systemd_home.so", "pam_mount.so"};
	for (size_t i = 0; i < stack->count; i++)
		for (size_t k = 0; k < sizeof(names) / sizeof(names[0]); k++)
			if (outcome->reached[i] && strcmp(stack->entries[i].module, names[k]) == 0)
				return true;
	return false;
}

static void look_for_password(struct look *l, const struct gp_pam_outcome *outcome)
{
	static const char *const names[] = {"pam_unix.so",    "pam_sss.so",  "pam_ldap.so",
					    "pam_winbind.so", "pam_krb5.so", "pam_pwquality.so"};
	for (size_t i = 0; i < l->stack->count; i++)
		for (size_t k = 0; k < sizeof(names) / sizeof(names[0]); k++)
			if (outcome->before[i] &&
			    strcmp(l->stack->entries[i].module, names[k]) == 0) {
				hit(l, GP_FINDING_PAM_PASSWORD_FIRST, &l->stack->entries[i]);
				return;
			}
}

static void look_at_guests(struct look *l, const struct gp_pam_entry *us, bool admits)
{
	struct gp_pam_outcome admitted;
	struct gp_pam_outcome refused;
	gp_pam_walk(l->stack, l->type, GP_PAM_GUEST_ADMITTED, &admitted);
	gp_pam_walk(l->stack, l->type, GP_PAM_GUEST_REFUSED, &refused);
	if (admitted.success_unasked)
		hit(l, GP_FINDING_PAM_BYPASS, NULL);
	else if (refused.success_asked)
		hit(l, GP_FINDING_PAM_NOT_FINAL, us);
	else if (admits && !admitted.success_asked)
		hit(l, GP_FINDING_PAM_NEVER_ADMITS, us);
	if (admits && l->type == GP_PAM_AUTH)
		look_for_password(l, &admitted);
	if (admits && l->type == GP_PAM_SESSION && admitted.success_asked &&
	    !makes_home(l->stack, &admitted))
		hit(l, GP_FINDING_PAM_HOME, NULL);
}

static bool succeeds(const struct look *l, enum gp_pam_who who)
{
	struct gp_pam_outcome outcome;
	gp_pam_walk(l->stack, l->type, who, &outcome);
	return outcome.success_asked || outcome.success_unasked;
}

/* A stack that lets nobody in without us either is not our fault. */
static void look_at_locals(struct look *l, const struct gp_pam_entry *us)
{
	if (!succeeds(l, GP_PAM_LOCAL_WITHOUT))
		return;
	if (!succeeds(l, GP_PAM_LOCAL))
		hit(l, GP_FINDING_PAM_LOCAL, us);
	else if (!succeeds(l, GP_PAM_LOCAL_NO_MODULE))
		hit(l, GP_FINDING_PAM_NO_MODULE_LOCAL, us);
}

static void look_at_stack(struct look *l, bool needed, bool admits)
{
	static const enum gp_finding_id missing[TYPES] = {GP_FINDING_PAM_AUTH_MISSING,
							  GP_FINDING_PAM_ACCOUNT_MISSING,
							  GP_FINDING_PAM_SESSION_MISSING};
	const struct gp_pam_entry *us = find_ours(l->stack);
	if (us == NULL && !needed)
		return;
	for (size_t i = 0; i < l->stack->count; i++)
		if (strcmp(l->stack->entries[i].module, GP_PAM_OURS) == 0 &&
		    !options_ok(&l->stack->entries[i], l->type)) {
			hit(l, GP_FINDING_PAM_OPTION, &l->stack->entries[i]);
			return;
		}
	if (us == NULL) {
		/* Where nobody can succeed there is nothing to ask us for. */
		if (admits || succeeds(l, GP_PAM_LOCAL))
			hit(l, missing[l->type], NULL);
		return;
	}
	look_at_guests(l, us, admits);
	look_at_locals(l, us);
}

void gp_doctor_pam(struct gp_doctor *d)
{
	struct look *l = calloc(1, sizeof(*l));
	struct gp_pam_stack *stack = calloc(1, sizeof(*stack));
	if (l == NULL || stack == NULL) {
		gp_doctor_unseen(d, "out of memory");
		goto out;
	}
	l->d = d;
	l->stack = stack;
	for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++)
		for (int type = GP_PAM_AUTH; type < TYPES; type++) {
			l->service = services[i].name;
			l->type = (enum gp_pam_type)type;
			if (!gp_pam_read(open_file, d, l->service, l->type, stack)) {
				/* A service that is not installed has no file. */
				if (services[i].admits && type == GP_PAM_AUTH)
					gp_doctor_unseen(d,
							 "there is no readable file %s in "
							 "/etc/pam.d",
							 l->service);
				continue;
			}
			if (!stack->whole)
				gp_doctor_unseen(d, "the stack %s of %s is too long",
						 gp_pam_type_name(l->type), l->service);
			else
				look_at_stack(l, services[i].needs[type], services[i].admits);
		}
	tell(l);
out:
	free(l);
	free(stack);
}
