/* SPDX-License-Identifier: Apache-2.0 */
/* Arbitrary bytes as the head of a candidate and as a publisher's reply: refused, or written with
 * the same bytes again. */
#include <stdint.h>
#include <stdlib.h>

#include "contract/directory.h"
#include "contract/publish_protocol.h"

#include "contract/ban.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void as_head(const uint8_t *data)
{
	uint8_t again[GP_PUBLISH_HEAD];
	uint64_t n = 0;

	if (gp_publish_head_decode(data, &n) != GP_ST_OK)
		return;
	gp_publish_head_encode(n, again);
	if (n > GP_DIRECTORY_SIZE_MAX || memcmp(again, data, sizeof(again)) != 0)
		abort();
}

static void as_reply(const uint8_t *data, size_t len)
{
	uint8_t again[GP_PUBLISH_REPLY + GP_PUBLISH_TEXT_MAX];
	struct gp_publish_reply reply;
	size_t text = 0;

	if (len >= GP_PUBLISH_REPLY && gp_publish_reply_text_len(data, &text) == GP_ST_OK &&
	    text > GP_PUBLISH_TEXT_MAX)
		abort();
	if (gp_publish_reply_decode(data, len, &reply) != GP_ST_OK)
		return;
	if (len != GP_PUBLISH_REPLY + text || reply.outcome > GP_PUBLISH_DONE ||
	    gp_publish_reply_encode(&reply, again) != len || memcmp(again, data, len) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	if (len >= GP_PUBLISH_HEAD)
		as_head(data);
	as_reply(data, len);
	return 0;
}
