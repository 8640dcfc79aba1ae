/* SPDX-License-Identifier: Apache-2.0 */
/* guestpass scaffold: what to register in the tenant for a tier. It asks no daemon and no tenant.
 */
#include "cli/scaffold.h"

#include <getopt.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "config/config.h"
#include "config/syntax.h"

#include "contract/ban.h"

#define FLEET_MAX 120
#define DER_MAX   16384

static const struct gp_syntax syntax = {
	"", 1,
	"scaffold [--elevation] [--fleet=NAME] [--certificate=FILE] [--break-glass-group=ID]\n"
	"       [--approver=ID] [--connected-organization=ID] [--administrator=ID]\n"
	"       [--config=FILE] TIER"};

struct arguments {
	struct gp_scaffold scaffold;
	const char *config, *certificate_file;
};

/* An object id that is put in for a placeholder. */
static bool take_id(const char *option, const char *text, const char **out)
{
	uint8_t guid[16];
	if (gp_guid_parse(gp_str_from(text), guid) != GP_ST_OK) {
		(void)fprintf(stderr, "guestpass: --%s: not an object id (a GUID)\n", option);
		return false;
	}
	*out = text;
	return true;
}

/* Who fills placeholders in must not take a name for one. */
static bool take_fleet(const char *text, const char **out)
{
	size_t len = strlen(text);
	bool good = len > 0 && len <= FLEET_MAX;
	for (size_t i = 0; i < len; i++)
		good = good && (unsigned char)text[i] >= ' ' && text[i] != 0x7F && text[i] != '<' &&
		       text[i] != '>';
	if (!good)
		(void)fputs("guestpass: --fleet: 1 to 120 bytes without < and >\n", stderr);
	*out = text;
	return good;
}

static bool take_tier(const char *text, const char **out)
{
	*out = text;
	if (gp_syntax_word(gp_str_from(text)) && strlen(text) <= GP_SCAFFOLD_TIER_MAX)
		return true;
	(void)fprintf(stderr,
		      "guestpass: TIER: letters, digits, '.', '-' and '_', %d bytes at most\n",
		      GP_SCAFFOLD_TIER_MAX);
	return false;
}

static bool take(int letter, struct arguments *out)
{
	struct gp_scaffold *scaffold = &out->scaffold;
	switch (letter) {
	case 'e':
		scaffold->elevation = true;
		return true;
	case 'f':
		return take_fleet(optarg, &scaffold->fleet);
	case 'c':
		out->certificate_file = optarg;
		return true;
	case 'b':
		return take_id("break-glass-group", optarg, &scaffold->break_glass);
	case 'a':
		return take_id("approver", optarg, &scaffold->approver);
	case 'd':
		return take_id("administrator", optarg, &scaffold->administrator);
	case 'o':
		return take_id("connected-organization", optarg, &scaffold->organization);
	case 'g':
		out->config = optarg;
		return true;
	default:
		return gp_common_usage(&syntax);
	}
}

static bool read_arguments(int argc, char **argv, struct arguments *out)
{
	static const struct option options[] = {
		{"elevation", no_argument, NULL, 'e'},
		{"fleet", required_argument, NULL, 'f'},
		{"certificate", required_argument, NULL, 'c'},
		{"break-glass-group", required_argument, NULL, 'b'},
		{"approver", required_argument, NULL, 'a'},
		{"connected-organization", required_argument, NULL, 'o'},
		{"administrator", required_argument, NULL, 'd'},
		{"config", required_argument, NULL, 'g'},
		{NULL, 0, NULL, 0}};
	int c = 0;
	optind = 0;
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1)
		if (!take(c, out))
			return false;
	if (optind + 1 != argc)
		return gp_common_usage(&syntax);
	return take_tier(argv[optind], &out->scaffold.tier);
}

static const char *known(const char *text)
{
	return text[0] != '\0' ? text : NULL;
}

/* What the configuration names exists. Reader and client are the fleet's; the rest is only of the
 * tier that it is about. */
