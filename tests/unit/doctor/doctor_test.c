/* SPDX-License-Identifier: Apache-2.0 */
/* Sound hosts of five kinds have no finding; each planted fault alone has exactly its own. */
// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
// clang-format on
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/config/sample.h"
#include "tests/unit/support/doctor_tree.h"
#include "tests/unit/support/need_root.h"

#include "contract/ban.h"

#define WHY "only root can make files that the checks believe"

enum kind {
	EDIT,      /* FROM becomes TO in FILE */
	WRITE,     /* FILE is TO */
	REMOVE,    /* FILE is not there */
	CHMOD,     /* FILE has the mode that TO says */
	STATUS,    /* the daemon says TO */
	OF_TENANT, /* it found ID about the tenant */
	SSHD,      /* FROM becomes TO in what sshd says */
	KNOWN,     /* the service TO knows guests' names too */
	FILTER,    /* the packet filter says TO */
};

struct fault {
	const char *id; /* of the one finding */
	enum tree_kind host;
	enum kind kind;
	const char *file, *from, *to;
};

#define CA "/etc/pam.d/common-account"
#define CU "/etc/pam.d/common-auth"
#define CS "/etc/pam.d/common-session"
#define PROBLEM(level)                                                                             \
	"{\"v\":1,\"health\":\"" level "\",\"problems\":[\"x y\"],\"problem_levels\":[\"" level    \
	"\"],\"tenant\":{\"clock_skew_s\":0},\"sync\":{\"last\":1790000000}}"

