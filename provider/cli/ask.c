/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/ask.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/json.h"
#include "contract/text.h"

#include "contract/ban.h"

static enum gp_status sys_fail(struct gp_error *err, const char *path, int code)
{
	switch (code) {
	case ENOENT:
	case ECONNREFUSED:
		return gp_fail(err, GP_ST_UNAVAILABLE,
			       "%s: %s; is guestpassd running? (systemctl status guestpassd)", path,
			       strerror(code));
	case EACCES:
	case EPERM:
		return gp_fail(err, GP_ST_DENIED, "%s: %s; this takes root", path, strerror(code));
	case EAGAIN:
	case EINPROGRESS:
		return gp_fail(err, GP_ST_TIMEOUT, "%s: the daemon does not answer", path);
	default:
		return gp_fail(err, GP_ST_IO, "%s: %s", path, strerror(code));
	}
}

static bool set_limit(int fd, int timeout_ms)
{
	const struct timeval limit = {timeout_ms / 1000, (suseconds_t)(timeout_ms % 1000) * 1000};
	return setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) == 0 &&
	       setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) == 0;
}

static enum gp_status open_socket(const struct sockaddr_un *address, int timeout_ms, int *out,
				  struct gp_error *err)
{
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return sys_fail(err, address->sun_path, errno);
	/* Before connect: a full backlog makes connect itself wait. */
	if (!set_limit(fd, timeout_ms) ||
	    connect(fd, (const struct sockaddr *)address, sizeof(*address)) != 0) {
		int code = errno;
		(void)close(fd);
		return sys_fail(err, address->sun_path, code);
	}
	*out = fd;
	return GP_ST_OK;
}

static enum gp_status send_packet(int fd, const char *path, const char *question,
				  struct gp_error *err)
{
	size_t len = strlen(question);
	ssize_t n = send(fd, question, len, MSG_NOSIGNAL);
	if (n < 0)
		return sys_fail(err, path, errno);
	if ((size_t)n != len)
		return gp_fail(err, GP_ST_IO, "%s: the question was cut", path);
	return GP_ST_OK;
}

static enum gp_status receive_packet(int fd, const char *path, struct gp_buf *answer,
				     struct gp_error *err)
{
	ssize_t n = 0;
	char *packet = malloc(GP_ASK_ANSWER_MAX);
	if (packet == NULL)
		return gp_fail(err, GP_ST_NO_MEMORY, "out of memory");
	do
		n = recv(fd, packet, GP_ASK_ANSWER_MAX, MSG_TRUNC);
	while (n < 0 && errno == EINTR);
	enum gp_status st = GP_ST_OK;
	if (n < 0)
		st = sys_fail(err, path, errno);
	else if (n == 0)
		st = gp_fail(err, GP_ST_CLOSED, "%s: the daemon closed without an answer", path);
	else if ((size_t)n > GP_ASK_ANSWER_MAX)
		st = gp_fail(err, GP_ST_TOO_BIG, "%s: the answer is too long", path);
	else
		gp_buf_add(answer, packet, (size_t)n);
	free(packet);
	return st == GP_ST_OK ? gp_buf_status(answer) : st;
}

static enum gp_status begin(const char *run_dir, const char *question, int timeout_ms,
			    struct sockaddr_un *address, int *fd, struct gp_error *err)
{
	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	if (gp_format(address->sun_path, sizeof(address->sun_path), "%s/admin.sock", run_dir) !=
	    GP_ST_OK)
		return gp_fail(err, GP_ST_TOO_BIG, "the run directory's path is too long");
	enum gp_status st = open_socket(address, timeout_ms, fd, err);
	return st == GP_ST_OK ? send_packet(*fd, address->sun_path, question, err) : st;
}

enum gp_status gp_ask(const char *run_dir, const char *question, int timeout_ms,
		      struct gp_buf *answer, struct gp_error *err)
{
	struct sockaddr_un address;
	int fd = -1;
	enum gp_status st = begin(run_dir, question, timeout_ms, &address, &fd, err);
	if (st == GP_ST_OK)
		st = receive_packet(fd, address.sun_path, answer, err);
	if (fd >= 0)
		(void)close(fd);
	return st;
}

/* ANSWER as a document; the daemon's own {"error":"..."} in ERR. */
static enum gp_status read_answer(const struct gp_buf *answer, struct gp_json_doc **out,
				  struct gp_error *err)
{
	struct gp_str wrong = {0};
	char safe[sizeof(err->text)];
	enum gp_status st =
		gp_json_parse((struct gp_str){gp_buf_get(answer), answer->len}, out, err);
	if (st != GP_ST_OK ||
	    gp_json_get_str(gp_json_root(*out), "error", 1024, &wrong) != GP_ST_OK)
		return st;
	(void)gp_text_safe(wrong, GP_TEXT_LINE, safe, sizeof(safe));
	gp_json_doc_free(*out);
	*out = NULL;
	return gp_fail(err, GP_ST_INVALID, "%s", safe);
}

enum gp_status gp_ask_slow(const char *run_dir, const char *question, int timeout_ms,
			   struct gp_json_doc **out, struct gp_error *err)
{
	gp_buf_auto struct gp_buf answer = GP_BUF(GP_ASK_ANSWER_MAX);
	enum gp_status st = gp_ask(run_dir, question, timeout_ms, &answer, err);
	return st == GP_ST_OK ? read_answer(&answer, out, err) : st;
}

enum gp_status gp_ask_doc(const char *run_dir, const char *question, struct gp_json_doc **out,
			  struct gp_error *err)
{
	return gp_ask_slow(run_dir, question, GP_ASK_TIMEOUT_MS, out, err);
}

