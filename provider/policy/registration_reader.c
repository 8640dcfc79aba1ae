/* SPDX-License-Identifier: Apache-2.0 */
/* The reader: that it has what the configuration needs and no more, and until when it can prove
 * itself. */
#include "base/json.h"
#include "graph/policies.h"
#include "graph/rights.h"
#include "graph/stamp.h"
#include "policy/registration_findings.h"

#include "contract/ban.h"

#define DAY_S    INT64_C(86400)
#define SOON_D   30
#define NEED_MAX 8

struct need {
	const char *permission, *other; /* OTHER: the name that another page of Microsoft's has */
	const char *why;
	bool wanted, granted;
};

struct roles {
	const struct gp_registration_look *look;
	struct need needs[NEED_MAX];
	size_t needs_len;
	const struct gp_json *graph; /* its service principal, which names permissions */
	struct gp_str graph_id;
};

static bool has_basis(const struct gp_config *config, enum gp_basis basis)
{
	for (size_t i = 0; i < config->access_groups_len; i++) {
		if (config->access_bases[i].basis == basis) {
			return true;
		}
	}
	return false;
}

static void set_needs(const struct gp_config *c, struct roles *r)
{
	const struct need needs[] = {
		{"User.Read.All", NULL, "guests and their state", true, false},
		{"GroupMember.Read.All", NULL, "the access groups", true, false},
		{GP_PERMISSION_PACKAGE, NULL, "passes by access package",
		 has_basis(c, GP_BASIS_PACKAGE), false},
		{GP_PERMISSION_PIM, NULL, "activations in PIM for Groups",
		 has_basis(c, GP_BASIS_PIM) ||
			 (c->sudo_group[0] != '\0' && c->sudo_basis == GP_SUDO_PIM),
		 false},
		{GP_PERMISSION_LEAVE, "LifeCycleInfo.Read.All", "leave_date", c->leave_date, false},
		{GP_PERMISSION_POLICY, NULL, "ssh_location", c->ssh_location != GP_SSH_LOCATION_OFF,
		 false},
	};
	_Static_assert(sizeof(needs) / sizeof(needs[0]) <= NEED_MAX, "room for all");
	r->needs_len = sizeof(needs) / sizeof(needs[0]);
	memcpy(r->needs, needs, sizeof(needs));
}

/* The permission's name by its id; "" when Graph's service principal does not know it. */
static struct gp_str permission_of(const struct roles *r, struct gp_str id)
{
	const struct gp_json *list = NULL;
	if (gp_json_get_array(r->graph, "appRoles", &list) != GP_ST_OK) {
		return GP_STR("");
	}
	for (size_t i = 0; i < gp_json_array_len(list); i++) {
		const struct gp_json *one = gp_json_array_at(list, i);
		if (gp_str_equal_nocase(gp_registration_text(one, "id"), id)) {
			return gp_registration_text(one, "value");
		}
	}
	return GP_STR("");
}

static bool writes(struct gp_str permission)
{
	static const char word[] = "Write";
	return permission.len > 0 &&
	       memmem(permission.ptr, permission.len, word, sizeof(word) - 1) != NULL;
}

static void take_role(void *arg, const struct gp_json *row)
{
	struct roles *r = arg;
	struct gp_str id = gp_registration_text(row, "appRoleId");
	if (!gp_str_equal_nocase(gp_registration_text(row, "resourceId"), r->graph_id)) {
		struct gp_str name = gp_registration_text(row, "resourceDisplayName");
		gp_registration_tell(r->look, "reader-excess",
				     "the reader has a permission on '%.*s', which is not Graph",
				     GP_STR_ARGS(name));
		return;
	}
	struct gp_str permission = permission_of(r, id);
	for (size_t i = 0; i < r->needs_len; i++) {
		struct need *n = &r->needs[i];
		if (n->wanted && (gp_str_is(permission, n->permission) ||
				  (n->other != NULL && gp_str_is(permission, n->other)))) {
			n->granted = true;
			return;
		}
	}
	gp_registration_tell(r->look, writes(permission) ? "reader-writes" : "reader-excess",
			     "the reader has the permission %.*s, which this host does not need",
			     GP_STR_ARGS(permission.len > 0 ? permission : id));
}

static void look_at_permissions(const struct gp_registration_look *look)
{
	struct roles r = {.look = look};
	if (look->found->objects == NULL ||
	    gp_json_get_object(gp_json_root(look->found->objects), "principal.graph", &r.graph) !=
		    GP_ST_OK) {
		return;
	}
	r.graph_id = gp_registration_text(r.graph, "id");
	set_needs(look->config, &r);
	if (!gp_registration_rows(look, "roles.reader", take_role, &r)) {
		return;
	}
	for (size_t i = 0; i < r.needs_len; i++) {
		if (r.needs[i].wanted && !r.needs[i].granted) {
			gp_registration_tell(look, "reader-missing",
					     "the reader lacks the permission %s: %s",
					     r.needs[i].permission, r.needs[i].why);
		}
	}
}

struct credentials {
	size_t certificates, secrets;
	int64_t last_s; /* of those of the kind that counts; 0: none has an end */
};

static size_t take_ends(const struct gp_json *object, const char *key, int64_t *last_s)
{
	const struct gp_json *list = NULL;
	if (gp_json_get_array(object, key, &list) != GP_ST_OK) {
		return 0;
	}
	for (size_t i = 0; i < gp_json_array_len(list); i++) {
		int64_t end_s = 0;
		struct gp_str text = gp_registration_text(gp_json_array_at(list, i), "endDateTime");
		if (gp_stamp_parse(text, &end_s) == GP_ST_OK && end_s > *last_s) {
			*last_s = end_s;
		}
	}
	return gp_json_array_len(list);
}

static void look_at_credentials(const struct gp_registration_look *look)
{
	const struct gp_json *app = gp_registration_object(look, "app", GP_REGISTRATION_READER);
	int64_t certificates_s = 0;
	int64_t secrets_s = 0;
	if (app == NULL) {
		return;
	}
	size_t certificates = take_ends(app, "keyCredentials", &certificates_s);
	size_t secrets = take_ends(app, "passwordCredentials", &secrets_s);
	int64_t last_s = certificates > 0 ? certificates_s : secrets_s;
	if (certificates > 0 && secrets > 0) {
		gp_registration_tell(look, "reader-credential",
				     "the reader has a secret beside its certificate");
	}
	if (last_s == 0 || last_s >= look->now_s + SOON_D * DAY_S) {
		return;
	}
	const char *kind = certificates > 0 ? "certificate" : "secret";
	if (last_s <= look->now_s) {
		gp_registration_tell(look, "reader-credential", "the reader's %s has ended", kind);
	} else {
		gp_registration_tell(look, "reader-credential",
				     "the reader's last %s ends in %lld days", kind,
				     (long long)((last_s - look->now_s) / DAY_S));
	}
}

void gp_registration_look_at_reader(const struct gp_registration_look *look)
{
	look_at_permissions(look);
	look_at_credentials(look);
}
