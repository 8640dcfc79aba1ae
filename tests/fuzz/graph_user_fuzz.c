/* SPDX-License-Identifier: Apache-2.0 */
/* Arbitrary bytes as a user object of Graph, and as one of its errors. */
#include <stdint.h>
#include <stdlib.h>

#include "base/json.h"
#include "graph/internal.h"

#include "contract/ban.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const struct gp_str text = {(const char *)data, len};
	gp_json_doc_auto struct gp_json_doc *doc = NULL;
	struct gp_user user = {0};
	uint8_t guid[16];
	char code[64];
	gp_graph_error_code(text, code, sizeof(code));
	if (gp_json_parse(text, &doc, NULL) != GP_ST_OK)
		return 0;
	if (gp_user_parse(gp_json_root(doc), &user) != GP_ST_OK)
		return 0;
	if (gp_guid_parse(gp_str_from(user.id), guid) != GP_ST_OK || user.created_s < 0 ||
	    strlen(user.display_name) >= sizeof(user.display_name))
		abort();
	return 0;
}
