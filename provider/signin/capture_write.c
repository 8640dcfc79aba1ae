/* SPDX-License-Identifier: Apache-2.0 */
/* The record of a capture: what came, redacted, and what that says of the points on which
 * Microsoft's documentation is silent. */
#include "base/json.h"
#include "entra/login_error_table.h"
#include "entra/redact.h"
#include "signin/capture_internal.h"

#include "contract/ban.h"

#define TEXT_MAX 512

typedef void answer(const struct gp_capture_record *r, struct gp_buf *out);

static void not_blocked(const struct gp_capture_record *r, struct gp_buf *out)
{
	const struct gp_login_error *e = &r->error;
	if (r->has_tokens || r->expires_in_s == 0)
		gp_buf_text(out, "not answered: nothing blocked this sign-in");
	else if (e->class == GP_CLASS_EXPIRED)
		gp_buf_text(out, "if the browser showed a block page: nothing, the code ran out");
	else if (e->class == GP_CLASS_POLICY_BLOCK || e->class == GP_CLASS_INTERACT)
		gp_buf_printf(out, "%s %u", e->error, e->number);
	else
		gp_buf_text(out, "not answered: it ended for another reason");
}

static void declined(const struct gp_capture_record *r, struct gp_buf *out)
{
	if (r->error.class == GP_CLASS_DECLINED)
		gp_buf_printf(out, "%s %u", r->error.error, r->error.number);
	else
		gp_buf_text(out, "not answered: nobody pressed Cancel");
}

/* A claim of either token, as its type. */
static const char *claim_kind(const struct gp_capture_record *r, const char *name)
{
	const struct gp_json *value = NULL;
	const struct gp_json_doc *docs[] = {r->access, r->id};
	for (size_t i = 0; i < 2; i++) {
		if (docs[i] == NULL || gp_json_get(gp_json_root(docs[i]), name, &value) != GP_ST_OK)
			continue;
		switch (gp_json_type(value)) {
		case GP_JSON_BOOL:
			return "a boolean";
		case GP_JSON_INT:
			return "an integer";
		case GP_JSON_STRING:
			return "a string";
		case GP_JSON_ARRAY:
			return "a list";
		default:
			return "something else";
		}
	}
	return "absent";
}

static void home(const struct gp_capture_record *r, struct gp_buf *out)
{
	static const char *const kinds[] = {
		[GP_HOME_UNKNOWN] = "a home that is not understood",
		[GP_HOME_ENTRA] = "another Entra tenant",
		[GP_HOME_MSA] = "a Microsoft account",
		[GP_HOME_OTHER] = "another identity provider",
		[GP_HOME_INTERNAL] = "an account of this tenant, which says nothing of guests",
	};
	if (r->access == NULL) {
		gp_buf_text(out, "not answered: there is no token");
		return;
	}
	gp_buf_printf(out, "idp is %s%s%s; xms_edov is %s", claim_kind(r, "idp"),
		      r->refused[0] == '\0' ? ": " : "",
		      r->refused[0] == '\0' ? kinds[r->identity.home] : "",
		      claim_kind(r, "xms_edov"));
}

static void methods(const struct gp_capture_record *r, struct gp_buf *out)
{
	const struct gp_json *list = NULL;
	if (r->access == NULL) {
		gp_buf_text(out, "not answered: there is no token");
		return;
	}
	if (gp_json_get_array(gp_json_root(r->access), "amr", &list) != GP_ST_OK) {
		gp_buf_text(out, "the access token has none");
		return;
	}
	for (size_t i = 0; i < gp_json_array_len(list) && i < 8; i++) {
		struct gp_str word = {0};
		if (gp_json_str(gp_json_array_at(list, i), 64, &word) == GP_ST_OK)
			gp_buf_printf(out, "%s%.*s", i > 0 ? " " : "", GP_STR_ARGS(word));
	}
}

static void contexts(const struct gp_capture_record *r, struct gp_buf *out)
{
	if (r->access == NULL)
		gp_buf_text(out, "not answered: there is no token");
	else
		gp_buf_printf(out, "acrs is %s, and none was asked for", claim_kind(r, "acrs"));
}

static void age(const struct gp_capture_record *r, struct gp_buf *out)
{
	if (r->access == NULL)
		gp_buf_text(out, "not answered: there is no token");
	else
		gp_buf_printf(out, "auth_time is %s%s", claim_kind(r, "auth_time"),
			      r->refused[0] == '\0' && r->identity.auth_time <= 0
				      ? "; max_auth_age refuses everybody"
				      : "");
}

