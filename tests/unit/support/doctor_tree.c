/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/support/doctor_tree.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/config/sample.h"
#include "tests/unit/support/directory_sample.h"

#include "contract/ban.h"

#define DAEMON 4242

#define JUMP(n)                                                                                    \
	"[success=" n " user_unknown=ignore ignore=ignore module_unknown=ignore default=die] "     \
	"pam_guestpass.so\n"
#define OURS_SESSION                                                                               \
	"session [success=ok user_unknown=ignore ignore=ignore module_unknown=ignore "             \
	"default=die] pam_guestpass.so\n"
#define HOME                                                                                       \
	"session [success=1 default=ignore] pam_guestpass.so is_guest\n"                           \
	"session [default=1] pam_permit.so\n"                                                      \
	"session required pam_mkhomedir.so umask=0077 skel=/etc/skel\n"

struct file {
	const char *path, *text;
};

static const struct file base[] = {
	{"/etc/nsswitch.conf", "passwd:\tfiles systemd guestpass\ngroup: files systemd guestpass\n"
			       "shadow: files guestpass\n# a comment\nhosts: files dns\n"
			       "initgroups: guestpass [SUCCESS=return] files systemd\n"},
	{"/etc/pam.d/sshd",
	 "# PAM for sshd\n@include common-auth\naccount required pam_nologin.so\n"
	 "@include common-account\n"
	 "session [success=ok ignore=ignore module_unknown=ignore default=bad] "
	 "pam_selinux.so close\n"
	 "session required pam_loginuid.so\n@include common-session\n"
	 "session optional pam_motd.so noupdate\n@include common-password\n"},
	{"/etc/pam.d/common-auth",
	 "auth\t" JUMP("2") "auth\t[success=1 default=ignore]\tpam_unix.so nullok\n"
			    "auth requisite pam_deny.so\nauth required pam_permit.so\nauth "
			    "optional pam_cap.so\n"},
	{"/etc/pam.d/common-account",
	 "account " JUMP(
		 "2") "account [success=1 new_authtok_reqd=done default=ignore] pam_unix.so\n"
		      "account requisite pam_deny.so\naccount required pam_permit.so\n"},
	{"/etc/pam.d/common-session",
	 "session [default=1] pam_permit.so\nsession requisite pam_deny.so\n"
	 "session required pam_permit.so\n" OURS_SESSION
	 "session required pam_unix.so\n-session optional pam_systemd.so\n" HOME},
	{"/etc/pam.d/common-password", "password required pam_unix.so\n"},
	{"/etc/passwd", "root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1::/:/usr/sbin/nologin\n"
			"guestpass:x:4242:4242::/var/lib/guestpass:/usr/sbin/nologin\n"
			"localadm:x:1000:1000::/home/localadm:/bin/bash\n"},
	{"/etc/group", "root:x:0:\nsudo:x:27:localadm\nguestpass:x:4242:\nlocaladm:x:1000:\n"},
	{"/etc/shadow", "root:*:19000:0:99999:7:::\ndaemon:*:19000:0:99999:7:::\n"
			"localadm:$y$j9T$abc$def:19000:0:99999:7:::\n"},
	{"/etc/sudoers", "# sudoers\nDefaults env_reset\nroot ALL=(ALL:ALL) ALL\n"
			 "%sudo\tALL=(ALL:ALL) ALL\n@includedir /etc/sudoers.d\n"},
	{"/etc/guestpass/guestpass.conf", SAMPLE},
	{"/etc/guestpass/ids.conf", ""},
	{"/etc/guestpass/r.pem", "certificate"},
	{"/etc/guestpass/r.key", "key"},
	{"/usr/libexec/guestpass/guestpass-publish", "ELF"},
	{"/usr/lib/x86_64-linux-gnu/security/pam_guestpass.so", "ELF"},
	{"/usr/lib/x86_64-linux-gnu/libnss_guestpass.so.2", "ELF"},
};

