/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of a capture: capture.c does the sign-in, capture_write.c writes the record. */
#ifndef GP_SIGNIN_CAPTURE_INTERNAL_H
#define GP_SIGNIN_CAPTURE_INTERNAL_H

#include "contract/buf.h"
#include "entra/token.h"
#include "signin/capture.h"

#define GP_CAPTURE_ANSWERS_MAX 16

struct gp_capture_answer {
	int http;
	uint32_t number;
	char error[64];
	unsigned int times;
};

struct gp_capture_record {
	int64_t begun_s, ended_s;
	const char *sts_prefix; /* the cloud's; borrowed */
	/* the code; zero without one */
	int64_t expires_in_s, interval_s;
	size_t code_length;
	char page[256];
	/* at the poll, in the order in which each came first */
	struct gp_capture_answer answers[GP_CAPTURE_ANSWERS_MAX];
	size_t answers_len;
	/* how it ended */
	bool has_tokens;
	struct gp_login_error error; /* without tokens */
	char refused[64];            /* the rule that the tokens break; empty: none */
	int64_t token_life_s;
	bool has_client_info;
	/* claims of tokens whose signature is good; NULL: it is not, or there is none */
	struct gp_json_doc *access, *id;
	struct gp_identity identity; /* when no rule is broken */
	enum gp_capture_address address;
	enum gp_tri proved; /* what is kept of that now */
	bool not_kept;      /* although it should be */
};

void gp_capture_write(const struct gp_capture_record *record, struct gp_buf *out);

#endif
