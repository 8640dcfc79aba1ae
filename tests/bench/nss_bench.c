/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Name look-ups, the NSS module's entry points called directly: nanoseconds a call at 1k, 10k and
 * 100k users, beside libc's own service "files" on the same users and groups in the same run. It is
 * given a directory whose files passwd and group lie over those of /etc, as tests/bench/run does it
 * for this process alone; else a scan of a passwd file stands in for "files". It prints and asserts
 * nothing about time. Only ratios carry from one machine to another.
 */
#include <dlfcn.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#undef GP_RUNDIR
#define GP_RUNDIR      "run"
#define GP_TRUSTED_UID geteuid()
#include "contract/directory_open.c"
#include "nss_module/mapping.c"

#include "nss_module/nss_guestpass.h"
#include "tests/unit/support/directory_sample.h"

#include "contract/ban.h"

#define ROUNDS 7
#define CALLS  200000U
#define KEYS   4096U

static char keys[KEYS][64];
static uid_t uids[KEYS];
static const char passwd_file[] = "passwd";
static const char group_file[] = "group";

/* A service of the name service switch: ours, and libc's "files". */
struct service {
	enum nss_status (*getpwnam)(const char *, struct passwd *, char *, size_t, int *);
	enum nss_status (*getpwuid)(uid_t, struct passwd *, char *, size_t, int *);
	enum nss_status (*getgrgid)(gid_t, struct group *, char *, size_t, int *);
	enum nss_status (*initgroups)(const char *, gid_t, long int *, long int *, gid_t **,
				      long int, int *);
};

static const struct service guestpass = {_nss_guestpass_getpwnam_r, _nss_guestpass_getpwuid_r,
					 _nss_guestpass_getgrgid_r, _nss_guestpass_initgroups_dyn};
static struct service files;
static const struct service *asked; /* the one that is measured */

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

/* One call with the I-th key; 0 if it answered as it should. */
typedef int call(unsigned int i);

static int hit_name(unsigned int i)
{
	struct passwd pw;
	static char buf[1024];
	int e;
	return asked->getpwnam(keys[i % KEYS], &pw, buf, sizeof(buf), &e) != NSS_STATUS_SUCCESS;
}

static int miss_name(unsigned int i)
{
	struct passwd pw;
	static char buf[1024];
	char name[24] = "absent@partner0.example";
	int e;
	name[3] = (char)('a' + i % 26);
	name[4] = (char)('a' + i / 26 % 26);
	return asked->getpwnam(name, &pw, buf, sizeof(buf), &e) != NSS_STATUS_NOTFOUND;
}

static int hit_uid(unsigned int i)
{
	struct passwd pw;
	static char buf[1024];
	int e;
	return asked->getpwuid(uids[i % KEYS], &pw, buf, sizeof(buf), &e) != NSS_STATUS_SUCCESS;
}

static int miss_uid(unsigned int i)
{
	struct passwd pw;
	static char buf[1024];
	int e;
	return asked->getpwuid(1000 + i % 60000, &pw, buf, sizeof(buf), &e) != NSS_STATUS_NOTFOUND;
}

static int hit_groups(unsigned int i)
{
	static gid_t *groups;
	static long int size = 16;
	long int start = 0;
	int e;
	/* From the heap: a service may make it larger. */
	if (groups == NULL && (groups = calloc((size_t)size, sizeof(*groups))) == NULL)
		return 1;
	return asked->initgroups(keys[i % KEYS], 0, &start, &size, &groups, -1, &e) !=
		       NSS_STATUS_SUCCESS ||
	       start != 5;
}

static int hit_gid(unsigned int i)
{
	struct group gr;
	static char buf[8192];
	int e;
	return asked->getgrgid(GP_IDS_GID_BASE + 1 + i % 90, &gr, buf, sizeof(buf), &e) !=
	       NSS_STATUS_SUCCESS;
}

static int scan_name(unsigned int i)
{
	struct passwd pw;
	struct passwd *found = NULL;
	static char buf[1024];
	FILE *f = fopen(passwd_file, "re");
	if (f == NULL)
		return 1;
	while (fgetpwent_r(f, &pw, buf, sizeof(buf), &found) == 0)
		if (strcmp(pw.pw_name, keys[i % KEYS]) == 0)
			break;
	(void)fclose(f);
	return found == NULL;
}

/* The median of several rounds, in nanoseconds a call. */
static double measure(call *fn, unsigned int calls)
{
	double round[ROUNDS];
	int bad = 0;
	for (size_t r = 0; r < ROUNDS; r++) {
		int64_t from = now_ns();
		for (unsigned int i = 0; i < calls; i++)
			bad += fn(i);
		round[r] = (double)(now_ns() - from) / calls;
	}
	if (bad != 0) {
		fprintf(stderr, "%d wrong answers\n", bad);
		exit(1);
	}
	qsort(round, ROUNDS, sizeof(round[0]), order);
	return round[ROUNDS / 2];
}

static FILE *file(const char *name)
{
	FILE *f = fopen(name, "we");
	if (f == NULL)
		exit(1);
	return f;
}

/* The same users and groups as "files" wants them. The files keep their inodes, by which they lie
 * over those of /etc. */
