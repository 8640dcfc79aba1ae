/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What foreground mode does as root, before it gives root up for good. With systemd its units do
 * all of this.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"
#include "config/account.h"
#include "contract/knock.h"
#include "contract/str.h"
#include "daemon/daemon.h"

#include "contract/ban.h"

#define BACKLOG 256

static enum gp_status make_directory(const char *path, mode_t mode, uid_t uid, gid_t gid,
				     struct gp_error *err)
{
	if (mkdir(path, mode) != 0 && errno != EEXIST)
		return gp_fail(err, GP_ST_IO, "cannot make %s: %s", path, strerror(errno));
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fchown(fd, uid, gid) != 0 || fchmod(fd, mode) != 0) {
		int e = errno;
		if (fd >= 0)
			close(fd);
		return gp_fail(err, GP_ST_IO, "cannot prepare %s: %s", path, strerror(e));
	}
	close(fd);
	return GP_ST_OK;
}

/* The directory that a file lies in. */
static enum gp_status parent_of(const char *path, char *out, size_t size)
{
	const char *slash = strrchr(path, '/');
	if (slash == NULL || slash == path)
		return GP_ST_INVALID;
	return gp_copy(out, size, (struct gp_str){path, (size_t)(slash - path)});
}

static enum gp_status make_directories(const struct gp_config *config,
				       const struct gp_account *account, struct gp_error *err)
{
	char audit[GP_CONFIG_PATH];
	enum gp_status st = make_directory(config->run_directory, 0755, 0, 0, err);
	if (st == GP_ST_OK)
		st = make_directory(config->state_directory, 0700, account->uid, account->gids[0],
				    err);
	if (st != GP_ST_OK)
		return st;
	if (parent_of(config->audit_file, audit, sizeof(audit)) != GP_ST_OK)
		return gp_fail(err, GP_ST_INVALID, "audit_file is not in a directory");
	/* A shared directory such as /var/log stays as it is; one of our own is made for us. */
	if (access(audit, F_OK) == 0)
		return GP_ST_OK;
	return make_directory(audit, 0750, account->uid, account->gids[0], err);
}

struct listener {
	const char *name;
	int type;
	mode_t mode;
	gid_t gid;
};

/* Whether a daemon lives behind its socket, whose name is not to be taken from it then. A socket of
 * somebody else's is nobody's daemon. */
static bool is_served(const char *directory, const struct listener *what)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct stat st;
	if (gp_format(address.sun_path, sizeof(address.sun_path), "%s/%s", directory, what->name) !=
		    GP_ST_OK ||
	    lstat(address.sun_path, &st) != 0 || !S_ISSOCK(st.st_mode) || st.st_uid != 0)
		return false;
	int fd = socket(AF_UNIX, what->type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return false;
	/* A full queue is somebody's too. */
	bool served = connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0 ||
		      errno == EAGAIN;
	close(fd);
	return served;
}

static enum gp_status listen_at(const char *directory, const struct listener *what, int *out,
				struct gp_error *err)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	if (gp_format(address.sun_path, sizeof(address.sun_path), "%s/%s", directory, what->name) !=
	    GP_ST_OK)
		return gp_fail(err, GP_ST_TOO_BIG, "run_directory is too long for a socket");
	int fd = socket(AF_UNIX, what->type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return gp_fail(err, GP_ST_IO, "socket: %s", strerror(errno));
	(void)unlink(address.sun_path);
	/* Nobody can connect before mode and group are right: the umask keeps others out until
	 * then. */
	mode_t old = umask(0177);
	int bound = bind(fd, (const struct sockaddr *)&address, sizeof(address));
	(void)umask(old);
	if (bound != 0 || chown(address.sun_path, 0, what->gid) != 0 ||
	    chmod(address.sun_path, what->mode) != 0 ||
	    (what->type != SOCK_DGRAM && listen(fd, BACKLOG) != 0)) {
		int e = errno;
		close(fd);
		return gp_fail(err, GP_ST_IO, "%s: %s", address.sun_path, strerror(e));
	}
	*out = fd;
	return GP_ST_OK;
}

/* Numbers of what the publisher gets beside its standard ones. */
enum {
	PUBLISHER_SOCKET = 3,
	PUBLISHER_LIFE = 4,
	PUBLISHER_FREE = 10,
};

/* FD under the number AS, and kept over an exec; other numbers up to PUBLISHER_FREE are lost. */
static bool pass(int fd, int as)
{
	int aside = fcntl(fd, F_DUPFD_CLOEXEC, PUBLISHER_FREE);
	return aside >= 0 && dup2(aside, as) == as;
}

/* The publisher stays root, so it is started now. It ends with the daemon, whose death closes the
 * other end of LIFE: a signal of the kernel's (PR_SET_PDEATHSIG) would be one from the daemon's
 * account to root, which is not delivered. */
