/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file is read twice. libini-config delivers the values; but it drops keys that stand before the
 * first section, takes names in any case, joins sections that occur twice and keeps the last of two
 * equal keys, all silently. So scan() first looks at each line by itself and refuses what is not
 * meant exactly as written, and afterwards both must agree on every key and its line.
 */
#include "config/layer.h"

#include <ini_configobj.h>
#include <ini_valueobj.h>
#include <stdlib.h>

#include "config/errors.h"
#include "config/mapped.h"
#include "config/value.h"
#include "contract/text.h"

#include "contract/ban.h"

#define WORDS_ROOM 128
#define LINE_MAX_  12288 /* the longest list of homes, with room */

struct scan {
	struct gp_layer *layer;
	struct gp_str section; /* empty before the first one */
	uint32_t line;
	struct gp_error *err;
};

static enum gp_status scan_fail(const struct scan *s, const char *what)
{
	return gp_fail(s->err, GP_ST_INVALID, "%s:%u: %s", s->layer->file, s->line, what);
}

static enum gp_status unknown_key(const struct scan *s, struct gp_str name)
{
	char safe[48];
	const struct gp_key *nearest = gp_schema_nearest(s->section, name);

	gp_text_safe(name, GP_TEXT_LINE, safe, sizeof(safe));
	if (nearest == NULL)
		return gp_fail(s->err, GP_ST_INVALID, "%s:%u: unknown key '%s' in [%.*s]",
			       s->layer->file, s->line, safe, GP_STR_ARGS(s->section));
	bool here = gp_str_is(s->section, nearest->section);
	return gp_fail(s->err, GP_ST_INVALID,
		       "%s:%u: unknown key '%s' in [%.*s]; did you mean '%s'%s%s%s?",
		       s->layer->file, s->line, safe, GP_STR_ARGS(s->section), nearest->name,
		       here ? "" : " in [", here ? "" : nearest->section, here ? "" : "]");
}

static enum gp_status scan_section(struct scan *s, struct gp_str line)
{
	char safe[48];

	if (line.len < 2 || line.ptr[line.len - 1] != ']')
		return scan_fail(s, "a section is written [name], alone on its line");
	s->section = (struct gp_str){line.ptr + 1, line.len - 2};
	if (gp_schema_has_section(s->section))
		return GP_ST_OK;
	if (gp_mapped_is_section(s->section) || gp_errors_is_section(s->section)) {
		const char *wrong = gp_mapped_is_section(s->section)
					    ? gp_mapped_begin(s->layer, s->section, s->line)
					    : gp_errors_begin(s->layer, s->section, s->line);
		return wrong == NULL ? GP_ST_OK : scan_fail(s, wrong);
	}
	const char *nearest = gp_schema_nearest_section(s->section);
	gp_text_safe(s->section, GP_TEXT_LINE, safe, sizeof(safe));
	return gp_fail(s->err, GP_ST_INVALID, "%s:%u: unknown section [%s]%s%s%s", s->layer->file,
		       s->line, safe, nearest != NULL ? "; did you mean [" : "",
		       nearest != NULL ? nearest : "", nearest != NULL ? "]?" : "");
}

static enum gp_status scan_line(struct scan *s, struct gp_str line)
{
	if (line.len > LINE_MAX_)
		return scan_fail(s, "the line is too long");
	if (!gp_text_is_safe(line, GP_TEXT_SCREEN))
		return scan_fail(s, "a control character, an invisible one, or no UTF-8");
	line = gp_str_trim(line);
	if (line.len == 0 || line.ptr[0] == '#' || line.ptr[0] == ';')
		return GP_ST_OK;
	if (line.ptr[0] == '[')
		return scan_section(s, line);
	const char *sign = memchr(line.ptr, '=', line.len);
	if (sign == NULL || sign == line.ptr)
		return scan_fail(s, "neither a comment, nor [section], nor key = value");
	struct gp_str name = gp_str_trim((struct gp_str){line.ptr, (size_t)(sign - line.ptr)});
	if (s->section.len == 0)
		return scan_fail(s, "a key before the first [section]");
	if (gp_mapped_is_section(s->section) || gp_errors_is_section(s->section)) {
		struct gp_str value = gp_str_trim(
			(struct gp_str){sign + 1, (size_t)(line.ptr + line.len - sign) - 1});
		const char *wrong = gp_mapped_is_section(s->section)
					    ? gp_mapped_set(s->layer, name, value, s->line)
					    : gp_errors_set(s->layer, name, value, s->line);
		return wrong == NULL ? GP_ST_OK : scan_fail(s, wrong);
	}
	size_t key = gp_schema_find(s->section, name);
	if (key == GP_SCHEMA_MAX)
		return unknown_key(s, name);
	if (s->layer->line[key] != 0)
		return gp_fail(s->err, GP_ST_CONFLICT, "%s:%u: '%s' again, after line %u",
			       s->layer->file, s->line, gp_schema[key].name, s->layer->line[key]);
	s->layer->line[key] = s->line;
	return GP_ST_OK;
}