static const struct fault faults[] = {
	{"nss-missing", TREE_DEBIAN, EDIT, "/etc/nsswitch.conf", "passwd:\tfiles systemd guestpass",
	 "passwd: files systemd"},
	{"nss-group-missing", TREE_DEBIAN, EDIT, "/etc/nsswitch.conf",
	 "group: files systemd guestpass", "group: files systemd"},
	{"nss-shadow-missing", TREE_DEBIAN, EDIT, "/etc/nsswitch.conf", "shadow: files guestpass",
	 "shadow: files"},
	{"nss-initgroups", TREE_DEBIAN, EDIT, "/etc/nsswitch.conf", "initgroups:", "#initgroups:"},
	{"nss-initgroups", TREE_DEBIAN, EDIT, "/etc/nsswitch.conf", "[SUCCESS=return]",
	 "[SUCCESS=continue]"},
	{"nss-order", TREE_DEBIAN, EDIT, "/etc/nsswitch.conf", "passwd:\tfiles systemd guestpass",
	 "passwd: guestpass files systemd"},
	{"nss-cut-off", TREE_DEBIAN, EDIT, "/etc/nsswitch.conf", "group: files systemd",
	 "group: files systemd [NOTFOUND=return]"},
	{"nss-cut-off", TREE_DEBIAN, EDIT, "/etc/nsswitch.conf", "passwd:\tfiles systemd",
	 "passwd: files systemd [!SUCCESS=return]"},
	{"nss-cut-off", TREE_DEBIAN, EDIT, "/etc/nsswitch.conf", "passwd:\tfiles systemd",
	 "passwd: files ldap [unavail = RETURN]"},
	{"nss-cache", TREE_DEBIAN, WRITE, "/etc/nscd.conf", NULL, "enable-cache passwd yes\n"},
	{"nss-other-first", TREE_DEBIAN, KNOWN, NULL, NULL, "systemd"},

	{"pam-auth-missing", TREE_DEBIAN, EDIT, CU, "pam_guestpass.so", "pam_echo.so"},
	{"pam-account-missing", TREE_BY_HAND, EDIT, "/etc/pam.d/system-auth",
	 "account [success=done user_unknown=ignore ignore=ignore module_unknown=ignore "
	 "default=die] pam_guestpass.so",
	 "# nothing"},
	{"pam-account-missing", TREE_DEBIAN, EDIT, "/etc/pam.d/cron", "@include common-account",
	 "account required pam_permit.so"},
	{"pam-session-missing", TREE_MINIMAL, EDIT, CS, "default=die] pam_guestpass.so\n",
	 "default=die] pam_echo.so\n"},
	{"pam-bypass", TREE_DEBIAN, EDIT, "/etc/pam.d/sshd", "account required pam_nologin.so",
	 "account sufficient pam_unix.so"},
	{"pam-bypass", TREE_DEBIAN, EDIT, "/etc/pam.d/sshd", "@include common-auth",
	 "auth sufficient pam_permit.so\n@include common-auth"},
	{"pam-bypass", TREE_DEBIAN, EDIT, "/etc/pam.d/sshd", "account required pam_nologin.so",
	 "account [success=done default=ignore] pam_access.so"},
	{"pam-not-final", TREE_DEBIAN, EDIT, CA, "default=die] pam_guestpass",
	 "default=ignore] pam_guestpass"},
	{"pam-not-final", TREE_MINIMAL, EDIT, CS,
	 "session [success=ok user_unknown=ignore ignore=ignore module_unknown=ignore "
	 "default=die]",
	 "session optional"},
	{"pam-never-admits", TREE_MINIMAL, EDIT, CA, "success=2", "success=1"},
	{"pam-never-admits", TREE_DEBIAN, EDIT, "/etc/pam.d/sshd",
	 "account required pam_nologin.so", "account required pam_deny.so"},
	{"pam-local", TREE_DEBIAN, EDIT, CA, "user_unknown=ignore ", ""},
	{"pam-local", TREE_MINIMAL, EDIT, CU, "user_unknown=ignore", "user_unknown=die"},
	{"pam-no-module-local", TREE_DEBIAN, EDIT, CU, "module_unknown=ignore ", ""},
	{"pam-password-first", TREE_DEBIAN, EDIT, "/etc/pam.d/sshd", "@include common-auth",
	 "auth optional pam_unix.so\n@include common-auth"},
	{"pam-option", TREE_DEBIAN, EDIT, CU, "pam_guestpass.so", "pam_guestpass.so timout=300"},
	{"pam-option", TREE_BY_HAND, EDIT, "/etc/pam.d/system-auth", "timeout=250", "timeout=5"},
	{"pam-option", TREE_DEBIAN, EDIT, CA, "pam_guestpass.so", "pam_guestpass.so is_guest"},
	{"pam-home", TREE_DEBIAN, EDIT, CS, "pam_mkhomedir.so", "pam_echo.so"},

	{"sshd-file", TREE_DEBIAN, SSHD, NULL, "acceptenv GUESTPASS_NONE", "acceptenv LANG"},
	{"sshd-pam", TREE_DEBIAN, SSHD, NULL, "usepam yes", "usepam no"},
	{"sshd-questions", TREE_DEBIAN, SSHD, NULL, "kbdinteractiveauthentication yes",
	 "kbdinteractiveauthentication no"},
	{"sshd-methods", TREE_DEBIAN, SSHD, NULL, "authenticationmethods keyboard-interactive:pam",
	 "authenticationmethods any"},
	{"sshd-grace", TREE_DEBIAN, SSHD, NULL, "logingracetime 300", "logingracetime 120"},
	{"sshd-differs", TREE_DEBIAN, SSHD, NULL, "allowtcpforwarding no",
	 "allowtcpforwarding yes"},
	{"sshd-differs", TREE_DEBIAN, SSHD, NULL, "pubkeyauthentication no",
	 "pubkeyauthentication yes"},
	{"sshd-invalid", TREE_DEBIAN, SSHD, NULL, NULL, "line 3: Bad configuration option: x\n"},

	{"daemon-failing", TREE_DEBIAN, STATUS, NULL, NULL, PROBLEM("failing")},
	{"daemon-degraded", TREE_DEBIAN, STATUS, NULL, NULL, PROBLEM("degraded")},
	{"daemon-says", TREE_DEBIAN, STATUS, NULL, NULL, PROBLEM("ok")},
	{"clock", TREE_DEBIAN, STATUS, NULL, NULL,
	 "{\"health\":\"ok\",\"problems\":[],\"tenant\":{\"clock_skew_s\":-61},"
	 "\"sync\":{\"last\":1790000000}}"},
	{"read-old", TREE_DEBIAN, STATUS, NULL, NULL,
	 "{\"health\":\"ok\",\"problems\":[],\"tenant\":{\"clock_skew_s\":60},"
	 "\"sync\":{\"last\":1789990000}}"},

	{"ca-impossible", TREE_DEBIAN, OF_TENANT, NULL, NULL, NULL},
	{"ca-impossible-some", TREE_DEBIAN, OF_TENANT, NULL, NULL, NULL},
	{"ca-report-only", TREE_DEBIAN, OF_TENANT, NULL, NULL, NULL},
	{"home-blocked", TREE_DEBIAN, OF_TENANT, NULL, NULL, NULL},
	{"policies-unread", TREE_DEBIAN, OF_TENANT, NULL, NULL, NULL},
	{"context-unprotected", TREE_DEBIAN, OF_TENANT, NULL, NULL, NULL},
	{"context-unsure", TREE_DEBIAN, OF_TENANT, NULL, NULL, NULL},
	{"address-not-captured", TREE_DEBIAN, OF_TENANT, NULL, NULL, NULL},
	{"api-broken", TREE_DEBIAN, OF_TENANT, NULL, NULL, NULL},
	{"api-open", TREE_DEBIAN, OF_TENANT, NULL, NULL, NULL},
	{"api-claims", TREE_DEBIAN, OF_TENANT, NULL, NULL, NULL},
	{"api-not-assigned", TREE_DEBIAN, OF_TENANT, NULL, NULL, NULL},
	{"api-nested", TREE_DEBIAN, OF_TENANT, NULL, NULL, NULL},
	{"api-others", TREE_DEBIAN, OF_TENANT, NULL, NULL, NULL},
	{"client-broken", TREE_DEBIAN, OF_TENANT, NULL, NULL, NULL},
	{"client-open", TREE_DEBIAN, OF_TENANT, NULL, NULL, NULL},
	{"client-consent", TREE_DEBIAN, OF_TENANT, NULL, NULL, NULL},
	{"client-single", TREE_DEBIAN, OF_TENANT, NULL, NULL, NULL},
	{"reader-missing", TREE_DEBIAN, OF_TENANT, NULL, NULL, NULL},
	{"reader-excess", TREE_DEBIAN, OF_TENANT, NULL, NULL, NULL},
	{"reader-writes", TREE_DEBIAN, OF_TENANT, NULL, NULL, NULL},
	{"reader-credential", TREE_DEBIAN, OF_TENANT, NULL, NULL, NULL},
	{"registration-owners", TREE_DEBIAN, OF_TENANT, NULL, NULL, NULL},
	{"guests-invite", TREE_DEBIAN, OF_TENANT, NULL, NULL, NULL},
	{"permission-missing", TREE_DEBIAN, OF_TENANT, NULL, NULL, NULL},
	{"package-no-end", TREE_DEBIAN, OF_TENANT, NULL, NULL, NULL},
	{"package-no-approval", TREE_DEBIAN, OF_TENANT, NULL, NULL, NULL},

	{"file-missing", TREE_DEBIAN, REMOVE, "/usr/lib/x86_64-linux-gnu/security/pam_guestpass.so",
	 NULL, NULL},
	{"file-missing", TREE_DEBIAN, REMOVE, "/usr/lib/x86_64-linux-gnu/libnss_guestpass.so.2",
	 NULL, NULL},
	{"file-open", TREE_DEBIAN, CHMOD, "/etc/guestpass/guestpass.conf", NULL, "0664"},
	{"file-open", TREE_DEBIAN, CHMOD, "/run/guestpass", NULL, "0777"},
	{"file-open", TREE_DEBIAN, CHMOD, "/var/lib/guestpass", NULL, "0755"},
	{"file-open", TREE_DEBIAN, CHMOD, "/usr/lib/x86_64-linux-gnu/security/pam_guestpass.so",
	 NULL, "0646"},
	{"secret-open", TREE_DEBIAN, CHMOD, "/etc/guestpass/r.key", NULL, "0644"},
	{"config", TREE_DEBIAN, CHMOD, "/etc/guestpass/r.key", NULL, "0600"},
	{"config", TREE_DEBIAN, REMOVE, "/etc/guestpass/r.pem", NULL, NULL},
	{"directory-copy", TREE_DEBIAN, REMOVE, "/var/lib/guestpass-published/directory", NULL,
	 NULL},

	{"number-range", TREE_DEBIAN, WRITE, "/etc/subuid", NULL, "ada:2000683007:65536\n"},
	{"number-taken", TREE_DEBIAN, EDIT, "/etc/passwd",
	 "localadm:x:1000:", "localadm:x:2000683500:"},
	{"number-taken", TREE_DEBIAN, EDIT, "/etc/group",
	 "localadm:x:1000:", "localadm:x:2130706500:"},

	{"sudo-guests", TREE_DEBIAN, WRITE, "/etc/sudoers.d/guests", NULL,
	 "%gp-builders ALL=(root) /usr/bin/make\n"},
	{"sudo-guests", TREE_DEBIAN, WRITE, "/etc/sudoers.d/guests", NULL, "ALL ALL=(ALL) ALL\n"},
	{"sudo-guests", TREE_DEBIAN, WRITE, "/etc/sudoers.d/guests", NULL,
	 "User_Alias A = localadm, ada\\@fabrikam.example : B = localadm\nB ALL=ALL\n"},
	{"sudo-guests", TREE_DEBIAN, WRITE, "/etc/sudoers.d/guests", NULL,
	 "localadm, %#2130706448 ALL=ALL # a comment\n"},
	{"sudo-guests", TREE_DEBIAN, WRITE, "/etc/sudoers.d/guests", NULL, "#2000683299 ALL=ALL\n"},
	{"sudo-guests", TREE_DEBIAN, WRITE, "/etc/sudoers.d/guests", NULL, "%testers ALL=ALL\n"},
	{"polkit-guests", TREE_DEBIAN, WRITE, "/etc/polkit-1/rules.d/49-x.rules", NULL,
	 "polkit.addRule(function(a, s) { if (s.isInGroup('gp-builders')) return "
	 "polkit.Result.YES; });\n"},
	{"polkit-guests", TREE_DEBIAN, WRITE, "/etc/polkit-1/localauthority/50-local.d/x.pkla",
	 NULL, "[x]\nIdentity=unix-group:gp-guests\nResultActive=yes\n"},
	{"polkit-rule", TREE_DEBIAN, REMOVE, "/usr/share/polkit-1/rules.d/10-guestpass.rules", NULL,
	 NULL},
	{"polkit-rule", TREE_DEBIAN, EDIT, "/usr/share/polkit-1/rules.d/10-guestpass.rules",
	 "gp-guests", "partner-guests"},

	{"break-glass", TREE_DEBIAN, EDIT, "/etc/shadow", "localadm:$", "localadm:!$"},
	{"break-glass", TREE_DEBIAN, EDIT, "/etc/shadow",
	 "def:19000:0:99999:7:::", "def:19000:0:99999:7::20000:"},
	{"break-glass", TREE_DEBIAN, EDIT, "/etc/passwd", "/home/localadm:/bin/bash",
	 "/home/localadm:/usr/sbin/nologin"},
	{"break-glass", TREE_MINIMAL, EDIT, "/etc/shadow", "root:$6$x$y:", "root:*:"},
	{"metadata", TREE_AZURE, FILTER, NULL, NULL, "table inet filter {\n}\n"},
};

