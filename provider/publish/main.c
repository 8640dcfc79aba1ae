/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "contract/text.h"
#include "publish/publish.h"

#include "contract/ban.h"

#define FIRST_PASSED_FD 3
#define DEADLINE_MS     10000
#define LOCK_WAIT_MS    10000

enum exit_code {
	EXIT_DONE = 0,
	EXIT_REFUSED = 1,
	EXIT_USAGE = 2,
	EXIT_FAILED = 3,
};

struct options {
	struct gp_publisher publisher;
	const char *check;
	const char *allow_user;
	bool restore;
	int socket_fd;
};

static const char usage[] =
	"usage: guestpass-publish [--socket-fd N] [--allow-uid N | --allow-user NAME]\n"
	"                         [--idle-exit SECONDS] [--life-fd N] [PATHS]\n"
	"       guestpass-publish --restore [PATHS]\n"
	"       guestpass-publish --check FILE [PATHS]\n"
	"PATHS: --run-dir DIR, --durable-dir DIR, --ids-conf FILE, --passwd FILE, --group FILE\n";

static void complain(const struct gp_error *err)
{
	char safe[512];
	gp_text_safe(gp_str_from(err->text), GP_TEXT_LINE, safe, sizeof(safe));
	fprintf(stderr, "guestpass-publish: %s\n", safe);
}

static bool number(const char *text, uint64_t max, uint64_t *out)
{
	return gp_parse_u64(gp_str_from(text), max, out) == GP_ST_OK;
}

enum option_id {
	OPT_SOCKET_FD = 1,
	OPT_ALLOW_UID,
	OPT_ALLOW_USER,
	OPT_IDLE_EXIT,
	OPT_LIFE_FD,
	OPT_RESTORE,
	OPT_CHECK,
	OPT_RUN_DIR,
	OPT_DURABLE_DIR,
	OPT_IDS_CONF,
	OPT_PASSWD,
	OPT_GROUP,
	OPT_HELP,
};

static const struct option options[] = {
	{"socket-fd", required_argument, NULL, OPT_SOCKET_FD},
	{"allow-uid", required_argument, NULL, OPT_ALLOW_UID},
	{"allow-user", required_argument, NULL, OPT_ALLOW_USER},
	{"idle-exit", required_argument, NULL, OPT_IDLE_EXIT},
	{"life-fd", required_argument, NULL, OPT_LIFE_FD},
	{"restore", no_argument, NULL, OPT_RESTORE},
	{"check", required_argument, NULL, OPT_CHECK},
	{"run-dir", required_argument, NULL, OPT_RUN_DIR},
	{"durable-dir", required_argument, NULL, OPT_DURABLE_DIR},
	{"ids-conf", required_argument, NULL, OPT_IDS_CONF},
	{"passwd", required_argument, NULL, OPT_PASSWD},
	{"group", required_argument, NULL, OPT_GROUP},
	{"help", no_argument, NULL, OPT_HELP},
	{NULL, 0, NULL, 0},
};

static bool set_path(struct gp_publisher *p, int option, const char *path)
{
	const char **to = option == OPT_RUN_DIR       ? &p->run_dir
			  : option == OPT_DURABLE_DIR ? &p->durable_dir
			  : option == OPT_IDS_CONF    ? &p->ids_conf
			  : option == OPT_PASSWD      ? &p->passwd
			  : option == OPT_GROUP       ? &p->group
						      : NULL;
	if (to == NULL)
		return false;
	*to = path;
	return true;
}

static bool set_option(struct options *o, int option, const char *value)
{
	uint64_t n = 0;
	switch (option) {
	case OPT_SOCKET_FD:
		if (!number(value, 1023, &n))
			return false;
		o->socket_fd = (int)n;
		return true;
	case OPT_ALLOW_UID:
		if (!number(value, UINT32_MAX - 1, &n))
			return false;
		o->publisher.allow_uid = (uid_t)n;
		return true;
	case OPT_ALLOW_USER:
		o->allow_user = value;
		return true;
	case OPT_IDLE_EXIT:
		if (!number(value, 86400, &n))
			return false;
		o->publisher.idle_exit_s = (int)n;
		return true;
	case OPT_LIFE_FD:
		if (!number(value, 1023, &n))
			return false;
		o->publisher.life_fd = (int)n;
		return true;
	case OPT_RESTORE:
		o->restore = true;
		return true;
	case OPT_CHECK:
		o->check = value;
		return true;
	default:
		return set_path(&o->publisher, option, value);
	}
}

