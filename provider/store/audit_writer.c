/* SPDX-License-Identifier: Apache-2.0 */
#include "store/audit_writer.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "contract/ban.h"

enum state {
	IDLE = 0,
	ASKED, /* the job is the thread's */
	ENDED,
};

struct gp_audit_writer {
	struct gp_audit_file file; /* the thread's while ASKED */
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t asked;
	pthread_cond_t ended;
	enum state state;
	bool quit;
	struct gp_buf lines;
	struct gp_audit_head after;
	struct gp_audit_done done;
};

static void do_job(struct gp_audit_writer *w)
{
	struct gp_audit_link link;
	struct gp_audit_done *done = &w->done;
	*done = (struct gp_audit_done){0};
	done->status =
		gp_audit_file_append(&w->file, (struct gp_str){gp_buf_get(&w->lines), w->lines.len},
				     &w->after, &done->rest, &done->error);
	if (done->rest.left && gp_audit_last(w->file.fd, &done->last, &link) != GP_ST_OK) {
		gp_audit_head_none(&done->last);
	}
}

static void *work(void *arg)
{
	struct gp_audit_writer *w = arg;
	(void)pthread_mutex_lock(&w->lock);
	while (!w->quit) {
		if (w->state != ASKED) {
			(void)pthread_cond_wait(&w->asked, &w->lock);
			continue;
		}
		(void)pthread_mutex_unlock(&w->lock);
		do_job(w);
		(void)pthread_mutex_lock(&w->lock);
		w->state = ENDED;
		(void)pthread_cond_signal(&w->ended);
	}
	(void)pthread_mutex_unlock(&w->lock);
	return NULL;
}

static void destroy(struct gp_audit_writer *w)
{
	(void)pthread_cond_destroy(&w->asked);
	(void)pthread_cond_destroy(&w->ended);
	(void)pthread_mutex_destroy(&w->lock);
	gp_audit_file_close(&w->file);
	gp_buf_free(&w->lines);
	free(w);
}

static bool make_locks(struct gp_audit_writer *w)
{
	pthread_condattr_t attr;
	if (pthread_condattr_init(&attr) != 0) {
		return false;
	}
	bool made = pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) == 0 &&
		    pthread_mutex_init(&w->lock, NULL) == 0 &&
		    pthread_cond_init(&w->asked, NULL) == 0 &&
		    pthread_cond_init(&w->ended, &attr) == 0;
	(void)pthread_condattr_destroy(&attr);
	return made;
}

/* Signals are for the loop's thread. */
static bool start(struct gp_audit_writer *w)
{
	sigset_t all;
	sigset_t before;
	(void)sigfillset(&all);
	if (pthread_sigmask(SIG_SETMASK, &all, &before) != 0) {
		return false;
	}
	bool started = pthread_create(&w->thread, NULL, work, w) == 0;
	return pthread_sigmask(SIG_SETMASK, &before, NULL) == 0 && started;
}

enum gp_status gp_audit_writer_new(struct gp_audit_file *file, struct gp_audit_writer **out,
				   struct gp_error *err)
{
	struct gp_audit_writer *w = calloc(1, sizeof(*w));
	if (w == NULL || !make_locks(w)) {
		free(w);
		gp_audit_file_close(file);
		return gp_fail(err, GP_ST_NO_MEMORY, "audit: no memory");
	}
	w->file = *file;
	*file = (struct gp_audit_file){.fd = -1, .head_fd = -1};
	if (!start(w)) {
		destroy(w);
		return gp_fail(err, GP_ST_NO_MEMORY, "audit: no thread");
	}
	*out = w;
	return GP_ST_OK;
}

void gp_audit_writer_free(struct gp_audit_writer *writer)
{
	if (writer == NULL) {
		return;
	}
	(void)pthread_mutex_lock(&writer->lock);
	const bool held = writer->state == ASKED;
	writer->quit = true;
	(void)pthread_cond_signal(&writer->asked);
	(void)pthread_mutex_unlock(&writer->lock);
	if (held) {
		(void)pthread_detach(writer->thread);
		return;
	}
	(void)pthread_join(writer->thread, NULL);
	destroy(writer);
}

static struct timespec deadline_in(int64_t ms)
{
	struct timespec at;
	(void)clock_gettime(CLOCK_MONOTONIC, &at);
	at.tv_sec += ms / 1000;
	at.tv_nsec += (ms % 1000) * 1000000;
	if (at.tv_nsec >= 1000000000) {
		at.tv_sec++;
		at.tv_nsec -= 1000000000;
	}
	return at;
}

/* With the lock. */
static bool take_end(struct gp_audit_writer *w, struct gp_audit_done *out)
{
	if (w->state != ENDED) {
		return false;
	}
	*out = w->done;
	w->state = IDLE;
	return true;
}

enum gp_status gp_audit_writer_run(struct gp_audit_writer *writer, struct gp_buf *lines,
				   const struct gp_audit_head *after, int64_t limit_ms,
				   struct gp_audit_done *out)
{
	const struct timespec deadline = deadline_in(limit_ms);
	int rc = 0;
	(void)pthread_mutex_lock(&writer->lock);
	if (writer->state != IDLE) {
		(void)pthread_mutex_unlock(&writer->lock);
		return GP_ST_TIMEOUT;
	}
	gp_buf_free(&writer->lines);
	writer->lines = *lines;
	*lines = GP_BUF(lines->max);
	writer->after = *after;
	writer->state = ASKED;
	(void)pthread_cond_signal(&writer->asked);
	while (writer->state == ASKED && rc != ETIMEDOUT) {
		rc = pthread_cond_timedwait(&writer->ended, &writer->lock, &deadline);
	}
	bool ended = take_end(writer, out);
	(void)pthread_mutex_unlock(&writer->lock);
	return ended ? GP_ST_OK : GP_ST_TIMEOUT;
}

bool gp_audit_writer_ended(struct gp_audit_writer *writer, struct gp_audit_done *out)
{
	(void)pthread_mutex_lock(&writer->lock);
	bool ended = take_end(writer, out);
	(void)pthread_mutex_unlock(&writer->lock);
	return ended;
}