static void plant(struct tree *t, const struct fault *f)
{
	static char output[4096];
	const char *at = NULL;
	switch (f->kind) {
	case EDIT:
		tree_edit(t, f->file, f->from, f->to);
		break;
	case WRITE:
		tree_write(t, f->file, f->to);
		/* nscd's configuration says nothing while it does not run. */
		if (strcmp(f->file, "/etc/nscd.conf") == 0)
			tree_write(t, "/run/nscd/socket", "");
		break;
	case REMOVE:
		tree_remove(t, f->file);
		break;
	case CHMOD:
		tree_chmod(t, f->file, (unsigned int)strtoul(f->to, NULL, 8));
		break;
	case STATUS:
		tree_status(t, f->to);
		break;
	case OF_TENANT:
		(void)snprintf(output, sizeof(output),
			       "{\"findings\":[{\"id\":\"%s\",\"what\":\"a policy\"}],"
			       "\"not_looked_at\":[]}",
			       f->id);
		tree_tenant(t, output);
		break;
	case SSHD:
		at = f->from != NULL ? strstr(tree_sshd_output, f->from) : NULL;
		assert_true(f->from == NULL || at != NULL);
		if (f->from == NULL)
			(void)snprintf(output, sizeof(output), "%s", f->to);
		else
			(void)snprintf(output, sizeof(output), "%.*s%s%s",
				       (int)(at - tree_sshd_output), tree_sshd_output, f->to,
				       at + strlen(f->from));
		t->sshd_output = output;
		t->sshd_code = f->from == NULL ? 255 : 0;
		break;
	case KNOWN:
		t->known_by = f->to;
		break;
	case FILTER:
		t->filter = f->to;
		break;
	}
}

