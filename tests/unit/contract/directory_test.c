/* SPDX-License-Identifier: Apache-2.0 */
/* The directory file: what goes in comes out, and nothing that is damaged does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "contract/directory.h"
#include "contract/directory_build.h"
#include "contract/directory_format.h"
#include "tests/unit/support/directory_sample.h"

#include "contract/ban.h"

static struct gp_directory_bytes sample;
static struct gp_directory_view view;

static int setup(void **state)
{
	(void)state;
	struct gp_error err = {0};
	sample = sample_directory(7);
	assert_int_equal(gp_directory_validate(sample.ptr, sample.len, sample_rules(), &view, &err),
			 GP_ST_OK);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	gp_directory_bytes_free(&sample);
	return 0;
}

#define assert_str(s, text) assert_true(gp_str_is((s), (text)))

static void test_directory_finds_users(void **state)
{
	(void)state;
	struct gp_directory_user u;
	assert_int_equal(view.generation, 7);
	assert_int_equal(view.user_count, 3);
	assert_int_equal(gp_directory_find_user(&view, GP_STR("bob.o+x@contoso.example"), &u),
			 GP_ST_OK);
	assert_int_equal(u.uid, SAMPLE_BOB_UID);
	assert_int_equal(u.gid, SAMPLE_GUESTS);
	assert_int_equal(u.expiry_day, SAMPLE_BOB_EXPIRY);
	assert_false(u.adopted);
	assert_str(u.gecos, "Contoso G\xC3\xB6teborg");
	assert_str(u.home, "/home/guests/bob");
	assert_str(u.shell, "/usr/sbin/nologin");
	assert_int_equal(u.gid_count, 1);
	assert_int_equal(gp_directory_user_gid(&u, 0), SAMPLE_BUILDERS);
	assert_int_equal(gp_directory_find_uid(&view, SAMPLE_CARO_UID, &u), GP_ST_OK);
	assert_str(u.name, "caro");
	assert_true(u.adopted);
	assert_int_equal(u.gecos.len, 0);
	assert_int_equal(u.expiry_day, GP_DIRECTORY_NO_EXPIRY);
	assert_int_equal(gp_directory_find_uid(&view, 0, &u), GP_ST_NOT_FOUND);
	assert_int_equal(gp_directory_find_uid(&view, SAMPLE_ADA_UID + 1, &u), GP_ST_NOT_FOUND);
}

static void test_directory_folds_names(void **state)
{
	(void)state;
	struct gp_directory_user u;
	struct gp_directory_group g;
	assert_int_equal(gp_directory_find_user(&view, GP_STR("ADA@Fabrikam.EXAMPLE"), &u),
			 GP_ST_OK);
	assert_str(u.name, "ada@fabrikam.example");
	assert_int_equal(gp_directory_find_group(&view, GP_STR("GP-Builders"), &g), GP_ST_OK);
	assert_str(g.name, "gp-builders");
	/* Bytes beside the letters that a careless fold would change too. */
	assert_int_equal(gp_directory_find_user(&view, GP_STR("ada`fabrikam.example"), &u),
			 GP_ST_NOT_FOUND);
	assert_int_equal(gp_directory_find_user(&view,
						GP_STR("ada@fabrikam\x0E"
						       "example"),
						&u),
			 GP_ST_NOT_FOUND);
	assert_int_equal(gp_directory_find_user(&view, GP_STR("\xC1\x44\x41@fabrikam.example"), &u),
			 GP_ST_NOT_FOUND);
	assert_int_equal(gp_directory_find_user(&view, GP_STR("ada@fabrikam.exampl"), &u),
			 GP_ST_NOT_FOUND);
	assert_int_equal(gp_directory_find_user(&view, GP_STR(""), &u), GP_ST_NOT_FOUND);
	char longest[GP_DIRECTORY_NAME_MAX + 1];
	memset(longest, 'a', sizeof(longest));
	assert_int_equal(
		gp_directory_find_user(&view, (struct gp_str){longest, sizeof(longest)}, &u),
		GP_ST_NOT_FOUND);
}

