/* SPDX-License-Identifier: Apache-2.0 */
#include "contract/publish_protocol.h"

#include "contract/cursor.h"
#include "contract/directory.h"

#include "contract/ban.h"

#define MAGIC     0x42555047U /* "GPUB" */
#define VERSION   1U
#define CANDIDATE 1U
#define REPLY     2U

void gp_publish_head_encode(uint64_t len, uint8_t out[static GP_PUBLISH_HEAD])
{
	struct gp_writer w = gp_writer_over(out, GP_PUBLISH_HEAD);
	gp_writer_u32(&w, MAGIC);
	gp_writer_u16(&w, VERSION);
	gp_writer_u16(&w, CANDIDATE);
	gp_writer_u64(&w, len);
}

static enum gp_status start(struct gp_reader *r, unsigned int kind)
{
	uint32_t magic = gp_reader_u32(r);
	unsigned int version = gp_reader_u16(r);
	unsigned int got = gp_reader_u16(r);
	if (magic != MAGIC)
		return GP_ST_INVALID;
	if (version != VERSION)
		return GP_ST_UNSUPPORTED;
	return got == kind ? GP_ST_OK : GP_ST_INVALID;
}

enum gp_status gp_publish_head_decode(const uint8_t head[static GP_PUBLISH_HEAD], uint64_t *len)
{
	struct gp_reader r = gp_reader_over(head, GP_PUBLISH_HEAD);
	enum gp_status st = start(&r, CANDIDATE);
	uint64_t n = gp_reader_u64(&r);
	if (st == GP_ST_OK)
		st = gp_reader_end(&r);
	if (st != GP_ST_OK)
		return st;
	if (n > GP_DIRECTORY_SIZE_MAX)
		return GP_ST_TOO_BIG;
	*len = n;
	return GP_ST_OK;
}

size_t gp_publish_reply_encode(const struct gp_publish_reply *reply,
			       uint8_t out[static GP_PUBLISH_REPLY + GP_PUBLISH_TEXT_MAX])
{
	struct gp_writer w = gp_writer_over(out, GP_PUBLISH_REPLY + GP_PUBLISH_TEXT_MAX);
	gp_writer_u32(&w, MAGIC);
	gp_writer_u16(&w, VERSION);
	gp_writer_u16(&w, REPLY);
	gp_writer_u64(&w, reply->generation);
	gp_writer_u8(&w, (uint8_t)reply->outcome);
	size_t len = strnlen(reply->text, GP_PUBLISH_TEXT_MAX);
	gp_writer_u8(&w, (uint8_t)len);
	gp_writer_bytes(&w, reply->text, len);
	return gp_writer_len(&w);
}

enum gp_status gp_publish_reply_text_len(const uint8_t head[static GP_PUBLISH_REPLY], size_t *len)
{
	struct gp_reader r = gp_reader_over(head, GP_PUBLISH_REPLY);
	enum gp_status st = start(&r, REPLY);
	if (st != GP_ST_OK)
		return st;
	*len = head[GP_PUBLISH_REPLY - 1];
	return GP_ST_OK;
}

enum gp_status gp_publish_reply_decode(const void *bytes, size_t len, struct gp_publish_reply *out)
{
	struct gp_reader r = gp_reader_over(bytes, len);
	enum gp_status st = start(&r, REPLY);
	struct gp_publish_reply reply = {.generation = gp_reader_u64(&r)};
	uint8_t outcome = gp_reader_u8(&r);
	size_t n = gp_reader_u8(&r);
	const uint8_t *text = gp_reader_take(&r, n);

	if (st == GP_ST_OK)
		st = gp_reader_end(&r);
	if (st != GP_ST_OK)
		return st;
	if (outcome > GP_PUBLISH_DONE)
		return GP_ST_INVALID;
	reply.outcome = (enum gp_publish_outcome)outcome;
	st = gp_copy(reply.text, sizeof(reply.text), (struct gp_str){(const char *)text, n});
	if (st == GP_ST_OK)
		*out = reply;
	return st;
}