static void print_all(const struct gp_findings *findings)
{
	gp_buf_auto struct gp_buf out = GP_BUF(1U << 20);
	gp_findings_text(findings, &out);
	print_message("%s", gp_buf_get(&out));
}

static void test_doctor_sound_hosts(void **state)
{
	(void)state;
	NEED_ROOT(WHY);
	for (int kind = 0; kind < TREE_KINDS; kind++) {
		gp_findings_auto struct gp_findings *findings = gp_findings_new();
		assert_non_null(findings);
		struct tree *t = tree_new((enum tree_kind)kind, findings);
		assert_int_equal(gp_doctor_look(&t->doctor, NULL), GP_ST_OK);
		if (findings->count + findings->unseen_count > 0) {
			print_message("host %d\n", kind);
			print_all(findings);
		}
		assert_int_equal(findings->count, 0);
		assert_int_equal(findings->unseen_count, 0);
		assert_int_equal(gp_findings_exit(findings), 0);
		tree_free(t);
	}
}

static void test_doctor_each_fault_alone(void **state)
{
	(void)state;
	NEED_ROOT(WHY);
	bool seen[GP_FINDING_COUNT] = {false};
	size_t wrong = 0;
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		gp_findings_auto struct gp_findings *findings = gp_findings_new();
		assert_non_null(findings);
		struct tree *t = tree_new(faults[i].host, findings);
		plant(t, &faults[i]);
		assert_int_equal(gp_doctor_look(&t->doctor, NULL), GP_ST_OK);
		const struct gp_finding_row *row =
			findings->count == 1 ? gp_finding_row(findings->found[0].id) : NULL;
		if (row == NULL || strcmp(row->id, faults[i].id) != 0 ||
		    findings->unseen_count > 0) {
			print_message("-- %zu: %s (%s -> %s)\n", i, faults[i].id,
				      faults[i].from != NULL ? faults[i].from : "",
				      faults[i].to != NULL ? faults[i].to : "");
			print_all(findings);
			wrong++;
		} else {
			seen[findings->found[0].id] = true;
			assert_int_equal(gp_findings_exit(findings), (int)row->severity);
		}
		tree_free(t);
	}
	assert_int_equal(wrong, 0);
	/* The first two bring others along, the third is no file's; they are looked at below. */
	seen[GP_FINDING_DIRECTORY] = true;
	seen[GP_FINDING_DAEMON_SILENT] = true;
	seen[GP_FINDING_SUDO_GROUP] = true;
	for (int id = 0; id < GP_FINDING_COUNT; id++)
		if (!seen[id])
			fail_msg("no fault has %s", gp_finding_row((enum gp_finding_id)id)->id);
}

