/* SPDX-License-Identifier: Apache-2.0 */
/* Arbitrary bytes as guestpass.conf; what follows a form feed is a drop-in. */
#include <stdint.h>
#include <stdlib.h>

#include "config/config.h"

#include "contract/ban.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const char *text = (const char *)data;
	const char *cut = len > 0 ? memchr(text, '\f', len) : NULL;
	size_t first = cut != NULL ? (size_t)(cut - text) : len;
	struct gp_config_file files[2] = {{"main", {text, first}}, {"drop-in", {NULL, 0}}};
	struct gp_config *config = NULL;
	struct gp_error err = {0};

	if (cut != NULL)
		files[1].text = (struct gp_str){cut + 1, len - first - 1};
	enum gp_status st = gp_config_parse(files, cut != NULL ? 2 : 1, &config, &err);
	/* Either a configuration or a reason, never both, never neither. */
	if ((st == GP_ST_OK) != (config != NULL) || (st == GP_ST_OK) != (err.text[0] == '\0'))
		abort();
	if (config != NULL && config->guests == GP_GUESTS_ALLOWED &&
	    (config->access_groups_len == 0 || config->api_client_id[0] == '\0'))
		abort();
	gp_config_free(config);
	return 0;
}
