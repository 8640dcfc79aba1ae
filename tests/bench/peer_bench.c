/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One name service, its entry points called directly or through libc; what it prints is one number.
 *
 *   peer_bench make N DIR                  users and groups for every service that is compared
 *   peer_bench ask SO SERVICE KEYS OP [T]  nanoseconds a call, the median of rounds, in T threads
 *   peer_bench glibc KEYS OP               the same through libc, as nsswitch.conf says
 *   peer_bench steps SO SERVICE KEYS OP    instructions of one steady call, single-stepped
 *   peer_bench first SO SERVICE KEYS       microseconds of dlopen and first look-up, the median of
 *                                          fresh processes
 *   peer_bench warm SO SERVICE KEYS OP N   asks each of N keys once
 *   peer_bench swap SO SERVICE KEYS N      99th percentile of ours in ns: quiet, while N users are
 *                                          published ten times a second; mappings left over
 *
 * OP: getpwnam, getpwuid, initgroups, miss. KEYS has lines "NAME UID".
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <nss.h>
#include <pthread.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "contract/directory_format.h"
#include "contract/ids_conf.h"
#include "tests/bench/peer_bench.h"
#include "tests/unit/support/directory_sample.h"

#include "contract/ban.h"

#define ROUNDS  7
#define ROUND_S 0.15
#define FRESH   300
/* What the build zeroes would cost as much as the call. */
#define NOT_ZEROED __attribute__((uninitialized))

typedef enum nss_status by_name(const char *, struct passwd *, char *, size_t, int *);
typedef enum nss_status by_uid(uid_t, struct passwd *, char *, size_t, int *);
typedef enum nss_status groups_of(const char *, gid_t, long int *, long int *, gid_t **, long int,
				  int *);

static struct {
	by_name *name;
	by_uid *uid;
	groups_of *groups;
} service;

static char names[PEER_KEYS][64];
static char absent[PEER_KEYS][64];
static uid_t uids[PEER_KEYS];
static unsigned int key_count;

_Noreturn void peer_die(const char *what)
{
	(void)fprintf(stderr, "peer_bench: %s\n", what);
	exit(1);
}

