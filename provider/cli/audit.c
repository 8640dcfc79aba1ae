/* SPDX-License-Identifier: Apache-2.0 */
/* guestpass audit verify: is the chain of the audit whole? It asks no daemon; whoever may read the
 * files may verify them, on another host too. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/audit_verify.h"
#include "base/json.h"
#include "cli/cli.h"
#include "config/config.h"
#include "contract/buf.h"

#include "contract/ban.h"

#define JSON_FINDINGS 1000 /* beyond these they are counted only */
#define JSON_BYTES    ((size_t)JSON_FINDINGS * 1024)

static const struct gp_syntax syntax = {
	"", 0, "audit verify [--head=HEAD] [--json] [--config=FILE] [FILE...]"};

struct arguments {
	const char *config;
	const char *head; /* NULL: not said */
	bool json;
	char **files;
	int count;
};

static bool read_arguments(int argc, char **argv, struct arguments *out)
{
	static const struct option options[] = {{"config", required_argument, NULL, 'c'},
						{"head", required_argument, NULL, 'h'},
						{"json", no_argument, NULL, 'j'},
						{NULL, 0, NULL, 0}};
	int c = 0;
	*out = (struct arguments){.config = GP_CONFDIR "/guestpass.conf"};
	if (argc < 2 || strcmp(argv[1], "verify") != 0)
		return gp_common_usage(&syntax);
	argc--;
	argv++;
	optind = 0;
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'c')
			out->config = optarg;
		else if (c == 'h')
			out->head = optarg;
		else if (c == 'j')
			out->json = true;
		else
			return gp_common_usage(&syntax);
	}
	out->files = argv + optind;
	out->count = argc - optind;
	return true;
}

/* The head that the daemon keeps beside the file. Read before the file: the daemon may be at work.
 */
static bool kept_head(const char *file, struct gp_audit_head *out)
{
	char name[GP_CONFIG_PATH + 8];
	char text[GP_AUDIT_HEAD_TEXT] = "";
	FILE *f = gp_format(name, sizeof(name), "%s.head", file) == GP_ST_OK ? fopen(name, "re")
									     : NULL;
	if (f == NULL)
		return false;
	size_t len = fread(text, 1, sizeof(text), f);
	(void)fclose(f);
	while (len > 0 && (text[len - 1] == ' ' || text[len - 1] == '\n'))
		len--;
	return gp_audit_head_parse((struct gp_str){text, len}, out) == GP_ST_OK && out->seq > 0;
}

struct output {
	bool json;
	size_t count;
	struct gp_buf list; /* of JSON */
};

static void on_found(void *arg, const struct gp_audit_found *found)
{
	struct output *out = arg;
	const char *name = gp_audit_finding_name(found->finding);
	const char *file = found->at.file != NULL ? found->at.file : "-";
	if (!out->json) {
		(void)printf("%s:%llu: %s: %s", file, (unsigned long long)found->at.line, name,
			     found->text);
		if (found->count > 0)
			(void)printf(" (%llu)", (unsigned long long)found->count);
		(void)puts("");
		return;
	}
	if (out->count++ >= JSON_FINDINGS)
		return;
	gp_buf_text(&out->list, out->count > 1 ? ",{\"file\":" : "{\"file\":");
	gp_json_write_str(&out->list, gp_str_from(file));
	gp_buf_printf(&out->list, ",\"line\":%llu,\"what\":\"%s\",\"count\":%llu,\"why\":\"%s\"}",
		      (unsigned long long)found->at.line, name, (unsigned long long)found->count,
		      found->text);
}

static void conclude(const struct gp_audit_verify *v, const struct gp_audit_files *files,
		     const struct output *out)
{
	if (out->json) {
		(void)printf(
			"{\"v\":1,\"whole\":%s,\"records\":%llu,\"first\":%llu,\"seq\":%llu,"
			"\"head\":\"%s\",\"older\":%llu,\"compressed\":%zu,\"findings\":[%s]}\n",
			v->broken == 0 ? "true" : "false", (unsigned long long)v->records,
			(unsigned long long)v->first_seq, (unsigned long long)v->head.seq,
			v->head.hash, (unsigned long long)v->older, files->compressed,
			gp_buf_get(&out->list));
		return;
	}
	if (v->records > 0)
		(void)printf("%llu records, seq %llu to %llu, head %s\n",
			     (unsigned long long)v->records, (unsigned long long)v->first_seq,
			     (unsigned long long)v->head.seq, v->head.hash);
	else
		(void)puts("0 records");
	if (v->first_seq > 1)
		(void)printf("records before %llu are not here: nothing is proved of them\n",
			     (unsigned long long)v->first_seq);
	if (v->older > 0)
		(void)printf("%llu records are from before there was a chain\n",
			     (unsigned long long)v->older);
	if (files->compressed > 0)
		(void)printf("%zu compressed files were not read\n", files->compressed);
}

/* What is verified, and which head it must have. */
static enum gp_status find(const struct arguments *args, struct gp_audit_files *files,
			   struct gp_audit_head *wanted, struct gp_error *err)
{
	struct gp_config *config = NULL;
	enum gp_status st = GP_ST_OK;
	for (int i = 0; st == GP_ST_OK && i < args->count; i++)
		st = gp_audit_files_add(files, args->files[i], err);
	if (args->count > 0)
		return st;
	st = gp_config_load(args->config, -1, &config, err);
	if (st == GP_ST_OK && args->head == NULL && !kept_head(config->audit_file, wanted))
		wanted->hash[0] = '\0';
	if (st == GP_ST_OK)
		st = gp_audit_files_list(config->audit_file, files, err);
	gp_config_free(config);
	return st;
}

int gp_command_audit(int argc, char **argv)
{
	struct arguments args;
	struct gp_error err = {0};
	struct gp_audit_files files = {0};
	struct gp_audit_head wanted = {0};
	if (!read_arguments(argc, argv, &args))
		return GP_EXIT_USAGE;
	if (args.head != NULL && gp_audit_head_parse(gp_str_from(args.head), &wanted) != GP_ST_OK) {
		(void)fputs("guestpass: --head is the hash of a record, or its number, a colon and "
			    "the hash\n",
			    stderr);
		return GP_EXIT_USAGE;
	}
	struct output out = {.json = args.json, .list = GP_BUF(JSON_BYTES)};
	enum gp_status st = find(&args, &files, &wanted, &err);
	struct gp_audit_verify v = {.found = on_found, .arg = &out, .wanted = wanted};
	if (st == GP_ST_OK)
		st = gp_audit_verify_files(&v, &files, 0, &err);
	if (st == GP_ST_OK)
		st = gp_buf_status(&out.list);
	if (st == GP_ST_OK)
		conclude(&v, &files, &out);
	if (st == GP_ST_OK && (fflush(stdout) != 0 || ferror(stdout) != 0))
		st = gp_fail(&err, GP_ST_IO, "cannot write the result");
	gp_buf_free(&out.list);
	gp_audit_files_free(&files);
	if (st != GP_ST_OK) {
		(void)gp_common_failed(st, &err);
		return GP_EXIT_UNREACHABLE;
	}
	return v.broken == 0 ? GP_EXIT_OK : GP_EXIT_FAILING;
}
