/* SPDX-License-Identifier: Apache-2.0 */
/* A user object of Graph. Pure: what is missing or of another type stays unknown. */
#include "graph/internal.h"
#include "graph/stamp.h"

#include "contract/ban.h"

#define TEXT_MAX 4096

/* Text for display: too long, it is cut between characters. */
static void take_text(const struct gp_json *object, const char *key, char *out, size_t size)
{
	struct gp_str s = {0};
	out[0] = '\0';
	if (gp_json_get_str(object, key, TEXT_MAX, &s) != GP_ST_OK)
		return;
	if (s.len >= size) {
		s.len = size - 1;
		while (s.len > 0 && ((unsigned char)s.ptr[s.len] & 0xc0) == 0x80)
			s.len--;
	}
	if (gp_copy(out, size, s) != GP_ST_OK)
		out[0] = '\0';
}

/* An address that is too long is none: half of it would be somebody else's. */
static void take_whole(const struct gp_json *object, const char *key, char *out, size_t size)
{
	struct gp_str s = {0};
	out[0] = '\0';
	if (gp_json_get_str(object, key, size - 1, &s) == GP_ST_OK &&
	    gp_copy(out, size, s) != GP_ST_OK)
		out[0] = '\0';
}

static enum gp_tri take_tri(const struct gp_json *object, const char *key)
{
	bool value = false;
	if (gp_json_get_bool(object, key, &value) != GP_ST_OK)
		return GP_UNKNOWN;
	return value ? GP_TRUE : GP_FALSE;
}

static enum gp_user_type take_type(const struct gp_json *object)
{
	struct gp_str s = {0};
	if (gp_json_get_str(object, "userType", TEXT_MAX, &s) != GP_ST_OK)
		return GP_USER_TYPE_UNKNOWN;
	if (gp_str_is(s, "Guest"))
		return GP_USER_TYPE_GUEST;
	return gp_str_is(s, "Member") ? GP_USER_TYPE_MEMBER : GP_USER_TYPE_UNKNOWN;
}

/* Null means "was never invited", absence means nothing. */
static enum gp_external_state take_state(const struct gp_json *object)
{
	struct gp_str s = {0};
	enum gp_status st = gp_json_get_str(object, "externalUserState", TEXT_MAX, &s);
	if (st == GP_ST_NOT_FOUND)
		return gp_json_has_null(object, "externalUserState") ? GP_EXTERNAL_NONE
								     : GP_EXTERNAL_UNKNOWN;
	if (st != GP_ST_OK)
		return GP_EXTERNAL_UNKNOWN;
	if (gp_str_is(s, "Accepted"))
		return GP_EXTERNAL_ACCEPTED;
	return gp_str_is(s, "PendingAcceptance") ? GP_EXTERNAL_PENDING : GP_EXTERNAL_UNKNOWN;
}

/* 0 for what is no time, or one before 1970. */
static int64_t take_time(const struct gp_json *object, const char *key)
{
	struct gp_str s = {0};
	int64_t t = 0;
	if (gp_json_get_str(object, key, GP_STAMP_MAX, &s) != GP_ST_OK ||
	    gp_stamp_parse(s, &t) != GP_ST_OK)
		return 0;
	return t > 0 ? t : 0;
}

static bool is_user(const struct gp_json *object)
{
	struct gp_str type = {0};
	enum gp_status st = gp_json_get_str(object, "@odata.type", TEXT_MAX, &type);
	return st == GP_ST_NOT_FOUND ||
	       (st == GP_ST_OK && gp_str_is(type, "#microsoft.graph.user"));
}

const char *gp_user_class_name(enum gp_user_class user_class)
{
	switch (user_class) {
	case GP_USER_EXTERNAL_GUEST:
		return "external-guest";
	case GP_USER_EXTERNAL_MEMBER:
		return "external-member";
	case GP_USER_INTERNAL_GUEST:
		return "internal-guest";
	case GP_USER_INTERNAL_MEMBER:
		return "internal-member";
	case GP_USER_CLASS_UNKNOWN:
		break;
	}
	return "unknown";
}

/* Which domain is ours, by the identity that every object of the tenant has. */
static struct gp_str own_domain(const struct gp_json *identities)
{
	for (size_t i = 0; i < gp_json_array_len(identities); i++) {
		const struct gp_json *identity = gp_json_array_at(identities, i);
		struct gp_str type = {0};
		struct gp_str issuer = {0};
		if (gp_json_get_str(identity, "signInType", TEXT_MAX, &type) == GP_ST_OK &&
		    gp_str_is(type, "userPrincipalName") &&
		    gp_json_get_str(identity, "issuer", TEXT_MAX, &issuer) == GP_ST_OK) {
			return issuer;
		}
	}
	return (struct gp_str){0};
}

