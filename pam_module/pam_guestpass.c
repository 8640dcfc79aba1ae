/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The six entry points of pam_guestpass.so. Each asks first whether the name is a guest's, from the
 * published directory alone; for any other name the answer is PAM_USER_UNKNOWN and nothing more
 * happens. What a guest may do is decided by guestpassd: here are no decisions but refusals.
 */
#include <langinfo.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include <security/pam_ext.h>
#include <security/pam_modules.h>

#include "contract/directory.h"
#include "contract/ids_conf.h"
#include "contract/login_protocol.h"
#include "pam_module/caller.h"
#include "pam_module/home.h"
#include "pam_module/options.h"
#include "pam_module/ours.h"
#include "pam_module/pam_code.h"
#include "pam_module/relay.h"
#include "pam_module/step_up.h"

#include "contract/ban.h"

#define EXPORT         __attribute__((visibility("default")))
#define DIRECTORY_PATH GP_RUNDIR "/directory"
#define SOCKET_PATH    GP_RUNDIR "/login.sock"
#define DECISION       "GUESTPASS_DECISION"
#define SSH_PROVED     "SSH_AUTH_INFO_0"

#define ACCOUNT_TIMEOUT_MS 10000
#define SESSION_TIMEOUT_MS 10000
#define CLOSE_TIMEOUT_MS   2000

struct call {
	pam_handle_t *pamh;
	enum gp_phase phase;
	bool silent;
	struct gp_options options;
	const char *bad_option; /* NULL when there is none */
	const char *service;    /* never NULL, nor are these three */
	const char *rhost;
	const char *tty;
	struct gp_guest guest; /* once the name is known to be ours */
	bool step_up;          /* it is the caller's, who wants to become somebody else */
};

static const char *item(pam_handle_t *pamh, int which)
{
	const void *value = NULL;
	if (pam_get_item(pamh, which, &value) != PAM_SUCCESS || value == NULL)
		return "";
	return value;
}

/* The name that the session is to be for. Only the authentication phase may have to ask for it
 * (login does not know it yet); whoever comes after us asks again if nobody answers. */
static const char *user_name(const struct call *call)
{
	const char *name = NULL;

	if (call->phase != GP_PHASE_AUTH)
		return item(call->pamh, PAM_USER);
	if (pam_get_user(call->pamh, &name, NULL) != PAM_SUCCESS || name == NULL)
		return "";
	return name;
}

static struct gp_caller caller_of(const struct call *call)
{
	const char *name = item(call->pamh, PAM_RUSER);
	return (struct gp_caller){
		.uid = getuid(),
		.login_uid = gp_caller_read_login_uid(GP_CALLER_LOGINUID_PATH),
		.name = name[0] != '\0' ? name : NULL,
	};
}

static bool caller_is_guest(const struct call *call, const struct gp_directory_view *view)
{
	if (call->phase == GP_PHASE_CRED || call->phase == GP_PHASE_CLOSE ||
	    !gp_caller_matters(call->service))
		return false;
	const struct gp_caller caller = caller_of(call);
	return gp_caller_is_guest(view, &caller);
}

/* Is there anybody whom the daemon can be asked about? */
static bool may_step_up(struct call *call, const struct gp_directory_view *view)
{
	const struct gp_caller caller = caller_of(call);
	return call->phase != GP_PHASE_PASSWORD && call->bad_option == NULL &&
	       !call->options.is_guest && gp_step_up_permitted(GP_IDS_CONF_PATH) &&
	       gp_step_up_find(call->pamh, view, &caller, &call->guest) == GP_ST_OK;
}

static int answer(const struct call *call, enum gp_outcome outcome, bool told)
{
	const char *sentence = gp_pam_sentence(call->phase, outcome);
	if (!told && !call->silent && sentence[0] != '\0')
		gp_relay_say(call->pamh, true, sentence);
	return gp_pam_code(call->phase, outcome);
}

/* PAM_SUCCESS: the name is a guest's, or the caller is one who may ask for more; CALL->guest is
 * filled, go on. Else the final answer. */