static void take_config(const struct gp_config *config, struct gp_scaffold *out)
{
	out->tenant = known(config->tenant_id);
	out->reader = known(config->reader_client_id);
	out->client = known(config->sign_in_client_id);
	out->admins = known(config->admin_client_id);
	if (out->tier == NULL || strcmp(config->tier, out->tier) != 0)
		return;
	out->api = known(config->api_client_id);
	if (config->scope[0] != '\0')
		out->word = gp_config_scope_word(config);
	out->elevation_api = known(config->elevation_resource);
	out->elevation = out->elevation || out->elevation_api != NULL;
	out->groups = config->access_groups;
	out->groups_len = config->access_groups_len;
	for (size_t i = 0; i < config->access_groups_len; i++)
		out->has_package |= config->access_bases[i].basis == GP_BASIS_PACKAGE;
}

/* The certificate alone, though its key may stand in the same file. OUT gets base64 of its DER. */
static enum gp_status read_certificate(const char *file, struct gp_buf *out, struct gp_error *err)
{
	FILE *f = fopen(file, "re");
	if (f == NULL)
		return gp_fail(err, GP_ST_NOT_FOUND, "%s: cannot be opened", file);
	X509 *certificate = PEM_read_X509(f, NULL, NULL, NULL);
	(void)fclose(f);
	unsigned char *der = NULL;
	int len = certificate != NULL ? i2d_X509(certificate, &der) : -1;
	enum gp_status st = GP_ST_OK;
	if (len <= 0 || len > DER_MAX) {
		st = gp_fail(err, GP_ST_INVALID, "%s: no certificate in PEM", file);
	} else {
		unsigned char text[(DER_MAX + 2) / 3 * 4 + 1];
		gp_buf_add(out, text, (size_t)EVP_EncodeBlock(text, der, len));
		st = gp_buf_status(out);
	}
	OPENSSL_free(der);
	X509_free(certificate);
	return st;
}

static enum gp_status look_up(struct arguments *arguments, struct gp_config **config,
			      struct gp_buf *certificate, struct gp_error *err)
{
	struct gp_scaffold *scaffold = &arguments->scaffold;
	enum gp_status st = GP_ST_OK;
	if (arguments->config != NULL)
		st = gp_config_load(arguments->config, -1, config, err);
	if (st != GP_ST_OK)
		return st;
	if (*config != NULL)
		take_config(*config, scaffold);
	/* Said in vain is said wrongly: somebody expects a registration that will not be made. */
	if (scaffold->client != NULL && scaffold->fleet != NULL)
		return gp_fail(err, GP_ST_INVALID,
			       "--fleet: the configuration names a sign-in client already");
	if (scaffold->reader != NULL && arguments->certificate_file != NULL)
		return gp_fail(err, GP_ST_INVALID,
			       "--certificate: the configuration names a reader already");
	if (arguments->certificate_file != NULL) {
		st = read_certificate(arguments->certificate_file, certificate, err);
		scaffold->certificate = gp_buf_get(certificate);
	}
	return st;
}

int gp_command_scaffold(int argc, char **argv)
{
	struct arguments arguments = {.scaffold = {.word = "ssh.login"}};
	struct gp_config *config = NULL;
	struct gp_error err = {0};
	gp_buf_auto struct gp_buf certificate = GP_BUF((size_t)2 * DER_MAX);
	gp_buf_auto struct gp_buf out = GP_BUF((size_t)2 * GP_SCAFFOLD_TEXT_MAX);
	if (!read_arguments(argc, argv, &arguments))
		return GP_EXIT_USAGE;
	enum gp_status st = look_up(&arguments, &config, &certificate, &err);
	if (st == GP_ST_OK) {
		gp_scaffold_text(&arguments.scaffold, &out);
		st = gp_buf_status(&out);
	}
	gp_config_free(config);
	/* Half a document would register half a tier. */
	if (st == GP_ST_OK && (fputs(gp_buf_get(&out), stdout) < 0 || fflush(stdout) != 0))
		st = gp_fail(&err, GP_ST_IO, "cannot write the document");
	if (st == GP_ST_OK)
		return GP_EXIT_OK;
	(void)gp_common_failed(st, &err);
	return GP_EXIT_FAILING;
}
