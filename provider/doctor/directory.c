/* SPDX-License-Identifier: Apache-2.0 */
/* Is the published directory there and whole, and is the publisher's copy for the next boot the
 * same? How old it is says nothing, since it changes only when its records do; how old the last
 * read of the groups is, the daemon says. */
#include "contract/directory.h"

#include "doctor/doctor.h"

#include "contract/ban.h"

#define CURRENT GP_RUNDIR "/directory"
#define COPY    GP_PUBLISHEDDIR "/directory"

static enum gp_status open_at(const struct gp_doctor *d, const char *path,
			      struct gp_directory_view *view)
{
	char whole[GP_CONFIG_PATH];
	*view = (struct gp_directory_view){0};
	return gp_doctor_path(d, path, whole) ? gp_directory_open(whole, view) : GP_ST_TOO_BIG;
}

static const char *why(enum gp_status st)
{
	return st == GP_ST_NOT_FOUND ? "is not there"
	       : st == GP_ST_DENIED  ? "is not root's alone"
				     : "is damaged";
}

static void look_at_copy(struct gp_doctor *d, const struct gp_directory_view *current)
{
	struct gp_directory_view copy;
	enum gp_status st = open_at(d, COPY, &copy);
	if (st != GP_ST_OK)
		gp_doctor_find(d, GP_FINDING_DIRECTORY_COPY, COPY " %s", why(st));
	else if (copy.generation != current->generation)
		gp_doctor_find(d, GP_FINDING_DIRECTORY_COPY,
			       COPY " is another one (generation %llu) than " CURRENT
				    " (generation %llu)",
			       (unsigned long long)copy.generation,
			       (unsigned long long)current->generation);
	gp_directory_close(&copy);
}

void gp_doctor_directory(struct gp_doctor *d)
{
	struct gp_directory_view view;
	enum gp_status st = open_at(d, CURRENT, &view);
	if (st == GP_ST_OK && !gp_directory_whole(&view))
		st = GP_ST_INVALID;
	if (st != GP_ST_OK)
		gp_doctor_find(d, GP_FINDING_DIRECTORY, CURRENT " %s", why(st));
	else
		look_at_copy(d, &view);
	gp_directory_close(&view);
}
