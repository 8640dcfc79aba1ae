/* SPDX-License-Identifier: Apache-2.0 */
/*
 * guestpass confirm: a guest is expected, and who is admitted next is he. With --replaces the name
 * of a guest who left is for another from now on. The daemon renames the record; his home is
 * renamed here, because only root can, and only where nobody but root could have put something in
 * its place.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json.h"
#include "cli/ask.h"
#include "cli/cell.h"
#include "cli/cli.h"
#include "cli/standing.h"

#include "contract/ban.h"

static const struct gp_syntax syntax = {"o", 1,
					"confirm [--replaces=ID] [--json] [--run-dir=DIR] NAME"};

/* Where the home is to be renamed: the directory above, held open, which is root's alone. */
static int open_parent(const char *home, const char *new_home, const char **from, const char **to)
{
	const char *a = strrchr(home, '/');
	const char *b = strrchr(new_home, '/');
	char *dir = NULL;
	struct stat st;
	errno = EINVAL;
	if (a == NULL || b == NULL || a == home || a - home != b - new_home ||
	    strncmp(home, new_home, (size_t)(a - home)) != 0)
		return -1;
	dir = strndup(home, (size_t)(a - home));
	int fd = dir == NULL ? -1 : open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	free(dir);
	if (fd >= 0 &&
	    (fstat(fd, &st) != 0 || st.st_uid != 0 || (st.st_mode & (S_IWGRP | S_IWOTH)) != 0)) {
		(void)close(fd);
		errno = EPERM;
		return -1;
	}
	*from = a + 1;
	*to = b + 1;
	return fd;
}

/* What became of the home: a word for the answer. */
static const char *rename_home(const char *home, const char *new_home, int64_t uid)
{
	const char *from = NULL;
	const char *to = NULL;
	struct stat st;
	/* Number 0 would be root's: an answer without a number. */
	int dir = uid > 0 ? open_parent(home, new_home, &from, &to) : -1;
	if (uid <= 0)
		return "left";
	if (dir < 0)
		return errno == ENOENT ? "absent" : "left";
	const char *what = "left";
	if (fstatat(dir, from, &st, AT_SYMLINK_NOFOLLOW) != 0)
		what = errno == ENOENT ? "absent" : "left";
	else if (S_ISDIR(st.st_mode) && (int64_t)st.st_uid == uid &&
		 renameat2(dir, from, dir, to, RENAME_NOREPLACE) == 0)
		what = "renamed";
	(void)close(dir);
	return what;
}

static int tell(const struct gp_common *args, const struct gp_json *answer)
{
	char name[GP_CELL];
	char home[GP_CELL];
	char new_home[GP_CELL];
	int64_t uid = gp_cell_number(answer, "uid");
	(void)gp_cell_text(answer, "name", name);
	(void)gp_cell_text(answer, "home", home);
	(void)gp_cell_text(answer, "new_home", new_home);
	const char *what = rename_home(home, new_home, uid);
	if (args->json)
		(void)printf("{\"v\":1,\"name\":\"%s\",\"uid\":%lld,\"home\":\"%s\"}\n", name,
			     (long long)uid, what);
	else
		(void)printf("the guest who had this name is %s now, with number %lld as before\n",
			     name, (long long)uid);
	if (strcmp(what, "left") != 0)
		return GP_EXIT_OK;
	(void)fprintf(
		stderr,
		"guestpass: %s is not a directory of number %lld below one of root's alone, or "
		"%s is there already: rename it by hand. Until then nobody can log in with "
		"that home.\n",
		home, (long long)uid, new_home);
	return GP_EXIT_DEGRADED;
}

static int confirm_person(const struct gp_common *args)
{
	struct gp_error err = {0};
	gp_json_doc_auto struct gp_json_doc *doc = NULL;
	gp_buf_auto struct gp_buf question = GP_BUF(4096);
	struct gp_standing_answer said;
	gp_buf_text(&question, "{\"v\":1,\"op\":\"confirm\"");
	gp_ask_member(&question, "name", args->argument);
	gp_ask_add_login(&question);
	gp_buf_text(&question, "}");
	int code = gp_standing_ask(args, &question, &doc, &said, &err);
	if (code != GP_EXIT_OK || args->json)
		return code;
	(void)printf("%s is confirmed: whoever is admitted with this account next is remembered "
		     "as its owner\n",
		     said.name);
	if (said.was_revoked)
		(void)puts("the revocation is lifted");
	bool in_question = false;
	if (gp_json_get_bool(gp_json_root(doc), "was_in_question", &in_question) == GP_ST_OK &&
	    in_question)
		(void)puts("whoever had the account before may have left SSH keys in its home: "
			   "where key_valid lets keys count, remove .ssh/authorized_keys first");
	return gp_common_written();
}

int gp_command_confirm(int argc, char **argv)
{
	struct gp_common args;
	struct gp_error err = {0};
	gp_json_doc_auto struct gp_json_doc *doc = NULL;
	gp_buf_auto struct gp_buf question = GP_BUF(4096);
	if (!gp_common_parse(argc, argv, &syntax, &args))
		return GP_EXIT_USAGE;
	if (args.replaces == NULL)
		return confirm_person(&args);
	gp_buf_text(&question, "{\"v\":1,\"op\":\"confirm\",\"name\":");
	gp_json_write_str(&question, gp_str_from(args.argument));
	gp_buf_text(&question, ",\"replaces\":");
	gp_json_write_str(&question, gp_str_from(args.replaces));
	gp_ask_add_login(&question);
	gp_buf_text(&question, "}");
	enum gp_status st = gp_buf_status(&question);
	if (st == GP_ST_OK)
		st = gp_ask_doc(args.run_dir, gp_buf_get(&question), &doc, &err);
	if (st != GP_ST_OK)
		return gp_common_failed(st, &err);
	int code = tell(&args, gp_json_root(doc));
	return fflush(stdout) == 0 && ferror(stdout) == 0 ? code : GP_EXIT_UNREACHABLE;
}