static bool was_unseen(const struct gp_findings *findings, const char *check)
{
	for (size_t i = 0; i < findings->unseen_count; i++)
		if (strcmp(findings->unseen[i].check, check) == 0)
			return true;
	return false;
}

/* What cannot be looked at is said, and is no success. */
static void test_doctor_says_what_it_did_not_see(void **state)
{
	(void)state;
	NEED_ROOT(WHY);
	gp_findings_auto struct gp_findings *findings = gp_findings_new();
	assert_non_null(findings);
	struct tree *t = tree_new(TREE_DEBIAN, findings);
	tree_remove(t, "/run/guestpass/directory");
	tree_remove(t, "/etc/pam.d/sshd");
	assert_int_equal(gp_doctor_guests(&t->doctor), GP_ST_NOT_FOUND);
	t->doctor.status = NULL;
	t->doctor.tenant = NULL;
	t->doctor.registrations = NULL;
	assert_int_equal(gp_doctor_look(&t->doctor, NULL), GP_ST_OK);
	static const char *const unseen[] = {"daemon", "tenant", "registrations",
					     "pam",    "sshd",   "sudo"};
	for (size_t i = 0; i < sizeof(unseen) / sizeof(unseen[0]); i++)
		if (!was_unseen(findings, unseen[i]))
			fail_msg("%s was not looked at and does not say so", unseen[i]);
	assert_int_equal(findings->count, 2);
	assert_int_equal(findings->found[0].id, GP_FINDING_DAEMON_SILENT);
	assert_int_equal(findings->found[1].id, GP_FINDING_DIRECTORY);

	/* What a daemon of another version says is kept, and is no success. */
	findings->count = findings->unseen_count = 0;
	tree_tenant(
		t, "{\"findings\":[{\"id\":\"new\",\"what\":\"w\"},{}],\"not_looked_at\":[\"x\"]}");
	assert_int_equal(gp_doctor_look(&t->doctor, "tenant"), GP_ST_OK);
	assert_int_equal(findings->count, 0);
	assert_int_equal(findings->unseen_count, 3);
	assert_non_null(strstr(findings->unseen[0].why, "'new': w"));
	tree_tenant(t, "{\"error\":\"x\"}");
	assert_int_equal(gp_doctor_look(&t->doctor, "tenant"), GP_ST_OK);
	assert_int_equal(findings->unseen_count, 4);

	/* Not looked at alone is a warning. */
	findings->count = findings->unseen_count = 0;
	assert_int_equal(gp_doctor_look(&t->doctor, "pam"), GP_ST_OK);
	assert_int_equal(findings->count, 0);
	assert_int_equal(gp_findings_exit(findings), 1);
	tree_free(t);
}