static void write_files(const struct gp_directory_view *v)
{
	struct gp_directory_user u;
	struct gp_directory_group g;
	size_t cursor = 0;
	FILE *f = file(passwd_file);
	while (gp_directory_next_user(v, &cursor, &u) == GP_ST_OK)
		fprintf(f, "%s:x:%u:%u:%s:%s:%s\n", u.name.ptr, u.uid, u.gid, u.gecos.ptr,
			u.home.ptr, u.shell.ptr);
	(void)fclose(f);
	f = file(group_file);
	cursor = 0;
	while (gp_directory_next_group(v, &cursor, &g) == GP_ST_OK) {
		struct gp_str member;
		struct gp_directory_member_cursor at = {0};
		fprintf(f, "%s:x:%u:", g.name.ptr, g.gid);
		for (bool more = false; gp_directory_next_member(&g, &at, &member); more = true)
			fprintf(f, "%s%.*s", more ? "," : "", GP_STR_ARGS(member));
		(void)fputc('\n', f);
	}
	(void)fclose(f);
}

static bool lies_over(const char *own, const char *path)
{
	struct stat a;
	struct stat b;
	return stat(own, &a) == 0 && stat(path, &b) == 0 && a.st_dev == b.st_dev &&
	       a.st_ino == b.st_ino;
}

/* Can libc's "files" be asked for the same users and groups? */
static bool take_files(void)
{
	static const char *const names[] = {"_nss_files_getpwnam_r", "_nss_files_getpwuid_r",
					    "_nss_files_getgrgid_r", "_nss_files_initgroups_dyn"};
	void *found[4];
	for (size_t i = 0; i < 4; i++)
		if ((found[i] = dlsym(RTLD_DEFAULT, names[i])) == NULL)
			return false;
	/* ISO C has no cast from an object's pointer to a function's. */
	_Static_assert(sizeof(found) == sizeof(files), "four pointers");
	memcpy(&files, found, sizeof(files));
	return lies_over(passwd_file, "/etc/passwd") && lies_over(group_file, "/etc/group");
}

/* Publishes N users, and writes them as passwd and group files too. Returns the bytes a user. */
static double publish(unsigned int n)
{
	static uint64_t generation;
	struct gp_directory_bytes b = sample_large(n, ++generation);
	struct gp_directory_view v;
	if (gp_directory_attach(b.ptr, b.len, &v) != GP_ST_OK)
		exit(1);
	write_files(&v);
	for (unsigned int i = 0; i < KEYS; i++) {
		/* All over the file, in no order that a cache could guess. */
		unsigned int k = (unsigned int)((uint64_t)i * 2654435761U % n);
		if (gp_format(keys[i], sizeof(keys[i]), "u%u@partner%u.example", k, k % 50) !=
		    GP_ST_OK)
			exit(1);
		uids[i] = GP_IDS_UID_BASE + k * 617;
	}
	unlink("run/directory");
	sample_write("run/directory", b);
	double each = (double)b.len / n;
	gp_directory_bytes_free(&b);
	/* What the publisher would do to the old file; here it is gone, so start anew. */
	for (size_t i = 0; i < SLOTS; i++) {
		gp_directory_close(&slots[i].view);
		atomic_store(&slots[i].state, SLOT_FREE);
	}
	atomic_store(&current, 0);
	return each;
}

struct op {
	const char *name;
	call *fn;
};

/* One line: ours, and how it compares with "files", or with one scan. */
static void compare(const struct op *op, bool with_files, double scan, unsigned int slow_calls)
{
	double theirs = scan;
	if (with_files) {
		asked = &files;
		theirs = measure(op->fn, slow_calls);
	}
	asked = &guestpass;
	double ours = measure(op->fn, CALLS);
	printf("  %-20s %8.1f ns   %s %12.0f ns   ratio %.6f\n", op->name, ours,
	       with_files ? "files" : "scan", theirs, ours / theirs);
}

int main(int argc, char **argv)
{
	static const struct op ops[] = {
		{"getpwnam hit", hit_name},     {"getpwnam miss", miss_name},
		{"getpwuid hit", hit_uid},      {"getpwuid miss", miss_uid},
		{"initgroups (5)", hit_groups}, {"getgrgid (about 50)", hit_gid},
	};
	static const unsigned int sizes[] = {1000, 10000, 100000};
	char made[] = "/tmp/gp-bench-XXXXXX";
	const char *dir = argc > 1 ? argv[1] : mkdtemp(made);
	if (dir == NULL || chdir(dir) != 0 || mkdir("run", 0755) != 0)
		return 1;
	bool with_files = take_files();
	for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
		unsigned int slow_calls = sizes[s] < 100000 ? 10 : 3;
		double bytes = publish(sizes[s]);
		asked = &guestpass;
		int64_t from = now_ns();
		if (hit_name(0) != 0)
			return 1;
		double first = (double)(now_ns() - from) / 1000;
		double scan = with_files ? 0 : measure(scan_name, slow_calls);
		printf("names: %u users, %.0f bytes each, first look-up %.0f us\n", sizes[s], bytes,
		       first);
		for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++)
			compare(&ops[i], with_files, scan, slow_calls);
	}
	unlink("run/directory");
	rmdir("run");
	if (argc > 1)
		return 0;
	unlink(passwd_file);
	unlink(group_file);
	return chdir("/") != 0 || rmdir(dir) != 0;
}
