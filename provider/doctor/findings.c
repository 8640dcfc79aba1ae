/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/findings.h"

#include <stdlib.h>

#include "base/json.h"
#include "contract/text.h"

#include "contract/ban.h"

#define ERROR   GP_SEVERITY_ERROR
#define WARNING GP_SEVERITY_WARNING
#define NOTICE  GP_SEVERITY_NOTICE

/* The only list of findings. guestpass(1) has the same ids; a test compares the two. */
static const struct gp_finding_row rows[] = {
	[GP_FINDING_NSS_MISSING] = {"nss-missing", ERROR,
				    "ssh asks for a password that does not exist: the host does "
				    "not know the guest's name",
				    "add guestpass behind files in the line passwd of "
				    "/etc/nsswitch.conf"},
	[GP_FINDING_NSS_GROUP_MISSING] = {"nss-group-missing", ERROR,
					  "the group of all guests has no name, so sshd's "
					  "restrictions for it do not hold",
					  "add guestpass behind files in the line group of "
					  "/etc/nsswitch.conf"},
	[GP_FINDING_NSS_SHADOW_MISSING] = {"nss-shadow-missing", WARNING,
					   "nothing at a sign-in; programs that ask shadow do not "
					   "see the end of a pass",
					   "add guestpass behind files in the line shadow of "
					   "/etc/nsswitch.conf"},
	[GP_FINDING_NSS_INITGROUPS] = {"nss-initgroups", WARNING,
				       "nothing is refused: a line of /etc/group that names the "
				       "guest gives him that group too",
				       "add a line 'initgroups: guestpass [SUCCESS=return]' and "
				       "behind it what the line group has: nss_guestpass(8)"},
	[GP_FINDING_NSS_ORDER] = {"nss-order", ERROR,
				  "nothing for guests; local accounts would depend on guestpass",
				  "put guestpass behind files"},
	[GP_FINDING_NSS_CUT_OFF] = {"nss-cut-off", ERROR,
				    "the guest is unknown, always or while that service fails, "
				    "and ssh asks for a password that does not exist",
				    "put guestpass before that service, or take the [...] out"},
	[GP_FINDING_NSS_OTHER_FIRST] = {"nss-other-first", ERROR,
					"the name is somebody else's: guestpass does not know it "
					"and the guest cannot sign in",
					"give one of the two another name, or put guestpass before "
					"that service"},
	[GP_FINDING_NSS_CACHE] = {"nss-cache", WARNING,
				  "a guest who was just added stays unknown, and one who was "
				  "taken away stays known, for minutes",
				  "do not run nscd, or set 'enable-cache passwd no' and "
				  "'enable-cache group no' in /etc/nscd.conf"},
	[GP_FINDING_PAM_AUTH_MISSING] = {"pam-auth-missing", ERROR,
					 "ssh asks for a password that does not exist: no page "
					 "and no code are shown",
					 "pam-auth-update --enable guestpass, or the lines of "
					 "pam_guestpass(8)"},
	[GP_FINDING_PAM_ACCOUNT_MISSING] = {"pam-account-missing", ERROR,
					    "whoever comes another way, by key or as a job, is not "
					    "checked; the session of a sign-in is refused",
					    "pam-auth-update --enable guestpass, or the lines of "
					    "pam_guestpass(8)"},
	[GP_FINDING_PAM_SESSION_MISSING] = {"pam-session-missing", ERROR,
					    "sessions are not known, so none ends with its pass",
					    "pam-auth-update --enable guestpass, or the lines of "
					    "pam_guestpass(8)"},
	[GP_FINDING_PAM_BYPASS] = {"pam-bypass", ERROR,
				   "a guest may come in without being asked to sign in or "
				   "without the checks",
				   "put pam_guestpass.so before the line that ends the stack"},
	[GP_FINDING_PAM_NOT_FINAL] = {"pam-not-final", ERROR,
				      "a guest who was refused may come in all the same",
				      "give pam_guestpass.so default=die, as pam_guestpass(8) has "
				      "it"},
	[GP_FINDING_PAM_NEVER_ADMITS] = {"pam-never-admits", ERROR,
					 "the guest signs in and is refused all the same",
					 "give pam_guestpass.so the controls of pam_guestpass(8)"},
	[GP_FINDING_PAM_LOCAL] = {"pam-local", ERROR,
				  "local accounts, root among them, are locked out",
				  "give pam_guestpass.so user_unknown=ignore, as "
				  "pam_guestpass(8) has it"},
	[GP_FINDING_PAM_NO_MODULE_LOCAL] = {"pam-no-module-local", ERROR,
					    "local accounts are locked out while the module is "
					    "missing, as in the middle of an update",
					    "give pam_guestpass.so module_unknown=ignore, as "
					    "pam_guestpass(8) has it"},
	[GP_FINDING_PAM_PASSWORD_FIRST] = {"pam-password-first", WARNING,
					   "the guest is asked for a password first and has none",
					   "put pam_guestpass.so before that module"},
	[GP_FINDING_PAM_OPTION] = {"pam-option", ERROR, "every guest is refused",
				   "correct the options of pam_guestpass.so: pam_guestpass(8)"},
	[GP_FINDING_PAM_HOME] = {"pam-home", WARNING,
				 "the first session begins without a home directory",
				 "pam-auth-update --enable guestpass-home, or make the homes "
				 "another way"},
	[GP_FINDING_SSHD_INVALID] = {"sshd-invalid", ERROR,
				     "sshd does not start again, and nobody logs in",
				     "correct the configuration of sshd"},
	[GP_FINDING_SSHD_FILE] = {"sshd-file", ERROR,
				  "guests are not restricted, and may be asked for a password "
				  "instead of a sign-in",
				  "guestpass sshd-config >/etc/ssh/sshd_config.d/"
				  "10-guestpass.conf, see that sshd_config includes it before "
				  "anything else, and reload sshd"},
	[GP_FINDING_SSHD_PAM] = {"sshd-pam", ERROR, "no guest can sign in",
				 "set UsePAM yes before anything else sets it, and reload sshd"},
	[GP_FINDING_SSHD_QUESTIONS] = {"sshd-questions", ERROR,
				       "neither page nor code are shown: permission denied",
				       "set KbdInteractiveAuthentication yes before anything else "
				       "sets it, and reload sshd"},
	[GP_FINDING_SSHD_METHODS] = {"sshd-methods", ERROR,
				     "no sign-in is enough for sshd, or something else than a "
				     "sign-in is",
				     "set AuthenticationMethods as guestpass sshd-config says, "
				     "and reload sshd"},
	[GP_FINDING_SSHD_GRACE] = {"sshd-grace", WARNING,
				   "the connection closes while the guest is still signing in",
				   "set LoginGraceTime as guestpass sshd-config says, and reload "
				   "sshd"},
	[GP_FINDING_SSHD_DIFFERS] = {"sshd-differs", WARNING,
				     "guests may do on this host what guestpass.conf does not "
				     "want, or cannot what it allows",
				     "write the file again with guestpass sshd-config, look for "
				     "others that come before it, and reload sshd"},
	[GP_FINDING_DAEMON_SILENT] = {"daemon-silent", ERROR,
				      "every guest is refused with 'cannot be decided now'",
				      "systemctl status guestpassd; guestpassd --check"},
	[GP_FINDING_DAEMON_FAILING] = {"daemon-failing", ERROR, "guests are refused",
				       "see guestpass status"},
	[GP_FINDING_DAEMON_DEGRADED] = {"daemon-degraded", WARNING,
					"who is known already comes in; some things do not work",
					"see guestpass status"},
	[GP_FINDING_DAEMON_SAYS] = {"daemon-says", NOTICE, "what it says is intended",
				    "see guestpass status"},
	[GP_FINDING_CLOCK] = {"clock", WARNING,
			      "nothing yet; at 300 seconds every guest is refused",
			      "let the host keep its time: timedatectl, chrony"},
	[GP_FINDING_READ_OLD] = {"read-old", WARNING,
				 "who was added is unknown; who was taken away keeps the name",
				 "see guestpass status for what failed; guestpass sync"},
	[GP_FINDING_CA_IMPOSSIBLE] =
		{"ca-impossible", ERROR,
		 "every guest is stopped by a page of Entra's in the browser; "
		 "here the code runs out",
		 "exclude this tier's API or its guests from the policy, or ask "
		 "for something that a guest can show: guestpass scaffold"},
	[GP_FINDING_CA_IMPOSSIBLE_SOME] = {"ca-impossible-some", WARNING,
					   "the guests whom it is about are stopped by a page of "
					   "Entra's in the browser; here the code runs out",
					   "exclude this tier's API from the policy, ask for "
					   "something that a guest can show, or trust that home"},
	[GP_FINDING_CA_REPORT_ONLY] = {"ca-report-only", NOTICE,
				       "nothing, until the policy is switched on",
				       "change the policy before it is switched on"},
	[GP_FINDING_HOME_BLOCKED] =
		{"home-blocked", WARNING,
		 "guests of that organisation are stopped in the browser "
		 "(AADSTS500213)",
		 "allow it in the tenant's cross-tenant access settings, or take "
		 "it out of home_tenants"},
	[GP_FINDING_POLICIES_UNREAD] = {"policies-unread", NOTICE,
					"nothing; whether a policy can never be met nobody here "
					"knows",
					"set ssh_location = report: guestpass.conf(5)"},
	[GP_FINDING_CONTEXT_UNPROTECTED] = {"context-unprotected", ERROR,
					    "every guest signs in and is refused",
					    "switch a policy on that context on, for guests, or "
					    "take auth_context out"},
	[GP_FINDING_CONTEXT_UNSURE] =
		{"context-unsure", WARNING, "of whom it cannot be told signs in and is refused",
		 "have a policy on that context for all guests, with no other "
		 "condition, whose controls are known here"},
	[GP_FINDING_ADDRESS_NOT_CAPTURED] = {"address-not-captured", ERROR,
					     "every guest signs in and is refused",
					     "run guestpass doctor --capture, or set "
					     "signin_address = report"},
	[GP_FINDING_API_BROKEN] = {"api-broken", ERROR,
				   "no token is issued, or none that counts: every guest is "
				   "refused",
				   "register the API as guestpass scaffold has it"},
	[GP_FINDING_API_OPEN] = {"api-open", ERROR,
				 "nothing for guests: somebody else than they could get, or make, "
				 "tokens that count here",
				 "change the registration to what guestpass scaffold has"},
	[GP_FINDING_API_CLAIMS] = {"api-claims", WARNING,
				   "what a token does not say this host cannot tell or check",
				   "add the optional claim to access tokens of that API"},
	[GP_FINDING_API_NOT_ASSIGNED] = {"api-not-assigned", ERROR,
					 "the group's guests are stopped in the browser "
					 "(AADSTS50105)",
					 "assign the group to that API"},
	[GP_FINDING_API_NESTED] = {"api-nested", WARNING,
				   "guests of that group are known here and are stopped in the "
				   "browser (AADSTS50105): an assignment does not reach them",
				   "assign that group too, or make its guests direct members"},
	[GP_FINDING_API_OTHERS] =
		{"api-others", NOTICE,
		 "nothing: more can get a token than the access groups; this host "
		 "admits nobody by that alone",
		 "take the assignments away that nobody needs"},
	[GP_FINDING_CLIENT_BROKEN] = {"client-broken", ERROR,
				      "no code is shown, or the browser wants an administrator's "
				      "approval: every guest is refused",
				      "register the sign-in client as guestpass scaffold has it"},
	[GP_FINDING_CLIENT_OPEN] = {"client-open", WARNING,
				    "nothing: a sign-in by that client could give more than this "
				    "host asks for",
				    "take it away: the client needs openid, profile and the scope "
				    "of the API"},
	[GP_FINDING_CLIENT_CONSENT] = {"client-consent", WARNING,
				       "the browser may want an administrator's approval",
				       "consent to openid and profile for everybody: guestpass "
				       "scaffold has the call"},
	[GP_FINDING_CLIENT_SINGLE] = {"client-single", NOTICE, "nothing",
				      "look whether those consents are meant"},
	[GP_FINDING_READER_MISSING] = {"reader-missing", ERROR,
				       "whoever needs what cannot be read is refused",
				       "grant the permission to the reader, with consent"},
	[GP_FINDING_READER_EXCESS] =
		{"reader-excess", WARNING,
		 "nothing: who takes this host's credential can read more than "
		 "this host needs",
		 "take the permission away"},
	[GP_FINDING_READER_WRITES] = {"reader-writes", ERROR,
				      "nothing: who takes this host's credential can change the "
				      "tenant",
				      "take the permission away, today"},
	[GP_FINDING_READER_CREDENTIAL] = {"reader-credential", WARNING,
					  "once it has ended every guest is refused",
					  "add a new certificate, set reader_certificate_2, then "
					  "remove what is not used"},
	[GP_FINDING_REGISTRATION_OWNERS] =
		{"registration-owners", NOTICE,
		 "nothing: an owner can give a registration a credential "
		 "of his own",
		 "have no owners; administrators need not be any"},
	[GP_FINDING_GUESTS_INVITE] = {"guests-invite", WARNING,
				      "a guest can bring in others, who then are guests of this "
				      "tenant, though in no access group",
				      "set allowInvitesFrom to adminsAndGuestInviters"},
	[GP_FINDING_PERMISSION_MISSING] = {"permission-missing", ERROR,
					   "whoever needs that feature cannot enter by it",
					   "grant the permission to the reader, with consent"},
	[GP_FINDING_PACKAGE_NO_END] = {"package-no-end", WARNING,
				       "nothing; only max_stay ends the pass on this host",
				       "give the policy of the access package an expiration"},
	[GP_FINDING_PACKAGE_NO_APPROVAL] = {"package-no-approval", WARNING,
					    "nothing: whoever may ask for the package gets it",
					    "let a sponsor approve in the policy of the access "
					    "package"},
	[GP_FINDING_CONFIG] = {"config", ERROR,
			       "guests are refused from the next start of guestpassd on",
			       "correct the file; guestpassd --check says more"},
	[GP_FINDING_FILE_MISSING] = {"file-missing", ERROR,
				     "guests cannot sign in, or only until the next boot",
				     "install guestpass again; systemd-tmpfiles --create"},
	[GP_FINDING_FILE_OPEN] =
		{"file-open", ERROR,
		 "nothing for honest guests: somebody who is not root could decide "
		 "who comes in, or read what he should not",
		 "set owner and mode as installed; systemd-tmpfiles --create"},
	[GP_FINDING_SECRET_OPEN] = {"secret-open", ERROR,
				    "nothing: who reads it can ask Entra in this host's name",
				    "chown root:guestpass, chmod 0640; then make a new one in "
				    "Entra"},
	[GP_FINDING_DIRECTORY] = {"directory", ERROR,
				  "the host knows no guest: ssh asks for a password that does not "
				  "exist",
				  "systemctl restart guestpassd; guestpass status says why it "
				  "cannot publish"},
	[GP_FINDING_DIRECTORY_COPY] = {"directory-copy", WARNING,
				       "after a boot guests are unknown, or known as they were, "
				       "until the groups were read",
				       "see whether /var/lib/guestpass-published is root's and "
				       "has room"},
	[GP_FINDING_NUMBER_RANGE] = {"number-range", WARNING,
				     "some day a guest and somebody else have one number, and "
				     "each other's files",
				     "change one of the two ranges before guests get numbers: "
				     "ids.conf(5)"},
	[GP_FINDING_NUMBER_TAKEN] = {"number-taken", ERROR,
				     "that local account and a guest may have one number, and "
				     "each other's files",
				     "give the local account another number, or move the range "
				     "of ids.conf"},
	[GP_FINDING_SUDO] =
		{"sudo-guests", WARNING,
		 "only pam_guestpass in sudo's stack keeps guests from those rights",
		 "take the line out of sudoers, or let it name the [group] of sudo_group only"},
	[GP_FINDING_SUDO_GROUP] = {"sudo-group", WARNING,
				   "no guest may use sudo, whatever group he is in",
				   "write the same sudo_group into guestpass.conf and ids.conf, or "
				   "into neither"},
	[GP_FINDING_POLKIT] = {"polkit-guests", WARNING,
			       "guests get a right on this host without a further sign-in",
			       "take the rule out"},
	[GP_FINDING_POLKIT_RULE] = {"polkit-rule", WARNING,
				    "whoever is logged in may hold a shutdown up and let "
				    "processes linger after the session",
				    "put 10-guestpass.rules with the name of your group of guests "
				    "into /etc/polkit-1/rules.d: pam_guestpass(8)"},
	[GP_FINDING_BREAK_GLASS] = {"break-glass", ERROR,
				    "nothing; when Entra or guestpass fails nobody can repair this "
				    "host",
				    "give root or a local member of sudo or wheel a password or a "
				    "key, and try it"},
	[GP_FINDING_METADATA] = {"metadata", WARNING,
				 "nothing: every guest can ask 169.254.169.254 for tokens of this "
				 "machine's own identity",
				 "let only root reach it: nft add rule inet filter output ip daddr "
				 "169.254.169.254 meta skuid != 0 reject"},
};