/* Where the name service does not know the guests, that sshd takes no block for them is no fault of
 * sshd's. */
static void test_doctor_sshd_where_nobody_is_known(void **state)
{
	(void)state;
	NEED_ROOT(WHY);
	gp_findings_auto struct gp_findings *findings = gp_findings_new();
	assert_non_null(findings);
	struct tree *t = tree_new(TREE_DEBIAN, findings);
	t->sshd_output = "usepam yes\nacceptenv LANG\n";
	t->unknown = true;
	assert_int_equal(gp_doctor_look(&t->doctor, "sshd"), GP_ST_OK);
	assert_int_equal(findings->count, 0);
	assert_true(was_unseen(findings, "sshd"));
	/* Nor where it cannot be asked, as with a socket of systemd's. */
	findings->unseen_count = 0;
	t->sshd_output = "Missing privilege separation directory: /run/sshd\r\n";
	t->sshd_code = 255;
	assert_int_equal(gp_doctor_look(&t->doctor, "sshd"), GP_ST_OK);
	assert_int_equal(findings->count, 0);
	assert_true(was_unseen(findings, "sshd"));
	t->sshd_output = "usepam yes\nacceptenv LANG\n";
	t->sshd_code = 0;
	t->unknown = false;
	assert_int_equal(gp_doctor_look(&t->doctor, "sshd"), GP_ST_OK);
	assert_int_equal(findings->count, 1);
	assert_int_equal(findings->found[0].id, GP_FINDING_SSHD_FILE);
	tree_free(t);
}

