/* SPDX-License-Identifier: Apache-2.0 */
/* What a decision costs for a guest with as many passes as Graph gives of anybody, in a tier with
 * as many groups as there can be; and what 200 location policies cost that all hold up to the last
 * condition. Prints microseconds of this thread's processor, the median of 21. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "contract/buf.h"
#include "policy/admission.h"
#include "policy/conditional_access.h"

#include "contract/ban.h"

#define PASSES   1000
#define POLICIES 200
#define TEXT_MAX (1U << 20)
#define RUNS     21
#define GUEST    "11111111-0000-4000-8000-000000000003"
#define PLACE    "70c00000-0001-4000-8000-000000000001"

static double cpu_us(void)
{
	struct timespec t;
	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a;
	double y = *(const double *)b;
	return (x > y) - (x < y);
}

static void name(char out[static GP_GUID_TEXT], unsigned int n)
{
	if (gp_format(out, GP_GUID_TEXT, "%08x-0000-4000-8000-000000000001", n) != GP_ST_OK)
		abort();
}

static void decide(void)
{
	struct gp_config *config = calloc(1, sizeof(*config));
	struct gp_pass_object *objects = calloc(PASSES, sizeof(*objects));
	static enum gp_tri member[GP_CONFIG_GROUPS_MAX];
	static struct gp_admission admission;
	double took[RUNS];

	if (config == NULL || objects == NULL)
		abort();
	config->max_stay_s = 86400;
	config->access_groups_len = GP_CONFIG_GROUPS_MAX;
	for (unsigned int i = 0; i < GP_CONFIG_GROUPS_MAX; i++) {
		name(config->access_groups[i], i);
		config->access_bases[i].basis = GP_BASIS_PIM;
		member[i] = GP_TRUE;
	}
	for (unsigned int i = 0; i < PASSES; i++) {
		objects[i] = (struct gp_pass_object){
			.basis = GP_BASIS_PIM, .begin_s = 1, .end_s = 1000 + (int64_t)i};
		name(objects[i].of, i % GP_CONFIG_GROUPS_MAX);
	}
	const struct gp_facts facts = {.config = config,
				       .now_s = 500,
				       .passes = {.member = member,
						  .member_len = GP_CONFIG_GROUPS_MAX,
						  .objects = objects,
						  .objects_len = PASSES,
						  .activations_read = true}};
	for (size_t i = 0; i < RUNS; i++) {
		double before = cpu_us();
		gp_admission_decide(&facts, GP_PHASE_TOKEN, &admission);
		took[i] = cpu_us() - before;
		if (admission.pass.basis != GP_BASIS_PIM ||
		    admission.pass.end_s != 1000 + PASSES - 1)
			abort();
	}
	qsort(took, RUNS, sizeof(took[0]), by_value);
	(void)printf("a decision, %d passes and %d groups: %.0f us of processor (goal 1000)\n",
		     PASSES, GP_CONFIG_GROUPS_MAX, took[RUNS / 2]);
	free(objects);
	free(config);
}

/* Half of them name him, half everybody; each has a list of groups and tenants to go through. */
static struct gp_ca_set *policies(void)
{
	gp_buf_auto struct gp_buf b = GP_BUF(TEXT_MAX);
	struct gp_ca_set *set = NULL;
	gp_buf_text(&b, "{\"policies\":[{\"value\":[");
	for (unsigned int i = 0; i < POLICIES; i++) {
		char id[GP_GUID_TEXT];
		name(id, i);
		gp_buf_printf(&b,
			      "%s{\"id\":\"%s\",\"displayName\":\"p\",\"state\":\"enabled\","
			      "\"conditions\":{"
			      "\"users\":{\"includeUsers\":[\"%s\"],\"excludeGroups\":[",
			      i > 0 ? "," : "", id, i % 2 == 0 ? "All" : GUEST);
		for (unsigned int k = 0; k < 20; k++) {
			name(id, 1000 + k);
			gp_buf_printf(&b, "%s\"%s\"", k > 0 ? "," : "", id);
		}
		gp_buf_text(&b,
			    "]},\"applications\":{\"includeApplications\":[\"All\"]},"
			    "\"clientAppTypes\":[\"all\"],\"locations\":{\"includeLocations\":["
			    "\"All\"],"
			    "\"excludeLocations\":[\"" PLACE
			    "\"]}},\"grantControls\":{\"operator\":"
			    "\"OR\",\"builtInControls\":[\"block\"]},\"sessionControls\":null}");
	}
	gp_buf_text(&b,
		    "]}],\"locations\":[{\"value\":[{\"@odata.type\":"
		    "\"#microsoft.graph.ipNamedLocation\",\"id\":\"" PLACE "\",\"isTrusted\":true,"
		    "\"ipRanges\":[");
	for (unsigned int i = 0; i < POLICIES; i++)
		gp_buf_printf(&b, "%s{\"cidrAddress\":\"198.51.%u.0/28\"}", i > 0 ? "," : "", i);
	gp_buf_text(&b, "]}]}],\"default\":{},\"partners\":[{\"value\":[]}]}");
	struct gp_error err = {0};
	if (gp_ca_set_parse((struct gp_str){gp_buf_get(&b), b.len}, &set, &err) != GP_ST_OK) {
		(void)fprintf(stderr, "policy_bench: %s\n", err.text);
		abort();
	}
	return set;
}

static void evaluate(void)
{
	static const char groups[][GP_GUID_TEXT] = {"99999999-0001-4e00-8e00-000000000001"};
	const struct gp_ca_signin signin = {.oid = GUEST,
					    .groups = groups,
					    .groups_len = 1,
					    .groups_known = true,
					    .guest = GP_CA_B2B_GUEST,
					    .home_is_entra = GP_TRUE,
					    .home_tenant = PLACE,
					    .api = PLACE,
					    .address = "203.0.113.7",
					    .legacy_trusted_known = true};
	struct gp_ca_set *set = policies();
	double took[RUNS];
	for (size_t i = 0; i < RUNS; i++) {
		struct gp_ca_result result;
		double before = cpu_us();
		gp_ca_evaluate(set, &signin, NULL, NULL, &result);
		took[i] = cpu_us() - before;
		if (result.outcome != GP_CA_BLOCK || result.applying != POLICIES)
			abort();
	}
	qsort(took, RUNS, sizeof(took[0]), by_value);
	(void)printf("%d location policies that all apply: %.0f us of processor\n", POLICIES,
		     took[RUNS / 2]);
	gp_ca_set_free(set);
}

int main(void)
{
	decide();
	evaluate();
	return 0;
}
