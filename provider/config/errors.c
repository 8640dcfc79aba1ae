/* SPDX-License-Identifier: Apache-2.0 */
#include "config/errors.h"

#include "contract/ban.h"

static const char head[] = "error ";
static const char *const key_names[] = {"guest", "admin"};

const char *gp_errors_key_name(enum gp_error_key key)
{
	return key_names[key];
}

bool gp_errors_is_section(struct gp_str section)
{
	return gp_str_starts(section, head) || gp_str_is(section, "error");
}

const char *gp_errors_begin(struct gp_layer *layer, struct gp_str section, uint32_t line)
{
	struct gp_config *c = &layer->values;
	size_t skip = section.len < sizeof(head) - 1 ? section.len : sizeof(head) - 1;
	struct gp_str text = {section.ptr + skip, section.len - skip};
	uint64_t number = 0;

	if (c->errors_len == GP_CONFIG_ERRORS_MAX)
		return "too many errors (at most 32)";
	if (gp_parse_u64(text, UINT32_MAX, &number) != GP_ST_OK || number == 0 ||
	    text.ptr[0] == '0')
		return "an error is written [error NUMBER], with one blank and the digits behind "
		       "AADSTS";
	for (size_t i = 0; i < c->errors_len; i++)
		if (c->errors[i].number == number)
			return "the same error again";
	layer->error_line[c->errors_len][GP_ERROR_KEYS] = line;
	c->errors[c->errors_len++].number = (uint32_t)number;
	return NULL;
}

const char *gp_errors_set(struct gp_layer *layer, struct gp_str key, struct gp_str value,
			  uint32_t line)
{
	size_t at = layer->values.errors_len - 1;
	struct gp_error_text *error = &layer->values.errors[at];
	bool guest = gp_str_is(key, key_names[GP_ERROR_KEY_GUEST]);

	if (!guest && !gp_str_is(key, key_names[GP_ERROR_KEY_ADMIN]))
		return "unknown key; an error has 'guest' and 'admin' only";
	char *out = guest ? error->guest : error->admin;
	if (out[0] != '\0')
		return guest ? "'guest' again" : "'admin' again";
	if (value.len == 0)
		return "a sentence is missing";
	if (gp_copy(out, sizeof(error->guest), value) != GP_ST_OK)
		return "the sentence is too long (at most 255 bytes)";
	layer->error_line[at][guest ? GP_ERROR_KEY_GUEST : GP_ERROR_KEY_ADMIN] = line;
	return NULL;
}

enum gp_status gp_errors_finish(const struct gp_layer *layer, struct gp_error *err)
{
	const struct gp_config *c = &layer->values;
	for (size_t i = 0; i < c->errors_len; i++)
		if (c->errors[i].guest[0] == '\0' && c->errors[i].admin[0] == '\0')
			return gp_fail(err, GP_ST_NOT_FOUND,
				       "%s:%u: [error %u] needs 'guest' or 'admin'", layer->file,
				       layer->error_line[i][GP_ERROR_KEYS], c->errors[i].number);
	return GP_ST_OK;
}

enum gp_status gp_errors_tighten(const struct gp_layer *layer, struct gp_error *err)
{
	if (layer->values.errors_len == 0)
		return GP_ST_OK;
	return gp_fail(err, GP_ST_DENIED, "%s:%u: [error %u] belongs into the main file",
		       layer->file, layer->error_line[0][GP_ERROR_KEYS],
		       layer->values.errors[0].number);
}
