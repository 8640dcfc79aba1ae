/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/support/directory_sample.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "contract/directory_format.h"

#include "contract/ban.h"

static void must(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "test set-up failed: %s\n", what);
	abort();
}

const struct gp_ids_rules *sample_rules(void)
{
	static struct gp_ids_rules rules;
	static const struct gp_str text = {"adopt_user = caro 40001\n"
					   "adopt_group = testers 50001\n",
					   24 + 28};
	struct gp_error err = {0};
	if (rules.home_count == 0)
		must(gp_ids_conf_parse(text, "sample", &rules, &err) == GP_ST_OK, err.text);
	return &rules;
}

static struct gp_directory_bytes build(const struct gp_directory_input *in)
{
	struct gp_directory_bytes out = {NULL, 0};
	struct gp_error err = {0};
	must(gp_directory_build(in, sample_rules(), &out, &err) == GP_ST_OK, err.text);
	return out;
}

struct gp_directory_bytes sample_directory(uint64_t generation)
{
	static const struct gp_directory_new_group groups[] = {
		{GP_STR("gp-guests"), SAMPLE_GUESTS},
		{GP_STR("gp-builders"), SAMPLE_BUILDERS},
		{GP_STR("gp-empty"), SAMPLE_EMPTY},
		{GP_STR("testers"), SAMPLE_ADOPTED},
	};
	static const uint32_t of_ada[] = {3, 1};
	static const uint32_t of_bob[] = {1};
	static const struct gp_directory_new_user users[] = {
		{GP_STR("caro"), GP_STR(""), GP_STR("/home/guests/caro"), GP_STR("/bin/sh"),
		 SAMPLE_CARO_UID, GP_DIRECTORY_NO_EXPIRY, 0, NULL, 0},
		{GP_STR("ada@fabrikam.example"), GP_STR("Fabrikam"),
		 GP_STR("/home/guests/ada@fabrikam.example"), GP_STR("/bin/bash"), SAMPLE_ADA_UID,
		 GP_DIRECTORY_NO_EXPIRY, 0, of_ada, 2},
		{GP_STR("bob.o+x@contoso.example"), GP_STR("Contoso G\xC3\xB6teborg"),
		 GP_STR("/home/guests/bob"), GP_STR("/usr/sbin/nologin"), SAMPLE_BOB_UID,
		 SAMPLE_BOB_EXPIRY, 0, of_bob, 1},
	};
	static const struct gp_str domains[] = {GP_STR("fabrikam.example"),
						GP_STR("contoso.example")};
	const struct gp_directory_input in = {generation, 42,    users,   3, groups,
					      4,          false, domains, 2};
	return build(&in);
}

struct gp_directory_bytes sample_large(size_t users, uint64_t generation)
{
	size_t groups = users / 10 + 1;
	struct gp_directory_new_user *u = calloc(users, sizeof(*u));
	struct gp_directory_new_group *g = calloc(groups, sizeof(*g));
	char(*text)[96] = calloc(users + groups, sizeof(*text));
	uint32_t(*member)[5] = calloc(users, sizeof(*member));
	must(u != NULL && g != NULL && text != NULL && member != NULL, "memory");
	for (size_t i = 0; i < groups; i++) {
		int n = snprintf(text[users + i], sizeof(text[0]), "gp-team%zu", i);
		g[i] = (struct gp_directory_new_group){{text[users + i], (size_t)n},
						       SAMPLE_GUESTS + (uint32_t)i};
	}
	for (size_t i = 0; i < users; i++) {
		int n = snprintf(text[i], sizeof(text[0]), "/home/guests/u%zu@partner%zu.example",
				 i, i % 50);
		for (size_t k = 0; k < 5 && k + 1 < groups; k++) {
			/* Distinct for one user, spread evenly over all groups but the first. */
			member[i][k] = (uint32_t)(1 + (i + k * (groups / 5)) % (groups - 1));
			u[i].group_count++;
		}
		u[i].home = (struct gp_str){text[i], (size_t)n};
		u[i].name = (struct gp_str){text[i] + 13, (size_t)n - 13};
		u[i].gecos = GP_STR("Partner");
		u[i].shell = GP_STR("/bin/bash");
		u[i].uid = GP_IDS_UID_BASE + (uint32_t)i * 617;
		u[i].expiry_day = GP_DIRECTORY_NO_EXPIRY;
		u[i].groups = member[i];
		if (groups < 7)
			u[i].group_count = 0;
	}
	const struct gp_directory_input in = {generation, 42, u, users, g, groups, false, NULL, 0};
	struct gp_directory_bytes out = build(&in);
	free(u);
	free(g);
	free(text);
	free(member);
	return out;
}

void sample_reseal(struct gp_directory_bytes bytes)
{
	gp_dir_put_u64(bytes.ptr + GP_DIR_H_CHECKSUM, gp_dir_checksum(bytes.ptr, bytes.len));
}

void sample_write(const char *path, struct gp_directory_bytes bytes)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	must(fd >= 0, path);
	size_t done = 0;
	while (done < bytes.len) {
		ssize_t n = write(fd, bytes.ptr + done, bytes.len - done);
		must(n > 0, path);
		done += (size_t)n;
	}
	must(fchmod(fd, 0644) == 0, path);
	close(fd);
}
