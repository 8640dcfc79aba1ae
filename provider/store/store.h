/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What must survive: which guest has which number and name, and since when he is known. SQLite 3,
 * WAL, synchronous=FULL, STRICT tables. A number is given once; the record stays when the guest
 * leaves.
 */
#ifndef GP_STORE_STORE_H
#define GP_STORE_STORE_H

#include <stdint.h>

#include "contract/status.h"
#include "contract/str.h"
#include "identity/name.h"

struct gp_store;

/* Opens or makes FILE (0600, in a directory that only its owner writes to) and brings its schema up
 * to date. A newer schema is GP_ST_UNSUPPORTED, a damaged file GP_ST_INVALID, one that may not be
 * written GP_ST_DENIED, a full disk GP_ST_IO. */
enum gp_status gp_store_open(const char *file, struct gp_store **out,
			     struct gp_error *err) gp_must_check;
void gp_store_close(struct gp_store *store);

struct gp_guest_record {
	char tid[GP_GUID_TEXT];
	char oid[GP_GUID_TEXT];
	uint32_t uid;
	char name[GP_NAME_BUF];
	int64_t first_seen_s;
	int64_t created_s; /* createdDateTime in Entra */
};

enum gp_status gp_store_begin(struct gp_store *store, struct gp_error *err) gp_must_check;
enum gp_status gp_store_commit(struct gp_store *store, struct gp_error *err) gp_must_check;
void gp_store_rollback(struct gp_store *store);

/* GP_ST_NOT_FOUND when there is none. */
enum gp_status gp_store_guest_by_oid(struct gp_store *store, const char *tid, const char *oid,
				     struct gp_guest_record *out) gp_must_check;
enum gp_status gp_store_guest_by_name(struct gp_store *store, const char *name,
				      struct gp_guest_record *out) gp_must_check;
enum gp_status gp_store_guest_by_uid(struct gp_store *store, uint32_t uid,
				     struct gp_guest_record *out) gp_must_check;
/* GP_ST_CONFLICT when the number, the name or the guest is already there. */
enum gp_status gp_store_guest_add(struct gp_store *store, const struct gp_guest_record *record,
				  struct gp_error *err) gp_must_check;

/* Every record there is, of every tenant, in no particular order. Free *OUT with free(). */
enum gp_status gp_store_guests(struct gp_store *store, struct gp_guest_record **out, size_t *len,
			       struct gp_error *err) gp_must_check;

/* Named numbers that survive a restart ("generation"). GP_ST_NOT_FOUND when never put; at most
 * INT64_MAX. */
enum gp_status gp_store_value_get(struct gp_store *store, const char *name,
				  uint64_t *out) gp_must_check;
enum gp_status gp_store_value_put(struct gp_store *store, const char *name, uint64_t value,
				  struct gp_error *err) gp_must_check;

#endif