static enum gp_status scan(struct gp_layer *layer, struct gp_str text, struct gp_error *err)
{
	struct scan s = {.layer = layer, .err = err};

	while (text.len > 0) {
		const char *end = memchr(text.ptr, '\n', text.len);
		struct gp_str line = {text.ptr, end != NULL ? (size_t)(end - text.ptr) : text.len};
		size_t used = line.len + (end != NULL ? 1 : 0);
		s.line++;
		enum gp_status st = scan_line(&s, line);
		if (st != GP_ST_OK)
			return st;
		text.ptr += used;
		text.len -= used;
	}
	return GP_ST_OK;
}

/* The words that KEY may be, for a message. */
static void list_words(const struct gp_key *key, char out[static WORDS_ROOM])
{
	size_t len = 0;
	out[0] = '\0';
	for (size_t i = 0; key->words[i] != NULL; i++) {
		if (gp_format(out + len, WORDS_ROOM - len, "%s%s", i > 0 ? ", " : "",
			      key->words[i]) != GP_ST_OK)
			return;
		len += strlen(out + len);
	}
}

static enum gp_status set_value(struct gp_layer *layer, size_t i, struct ini_cfgobj *ini,
				struct gp_error *err)
{
	const struct gp_key *key = &gp_schema[i];
	struct value_obj *found = NULL;
	uint32_t line = 0;
	int code =
		ini_get_config_valueobj(key->section, key->name, ini, INI_GET_FIRST_VALUE, &found);
	if (code != 0 || found == NULL || value_get_line(found, &line) != 0 ||
	    line != layer->line[i])
		return gp_fail(err, GP_ST_INVALID, "%s:%u: '%s' cannot be read", layer->file,
			       layer->line[i], key->name);
	const char *text = ini_get_const_string_config_value(found, &code);
	if (code != 0 || text == NULL)
		return gp_fail(err, GP_ST_INVALID, "%s:%u: '%s' has no value", layer->file, line,
			       key->name);
	const char *wrong = gp_value_set(key, gp_str_from(text), &layer->values);
	if (wrong == NULL)
		return GP_ST_OK;
	char safe[48];
	gp_text_safe(gp_str_from(text), GP_TEXT_LINE, safe, sizeof(safe));
	if (key->type == GP_KEY_NUMBER)
		return gp_fail(err, GP_ST_INVALID, "%s:%u: %s = '%s': %s (%u to %u)", layer->file,
			       line, key->name, safe, wrong, key->min, key->max);
	if (key->type == GP_KEY_CHOICE) {
		char words[WORDS_ROOM];
		list_words(key, words);
		return gp_fail(err, GP_ST_INVALID, "%s:%u: %s = '%s': %s (%s)", layer->file, line,
			       key->name, safe, wrong, words);
	}
	if (gp_key_is_list(key) && key->most > 0 && strcmp(wrong, "too many elements") == 0)
		return gp_fail(err, GP_ST_INVALID, "%s:%u: %s: %s (at most %zu)", layer->file, line,
			       key->name, wrong, key->most);
	return gp_fail(err, GP_ST_INVALID, "%s:%u: %s = '%s': %s", layer->file, line, key->name,
		       safe, wrong);
}

/* A group's value was taken by scan(); here libini-config must have found the same at that line. */
static enum gp_status compare_mapped(const struct gp_layer *layer, size_t i, struct ini_cfgobj *ini,
				     struct gp_error *err)
{
	const struct gp_mapped_group *group = &layer->values.mapped_groups[i];
	struct value_obj *found = NULL;
	char section[GP_CONFIG_GROUP_NAME + 8];
	char guid[GP_GUID_TEXT];
	uint8_t bytes[16];
	uint32_t line = 0;

	enum gp_status st = gp_format(section, sizeof(section), "group %s", group->name);
	int code = st != GP_ST_OK ? -1
				  : ini_get_config_valueobj(section, gp_mapped_key_name(), ini,
							    INI_GET_FIRST_VALUE, &found);
	const char *text =
		code == 0 && found != NULL ? ini_get_const_string_config_value(found, &code) : NULL;
	if (text != NULL && value_get_line(found, &line) == 0 && line == layer->mapped_line[i] &&
	    gp_guid_parse(gp_str_from(text), bytes) == GP_ST_OK) {
		gp_guid_format(bytes, guid);
		if (strcmp(guid, group->entra_group) == 0)
			return GP_ST_OK;
	}
	return gp_fail(err, GP_ST_INVALID, "%s:%u: [group %s] cannot be read", layer->file,
		       layer->mapped_line[i], group->name);
}

