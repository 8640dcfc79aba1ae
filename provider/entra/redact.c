/* SPDX-License-Identifier: Apache-2.0 */
#include "entra/redact.h"

#include <stdlib.h>

#include "entra/token.h"

#include "contract/ban.h"

#define TEXT_MAX 4096
#define LIST_MAX 16

struct redact {
	struct gp_buf *out;
	const char *sts_prefix;
	int64_t now_s;
	size_t count;
};

static bool is_one_of(const char *name, const char *const *names)
{
	while (*names != NULL && strcmp(name, *names) != 0)
		names++;
	return *names != NULL;
}

/* Claims whose words belong to the protocol, to Entra or to the registration. */
static const char *const words[] = {"ver",
				    "acct",
				    "amr",
				    "acrs",
				    "acr",
				    "idtyp",
				    "azpacr",
				    "scp",
				    "roles",
				    "xms_edov",
				    "xms_cc",
				    "idp",
				    "iss",
				    "aud",
				    "azp",
				    "appidacr",
				    "tenant_region_scope",
				    "xms_tpl",
				    "xms_st",
				    "tenant_ctry",
				    NULL};
static const char *const times[] = {"iat", "nbf", "exp", "auth_time", "xms_tcdt", NULL};

/* An id says whose; what is around it does not. */
static void text_value(struct gp_str text, struct gp_buf *out)
{
	gp_buf_auto struct gp_buf shown = GP_BUF(TEXT_MAX);
	uint8_t guid[16];
	for (size_t i = 0; i < text.len;) {
		if (text.len - i >= GP_GUID_TEXT - 1 &&
		    gp_guid_parse((struct gp_str){text.ptr + i, GP_GUID_TEXT - 1}, guid) ==
			    GP_ST_OK) {
			gp_buf_text(&shown, "<id>");
			i += GP_GUID_TEXT - 1;
		} else {
			gp_buf_add(&shown, text.ptr + i++, 1);
		}
	}
	gp_json_write_str(out, (struct gp_str){gp_buf_get(&shown), shown.len});
}

static void number_value(const struct gp_json *value, struct gp_buf *out, int64_t from)
{
	int64_t n = 0;
	if (gp_json_int(value, INT64_MIN / 2, INT64_MAX / 2, &n) == GP_ST_OK)
		gp_buf_printf(out, ",\"value\":%lld", (long long)(n - from));
}

static void list_value(const struct gp_json *list, struct gp_buf *out)
{
	gp_buf_text(out, ",\"value\":[");
	for (size_t i = 0; i < gp_json_array_len(list) && i < LIST_MAX; i++) {
		struct gp_str text = {0};
		gp_buf_text(out, i > 0 ? "," : "");
		if (gp_json_str(gp_json_array_at(list, i), TEXT_MAX, &text) == GP_ST_OK)
			text_value(text, out);
		else
			gp_buf_text(out, "null");
	}
	gp_buf_text(out, "]");
}

static const char *type_of(const struct gp_json *value)
{
	static const char *const names[] = {
		[GP_JSON_NULL] = "null",     [GP_JSON_BOOL] = "boolean",  [GP_JSON_INT] = "integer",
		[GP_JSON_DOUBLE] = "number", [GP_JSON_STRING] = "string", [GP_JSON_ARRAY] = "list",
		[GP_JSON_OBJECT] = "object",
	};
	return value != NULL ? names[gp_json_type(value)] : names[GP_JSON_NULL];
}

static bool one(void *arg, const char *name, const struct gp_json *value)
{
	struct redact *r = arg;
	struct gp_str text = {0};
	bool shown = is_one_of(name, words);
	gp_buf_text(r->out, r->count++ > 0 ? ",{\"name\":" : "{\"name\":");
	gp_json_write_str(r->out, gp_str_from(name));
	gp_buf_printf(r->out, ",\"type\":\"%s\"", type_of(value));
	if (value == NULL) {
		gp_buf_text(r->out, "}");
		return true;
	}
	if (gp_json_str(value, GP_JSON_MAX, &text) == GP_ST_OK) {
		gp_buf_printf(r->out, ",\"length\":%zu", text.len);
		if (strcmp(name, "idp") == 0)
			shown = gp_home_is_shared(text, r->sts_prefix);
		if (shown && text.len <= TEXT_MAX / 8) {
			gp_buf_text(r->out, ",\"value\":");
			text_value(text, r->out);
		}
	} else if (gp_json_type(value) == GP_JSON_ARRAY) {
		gp_buf_printf(r->out, ",\"length\":%zu", gp_json_array_len(value));
		if (shown)
			list_value(value, r->out);
	} else if (is_one_of(name, times)) {
		number_value(value, r->out, r->now_s);
	} else if (shown) {
		number_value(value, r->out, 0);
	}
	gp_buf_text(r->out, "}");
	return true;
}

void gp_redact_claims(const struct gp_json *claims, const char *sts_prefix, int64_t now_s,
		      struct gp_buf *out)
{
	struct redact r = {.out = out, .sts_prefix = sts_prefix, .now_s = now_s};
	gp_buf_text(out, "[");
	(void)gp_json_each(claims, one, &r);
	gp_buf_text(out, "]");
}
