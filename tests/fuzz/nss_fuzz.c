/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arbitrary bytes as the directory file below the NSS entry points, which get buffers of exactly
 * the size they are told. The first two bytes are that size. Length and checksum are made to fit.
 */
#include <stdint.h>
#include <stdlib.h>

#include "contract/directory_format.h"
#include "nss_module/knock.h"
#include "nss_module/mapping.h"
#include "nss_module/nss_guestpass.h"
#include "tests/fuzz/support/split.h"

#include "contract/ban.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static struct gp_directory_view view;

/* In place of the mapping of a file. */
void gp_nss_enter(struct gp_nss_hold *hold)
{
	*hold = (struct gp_nss_hold){.view = &view};
}

void gp_nss_leave(struct gp_nss_hold *hold)
{
	hold->view = NULL;
}

static volatile size_t sink;

/* In place of the one that sends. */
void gp_nss_knock(const struct gp_directory_view *in, struct gp_str name)
{
	sink += gp_directory_has_domain_of(in, name);
}

static void within(const char *text, const char *buffer, size_t size)
{
	if (text < buffer || text >= buffer + size)
		abort();
	sink += strlen(text);
}

static void use_user(enum nss_status st, const struct passwd *pw, const char *buffer, size_t size)
{
	if (st != NSS_STATUS_SUCCESS)
		return;
	within(pw->pw_name, buffer, size);
	within(pw->pw_passwd, buffer, size);
	within(pw->pw_gecos, buffer, size);
	within(pw->pw_dir, buffer, size);
	within(pw->pw_shell, buffer, size);
	if (pw->pw_uid < GP_DIRECTORY_NUMBER_FLOOR || pw->pw_gid < GP_DIRECTORY_NUMBER_FLOOR)
		abort();
}

static void use_group(enum nss_status st, const struct group *gr, const char *buffer, size_t size)
{
	if (st != NSS_STATUS_SUCCESS)
		return;
	within(gr->gr_name, buffer, size);
	within((const char *)gr->gr_mem, buffer, size);
	for (char **m = gr->gr_mem; *m != NULL; m++)
		within(*m, buffer, size);
	if (gr->gr_gid < GP_DIRECTORY_NUMBER_FLOOR)
		abort();
}

static void groups_of(const char *name)
{
	int err = 0;
	long int start = 1;
	long int size = 2;
	gid_t *groups = calloc((size_t)size, sizeof(*groups));

	if (groups == NULL)
		return;
	(void)_nss_guestpass_initgroups_dyn(name, 100, &start, &size, &groups, 8, &err);
	if (start < 1 || start > size || size > 8)
		abort();
	for (long int i = 1; i < start; i++)
		if (groups[i] < GP_DIRECTORY_NUMBER_FLOOR)
			abort();
	free(groups);
}

static void ask(char *buffer, size_t size)
{
	struct passwd pw;
	struct group gr;
	struct spwd sp;
	int err = 0;
	enum nss_status st;

	use_user(_nss_guestpass_getpwnam_r("ada@fabrikam.example", &pw, buffer, size, &err), &pw,
		 buffer, size);
	(void)_nss_guestpass_setpwent(0);
	for (unsigned int i = 0; i < 64; i++) {
		st = _nss_guestpass_getpwent_r(&pw, buffer, size, &err);
		if (st != NSS_STATUS_SUCCESS)
			break;
		use_user(st, &pw, buffer, size);
		const uid_t uid = pw.pw_uid;
		groups_of(pw.pw_name);
		use_user(_nss_guestpass_getpwuid_r(uid, &pw, buffer, size, &err), &pw, buffer,
			 size);
	}
	(void)_nss_guestpass_setgrent(0);
	for (unsigned int i = 0; i < 64; i++) {
		st = _nss_guestpass_getgrent_r(&gr, buffer, size, &err);
		if (st != NSS_STATUS_SUCCESS)
			break;
		use_group(st, &gr, buffer, size);
		use_group(_nss_guestpass_getgrgid_r(gr.gr_gid, &gr, buffer, size, &err), &gr,
			  buffer, size);
	}
	use_group(_nss_guestpass_getgrnam_r("gp-builders", &gr, buffer, size, &err), &gr, buffer,
		  size);
	if (_nss_guestpass_getspnam_r("ada@fabrikam.example", &sp, buffer, size, &err) ==
	    NSS_STATUS_SUCCESS)
		within(sp.sp_namp, buffer, size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct gp_str rest = {(const char *)data, len};
	const size_t high = split_byte(&rest);
	const size_t size = ((high & 7) << 8) + split_byte(&rest);

	len = rest.len & ~(size_t)7;
	if (len < GP_DIR_H_SIZE || len > (1U << 20))
		return 0;
	uint8_t *copy = malloc(len);
	char *buffer = malloc(size > 0 ? size : 1);
	if (copy == NULL || buffer == NULL)
		abort();
	memcpy(copy, rest.ptr, len);
	memcpy(copy, GP_DIR_MAGIC, GP_DIR_MAGIC_LEN);
	gp_dir_put_u32(copy + GP_DIR_H_VERSION, GP_DIR_VERSION);
	gp_dir_put_u64(copy + GP_DIR_H_LENGTH, len);
	gp_dir_put_u64(copy + GP_DIR_H_CHECKSUM, gp_dir_checksum(copy, len));
	if (gp_directory_attach(copy, len, &view) == GP_ST_OK)
		ask(buffer, size);
	free(buffer);
	free(copy);
	return 0;
}
