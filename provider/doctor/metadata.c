/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In a cloud every process can ask 169.254.169.254 for tokens of the machine's own identity, unless
 * a rule of the packet filter keeps it from there. Microsoft: "Azure Instance Metadata Service";
 * the managed identity is what is worth having. Only a host that says it is in a cloud is looked
 * at, and only what the filter's rules say: nothing is sent.
 */
#include <stdlib.h>

#include "doctor/doctor.h"

#include "contract/ban.h"

#define ADDRESS   "169.254.169.254"
#define RULES_MAX (256U << 10)

/* What the firmware says of a machine in a cloud; the first is the asset tag of Azure's. */
static const struct {
	const char *file, *text, *cloud;
} signs[] = {
	{"/sys/class/dmi/id/chassis_asset_tag", "7783-7084-3265-9085-8269-3286-77", "Azure"},
	{"/sys/class/dmi/id/sys_vendor", "Amazon EC2", "Amazon EC2"},
	{"/sys/class/dmi/id/product_name", "Google Compute Engine", "Google Compute Engine"},
};

static const char *cloud_of(struct gp_doctor *d)
{
	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
		size_t len = 0;
		bool absent = false;
		char *text = gp_doctor_read(d, signs[i].file, &len, &absent);
		bool is = text != NULL && memmem(text, len, signs[i].text, strlen(signs[i].text));
		free(text);
		if (is)
			return signs[i].cloud;
	}
	return NULL;
}

static bool contains(struct gp_str line, const char *what)
{
	return memmem(line.ptr, line.len, what, strlen(what)) != NULL;
}

/* A line that names the address, and whose processes, and does not let pass. */
static bool guards(struct gp_str text)
{
	while (text.len > 0) {
		struct gp_str line = gp_str_take_line(&text);
		if (line.len > 0 && contains(line, ADDRESS) &&
		    (contains(line, "skuid") || contains(line, "skgid") ||
		     contains(line, "uid-owner") || contains(line, "gid-owner")) &&
		    (contains(line, "drop") || contains(line, "reject") || contains(line, "DROP") ||
		     contains(line, "REJECT")))
			return true;
	}
	return false;
}

void gp_doctor_metadata(struct gp_doctor *d)
{
	static const char *const commands[][4] = {{"/usr/sbin/nft", "list", "ruleset", NULL},
						  {"/usr/sbin/iptables-save", NULL}};
	const char *cloud = cloud_of(d);
	bool guarded = false;
	if (cloud == NULL)
		return;
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]) && !guarded; i++) {
		gp_buf_auto struct gp_buf out = GP_BUF(RULES_MAX);
		int code = 0;
		enum gp_status st = d->run(d->run_arg, commands[i], &out, &code);
		if (st == GP_ST_NOT_FOUND)
			continue; /* whose program is not there has no rules */
		if (st != GP_ST_OK || code != 0) {
			gp_doctor_unseen(d, "whether guests reach " ADDRESS ": %s fails",
					 commands[i][0]);
			return;
		}
		guarded = guards((struct gp_str){gp_buf_get(&out), out.len});
	}
	if (!guarded)
		gp_doctor_find(d, GP_FINDING_METADATA,
			       "this host is in %s and no rule of the packet filter keeps "
			       "processes from " ADDRESS,
			       cloud);
}
