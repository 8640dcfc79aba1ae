/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Our evaluation as a program: a JSON object a line in, one word a line out. {"set": "...",
 * "signin": {...}}: the text of ca_policy.h with one policy, and a sign-in as the rehearsal tenant
 * evaluates it. "yes", "no" or "unknown" for that policy, or "none" where it has no location and so
 * is none of ours. With "authContext" in the sign-in it is whether that policy protects the
 * context.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"
#include "contract/buf.h"
#include "policy/conditional_access.h"

#include "contract/ban.h"

#define LINE_MAX_  (1U << 20)
#define GROUPS     16
#define NETWORKS   4
#define TEXT_WORDS 64

struct question {
	char oid[GP_GUID_TEXT], home[GP_GUID_TEXT], api[GP_GUID_TEXT], address[TEXT_WORDS];
	char groups[GROUPS][GP_GUID_TEXT];
	struct gp_network trusted[NETWORKS];
	struct gp_ca_signin signin;
};

static const char *text_of(const struct gp_json *object, const char *key, char *out, size_t size)
{
	struct gp_str text;
	return gp_json_get_str(object, key, size - 1, &text) == GP_ST_OK &&
			       gp_copy(out, size, text) == GP_ST_OK
		       ? out
		       : NULL;
}

static enum gp_ca_guest kind_of(const struct gp_json *signin)
{
	char kind[TEXT_WORDS];
	if (text_of(signin, "guestType", kind, sizeof(kind)) == NULL)
		return GP_CA_GUEST_UNKNOWN;
	return strcmp(kind, "b2bCollaborationGuest") == 0    ? GP_CA_B2B_GUEST
	       : strcmp(kind, "b2bCollaborationMember") == 0 ? GP_CA_B2B_MEMBER
	       : strcmp(kind, "internalGuest") == 0          ? GP_CA_INTERNAL_GUEST
							     : GP_CA_INTERNAL_MEMBER;
}

static void take_lists(const struct gp_json *signin, struct question *q)
{
	const struct gp_json *list = NULL;
	struct gp_str text;
	q->signin.groups_known = gp_json_get_array(signin, "groups", &list) == GP_ST_OK;
	for (size_t i = 0; q->signin.groups_known && i < gp_json_array_len(list) && i < GROUPS; i++)
		if (gp_json_str(gp_json_array_at(list, i), GP_GUID_TEXT - 1, &text) == GP_ST_OK &&
		    gp_copy(q->groups[i], GP_GUID_TEXT, text) == GP_ST_OK)
			q->signin.groups_len = i + 1;
	q->signin.groups = (const char(*)[GP_GUID_TEXT])q->groups;
	q->signin.legacy_trusted_known = gp_json_get_array(signin, "trustedIps", &list) == GP_ST_OK;
	for (size_t i = 0;
	     q->signin.legacy_trusted_known && i < gp_json_array_len(list) && i < NETWORKS; i++)
		if (gp_json_str(gp_json_array_at(list, i), TEXT_WORDS, &text) == GP_ST_OK &&
		    gp_network_parse(text, &q->trusted[i]) == GP_ST_OK)
			q->signin.legacy_trusted_len = i + 1;
	q->signin.legacy_trusted = q->trusted;
}

static void take_signin(const struct gp_json *signin, struct question *q)
{
	*q = (struct question){.signin.guest = kind_of(signin)};
	q->signin.oid = text_of(signin, "userId", q->oid, sizeof(q->oid));
	q->signin.api = text_of(signin, "appId", q->api, sizeof(q->api));
	q->signin.address = text_of(signin, "ip", q->address, sizeof(q->address));
	const char *home = text_of(signin, "homeTenant", q->home, sizeof(q->home));
	q->signin.home_is_entra = home == NULL ? GP_UNKNOWN : home[0] != '\0' ? GP_TRUE : GP_FALSE;
	q->signin.home_tenant = q->signin.home_is_entra == GP_TRUE ? home : NULL;
	take_lists(signin, q);
}

struct heard {
	size_t count;
	enum gp_ca_verdict verdict;
};

static void on_finding(void *arg, const struct gp_ca_finding *finding)
{
	struct heard *heard = arg;
	heard->count++;
	heard->verdict = finding->verdict;
}

static const char *answer(struct gp_str line)
{
	gp_json_doc_auto struct gp_json_doc *doc = NULL;
	const struct gp_json *signin = NULL;
	struct gp_str text;
	struct gp_ca_set *set = NULL;
	struct question q;
	struct gp_ca_result result;
	struct heard heard = {0};
	struct gp_ca_finding by;
	char context[TEXT_WORDS];
	if (gp_json_parse(line, &doc, NULL) != GP_ST_OK ||
	    gp_json_get_object(gp_json_root(doc), "signin", &signin) != GP_ST_OK ||
	    gp_json_get_str(gp_json_root(doc), "set", LINE_MAX_, &text) != GP_ST_OK ||
	    gp_ca_set_parse(text, &set, NULL) != GP_ST_OK)
		return "malformed";
	take_signin(signin, &q);
	if (text_of(signin, "authContext", context, sizeof(context)) != NULL) {
		enum gp_tri protects = gp_ca_context(set, &q.signin, context, &by);
		gp_ca_set_free(set);
		return protects == GP_TRUE ? "yes" : protects == GP_FALSE ? "no" : "unknown";
	}
	gp_ca_evaluate(set, &q.signin, on_finding, &heard, &result);
	gp_ca_set_free(set);
	if (heard.count == 0)
		return "none";
	return heard.verdict == GP_CA_APPLIES ? "yes"
	       : heard.verdict == GP_CA_NO    ? "no"
					      : "unknown";
}

int main(void)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t n = 0;
	while ((n = getline(&line, &room, stdin)) > 0)
		(void)puts(answer(gp_str_trim((struct gp_str){line, (size_t)n})));
	free(line);
	return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