/* Likewise of an error's sentences. */
static enum gp_status compare_error(const struct gp_layer *layer, size_t i, struct ini_cfgobj *ini,
				    struct gp_error *err)
{
	const struct gp_error_text *error = &layer->values.errors[i];
	const char *const texts[] = {error->guest, error->admin};
	char section[32];
	enum gp_status st = gp_format(section, sizeof(section), "error %u", error->number);
	for (int key = 0; st == GP_ST_OK && key < GP_ERROR_KEYS; key++) {
		struct value_obj *found = NULL;
		uint32_t line = 0;
		if (texts[key][0] == '\0')
			continue;
		int code =
			ini_get_config_valueobj(section, gp_errors_key_name((enum gp_error_key)key),
						ini, INI_GET_FIRST_VALUE, &found);
		const char *text = code == 0 && found != NULL
					   ? ini_get_const_string_config_value(found, &code)
					   : NULL;
		if (text == NULL || value_get_line(found, &line) != 0 ||
		    line != layer->error_line[i][key] || strcmp(text, texts[key]) != 0)
			st = GP_ST_INVALID;
	}
	return st == GP_ST_OK
		       ? st
		       : gp_fail(err, GP_ST_INVALID, "%s:%u: [error %u] cannot be read",
				 layer->file, layer->error_line[i][GP_ERROR_KEYS], error->number);
}

static enum gp_status set_values(struct gp_layer *layer, struct ini_cfgobj *ini,
				 struct gp_error *err)
{
	for (size_t i = 0; i < gp_schema_len; i++) {
		if (layer->line[i] == 0)
			continue;
		enum gp_status st = set_value(layer, i, ini, err);
		if (st != GP_ST_OK)
			return st;
	}
	for (size_t i = 0; i < layer->values.mapped_groups_len; i++) {
		enum gp_status st = compare_mapped(layer, i, ini, err);
		if (st != GP_ST_OK)
			return st;
	}
	for (size_t i = 0; i < layer->values.errors_len; i++) {
		enum gp_status st = compare_error(layer, i, ini, err);
		if (st != GP_ST_OK)
			return st;
	}
	return GP_ST_OK;
}

/* libini-config's own first error, which is "Error (N) on line M: text". */
static enum gp_status ini_fail(const struct gp_layer *layer, struct ini_cfgobj *ini,
			       struct gp_error *err)
{
	char **errors = NULL;
	char safe[80] = "not readable as an INI file";

	if (ini_config_error_count(ini) > 0 && ini_config_get_errors(ini, &errors) == 0 &&
	    errors != NULL && errors[0] != NULL)
		gp_text_safe(gp_str_from(errors[0]), GP_TEXT_LINE, safe, sizeof(safe));
	if (errors != NULL)
		ini_config_free_errors(errors);
	return gp_fail(err, GP_ST_INVALID, "%s: %s", layer->file, safe);
}

static enum gp_status read_values(struct gp_layer *layer, struct gp_str text, struct gp_error *err)
{
	struct ini_cfgfile *file = NULL;
	struct ini_cfgobj *ini = NULL;
	enum gp_status st = GP_ST_NO_MEMORY;
	/* It takes the text as writable, but copies it before anything else. */
	char *copy = malloc(text.len + 1);

	if (copy == NULL)
		return gp_fail(err, GP_ST_NO_MEMORY, "%s: out of memory", layer->file);
	memcpy(copy, text.ptr, text.len);
	copy[text.len] = '\0';
	if (ini_config_file_from_mem(copy, (uint32_t)text.len, &file) != 0 ||
	    ini_config_create(&ini) != 0)
		(void)gp_fail(err, GP_ST_NO_MEMORY, "%s: out of memory", layer->file);
	else if (ini_config_parse(file, INI_STOP_ON_ANY,
				  INI_MV1S_ALLOW | INI_MV2S_ALLOW | INI_MS_MERGE,
				  INI_PARSE_NOWRAP | INI_PARSE_NO_C_COMMENTS, ini) != 0)
		st = ini_fail(layer, ini, err);
	else
		st = set_values(layer, ini, err);
	if (ini != NULL)
		ini_config_destroy(ini);
	if (file != NULL)
		ini_config_file_destroy(file);
	free(copy);
	return st;
}

static enum gp_status fill(struct gp_layer *layer, struct gp_str text, struct gp_error *err)
{
	if (text.len > GP_CONFIG_FILE_MAX)
		return gp_fail(err, GP_ST_TOO_BIG, "%s: larger than %u bytes", layer->file,
			       GP_CONFIG_FILE_MAX);
	enum gp_status st = scan(layer, text, err);
	if (st == GP_ST_OK)
		st = gp_mapped_finish(layer, err);
	if (st == GP_ST_OK)
		st = gp_errors_finish(layer, err);
	return st == GP_ST_OK && text.len > 0 ? read_values(layer, text, err) : st;
}

enum gp_status gp_layer_parse(struct gp_str text, const char *file, struct gp_layer **out,
			      struct gp_error *err)
{
	struct gp_layer *layer = calloc(1, sizeof(*layer));

	if (layer == NULL)
		return gp_fail(err, GP_ST_NO_MEMORY, "%s: out of memory", file);
	layer->file = file;
	enum gp_status st = fill(layer, text, err);
	if (st == GP_ST_OK)
		*out = layer;
	else
		gp_layer_free(layer);
	return st;
}

void gp_layer_free(struct gp_layer *layer)
{
	free(layer);
}