static int64_t now_ns(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static int order(const void *a, const void *b)
{
	double x = *(const double *)a;
	double y = *(const double *)b;
	return (x > y) - (x < y);
}

/* A call with the I-th key; false if it did not answer as it should. */
typedef bool call(unsigned int i);

static bool ask_name(unsigned int i)
{
	NOT_ZEROED struct passwd pw;
	NOT_ZEROED char buf[1024];
	int e = 0;
	return service.name(names[i], &pw, buf, sizeof(buf), &e) == NSS_STATUS_SUCCESS &&
	       pw.pw_uid == uids[i];
}

static bool ask_miss(unsigned int i)
{
	NOT_ZEROED struct passwd pw;
	NOT_ZEROED char buf[1024];
	int e = 0;
	return service.name(absent[i], &pw, buf, sizeof(buf), &e) == NSS_STATUS_NOTFOUND;
}

static bool ask_uid(unsigned int i)
{
	NOT_ZEROED struct passwd pw;
	NOT_ZEROED char buf[1024];
	int e = 0;
	return service.uid(uids[i], &pw, buf, sizeof(buf), &e) == NSS_STATUS_SUCCESS &&
	       pw.pw_uid == uids[i];
}

static bool ask_groups(unsigned int i)
{
	static __thread gid_t *groups;
	static __thread long int size = 64;
	long int start = 0;
	int e = 0;
	if (groups == NULL && (groups = calloc((size_t)size, sizeof(*groups))) == NULL)
		return false;
	return service.groups(names[i], 1, &start, &size, &groups, -1, &e) == NSS_STATUS_SUCCESS &&
	       start >= 5;
}

static bool libc_name(unsigned int i)
{
	NOT_ZEROED struct passwd pw;
	struct passwd *found = NULL;
	NOT_ZEROED char buf[1024];
	return getpwnam_r(names[i], &pw, buf, sizeof(buf), &found) == 0 && found != NULL;
}

static bool libc_uid(unsigned int i)
{
	NOT_ZEROED struct passwd pw;
	struct passwd *found = NULL;
	NOT_ZEROED char buf[1024];
	return getpwuid_r(uids[i], &pw, buf, sizeof(buf), &found) == 0 && found != NULL;
}

static bool libc_groups(unsigned int i)
{
	NOT_ZEROED gid_t groups[64];
	int n = 64;
	return getgrouplist(names[i], 1, groups, &n) > 0 && n >= 5;
}

static bool libc_miss(unsigned int i)
{
	NOT_ZEROED struct passwd pw;
	struct passwd *found = &pw;
	NOT_ZEROED char buf[1024];
	(void)getpwnam_r(absent[i], &pw, buf, sizeof(buf), &found);
	return found == NULL;
}

static call *call_of(const char *op, bool through_libc)
{
	static const struct {
		const char *op;
		call *direct, *libc;
	} calls[] = {{"getpwnam", ask_name, libc_name},
		     {"getpwuid", ask_uid, libc_uid},
		     {"initgroups", ask_groups, libc_groups},
		     {"miss", ask_miss, libc_miss}};
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (strcmp(op, calls[i].op) == 0)
			return through_libc ? calls[i].libc : calls[i].direct;
	peer_die("no such OP");
}

static void load(const char *so, const char *name)
{
	static const char *const what[] = {"getpwnam_r", "getpwuid_r", "initgroups_dyn"};
	void *found[3];
	void *lib = strcmp(so, "libc") == 0 ? RTLD_DEFAULT : dlopen(so, RTLD_NOW | RTLD_LOCAL);
	if (lib == NULL && strcmp(so, "libc") != 0)
		peer_die(dlerror());
	for (size_t i = 0; i < 3; i++) {
		char symbol[64];
		if (gp_format(symbol, sizeof(symbol), "_nss_%s_%s", name, what[i]) != GP_ST_OK)
			peer_die("the service's name is too long");
		found[i] = dlsym(lib, symbol);
	}
	/* ISO C has no cast from an object's pointer to a function's. */
	_Static_assert(sizeof(found) == sizeof(service), "three pointers");
	memcpy(&service, found, sizeof(service));
	if (service.name == NULL)
		peer_die("the service has no getpwnam_r");
}

/* Guests' names have an '@'; what other services make of one is their own affair. */
static void read_keys(const char *path, bool guests)
{
	FILE *f = fopen(path, "re");
	if (f == NULL)
		peer_die(path);
	char line[128];
	while (key_count < PEER_KEYS && fgets(line, sizeof(line), f) != NULL) {
		char *blank = strchr(line, ' ');
		if (blank == NULL ||
		    gp_copy(names[key_count], sizeof(names[0]),
			    (struct gp_str){line, (size_t)(blank - line)}) != GP_ST_OK)
			peer_die("not a file of keys");
		uids[key_count] = (uid_t)strtoul(blank, NULL, 10);
		char *at = strchr(names[key_count], '@');
		if (at != NULL && !guests)
			*at = '.';
		memcpy(absent[key_count], names[key_count], sizeof(absent[0]));
		absent[key_count][0] = 'x';
		key_count++;
	}
	(void)fclose(f);
	if (key_count == 0)
		peer_die("no keys");
}

struct work {
	call *fn;
	unsigned int calls, from;
	unsigned int bad;
};

static void *run(void *arg)
{
	struct work *w = arg;
	unsigned int k = w->from;
	unsigned int bad = 0; /* of its own, so that threads share no line of a cache */
	for (unsigned int i = 0; i < w->calls; i++) {
		bad += !w->fn(k);
		k = k + 1 < key_count ? k + 1 : 0;
	}
	w->bad = bad;
	return NULL;
}

static double round_ns(call *fn, unsigned int calls, unsigned int threads)
{
	pthread_t ids[16];
	struct work works[16];
	int64_t from = now_ns();
	for (unsigned int t = 0; t < threads; t++) {
		works[t] = (struct work){fn, calls, t * key_count / threads, 0};
		if (threads > 1 && pthread_create(&ids[t], NULL, run, &works[t]) != 0)
			peer_die("no thread");
	}
	if (threads == 1)
		(void)run(&works[0]);
	for (unsigned int t = 0; t < threads && threads > 1; t++)
		(void)pthread_join(ids[t], NULL);
	double each = (double)(now_ns() - from) / calls;
	for (unsigned int t = 0; t < threads; t++)
		if (works[t].bad != 0)
			peer_die("wrong answers");
	return each;
}

static double measure(call *fn, unsigned int threads)
{
	double rounds[ROUNDS];
	unsigned int calls = 1;
	/* So many that a round takes a while; the first ones also warm what there is to warm. */
	while (round_ns(fn, calls, threads) * calls < ROUND_S * 1e9 / 4)
		calls *= 2;
	for (size_t r = 0; r < ROUNDS; r++)
		rounds[r] = round_ns(fn, calls, threads);
	qsort(rounds, ROUNDS, sizeof(rounds[0]), order);
	return rounds[ROUNDS / 2];
}

/* Instructions between two stops of a child that makes one call. */
static long steps(call *fn)
{
	pid_t pid = fork();
	if (pid == 0) {
		/* Known by then: what a first call does is not what a steady one does. */
		for (unsigned int i = 0; i < 3; i++)
			if (fn != NULL && !fn(0))
				_exit(1);
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
			_exit(1);
		(void)raise(SIGSTOP);
		if (fn != NULL)
			(void)fn(0);
		(void)raise(SIGSTOP);
		_exit(0);
	}
	int status = 0;
	long n = 0;
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
		peer_die("the child did not stop");
	for (;;) {
		if (ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL) != 0 ||
		    waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
			peer_die("single-stepping does not work here");
		if (WSTOPSIG(status) == SIGSTOP)
			break;
		n++;
	}
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, &status, 0);
	return n;
}

