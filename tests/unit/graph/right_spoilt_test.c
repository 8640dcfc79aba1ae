/* SPDX-License-Identifier: Apache-2.0 */
/* Valid pages, cut and flipped everywhere: never a right that they do not have, nor one that ends
 * never because its end was spoilt. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "graph/internal.h"

#include "contract/ban.h"

#define ROOT    "https://graph.example"
#define OID     "cccccccc-0000-4000-8000-000000000003"
#define OTHER   "cccccccc-0000-4000-8000-0000000000f3"
#define PACKAGE "acce5500-0001-4a00-8a00-000000000001"
#define GROUP   "67000000-0004-4e00-8e00-000000000004"

#define ASSIGNMENT(id, oid, state, expiration)                                                     \
	"{\"id\":\"" id "\",\"state\":\"" state "\",\"status\":\"Delivered\","                     \
	"\"expiredDateTime\":null,\"schedule\":{\"startDateTime\":\"2026-07-01T00:00:00Z\","       \
	"\"recurrence\":null,\"expiration\":{" expiration "}},\"target\":{\"id\":\"s\","           \
	"\"objectId\":\"" oid "\",\"email\":\"dana@partner.example\"},"                            \
	"\"accessPackage\":{\"id\":\"" PACKAGE "\",\"displayName\":\"SSH partners\"}}"
#define DATED                                                                                      \
	"\"type\":\"afterDateTime\",\"endDateTime\":\"2026-10-01T00:00:00Z\",\"duration\":null"
#define LASTING "\"type\":\"afterDuration\",\"endDateTime\":null,\"duration\":\"P90D\""

/* None of these is a right that counts; the member after them is, until an end. */
#define PAGE(rows) "{\"value\":[" rows "],\"@odata.nextLink\":\"" ROOT "/v1.0/next\"}"
#define ASSIGNMENTS                                                                                \
	PAGE(ASSIGNMENT("one", OID, "expired", DATED) "," ASSIGNMENT(                              \
		"two", OTHER, "delivered", DATED) "," ASSIGNMENT("three", OID,                     \
								 "partiallyDelivered", LASTING))
#define DELIVERED                                                                                  \
	PAGE(ASSIGNMENT("one", OID, "delivered", DATED) "," ASSIGNMENT("two", OID, "Delivered",    \
								       LASTING))

#define INSTANCE(id, oid, access)                                                                  \
	"{\"id\":\"" id "\",\"principalId\":\"" oid "\",\"groupId\":\"" GROUP                      \
	"\",\"accessId\":\"" access                                                                \
	"\",\"assignmentType\":\"activated\",\"memberType\":\"direct\","                           \
	"\"startDateTime\":\"2026-08-01T10:00:00Z\",\"endDateTime\":\"2026-08-01T14:00:00Z\"}"
#define OWNERS     PAGE(INSTANCE("one", OID, "owner") "," INSTANCE("two", OTHER, "member"))
#define ACTIVATION PAGE(INSTANCE("one", OID, "Member"))

struct told {
	enum gp_right_kind kind;
	size_t delivered;
};

static enum gp_status count(void *arg, const struct gp_right *right)
{
	struct told *told = arg;
	uint8_t guid[16];
	assert_int_equal(right->kind, told->kind);
	assert_int_equal(gp_guid_parse(gp_str_from(right->of), guid), GP_ST_OK);
	if (told->kind == GP_RIGHT_PACKAGE)
		assert_string_equal(right->of, PACKAGE);
	if (right->delivered) {
		told->delivered++;
		/* Every right of these samples has a beginning and an end. */
		assert_true(right->begin_s != INT64_MIN && right->end_s != INT64_MAX);
	}
	return GP_ST_OK;
}

static enum gp_status parse(enum gp_right_kind kind, struct gp_str body, struct told *told)
{
	char next[GP_GRAPH_URL_MAX];
	*told = (struct told){.kind = kind};
	const struct gp_rights_page page = {kind, ROOT, OID, PACKAGE, count, told};
	enum gp_status st = gp_rights_page_parse(body, &page, next, sizeof(next), NULL);
	assert_true(st != GP_ST_OK || next[0] == '\0' || gp_http_same_origin(next, ROOT));
	return st;
}

static void spoil(enum gp_right_kind kind, const char *sample, size_t delivered)
{
	char text[2048];
	struct told told;
	const struct gp_str whole = gp_str_from(sample);
	assert_int_equal(gp_copy(text, sizeof(text), whole), GP_ST_OK);
	assert_int_equal(parse(kind, whole, &told), GP_ST_OK);
	assert_int_equal(told.delivered, delivered);
	for (size_t len = 0; len < whole.len; len++)
		assert_int_not_equal(parse(kind, (struct gp_str){text, len}, &told), GP_ST_OK);
	size_t understood = 0;
	for (size_t i = 0; i < whole.len; i++) {
		for (int bit = 0; bit < 8; bit++) {
			text[i] = (char)((unsigned char)text[i] ^ (1U << bit));
			if (parse(kind, (struct gp_str){text, whole.len}, &told) == GP_ST_OK)
				understood++;
			assert_true(told.delivered <= delivered);
			text[i] = whole.ptr[i];
		}
	}
	/* Not all of it matters: a name may change. */
	assert_true(understood > 0 && understood < whole.len * 8);
}

static void test_spoilt_assignments(void **state)
{
	(void)state;
	spoil(GP_RIGHT_PACKAGE, ASSIGNMENTS, 0);
	spoil(GP_RIGHT_PACKAGE, DELIVERED, 2);
}

static void test_spoilt_activations(void **state)
{
	(void)state;
	spoil(GP_RIGHT_PIM, OWNERS, 0);
	spoil(GP_RIGHT_PIM, ACTIVATION, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_spoilt_assignments),
		cmocka_unit_test(test_spoilt_activations),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