static void address(const struct gp_capture_record *r, struct gp_buf *out)
{
	switch (r->address) {
	case GP_CAPTURE_ADDRESS_NONE:
		gp_buf_text(out, "not answered: there is no token, or it was refused");
		break;
	case GP_CAPTURE_ADDRESS_ABSENT:
		gp_buf_text(out, "no address: signin_address = match and network cannot be used");
		break;
	case GP_CAPTURE_ADDRESS_NO_GUEST:
		gp_buf_text(out, r->identity.acct < 0
					 ? "not answered: the token does not say that it is a "
					   "guest's; the API needs the optional claim acct"
					 : "not answered: an account of this tenant says nothing "
					   "of guests; sign in as one");
		break;
	case GP_CAPTURE_ADDRESS_NO_EGRESS:
		gp_buf_printf(out,
			      "not answered: %s could be this host's own; egress_addresses has "
			      "none of that family",
			      r->identity.ipaddr);
		break;
	case GP_CAPTURE_ADDRESS_EGRESS:
		gp_buf_text(out, "this host's own address, or the browser was behind it too: "
				 "capture again with a browser elsewhere");
		break;
	case GP_CAPTURE_ADDRESS_BROWSER:
		gp_buf_printf(out,
			      "%s, which is not this host's: signin_address = match and network "
			      "may be used. If that is not where the browser was, it belongs "
			      "into egress_addresses; then capture again",
			      r->identity.ipaddr);
		break;
	}
}

static void life(const struct gp_capture_record *r, struct gp_buf *out)
{
	if (r->has_tokens)
		gp_buf_printf(out, "%lld seconds", (long long)r->token_life_s);
	else
		gp_buf_text(out, "not answered: there is no token");
}

static const struct {
	const char *question;
	answer *say;
} points[] = {
	{"what the host sees when a policy blocks a sign-in by code", not_blocked},
	{"what it sees when somebody presses Cancel", declined},
	{"how a token names the home, and a verified domain", home},
	{"which methods it states (amr)", methods},
	{"whether it has authentication contexts", contexts},
	{"whether it says when somebody authenticated", age},
	{"whose address it holds (ipaddr)", address},
	{"how long an access token lives", life},
};

static void write_points(const struct gp_capture_record *r, struct gp_buf *out)
{
	gp_buf_text(out, ",\"points\":[");
	for (size_t i = 0; i < sizeof(points) / sizeof(points[0]); i++) {
		gp_buf_auto struct gp_buf text = GP_BUF(TEXT_MAX);
		points[i].say(r, &text);
		gp_buf_printf(out, "%s{\"question\":\"%s\",\"answer\":", i > 0 ? "," : "",
			      points[i].question);
		gp_json_write_str(out, (struct gp_str){gp_buf_get(&text), text.len});
		gp_buf_text(out, "}");
	}
	gp_buf_text(out, "]");
}

static void write_answers(const struct gp_capture_record *r, struct gp_buf *out)
{
	gp_buf_text(out, ",\"answers\":[");
	for (size_t i = 0; i < r->answers_len; i++) {
		const struct gp_capture_answer *a = &r->answers[i];
		gp_buf_printf(out, "%s{\"http\":%d,\"error\":", i > 0 ? "," : "", a->http);
		gp_json_write_str(out, gp_str_from(a->error));
		gp_buf_printf(out, ",\"number\":%u,\"times\":%u}", a->number, a->times);
	}
	gp_buf_text(out, "]");
}

static void write_token(const struct gp_capture_record *r, const char *name,
			const struct gp_json_doc *doc, struct gp_buf *out)
{
	gp_buf_printf(out, ",\"%s\":", name);
	if (doc != NULL)
		gp_redact_claims(gp_json_root(doc), r->sts_prefix, r->ended_s, out);
	else
		gp_buf_text(out, "null");
}

/* Entra's own words may name the person: an administrator reads ours. */
static const char *why(const struct gp_capture_record *r)
{
	struct gp_login_advice advice;
	if (r->not_kept)
		return "what was seen could not be kept: see the daemon's log";
	if (r->has_tokens)
		return r->refused;
	if (r->error.own)
		return r->error.description;
	if (r->error.class == GP_CLASS_EXPIRED)
		return "the code ran out before anybody had signed in with it";
	return gp_login_error_advice(r->error.number, &advice) ? advice.admin : r->error.error;
}

void gp_capture_write(const struct gp_capture_record *r, struct gp_buf *out)
{
	const char *outcome = !r->has_tokens          ? "failed"
			      : r->not_kept           ? "not-kept"
			      : r->refused[0] != '\0' ? "token-refused"
						      : "signed-in";
	gp_buf_printf(out, "{\"v\":1,\"at\":%lld,\"seconds\":%lld,\"outcome\":\"%s\",\"why\":",
		      (long long)r->begun_s, (long long)(r->ended_s - r->begun_s), outcome);
	gp_json_write_str(out, gp_str_from(why(r)));
	gp_buf_printf(out,
		      ",\"code\":{\"expires_in\":%lld,\"interval\":%lld,\"length\":%zu,"
		      "\"page\":",
		      (long long)r->expires_in_s, (long long)r->interval_s, r->code_length);
	gp_json_write_str(out, gp_str_from(r->page));
	gp_buf_printf(out, "},\"class\":\"%s\",\"number\":%u",
		      r->has_tokens ? "" : gp_login_class_name(r->error.class), r->error.number);
	write_answers(r, out);
	gp_buf_printf(out, ",\"client_info\":%s", r->has_client_info ? "true" : "false");
	write_token(r, "access_token", r->access, out);
	write_token(r, "id_token", r->id, out);
	write_points(r, out);
	gp_buf_printf(out, ",\"proved\":%s}", r->proved == GP_TRUE ? "true" : "false");
}
