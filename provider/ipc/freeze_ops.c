/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Organisations that root froze. What is frozen is a home (gp_home_name()); people know an
 * organisation by a mail domain or a name, which mean the homes that guests of it signed in from.
 * Where nobody did, or from several, root must say which: freezing the wrong one would look like
 * freezing the right one.
 */
#include <stdlib.h>

#include "base/json.h"
#include "contract/text.h"
#include "ipc/standing_ops.h"

#include "contract/ban.h"

#define HOMES_MAX  4 /* of one word; more are not listed */
#define PART_BYTES 50000

struct homes {
	char home[HOMES_MAX][GP_IDP_MAX];
	size_t len;
	bool more;
	bool known; /* some guest is meant by the word */
};

static void add_home(struct homes *homes, const char *home)
{
	for (size_t i = 0; i < homes->len; i++)
		if (strcmp(homes->home[i], home) == 0)
			return;
	if (homes->len == HOMES_MAX)
		homes->more = true;
	else if (gp_copy(homes->home[homes->len], GP_IDP_MAX, gp_str_from(home)) == GP_ST_OK)
		homes->len++;
}

/* ADDRESS, or what stands behind its '@'. */
static bool is_address(struct gp_str word, const char *address)
{
	const char *at = strrchr(address, '@');
	return address[0] != '\0' &&
	       (gp_str_equal_nocase(word, gp_str_from(address)) ||
		(at != NULL && at[1] != '\0' && gp_str_equal_nocase(word, gp_str_from(at + 1))));
}

static bool is_meant(const struct gp_admin_deps *deps, const struct gp_guest *guest,
		     struct gp_str word)
{
	struct gp_user user;
	gp_sync_user(deps->sync, guest, &user);
	return is_address(word, guest->name) || is_address(word, user.mail) ||
	       (user.company_name[0] != '\0' &&
		gp_str_equal_nocase(word, gp_str_from(user.company_name)));
}

/* The homes of the first sign-ins of those guests whom WORD means. */
static enum gp_status pinned_homes(const struct gp_admin_deps *deps, struct gp_str word,
				   struct homes *out, struct gp_error *err)
{
	*out = (struct homes){0};
	for (size_t i = 0; i < gp_sync_count(deps->sync); i++) {
		const struct gp_guest *guest = gp_sync_at(deps->sync, i);
		struct gp_standing standing;
		if (!is_meant(deps, guest, word))
			continue;
		out->known = true;
		enum gp_status st = gp_store_standing(deps->store, deps->tenant->config->tenant_id,
						      guest->id, &standing, err);
		if (st != GP_ST_OK)
			return st;
		if (standing.has_baseline)
			add_home(out, standing.baseline.home);
	}
	return GP_ST_OK;
}

/* A word that is a home's name itself, whoever came from there: a tenant's id, or an idp literal,
 * Entra's own or one of idp_allowed. */
static bool names_home(const struct gp_config *config, struct gp_str word,
		       char home[static GP_IDP_MAX])
{
	if (gp_home_parse(word, home) == GP_ST_OK)
		return true;
	for (size_t i = 0; i < config->idp_allowed_len && i < GP_CONFIG_LITERALS_MAX; i++)
		if (gp_str_is(word, config->idp_allowed[i]))
			return gp_copy(home, GP_IDP_MAX, word) == GP_ST_OK;
	return false;
}

static void complain(const struct homes *homes, struct gp_buf *out)
{
	gp_buf_auto struct gp_buf why = GP_BUF(2048);
	if (homes->len == 0) {
		gp_admin_error(out,
			       homes->known
				       ? "no guest of this organisation was admitted yet, so its "
					 "home is not known: give its tenant's id"
				       : "no guest here has this name, domain or organisation: "
					 "give its tenant's id");
		return;
	}
	gp_buf_text(&why, "this means more than one home, give one: ");
	for (size_t i = 0; i < homes->len; i++)
		gp_buf_printf(&why, "%s%s", i > 0 ? ", " : "", homes->home[i]);
	gp_buf_text(&why, homes->more ? " and more" : "");
	gp_admin_error(out, gp_buf_status(&why) == GP_ST_OK ? gp_buf_get(&why) : "out of memory");
}

/* Only those of HOMES that are frozen are to be thawed. */
static enum gp_status keep_frozen(const struct gp_admin_deps *deps, struct homes *homes,
				  struct gp_error *err)
{
	size_t kept = 0;
	for (size_t i = 0; i < homes->len; i++) {
		struct gp_freeze freeze;
		enum gp_status st = gp_store_freeze(deps->store, homes->home[i], &freeze, err);
		if (st != GP_ST_OK && st != GP_ST_NOT_FOUND)
			return st;
		if (st == GP_ST_OK && kept++ != i)
			memcpy(homes->home[kept - 1], homes->home[i], GP_IDP_MAX);
	}
	homes->len = kept;
	return GP_ST_OK;
}

/* What is asked for, with its freeze if there is one (since_s 0: not frozen). */
struct subject {
	char home[GP_IDP_MAX];
	char by[GP_STANDING_BY];
	struct gp_freeze freeze;
};

