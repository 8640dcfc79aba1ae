/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/capture.h"

#include "cli/ask.h"
#include "cli/cell.h"
#include "cli/cli.h"
#include "config/config.h"
#include "contract/buf.h"

#include "contract/ban.h"

static const struct gp_json *list_of(const struct gp_json *object, const char *key)
{
	const struct gp_json *list = NULL;
	return gp_json_get_array(object, key, &list) == GP_ST_OK ? list : NULL;
}

static void show_claim(const struct gp_json *claim, FILE *out)
{
	char name[GP_CELL];
	char type[GP_CELL];
	char text[GP_CELL];
	int64_t number = 0;
	(void)fprintf(out, "    %-22s %s", gp_cell_text(claim, "name", name),
		      gp_cell_text(claim, "type", type));
	if (gp_json_get_int(claim, "value", INT64_MIN, INT64_MAX, &number) == GP_ST_OK)
		(void)fprintf(out, " %lld", (long long)number);
	else if (list_of(claim, "value") != NULL)
		(void)fprintf(out, " %s", gp_cell_list(claim, "value", text));
	else if (gp_cell_text(claim, "value", text)[0] != '\0')
		(void)fprintf(out, " %s", text);
	else if (gp_json_get_int(claim, "length", 0, INT64_MAX, &number) == GP_ST_OK)
		(void)fprintf(out, " of %lld", (long long)number);
	(void)fputs("\n", out);
}

static void show_token(const struct gp_json *record, const char *key, const char *name, FILE *out)
{
	const struct gp_json *claims = list_of(record, key);
	if (claims == NULL)
		return;
	(void)fprintf(out, "%s (times in seconds from the end of the sign-in)\n", name);
	for (size_t i = 0; i < gp_json_array_len(claims); i++)
		show_claim(gp_json_array_at(claims, i), out);
}

static void show_answers(const struct gp_json *record, FILE *out)
{
	const struct gp_json *answers = list_of(record, "answers");
	char error[GP_CELL];
	for (size_t i = 0; i < gp_json_array_len(answers); i++) {
		const struct gp_json *one = gp_json_array_at(answers, i);
		(void)fprintf(out, "    HTTP %lld %s %lld, %lld times\n",
			      (long long)gp_cell_number(one, "http"),
			      gp_cell_text(one, "error", error),
			      (long long)gp_cell_number(one, "number"),
			      (long long)gp_cell_number(one, "times"));
	}
}

static void show_points(const struct gp_json *record, FILE *out)
{
	const struct gp_json *points = list_of(record, "points");
	char question[GP_CELL];
	char text[GP_CELL];
	(void)fputs("What this tenant answers where Microsoft's documentation is silent\n", out);
	for (size_t i = 0; i < gp_json_array_len(points); i++) {
		const struct gp_json *one = gp_json_array_at(points, i);
		(void)fprintf(out, "    %s:\n        %s\n", gp_cell_text(one, "question", question),
			      gp_cell_text(one, "answer", text));
	}
}

void gp_capture_show(const struct gp_json *record, FILE *out)
{
	const struct gp_json *code = NULL;
	char text[GP_CELL];
	char why[GP_CELL];
	(void)fprintf(out, "%s after %lld s", gp_cell_text(record, "outcome", text),
		      (long long)gp_cell_number(record, "seconds"));
	(void)fprintf(out, "%s%s\n", gp_cell_text(record, "why", why)[0] != '\0' ? ": " : "", why);
	if (gp_json_get_object(record, "code", &code) == GP_ST_OK &&
	    gp_cell_number(code, "length") > 0)
		(void)fprintf(out, "The code: %lld characters, %lld s, a poll every %lld s, %s\n",
			      (long long)gp_cell_number(code, "length"),
			      (long long)gp_cell_number(code, "expires_in"),
			      (long long)gp_cell_number(code, "interval"),
			      gp_cell_text(code, "page", text));
	show_answers(record, out);
	show_token(record, "access_token", "The access token", out);
	show_token(record, "id_token", "The ID token", out);
	show_points(record, out);
}

/* Before somebody signs in for nothing. What is wrong with the configuration the daemon says. */
static void warn_of_egress(const char *path)
{
	struct gp_config *config = NULL;
	struct gp_error err = {0};
	if (gp_config_load(path, -1, &config, &err) == GP_ST_OK &&
	    config->egress_addresses_len == 0)
		(void)fputs("guestpass: egress_addresses is not set: whose address the token has "
			    "will not be answered\n",
			    stderr);
	gp_config_free(config);
}

int gp_capture_run(const char *run_dir, const char *config, bool json)
{
	gp_json_doc_auto struct gp_json_doc *doc = NULL;
	gp_buf_auto struct gp_buf text = GP_BUF(GP_ASK_ANSWER_MAX);
	gp_buf_auto struct gp_buf question = GP_BUF(256);
	struct gp_error err = {0};
	char outcome[GP_CELL];
	warn_of_egress(config);
	gp_buf_text(&question, "{\"v\":1,\"op\":\"capture\"");
	enum gp_status st = gp_ask_signing_in(run_dir, &question,
					      "as a guest does, on a computer that is not behind "
					      "this host's own address",
					      &text, &doc, &err);
	if (st != GP_ST_OK)
		return gp_common_failed(st, &err);
	if (json)
		(void)puts(gp_buf_get(&text));
	else
		gp_capture_show(gp_json_root(doc), stdout);
	int written = gp_common_written();
	if (written != GP_EXIT_OK)
		return written;
	(void)gp_cell_text(gp_json_root(doc), "outcome", outcome);
	return strcmp(outcome, "signed-in") == 0 ? GP_EXIT_OK : GP_EXIT_FAILING;
}