/* What a process has to do that looks up one name. */
static void one(const char *so, const char *name, const char *key, const char *uid)
{
	if (gp_copy(names[0], sizeof(names[0]), gp_str_from(key)) != GP_ST_OK)
		peer_die("the name is too long");
	uids[0] = (uid_t)strtoul(uid, NULL, 10);
	int64_t from = now_ns();
	load(so, name);
	bool ok = ask_name(0);
	double us = (double)(now_ns() - from) / 1000;
	if (!ok)
		peer_die("a fresh process had no answer");
	(void)printf("%.2f\n", us);
}

static double first(const char *so, const char *name)
{
	static double us[FRESH];
	for (size_t r = 0; r < FRESH; r++) {
		char uid[16];
		char told[32] = "";
		int fds[2];
		size_t k = r % key_count;
		if (pipe(fds) != 0 || gp_format(uid, sizeof(uid), "%u", uids[k]) != GP_ST_OK)
			peer_die("no pipe");
		pid_t pid = fork();
		if (pid == 0) {
			(void)dup2(fds[1], STDOUT_FILENO);
			(void)execl("/proc/self/exe", "peer_bench", "one", so, name, names[k], uid,
				    (char *)NULL);
			_exit(1);
		}
		close(fds[1]);
		if (pid < 0 || read(fds[0], told, sizeof(told) - 1) <= 0)
			peer_die("a fresh process had no answer");
		close(fds[0]);
		(void)waitpid(pid, NULL, 0);
		us[r] = strtod(told, NULL);
	}
	qsort(us, FRESH, sizeof(us[0]), order);
	return us[FRESH / 2];
}

#define SWAP_CALLS 3000000U
#define SWAP_US    100000

static _Atomic bool swapping;
static unsigned int swap_users;

/* As the publisher does it, in the same order. */
static void publish_over(struct gp_directory_bytes bytes)
{
	static const uint32_t set = 1;
	sample_write(GP_RUNDIR "/directory.new", bytes);
	if (link(GP_RUNDIR "/directory", GP_RUNDIR "/superseded") != 0 ||
	    rename(GP_RUNDIR "/directory.new", GP_RUNDIR "/directory") != 0)
		peer_die("cannot publish");
	int fd = open(GP_RUNDIR "/superseded", O_RDWR | O_CLOEXEC);
	if (fd < 0 || pwrite(fd, &set, sizeof(set), GP_DIR_H_SUPERSEDED) != sizeof(set))
		peer_die("cannot supersede");
	close(fd);
	(void)unlink(GP_RUNDIR "/superseded");
}

static void *swap_files(void *arg)
{
	struct gp_directory_bytes bytes = sample_large(swap_users, 2);
	(void)arg;
	while (swapping) {
		publish_over(bytes);
		(void)usleep(SWAP_US);
	}
	gp_directory_bytes_free(&bytes);
	return NULL;
}

