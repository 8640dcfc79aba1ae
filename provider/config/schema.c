/* SPDX-License-Identifier: Apache-2.0 */
/* The table of keys. conf/guestpass.conf and guestpass.conf(5) are compared with it by
 * tests/lint/options.py. */
#include "config/schema.h"

#include "config/config.h"

#include "contract/ban.h"

#define AT(member)                                                                                 \
	.offset = offsetof(struct gp_config, member),                                              \
	.size = sizeof(((struct gp_config *)0)->member)
#define LIST(member)                                                                               \
	.offset = offsetof(struct gp_config, member),                                              \
	.size = sizeof(((struct gp_config *)0)->member[0]),                                        \
	.count = offsetof(struct gp_config, member##_len),                                         \
	.most = sizeof(((struct gp_config *)0)->member) /                                          \
		sizeof(((struct gp_config *)0)->member[0])

/* In the order of their enums. */
static const char *const forwardings[] = {"no", "local", NULL};
static const char *const signin_addresses[] = {"match", "network", "report", "off", NULL};
static const char *const ssh_locations[] = {"enforce", "report", "off", NULL};
static const char *const sudo_bases[] = {"pim", "group", NULL};
static const char *const unknown_locations[] = {"refuse", "left-to-entra", NULL};

/* clang-format off */
const struct gp_key gp_schema[] = {
	{"guestpass", "tenant", GP_KEY_GUID, AT(tenant_id), .required = true,
	 .doc = "the id of the tenant that owns the guests"},
	{"guestpass", "cloud", GP_KEY_CLOUD, AT(cloud.name), .def = "global",
	 .doc = "which Microsoft cloud the tenant is in"},
	{"guestpass", "login_authority", GP_KEY_ORIGIN, AT(cloud.login),
	 .doc = "the sign-in host of a custom cloud"},
	{"guestpass", "graph_root", GP_KEY_ORIGIN, AT(cloud.graph),
	 .doc = "the Graph host of a custom cloud"},
	{"guestpass", "sts_prefix", GP_KEY_PREFIX, AT(cloud.sts_prefix),
	 .doc = "how names of homes begin in a custom cloud's tokens"},
	{"guestpass", "reader_client_id", GP_KEY_GUID, AT(reader_client_id), .required = true,
	 .doc = "the application id of the reader registration"},
	{"guestpass", "reader_certificate", GP_KEY_PATH, AT(reader[0].certificate),
	 .doc = "the reader's certificate"},
	{"guestpass", "reader_key", GP_KEY_PATH, AT(reader[0].key),
	 .doc = "the key of the reader's certificate"},
	{"guestpass", "reader_certificate_2", GP_KEY_PATH, AT(reader[1].certificate),
	 .doc = "the reader's other certificate, while they are exchanged"},
	{"guestpass", "reader_key_2", GP_KEY_PATH, AT(reader[1].key),
	 .doc = "the key of the reader's other certificate"},
	{"guestpass", "reader_secret_file", GP_KEY_PATH, AT(reader_secret_file),
	 .doc = "a file with the reader's client secret"},
	{"guestpass", "sign_in_client_id", GP_KEY_GUID, AT(sign_in_client_id),
	 .doc = "the application id of the sign-in client"},
	{"guestpass", "admin_client_id", GP_KEY_GUID, AT(admin_client_id),
	 .doc = "the application id of the client for --as-admin"},
	{"guestpass", "ca_directory", GP_KEY_PATH, AT(ca_directory),
	 .doc = "a hashed directory of certificate authorities"},
	{"guestpass", "proxy", GP_KEY_PROXY, AT(proxy),
	 .doc = "the HTTP proxy to go through"},
	{"guestpass", "interval", GP_KEY_NUMBER, GP_RULE_SMALLER, AT(interval_s),
	 .min = 60, .max = 86400, .def = "300",
	 .doc = "seconds between reads of what changed in the groups"},
	{"guestpass", "full_interval", GP_KEY_NUMBER, GP_RULE_SMALLER, AT(full_interval_s),
	 .min = 3600, .max = 518400, .def = "21600",
	 .doc = "seconds between full reads of the groups"},
	{"guestpass", "max_removal", GP_KEY_NUMBER, GP_RULE_SMALLER, AT(max_removal),
	 .min = 1, .max = 100, .def = "30",
	 .doc = "percent of the guests that one read may take away unasked"},
	{"guestpass", "enumerate", GP_KEY_YES_NO, AT(enumerate), .def = "yes",
	 .doc = "whether guests are listed by getent without a name"},
	{"guestpass", "log_level", GP_KEY_LEVEL, AT(log_level), .def = "info",
	 .doc = "how much is logged"},
	{"guestpass", "qr_code", GP_KEY_YES_NO, AT(qr_code), .def = "no",
	 .doc = "whether the sign-in screen shows a QR code"},
	{"guestpass", "user", GP_KEY_ACCOUNT, AT(user), .def = "guestpass",
	 .doc = "the account of the daemon in foreground mode"},
	{"guestpass", "run_directory", GP_KEY_PATH, AT(run_directory), .def = GP_RUNDIR,
	 .doc = "the directory of the sockets"},
	{"guestpass", "state_directory", GP_KEY_PATH, AT(state_directory), .def = GP_STATEDIR,
	 .doc = "the directory of the database"},
	{"guestpass", "audit_file", GP_KEY_PATH, AT(audit_file),
	 .def = "/var/log/guestpass/audit.jsonl", .doc = "the file of decisions"},
	{"guestpass", "ids_conf", GP_KEY_PATH, AT(ids_conf), .def = GP_CONFDIR "/ids.conf",
	 .doc = "the rules for numbers and names"},
	{"guestpass", "host_name", GP_KEY_LABEL, AT(host_name),
	 .doc = "what the sign-in screen calls this host"},

	{"tier", "name", GP_KEY_WORD, AT(tier), .def = "default",
	 .doc = "what this class of hosts is called"},
	{"tier", "guests", GP_KEY_GUESTS, GP_RULE_SMALLER, AT(guests), .def = "never",
	 .doc = "whether guests may sign in here"},
	{"tier", "api_client_id", GP_KEY_GUID, AT(api_client_id),
	 .doc = "the application id of the tier's API registration"},
	{"tier", "scope", GP_KEY_SCOPE, AT(scope),
	 .doc = "the scope of the tier's API that a sign-in asks for"},
	{"tier", "label", GP_KEY_TIER_LABEL, GP_RULE_SMALLER, AT(label), .def = "high",
	 .doc = "how sensitive these hosts are: low, medium or high"},
	{"tier", "owner", GP_KEY_LABEL, AT(owner),
	 .doc = "who answers for the tier"},
	{"tier", "access_groups", GP_KEY_ACCESS, GP_RULE_SUBSET, LIST(access),
	 .doc = "the groups whose guests may enter, each with the basis of their passes"},
	{"tier", "max_stay", GP_KEY_DURATION, GP_RULE_SHORTER, AT(max_stay_s),
	 .max = 315360000, .def = "30d",
	 .doc = "how long a pass lasts at most"},
	{"tier", "project_end", GP_KEY_DATE, GP_RULE_SHORTER, AT(project_end_s),
	 .doc = "the last day on which anybody may enter"},
	{"tier", "idle_limit", GP_KEY_DURATION, GP_RULE_SHORTER, AT(idle_limit_s),
	 .max = 315360000, .def = "30d",
	 .doc = "how long a pass may go unused"},
	{"tier", "review_every", GP_KEY_DURATION, GP_RULE_SHORTER, AT(review_every_s),
	 .max = 315360000, .def = "90d",
	 .doc = "how often the owner reviews who has access"},
	{"tier", "last_review", GP_KEY_DATE, AT(last_review_s),
	 .doc = "the day of the owner's last review"},
	{"tier", "sponsor_required", GP_KEY_YES_NO, GP_RULE_YES, AT(sponsor_required), .def = "yes",
	 .doc = "whether a guest without a sponsor is refused"},
	{"tier", "leave_date", GP_KEY_YES_NO, GP_RULE_YES, AT(leave_date), .def = "no",
	 .doc = "whether the day on which somebody leaves, by Entra, ends his pass"},
	{"tier", "max_auth_age", GP_KEY_DURATION, GP_RULE_SHORTER, AT(max_auth_age_s),
	 .max = 31536000, .def = "0",
	 .doc = "how old the authentication behind a sign-in may be"},
	{"tier", "auth_context", GP_KEY_CONTEXT, GP_RULE_ONCE, AT(auth_context),
	 .doc = "the authentication context that a sign-in must bring"},
	{"tier", "signin_address", GP_KEY_CHOICE, GP_RULE_SMALLER, AT(signin_address),
	 .def = "report", .words = signin_addresses,
	 .doc = "how the address of the sign-in must agree with that of the SSH client"},
	{"tier", "egress_addresses", GP_KEY_NETWORKS, LIST(egress_addresses),
	 .doc = "the addresses by which the Internet sees this host"},
	{"tier", "ssh_location", GP_KEY_CHOICE, GP_RULE_SMALLER, AT(ssh_location), .def = "off",
	 .words = ssh_locations,
	 .doc = "whether location policies of Conditional Access count for the SSH client's address"},
	{"tier", "ssh_location_unknown", GP_KEY_CHOICE, GP_RULE_SMALLER, AT(ssh_location_unknown),
	 .def = "refuse", .words = unknown_locations,
	 .doc = "what holds for an address that no location can contain"},
	{"tier", "relay_addresses", GP_KEY_NETWORKS, LIST(relay_addresses),
	 .doc = "addresses of jump hosts and proxies, which say nothing about the client"},
	{"tier", "legacy_trusted_ips", GP_KEY_NETWORKS, LIST(legacy_trusted_ips),
	 .doc = "the tenant's trusted IPs of multifactor authentication, which Graph does not show"},
	{"tier", "policy_max_age", GP_KEY_DURATION, GP_RULE_SHORTER, AT(policy_max_age_s),
	 .max = 2592000, .def = "24h",
	 .doc = "how old the last complete read of the policies may be"},
	{"tier", "elevation_resource", GP_KEY_GUID, AT(elevation_resource),
	 .doc = "the application id of the API for what needs more than the door"},
	{"tier", "sudo_group", GP_KEY_GUID, AT(sudo_group),
	 .doc = "the group whose guests may use sudo and su after a sign-in of their own"},
	{"tier", "sudo_basis", GP_KEY_CHOICE, GP_RULE_SMALLER, AT(sudo_basis), .def = "pim",
	 .words = sudo_bases,
	 .doc = "whether membership of sudo_group must be an activation"},
	{"tier", "sudo_services", GP_KEY_SERVICES, GP_RULE_SUBSET, LIST(sudo_services),
	 .def = "sudo sudo-i",
	 .doc = "PAM services in which a member of sudo_group may become somebody else"},
	{"tier", "sudo_valid", GP_KEY_DURATION, GP_RULE_SMALLER, AT(sudo_valid_s),
	 .max = 28800, .def = "15m",
	 .doc = "how long such a sign-in holds in the session that it was made in"},
	{"tier", "key_valid", GP_KEY_DURATION, GP_RULE_SMALLER, AT(key_valid_s),
	 .max = 43200, .def = "0",
	 .doc = "how long after a sign-in an SSH key opens the door"},
	{"tier", "forwarding", GP_KEY_CHOICE, GP_RULE_SMALLER, AT(forwarding), .def = "no",
	 .words = forwardings,
	 .doc = "whether guests may reach other hosts through this one"},
	{"tier", "shell_group", GP_KEY_GROUP, GP_RULE_ONCE, AT(shell_group),
	 .doc = "the [group ...] whose members get a shell; all others get sftp alone"},
	{"tier", "hours", GP_KEY_HOURS, GP_RULE_ONCE, AT(hours),
	 .doc = "when guests may enter"},
	{"tier", "networks", GP_KEY_NETWORKS, GP_RULE_NARROWER, LIST(networks),
	 .doc = "addresses that guests may come from"},
	{"tier", "creation_types", GP_KEY_CREATIONS, GP_RULE_NARROWER, LIST(creation_types),
	 .doc = "ways in which a guest's account may have come to be"},
	{"tier", "report", GP_KEY_CHECKS, GP_RULE_SUBSET, LIST(report),
	 .doc = "checks that are recorded and not enforced"},
	{"tier", "home_tenants", GP_KEY_GUIDS, GP_RULE_SUBSET, LIST(home_tenants),
	 .doc = "tenant ids of the homes that guests may come from"},
	{"tier", "home_tenants_denied", GP_KEY_GUIDS, GP_RULE_SUPERSET, LIST(home_tenants_denied),
	 .doc = "tenant ids of homes that are refused whatever else is said"},
	{"tier", "home_domains", GP_KEY_DOMAINS, GP_RULE_SUBSET, LIST(home_domains),
	 .doc = "mail domains whose unknown names are looked up when somebody comes"},
	{"tier", "idp_allowed", GP_KEY_LITERALS, GP_RULE_SUBSET, LIST(idp_allowed),
	 .doc = "kinds of home outside Entra that guests may come from"},
	{"tier", "services", GP_KEY_SERVICES, GP_RULE_SUBSET, LIST(services), .def = "sshd",
	 .doc = "PAM services at which a guest may sign in"},
	{"tier", "name_template", GP_KEY_TEMPLATE, AT(name_template), .def = "{mail}",
	 .doc = "how login names are made from mail addresses"},
	{"tier", "user_classes", GP_KEY_CLASSES, GP_RULE_SUBSET, LIST(user_classes),
	 .def = "external-guest", .doc = "classes of users that are guests here"},
	{"tier", "home_prefix", GP_KEY_PATH, AT(home_prefix), .def = "/home/guests",
	 .doc = "the directory of the guests' home directories"},
	{"tier", "shell", GP_KEY_PATH, AT(shell), .def = "/bin/bash",
	 .doc = "the guests' shell"},
	{"tier", "redemption_url", GP_KEY_LINK, AT(redemption_url),
	 .doc = "where an invited guest accepts the invitation"},
	{"tier", "access_request_url", GP_KEY_LINK, AT(access_request_url),
	 .doc = "where a guest asks for access"},

	{"limits", "codes_per_guest", GP_KEY_NUMBER, GP_RULE_SMALLER, AT(codes_per_guest),
	 .min = 1, .max = 20, .def = "3", .doc = "live codes of one guest"},
	{"limits", "codes_per_address", GP_KEY_NUMBER, GP_RULE_SMALLER, AT(codes_per_address),
	 .min = 1, .max = 1000, .def = "10", .doc = "live codes of one source address"},
	{"limits", "codes_total", GP_KEY_NUMBER, GP_RULE_SMALLER, AT(codes_total),
	 .min = 1, .max = 10000, .def = "500", .doc = "live codes of this host"},
	{"limits", "connections", GP_KEY_NUMBER, GP_RULE_SMALLER, AT(connections),
	 .min = 1, .max = 10000, .def = "600", .doc = "login connections at the same time"},
};
/* clang-format on */

const size_t gp_schema_len = sizeof(gp_schema) / sizeof(gp_schema[0]);
_Static_assert(sizeof(gp_schema) / sizeof(gp_schema[0]) < GP_SCHEMA_MAX, "room for every key");

size_t gp_schema_find(struct gp_str section, struct gp_str name)
{
	for (size_t i = 0; i < gp_schema_len; i++)
		if (gp_str_is(section, gp_schema[i].section) && gp_str_is(name, gp_schema[i].name))
			return i;
	return GP_SCHEMA_MAX;
}

size_t gp_schema_index(const char *section, const char *name)
{
	return gp_schema_find(gp_str_from(section), gp_str_from(name));
}

bool gp_schema_has_section(struct gp_str section)
{
	for (size_t i = 0; i < gp_schema_len; i++)
		if (gp_str_is(section, gp_schema[i].section))
			return true;
	return false;
}
