/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/support/tls_server.h"

#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "contract/ban.h"

enum {
	ANSWERS_MAX = 64,
	REQUESTS_MAX = 256,
	CONNECTIONS_MAX = 64,
	REQUEST_MAX = 32768,
};

struct connection {
	struct tls_server *server;
	pthread_t thread;
	int fd;
};

struct tls_server {
	pthread_mutex_t lock;
	struct tls_answer answers[ANSWERS_MAX];
	size_t answers_len;
	char *requests[REQUESTS_MAX];
	size_t requests_len;
	struct connection connections[CONNECTIONS_MAX];
	size_t connections_len;
	pthread_t thread;
	SSL_CTX *ctx;
	int listener;
	int stop[2]; /* readable from the end on */
	char origin[64];
	char ca_dir[64];
	char ca_file[96];
};

static void must(bool ok, const char *what)
{
	if (ok)
		return;
	(void)fprintf(stderr, "tls_server: %s\n", what);
	abort();
}

/* --- certificates --- */

static void add_extension(X509 *x509, int nid, const char *value)
{
	X509_EXTENSION *ext = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
	must(ext != NULL && X509_add_ext(x509, ext, -1) == 1, "extension");
	X509_EXTENSION_free(ext);
}

/* Signed by ISSUER's key, or by itself when ISSUER is NULL. */
static X509 *make_certificate(const char *name, EVP_PKEY *key, const X509 *issuer, EVP_PKEY *signer)
{
	char alt[128];
	X509 *x509 = X509_new();
	X509_NAME *subject = X509_get_subject_name(x509);
	must(x509 != NULL && X509_set_version(x509, X509_VERSION_3) == 1 &&
		     ASN1_INTEGER_set(X509_get_serialNumber(x509), issuer != NULL ? 2 : 1) == 1 &&
		     X509_gmtime_adj(X509_getm_notBefore(x509), -3600) != NULL &&
		     X509_gmtime_adj(X509_getm_notAfter(x509), 24L * 3600) != NULL &&
		     X509_set_pubkey(x509, key) == 1 &&
		     X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
						(const unsigned char *)name, -1, -1, 0) == 1,
	     "certificate");
	must(X509_set_issuer_name(x509, issuer != NULL ? X509_get_subject_name(issuer) : subject) ==
		     1,
	     "issuer");
	if (issuer != NULL) {
		(void)snprintf(alt, sizeof(alt), "DNS:%s", name);
		add_extension(x509, NID_subject_alt_name, alt);
	} else {
		add_extension(x509, NID_basic_constraints, "critical,CA:TRUE");
		add_extension(x509, NID_key_usage, "critical,keyCertSign");
	}
	must(X509_sign(x509, signer, EVP_sha256()) > 0, "signature");
	return x509;
}

static void make_trust(struct tls_server *s, const char *name)
{
	EVP_PKEY *ca_key = EVP_EC_gen("P-256");
	EVP_PKEY *key = EVP_EC_gen("P-256");
	must(ca_key != NULL && key != NULL, "keys");
	X509 *ca = make_certificate("Test CA", ca_key, NULL, ca_key);
	X509 *leaf = make_certificate(name, key, ca, ca_key);
	(void)snprintf(s->ca_dir, sizeof(s->ca_dir), "/tmp/gp-test-ca-XXXXXX");
	must(mkdtemp(s->ca_dir) != NULL, "CA directory");
	(void)snprintf(s->ca_file, sizeof(s->ca_file), "%s/%08lx.0", s->ca_dir,
		       X509_subject_name_hash(ca));
	FILE *f = fopen(s->ca_file, "we");
	must(f != NULL && PEM_write_X509(f, ca) == 1, "CA file");
	must(fclose(f) == 0, "CA file");
	s->ctx = SSL_CTX_new(TLS_server_method());
	must(s->ctx != NULL && SSL_CTX_use_certificate(s->ctx, leaf) == 1 &&
		     SSL_CTX_use_PrivateKey(s->ctx, key) == 1,
	     "TLS context");
	X509_free(ca);
	X509_free(leaf);
	EVP_PKEY_free(ca_key);
	EVP_PKEY_free(key);
}