_Static_assert(sizeof(rows) / sizeof(rows[0]) == GP_FINDING_COUNT, "a finding has no row");

const struct gp_finding_row *gp_finding_row(enum gp_finding_id id)
{
	return &rows[id];
}

enum gp_finding_id gp_finding_by_name(struct gp_str name)
{
	int id = 0;
	while (id < GP_FINDING_COUNT && !gp_str_is(name, rows[id].id))
		id++;
	return (enum gp_finding_id)id;
}

const char *gp_severity_name(enum gp_severity severity)
{
	static const char *const names[] = {"notice", "warning", "error"};
	return names[severity];
}

struct gp_findings *gp_findings_new(void)
{
	return calloc(1, sizeof(struct gp_findings));
}

void gp_findings_free(struct gp_findings *f)
{
	free(f);
}

void gp_findings_add(struct gp_findings *f, enum gp_finding_id id, const char *what)
{
	char safe[GP_FINDING_TEXT_MAX];
	(void)gp_text_safe(gp_str_from(what), GP_TEXT_LINE, safe, sizeof(safe));
	for (size_t i = 0; i < f->count; i++)
		if (f->found[i].id == id && strcmp(f->found[i].what, safe) == 0)
			return;
	if (f->count == GP_FINDINGS_MAX) {
		f->more++;
		return;
	}
	f->found[f->count].id = id;
	memcpy(f->found[f->count++].what, safe, sizeof(safe));
}

