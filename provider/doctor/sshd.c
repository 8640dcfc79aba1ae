/* SPDX-License-Identifier: Apache-2.0 */
/* What sshd would do with a guest, as "sshd -T" says, beside what the configuration asks for. */
#include <stdlib.h>

#include "doctor/doctor.h"
#include "doctor/sshd_settings.h"

#include "contract/ban.h"

#define OUTPUT_MAX (256U << 10)
/* Only our file has it, so it tells whether the file's block for guests holds at all. */
#define MARK_KEY   "AcceptEnv"
#define MARK_VALUE "GUESTPASS_NONE"

/* These have findings of their own. */
static const char *const own[] = {"UsePAM", "KbdInteractiveAuthentication", "AuthenticationMethods",
				  "LoginGraceTime", MARK_KEY};

static bool has_own(struct gp_str key)
{
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (gp_str_equal_nocase(key, gp_str_from(own[i])))
			return true;
	return false;
}

static bool is_yes(struct gp_str value)
{
	return gp_str_equal_nocase(value, GP_STR("yes"));
}

static bool is_one_of_values(const struct gp_sshd_settings *settings, const char *key,
			     const char *value)
{
	for (size_t i = 0; i < settings->count; i++)
		if (gp_str_equal_nocase(settings->settings[i].key, gp_str_from(key)) &&
		    gp_str_is(settings->settings[i].value, value))
			return true;
	return false;
}

static void look_at_grace(struct gp_doctor *d, struct gp_str wanted, struct gp_str effective)
{
	uint64_t asked = 0;
	uint64_t given = 0;
	if (!gp_sshd_time(wanted, &asked) || !gp_sshd_time(effective, &given))
		gp_doctor_unseen(d, "LoginGraceTime: sshd says '%.*s'", GP_STR_ARGS(effective));
	else if (given != 0 && given < asked) /* 0: no limit */
		gp_doctor_find(d, GP_FINDING_SSHD_GRACE,
			       "LoginGraceTime is %llu seconds, not %llu: what a guest does in the "
			       "browser takes longer",
			       (unsigned long long)given, (unsigned long long)asked);
}

/* Everything else that our file has. A keyword that this sshd does not print it does not have. */
static void look_at_rest(struct gp_doctor *d, const struct gp_sshd_settings *wanted,
			 const struct gp_sshd_settings *effective)
{
	gp_buf_auto struct gp_buf text = GP_BUF(GP_FINDING_TEXT_MAX);
	for (size_t i = 0; i < wanted->count; i++) {
		const struct gp_sshd_setting *w = &wanted->settings[i];
		char key[64];
		if (has_own(w->key) || gp_copy(key, sizeof(key), w->key) != GP_ST_OK)
			continue;
		struct gp_str value = gp_sshd_value(effective, key);
		if (value.ptr == NULL || gp_str_equal_nocase(value, w->value))
			continue;
		gp_buf_printf(&text, "%s%s is '%.*s', not '%.*s'", text.len > 0 ? "; " : "", key,
			      GP_STR_ARGS(value), GP_STR_ARGS(w->value));
	}
	if (text.bad)
		gp_doctor_find(d, GP_FINDING_SSHD_DIFFERS,
			       "many settings for guests are not those of guestpass sshd-config");
	else if (text.len > 0)
		gp_doctor_find(d, GP_FINDING_SSHD_DIFFERS, "%s", gp_buf_get(&text));
}

/* Does the host's name service as a whole know it? */
static bool is_known(struct gp_doctor *d, const char *database, const char *name)
{
	gp_buf_auto struct gp_buf out = GP_BUF(OUTPUT_MAX);
	const char *const argv[] = {"/usr/bin/getent", database, name, NULL};
	int code = 0;
	return d->run(d->run_arg, argv, &out, &code) == GP_ST_OK && code == 0;
}

/* sshd does not take a block for a group that the host has no name for; then the fault is not
 * sshd's, and the check nss tells it. */
static void tell_no_block(struct gp_doctor *d, const struct gp_doctor_guest *guest)
{
	char group[GP_DIRECTORY_PREFIX_MAX + sizeof("guests")];
	if (d->rules == NULL || gp_ids_guests_group(d->rules, group, sizeof(group)) != GP_ST_OK)
		return;
	if (!is_known(d, "passwd", guest->name) || !is_known(d, "group", group))
		gp_doctor_unseen(d, "what sshd does for guests: the host knows no %s or no %s",
				 guest->name, group);
	else
		gp_doctor_find(d, GP_FINDING_SSHD_FILE,
			       "for guests sshd does not take what guestpass sshd-config writes");
}