/* --- one connection --- */

/* Reads one request into TEXT; its length, or 0 when the peer hung up. */
static size_t read_request(SSL *ssl, char *text)
{
	size_t len = 0;
	size_t want = 0;
	while (len < REQUEST_MAX - 1) {
		int n = SSL_read(ssl, text + len, (int)(REQUEST_MAX - 1 - len));
		if (n <= 0)
			return 0;
		len += (size_t)n;
		text[len] = '\0';
		const char *end = strstr(text, "\r\n\r\n");
		if (end == NULL)
			continue;
		const char *length = strcasestr(text, "\r\ncontent-length:");
		want = (size_t)(end - text) + 4;
		if (length != NULL && length < end)
			want += strtoul(length + strlen("\r\ncontent-length:"), NULL, 10);
		if (len >= want)
			return len;
	}
	return 0;
}

static struct tls_answer pick(struct tls_server *s, const char *text)
{
	struct tls_answer found = {.status = 404, .body = "{}"};
	char line[512];
	(void)snprintf(line, sizeof(line), "%.*s", (int)strcspn(text, "\r"), text);
	pthread_mutex_lock(&s->lock);
	if (s->requests_len < REQUESTS_MAX)
		s->requests[s->requests_len++] = strdup(text);
	for (size_t i = 0; i < s->answers_len; i++) {
		struct tls_answer *a = &s->answers[i];
		if (a->times == 0 || (a->path != NULL && strstr(line, a->path) == NULL))
			continue;
		if (a->times > 0)
			a->times--;
		found = *a;
		break;
	}
	pthread_mutex_unlock(&s->lock);
	return found;
}

static bool send_all(SSL *ssl, const char *bytes, size_t n)
{
	while (n > 0) {
		int sent = SSL_write(ssl, bytes, n > 16384 ? 16384 : (int)n);
		if (sent <= 0)
			return false;
		bytes += sent;
		n -= (size_t)sent;
	}
	return true;
}

static void wait_for_stop(const struct tls_server *s)
{
	struct pollfd p = {.fd = s->stop[0], .events = POLLIN};
	(void)poll(&p, 1, -1);
}

/* False when the connection is over. */
static bool give(const struct tls_server *s, SSL *ssl, const struct tls_answer *a)
{
	char head[1024];
	size_t len = a->body == NULL ? 0 : a->body_len > 0 ? a->body_len : strlen(a->body);
	if (a->end == TLS_SHUT)
		return false;
	if (a->end == TLS_STALL) {
		wait_for_stop(s);
		return false;
	}
	if (a->end == TLS_RAW)
		return send_all(ssl, a->body, len) && false;
	int n = snprintf(head, sizeof(head), "HTTP/1.1 %d Said\r\nContent-Length: %zu\r\n%s\r\n",
			 a->status, len, a->headers != NULL ? a->headers : "");
	must(n > 0 && (size_t)n < sizeof(head), "long headers");
	if (!send_all(ssl, head, (size_t)n))
		return false;
	if (a->end == TLS_CUT)
		return send_all(ssl, a->body, len / 2) && false;
	return send_all(ssl, a->body, len);
}

static void *serve(void *arg)
{
	struct connection *c = arg;
	char *text = malloc(REQUEST_MAX);
	SSL *ssl = SSL_new(c->server->ctx);
	must(text != NULL && ssl != NULL && SSL_set_fd(ssl, c->fd) == 1, "connection");
	if (SSL_accept(ssl) == 1) {
		while (read_request(ssl, text) > 0) {
			struct tls_answer a = pick(c->server, text);
			if (!give(c->server, ssl, &a))
				break;
		}
		(void)SSL_shutdown(ssl);
	}
	SSL_free(ssl);
	free(text);
	(void)shutdown(c->fd, SHUT_RDWR);
	return NULL;
}

