/* SPDX-License-Identifier: Apache-2.0 */
/* A name passes from one who left to another: only by the word of an administrator. */
#include "base/log.h"
#include "directory/sync_internal.h"

#include "contract/ban.h"

#define MARKS_MAX 1000 /* people who had one name */

static enum gp_status check(const struct gp_sync *s, const char *name, const char *old_oid,
			    struct gp_guest_record *record, struct gp_error *err)
{
	if (gp_store_guest_by_name(s->deps.store, name, record) != GP_ST_OK ||
	    strcmp(record->oid, old_oid) != 0 ||
	    strcmp(record->tid, s->deps.config->tenant_id) != 0) {
		return gp_fail(err, GP_ST_NOT_FOUND,
			       "the guest with this object id does not have this name");
	}
	const struct gp_guest *guest = gp_sync_find_oid(s, old_oid);
	if (guest == NULL || guest->present) {
		return gp_fail(err, GP_ST_DENIED,
			       "the guest who has this name is in an access group: he keeps it");
	}
	return GP_ST_OK;
}

static enum gp_status free_name(const struct gp_sync *s, const char *name,
				char out[static GP_NAME_BUF], struct gp_error *err)
{
	struct gp_guest_record other;
	for (unsigned int n = 1; n <= MARKS_MAX; n++) {
		enum gp_status st = gp_name_departed(name, n, out);
		if (st != GP_ST_OK) {
			return gp_fail(err, st, "this name cannot be marked as departed");
		}
		st = gp_store_guest_by_name(s->deps.store, out, &other);
		if (st == GP_ST_NOT_FOUND) {
			return GP_ST_OK;
		}
		if (st != GP_ST_OK) {
			return gp_fail(err, st, "the database cannot be read");
		}
	}
	return gp_fail(err, GP_ST_TOO_BIG, "too many had this name");
}

static enum gp_status homes(const struct gp_sync *s, const char *name, struct gp_replaced *out)
{
	struct gp_str prefix = gp_str_from(s->deps.config->home_prefix);
	while (prefix.len > 1 && prefix.ptr[prefix.len - 1] == '/') {
		prefix.len--;
	}
	enum gp_status st =
		gp_format(out->home, sizeof(out->home), "%.*s/%s", GP_STR_ARGS(prefix), name);
	return st == GP_ST_OK ? gp_format(out->new_home, sizeof(out->new_home), "%.*s/%s",
					  GP_STR_ARGS(prefix), out->name)
			      : st;
}

enum gp_status gp_sync_replace(struct gp_sync *sync, const char *name, const char *old_oid,
			       struct gp_replaced *out, struct gp_error *err)
{
	struct gp_guest_record record;
	enum gp_status st = check(sync, name, old_oid, &record, err);
	if (st == GP_ST_OK) {
		st = free_name(sync, name, out->name, err);
	}
	if (st != GP_ST_OK) {
		return st;
	}
	if (homes(sync, name, out) != GP_ST_OK) {
		return gp_fail(err, GP_ST_TOO_BIG, "the home's path is too long");
	}
	out->uid = record.uid;
	st = gp_store_guest_rename(sync->deps.store, record.tid, record.oid, out->name, err);
	if (st != GP_ST_OK) {
		return st;
	}
	gp_log(GP_LOG_INFO, "name-passed-on", "name=%s from=%s now=%s", name, old_oid, out->name);
	/* What fails here is made good by the next read. */
	struct gp_error later = {0};
	if (gp_sync_take_over(sync, NULL, &sync->links, false, &later) != GP_ST_OK) {
		gp_log(GP_LOG_WARN, "name-given-later", "error=%s", later.text);
	}
	return GP_ST_OK;
}
