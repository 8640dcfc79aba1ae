/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Name look-ups, the NSS module's entry points called directly: nanoseconds a call at 1k, 10k and
 * 100k users, beside a scan of a passwd file of the same users (what "files" does), in one run. It
 * prints and asserts nothing about time. Only ratios carry from one machine to another.
 */
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
static const char *scan_file = "passwd";

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
	return _nss_guestpass_getpwnam_r(keys[i % KEYS], &pw, buf, sizeof(buf), &e) !=
	       NSS_STATUS_SUCCESS;
}

static int miss_name(unsigned int i)
{
	struct passwd pw;
	static char buf[1024];
	char name[24] = "absent@partner0.example";
	int e;
	name[3] = (char)('a' + i % 26);
	name[4] = (char)('a' + i / 26 % 26);
	return _nss_guestpass_getpwnam_r(name, &pw, buf, sizeof(buf), &e) != NSS_STATUS_NOTFOUND;
}

static int hit_uid(unsigned int i)
{
	struct passwd pw;
	static char buf[1024];
	int e;
	return _nss_guestpass_getpwuid_r(uids[i % KEYS], &pw, buf, sizeof(buf), &e) !=
	       NSS_STATUS_SUCCESS;
}

static int miss_uid(unsigned int i)
{
	struct passwd pw;
	static char buf[1024];
	int e;
	return _nss_guestpass_getpwuid_r(1000 + i % 60000, &pw, buf, sizeof(buf), &e) !=
	       NSS_STATUS_NOTFOUND;
}

static int hit_groups(unsigned int i)
{
	gid_t room[16];
	gid_t *groups = room;
	long int start = 0;
	long int size = 16;
	int e;
	return _nss_guestpass_initgroups_dyn(keys[i % KEYS], 0, &start, &size, &groups, -1, &e) !=
		       NSS_STATUS_SUCCESS ||
	       start != 5;
}

static int hit_gid(unsigned int i)
{
	struct group gr;
	static char buf[8192];
	int e;
	return _nss_guestpass_getgrgid_r(GP_IDS_GID_BASE + 1 + i % 90, &gr, buf, sizeof(buf), &e) !=
	       NSS_STATUS_SUCCESS;
}

static int scan_name(unsigned int i)
{
	struct passwd pw;
	struct passwd *found = NULL;
	static char buf[1024];
	FILE *f = fopen(scan_file, "re");
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

/* Publishes N users, and writes them as a passwd file too. Returns the bytes a user. */
static double publish(unsigned int n)
{
	static uint64_t generation;
	struct gp_directory_bytes b = sample_large(n, ++generation);
	struct gp_directory_view v;
	struct gp_directory_user u;
	size_t cursor = 0;
	FILE *f = fopen(scan_file, "we");
	if (f == NULL || gp_directory_attach(b.ptr, b.len, &v) != GP_ST_OK)
		exit(1);
	while (gp_directory_next_user(&v, &cursor, &u) == GP_ST_OK)
		fprintf(f, "%s:x:%u:%u:%s:%s:%s\n", u.name.ptr, u.uid, u.gid, u.gecos.ptr,
			u.home.ptr, u.shell.ptr);
	(void)fclose(f);
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

int main(void)
{
	static const struct {
		const char *name;
		call *fn;
	} ops[] = {
		{"getpwnam hit", hit_name},     {"getpwnam miss", miss_name},
		{"getpwuid hit", hit_uid},      {"getpwuid miss", miss_uid},
		{"initgroups (5)", hit_groups}, {"getgrgid (about 50)", hit_gid},
	};
	static const unsigned int sizes[] = {1000, 10000, 100000};
	char dir[] = "/tmp/gp-bench-XXXXXX";
	if (mkdtemp(dir) == NULL || chdir(dir) != 0 || mkdir("run", 0755) != 0)
		return 1;
	for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
		double bytes = publish(sizes[s]);
		int64_t from = now_ns();
		if (hit_name(0) != 0)
			return 1;
		double first = (double)(now_ns() - from) / 1000;
		double scan = measure(scan_name, sizes[s] < 100000 ? 10 : 3);
		printf("%u users: %.0f bytes a user, first look-up %.0f us, scan %.0f ns\n",
		       sizes[s], bytes, first, scan);
		for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
			double ns = measure(ops[i].fn, CALLS);
			printf("  %-20s %8.1f ns   %.6f x scan\n", ops[i].name, ns, ns / scan);
		}
	}
	unlink("run/directory");
	rmdir("run");
	unlink(scan_file);
	return chdir("/") != 0 || rmdir(dir) != 0;
}
