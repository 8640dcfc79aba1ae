/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is said on the publish socket: the daemon sends a candidate file in one frame, the
 * publisher answers with one reply; any number of times a connection. DIRECTORY.md has the bytes.
 * Encoding and decoding only: the callers do the I/O.
 */
#ifndef GP_CONTRACT_PUBLISH_PROTOCOL_H
#define GP_CONTRACT_PUBLISH_PROTOCOL_H

#include <stddef.h>
#include <stdint.h>

#include "contract/status.h"
#include "contract/str.h"

#define GP_PUBLISH_HEAD     16 /* before the candidate's bytes */
#define GP_PUBLISH_REPLY    18 /* before the reply's text */
#define GP_PUBLISH_TEXT_MAX 255

/* Zero is a no. */
enum gp_publish_outcome {
	GP_PUBLISH_REFUSED = 0, /* invalid, or against ids.conf: the same bytes will never pass */
	GP_PUBLISH_FAILED,      /* not now: no space, an I/O error, ids.conf unreadable */
	GP_PUBLISH_UNCHANGED,   /* the same records are current already; nothing was written */
	GP_PUBLISH_DONE,
};

struct gp_publish_reply {
	enum gp_publish_outcome outcome;
	uint64_t generation; /* of the file that is current now, 0 if none */
	char text[GP_PUBLISH_TEXT_MAX + 1];
};

/* The head of a frame with LEN bytes of candidate. */
void gp_publish_head_encode(uint64_t len, uint8_t out[static GP_PUBLISH_HEAD]);
/* GP_ST_INVALID, GP_ST_UNSUPPORTED (version), GP_ST_TOO_BIG (beyond GP_DIRECTORY_SIZE_MAX). */
enum gp_status gp_publish_head_decode(const uint8_t head[static GP_PUBLISH_HEAD],
				      uint64_t *len) gp_must_check;

/* Returns the length written into OUT. Longer text is cut. */
size_t gp_publish_reply_encode(const struct gp_publish_reply *reply,
			       uint8_t out[static GP_PUBLISH_REPLY + GP_PUBLISH_TEXT_MAX]);
/* From the first GP_PUBLISH_REPLY bytes: how many bytes of text follow. */
enum gp_status gp_publish_reply_text_len(const uint8_t head[static GP_PUBLISH_REPLY],
					 size_t *len) gp_must_check;
/* A whole reply. */
enum gp_status gp_publish_reply_decode(const void *bytes, size_t len,
				       struct gp_publish_reply *out) gp_must_check;

#endif