static void compare(struct gp_doctor *d, const struct gp_doctor_guest *guest,
		    const struct gp_sshd_settings *wanted, const struct gp_sshd_settings *effective)
{
	struct gp_str methods = gp_sshd_value(effective, "AuthenticationMethods");
	struct gp_str wanted_methods = gp_sshd_value(wanted, "AuthenticationMethods");
	if (!is_one_of_values(effective, MARK_KEY, MARK_VALUE)) {
		tell_no_block(d, guest);
		return;
	}
	if (!is_yes(gp_sshd_value(effective, "UsePAM")))
		gp_doctor_find(d, GP_FINDING_SSHD_PAM, "UsePAM is not yes");
	if (!is_yes(gp_sshd_value(effective, "KbdInteractiveAuthentication")))
		gp_doctor_find(d, GP_FINDING_SSHD_QUESTIONS,
			       "KbdInteractiveAuthentication is not yes");
	if (!gp_str_equal_nocase(methods, wanted_methods))
		gp_doctor_find(d, GP_FINDING_SSHD_METHODS,
			       "AuthenticationMethods is '%.*s', not '%.*s'", GP_STR_ARGS(methods),
			       GP_STR_ARGS(wanted_methods));
	look_at_grace(d, gp_sshd_value(wanted, "LoginGraceTime"),
		      gp_sshd_value(effective, "LoginGraceTime"));
	look_at_rest(d, wanted, effective);
}

/* The first line of what sshd complained about. Where systemd starts it for each connection its
 * directory in /run is there only meanwhile, and that is no fault. */
static void tell_invalid(struct gp_doctor *d, const struct gp_buf *out)
{
	if (strstr(gp_buf_get(out), "Missing privilege separation directory") != NULL) {
		gp_doctor_unseen(d, "what sshd does for guests: sshd -T needs /run/sshd: mkdir -m "
				    "755 /run/sshd and ask again");
		return;
	}
	struct gp_str text = {gp_buf_get(out), out->len};
	struct gp_str line = text.len > 0 ? gp_str_take_line(&text) : GP_STR("it says nothing");
	int shown = line.len > 300 ? 300 : (int)line.len;
	gp_doctor_find(d, GP_FINDING_SSHD_INVALID, "sshd -T fails: %.*s", shown, line.ptr);
}

static void look_for(struct gp_doctor *d, const struct gp_doctor_guest *guest,
		     struct gp_sshd_settings *wanted, struct gp_sshd_settings *effective)
{
	char who[GP_DIRECTORY_NAME_MAX + 96];
	gp_buf_auto struct gp_buf out = GP_BUF(OUTPUT_MAX);
	int code = 0;
	/* The addresses are for documentation: they are in no Match of anybody. All are said, since
	 * sshd gives up at a Match that asks for one which is not. */
	if (gp_format(who, sizeof(who),
		      "user=%s,host=h.invalid,addr=192.0.2.1,laddr=192.0.2.2,lport=22",
		      guest->name) != GP_ST_OK)
		return;
	const char *const argv[] = {"/usr/sbin/sshd", "-T", "-C", who, NULL};
	enum gp_status st = d->run(d->run_arg, argv, &out, &code);
	if (st != GP_ST_OK) {
		gp_doctor_unseen(d, "/usr/sbin/sshd -T: %s", gp_status_name(st));
		return;
	}
	if (code != 0) {
		tell_invalid(d, &out);
		return;
	}
	gp_sshd_wanted(gp_str_from(d->sshd_text), guest, wanted);
	gp_sshd_effective((struct gp_str){gp_buf_get(&out), out.len}, effective);
	compare(d, guest, wanted, effective);
}

void gp_doctor_sshd(struct gp_doctor *d)
{
	if (d->sshd_text == NULL) {
		gp_doctor_unseen(d, "what sshd should do for guests: guestpass.conf or ids.conf "
				    "cannot be read");
		return;
	}
	if (d->guest_count == 0) {
		gp_doctor_unseen(d, "what sshd does for guests: none is published");
		return;
	}
	struct gp_sshd_settings *both = calloc(2, sizeof(*both));
	if (both == NULL) {
		gp_doctor_unseen(d, "out of memory");
		return;
	}
	/* The same finding for each of them is told once. */
	for (size_t i = 0; i < d->guest_count; i++)
		look_for(d, &d->guests[i], &both[0], &both[1]);
	free(both);
}
