/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A few slots hold mappings. A reader counts itself into the current slot, then looks whether the
 * slot is still current; the thread that takes a slot out of use first makes another one current,
 * then looks whether anybody is counted in. Both orders are sequentially consistent, so one of the
 * two sees the other, and nothing is unmapped under a reader.
 *
 * Forked children inherit the counts of threads that they do not have. Such a slot stays mapped in
 * the child, the others go on; when none is left a look-up maps the file for itself.
 */
#include "nss_module/mapping.h"

#include <errno.h>
#include <stdatomic.h>
#include <time.h>

#include "contract/ban.h"

#define SLOTS   4U
#define STRIPES 8U
#define LINE    64
#define PATH    GP_RUNDIR "/directory"

enum slot_state {
	SLOT_FREE = 0,
	SLOT_LOADING,
	SLOT_CURRENT,
	SLOT_RETIRED,
	SLOT_UNMAPPING,
};

struct counter {
	_Alignas(LINE) atomic_uint readers;
};

static struct slot {
	_Alignas(LINE) atomic_uint state;
	struct gp_directory_view view;
	struct counter stripe[STRIPES];
} slots[SLOTS];

/* 0: none yet. Else the slot + 1 in the low byte; above it a count of exchanges, so that a slot
 * that was current, reused and current again is not taken for the same. */
static _Alignas(LINE) atomic_uint current;
/* After a failure nobody tries again before this second of the coarse monotonic clock. */
static atomic_llong retry_at_s;

static long long now_s(void)
{
	struct timespec ts = {0};
	clock_gettime(CLOCK_MONOTONIC_COARSE, &ts);
	return (long long)ts.tv_sec;
}

/* Threads have their stacks in different pages, which tells them apart without thread-local
 * storage; any choice is right, some are faster. */
static unsigned int my_stripe(void)
{
	uint64_t page = (uint64_t)(uintptr_t)__builtin_frame_address(0) >> 14;
	return (unsigned int)(page * 0x9E3779B97F4A7C15ULL >> 61);
}

static bool has_readers(struct slot *s)
{
	for (unsigned int i = 0; i < STRIPES; i++)
		if (atomic_load(&s->stripe[i].readers) != 0)
			return true;
	return false;
}

/* Unmaps a retired slot that nobody reads. */
static void reap(struct slot *s)
{
	/* Again after putting it back: the last reader may have left meanwhile, and seen that
	 * somebody was at it. */
	while (atomic_load(&s->state) == SLOT_RETIRED && !has_readers(s)) {
		unsigned int want = SLOT_RETIRED;
		if (!atomic_compare_exchange_strong(&s->state, &want, SLOT_UNMAPPING))
			return;
		if (has_readers(s)) {
			atomic_store(&s->state, SLOT_RETIRED);
			continue;
		}
		gp_directory_close(&s->view);
		atomic_store(&s->state, SLOT_FREE);
		return;
	}
}

static struct slot *claim_slot(void)
{
	for (unsigned int i = 0; i < SLOTS; i++) {
		unsigned int want = SLOT_FREE;
		reap(&slots[i]);
		if (atomic_compare_exchange_strong(&slots[i].state, &want, SLOT_LOADING))
			return &slots[i];
	}
	return NULL;
}

enum refreshed {
	NOTHING_NEW, /* go on with what there is */
	EXCHANGED,   /* by this thread or another: look again */
	NO_SLOT,
};

/* Maps the published file and makes it current in place of SEEN. */
static enum refreshed refresh(unsigned int seen)
{
	long long now = now_s();
	if (now < atomic_load(&retry_at_s))
		return NOTHING_NEW;
	struct slot *s = claim_slot();
	if (s == NULL)
		return NO_SLOT;
	enum gp_status st = gp_directory_open(PATH, &s->view);
	if (st != GP_ST_OK) {
		atomic_store(&s->state, SLOT_FREE);
		if (atomic_load(&current) != seen)
			return EXCHANGED;
		atomic_store(&retry_at_s, now + 1);
		return NOTHING_NEW;
	}
	/* Before the exchange: from then on another thread may retire the slot. */
	atomic_store(&s->state, SLOT_CURRENT);
	unsigned int next = ((seen >> 8) + 1) << 8 | (unsigned int)(s - slots + 1);
	if (!atomic_compare_exchange_strong(&current, &seen, next)) {
		gp_directory_close(&s->view);
		atomic_store(&s->state, SLOT_FREE);
		return EXCHANGED;
	}
	if (seen != 0) {
		struct slot *old = &slots[(seen & 0xFF) - 1];
		atomic_store(&old->state, SLOT_RETIRED);
		reap(old);
	}
	return EXCHANGED;
}

/* Counts this thread into SEEN's slot. False if that is not the current one any more. */
static bool enter_slot(unsigned int seen, struct gp_nss_hold *hold)
{
	hold->slot = (seen & 0xFF) - 1;
	hold->stripe = my_stripe();
	struct slot *s = &slots[hold->slot];
	atomic_fetch_add(&s->stripe[hold->stripe].readers, 1);
	hold->view = &s->view;
	if (atomic_load(&current) == seen)
		return true;
	gp_nss_leave(hold);
	return false;
}

static __attribute__((noinline, cold)) void enter_slowly(struct gp_nss_hold *hold)
{
	int saved = errno;
	bool try_newer = true;

	/* Each round but the last few makes progress: somebody exchanged the mapping. */
	for (unsigned int round = 0; hold->view == NULL && round < 64; round++) {
		unsigned int seen = atomic_load(&current);
		if (seen != 0 && enter_slot(seen, hold)) {
			if (!try_newer || !gp_directory_superseded(hold->view))
				break;
			gp_nss_leave(hold);
		} else if (seen != 0) {
			continue;
		}
		enum refreshed r = refresh(seen);
		if (r != EXCHANGED)
			try_newer = false;
		if (r == NOTHING_NEW && seen == 0)
			break;
		if (r == NO_SLOT && seen == 0 && gp_directory_open(PATH, &hold->own) == GP_ST_OK)
			hold->view = &hold->own;
	}
	errno = saved;
}

void gp_nss_enter(struct gp_nss_hold *hold)
{
	hold->view = NULL;
	unsigned int seen = atomic_load(&current);
	if (__builtin_expect(seen != 0 && enter_slot(seen, hold), 1)) {
		if (__builtin_expect(!gp_directory_superseded(hold->view), 1))
			return;
		gp_nss_leave(hold);
	}
	enter_slowly(hold);
}

void gp_nss_leave(struct gp_nss_hold *hold)
{
	if (hold->view == NULL)
		return;
	if (hold->view == &hold->own) {
		int saved = errno;
		gp_directory_close(&hold->own);
		errno = saved;
	} else {
		struct slot *s = &slots[hold->slot];
		atomic_fetch_sub(&s->stripe[hold->stripe].readers, 1);
		if (__builtin_expect(atomic_load(&s->state) == SLOT_RETIRED, 0)) {
			int saved = errno;
			reap(s);
			errno = saved;
		}
	}
	hold->view = NULL;
}
