/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The module relays: what the daemon asks and shows goes to the person, and only the fact of an
 * answer goes back. What was typed is wiped at once; it is never kept, logged or sent.
 */
#ifndef GP_PAM_MODULE_RELAY_H
#define GP_PAM_MODULE_RELAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <security/pam_modules.h>

#include "contract/login_protocol.h"
#include "pam_module/pam_code.h"

#define GP_RELAY_LINE_MAX   512 /* PAM_MAX_MSG_SIZE, a line */
#define GP_RELAY_TEXT_MAX   8192
#define GP_RELAY_FRAMES_MAX 1000 /* of one request: a daemon gone mad cannot keep us for ever */

struct gp_relay {
	pam_handle_t *pamh;
	const char *socket_path;
	int64_t timeout_ms;
	enum gp_phase phase;
	bool silent; /* PAM_SILENT: show nothing */
	/* sudo may put a prompt of its own in place of ours ("sudo -p"): only the last line is one
	 * then, what is above it is shown as information. sshd would hold that back. */
	bool split;
	bool debug;
};

struct gp_relay_result {
	enum gp_outcome outcome;
	bool told; /* the daemon's own words were shown, or nothing may be */
	bool has_decision;
	uint8_t decision[GP_DECISION_ID_BYTES];
};

/* Sends REQUEST and relays until the daemon's last word or the deadline. Prompts are shown in the
 * authentication phase only. *OUT is always filled: refused unless the daemon granted. */
void gp_relay_run(const struct gp_relay *relay, const struct gp_login_msg *request,
		  struct gp_relay_result *out);

/* TEXT as it may be shown: control characters escaped, each line at most GP_RELAY_LINE_MAX - 1
 * bytes. DST has GP_RELAY_TEXT_MAX bytes. */
void gp_relay_clean(struct gp_str text, char dst[static GP_RELAY_TEXT_MAX]);

/* Shows a sentence: as an error, or as mere information. */
void gp_relay_say(pam_handle_t *pamh, bool error, const char *sentence);

#endif