static int begin(struct call *call, int flags, int argc, const char **argv)
{
	struct gp_directory_view view = {0};

	call->silent = ((unsigned int)flags & PAM_SILENT) != 0;
	call->bad_option = gp_options_read(argc, argv, &call->options);
	call->service = item(call->pamh, PAM_SERVICE);
	call->rhost = item(call->pamh, PAM_RHOST);
	call->tty = item(call->pamh, PAM_TTY);

	enum gp_status st = gp_directory_open(DIRECTORY_PATH, &view);
	const struct gp_directory_view *there = st == GP_ST_OK ? &view : NULL;
	if (there == NULL && call->options.debug)
		pam_syslog(call->pamh, LOG_DEBUG, "no usable directory of guests: %s",
			   gp_status_name(st));
	if (caller_is_guest(call, there)) {
		call->step_up = may_step_up(call, there);
		gp_directory_close(&view);
		/* sudo always says PAM_SILENT; as for a password, the question is asked all the
		 * same, and its answer says why, or sudo calls it a wrong password. */
		call->silent = call->silent && call->phase != GP_PHASE_AUTH;
		if (call->step_up)
			return PAM_SUCCESS;
		pam_syslog(call->pamh, LOG_NOTICE, "a guest was refused to become another user");
		return answer(call, GP_OUT_CALLER, false);
	}
	st = gp_ours_find(call->pamh, there, user_name(call), &call->guest);
	gp_directory_close(&view);
	if (st != GP_ST_OK) {
		if (call->options.debug)
			pam_syslog(call->pamh, LOG_DEBUG, "not the name of a guest: %s",
				   gp_status_name(st));
		return PAM_USER_UNKNOWN;
	}
	/* A stack that says what we do not understand may mean to be stricter than we are. */
	if (call->bad_option != NULL)
		pam_syslog(call->pamh, LOG_ERR, "invalid option \"%s\"; no guest is admitted",
			   call->bad_option);
	return PAM_SUCCESS;
}

/* May this call ask the daemon at all? is_guest has a meaning in session stacks only; elsewhere its
 * success would be an entry without a sign-in. */
static bool is_misconfigured(const struct call *call)
{
	bool session = call->phase == GP_PHASE_OPEN || call->phase == GP_PHASE_CLOSE;

	if (call->options.is_guest && !session)
		pam_syslog(call->pamh, LOG_ERR, "is_guest belongs in a session stack");
	return call->bad_option != NULL || (call->options.is_guest && !session);
}

/* Can the person's terminal show more than ASCII? Of a client behind sshd nothing is known here;
 * nearly all can. Elsewhere the host process's locale tells. */