static const struct file debian[] = {
	{"/etc/pam.d/su",
	 "auth sufficient pam_rootok.so\nsession required pam_env.so readenv=1\n"
	 "@include common-auth\n@include common-account\n@include common-session\n"},
	{"/etc/pam.d/sudo", "session required pam_limits.so\n@include common-auth\n"
			    "@include common-account\n@include common-session-noninteractive\n"},
	{"/etc/pam.d/systemd-user", "@include common-account\nsession required pam_limits.so\n"
				    "@include common-session-noninteractive\n"},
	{"/etc/pam.d/cron", "session required pam_loginuid.so\n@include common-account\n"},
	{"/etc/pam.d/common-session-noninteractive",
	 "session [default=1] pam_permit.so\nsession requisite pam_deny.so\n"
	 "session required pam_permit.so\n" OURS_SESSION "session required pam_unix.so\n"},
	{"/etc/sudoers.d/localadm", "localadm ALL=(ALL) NOPASSWD: \\\n  /bin/true\n"},
	{"/etc/sudoers.d/README", "#\n# As of Debian ... # include\n#1000000 is nobody's here\n"},
	{"/usr/lib/polkit-1/polkitd", "ELF"},
	{"/usr/share/polkit-1/rules.d/10-guestpass.rules",
	 "polkit.addRule(function (action, subject) {\n\tif (subject.isInGroup(\"gp-guests\")) {\n"
	 "\t\treturn polkit.Result.NO;\n\t}\n\treturn polkit.Result.NOT_HANDLED;\n});\n"},
	{"/usr/share/polkit-1/rules.d/50-default.rules",
	 "polkit.addAdminRule(function(action, subject) { return [\"unix-group:sudo\"]; });\n"
	 "polkit.addRule(function(a, s) { if (s.isInGroup(\"sudo\")) return polkit.Result.YES; "
	 "});\n"},
};

static const struct file by_hand[] = {
	{"/etc/pam.d/sshd", "auth sufficient pam_localuser.so\nauth substack guests-auth\n"
			    "auth include system-auth\naccount include system-auth\n"
			    "session include system-auth\n"},
	{"/etc/pam.d/guests-auth",
	 "auth [success=done user_unknown=ignore ignore=ignore \\\n  module_unknown=ignore "
	 "default=die] /lib/security/pam_guestpass.so timeout=250\n"},
	{"/etc/pam.d/system-auth",
	 "auth [success=done user_unknown=ignore ignore=ignore module_unknown=ignore default=die] "
	 "pam_guestpass.so debug timeout=250\n"
	 "auth required pam_unix.so\n"
	 "account [success=done user_unknown=ignore ignore=ignore module_unknown=ignore "
	 "default=die] pam_guestpass.so\n"
	 "account required pam_unix.so\naccount sufficient pam_localuser.so\n"
	 "account required pam_permit.so\n" OURS_SESSION
	 "session required pam_unix.so\nsession optional pam_oddjob_mkhomedir.so\n"},
};

static const struct file sssd[] = {
	{"/etc/nsswitch.conf",
	 "passwd: files systemd guestpass sss\ngroup: files systemd guestpass "
	 "[SUCCESS=merge] sss\nshadow: files sss guestpass\n"
	 "initgroups: guestpass [SUCCESS=return] files systemd sss\n"},
	{"/etc/pam.d/common-auth",
	 "auth " JUMP("3") "auth [success=2 default=ignore] pam_unix.so nullok\n"
			   "auth [success=1 default=ignore] pam_sss.so use_first_pass\n"
			   "auth requisite pam_deny.so\nauth required pam_permit.so\n"},
	{"/etc/pam.d/common-account",
	 "account " JUMP(
		 "2") "account [success=1 new_authtok_reqd=done default=ignore] pam_unix.so\n"
		      "account requisite pam_deny.so\naccount required pam_permit.so\n"
		      "account sufficient pam_localuser.so\n"
		      "account [default=bad success=ok user_unknown=ignore] pam_sss.so\n"},
	{"/etc/sssd/sssd.conf", "[domain/a]\nid_provider = ad\nldap_idmap_range_min = 200000\n"
				"ldap_idmap_range_max = 1879000000\n"},
};

static const struct file azure[] = {
	{"/sys/class/dmi/id/chassis_asset_tag", "7783-7084-3265-9085-8269-3286-77\n"},
};