/* The fold of eight bytes at once, against the definition, for every byte in every place. */
static void test_directory_fold_is_ascii(void **state)
{
	(void)state;
	for (unsigned int place = 0; place < 8; place++) {
		for (unsigned int c = 0; c < 256; c++) {
			char name[8] = "zzzzzzzz";
			char want[8] = "zzzzzzzz";
			struct gp_dir_key key;
			name[place] = (char)c;
			want[place] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
			assert_true(gp_dir_key_from((struct gp_str){name, 8}, &key));
			assert_memory_equal(key.words, want, 8);
		}
	}
}

static void test_directory_finds_groups(void **state)
{
	(void)state;
	struct gp_directory_group g;
	struct gp_directory_member_cursor at = {0};
	struct gp_str name;
	assert_int_equal(gp_directory_find_gid(&view, SAMPLE_BUILDERS, &g), GP_ST_OK);
	assert_str(g.name, "gp-builders");
	assert_int_equal(g.member_count, 2);
	assert_true(gp_directory_next_member(&g, &at, &name));
	assert_str(name, "ada@fabrikam.example");
	assert_true(gp_directory_next_member(&g, &at, &name));
	assert_str(name, "bob.o+x@contoso.example");
	assert_false(gp_directory_next_member(&g, &at, &name));
	assert_int_equal(gp_directory_find_group(&view, GP_STR("gp-empty"), &g), GP_ST_OK);
	assert_int_equal(g.member_count, 0);
	assert_int_equal(gp_directory_find_group(&view, GP_STR("testers"), &g), GP_ST_OK);
	assert_true(g.adopted);
	assert_int_equal(gp_directory_find_group(&view, GP_STR("sudo"), &g), GP_ST_NOT_FOUND);
	assert_int_equal(gp_directory_find_gid(&view, 27, &g), GP_ST_NOT_FOUND);
}

static void test_directory_enumerates_in_order(void **state)
{
	(void)state;
	static const char *const users[] = {"ada@fabrikam.example", "bob.o+x@contoso.example",
					    "caro"};
	static const char *const groups[] = {"gp-builders", "gp-empty", "gp-guests", "testers"};
	struct gp_directory_user u;
	struct gp_directory_group g;
	size_t cursor = 0;
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(gp_directory_next_user(&view, &cursor, &u), GP_ST_OK);
		assert_str(u.name, users[i]);
	}
	assert_int_equal(gp_directory_next_user(&view, &cursor, &u), GP_ST_NOT_FOUND);
	cursor = 0;
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(gp_directory_next_group(&view, &cursor, &g), GP_ST_OK);
		assert_str(g.name, groups[i]);
	}
	assert_int_equal(gp_directory_next_group(&view, &cursor, &g), GP_ST_NOT_FOUND);
}

static void test_directory_membership(void **state)
{
	(void)state;
	struct gp_directory_user u;
	assert_int_equal(gp_directory_find_uid(&view, SAMPLE_ADA_UID, &u), GP_ST_OK);
	assert_true(gp_directory_user_in(&u, SAMPLE_GUESTS));
	assert_true(gp_directory_user_in(&u, SAMPLE_ADOPTED));
	assert_true(gp_directory_user_in(&u, SAMPLE_BUILDERS));
	assert_false(gp_directory_user_in(&u, SAMPLE_EMPTY));
}

