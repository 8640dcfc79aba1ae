/* SPDX-License-Identifier: Apache-2.0 */
/* Arbitrary bytes as what an administrator reads of this host's registrations, and as Graph's What
 * If. */
#include <stdint.h>
#include <stdlib.h>

#include "base/json.h"
#include "doctor/findings.h"
#include "policy/governance_findings.h"
#include "policy/registration_findings.h"
#include "policy/what_if.h"

#include "contract/ban.h"

#define NOW     1790000000
#define OUT_MAX (1U << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void on_finding(void *arg, const char *id, const char *text)
{
	(void)arg;
	if (gp_finding_by_name(gp_str_from(id)) == GP_FINDING_COUNT || text[0] == '\0')
		abort();
}

static struct gp_config config = {
	.api_client_id = "aaaaaaaa-0000-4000-8000-000000000004",
	.sign_in_client_id = "aaaaaaaa-0000-4000-8000-000000000003",
	.reader_client_id = "aaaaaaaa-0000-4000-8000-000000000002",
	.elevation_resource = "aaaaaaaa-0000-4000-8000-000000000009",
	.scope = "api://x/ssh.login",
	.access_groups = {"aaaaaaaa-0000-4000-8000-000000000005"},
	.access_groups_len = 1,
	.access_bases = {{GP_BASIS_PACKAGE, "cccccccc-0000-4000-8000-000000000001"}},
	.max_auth_age_s = 1,
};

static void judge(struct gp_str text)
{
	struct gp_registrations found = {0};
	const struct gp_registration_look look = {
		.config = &config, .found = &found, .now_s = NOW, .each = on_finding};
	/* The members of the two have different names, so one text is both. */
	if (gp_json_parse(text, &found.objects, NULL) == GP_ST_OK &&
	    gp_json_parse(text, &found.lists, NULL) == GP_ST_OK)
		gp_registrations_judge(&look);
	if (found.objects != NULL) {
		const struct gp_json *pages = NULL;
		if (gp_json_get_array(gp_json_root(found.objects), "packages", &pages) == GP_ST_OK)
			gp_governance_packages(pages, &config, on_finding, NULL);
	}
	gp_registrations_free(&found);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const struct gp_str text = {(const char *)data, len};
	gp_buf_auto struct gp_buf out = GP_BUF(OUT_MAX);
	judge(text);
	if (gp_what_if_rows(text, &out) == GP_ST_OK && gp_buf_status(&out) == GP_ST_OK) {
		struct gp_json_doc *doc = NULL;
		if (gp_json_parse((struct gp_str){gp_buf_get(&out), out.len}, &doc, NULL) !=
		    GP_ST_OK)
			abort();
		gp_json_doc_free(doc);
	}
	return 0;
}