const char tree_sshd_output[] =
	"port 22\nusepam yes\nlogingracetime 300\nmaxauthtries 1\nkbdinteractiveauthentication "
	"yes\n"
	"pubkeyauthentication no\npasswordauthentication no\nhostbasedauthentication no\n"
	"gssapiauthentication no\nacceptenv GUESTPASS_NONE\npermituserenvironment no\n"
	"authenticationmethods keyboard-interactive:pam\nauthorizedkeysfile none\n"
	"authorizedkeyscommand none\nauthorizedprincipalscommand none\ntrustedusercakeys none\n"
	"disableforwarding yes\nallowtcpforwarding no\nallowstreamlocalforwarding no\n"
	"allowagentforwarding no\nx11forwarding no\npermittunnel no\ngatewayports no\n"
	"permituserrc no\nmaxstartups 100:30:300\npersourcemaxstartups 20\n"
	"persourcenetblocksize 32:64\n";

static const char sshd_wanted[] =
	"KbdInteractiveAuthentication yes\nUsePAM yes\nLoginGraceTime 300\nMaxStartups "
	"100:30:300\n\nMatch Group gp-guests\n\tAuthenticationMethods keyboard-interactive:pam\n"
	"\tPubkeyAuthentication no\n\tMaxAuthTries 1\n\tKerberosAuthentication no\n"
	"\tAcceptEnv GUESTPASS_NONE\n\tAllowTcpForwarding no\n\tX11Forwarding no\nMatch all\n";

static void must(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "test set-up failed: %s\n", what);
	abort();
}

static void whole_path(const struct tree *t, const char *path, char out[static 256])
{
	must(snprintf(out, 256, "%s%s", t->root, path) < 256, path);
}

