/* SPDX-License-Identifier: Apache-2.0 */
/* In place of store/standing.c: what is kept of guests and organisations, while the disk works.
 * Texts that root typed must be safe and bounded when they come here. */
#include <stdlib.h>

#include "contract/text.h"
#include "tests/fuzz/daemon/world.h"

#include "contract/ban.h"

bool kept_admits(unsigned int person)
{
	const struct gp_standing *s = &world.standing[person];
	for (size_t i = 0; i < world.freezes_len; i++)
		if (strcmp(world.freezes[i].home, world.people[person].home) == 0)
			return false;
	return s->revoked_s == 0 && s->has_baseline && !s->baseline.in_question &&
	       strcmp(s->baseline.home, world.people[person].home) == 0;
}

static struct gp_standing *standing_of(const char *oid)
{
	for (size_t i = 0; i < PEOPLE; i++)
		if (strcmp(world.people[i].oid, oid) == 0)
			return &world.standing[i];
	return NULL;
}

static void must_be_safe(const char *text, bool needed)
{
	must(!needed || text[0] != '\0');
	must(gp_text_is_safe(gp_str_from(text), GP_TEXT_LINE));
}

enum gp_status gp_store_standing(struct gp_store *store, const char *tid, const char *oid,
				 struct gp_standing *out, struct gp_error *err)
{
	(void)store;
	must(tid[0] != '\0' && oid != NULL);
	const struct gp_standing *kept = standing_of(oid);
	*out = kept != NULL ? *kept : (struct gp_standing){0};
	return world.audit_fails ? gp_fail(err, GP_ST_IO, "the disk") : GP_ST_OK;
}

enum gp_status gp_store_standing_put(struct gp_store *store, const char *tid, const char *oid,
				     const struct gp_standing *s, struct gp_error *err)
{
	struct gp_standing *kept = standing_of(oid);
	(void)store;
	must(tid[0] != '\0' && kept != NULL);
	must(s->has_baseline == (s->baseline.home[0] != '\0'));
	must_be_safe(s->grant_reason, s->granted_s != 0);
	must_be_safe(s->grant_sponsor, s->granted_s != 0);
	must_be_safe(s->grant_by, s->granted_s != 0);
	must_be_safe(s->revoke_reason, s->revoked_s != 0);
	must_be_safe(s->revoke_by, s->revoked_s != 0);
	must_be_safe(s->confirm_by, s->confirmed_s != 0);
	must(s->granted_s == 0 || s->granted_until_s >= s->granted_s);
	if (world.audit_fails)
		return gp_fail(err, GP_ST_IO, "the disk");
	*kept = *s;
	return GP_ST_OK;
}

static size_t place_of(const char *home)
{
	size_t i = 0;
	while (i < world.freezes_len && strcmp(world.freezes[i].home, home) != 0)
		i++;
	return i;
}

enum gp_status gp_store_freeze(struct gp_store *store, const char *home, struct gp_freeze *out,
			       struct gp_error *err)
{
	size_t i = place_of(home);
	(void)store;
	must(home[0] != '\0');
	if (world.audit_fails)
		return gp_fail(err, GP_ST_IO, "the disk");
	if (i == world.freezes_len)
		return GP_ST_NOT_FOUND;
	*out = world.freezes[i];
	return GP_ST_OK;
}

enum gp_status gp_store_freeze_put(struct gp_store *store, const struct gp_freeze *freeze,
				   struct gp_error *err)
{
	(void)store;
	must(freeze->home[0] != '\0' && freeze->since_s > 0);
	must_be_safe(freeze->reason, true);
	must_be_safe(freeze->by, true);
	if (world.audit_fails || world.freezes_len == FREEZES)
		return gp_fail(err, GP_ST_IO, "the disk");
	if (place_of(freeze->home) == world.freezes_len)
		world.freezes[world.freezes_len++] = *freeze;
	return GP_ST_OK;
}

enum gp_status gp_store_freeze_drop(struct gp_store *store, const char *home, struct gp_error *err)
{
	size_t i = place_of(home);
	(void)store;
	must(i < world.freezes_len);
	if (world.audit_fails)
		return gp_fail(err, GP_ST_IO, "the disk");
	world.freezes[i] = world.freezes[--world.freezes_len];
	return GP_ST_OK;
}

enum gp_status gp_store_freezes(struct gp_store *store, struct gp_freeze **out, size_t *len,
				struct gp_error *err)
{
	(void)store;
	*out = NULL;
	*len = world.freezes_len;
	if (world.audit_fails)
		return gp_fail(err, GP_ST_IO, "the disk");
	if (*len == 0)
		return GP_ST_OK;
	*out = malloc(*len * sizeof(**out));
	must(*out != NULL);
	memcpy(*out, world.freezes, *len * sizeof(**out));
	return GP_ST_OK;
}

/* Nothing of this is kept here. */

enum gp_status gp_store_value_get(struct gp_store *store, const char *name, uint64_t *out)
{
	(void)store;
	must(name[0] != '\0');
	*out = 0;
	return GP_ST_NOT_FOUND;
}

enum gp_status gp_store_value_put(struct gp_store *store, const char *name, uint64_t value,
				  struct gp_error *err)
{
	(void)store;
	(void)name;
	(void)value;
	return gp_fail(err, GP_ST_IO, "nothing is kept here");
}

enum gp_status gp_store_document_get(struct gp_store *store, const char *name, int64_t *read_s,
				     char **text, struct gp_error *err)
{
	(void)store;
	(void)err;
	must(name[0] != '\0');
	*read_s = 0;
	*text = NULL;
	return GP_ST_NOT_FOUND;
}

enum gp_status gp_store_document_put(struct gp_store *store, const char *name, int64_t read_s,
				     const char *text, struct gp_error *err)
{
	(void)store;
	(void)read_s;
	(void)text;
	(void)err;
	must(name[0] != '\0');
	return GP_ST_OK;
}
