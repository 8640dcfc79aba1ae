/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small HTTPS server on loopback, in threads of the test, which gives the answers of a script and
 * keeps what it was asked. Its certificate comes from a CA made at each start.
 */
#ifndef GP_TESTS_TLS_SERVER_H
#define GP_TESTS_TLS_SERVER_H

#include <stddef.h>

struct tls_server;

enum tls_end {
	TLS_WHOLE = 0,
	TLS_CUT,   /* hangs up in the middle of the body */
	TLS_SHUT,  /* hangs up without an answer */
	TLS_STALL, /* never answers */
	TLS_RAW,   /* BODY is everything that is sent, status line included */
};

struct tls_answer {
	const char *path; /* part of the request line; NULL: any */
	int status;
	const char *headers; /* "Name: value\r\n" each; may be NULL */
	const char *body;    /* may be NULL; must live as long as the server */
	size_t body_len;     /* 0: of the text BODY */
	enum tls_end end;
	int times; /* 0 is once, -1 for ever */
};

/* NAME is what the certificate says: "localhost" for one that is right. It aborts on failure. */
struct tls_server *tls_server_new(const char *name);
void tls_server_free(struct tls_server *s);

const char *tls_server_origin(const struct tls_server *s); /* "https://localhost:PORT" */
const char *tls_server_ca_dir(const struct tls_server *s);
/* The first answer that fits a request and is not used up is given; without one a 404. */
void tls_server_script(struct tls_server *s, const struct tls_answer *answer);
void tls_server_forget_script(struct tls_server *s);

size_t tls_server_requests(struct tls_server *s);
size_t tls_server_connections(struct tls_server *s);
/* Request I as it came, head and body; borrowed, "" when there is none. */
const char *tls_server_request(struct tls_server *s, size_t i);

#endif
