/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "signin/slots.h"

#include "contract/ban.h"

static const struct gp_slot_limits limits = {.per_guest = 3, .per_address = 4, .total = 6};

static void test_slots_fit(void **state)
{
	(void)state;
	const struct gp_slot slots[] = {
		{"ada", "1", false, 10}, {"ada", "1", false, 20}, {"bob", "2", false, 30}};
	assert_int_equal(gp_slots_victim(slots, 0, &limits, "ada", "1"), -1);
	assert_int_equal(gp_slots_victim(slots, 3, &limits, "ada", "1"), -1);
}

static void test_slots_same_source_loses_its_own_oldest(void **state)
{
	(void)state;
	const struct gp_slot slots[] = {
		{"ada", "1", false, 30}, {"ada", "1", false, 10}, {"ada", "1", false, 20}};
	assert_int_equal(gp_slots_victim(slots, 3, &limits, "ada", "1"), 1);
}

static void test_slots_stranger_cannot_lock_a_guest_out(void **state)
{
	(void)state;
	/* The stranger at 9 holds all three; the guest's own comes in and pushes the stranger's
	 * oldest. */
	struct gp_slot slots[] = {
		{"ada", "9", false, 10}, {"ada", "9", false, 20}, {"ada", "9", false, 30}};
	assert_int_equal(gp_slots_victim(slots, 3, &limits, "ada", "1"), 0);
	/* Now the stranger comes again: he pushes his own, never the guest's older one. */
	slots[0] = (struct gp_slot){"ada", "1", false, 5};
	assert_int_equal(gp_slots_victim(slots, 3, &limits, "ada", "9"), 1);
}

static void test_slots_per_address(void **state)
{
	(void)state;
	const struct gp_slot slots[] = {{"a", "1", false, 40},
					{"b", "1", false, 20},
					{"c", "1", false, 30},
					{"d", "1", false, 50},
					{"e", "2", false, 1}};
	assert_int_equal(gp_slots_victim(slots, 5, &limits, "f", "1"), 1);
	assert_int_equal(gp_slots_victim(slots, 5, &limits, "f", "3"), -1);
}

static void test_slots_total_takes_from_the_busiest(void **state)
{
	(void)state;
	const struct gp_slot slots[] = {{"a", "1", false, 1}, {"b", "2", false, 5},
					{"c", "2", false, 4}, {"d", "2", false, 3},
					{"e", "3", false, 2}, {"f", "4", false, 6}};
	assert_int_equal(gp_slots_victim(slots, 6, &limits, "g", "5"), 3);
}

/* A stranger's IPv6 network has more addresses than there are limits. */
static void test_slots_source(void **state)
{
	(void)state;
	static const char *const rows[][2] = {
		{"2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"},
		{"2001:db8:1:2:ffff::1", "2001:db8:1:2::"},
		{"2001:db8:1:3::1", "2001:db8:1:3::"},
		{"::ffff:192.0.2.7", "192.0.2.7"},
		{"192.0.2.7", "192.0.2.7"},
		{"fe80::1%eth0", "fe80::1%eth0"},
		{"client.example", "client.example"},
		{"", ""},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char source[GP_SLOT_SOURCE_MAX];
		gp_slot_source(rows[i][0], source);
		assert_string_equal(source, rows[i][1]);
	}
}

/* Strangers in as many networks as there are places: the guest's own comes from where he always
 * comes from. */
static void test_slots_many_strangers_spare_the_known_source(void **state)
{
	(void)state;
	const struct gp_slot slots[] = {
		{"ada", "home", true, 1}, {"ada", "7", false, 5}, {"ada", "8", false, 6}};
	assert_int_equal(gp_slots_victim(slots, 3, &limits, "ada", "9"), 1);
	/* Within one source its oldest goes, whoever it is for. */
	const struct gp_slot office[] = {{"a", "1", true, 1},
					 {"b", "1", false, 2},
					 {"c", "1", false, 3},
					 {"d", "1", true, 4}};
	assert_int_equal(gp_slots_victim(office, 4, &limits, "e", "1"), 0);
}

static void test_slots_known_sources_are_remembered(void **state)
{
	(void)state;
	static struct gp_known_sources known;
	assert_false(gp_known_has(&known, "", ""));
	gp_known_add(&known, "ada", "192.0.2.1");
	assert_true(gp_known_has(&known, "ada", "192.0.2.1"));
	assert_false(gp_known_has(&known, "ada", "192.0.2.2"));
	assert_false(gp_known_has(&known, "grace", "192.0.2.1"));
	char source[16];
	for (unsigned int i = 0; i < GP_KNOWN_SOURCES; i++) {
		assert_true(snprintf(source, sizeof(source), "%u", i) > 0);
		gp_known_add(&known, "other", source);
	}
	assert_false(gp_known_has(&known, "ada", "192.0.2.1"));
}

static void test_slots_zero_limit_is_not_unlimited(void **state)
{
	(void)state;
	const struct gp_slot_limits none = {0, 0, 0};
	const struct gp_slot slots[] = {{"a", "1", false, 1}};
	assert_int_equal(gp_slots_victim(slots, 1, &none, "a", "1"), 0);
	assert_int_equal(gp_slots_victim(slots, 0, &none, "a", "1"), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_slots_fit),
		cmocka_unit_test(test_slots_same_source_loses_its_own_oldest),
		cmocka_unit_test(test_slots_stranger_cannot_lock_a_guest_out),
		cmocka_unit_test(test_slots_per_address),
		cmocka_unit_test(test_slots_total_takes_from_the_busiest),
		cmocka_unit_test(test_slots_source),
		cmocka_unit_test(test_slots_many_strangers_spare_the_known_source),
		cmocka_unit_test(test_slots_known_sources_are_remembered),
		cmocka_unit_test(test_slots_zero_limit_is_not_unlimited),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