/* Calls everything a reader can call; the answers do not matter, staying inside the bytes does. */
static void use_everything(const struct gp_directory_view *v)
{
	static const struct gp_str names[] = {{"ada@fabrikam.example", 20},
					      {"bob.o+x@contoso.example", 23},
					      {"caro", 4},
					      {"gp-guests", 9},
					      {"gp-builders", 11},
					      {"testers", 7}};
	static const uint32_t numbers[] = {SAMPLE_ADA_UID, SAMPLE_BOB_UID,  SAMPLE_CARO_UID,
					   SAMPLE_GUESTS,  SAMPLE_BUILDERS, SAMPLE_ADOPTED};
	struct gp_directory_user u;
	struct gp_directory_group g;
	volatile uint32_t sink = 0;
	for (size_t i = 0; i < 6; i++) {
		struct gp_directory_member_cursor at = {0};
		struct gp_str name;
		if (gp_directory_find_user(v, names[i], &u) == GP_ST_OK)
			for (uint32_t k = 0; k < u.gid_count; k++)
				sink = sink + gp_directory_user_gid(&u, k);
		if (gp_directory_find_uid(v, numbers[i], &u) == GP_ST_OK)
			sink = sink + (uint32_t)strlen(u.shell.ptr);
		if (gp_directory_find_group(v, names[i], &g) == GP_ST_OK)
			while (gp_directory_next_member(&g, &at, &name))
				sink = sink + (uint32_t)strlen(name.ptr);
		if (gp_directory_find_gid(v, numbers[i], &g) == GP_ST_OK)
			sink = sink + (uint32_t)strlen(g.name.ptr);
	}
	size_t cursor = 0;
	while (gp_directory_next_user(v, &cursor, &u) == GP_ST_OK)
		sink = sink + (uint32_t)strlen(u.home.ptr);
	cursor = 0;
	while (gp_directory_next_group(v, &cursor, &g) == GP_ST_OK)
		sink = sink + g.member_count;
}

/* Copies end where the memory ends, so that the address sanitizer sees one byte too far. */
static struct gp_directory_bytes exact_copy(size_t len)
{
	struct gp_directory_bytes copy = {malloc(len > 0 ? len : 1), len};
	assert_non_null(copy.ptr);
	memcpy(copy.ptr, sample.ptr, len);
	return copy;
}

static void test_directory_every_byte_flipped(void **state)
{
	(void)state;
	static const uint8_t masks[] = {0x01, 0x20, 0x80, 0xFF};
	struct gp_directory_bytes copy = exact_copy(sample.len);
	size_t accepted = 0;
	for (size_t i = 0; i < sample.len; i++) {
		for (size_t m = 0; m < sizeof(masks); m++) {
			struct gp_directory_view v;
			bool in_word = i >= GP_DIR_H_SUPERSEDED && i < GP_DIR_H_SUPERSEDED + 4;
			copy.ptr[i] ^= masks[m];
			/* A reader stays within the file; whoever relies on the whole sees it. */
			if (gp_directory_attach(copy.ptr, copy.len, &v) == GP_ST_OK) {
				use_everything(&v);
				assert_int_equal(gp_directory_whole(&v), in_word);
			}
			assert_int_not_equal(
				gp_directory_validate(copy.ptr, copy.len, NULL, &v, NULL),
				GP_ST_OK);
			/* And with a checksum that fits, as a careless writer would leave it. */
			sample_reseal(copy);
			if (gp_directory_attach(copy.ptr, copy.len, &v) == GP_ST_OK) {
				use_everything(&v);
				accepted +=
					gp_directory_validate(copy.ptr, copy.len, sample_rules(),
							      &v, NULL) == GP_ST_OK;
			}
			memcpy(copy.ptr, sample.ptr, sample.len);
		}
	}
	/* Another letter in a home is still a home; but most changes break something. */
	assert_in_range(accepted, 1, sample.len * sizeof(masks) / 4);
	gp_directory_bytes_free(&copy);
}

static void test_directory_every_length(void **state)
{
	(void)state;
	for (size_t len = 0; len < sample.len; len++) {
		struct gp_directory_bytes copy = exact_copy(len);
		struct gp_directory_view v;
		assert_int_not_equal(gp_directory_attach(copy.ptr, len, &v), GP_ST_OK);
		if (len >= GP_DIR_H_SIZE && len % 8 == 0) {
			/* A header that owns up to the short length. */
			gp_dir_put_u64(copy.ptr + GP_DIR_H_LENGTH, len);
			sample_reseal(copy);
			assert_int_not_equal(gp_directory_attach(copy.ptr, len, &v), GP_ST_OK);
		}
		gp_directory_bytes_free(&copy);
	}
}

