/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/sudoers_files.h"

#include <glob.h>
#include <stdlib.h>

#include "contract/ban.h"

#define FILES_MAX 64

struct walk {
	struct gp_doctor *d;
	const struct gp_sudoers_visitor *visitor;
	size_t count, at; /* files that are known, and the one that is read */
	char files[FILES_MAX][GP_CONFIG_PATH];
};

static void on_guests(void *arg, size_t line, struct gp_str word)
{
	const struct walk *w = arg;
	w->visitor->guests(w->visitor->arg, w->files[w->at], line, word);
}

static void on_other(void *arg, struct gp_str word)
{
	const struct walk *w = arg;
	w->visitor->other(w->visitor->arg, word);
}

static void on_cut(void *arg, size_t line)
{
	struct walk *w = arg;
	gp_doctor_unseen(w->d, "%s:%zu is too long", w->files[w->at], line);
}

static void add(struct walk *w, const char *path)
{
	for (size_t i = 0; i < w->count; i++)
		if (strcmp(w->files[i], path) == 0)
			return;
	if (w->count < FILES_MAX &&
	    gp_copy(w->files[w->count], GP_CONFIG_PATH, gp_str_from(path)) == GP_ST_OK)
		w->count++;
	else
		gp_doctor_unseen(w->d, "%s: too many files of sudoers", path);
}

/* sudo passes over names with a '.' in them or a '~' at the end. */
static bool is_read(const char *path)
{
	const char *base = strrchr(path, '/') + 1;
	return strchr(base, '.') == NULL && base[strlen(base) - 1] != '~';
}

static void add_directory(struct walk *w, const char *path)
{
	char pattern[GP_CONFIG_PATH];
	glob_t found = {0};
	if (gp_format(pattern, sizeof(pattern), "%s%s/*", w->d->root, path) != GP_ST_OK)
		return;
	int rc = glob(pattern, 0, NULL, &found);
	if (rc != 0 && rc != GLOB_NOMATCH)
		gp_doctor_unseen(w->d, "%s cannot be read", path);
	for (size_t i = 0; i < found.gl_pathc; i++)
		if (is_read(found.gl_pathv[i]))
			add(w, found.gl_pathv[i] + strlen(w->d->root));
	globfree(&found);
}

static void on_include(void *arg, struct gp_str path, bool directory)
{
	struct walk *w = arg;
	char whole[GP_CONFIG_PATH];
	bool absolute = path.len > 0 && path.ptr[0] == '/';
	if (gp_format(whole, sizeof(whole), "%s%.*s", absolute ? "" : "/etc/", GP_STR_ARGS(path)) !=
	    GP_ST_OK)
		return;
	if (directory)
		add_directory(w, whole);
	else
		add(w, whole);
}

bool gp_doctor_sudoers(struct gp_doctor *d, const struct gp_sudoers_visitor *visitor)
{
	struct walk *w = calloc(1, sizeof(*w));
	const struct gp_sudoers_hear hear = {on_guests, on_include, on_other, on_cut, w};
	bool found = true;
	if (w == NULL) {
		gp_doctor_unseen(d, "sudoers: out of memory");
		return true;
	}
	w->d = d;
	w->visitor = visitor;
	add(w, "/etc/sudoers");
	for (w->at = 0; w->at < w->count; w->at++) {
		size_t len = 0;
		bool absent = false;
		char *text = gp_doctor_read(d, w->files[w->at], &len, &absent);
		if (text != NULL)
			gp_sudoers_read((struct gp_str){text, len}, visitor->who, &hear);
		else if (!absent)
			gp_doctor_unseen(d, "%s cannot be read", w->files[w->at]);
		else if (w->at == 0)
			found = false;
		free(text);
	}
	free(w);
	return found;
}