static _Noreturn void become_publisher(const struct gp_config *config, int fd, int life,
				       const struct gp_account *account)
{
	char uid[16];
	char *const argv[] = {
		strdup("guestpass-publish"),
		strdup("--socket-fd"),
		strdup("3"),
		strdup("--life-fd"),
		strdup("4"),
		strdup("--allow-uid"),
		uid,
		strdup("--run-dir"),
		strdup(config->run_directory),
		strdup("--ids-conf"),
		strdup(config->ids_conf),
		NULL,
	};
	char *const environment[] = {NULL};
	bool ready = gp_format(uid, sizeof(uid), "%u", (unsigned int)account->uid) == GP_ST_OK;
	/* Blocking again: it serves one connection after the other. */
	int flags = fcntl(fd, F_GETFL);
	if (!ready || flags < 0 || fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) != 0)
		_exit(1);
	int far_life = fcntl(life, F_DUPFD_CLOEXEC, PUBLISHER_FREE);
	if (far_life < 0 || !pass(fd, PUBLISHER_SOCKET) || !pass(far_life, PUBLISHER_LIFE))
		_exit(1);
	execve(GP_LIBEXECDIR "/guestpass-publish", argv, environment);
	gp_log(GP_LOG_ERROR, "publisher-not-started", "path=%s errno=%d",
	       GP_LIBEXECDIR "/guestpass-publish", errno);
	_exit(1);
}

static enum gp_status start_publisher(const struct gp_config *config,
				      const struct gp_account *account, struct gp_sockets *out,
				      struct gp_error *err)
{
	int fd = -1;
	int life[2] = {-1, -1};
	const struct listener publish = {"publish.sock", SOCK_STREAM, 0660, account->gids[0]};
	enum gp_status st = listen_at(config->run_directory, &publish, &fd, err);
	if (st != GP_ST_OK)
		return st;
	if (pipe2(life, O_CLOEXEC) != 0) {
		close(fd);
		return gp_fail(err, GP_ST_IO, "pipe: %s", strerror(errno));
	}
	pid_t pid = fork();
	if (pid == 0) {
		close(life[1]);
		become_publisher(config, fd, life[0], account);
	}
	close(fd);
	close(life[0]);
	out->publisher = pid;
	out->publisher_life = life[1];
	return pid > 0 ? GP_ST_OK : gp_fail(err, GP_ST_IO, "fork: %s", strerror(errno));
}

static enum gp_status give_root_up(const struct gp_account *account, struct gp_error *err)
{
	if (setgroups(account->gids_len, account->gids) != 0 ||
	    setresgid(account->gids[0], account->gids[0], account->gids[0]) != 0 ||
	    setresuid(account->uid, account->uid, account->uid) != 0)
		return gp_fail(err, GP_ST_DENIED, "cannot give root up: %s", strerror(errno));
	if (setuid(0) == 0 || geteuid() != account->uid)
		return gp_fail(err, GP_ST_INTERNAL, "root was not given up");
	return GP_ST_OK;
}

enum gp_status gp_start_as_root(const struct gp_config *config, struct gp_sockets *out,
				struct gp_error *err)
{
	static const struct listener login = {"login.sock", SOCK_SEQPACKET, 0600, 0};
	static const struct listener knock = {GP_KNOCK_SOCKET, SOCK_DGRAM, 0600, 0};
	static const struct listener admin = {"admin.sock", SOCK_SEQPACKET, 0600, 0};
	static const struct gp_account_files files = {"/etc/passwd", "/etc/group"};
	struct gp_account account = {0};
	if (geteuid() != 0)
		return gp_fail(err, GP_ST_DENIED,
			       "--foreground starts as root (it makes the sockets and then becomes "
			       "'%s'); with systemd start guestpassd.service",
			       config->user);
	enum gp_status st = gp_account_find(&files, config->user, &account, err);
	if (st == GP_ST_OK)
		st = make_directories(config, &account, err);
	if (st == GP_ST_OK && is_served(config->run_directory, &login))
		st = gp_fail(
			err, GP_ST_CONFLICT,
			"already running: %s/%s is served by another guestpassd, or by systemd",
			config->run_directory, login.name);
	if (st == GP_ST_OK)
		st = listen_at(config->run_directory, &login, &out->login, err);
	if (st == GP_ST_OK)
		st = listen_at(config->run_directory, &admin, &out->admin, err);
	if (st == GP_ST_OK)
		st = listen_at(config->run_directory, &knock, &out->knock, err);
	if (st == GP_ST_OK)
		st = start_publisher(config, &account, out, err);
	if (st == GP_ST_OK)
		st = give_root_up(&account, err);
	return st;
}

enum gp_status gp_harden(struct gp_error *err)
{
	const struct rlimit no_core = {0, 0};
	(void)umask(0077);
	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR || setrlimit(RLIMIT_CORE, &no_core) != 0 ||
	    prctl(PR_SET_DUMPABLE, 0) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return gp_fail(err, GP_ST_INTERNAL, "cannot harden the process: %s",
			       strerror(errno));
	if (geteuid() == 0)
		return gp_fail(err, GP_ST_DENIED,
			       "guestpassd does not run as root: use its "
			       "systemd unit, or --foreground");
	return GP_ST_OK;
}
