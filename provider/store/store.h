/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What must survive: which guest has which number and name, and since when he is known. SQLite 3,
 * WAL, synchronous=FULL, STRICT tables. A number is given once; the record stays when the guest
 * leaves.
 */
#ifndef GP_STORE_STORE_H
#define GP_STORE_STORE_H

#include <stdbool.h>
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
	int64_t created_s;      /* createdDateTime in Entra */
	int64_t left_s;         /* since when he is in no access group; 0: he is in one */
	int64_t last_sign_in_s; /* 0: never */
	/* The first second without his pass, as it was last found, and when: 0 not known, INT64_MAX
	 * no end. Kept by gp_store_guest_pass() alone. */
	int64_t pass_end_s, pass_read_s;
	char basis[12]; /* of his number: "hash", "set", "import", "restored"; "" is "hash" */
};

/* The number of a group of this host. */
struct gp_group_record {
	char tid[GP_GUID_TEXT];
	char oid[GP_GUID_TEXT]; /* of the group in Entra */
	uint32_t gid;
	int64_t first_seen_s;
};

/* A number that was published once and whose owner nobody knows any more: never given, but to the
 * guest who has this very name and whose number it is by the hash. */
struct gp_held_number {
	uint32_t uid;
	char name[GP_NAME_BUF];
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
/* At most MOST of them, in order of number: those above UID. */
enum gp_status gp_store_guests_after(struct gp_store *store, uint32_t uid, size_t most,
				     struct gp_guest_record **out, size_t *len,
				     struct gp_error *err) gp_must_check;

/* GP_ST_OK also when there is no such guest. */
enum gp_status gp_store_guest_left(struct gp_store *store, const char *tid, const char *oid,
				   int64_t left_s, struct gp_error *err) gp_must_check;
/* GP_ST_CONFLICT when another has the name. */
enum gp_status gp_store_guest_rename(struct gp_store *store, const char *tid, const char *oid,
				     const char *name, struct gp_error *err) gp_must_check;
enum gp_status gp_store_guest_signed_in(struct gp_store *store, const char *tid, const char *oid,
					int64_t time_s, struct gp_error *err) gp_must_check;
enum gp_status gp_store_guest_pass(struct gp_store *store, const char *tid, const char *oid,
				   int64_t end_s, int64_t read_s,
				   struct gp_error *err) gp_must_check;

/* Only ever earlier; 0 changes nothing. */
enum gp_status gp_store_guest_first_seen(struct gp_store *store, const char *tid, const char *oid,
					 int64_t time_s, struct gp_error *err) gp_must_check;

/* In order of number. */
enum gp_status gp_store_held(struct gp_store *store, struct gp_held_number **out, size_t *len,
			     struct gp_error *err) gp_must_check;
/* One that is held already stays as it is. */
enum gp_status gp_store_held_add(struct gp_store *store, const struct gp_held_number *held,
				 struct gp_error *err) gp_must_check;

enum gp_status gp_store_groups(struct gp_store *store, struct gp_group_record **out, size_t *len,
			       struct gp_error *err) gp_must_check;
enum gp_status gp_store_group_add(struct gp_store *store, const struct gp_group_record *record,
				  struct gp_error *err) gp_must_check;

/* What Graph last said (directory/roll.h), as rows. Enumerations are kept as their numbers, so
 * those of graph.h and roll.h must not be given others. */
struct gp_person_row {
	char oid[GP_GUID_TEXT];
	uint8_t account_enabled, user_type, external_state, user_class, source;
	bool gone;
	const char *mail, *display_name, *company, *upn; /* borrowed */
	int64_t created_s, state_changed_s, read_s;
};
struct gp_member_row {
	char group[GP_GUID_TEXT];
	char member[GP_GUID_TEXT];
	bool is_group;
	uint8_t source;
};
enum gp_status gp_store_person_put(struct gp_store *store, const struct gp_person_row *row,
				   struct gp_error *err) gp_must_check;
enum gp_status gp_store_person_drop(struct gp_store *store, const char *oid,
				    struct gp_error *err) gp_must_check;
enum gp_status gp_store_watched_put(struct gp_store *store, const char *oid, bool present,
				    struct gp_error *err) gp_must_check;
enum gp_status gp_store_watched_drop(struct gp_store *store, const char *oid,
				     struct gp_error *err) gp_must_check;
enum gp_status gp_store_member_put(struct gp_store *store, const struct gp_member_row *row,
				   struct gp_error *err) gp_must_check;
enum gp_status gp_store_member_drop(struct gp_store *store, const struct gp_member_row *row,
				    struct gp_error *err) gp_must_check;
/* Everything of it. Each function returns GP_ST_OK, or what ends the reading. */
struct gp_entra_rows {
	enum gp_status (*person)(void *arg, const struct gp_person_row *row);
	enum gp_status (*watched)(void *arg, const char *oid, bool present);
	enum gp_status (*member)(void *arg, const struct gp_member_row *row);
	void *arg;
};
enum gp_status gp_store_entra_rows(struct gp_store *store, const struct gp_entra_rows *rows,
				   struct gp_error *err) gp_must_check;

/* Named texts: where to go on reading changes. In order of name; TEXT is borrowed. */
typedef enum gp_status gp_store_link(void *arg, const char *name, const char *text);
enum gp_status gp_store_links(struct gp_store *store, gp_store_link *each, void *arg,
			      struct gp_error *err) gp_must_check;
enum gp_status gp_store_link_put(struct gp_store *store, const char *name, const char *text,
				 struct gp_error *err) gp_must_check;
enum gp_status gp_store_links_drop(struct gp_store *store, struct gp_error *err) gp_must_check;

/* Named answers of Graph, whole, with the time at which they were read. GP_ST_NOT_FOUND: none is
 * kept. *TEXT is the caller's, freed with free(). */
enum gp_status gp_store_document_get(struct gp_store *store, const char *name, int64_t *read_s,
				     char **text, struct gp_error *err) gp_must_check;
/* In place of what was there. */
enum gp_status gp_store_document_put(struct gp_store *store, const char *name, int64_t read_s,
				     const char *text, struct gp_error *err) gp_must_check;

/* Named numbers that survive a restart ("generation"). GP_ST_NOT_FOUND when never put; at most
 * INT64_MAX. */
enum gp_status gp_store_value_get(struct gp_store *store, const char *name,
				  uint64_t *out) gp_must_check;
enum gp_status gp_store_value_put(struct gp_store *store, const char *name, uint64_t value,
				  struct gp_error *err) gp_must_check;

#endif
