/* SPDX-License-Identifier: Apache-2.0 */
#include "signin/rehearsal.h"

#include <stdlib.h>

#include "base/log.h"
#include "base/random.h"
#include "signin/gather.h"

#include "contract/ban.h"

struct gp_rehearsal {
	const struct gp_sync *sync;
	struct gp_tenant *tenant; /* of the last one; NULL: there was none */
	int64_t full_s;           /* the whole read that it followed */
	struct gp_gather *gather; /* NULL: none is under way */
};

enum gp_status gp_rehearsal_new(const struct gp_sync *sync, struct gp_rehearsal **out)
{
	*out = calloc(1, sizeof(**out));
	if (*out == NULL)
		return GP_ST_NO_MEMORY;
	(*out)->sync = sync;
	return GP_ST_OK;
}

void gp_rehearsal_free(struct gp_rehearsal *rehearsal)
{
	if (rehearsal == NULL)
		return;
	gp_gather_free(rehearsal->gather);
	gp_tenant_unref(rehearsal->tenant);
	free(rehearsal);
}

/* What was denied is noted by then. */
static void on_answers(void *arg, enum gp_status status, const struct gp_error *err)
{
	struct gp_rehearsal *r = arg;
	gp_gather_free(r->gather);
	r->gather = NULL;
	if (status == GP_ST_OK)
		return;
	gp_log(GP_LOG_INFO, "rehearsal-failed", "status=%s error=%s", gp_status_name(status),
	       err != NULL ? err->text : "");
	r->full_s = 0; /* again after the next read */
}

static const struct gp_guest *somebody(const struct gp_sync *sync)
{
	for (size_t i = 0; i < gp_sync_count(sync); i++)
		if (gp_sync_at(sync, i)->present && !gp_sync_at(sync, i)->quarantined)
			return gp_sync_at(sync, i);
	return NULL;
}

void gp_rehearsal_read(struct gp_rehearsal *rehearsal, struct gp_tenant *tenant)
{
	struct gp_rehearsal *r = rehearsal;
	struct gp_sync_stats stats;
	char correlation_id[GP_GUID_TEXT];
	gp_sync_get_stats(r->sync, &stats);
	if (tenant != r->tenant) {
		gp_gather_free(r->gather);
		r->gather = NULL;
		gp_tenant_unref(r->tenant);
		r->tenant = gp_tenant_ref(tenant);
		r->full_s = 0;
	}
	const struct gp_guest *guest = somebody(r->sync);
	if (r->gather != NULL || guest == NULL || stats.last_full_s == 0 ||
	    stats.last_full_s == r->full_s)
		return;
	r->full_s = stats.last_full_s;
	gp_random_guid(correlation_id);
	enum gp_status st =
		gp_gather_start(tenant, guest->id, correlation_id, true, on_answers, r, &r->gather);
	if (st != GP_ST_OK)
		on_answers(r, st, NULL);
}