/* Sixteen bytes at a time or one by one: the same names and texts are refused. */
static void test_directory_checks_agree(void **state)
{
	(void)state;
	struct gp_directory_bytes copy = exact_copy(sample.len);
	struct gp_directory_view v;
	struct gp_directory_user u;
	size_t size = 0;
	assert_int_equal(gp_directory_attach(copy.ptr, copy.len, &v), GP_ST_OK);
	for (size_t at = v.users_at; at < v.users_end; at += size) {
		assert_true(gp_dir_read_user(&v, at, &u, &size));
		uint8_t *text = copy.ptr + (u.name.ptr - (const char *)v.bytes);
		size_t len = (size_t)(u.shell.ptr - u.name.ptr) + u.shell.len;
		for (size_t i = 0; i < len; i++) {
			const uint8_t kept = text[i];
			for (unsigned int c = kept == 0 ? 256 : 0; c < 256; c++) {
				text[i] = (uint8_t)c;
				/* A name that lost its '@' is none either. */
				bool has_sign =
					u.adopted || memchr(u.name.ptr, '@', u.name.len) != NULL;
				bool fine = gp_directory_user_name_ok(u.name) && has_sign &&
					    gp_directory_text_ok(u.gecos) &&
					    gp_directory_text_ok(u.home) &&
					    gp_directory_text_ok(u.shell) && u.home.ptr[0] == '/' &&
					    u.shell.ptr[0] == '/';
				assert_int_equal(gp_dir_user_sane(&v, &u), fine);
			}
			text[i] = kept;
		}
	}
	gp_directory_bytes_free(&copy);
}

/* Texts shorter than a vector, and so many bad bytes that a count of one byte would go round. */
static void test_directory_short_and_long_texts(void **state)
{
	(void)state;
	struct gp_directory_user u;
	size_t size = 0;
	char file[GP_DIR_USER_FIXED + 1024] = "";
	char *text = file + GP_DIR_USER_FIXED;
	assert_true(gp_dir_read_user(&view, view.users_at, &u, &size));
	u.name = (struct gp_str){text, 3};
	u.gecos = (struct gp_str){text + 4, 0};
	u.home = (struct gp_str){text + 5, 1};
	u.shell = (struct gp_str){text + 7, 1};
	memcpy(text, "a@b\0\0/\0/", 9);
	assert_true(gp_dir_user_sane(&view, &u));
	for (size_t i = 0; i < 8; i++) {
		const char kept = text[i];
		/* Those between the texts are gp_dir_read_user()'s to look for. */
		if (kept != '\0')
			text[i] = ':';
		assert_int_equal(gp_dir_user_sane(&view, &u), kept == '\0');
		text[i] = kept;
	}

	u.home.len = GP_DIRECTORY_HOME_MAX;
	u.shell = (struct gp_str){u.home.ptr + u.home.len + 1, GP_DIRECTORY_SHELL_MAX};
	char *home = text + 5;
	char *shell = home + u.home.len + 1;
	memset(home, 'h', u.home.len);
	memset(shell, 's', u.shell.len);
	home[0] = shell[0] = '/';
	home[u.home.len] = '\0';
	assert_true(gp_dir_user_sane(&view, &u));
	for (size_t bad = 1; bad < u.home.len + u.shell.len - 1; bad++) {
		size_t in_home = bad < u.home.len ? bad : u.home.len - 1;
		memset(home + 1, ':', in_home);
		memset(shell + 1, ':', bad - in_home);
		assert_false(gp_dir_user_sane(&view, &u));
	}
}

static void test_directory_other_version(void **state)
{
	(void)state;
	struct gp_directory_bytes copy = exact_copy(sample.len);
	struct gp_directory_view v;
	gp_dir_put_u32(copy.ptr + GP_DIR_H_VERSION, GP_DIR_VERSION + 1);
	sample_reseal(copy);
	assert_int_equal(gp_directory_attach(copy.ptr, copy.len, &v), GP_ST_UNSUPPORTED);
	gp_directory_bytes_free(&copy);
}

