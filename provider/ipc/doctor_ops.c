/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of findings about the tenant, and what its policies say that were read last. */
#include <stdio.h>

#include "base/json.h"
#include "ipc/admin.h"
#include "policy/ca_findings.h"
#include "signin/policies.h"

#include "contract/ban.h"

#define TEXT_MAX    400
#define FINDING_MAX 64 /* so that the answer fits its frame */

void gp_admin_findings_begin(struct gp_admin_findings *f, struct gp_buf *out)
{
	*f = (struct gp_admin_findings){.out = out};
	gp_buf_text(out, "{\"v\":1,\"findings\":[");
}

void gp_admin_findings_add(struct gp_admin_findings *f, const char *id, const char *fmt, ...)
{
	char text[TEXT_MAX];
	va_list args;
	if (f->count == FINDING_MAX) {
		f->more = true;
		return;
	}
	va_start(args, fmt);
	if (vsnprintf(text, sizeof(text), fmt, args) < 0)
		text[0] = '\0';
	va_end(args);
	gp_buf_printf(f->out, "%s{\"id\":\"%s\",\"what\":", f->count++ > 0 ? "," : "", id);
	gp_json_write_str(f->out, gp_str_from(text));
	gp_buf_text(f->out, "}");
}

void gp_admin_findings_end(struct gp_admin_findings *f, const char *unseen)
{
	gp_buf_printf(f->out, "],\"not_looked_at\":[%s%s%s]}", unseen,
		      unseen[0] != '\0' && f->more ? "," : "",
		      f->more ? "\"more: too much was found\"" : "");
}

static void on_impossible(void *arg, const struct gp_ca_impossible *found)
{
	const char *id = found->report_only ? "ca-report-only"
			 : found->all       ? "ca-impossible"
					    : "ca-impossible-some";
	gp_admin_findings_add(arg, id, "the policy '%s' (%s) %s%s%s", found->policy.name,
			      found->policy.policy, gp_ca_obstacle_text(found->obstacle),
			      found->home != NULL ? ": " : "",
			      found->home != NULL ? found->home : "");
}

static void on_home(void *arg, const char *home, bool from_this_api)
{
	gp_admin_findings_add(arg, "home-blocked",
			      "the tenant's settings for partners let nobody of %s in%s", home,
			      from_this_api ? " to this tier's API" : "");
}

void gp_admin_doctor_policies(const struct gp_ca_set *set, const struct gp_config *config,
			      struct gp_admin_findings *f)
{
	const struct gp_ca_audience audience = gp_policies_audience(config);
	gp_ca_find_impossible(set, &audience, on_impossible, f);
	gp_ca_find_blocked_homes(set, &audience, on_home, f);
	if (config->auth_context[0] == '\0')
		return;
	enum gp_tri guarded = gp_ca_guards_guests(set, &audience, config->auth_context);
	if (guarded == GP_FALSE)
		gp_admin_findings_add(f, "context-unprotected",
				      "no enabled policy for guests is on the authentication "
				      "context %s",
				      config->auth_context);
	else if (guarded == GP_UNKNOWN)
		gp_admin_findings_add(f, "context-unsure",
				      "none of the policies on the authentication context %s "
				      "certainly applies to every guest and asks for something",
				      config->auth_context);
}
