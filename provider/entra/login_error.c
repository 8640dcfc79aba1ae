/* SPDX-License-Identifier: Apache-2.0 */
#include "entra/login_error.h"

#include "base/json.h"
#include "contract/text.h"
#include "entra/login_error_table.h"

#include "contract/ban.h"

enum {
	TEXT_MAX = 65536, /* of a text that is cut anyway */
	CLAIMS_MAX = 8192,
};

struct word {
	const char *error;
	enum gp_login_class class;
};

/* The OAuth strings which decide whatever the number says (entra-facts 2.3). */
static const struct word deciding[] = {
	{"authorization_pending", GP_CLASS_PENDING},
	{"slow_down", GP_CLASS_SLOW_DOWN},
	{"expired_token", GP_CLASS_EXPIRED},
	{"code_expired", GP_CLASS_EXPIRED},
	{"authorization_declined", GP_CLASS_DECLINED},
	{"bad_verification_code", GP_CLASS_CODE_FLOW},
};

/* Those which decide when the number is not in the table. */
static const struct word fallback[] = {
	/* RFC 8628's word for what the person declined; Entra says it of borders between tenants
	 * too, with their numbers. */
	{"access_denied", GP_CLASS_DECLINED},        {"invalid_client", GP_CLASS_CONFIG},
	{"unauthorized_client", GP_CLASS_CONFIG},    {"invalid_scope", GP_CLASS_CONFIG},
	{"invalid_resource", GP_CLASS_CONFIG},       {"interaction_required", GP_CLASS_INTERACT},
	{"temporarily_unavailable", GP_CLASS_RETRY}, {"server_error", GP_CLASS_RETRY},
};

static const char *const class_names[] = {
	[GP_CLASS_UNKNOWN] = "unknown",
	[GP_CLASS_PENDING] = "pending",
	[GP_CLASS_SLOW_DOWN] = "slow-down",
	[GP_CLASS_EXPIRED] = "expired",
	[GP_CLASS_DECLINED] = "declined",
	[GP_CLASS_GUEST_NOT_HERE] = "guest-not-here",
	[GP_CLASS_GUEST_PENDING] = "guest-pending",
	[GP_CLASS_GUEST_DISABLED] = "guest-disabled",
	[GP_CLASS_HOME_SIDE] = "home-side",
	[GP_CLASS_POLICY_BLOCK] = "policy-block",
	[GP_CLASS_INTERACT] = "interact",
	[GP_CLASS_REAUTH] = "reauth",
	[GP_CLASS_NOT_ASSIGNED] = "not-assigned",
	[GP_CLASS_CONSENT] = "consent",
	[GP_CLASS_CODE_FLOW] = "code-flow",
	[GP_CLASS_CONFIG] = "config",
	[GP_CLASS_RETRY] = "retry",
};

const char *gp_login_class_name(enum gp_login_class class)
{
	const size_t i = (size_t) class;
	return i < sizeof(class_names) / sizeof(class_names[0]) ? class_names[i] : class_names[0];
}

static enum gp_login_class find_word(const struct word *words, size_t n, struct gp_str error)
{
	for (size_t i = 0; i < n; i++)
		if (gp_str_is(error, words[i].error))
			return words[i].class;
	return GP_CLASS_UNKNOWN;
}

/* The class of an error answer that is what it should be. */
static enum gp_login_class class_of(struct gp_str error, uint32_t number, bool transient)
{
	enum gp_login_class class =
		find_word(deciding, sizeof(deciding) / sizeof(deciding[0]), error);

	if (class == GP_CLASS_UNKNOWN)
		class = gp_login_error_class_of(number);
	if (class == GP_CLASS_UNKNOWN)
		class = find_word(fallback, sizeof(fallback) / sizeof(fallback[0]), error);
	if (class == GP_CLASS_UNKNOWN)
		class = transient ? GP_CLASS_RETRY : GP_CLASS_REAUTH;
	return class;
}

static void show_text(const struct gp_json *body, const char *key, char *out, size_t size)
{
	struct gp_str s;

	if (gp_json_get_str(body, key, TEXT_MAX, &s) == GP_ST_OK)
		(void)gp_text_safe(s, GP_TEXT_LINE, out, size);
}

static uint32_t first_number(const struct gp_json *body)
{
	const struct gp_json *codes = NULL;
	int64_t number = 0;

	if (gp_json_get_array(body, "error_codes", &codes) != GP_ST_OK ||
	    gp_json_int(gp_json_array_at(codes, 0), 1, UINT32_MAX, &number) != GP_ST_OK)
		return 0;
	return (uint32_t)number;
}

/* The claims that are asked for again are a document inside a string. For a block they name the
 * policies: {"access_token":{"capolids":{"essential":true,"values":["<id>"]}}}. */
static void take_policies(const struct gp_json *body, char *out, size_t size)
{
	gp_json_doc_auto struct gp_json_doc *doc = NULL;
	const struct gp_json *token = NULL;
	const struct gp_json *policies = NULL;
	const struct gp_json *ids = NULL;
	struct gp_str text;
	uint8_t guid[16];
	size_t len = 0;
	if (gp_json_get_str(body, "claims", CLAIMS_MAX, &text) != GP_ST_OK ||
	    gp_json_parse(text, &doc, NULL) != GP_ST_OK ||
	    gp_json_get_object(gp_json_root(doc), "access_token", &token) != GP_ST_OK ||
	    gp_json_get_object(token, "capolids", &policies) != GP_ST_OK ||
	    gp_json_get_array(policies, "values", &ids) != GP_ST_OK)
		return;
	for (size_t i = 0; i < gp_json_array_len(ids) && len + GP_GUID_TEXT + 1 < size; i++) {
		if (gp_json_str(gp_json_array_at(ids, i), GP_GUID_TEXT - 1, &text) != GP_ST_OK ||
		    gp_guid_parse(text, guid) != GP_ST_OK)
			continue;
		if (len > 0)
			out[len++] = ' ';
		gp_guid_format(guid, out + len);
		len += GP_GUID_TEXT - 1;
	}
}

void gp_login_error_parse(int code, struct gp_str body, struct gp_login_error *out)
{
	gp_json_doc_auto struct gp_json_doc *doc = NULL;
	const bool transient = code == 429 || (code >= 500 && code <= 599);
	struct gp_str error;

	memset(out, 0, sizeof(*out));
	out->throttled = code == 429;
	out->class = transient ? GP_CLASS_RETRY : GP_CLASS_UNKNOWN;
	if (gp_json_parse(body, &doc, NULL) != GP_ST_OK)
		return; /* an HTML page, or nothing */
	const struct gp_json *root = gp_json_root(doc);
	if (gp_json_get_str(root, "error", TEXT_MAX, &error) != GP_ST_OK || error.len == 0)
		return;
	out->number = first_number(root);
	out->class = class_of(error, out->number, transient);
	out->throttled = code == 429 || out->number == 50196 || out->number == 90055;
	take_policies(root, out->policies, sizeof(out->policies));
	show_text(root, "error", out->error, sizeof(out->error));
	show_text(root, "error_description", out->description, sizeof(out->description));
	show_text(root, "trace_id", out->trace_id, sizeof(out->trace_id));
	show_text(root, "correlation_id", out->correlation_id, sizeof(out->correlation_id));
}
