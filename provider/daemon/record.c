/* SPDX-License-Identifier: Apache-2.0 */
/* What the audit keeps of the daemon itself: with which configuration it works since when. */
#include <string.h>

#include "base/log.h"
#include "daemon/daemon.h"

#include "contract/ban.h"

/* So much of the digest is kept from one start to the next: a number of the store has 63 bits. */
#define KEPT_DIGITS 15
#define KEPT_NAME   "configuration"

static uint64_t kept_part(const char *digest)
{
	uint64_t part = 0;
	for (size_t i = 0; i < KEPT_DIGITS; i++)
		part = part << 4 |
		       (uint64_t)(digest[i] <= '9' ? digest[i] - '0' : digest[i] - 'a' + 10);
	return part;
}

void gp_daemon_record_config(struct gp_store *store, struct gp_audit *audit, const char *digest,
			     const char *by, int64_t now_s)
{
	char detail[96];
	uint64_t before = 0;
	struct gp_error err = {0};
	const uint64_t now = kept_part(digest);
	if ((gp_store_value_get(store, KEPT_NAME, &before) == GP_ST_OK && before == now) ||
	    gp_format(detail, sizeof(detail), "sha256=%s", digest) != GP_ST_OK)
		return;
	const struct gp_audit_event event = {
		.time_s = now_s, .event = "configuration-changed", .by = by, .detail = detail};
	enum gp_status st = gp_audit_event_write(audit, &event, &err);
	/* What could not be written is not known: the next start or reload tries again. */
	if (st == GP_ST_OK)
		st = gp_store_value_put(store, KEPT_NAME, now, &err);
	if (st != GP_ST_OK)
		gp_log(GP_LOG_ERROR, "audit-failed", "event=configuration-changed error=%s",
		       err.text);
}