void tree_write(const struct tree *t, const char *path, const char *text)
{
	char whole[256];
	whole_path(t, path, whole);
	for (char *slash = strchr(whole + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		(void)mkdir(whole, 0755); /* it may be there */
		*slash = '/';
	}
	FILE *f = fopen(whole, "we");
	must(f != NULL && fputs(text, f) >= 0 && fclose(f) == 0 && chmod(whole, 0644) == 0, whole);
}

void tree_remove(const struct tree *t, const char *path)
{
	char whole[256];
	whole_path(t, path, whole);
	must(unlink(whole) == 0, whole);
}

void tree_chmod(const struct tree *t, const char *path, unsigned int mode)
{
	char whole[256];
	whole_path(t, path, whole);
	must(chmod(whole, mode) == 0, whole);
}

void tree_edit(const struct tree *t, const char *path, const char *from, const char *to)
{
	size_t len = 0;
	bool absent = false;
	char *text = gp_doctor_read(&t->doctor, path, &len, &absent);
	gp_buf_auto struct gp_buf out = GP_BUF(65536);
	size_t n = strlen(from);
	bool found = false;
	must(text != NULL, path);
	for (size_t i = 0; i < len;) {
		if (len - i >= n && memcmp(text + i, from, n) == 0) {
			gp_buf_text(&out, to);
			found = true;
			i += n;
		} else {
			gp_buf_add(&out, text + i++, 1);
		}
	}
	must(found, from);
	tree_write(t, path, gp_buf_get(&out));
	free(text);
}

void tree_status(struct tree *t, const char *json)
{
	struct gp_error err = {0};
	gp_json_doc_free(t->status);
	t->status = NULL;
	must(gp_json_parse(gp_str_from(json), &t->status, &err) == GP_ST_OK, err.text);
	t->doctor.status = gp_json_root(t->status);
}

void tree_tenant(struct tree *t, const char *json)
{
	struct gp_error err = {0};
	gp_json_doc_free(t->tenant);
	t->tenant = NULL;
	must(gp_json_parse(gp_str_from(json), &t->tenant, &err) == GP_ST_OK, err.text);
	t->doctor.tenant = gp_json_root(t->tenant);
	/* An administrator's rights show nothing else. */
	t->doctor.as_admin = true;
	t->doctor.registrations = t->doctor.tenant;
}

static enum gp_status answer(void *arg, const char *const argv[], struct gp_buf *out, int *code)
{
	const struct tree *t = arg;
	if (strcmp(argv[0], "/usr/bin/getent") == 0 && strcmp(argv[1], "-s") != 0) {
		*code = t->unknown ? 2 : 0;
		return GP_ST_OK;
	}
	if (strcmp(argv[0], "/usr/bin/getent") == 0) {
		*code = t->known_by != NULL && strcmp(argv[2], t->known_by) == 0 ? 0 : 2;
		return GP_ST_OK;
	}
	if (strcmp(argv[0], "/usr/sbin/sshd") == 0) {
		gp_buf_text(out, t->sshd_output);
		*code = t->sshd_code;
		return GP_ST_OK;
	}
	if (strcmp(argv[0], "/usr/sbin/nft") == 0 && t->filter != NULL) {
		gp_buf_text(out, t->filter);
		*code = 0;
		return GP_ST_OK;
	}
	return GP_ST_NOT_FOUND;
}

static void write_all(const struct tree *t, const struct file *files, size_t count)
{
	for (size_t i = 0; i < count; i++)
		tree_write(t, files[i].path, files[i].text);
}
#define WRITE_ALL(t, files) write_all((t), (files), sizeof(files) / sizeof((files)[0]))

static void write_directories(const struct tree *t)
{
	static const char *const paths[] = {"/run/guestpass/directory",
					    "/var/lib/guestpass-published/directory"};
	char whole[256];
	struct gp_directory_bytes bytes = sample_directory(7);
	for (size_t i = 0; i < 2; i++) {
		tree_write(t, paths[i], "");
		whole_path(t, paths[i], whole);
		sample_write(whole, bytes);
	}
	gp_directory_bytes_free(&bytes);
	tree_write(t, "/var/lib/guestpass/state.db", "");
	tree_chmod(t, "/var/lib/guestpass", 0700);
	whole_path(t, "/etc/guestpass/r.key", whole);
	must(chmod(whole, 0640) == 0 && chown(whole, 0, DAEMON) == 0, whole);
}

static void write_kind(const struct tree *t, enum tree_kind kind)
{
	switch (kind) {
	case TREE_DEBIAN:
		WRITE_ALL(t, debian);
		break;
	case TREE_BY_HAND:
		WRITE_ALL(t, by_hand);
		break;
	case TREE_SSSD:
		WRITE_ALL(t, debian);
		WRITE_ALL(t, sssd);
		break;
	case TREE_AZURE:
		WRITE_ALL(t, azure);
		break;
	case TREE_MINIMAL:
		tree_remove(t, "/etc/sudoers");
		tree_edit(t, "/etc/shadow", "root:*:", "root:$6$x$y:");
		break;
	case TREE_KINDS:
		break;
	}
}

struct tree *tree_new(enum tree_kind kind, struct gp_findings *findings)
{
	struct tree *t = calloc(1, sizeof(*t));
	struct gp_config *config = NULL;
	struct gp_error err = {0};
	const struct gp_config_file file = {"guestpass.conf", gp_str_from(SAMPLE)};
	must(t != NULL, "memory");
	must(snprintf(t->root, sizeof(t->root), "/tmp/gp-doctor-XXXXXX") > 0 &&
		     mkdtemp(t->root) != NULL && chmod(t->root, 0755) == 0,
	     "a directory");
	must(gp_config_parse(&file, 1, &config, &err) == GP_ST_OK, err.text);
	t->doctor = (struct gp_doctor){.root = t->root,
				       .now_s = TREE_NOW_S,
				       .config = config,
				       .rules = sample_rules(),
				       .sshd_text = sshd_wanted,
				       .run = answer,
				       .run_arg = t,
				       .out = findings};
	t->sshd_output = tree_sshd_output;
	t->filter = "table inet filter {\n\tip daddr 169.254.169.254 meta skuid != 0 drop\n}\n";
	tree_status(t, TREE_STATUS);
	tree_tenant(t, "{\"v\":1,\"findings\":[],\"not_looked_at\":[]}");
	WRITE_ALL(t, base);
	write_kind(t, kind);
	write_directories(t);
	must(gp_doctor_guests(&t->doctor) == GP_ST_OK && t->doctor.guest_count == 2, "guests");
	return t;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(path);
}

void tree_free(struct tree *t)
{
	union {
		const struct gp_config *in;
		struct gp_config *out;
	} config = {t->doctor.config};
	must(nftw(t->root, remove_one, 8, FTW_DEPTH | FTW_PHYS) == 0, t->root);
	gp_config_free(config.out);
	gp_json_doc_free(t->status);
	gp_json_doc_free(t->tenant);
	free(t);
}
