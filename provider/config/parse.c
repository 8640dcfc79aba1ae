/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration from texts in memory: no file is touched here. */
#include <stdlib.h>

#include <openssl/evp.h>

#include "config/merged.h"

#include "contract/ban.h"

static enum gp_status fill(struct gp_config *config, const struct gp_config_file *files,
			   size_t count, struct gp_error *err)
{
	struct gp_merged merged = {.config = config};

	if (count == 0)
		return gp_fail(err, GP_ST_INTERNAL, "no configuration file was given");
	for (size_t i = 0; i < count; i++) {
		gp_layer_auto struct gp_layer *layer = NULL;
		enum gp_status st = gp_layer_parse(files[i].text, files[i].name, &layer, err);
		if (st == GP_ST_OK)
			st = i == 0 ? gp_merged_start(&merged, layer, err)
				    : gp_merged_tighten(&merged, layer, err);
		if (st != GP_ST_OK)
			return st;
	}
	return gp_merged_validate(&merged, err);
}

static bool add(EVP_MD_CTX *ctx, const char *name, struct gp_str text)
{
	const uint64_t len = text.len;
	return EVP_DigestUpdate(ctx, name, strlen(name) + 1) == 1 &&
	       EVP_DigestUpdate(ctx, &len, sizeof(len)) == 1 &&
	       EVP_DigestUpdate(ctx, text.ptr, text.len) == 1;
}

/* Of the files' names too: a drop-in that is renamed may count in another order. */
static enum gp_status digest(struct gp_config *config, const struct gp_config_file *files,
			     size_t count, struct gp_error *err)
{
	uint8_t bytes[EVP_MAX_MD_SIZE];
	unsigned int len = 0;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool good = ctx != NULL && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1;
	for (size_t i = 0; good && i < count; i++)
		good = add(ctx, files[i].name, files[i].text);
	good = good && EVP_DigestFinal_ex(ctx, bytes, &len) == 1 &&
	       2 * len + 1 == sizeof(config->digest);
	EVP_MD_CTX_free(ctx);
	if (!good)
		return gp_fail(err, GP_ST_NO_MEMORY, "configuration: no SHA-256");
	gp_hex(bytes, len, config->digest);
	return GP_ST_OK;
}

enum gp_status gp_config_parse(const struct gp_config_file *files, size_t count,
			       struct gp_config **out, struct gp_error *err)
{
	struct gp_config *config = calloc(1, sizeof(*config));

	if (config == NULL)
		return gp_fail(err, GP_ST_NO_MEMORY, "configuration: out of memory");
	enum gp_status st = fill(config, files, count, err);
	if (st == GP_ST_OK)
		st = digest(config, files, count, err);
	if (st == GP_ST_OK)
		*out = config;
	else
		gp_config_free(config);
	return st;
}

void gp_config_free(struct gp_config *config)
{
	free(config);
}

const struct gp_error_text *gp_config_error_text(const struct gp_config *config, uint32_t number)
{
	for (size_t i = 0; number != 0 && i < config->errors_len; i++)
		if (config->errors[i].number == number)
			return &config->errors[i];
	return NULL;
}

const char *gp_config_scope_word(const struct gp_config *config)
{
	const char *slash = strrchr(config->scope, '/');
	return slash != NULL ? slash + 1 : config->scope;
}

bool gp_config_scope_of(const struct gp_config *config, bool elevated,
			char out[static GP_CONFIG_TEXT])
{
	if (!elevated)
		return gp_copy(out, GP_CONFIG_TEXT, gp_str_from(config->scope)) == GP_ST_OK;
	return config->elevation_resource[0] != '\0' &&
	       gp_format(out, GP_CONFIG_TEXT, "api://%s/%s", config->elevation_resource,
			 gp_config_scope_word(config)) == GP_ST_OK;
}
