/* SPDX-License-Identifier: Apache-2.0 */
/* guestpass grant and revoke: root's own word on one guest. */
#include "cli/standing.h"

#include <stdio.h>

#include "base/json.h"
#include "cli/ask.h"
#include "config/times.h"

#include "contract/ban.h"

static const struct gp_syntax grant_syntax = {
	"ues", 1, "grant --until=DATE --reason=TEXT --sponsor=MAIL [--json] [--run-dir=DIR] NAME"};
static const struct gp_syntax revoke_syntax = {
	"e", 1, "revoke --reason=TEXT [--json] [--run-dir=DIR] NAME"};

int gp_standing_ask(const struct gp_common *args, const struct gp_buf *question,
		    struct gp_json_doc **doc, struct gp_standing_answer *out, struct gp_error *err)
{
	struct gp_str wrong = {0};
	enum gp_status st = gp_ask_shown(args->run_dir, args->json, question, doc, err);
	if (st != GP_ST_OK)
		return gp_common_failed(st, err);
	const struct gp_json *answer = gp_json_root(*doc);
	if (gp_json_get_str(answer, "error", 1024, &wrong) == GP_ST_OK)
		return GP_EXIT_FAILING;
	if (gp_cell_text(answer, "name", out->name)[0] == '\0')
		(void)gp_cell_text(answer, "oid", out->name);
	out->was_revoked = false;
	if (gp_json_get_bool(answer, "was_revoked", &out->was_revoked) != GP_ST_OK)
		return gp_common_failed(GP_ST_IO,
					&(struct gp_error){GP_ST_IO, "the daemon's answer makes no "
								     "sense"});
	return args->json ? gp_common_written() : GP_EXIT_OK;
}

int gp_command_grant(int argc, char **argv)
{
	struct gp_common args;
	struct gp_error err = {0};
	struct gp_standing_answer said;
	gp_json_doc_auto struct gp_json_doc *doc = NULL;
	gp_buf_auto struct gp_buf question = GP_BUF(4096);
	int64_t until_s = 0;
	bool present = true;
	if (!gp_common_parse(argc, argv, &grant_syntax, &args) ||
	    ((args.until == NULL || args.reason == NULL || args.sponsor == NULL) &&
	     !gp_common_usage(&grant_syntax)))
		return GP_EXIT_USAGE;
	if (gp_date_parse(gp_str_from(args.until), &until_s) != GP_ST_OK) {
		(void)fputs("guestpass: --until takes a day such as 2026-12-31\n", stderr);
		return GP_EXIT_USAGE;
	}
	gp_buf_printf(&question, "{\"v\":1,\"op\":\"grant\",\"until\":%lld", (long long)until_s);
	gp_ask_member(&question, "name", args.argument);
	gp_ask_member(&question, "reason", args.reason);
	gp_ask_member(&question, "sponsor", args.sponsor);
	gp_ask_add_login(&question);
	gp_buf_text(&question, "}");
	int code = gp_standing_ask(&args, &question, &doc, &said, &err);
	if (code != GP_EXIT_OK || args.json)
		return code;
	(void)printf("%s has a pass until the end of %s (UTC)\n", said.name, args.until);
	if (said.was_revoked)
		(void)puts("the revocation is lifted");
	if (gp_json_get_bool(gp_json_root(doc), "present", &present) == GP_ST_OK && !present)
		(void)puts("he is in no access group now, and cannot enter before he is in one");
	return gp_common_written();
}

int gp_command_revoke(int argc, char **argv)
{
	struct gp_common args;
	struct gp_error err = {0};
	struct gp_standing_answer said;
	gp_json_doc_auto struct gp_json_doc *doc = NULL;
	gp_buf_auto struct gp_buf question = GP_BUF(4096);
	if (!gp_common_parse(argc, argv, &revoke_syntax, &args) ||
	    (args.reason == NULL && !gp_common_usage(&revoke_syntax)))
		return GP_EXIT_USAGE;
	gp_buf_text(&question, "{\"v\":1,\"op\":\"revoke\"");
	gp_ask_member(&question, "name", args.argument);
	gp_ask_member(&question, "reason", args.reason);
	gp_ask_add_login(&question);
	gp_buf_text(&question, "}");
	int code = gp_standing_ask(&args, &question, &doc, &said, &err);
	if (code != GP_EXIT_OK || args.json)
		return code;
	(void)printf("%s is not admitted any more; sessions that are open go on\n", said.name);
	return gp_common_written();
}