/* What sudo_group names is meant to be in sudoers; another group of guests is not. */
static void test_doctor_sudo_of_those_who_may(void **state)
{
	(void)state;
	NEED_ROOT(WHY);
	gp_findings_auto struct gp_findings *findings = gp_findings_new();
	assert_non_null(findings);
	struct tree *t = tree_new(TREE_DEBIAN, findings);
	struct gp_config *with = malloc(sizeof(*with));
	struct gp_mapped_group group = {.name = "gp-builders", .entra_group = GROUP_1};
	assert_non_null(with);
	const struct gp_config *kept = t->doctor.config;
	memcpy(with, kept, sizeof(*with));
	memcpy(with->sudo_group, GROUP_1, sizeof(with->sudo_group));
	with->mapped_groups[0] = group;
	with->mapped_groups_len = 1;
	tree_write(t, "/etc/sudoers.d/x", "%gp-builders ALL=ALL\n");
	assert_int_equal(gp_doctor_look(&t->doctor, "sudo"), GP_ST_OK);
	assert_int_equal(findings->count, 1);
	findings->count = 0;
	t->doctor.config = with;
	assert_int_equal(gp_doctor_look(&t->doctor, "sudo"), GP_ST_OK);
	assert_int_equal(findings->count, 0);
	tree_write(t, "/etc/sudoers.d/x", "%gp-builders, %gp-guests ALL=ALL\n");
	assert_int_equal(gp_doctor_look(&t->doctor, "sudo"), GP_ST_OK);
	assert_int_equal(findings->count, 1);
	assert_non_null(strstr(findings->found[0].what, "%gp-guests"));
	/* The rules of root do not know it. */
	findings->count = 0;
	assert_int_equal(gp_doctor_look(&t->doctor, "config"), GP_ST_OK);
	assert_int_equal(findings->count, 1);
	assert_int_equal(findings->found[0].id, GP_FINDING_SUDO_GROUP);
	t->doctor.config = kept;
	free(with);
	tree_free(t);
}

static void test_doctor_one_check_alone(void **state)
{
	(void)state;
	NEED_ROOT(WHY);
	gp_findings_auto struct gp_findings *findings = gp_findings_new();
	assert_non_null(findings);
	struct tree *t = tree_new(TREE_DEBIAN, findings);
	tree_edit(t, "/etc/shadow", "localadm:$", "localadm:!$");
	tree_remove(t, "/etc/nsswitch.conf");
	assert_int_equal(gp_doctor_look(&t->doctor, "break-glass"), GP_ST_OK);
	assert_int_equal(findings->count, 1);
	assert_int_equal(findings->found[0].id, GP_FINDING_BREAK_GLASS);
	/* A key is as good as a password. */
	findings->count = 0;
	tree_write(t, "/home/localadm/.ssh/authorized_keys", "# none\n\n");
	assert_int_equal(gp_doctor_look(&t->doctor, "break-glass"), GP_ST_OK);
	assert_int_equal(findings->count, 1);
	findings->count = 0;
	tree_write(t, "/home/localadm/.ssh/authorized_keys", "ssh-ed25519 AAAA x\n");
	assert_int_equal(gp_doctor_look(&t->doctor, "break-glass"), GP_ST_OK);
	assert_int_equal(findings->count, 0);
	assert_int_equal(gp_doctor_look(&t->doctor, "no-such-check"), GP_ST_NOT_FOUND);
	tree_free(t);
}

/* One fault in a file that many services include is one finding that names them. */
static void test_doctor_names_all_services(void **state)
{
	(void)state;
	NEED_ROOT(WHY);
	gp_findings_auto struct gp_findings *findings = gp_findings_new();
	assert_non_null(findings);
	struct tree *t = tree_new(TREE_DEBIAN, findings);
	tree_edit(t, CA, "default=die] pam_guestpass", "default=ignore] pam_guestpass");
	assert_int_equal(gp_doctor_look(&t->doctor, "pam"), GP_ST_OK);
	assert_int_equal(findings->count, 1);
	assert_non_null(strstr(findings->found[0].what, "sshd, su, sudo, cron, systemd-user: "));
	assert_non_null(strstr(findings->found[0].what, "common-account:1"));
	tree_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_doctor_sound_hosts),
		cmocka_unit_test(test_doctor_each_fault_alone),
		cmocka_unit_test(test_doctor_says_what_it_did_not_see),
		cmocka_unit_test(test_doctor_sshd_where_nobody_is_known),
		cmocka_unit_test(test_doctor_sudo_of_those_who_may),
		cmocka_unit_test(test_doctor_one_check_alone),
		cmocka_unit_test(test_doctor_names_all_services),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
