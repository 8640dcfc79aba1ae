/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hostile daemon below the whole PAM module. The input is a program: which entry point is called
 * for whom, then what the daemon says and does and when the person answers. The module returns a
 * code of its table, and success only for a grant that a daemon may give: well formed, in its turn,
 * after the person's answer, and for a sign-in with the decision id that is then in PAM's
 * environment.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pam_module/pam_code.h"
#include "tests/fuzz/module/host.h"
#include "tests/fuzz/support/split.h"
#include "tests/fuzz/support/stepped_time.h"
#include "tests/fuzz/support/work_dir.h"
#include "tests/unit/support/directory_sample.h"

#include "contract/ban.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

typedef int entry_point(pam_handle_t *pamh, int flags, int argc, const char **argv);

static const struct {
	entry_point *call;
	enum gp_login_op op; /* what it asks the daemon; 0: nothing */
} entries[] = {
	[GP_PHASE_AUTH] = {pam_sm_authenticate, GP_LOGIN_START},
	[GP_PHASE_CRED] = {pam_sm_setcred, 0},
	[GP_PHASE_ACCOUNT] = {pam_sm_acct_mgmt, GP_LOGIN_ACCOUNT},
	[GP_PHASE_OPEN] = {pam_sm_open_session, GP_LOGIN_OPEN},
	[GP_PHASE_CLOSE] = {pam_sm_close_session, GP_LOGIN_CLOSE},
	[GP_PHASE_PASSWORD] = {pam_sm_chauthtok, 0},
};

static const char *const services[] = {"sshd", "login", "su", "systemd-user"};
static const char *const users[] = {"ada@fabrikam.example", "ADA@Fabrikam.example", "root", ""};
static const char *const options[] = {"debug", "is_guest", "timeout=20", "timeout=5"};

struct call {
	enum gp_phase phase;
	bool is_guest; /* the name is one of a guest of ours */
	bool is_guest_option;
	bool bad_option;
	int argc;
	const char *argv[4];
};

static void set_up_once(void)
{
	static bool done;
	if (done)
		return;
	done = true;
	work_dir_enter();
	must(mkdir("run", 0755) == 0);
	struct gp_directory_bytes bytes = sample_directory(1);
	sample_write("run/directory", bytes);
	gp_directory_bytes_free(&bytes);
}

/* What sshd took instead of a sign-in. */
static const char *const proved[] = {NULL, "publickey ssh-ed25519 AAAA\n",
				     "publickey ssh-ed25519 AAAA\npublickey ssh-rsa BBBB\n",
				     "password\n"};

static void choose(struct call *call, struct pam_handle *h)
{
	const unsigned int who = split_byte(&h->program);
	const unsigned int how = split_byte(&h->program);
	const unsigned int words = split_byte(&h->program);

	call->phase = (enum gp_phase)(how % 6);
	h->silent = (how & 64) != 0;
	h->sign_in = call->phase == GP_PHASE_AUTH;
	h->asked_for = entries[call->phase].op;
	h->service = services[who % 4];
	h->user = users[who / 4 % 4];
	h->nss_uid = (who & 16) != 0 ? 0 : SAMPLE_ADA_UID;
	call->is_guest = who / 4 % 4 < 2 && (who & 16) == 0;
	for (unsigned int i = 0; i < 4; i++)
		if ((words >> i & 1) != 0)
			call->argv[call->argc++] = options[i];
	h->proved = proved[words >> 4 & 3];
	h->key = (words >> 4 & 3) == 1;
	call->is_guest_option = (words & 2) != 0;
	call->bad_option = (words & 8) != 0;
	if (gp_copy(h->rhost, sizeof(h->rhost), split_at(&h->program, '\0')) != GP_ST_OK)
		h->rhost[0] = '\0';
	if (gp_copy(h->decision, sizeof(h->decision), split_at(&h->program, '\0')) != GP_ST_OK)
		h->decision[0] = '\0';
}

static bool in_table(enum gp_phase phase, int code)
{
	for (int o = GP_OUT_DENIED; o <= GP_OUT_HOME; o++)
		if (gp_pam_code(phase, (enum gp_outcome)o) == code)
			return true;
	return false;
}

static void must_be_earned(const struct call *call, const struct pam_handle *h)
{
	char id[GP_DECISION_ID_TEXT];
	const bool session = call->phase == GP_PHASE_OPEN || call->phase == GP_PHASE_CLOSE;

	must(call->is_guest);
	if (call->phase == GP_PHASE_CRED || call->phase == GP_PHASE_CLOSE)
		return;
	must(!call->bad_option && (session || !call->is_guest_option));
	if (session && call->is_guest_option)
		return;
	must(h->granted && h->requests == 1);
	/* A login by key gets its id here. */
	if (call->phase == GP_PHASE_ACCOUNT && h->has_id) {
		gp_hex(h->id, sizeof(h->id), id);
		must(strcmp(id, h->decision) == 0);
	}
	if (call->phase != GP_PHASE_AUTH)
		return;
	gp_hex(h->id, sizeof(h->id), id);
	must(h->has_id && strcmp(id, h->decision) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct pam_handle h = {.program = {(const char *)data, len}};
	struct call call = {0};

	set_up_once();
	const int before = open(".", O_RDONLY | O_CLOEXEC);
	(void)close(before);
	stepped_time_reset();
	choose(&call, &h);
	host_begin(&h);
	stepped_time_hold();
	const int code =
		entries[call.phase].call(&h, h.silent ? PAM_SILENT : 0, call.argc, call.argv);
	stepped_time_release();
	host_listen();
	host_end(&h);

	must(code == PAM_USER_UNKNOWN || in_table(call.phase, code));
	must(call.is_guest || code != PAM_SUCCESS || call.phase == GP_PHASE_CLOSE);
	if (code == PAM_SUCCESS && call.is_guest)
		must_be_earned(&call, &h);
	if (call.is_guest && call.phase == GP_PHASE_AUTH && code != PAM_SUCCESS)
		must(h.decision[0] == '\0');
	must(call.is_guest || !h.connected);
	const int after = open(".", O_RDONLY | O_CLOEXEC);
	(void)close(after);
	must(before == after);
	return 0;
}