/* An index that is full, and one whose every slot claims the wanted hash: both must end. */
static void test_directory_crafted_index_ends(void **state)
{
	(void)state;
	struct gp_directory_bytes big = sample_large(2000, 1);
	struct gp_directory_view v;
	struct gp_directory_user u;
	struct gp_dir_key key;
	assert_int_equal(gp_directory_attach(big.ptr, big.len, &v), GP_ST_OK);
	assert_true(gp_dir_key_from(GP_STR("nobody@nowhere.example"), &key));
	uint32_t hash = gp_dir_hash_key(&key, v.seed);
	for (uint32_t i = 0; i < v.user_slots; i++) {
		gp_dir_put_u32(big.ptr + v.user_names_at + (size_t)i * GP_DIR_SLOT, hash);
		gp_dir_put_u32(big.ptr + v.user_names_at + (size_t)i * GP_DIR_SLOT + 4,
			       (uint32_t)v.users_at);
	}
	sample_reseal(big);
	assert_int_equal(gp_directory_attach(big.ptr, big.len, &v), GP_ST_OK);
	assert_int_equal(gp_directory_find_user(&v, GP_STR("nobody@nowhere.example"), &u),
			 GP_ST_NOT_FOUND);
	assert_int_not_equal(gp_directory_validate(big.ptr, big.len, NULL, &v, NULL), GP_ST_OK);
	gp_directory_bytes_free(&big);
}

static void test_directory_empty_and_large(void **state)
{
	(void)state;
	const struct gp_directory_input none = {.generation = 1};
	struct gp_directory_bytes b;
	struct gp_directory_view v;
	struct gp_directory_user u;
	struct gp_directory_group g;
	size_t cursor = 0;
	assert_int_equal(gp_directory_build(&none, sample_rules(), &b, NULL), GP_ST_OK);
	assert_int_equal(gp_directory_validate(b.ptr, b.len, sample_rules(), &v, NULL), GP_ST_OK);
	assert_int_equal(gp_directory_find_user(&v, GP_STR("ada@fabrikam.example"), &u),
			 GP_ST_NOT_FOUND);
	assert_int_equal(gp_directory_find_gid(&v, SAMPLE_GUESTS, &g), GP_ST_NOT_FOUND);
	assert_int_equal(gp_directory_next_user(&v, &cursor, &u), GP_ST_NOT_FOUND);
	gp_directory_bytes_free(&b);

	struct gp_error err = {0};
	b = sample_large(10000, 1);
	assert_int_equal(gp_directory_validate(b.ptr, b.len, sample_rules(), &v, &err), GP_ST_OK);
	/* The size that was promised: 300 bytes a user with 5 groups. */
	assert_in_range(b.len, 1, 300 * 10000);
	uint32_t users = 0;
	while (gp_directory_next_user(&v, &cursor, &u) == GP_ST_OK) {
		struct gp_directory_user again;
		assert_int_equal(gp_directory_find_user(&v, u.name, &again), GP_ST_OK);
		assert_int_equal(again.uid, u.uid);
		assert_int_equal(gp_directory_find_uid(&v, u.uid, &again), GP_ST_OK);
		assert_true(gp_str_equal(again.name, u.name));
		users++;
	}
	assert_int_equal(users, 10000);
	gp_directory_bytes_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_directory_finds_users),
		cmocka_unit_test(test_directory_folds_names),
		cmocka_unit_test(test_directory_fold_is_ascii),
		cmocka_unit_test(test_directory_finds_groups),
		cmocka_unit_test(test_directory_enumerates_in_order),
		cmocka_unit_test(test_directory_membership),
		cmocka_unit_test(test_directory_every_byte_flipped),
		cmocka_unit_test(test_directory_every_length),
		cmocka_unit_test(test_directory_checks_agree),
		cmocka_unit_test(test_directory_short_and_long_texts),
		cmocka_unit_test(test_directory_other_version),
		cmocka_unit_test(test_directory_crafted_index_ends),
		cmocka_unit_test(test_directory_empty_and_large),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
