/* SPDX-License-Identifier: Apache-2.0 */
/* Arbitrary lines as the header of an answer, and as addresses. */
#include <stdint.h>
#include <stdlib.h>

#include "contract/text.h"
#include "http/answer.h"
#include "http/http.h"

#include "contract/ban.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check(const struct gp_http_fields *fields)
{
	int64_t wait = gp_http_fields_retry_after(fields);
	if (wait < -1 || wait > GP_HTTP_RETRY_AFTER_MAX_S || fields->date_s < 0 ||
	    !gp_text_is_safe(gp_str_from(fields->content_type), GP_TEXT_LINE))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct gp_http_fields fields;
	struct gp_str left = {(const char *)data, len};
	gp_http_fields_reset(&fields);
	while (left.len > 0) {
		const char *end = memchr(left.ptr, '\n', left.len);
		size_t n = end != NULL ? (size_t)(end - left.ptr) + 1 : left.len;
		gp_http_fields_line(&fields, (struct gp_str){left.ptr, n});
		check(&fields);
		left.ptr += n;
		left.len -= n;
	}
	char *url = malloc(len + 1);
	if (url == NULL)
		return 0;
	if (len > 0)
		memcpy(url, data, len);
	url[len] = '\0';
	/* What is of an origin is https and names no user. */
	if (gp_http_same_origin(url, "https://graph.example") && strncmp(url, "https://", 8) != 0)
		abort();
	free(url);
	return 0;
}