/* On the standard error output: what is asked for may go elsewhere. */
static bool show_code(const struct gp_json *sign_in, const char *who)
{
	struct gp_str page = {0};
	struct gp_str code = {0};
	char safe_page[512];
	char safe_code[64];
	int64_t expires_s = 0;
	if (gp_json_get_str(sign_in, "page", 256, &page) != GP_ST_OK ||
	    gp_json_get_str(sign_in, "code", 32, &code) != GP_ST_OK ||
	    gp_json_get_int(sign_in, "expires", 1, 86400, &expires_s) != GP_ST_OK)
		return false;
	(void)gp_text_safe(page, GP_TEXT_LINE, safe_page, sizeof(safe_page));
	(void)gp_text_safe(code, GP_TEXT_LINE, safe_code, sizeof(safe_code));
	(void)fprintf(stderr,
		      "Open this page in a browser:  %s\n"
		      "Enter this code there:        %s\n"
		      "Then sign in %s. The code is valid for %lld minutes. Ctrl-C gives up.\n",
		      safe_page, safe_code, who, (long long)(expires_s / 60));
	return true;
}

enum gp_status gp_ask_signing_in(const char *run_dir, struct gp_buf *question, const char *who,
				 struct gp_buf *text, struct gp_json_doc **out,
				 struct gp_error *err)
{
	struct sockaddr_un address;
	const struct gp_json *sign_in = NULL;
	int fd = -1;
	gp_ask_add_login(question);
	gp_buf_text(question, "}");
	if (gp_buf_status(question) != GP_ST_OK)
		return gp_fail(err, GP_ST_INVALID, "what was given is too long");
	enum gp_status st =
		begin(run_dir, gp_buf_get(question), GP_ASK_CODE_MS, &address, &fd, err);
	while (st == GP_ST_OK) {
		gp_buf_free(text);
		st = receive_packet(fd, address.sun_path, text, err);
		if (st == GP_ST_OK)
			st = read_answer(text, out, err);
		if (st != GP_ST_OK ||
		    gp_json_get_object(gp_json_root(*out), "sign_in", &sign_in) != GP_ST_OK)
			break;
		/* From here on a person is waited for. */
		if (!set_limit(fd, GP_ASK_SIGN_IN_MS))
			st = sys_fail(err, address.sun_path, errno);
		else if (!show_code(sign_in, who))
			st = gp_fail(err, GP_ST_INVALID, "the daemon's answer makes no sense");
		gp_json_doc_free(*out);
		*out = NULL;
	}
	if (fd >= 0)
		(void)close(fd);
	return st;
}

void gp_ask_member(struct gp_buf *question, const char *key, const char *text)
{
	if (text == NULL)
		return;
	gp_buf_printf(question, ",\"%s\":", key);
	gp_json_write_str(question, gp_str_from(text));
}

enum gp_status gp_ask_shown(const char *run_dir, bool json, const struct gp_buf *question,
			    struct gp_json_doc **out, struct gp_error *err)
{
	if (gp_buf_status(question) != GP_ST_OK)
		return gp_fail(err, GP_ST_INVALID, "what was given is too long");
	if (!json)
		return gp_ask_doc(run_dir, gp_buf_get(question), out, err);
	gp_buf_auto struct gp_buf answer = GP_BUF(GP_ASK_ANSWER_MAX);
	enum gp_status st = gp_ask(run_dir, gp_buf_get(question), GP_ASK_TIMEOUT_MS, &answer, err);
	if (st == GP_ST_OK)
		st = gp_json_parse((struct gp_str){gp_buf_get(&answer), answer.len}, out, err);
	if (st == GP_ST_OK)
		(void)puts(gp_buf_get(&answer));
	return st;
}

enum gp_status gp_ask_parts(const char *run_dir, const char *op, gp_ask_part *each, void *arg,
			    struct gp_error *err)
{
	int64_t from = 0;

	for (size_t part = 0;; part++) {
		gp_json_doc_auto struct gp_json_doc *doc = NULL;
		char question[96];
		int64_t next = 0;
		enum gp_status st =
			gp_format(question, sizeof(question),
				  "{\"v\":1,\"op\":\"%s\",\"from\":%lld}", op, (long long)from);
		if (st == GP_ST_OK)
			st = gp_ask_doc(run_dir, question, &doc, err);
		if (st == GP_ST_OK)
			st = each(arg, part, gp_json_root(doc), err);
		if (st != GP_ST_OK)
			return st;
		/* Only ever forward: a list that does not end is no list. */
		st = gp_json_get_int(gp_json_root(doc), "more", from + 1, INT64_MAX - 1, &next);
		if (st == GP_ST_NOT_FOUND)
			return GP_ST_OK;
		if (st != GP_ST_OK)
			return gp_fail(err, GP_ST_IO, "the daemon's answer is no part of a list");
		from = next;
	}
}

void gp_ask_add_login(struct gp_buf *question)
{
	char text[32];
	uint64_t login = UINT32_MAX;
	int fd = open("/proc/self/loginuid", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, text, sizeof(text)) : -1;
	if (fd >= 0)
		(void)close(fd);
	/* (uid_t)-1 is the kernel's word for none. */
	if (n > 0 &&
	    gp_parse_u64(gp_str_trim((struct gp_str){text, (size_t)n}), UINT32_MAX, &login) ==
		    GP_ST_OK &&
	    login != UINT32_MAX)
		gp_buf_printf(question, ",\"login\":%llu", (unsigned long long)login);
}