/* Does he sign in somewhere else? The issuers of homes are words, domains and URIs that nobody can
 * list (entra-facts 7.2, 18): whatever is not ours is foreign. */
static enum gp_tri by_identities(const struct gp_json *object)
{
	const struct gp_json *identities = NULL;
	if (gp_json_get_array(object, "identities", &identities) != GP_ST_OK ||
	    gp_json_array_len(identities) == 0) {
		return GP_UNKNOWN;
	}
	struct gp_str ours = own_domain(identities);
	if (ours.len == 0) {
		return GP_UNKNOWN;
	}
	for (size_t i = 0; i < gp_json_array_len(identities); i++) {
		const struct gp_json *identity = gp_json_array_at(identities, i);
		struct gp_str issuer = {0};
		if (gp_json_get_str(identity, "issuer", TEXT_MAX, &issuer) != GP_ST_OK ||
		    !gp_str_equal_nocase(issuer, ours)) {
			return GP_TRUE;
		}
	}
	return GP_FALSE;
}

/* An invited object looks home-grown until the invitation was accepted; how it came to be tells. */
static enum gp_tri is_external(const struct gp_json *object, const struct gp_user *user)
{
	struct gp_str creation = {0};
	if (user->external_state == GP_EXTERNAL_PENDING ||
	    user->external_state == GP_EXTERNAL_ACCEPTED) {
		return GP_TRUE;
	}
	enum gp_status st = gp_json_get_str(object, "creationType", TEXT_MAX, &creation);
	if (st == GP_ST_OK &&
	    (gp_str_is(creation, "Invitation") || gp_str_is(creation, "SelfServiceSignUp") ||
	     gp_str_is(creation, "EmailVerified"))) {
		return GP_TRUE;
	}
	return by_identities(object);
}

/* A member that is absent was not asked for, or not given; null is an answer. */
static enum gp_creation take_creation(const struct gp_json *object)
{
	struct gp_str text = {0};
	enum gp_status st = gp_json_get_str(object, "creationType", TEXT_MAX, &text);
	if (st != GP_ST_OK) {
		return gp_json_has_null(object, "creationType") ? GP_CREATION_NONE
								: GP_CREATION_UNKNOWN;
	}
	return gp_str_is(text, "Invitation")          ? GP_CREATION_INVITATION
	       : gp_str_is(text, "SelfServiceSignUp") ? GP_CREATION_SELF_SERVICE
	       : gp_str_is(text, "EmailVerified")     ? GP_CREATION_EMAIL_VERIFIED
						      : GP_CREATION_OTHER;
}

const char *gp_creation_name(enum gp_creation creation)
{
	switch (creation) {
	case GP_CREATION_NONE:
		return "none";
	case GP_CREATION_INVITATION:
		return "invitation";
	case GP_CREATION_SELF_SERVICE:
		return "self-service";
	case GP_CREATION_EMAIL_VERIFIED:
		return "email-verified";
	case GP_CREATION_OTHER:
		return "other";
	case GP_CREATION_UNKNOWN:
		break;
	}
	return "unknown";
}

static enum gp_user_class class_of(const struct gp_json *object, const struct gp_user *user)
{
	enum gp_tri external = is_external(object, user);
	if (external == GP_UNKNOWN || user->user_type == GP_USER_TYPE_UNKNOWN) {
		return GP_USER_CLASS_UNKNOWN;
	}
	if (user->user_type == GP_USER_TYPE_GUEST) {
		return external == GP_TRUE ? GP_USER_EXTERNAL_GUEST : GP_USER_INTERNAL_GUEST;
	}
	return external == GP_TRUE ? GP_USER_EXTERNAL_MEMBER : GP_USER_INTERNAL_MEMBER;
}

enum gp_status gp_user_parse(const struct gp_json *object, struct gp_user *out)
{
	struct gp_str id = {0};
	uint8_t guid[16];
	struct gp_user user = {0};
	if (!is_user(object) || gp_json_get_str(object, "id", GP_GUID_TEXT - 1, &id) != GP_ST_OK ||
	    gp_guid_parse(id, guid) != GP_ST_OK)
		return GP_ST_INVALID;
	gp_guid_format(guid, user.id);
	user.account_enabled = take_tri(object, "accountEnabled");
	user.user_type = take_type(object);
	user.external_state = take_state(object);
	take_whole(object, "mail", user.mail, sizeof(user.mail));
	take_whole(object, "userPrincipalName", user.upn, sizeof(user.upn));
	take_text(object, "displayName", user.display_name, sizeof(user.display_name));
	take_text(object, "companyName", user.company_name, sizeof(user.company_name));
	user.created_s = take_time(object, "createdDateTime");
	user.state_changed_s = take_time(object, "externalUserStateChangeDateTime");
	user.creation = take_creation(object);
	user.user_class = class_of(object, &user);
	*out = user;
	return GP_ST_OK;
}
