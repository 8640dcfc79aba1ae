/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/sshd_text.h"

#include "config/label.h"

#include "contract/ban.h"

/* sshd takes the first value of a keyword: so this file comes before others, in it the narrower
 * block before the wider one, and nothing that a tier leaves closed is left unsaid. */

static const char introduction[] =
	"# SPDX-License-Identifier: Apache-2.0\n"
	"#\n"
	"# What sshd must know about guests. Put it into /etc/ssh/sshd_config.d/ under a name that "
	"sorts early\n"
	"# (10-guestpass.conf), since the first value of a keyword wins, and reload sshd.\n"
	"# \"sshd -T -C user=NAME,host=h,addr=192.0.2.1\" shows what then holds for NAME.\n"
	"#\n"
	"# \"guestpass sshd-config\" makes this text from guestpass.conf: run it again when the "
	"tier changes.\n";

static const char for_everybody[] =
	"\n"
	"# Guests sign in through PAM's questions; Debian's own file says no to both or to the "
	"first.\n"
	"KbdInteractiveAuthentication yes\n"
	"UsePAM yes\n"
	"\n"
	"# A guest opens a page, signs in, perhaps confirms on a telephone: two minutes are too "
	"few. The code\n"
	"# on the screen says how long it is valid; it never says more than this.\n"
	"LoginGraceTime 300\n"
	"\n"
	"# Everybody who is signing in holds one of these places for all that time, so the usual "
	"10 are soon\n"
	"# gone: at 100 sshd begins to drop some at random, at 300 all that are new.\n"
	"MaxStartups 100:30:300\n"
	"# No single network may hold so many that others, such as an administrator, find none. A "
	"partner's\n"
	"# office often comes from one address: raise it if more of them than this sign in at the "
	"same moment.\n"
	"PerSourceMaxStartups 20\n"
	"PerSourceNetBlockSize 32:64\n"
	"\n"
	"# ~/.ssh/environment could name a library that runs before every restriction. sshd knows "
	"this keyword\n"
	"# for all users only.\n"
	"PermitUserEnvironment no\n";

static const char sign_in_only[] =
	"\t# The sign-in at the guest's own organisation, each time. A key alone has no "
	"organisation, no\n"
	"\t# Conditional Access and no end, and a password would be sent to the host.\n"
	"\tAuthenticationMethods keyboard-interactive:pam\n"
	"\tPubkeyAuthentication no\n"
	"\tAuthorizedKeysFile none\n"
	"\t# A refusal is told once: without this the client asks again by itself, three times in "
	"all. ssh\n"
	"\t# then adds \"Too many authentication failures\", which means no more than that it is "
	"over.\n"
	"\tMaxAuthTries 1\n";

static const char keys_too[] =
	"\t# A sign-in at the guest's own organisation, or a key for as long after one as "
	"key_valid says:\n"
	"\t# sshd takes any key of his, guestpassd admits it or not.\n"
	"\tAuthenticationMethods keyboard-interactive:pam publickey\n"
	"\tPubkeyAuthentication yes\n"
	"\tAuthorizedKeysFile .ssh/authorized_keys\n";

static const char never[] =
	"\tPasswordAuthentication no\n"
	"\tHostbasedAuthentication no\n"
	"\tGSSAPIAuthentication no\n"
	"\tKerberosAuthentication no\n"
	"\tAuthorizedKeysCommand none\n"
	"\tAuthorizedPrincipalsCommand none\n"
	"\tTrustedUserCAKeys none\n"
	"\n"
	"\t# The client sends no environment: an empty list cannot be written, so this is a name "
	"that means\n"
	"\t# nothing. A Match block further down that holds for guests too would add to it.\n"
	"\tAcceptEnv GUESTPASS_NONE\n"
	"\n";

static const char forwards_nothing[] =
	"\t# A shell on this host, not a way through it. The first line says it all; the others "
	"are what an\n"
	"\t# auditor looks for, and hold where somebody takes it away.\n"
	"\tDisableForwarding yes\n"
	"\tAllowTcpForwarding no\n";

static const char forwards_local[] =
	"\t# Other hosts can be reached through this one (ssh -L), because guestpass.conf says "
	"forwarding =\n"
	"\t# local. DisableForwarding would close that too.\n"
	"\tAllowTcpForwarding local\n";

static const char end[] = "\tAllowStreamLocalForwarding no\n"
			  "\tAllowAgentForwarding no\n"
			  "\tX11Forwarding no\n"
			  "\tPermitTunnel no\n"
			  "\tGatewayPorts no\n"
			  "\tPermitUserRC no\n"
			  "\n"
			  "# What follows in other files is for everybody again.\n"
			  "Match all\n";

static void add_sftp_only(const char *guests, const char *shell_group, struct gp_buf *out)
{
	gp_buf_printf(out,
		      "\n"
		      "# Guests who are not in %s get files and no shell; so do those whose groups "
		      "could not be\n"
		      "# read.\n"
		      "Match Group %s,!%s\n"
		      "\tForceCommand internal-sftp -u 0077\n",
		      shell_group, guests, shell_group);
	/* Also where other guests may reach other hosts. */
	gp_buf_text(out, forwards_nothing);
}

void gp_sshd_text(const struct gp_config *config, const struct gp_ids_rules *rules,
		  struct gp_buf *out)
{
	char guests[GP_DIRECTORY_PREFIX_MAX + sizeof("guests")];
	if (gp_ids_guests_group(rules, guests, sizeof(guests)) != GP_ST_OK) {
		out->bad = true;
		return;
	}
	gp_buf_text(out, introduction);
	gp_buf_printf(out, "# Tier %s, label %s.\n", config->tier, gp_label_name(config->label));
	gp_buf_text(out, for_everybody);
	if (config->shell_group[0] != '\0')
		add_sftp_only(guests, config->shell_group, out);
	gp_buf_printf(out, "\nMatch Group %s\n", guests);
	gp_buf_text(out, config->key_valid_s == 0 ? sign_in_only : keys_too);
	gp_buf_text(out, never);
	gp_buf_text(out,
		    config->forwarding == GP_FORWARDING_LOCAL ? forwards_local : forwards_nothing);
	gp_buf_text(out, end);
}
