/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hostile publisher, as the daemon meets it: the input is a sequence of what it does. Whatever
 * that is, the exchange ends with one callback, or with none because it was broken off, and a reply
 * counts only if its bytes were one.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "contract/text.h"
#include "directory/exchange.h"
#include "tests/fuzz/support/split.h"
#include "tests/fuzz/support/stepped_time.h"
#include "tests/fuzz/support/work_dir.h"

#include "contract/ban.h"

enum {
	CANDIDATE = 300000, /* more than a socket takes at once */
	SAID_MAX = 4096,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

struct stage {
	sd_event *event;
	int listening;
	int fd; /* the publisher's end; -1 when closed */
	struct gp_exchange *exchange;
	int calls;
	bool broken_off;
	uint8_t said[SAID_MAX];
	size_t said_len;
};

static void must(bool truth)
{
	if (!truth)
		abort();
}

static void on_done(void *arg, enum gp_status status, const struct gp_publish_reply *reply,
		    const struct gp_error *err)
{
	struct stage *s = arg;
	struct gp_publish_reply read;

	must(s->calls++ == 0 && !s->broken_off);
	must((status == GP_ST_OK) == (reply != NULL) && (status == GP_ST_OK) == (err == NULL));
	if (err != NULL)
		must(err->text[0] != '\0' && gp_text_is_safe(gp_str_from(err->text), GP_TEXT_LINE));
	if (reply == NULL)
		return;
	/* It said exactly that, and more at most behind it. */
	must(s->said_len >= GP_PUBLISH_REPLY);
	const size_t n = GP_PUBLISH_REPLY + s->said[GP_PUBLISH_REPLY - 1];
	must(n <= s->said_len && gp_publish_reply_decode(s->said, n, &read) == GP_ST_OK);
	must(read.outcome == reply->outcome && read.generation == reply->generation &&
	     strcmp(read.text, reply->text) == 0);
}

static void step(const struct stage *s)
{
	int r = 0;
	do
		r = sd_event_run(s->event, 0);
	while (r > 0);
	must(r == 0);
}

static void begin(struct stage *s)
{
	static char path[] = "publish.sock";
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct gp_directory_bytes bytes = {calloc(1, CANDIDATE), CANDIDATE};

	memcpy(address.sun_path, path, sizeof(path));
	(void)unlink(path);
	s->listening = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	must(bind(s->listening, (const struct sockaddr *)&address, sizeof(address)) == 0 &&
	     listen(s->listening, 1) == 0 && sd_event_new(&s->event) >= 0);
	const struct gp_exchange_request request = {s->event, path, 0, on_done, s};
	must(gp_exchange_start(&request, &bytes, &s->exchange, NULL) == GP_ST_OK);
	s->fd = accept4(s->listening, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	must(s->fd >= 0);
}

static void say(struct stage *s, struct gp_str text)
{
	if (s->fd < 0 || text.len == 0 || text.len > SAID_MAX - s->said_len)
		return;
	const ssize_t n = send(s->fd, text.ptr, text.len, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n <= 0)
		return;
	memcpy(s->said + s->said_len, text.ptr, (size_t)n);
	s->said_len += (size_t)n;
}

static void hear(const struct stage *s, size_t most)
{
	static char sink[1 << 16];
	for (ssize_t n = 1; s->fd >= 0 && n > 0 && most > 0; most -= (size_t)n) {
		n = recv(s->fd, sink, most < sizeof(sink) ? most : sizeof(sink), MSG_DONTWAIT);
		if (n <= 0)
			break;
	}
}

static void hang_up(struct stage *s)
{
	if (s->fd >= 0)
		(void)close(s->fd);
	s->fd = -1;
}

static void good_reply(struct stage *s, unsigned int kind)
{
	struct gp_publish_reply reply = {
		.outcome = (enum gp_publish_outcome)(kind % 4), .generation = kind, .text = ""};
	uint8_t bytes[GP_PUBLISH_REPLY + GP_PUBLISH_TEXT_MAX];

	memset(reply.text, 'x', kind);
	say(s, (struct gp_str){(const char *)bytes, gp_publish_reply_encode(&reply, bytes)});
}

static void act(struct stage *s, struct gp_str *program)
{
	switch (split_byte(program) % 7) {
	case 0: {
		const size_t n = split_byte(program);
		say(s, split_bytes(program, n));
		break;
	}
	case 1:
		hear(s, (size_t)split_byte(program) << 8);
		break;
	case 2:
		hear(s, SIZE_MAX);
		break;
	case 3:
		good_reply(s, split_byte(program));
		break;
	case 4:
		hang_up(s);
		break;
	case 5:
		stepped_time_advance_ms((int64_t)split_byte(program) * 100);
		break;
	default:
		s->broken_off = true;
		gp_exchange_free(s->exchange);
		s->exchange = NULL;
		break;
	}
	step(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static bool entered;
	struct stage s = {.fd = -1};
	struct gp_str program = {(const char *)data, len};

	if (!entered)
		work_dir_enter();
	entered = true;
	stepped_time_reset();
	begin(&s);
	while (program.len > 0 && s.exchange != NULL)
		act(&s, &program);
	/* It does not wait for ever. */
	stepped_time_advance_ms(GP_EXCHANGE_DEADLINE_MS + 1000);
	step(&s);
	must(s.calls == 1 || s.broken_off);
	gp_exchange_free(s.exchange);
	hang_up(&s);
	(void)close(s.listening);
	sd_event_unref(s.event);
	return 0;
}