static void add_unseen(struct gp_findings *f, const char *check, const char *why, bool asked)
{
	if (f->unseen_count == GP_FINDINGS_MAX) {
		f->more++;
		return;
	}
	f->unseen[f->unseen_count].check = check;
	f->unseen[f->unseen_count].asked = asked;
	(void)gp_text_safe(gp_str_from(why), GP_TEXT_LINE, f->unseen[f->unseen_count].why,
			   GP_FINDING_TEXT_MAX);
	f->unseen_count++;
}

void gp_findings_unseen(struct gp_findings *f, const char *check, const char *why)
{
	add_unseen(f, check, why, true);
}

void gp_findings_unasked(struct gp_findings *f, const char *check, const char *why)
{
	add_unseen(f, check, why, false);
}

int gp_findings_exit(const struct gp_findings *f)
{
	enum gp_severity worst = f->more > 0 ? WARNING : NOTICE;
	for (size_t i = 0; i < f->unseen_count; i++)
		if (f->unseen[i].asked)
			worst = WARNING;
	for (size_t i = 0; i < f->count; i++)
		if (rows[f->found[i].id].severity > worst)
			worst = rows[f->found[i].id].severity;
	return (int)worst;
}

static void member(struct gp_buf *out, const char *key, const char *value)
{
	gp_buf_printf(out, "%s\"%s\":", key[0] == 'i' || key[0] == 'c' ? "{" : ",", key);
	gp_json_write_str(out, gp_str_from(value));
}