/* The socket that systemd passed, if it was passed to us. */
static int passed_socket(void)
{
	uint64_t pid = 0;
	uint64_t count = 0;
	const char *pid_text = getenv("LISTEN_PID");
	const char *count_text = getenv("LISTEN_FDS");
	if (pid_text == NULL || count_text == NULL || !number(pid_text, INT32_MAX, &pid) ||
	    !number(count_text, 16, &count) || (pid_t)pid != getpid() || count != 1)
		return -1;
	return FIRST_PASSED_FD;
}

static int check_named(struct gp_publisher *p, const char *file)
{
	struct gp_publish_copy copy = {NULL, 0};
	struct gp_directory_view view;
	struct gp_error err = {0};
	enum gp_status st = gp_publish_copy_file(AT_FDCWD, file, false, &copy);
	if (st != GP_ST_OK) {
		fprintf(stderr, "guestpass-publish: %s: %s\n", file, gp_status_name(st));
		return EXIT_FAILED;
	}
	st = gp_publisher_check(p, copy.ptr, copy.len, &view, &err);
	if (st == GP_ST_OK)
		printf("%s: good: generation %llu, %u users, %u groups, %zu bytes\n", file,
		       (unsigned long long)view.generation, view.user_count, view.group_count,
		       copy.len);
	else
		complain(&err);
	gp_publish_free(&copy);
	return st == GP_ST_OK ? EXIT_DONE : st == GP_ST_UNAVAILABLE ? EXIT_FAILED : EXIT_REFUSED;
}

/* With the directories open and locked. */
static int work(struct options *o, struct gp_error *err)
{
	struct gp_publisher *p = &o->publisher;
	struct gp_error note = {0};
	enum gp_status st = gp_publisher_restore(p, &note);
	if (st != GP_ST_OK)
		complain(&note);
	if (o->restore)
		return st == GP_ST_OK ? EXIT_DONE : EXIT_REFUSED;
	/* A durable copy that is not permitted any more is no reason to refuse better ones. */
	gp_publish_catch_signals();
	st = gp_publish_serve(p, o->socket_fd, err);
	return st == GP_ST_OK ? EXIT_DONE : EXIT_FAILED;
}

static int run(struct options *o)
{
	struct gp_publisher *p = &o->publisher;
	struct gp_error err = {0};
	int accepting = 0;
	socklen_t len = sizeof(accepting);

	if (o->allow_user != NULL &&
	    gp_publish_find_uid(p->passwd, gp_str_from(o->allow_user), &p->allow_uid) != GP_ST_OK) {
		fprintf(stderr, "guestpass-publish: %s: not in %s\n", o->allow_user, p->passwd);
		return EXIT_USAGE;
	}
	if (o->check != NULL)
		return check_named(p, o->check);
	if (!o->restore && o->socket_fd < 0)
		o->socket_fd = passed_socket();
	if (!o->restore &&
	    (getsockopt(o->socket_fd, SOL_SOCKET, SO_ACCEPTCONN, &accepting, &len) != 0 ||
	     accepting == 0)) {
		fprintf(stderr, "guestpass-publish: no listening socket was given\n");
		return EXIT_USAGE;
	}
	int code = EXIT_FAILED;
	enum gp_status st = gp_publish_confine(&err);
	if (st == GP_ST_OK) {
		st = gp_publisher_open(p, &err);
		if (st == GP_ST_OK)
			code = work(o, &err);
		gp_publisher_close(p);
	}
	if (err.text[0] != '\0')
		complain(&err);
	return code;
}

int main(int argc, char **argv)
{
	/* Static: the rules in it are large. */
	static struct options o = {
		.publisher = {.run_dir = GP_RUNDIR,
			      .durable_dir = GP_PUBLISHEDDIR,
			      .ids_conf = GP_IDS_CONF_PATH,
			      .passwd = "/etc/passwd",
			      .group = "/etc/group",
			      .deadline_ms = DEADLINE_MS,
			      .lock_wait_ms = LOCK_WAIT_MS,
			      .life_fd = -1,
			      .run_fd = -1,
			      .lock_fd = -1,
			      .durable_fd = -1},
		.socket_fd = -1,
	};
	int option;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == OPT_HELP) {
			fputs(usage, stdout);
			return EXIT_DONE;
		}
		if (!set_option(&o, option, optarg)) {
			fputs(usage, stderr);
			return EXIT_USAGE;
		}
	}
	if (optind != argc) {
		fputs(usage, stderr);
		return EXIT_USAGE;
	}
	return run(&o);
}
