/* SPDX-License-Identifier: Apache-2.0 */
/* Arbitrary bytes as each of the files and outputs that doctor's checks take apart; the first byte
 * says which. */
#include <stdint.h>
#include <stdlib.h>

#include "doctor/nsswitch.h"
#include "doctor/pam_walk.h"
#include "doctor/sshd_settings.h"
#include "doctor/sudoers.h"

#include "contract/ban.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static struct gp_str input;
static size_t opened;

static void fuzz_nsswitch(void)
{
	struct gp_nss_line line;
	gp_nss_read(input, "passwd", &line);
	if (line.count > GP_NSS_SERVICES_MAX || gp_nss_index(&line, "guestpass") > line.count)
		abort();
}

/* The input is every file, so it can include itself. */
static char *open_file(void *arg, const char *name, size_t *len)
{
	(void)arg;
	if (name[0] == '\0' || ++opened > 64)
		abort();
	char *copy = malloc(input.len + 1);
	if (copy == NULL)
		return NULL;
	memcpy(copy, input.ptr, input.len);
	*len = input.len;
	return copy;
}

static void fuzz_pam(void)
{
	static struct gp_pam_stack stack;
	opened = 0;
	if (!gp_pam_read(open_file, NULL, "sshd", GP_PAM_AUTH, &stack))
		return;
	if (stack.count > GP_PAM_ENTRIES_MAX)
		abort();
	for (int who = GP_PAM_GUEST_ADMITTED; who <= GP_PAM_LOCAL_WITHOUT; who++) {
		struct gp_pam_outcome out;
		gp_pam_walk(&stack, GP_PAM_AUTH, (enum gp_pam_who)who, &out);
		/* Who never asks us cannot succeed behind us. */
		bool ours = false;
		for (size_t i = 0; i < stack.count; i++)
			ours = ours || (out.reached[i] && gp_pam_is_ours(&stack.entries[i]));
		if (out.success_asked && !ours)
			abort();
	}
}

static void fuzz_sshd(void)
{
	static const struct gp_doctor_guest guest = {
		.name = "a@b.example", .group_count = 1, .groups = {"gp-guests"}};
	static struct gp_sshd_settings settings;
	uint64_t seconds = 0;
	gp_sshd_wanted(input, &guest, &settings);
	gp_sshd_effective(input, &settings);
	for (size_t i = 0; i < settings.count; i++)
		if (settings.settings[i].key.len == 0)
			abort();
	if (gp_sshd_time(input, &seconds) && seconds > INT32_MAX)
		abort();
}

static bool is_name(void *arg, struct gp_str name, bool group)
{
	(void)arg;
	(void)group;
	if (name.len == 0)
		abort();
	return name.ptr[0] == 'g';
}

static bool is_number(void *arg, uint32_t number, bool group)
{
	(void)arg;
	return group ? number > 1000 : number > 2000;
}

static void on_guests(void *arg, size_t line, struct gp_str word)
{
	(void)arg;
	if (line == 0 || word.len == 0)
		abort();
}

static void on_include(void *arg, struct gp_str path, bool directory)
{
	(void)arg;
	(void)path;
	(void)directory;
}

static void on_other(void *arg, struct gp_str word)
{
	(void)arg;
	if (word.len == 0)
		abort();
}

static void on_cut(void *arg, size_t line)
{
	(void)arg;
	(void)line;
}

static void fuzz_sudoers(void)
{
	static const struct gp_sudoers_who who = {is_name, is_number, NULL};
	static const struct gp_sudoers_hear hear = {on_guests, on_include, on_other, on_cut, NULL};
	gp_sudoers_read(input, &who, &hear);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static void (*const formats[])(void) = {fuzz_nsswitch, fuzz_pam, fuzz_sshd, fuzz_sudoers};
	if (len == 0)
		return 0;
	input = (struct gp_str){(const char *)data + 1, len - 1};
	formats[data[0] % (sizeof(formats) / sizeof(formats[0]))]();
	return 0;
}