static enum gp_status find_home(const struct gp_admin_deps *deps, struct gp_str word, bool thaw,
				struct subject *s, struct homes *homes, struct gp_error *err)
{
	/* What is frozen can be thawed by the very word that the list shows, even when the
	 * configuration does not know it any more. */
	if (names_home(deps->tenant->config, word, s->home) ||
	    (thaw && gp_copy(s->home, sizeof(s->home), word) == GP_ST_OK && word.len > 0 &&
	     gp_store_freeze(deps->store, s->home, &s->freeze, err) == GP_ST_OK))
		return GP_ST_OK;
	enum gp_status st = pinned_homes(deps, word, homes, err);
	if (st == GP_ST_OK && thaw && homes->len > 1)
		st = keep_frozen(deps, homes, err);
	if (st == GP_ST_OK && (homes->len != 1 || homes->more))
		return GP_ST_NOT_FOUND;
	if (st == GP_ST_OK)
		memcpy(s->home, homes->home[0], sizeof(s->home));
	return st;
}

static bool take_subject(const struct gp_admin_deps *deps, const struct gp_json *request, bool thaw,
			 struct subject *s, struct gp_buf *out)
{
	struct gp_str word = {0};
	struct gp_error err = {0};
	struct homes homes = {0};
	*s = (struct subject){0};
	if (gp_json_get_str(request, "home", GP_IDP_MAX - 1, &word) != GP_ST_OK || word.len == 0) {
		gp_admin_error(out, "an organisation is needed: its tenant's id, its mail domain, "
				    "its name");
		return false;
	}
	enum gp_status st = find_home(deps, word, thaw, s, &homes, &err);
	if (st == GP_ST_OK && gp_sync_find_oid(deps->sync, s->home) != NULL) {
		gp_admin_error(out, "this is the object id of a guest, not the id of a tenant");
		return false;
	}
	if (st == GP_ST_OK) {
		st = gp_store_freeze(deps->store, s->home, &s->freeze, &err);
		if (st == GP_ST_NOT_FOUND)
			st = GP_ST_OK;
	} else if (st == GP_ST_NOT_FOUND) {
		complain(&homes, out);
		return false;
	}
	if (st != GP_ST_OK) {
		gp_admin_error(out, err.text);
		return false;
	}
	(void)gp_text_safe(gp_str_from(deps->by), GP_TEXT_LINE, s->by, sizeof(s->by));
	return true;
}

static void say(const char *home, const char *key, bool value, struct gp_buf *out)
{
	gp_buf_text(out, "{\"v\":1");
	gp_admin_text(out, "home", home);
	gp_buf_printf(out, ",\"%s\":%s}", key, value ? "true" : "false");
}

void gp_admin_freeze(const struct gp_admin_deps *deps, const struct gp_json *request,
		     struct gp_buf *out)
{
	struct subject s;
	struct gp_freeze freeze = {.since_s = gp_clock_wall_s(deps->clock)};
	struct gp_error err = {0};
	if (!gp_admin_reason(request, true, freeze.reason, out) ||
	    !take_subject(deps, request, false, &s, out))
		return;
	memcpy(freeze.home, s.home, sizeof(freeze.home));
	memcpy(freeze.by, s.by, sizeof(freeze.by));
	if (s.freeze.since_s == 0) {
		if (gp_store_freeze_put(deps->store, &freeze, &err) != GP_ST_OK) {
			gp_admin_error(out, err.text);
			return;
		}
		gp_admin_lifecycle(deps, "freeze",
				   &(struct gp_lifecycle){.home = freeze.home,
							  .by = freeze.by,
							  .reason = freeze.reason});
	}
	say(s.home, "was_frozen", s.freeze.since_s != 0, out);
}

void gp_admin_thaw(const struct gp_admin_deps *deps, const struct gp_json *request,
		   struct gp_buf *out)
{
	struct subject s;
	char reason[GP_STANDING_TEXT];
	struct gp_error err = {0};
	if (!gp_admin_reason(request, false, reason, out) ||
	    !take_subject(deps, request, true, &s, out))
		return;
	if (s.freeze.since_s == 0) {
		gp_admin_error(out, "this organisation is not frozen");
		return;
	}
	if (gp_store_freeze_drop(deps->store, s.home, &err) != GP_ST_OK) {
		gp_admin_error(out, err.text);
		return;
	}
	gp_admin_lifecycle(deps, "thaw",
			   &(struct gp_lifecycle){.home = s.home, .by = s.by, .reason = reason});
	say(s.home, "was_frozen", true, out);
}

void gp_admin_freezes(const struct gp_admin_deps *deps, const struct gp_json *request,
		      struct gp_buf *out)
{
	struct gp_freeze *rows = NULL;
	size_t len = 0;
	int64_t from = 0;
	struct gp_error err = {0};
	enum gp_status st = gp_json_get_int(request, "from", 0, INT32_MAX, &from);
	if (st != GP_ST_OK && st != GP_ST_NOT_FOUND) {
		gp_admin_error(out, "\"from\" is no place in the list");
		return;
	}
	if (gp_store_freezes(deps->store, &rows, &len, &err) != GP_ST_OK) {
		gp_admin_error(out, err.text);
		return;
	}
	size_t i = (size_t)from;
	gp_buf_printf(out, "{\"v\":1,\"count\":%zu,\"freezes\":[", len);
	for (; i < len && out->len < PART_BYTES; i++) {
		gp_buf_printf(out, "%s{\"since\":%lld", i > (size_t)from ? "," : "",
			      (long long)rows[i].since_s);
		gp_admin_text(out, "home", rows[i].home);
		gp_admin_text(out, "reason", rows[i].reason);
		gp_admin_text(out, "by", rows[i].by);
		gp_buf_text(out, "}");
	}
	free(rows);
	gp_buf_text(out, "]");
	if (i < len)
		gp_buf_printf(out, ",\"more\":%zu", i);
	gp_buf_text(out, "}");
}