void gp_findings_json(const struct gp_findings *f, struct gp_buf *out)
{
	gp_buf_text(out, "{\"v\":1,\"findings\":[");
	for (size_t i = 0; i < f->count; i++) {
		const struct gp_finding_row *row = &rows[f->found[i].id];
		gp_buf_text(out, i > 0 ? "," : "");
		member(out, "id", row->id);
		member(out, "severity", gp_severity_name(row->severity));
		member(out, "what", f->found[i].what);
		member(out, "guest", row->guest);
		member(out, "mend", row->mend);
		gp_buf_text(out, "}");
	}
	gp_buf_text(out, "],\"not_looked_at\":[");
	for (size_t i = 0; i < f->unseen_count; i++) {
		gp_buf_text(out, i > 0 ? "," : "");
		member(out, "check", f->unseen[i].check);
		member(out, "why", f->unseen[i].why);
		gp_buf_printf(out, ",\"asked\":%s}", f->unseen[i].asked ? "true" : "false");
	}
	gp_buf_printf(out, "],\"left_out\":%zu}\n", f->more);
}

void gp_findings_text(const struct gp_findings *f, struct gp_buf *out)
{
	for (int severity = ERROR; severity >= NOTICE; severity--)
		for (size_t i = 0; i < f->count; i++) {
			const struct gp_finding_row *row = &rows[f->found[i].id];
			if ((int)row->severity != severity)
				continue;
			gp_buf_printf(out, "%s %s: %s\n    a guest: %s\n    to mend: %s\n",
				      gp_severity_name(row->severity), row->id, f->found[i].what,
				      row->guest, row->mend);
		}
	for (size_t i = 0; i < f->unseen_count; i++)
		gp_buf_printf(out, "not looked at %s: %s\n", f->unseen[i].check, f->unseen[i].why);
	if (f->more > 0)
		gp_buf_printf(out, "and %zu more\n", f->more);
	if (f->count + f->unseen_count == 0)
		gp_buf_text(out, "nothing to tell\n");
}
