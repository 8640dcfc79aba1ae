/* SPDX-License-Identifier: Apache-2.0 */
/* What a decision costs for a guest with as many passes as Graph gives of anybody, in a tier with
 * as many groups as there can be. Prints microseconds of this thread's processor, the median of 21.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "policy/admission.h"

#include "contract/ban.h"

#define PASSES 1000
#define RUNS   21

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

int main(void)
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
	return 0;
}
