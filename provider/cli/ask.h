/* SPDX-License-Identifier: Apache-2.0 */
/* One question to the daemon at its admin socket. */
#ifndef GP_CLI_ASK_H
#define GP_CLI_ASK_H

#include "contract/buf.h"
#include "contract/status.h"

#define GP_ASK_ANSWER_MAX 65536U
#define GP_ASK_TIMEOUT_MS 5000
#define GP_ASK_CODE_MS    90000        /* until the code is there */
#define GP_ASK_SIGN_IN_MS (30 * 60000) /* the life of a code, and reading after it */

/* Sends QUESTION to RUN_DIR/admin.sock and appends the one packet that comes back to ANSWER. Waits
 * at most TIMEOUT_MS at each of its steps. */
enum gp_status gp_ask(const char *run_dir, const char *question, int timeout_ms,
		      struct gp_buf *answer, struct gp_error *err) gp_must_check;

/* Appends ,"login":1000 to QUESTION, as whom the caller logged in; nothing if he did not. For what
 * the audit is to keep. */
void gp_ask_add_login(struct gp_buf *question);

struct gp_json_doc;
/* The same with the answer read. The daemon's own {"error":"..."} is GP_ST_INVALID with its words.
 */
enum gp_status gp_ask_doc(const char *run_dir, const char *question, struct gp_json_doc **out,
			  struct gp_error *err) gp_must_check;

/* As gp_ask_doc() with a limit of its own, for what the daemon has to ask the tenant. */
enum gp_status gp_ask_slow(const char *run_dir, const char *question, int timeout_ms,
			   struct gp_json_doc **out, struct gp_error *err) gp_must_check;
/* As gp_ask_doc() where somebody must sign in first: page and code go to the standard error output,
 * with WHO ("as ..."), and then the answer is waited for; TEXT gets it as it came. QUESTION lacks
 * its last brace: who asks is added. */
enum gp_status gp_ask_signing_in(const char *run_dir, struct gp_buf *question, const char *who,
				 struct gp_buf *text, struct gp_json_doc **out,
				 struct gp_error *err) gp_must_check;

/* ,"KEY":"TEXT" behind what QUESTION has; nothing for NULL. Whoever types control characters gets
 * them back as an error. */
void gp_ask_member(struct gp_buf *question, const char *key, const char *text);
/* As gp_ask_doc(); with JSON the answer is printed as it came, and one that is an error is
 * GP_ST_OK: it says so itself. */
enum gp_status gp_ask_shown(const char *run_dir, bool json, const struct gp_buf *question,
			    struct gp_json_doc **out, struct gp_error *err) gp_must_check;

struct gp_json;
/* One part of a list; PART counts from 0. What is not GP_ST_OK ends the asking. */
typedef enum gp_status gp_ask_part(void *arg, size_t part, const struct gp_json *answer,
				   struct gp_error *err);
/* Asks OP for all of a list, part after part, as the daemon says where the next one begins. */
enum gp_status gp_ask_parts(const char *run_dir, const char *op, gp_ask_part *each, void *arg,
			    struct gp_error *err) gp_must_check;

#endif