/* --- the server --- */

static void *accept_all(void *arg)
{
	struct tls_server *s = arg;
	struct pollfd p[2] = {{.fd = s->listener, .events = POLLIN},
			      {.fd = s->stop[0], .events = POLLIN}};
	while (poll(p, 2, -1) >= 0 && p[1].revents == 0) {
		int fd = accept(s->listener, NULL, NULL);
		if (fd < 0)
			continue;
		pthread_mutex_lock(&s->lock);
		must(s->connections_len < CONNECTIONS_MAX, "too many connections");
		struct connection *c = &s->connections[s->connections_len++];
		c->server = s;
		c->fd = fd;
		must(pthread_create(&c->thread, NULL, serve, c) == 0, "thread");
		pthread_mutex_unlock(&s->lock);
	}
	return NULL;
}

struct tls_server *tls_server_new(const char *name)
{
	struct tls_server *s = calloc(1, sizeof(*s));
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(at);
	must(s != NULL, "memory");
	(void)signal(SIGPIPE, SIG_IGN);
	must(pthread_mutex_init(&s->lock, NULL) == 0, "lock");
	make_trust(s, name);
	s->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	must(s->listener >= 0 && bind(s->listener, (struct sockaddr *)&at, sizeof(at)) == 0 &&
		     listen(s->listener, 64) == 0 &&
		     getsockname(s->listener, (struct sockaddr *)&at, &len) == 0 &&
		     pipe(s->stop) == 0,
	     "listener");
	(void)snprintf(s->origin, sizeof(s->origin), "https://localhost:%u", ntohs(at.sin_port));
	must(pthread_create(&s->thread, NULL, accept_all, s) == 0, "thread");
	return s;
}

void tls_server_free(struct tls_server *s)
{
	if (s == NULL)
		return;
	must(write(s->stop[1], "x", 1) == 1, "stop");
	(void)pthread_join(s->thread, NULL);
	for (size_t i = 0; i < s->connections_len; i++) {
		(void)shutdown(s->connections[i].fd, SHUT_RDWR);
		(void)pthread_join(s->connections[i].thread, NULL);
		(void)close(s->connections[i].fd);
	}
	for (size_t i = 0; i < s->requests_len; i++)
		free(s->requests[i]);
	(void)close(s->listener);
	(void)close(s->stop[0]);
	(void)close(s->stop[1]);
	(void)unlink(s->ca_file);
	(void)rmdir(s->ca_dir);
	SSL_CTX_free(s->ctx);
	(void)pthread_mutex_destroy(&s->lock);
	free(s);
}

const char *tls_server_origin(const struct tls_server *s)
{
	return s->origin;
}

const char *tls_server_ca_dir(const struct tls_server *s)
{
	return s->ca_dir;
}

void tls_server_script(struct tls_server *s, const struct tls_answer *answer)
{
	pthread_mutex_lock(&s->lock);
	must(s->answers_len < ANSWERS_MAX, "long script");
	struct tls_answer *a = &s->answers[s->answers_len++];
	*a = *answer;
	if (a->times == 0)
		a->times = 1;
	pthread_mutex_unlock(&s->lock);
}

void tls_server_forget_script(struct tls_server *s)
{
	pthread_mutex_lock(&s->lock);
	s->answers_len = 0;
	pthread_mutex_unlock(&s->lock);
}

size_t tls_server_requests(struct tls_server *s)
{
	pthread_mutex_lock(&s->lock);
	size_t n = s->requests_len;
	pthread_mutex_unlock(&s->lock);
	return n;
}

size_t tls_server_connections(struct tls_server *s)
{
	pthread_mutex_lock(&s->lock);
	size_t n = s->connections_len;
	pthread_mutex_unlock(&s->lock);
	return n;
}

const char *tls_server_request(struct tls_server *s, size_t i)
{
	pthread_mutex_lock(&s->lock);
	const char *text = i < s->requests_len ? s->requests[i] : "";
	pthread_mutex_unlock(&s->lock);
	return text;
}