static bool takes_utf8(const struct call *call)
{
	return strcmp(call->service, "sshd") == 0 || strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

/* sshd lists what a person proved to it, a line each, before it opens the session: was it one SSH
 * key and nothing else? (Before the account phase the list is still empty.) */
static bool is_key_login(const struct call *call)
{
	static const char method[] = "publickey ";
	const char *proved = pam_getenv(call->pamh, SSH_PROVED);
	if (proved == NULL || strncmp(proved, method, sizeof(method) - 1) != 0)
		return false;
	const char *end = strchr(proved, '\n');
	return end == NULL || end[1] == '\0';
}

static struct gp_login_msg request_of(const struct call *call, enum gp_login_op op)
{
	struct gp_login_msg msg = {
		.op = op,
		.service = gp_str_from(call->service),
		.user = gp_str_from(call->guest.name),
		.rhost = gp_str_from(call->rhost),
		.tty = gp_str_from(call->tty),
		.uid = call->guest.uid,
		.caller = (uint32_t)getuid(),
	};
	if (call->silent)
		msg.flags |= GP_LOGIN_SILENT;
	if (takes_utf8(call))
		msg.flags |= GP_LOGIN_UTF8;
	if (call->step_up) {
		msg.flags |= GP_LOGIN_STEP_UP;
		if (call->phase != GP_PHASE_AUTH)
			msg.flags |= GP_LOGIN_SILENT;
	}
	if (op == GP_LOGIN_START) {
		msg.timeout_s = (uint16_t)call->options.timeout_s;
		return msg;
	}
	/* sshd runs the sign-in in a child: only PAM's environment comes back from there. */
	struct gp_str id = gp_str_from(pam_getenv(call->pamh, DECISION));
	msg.has_decision = id.len == GP_DECISION_ID_TEXT - 1 &&
			   gp_unhex(id, msg.decision, sizeof(msg.decision)) == GP_ST_OK;
	if (op == GP_LOGIN_OPEN && is_key_login(call))
		msg.flags |= GP_LOGIN_KEY;
	return msg;
}

static void run(const struct call *call, enum gp_login_op op, int64_t timeout_ms,
		struct gp_relay_result *result)
{
	const struct gp_relay relay = {
		.pamh = call->pamh,
		.socket_path = SOCKET_PATH,
		.timeout_ms = timeout_ms,
		.phase = call->phase,
		.silent = call->silent,
		.split = call->step_up,
		.debug = call->options.debug,
	};
	const struct gp_login_msg request = request_of(call, op);
	gp_relay_run(&relay, &request, result);
}

/* Leaves the decision id where the later phases, also those in another process, find it. */
static enum gp_outcome keep_decision(const struct call *call, const struct gp_relay_result *result)
{
	char id[GP_DECISION_ID_TEXT];
	char assignment[sizeof(DECISION) + GP_DECISION_ID_TEXT];

	if (!result->has_decision) {
		pam_syslog(call->pamh, LOG_ERR, "guestpassd granted without a decision id");
		return GP_OUT_UNAVAILABLE;
	}
	gp_hex(result->decision, sizeof(result->decision), id);
	if (gp_format(assignment, sizeof(assignment), "%s=%s", DECISION, id) != GP_ST_OK ||
	    pam_putenv(call->pamh, assignment) != PAM_SUCCESS)
		return GP_OUT_UNAVAILABLE;
	return GP_OUT_GRANTED;
}

/* The same question in each phase; prompts are for the first one, in the others a sign-in of a
 * moment ago must do. */
static int step_up(const struct call *call)
{
	struct gp_relay_result result = {.outcome = GP_OUT_UNAVAILABLE};
	run(call, GP_LOGIN_START,
	    call->phase == GP_PHASE_AUTH ? (int64_t)call->options.timeout_s * 1000
					 : ACCOUNT_TIMEOUT_MS,
	    &result);
	if (result.outcome == GP_OUT_GRANTED)
		pam_syslog(call->pamh, LOG_NOTICE, "%s is admitted to become another user",
			   call->guest.name);
	return answer(call, result.outcome, result.told);
}

/* The account and session phases: one question, one answer. A login by an SSH key gets its id with
 * the answer. */
static int ask_daemon(const struct call *call, enum gp_login_op op, int64_t timeout_ms)
{
	struct gp_relay_result result = {.outcome = GP_OUT_UNAVAILABLE};

	if (!is_misconfigured(call))
		run(call, op, timeout_ms, &result);
	if (op == GP_LOGIN_ACCOUNT && result.outcome == GP_OUT_GRANTED && result.has_decision) {
		result.outcome = keep_decision(call, &result);
		result.told = result.told && result.outcome == GP_OUT_GRANTED;
	}
	return answer(call, result.outcome, result.told);
}

EXPORT int pam_sm_authenticate(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	struct call call = {.pamh = pamh, .phase = GP_PHASE_AUTH};
	struct gp_relay_result result = {.outcome = GP_OUT_UNAVAILABLE};

	int rc = begin(&call, flags, argc, argv);
	if (rc != PAM_SUCCESS || call.step_up)
		return rc != PAM_SUCCESS ? rc : step_up(&call);
	/* The id of an earlier attempt in the same conversation proves nothing about this one. */
	if (pam_getenv(pamh, DECISION) != NULL && pam_putenv(pamh, DECISION) != PAM_SUCCESS)
		return answer(&call, GP_OUT_UNAVAILABLE, false);
	if (!is_misconfigured(&call))
		run(&call, GP_LOGIN_START, (int64_t)call.options.timeout_s * 1000, &result);
	if (result.outcome == GP_OUT_GRANTED) {
		result.outcome = keep_decision(&call, &result);
		result.told = result.told && result.outcome == GP_OUT_GRANTED;
	}
	return answer(&call, result.outcome, result.told);
}

EXPORT int pam_sm_setcred(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	struct call call = {.pamh = pamh, .phase = GP_PHASE_CRED};

	int rc = begin(&call, flags, argc, argv);
	return rc != PAM_SUCCESS ? rc : answer(&call, GP_OUT_GRANTED, true);
}

EXPORT int pam_sm_acct_mgmt(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	struct call call = {.pamh = pamh, .phase = GP_PHASE_ACCOUNT};

	int rc = begin(&call, flags, argc, argv);
	if (rc != PAM_SUCCESS)
		return rc;
	return call.step_up ? step_up(&call)
			    : ask_daemon(&call, GP_LOGIN_ACCOUNT, ACCOUNT_TIMEOUT_MS);
}

EXPORT int pam_sm_open_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	struct call call = {.pamh = pamh, .phase = GP_PHASE_OPEN};

	int rc = begin(&call, flags, argc, argv);
	if (rc != PAM_SUCCESS || (call.options.is_guest && !is_misconfigured(&call)))
		return rc;
	if (call.step_up)
		return step_up(&call);
	if (!gp_home_ok(pamh, call.guest.name, call.guest.uid))
		return answer(&call, GP_OUT_HOME, false);
	return ask_daemon(&call, GP_LOGIN_OPEN, SESSION_TIMEOUT_MS);
}

EXPORT int pam_sm_close_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	struct call call = {.pamh = pamh, .phase = GP_PHASE_CLOSE};

	int rc = begin(&call, flags, argc, argv);
	if (rc != PAM_SUCCESS || call.options.is_guest)
		return rc;
	return ask_daemon(&call, GP_LOGIN_CLOSE, CLOSE_TIMEOUT_MS);
}

EXPORT int pam_sm_chauthtok(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	struct call call = {.pamh = pamh, .phase = GP_PHASE_PASSWORD};

	int rc = begin(&call, flags, argc, argv);
	return rc != PAM_SUCCESS ? rc : answer(&call, GP_OUT_DENIED, false);
}