static uint32_t percentile_99(uint32_t *all)
{
	unsigned int k = 0;
	for (unsigned int i = 0; i < SWAP_CALLS; i++) {
		int64_t from = now_ns();
		if (!ask_name(k))
			peer_die("a look-up failed");
		int64_t took = now_ns() - from;
		all[i] = took < UINT32_MAX ? (uint32_t)took : UINT32_MAX;
		k = k + 1 < key_count ? k + 1 : 0;
	}
	/* By counting: most take less than this. */
	static unsigned int below[100000];
	memset(below, 0, sizeof(below));
	for (unsigned int i = 0; i < SWAP_CALLS; i++)
		below[all[i] < 99999 ? all[i] : 99999]++;
	unsigned int seen = 0;
	for (uint32_t ns = 0; ns < 100000; ns++)
		if ((seen += below[ns]) >= SWAP_CALLS / 100 * 99)
			return ns;
	return 100000;
}

static unsigned int mappings(void)
{
	char line[512];
	unsigned int n = 0;
	FILE *f = fopen("/proc/self/maps", "re");
	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		n += strstr(line, GP_RUNDIR "/directory") != NULL ||
		     strstr(line, GP_RUNDIR "/superseded") != NULL;
	if (f != NULL)
		(void)fclose(f);
	return n;
}

static void swap(unsigned int users)
{
	pthread_t publisher;
	uint32_t *all = calloc(SWAP_CALLS, sizeof(*all));
	if (all == NULL)
		peer_die("no memory");
	uint32_t quiet = percentile_99(all);
	swap_users = users;
	swapping = true;
	if (pthread_create(&publisher, NULL, swap_files, NULL) != 0)
		peer_die("no thread");
	uint32_t busy = percentile_99(all);
	swapping = false;
	(void)pthread_join(publisher, NULL);
	if (!ask_name(0))
		peer_die("a look-up failed");
	(void)printf("%u %u %u\n", quiet, busy, mappings());
	free(all);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	if (strcmp(what, "make") == 0 && argc == 4) {
		peer_make((unsigned int)strtoul(argv[2], NULL, 10), argv[3]);
	} else if (strcmp(what, "glibc") == 0 && argc == 5) {
		read_keys(argv[2], strcmp(argv[3], "@") == 0);
		(void)printf("%.2f\n", measure(call_of(argv[4], true), 1));
	} else if (strcmp(what, "one") == 0 && argc == 6) {
		one(argv[2], argv[3], argv[4], argv[5]);
	} else if (strcmp(what, "first") == 0 && argc == 5) {
		read_keys(argv[4],
			  strcmp(argv[3], "guestpass") == 0 || strcmp(argv[3], "reference") == 0);
		(void)printf("%.2f\n", first(argv[2], argv[3]));
	} else if (argc >= 6) {
		read_keys(argv[4],
			  strcmp(argv[3], "guestpass") == 0 || strcmp(argv[3], "reference") == 0);
		load(argv[2], argv[3]);
		call *fn = strcmp(what, "swap") == 0 ? NULL : call_of(argv[5], false);
		unsigned int n = argc > 6 ? (unsigned int)strtoul(argv[6], NULL, 10) : 1;
		if (strcmp(what, "ask") == 0 && n >= 1 && n <= 16) {
			if (strcmp(argv[5], "initgroups") == 0 && strcmp(argv[3], "sss") == 0 &&
			    key_count > 500)
				key_count = 500; /* as many as were warmed: each costs it long */
			(void)printf("%.2f\n", measure(fn, n));
		} else if (strcmp(what, "steps") == 0) {
			(void)printf("%ld\n", steps(fn) - steps(NULL));
		} else if (strcmp(what, "swap") == 0) {
			swap((unsigned int)strtoul(argv[5], NULL, 10));
		} else if (strcmp(what, "warm") == 0) {
			for (unsigned int i = 0; i < n && i < key_count; i++)
				if (!fn(i))
					peer_die("a key has no answer");
		} else {
			peer_die("usage: see the head of the source");
		}
	} else {
		peer_die("usage: see the head of the source");
	}
	return 0;
}
