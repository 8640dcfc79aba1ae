/* SPDX-License-Identifier: Apache-2.0 */
#include "contract/ids_conf.h"

#include "contract/text.h"

#include "contract/ban.h"

#define LINE_LIMIT 512
#define NOBODY     65534U
#define INVALID_16 65535U

enum key {
	UID_BASE,
	UID_SIZE,
	GID_BASE,
	GID_SIZE,
	USER_SUFFIX,
	GROUP_PREFIX,
	HOME_PREFIXES,
	SHELLS,
	ADOPT_USER,
	ADOPT_GROUP,
	SUDO_GROUP,
	KEYS,
};

static const char *const key_names[KEYS] = {
	[UID_BASE] = "uid_base",           [UID_SIZE] = "uid_size",
	[GID_BASE] = "gid_base",           [GID_SIZE] = "gid_size",
	[USER_SUFFIX] = "user_suffix",     [GROUP_PREFIX] = "group_prefix",
	[HOME_PREFIXES] = "home_prefixes", [SHELLS] = "shells",
	[ADOPT_USER] = "adopt_user",       [ADOPT_GROUP] = "adopt_group",
	[SUDO_GROUP] = "sudo_group",
};

struct parse {
	const char *file;
	unsigned int line;
	unsigned int seen_at[KEYS]; /* line, 0 = not yet */
	struct gp_ids_rules *rules;
	struct gp_error *err;
};

static enum gp_status wrong(const struct parse *p, const char *what, struct gp_str value)
{
	char safe[80];
	gp_text_safe(value, GP_TEXT_LINE, safe, sizeof(safe));
	return gp_fail(p->err, GP_ST_INVALID, "%s:%u: %s: \"%s\"", p->file, p->line, what, safe);
}

/* Takes the next word, up to blanks or a comma, off *REST; empty at the end. */
static struct gp_str next_word(struct gp_str *rest)
{
	size_t from = 0;
	while (from < rest->len && (gp_is_blank(rest->ptr[from]) || rest->ptr[from] == ','))
		from++;
	size_t to = from;
	while (to < rest->len && !gp_is_blank(rest->ptr[to]) && rest->ptr[to] != ',')
		to++;
	struct gp_str word = {rest->ptr + from, to - from};
	rest->ptr += to;
	rest->len -= to;
	return word;
}

/* Decimal, or 0x and hexadecimal digits. */
static bool parse_number(struct gp_str s, uint32_t *out)
{
	uint64_t n = 0;
	if (gp_str_starts(s, "0x")) {
		if (s.len < 3 || s.len > 10)
			return false;
		for (size_t i = 2; i < s.len; i++) {
			char c = s.ptr[i];
			unsigned int digit = c >= '0' && c <= '9'   ? (unsigned int)(c - '0')
					     : c >= 'a' && c <= 'f' ? (unsigned int)(c - 'a' + 10)
					     : c >= 'A' && c <= 'F' ? (unsigned int)(c - 'A' + 10)
								    : 16;
			if (digit > 15)
				return false;
			n = n << 4 | digit;
		}
	} else if (gp_parse_u64(s, UINT32_MAX, &n) != GP_ST_OK) {
		return false;
	}
	*out = (uint32_t)n;
	return true;
}

/* How many single-character edits apart, given up beyond the table's size. */
static size_t distance(struct gp_str a, const char *b)
{
	size_t row[32];
	size_t blen = strlen(b);
	if (a.len >= 32 || blen >= 32)
		return 32;
	for (size_t j = 0; j <= blen; j++)
		row[j] = j;
	for (size_t i = 1; i <= a.len; i++) {
		size_t diagonal = row[0];
		row[0] = i;
		for (size_t j = 1; j <= blen; j++) {
			size_t above = row[j];
			size_t best = diagonal + (a.ptr[i - 1] != b[j - 1]);
			best = above + 1 < best ? above + 1 : best;
			best = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
			row[j] = best;
			diagonal = above;
		}
	}
	return row[blen];
}

static enum gp_status unknown_key(const struct parse *p, struct gp_str key)
{
	char safe[48];
	enum key nearest = UID_BASE;
	for (enum key k = UID_BASE; k < KEYS; k++)
		if (distance(key, key_names[k]) < distance(key, key_names[nearest]))
			nearest = k;
	gp_text_safe(key, GP_TEXT_LINE, safe, sizeof(safe));
	return gp_fail(p->err, GP_ST_INVALID, "%s:%u: unknown key \"%s\"; the nearest is \"%s\"",
		       p->file, p->line, safe, key_names[nearest]);
}

static enum gp_status add_paths(struct parse *p, enum key key, struct gp_str value)
{
	struct gp_ids_rules *r = p->rules;
	size_t *count = key == SHELLS ? &r->shell_count : &r->home_count;
	struct gp_str rest = value;

	*count = 0;
	for (struct gp_str word = next_word(&rest); word.len > 0; word = next_word(&rest)) {
		bool dir = word.ptr[word.len - 1] == '/';
		struct gp_str bare = {word.ptr, word.len - (dir ? 1U : 0U)};
		char *to = key == SHELLS ? r->shells[*count < GP_IDS_PATHS_MAX ? *count : 0]
					 : r->homes[*count < GP_IDS_PATHS_MAX ? *count : 0];
		if (*count == GP_IDS_PATHS_MAX)
			return wrong(p, "too many paths", word);
		if (!gp_directory_path_ok(bare) || word.len + 1 >= GP_DIRECTORY_HOME_MAX)
			return wrong(p, "not a plain absolute path below /", word);
		if (gp_copy(to, GP_DIRECTORY_HOME_MAX + 1, word) != GP_ST_OK)
			return wrong(p, "path too long", word);
		/* /home/guests must not permit /home/guests-and-more. */
		if (key == HOME_PREFIXES && !dir) {
			to[word.len] = '/';
			to[word.len + 1] = '\0';
		}
		++*count;
	}
	return *count > 0 ? GP_ST_OK : wrong(p, "no path given", value);
}

static enum gp_status add_adopted(struct parse *p, enum key key, struct gp_str value)
{
	struct gp_ids_rules *r = p->rules;
	bool user = key == ADOPT_USER;
	struct gp_ids_adopted *list = user ? r->adopted_users : r->adopted_groups;
	size_t *count = user ? &r->adopted_user_count : &r->adopted_group_count;
	struct gp_str rest = value;
	struct gp_str name = next_word(&rest);
	struct gp_str number = next_word(&rest);
	uint32_t n = 0;

	if (!gp_directory_name_ok(name) || !parse_number(number, &n) || next_word(&rest).len > 0)
		return wrong(p, "not a name and a number", value);
	if (n < GP_DIRECTORY_NUMBER_FLOOR || n == UINT32_MAX || n == NOBODY || n == INVALID_16)
		return wrong(p, "this number is never a guest's", value);
	for (size_t i = 0; i < *count; i++)
		if (list[i].number == n || gp_str_is(name, list[i].name))
			return wrong(p, "name or number adopted twice", value);
	if (*count == GP_IDS_ADOPTED_MAX)
		return wrong(p, "too many adopted", value);
	if (gp_copy(list[*count].name, sizeof(list[*count].name), name) != GP_ST_OK)
		return wrong(p, "name too long", value);
	list[*count].number = n;
	++*count;
	return GP_ST_OK;
}

/* Prefix and suffix keep guests' names apart from local ones, so two characters at the least, and
 * one that names like "sudo" or "root" do not have. */
static enum gp_status set_affix(struct parse *p, enum key key, struct gp_str value)
{
	char *to = key == USER_SUFFIX ? p->rules->user_suffix : p->rules->group_prefix;
	size_t size =
		key == USER_SUFFIX ? sizeof(p->rules->user_suffix) : sizeof(p->rules->group_prefix);
	char name[GP_DIRECTORY_NAME_MAX + 1] = "x";
	bool marked = false;

	for (size_t i = 0; i < value.len; i++)
		marked = marked ||
			 (value.ptr[i] != '\0' && memchr("-._+@", value.ptr[i], 5) != NULL);
	if (value.len < 2 || value.len >= size || !marked ||
	    gp_copy(name + 1, sizeof(name) - 1, value) != GP_ST_OK ||
	    !gp_directory_name_ok(gp_str_from(name)) ||
	    (key == GROUP_PREFIX && !gp_directory_name_ok(value)))
		return wrong(p, "not 2 or more of a-z 0-9 . _ - + @ with a sign among them", value);
	return gp_copy(to, size, value);
}

static enum gp_status set_sudo_group(struct parse *p, struct gp_str value)
{
	static const uint8_t zero[16];
	uint8_t guid[16];
	if (gp_guid_parse(value, guid) != GP_ST_OK || memcmp(guid, zero, sizeof(guid)) == 0)
		return wrong(p, "not the object id of a group", value);
	gp_guid_format(guid, p->rules->sudo_group);
	return GP_ST_OK;
}

static enum gp_status set(struct parse *p, enum key key, struct gp_str value)
{
	struct gp_ids_rules *r = p->rules;
	uint32_t *number = NULL;

	switch (key) {
	case UID_BASE:
		number = &r->uid_base;
		break;
	case UID_SIZE:
		number = &r->uid_size;
		break;
	case GID_BASE:
		number = &r->gid_base;
		break;
	case GID_SIZE:
		number = &r->gid_size;
		break;
	case USER_SUFFIX:
	case GROUP_PREFIX:
		return set_affix(p, key, value);
	case HOME_PREFIXES:
	case SHELLS:
		return add_paths(p, key, value);
	case ADOPT_USER:
	case ADOPT_GROUP:
		return add_adopted(p, key, value);
	case SUDO_GROUP:
		return set_sudo_group(p, value);
	case KEYS:
		return GP_ST_INTERNAL;
	}
	return parse_number(value, number) ? GP_ST_OK : wrong(p, "not a number", value);
}

static enum gp_status parse_line(struct parse *p, struct gp_str line)
{
	line = gp_str_trim(line);
	if (line.len == 0 || line.ptr[0] == '#')
		return GP_ST_OK;
	if (line.len > LINE_LIMIT)
		return wrong(p, "line too long", line);
	const char *sign = memchr(line.ptr, '=', line.len);
	if (sign == NULL)
		return wrong(p, "not of the form key = value", line);
	size_t key_len = (size_t)(sign - line.ptr);
	struct gp_str name = gp_str_trim((struct gp_str){line.ptr, key_len});
	struct gp_str value = gp_str_trim((struct gp_str){sign + 1, line.len - key_len - 1});
	enum key key = UID_BASE;
	while (key < KEYS && !gp_str_is(name, key_names[key]))
		key++;
	if (key == KEYS)
		return unknown_key(p, name);
	if (p->seen_at[key] != 0 && key != ADOPT_USER && key != ADOPT_GROUP)
		return gp_fail(p->err, GP_ST_INVALID, "%s:%u: \"%s\" again, after line %u", p->file,
			       p->line, key_names[key], p->seen_at[key]);
	p->seen_at[key] = p->line;
	return set(p, key, value);
}

static enum gp_status check_range(const struct parse *p, enum key base_key, uint32_t base,
				  uint32_t size)
{
	enum key size_key = base_key == UID_BASE ? UID_SIZE : GID_SIZE;
	unsigned int line = p->seen_at[size_key] > p->seen_at[base_key] ? p->seen_at[size_key]
									: p->seen_at[base_key];
	const char *why = NULL;
	if (base < GP_DIRECTORY_NUMBER_FLOOR)
		why = "begins below 1000, among the system's own numbers";
	else if (size == 0)
		why = "is empty";
	else if (size > UINT32_MAX - base)
		why = "ends beyond 4294967294";
	else if (base <= INVALID_16 && base + size > NOBODY)
		why = "contains 65534 or 65535 (nobody, and no one)";
	if (why == NULL)
		return GP_ST_OK;
	return gp_fail(p->err, GP_ST_INVALID, "%s:%u: the range of \"%s\" %s", p->file, line,
		       key_names[base_key], why);
}

/* An adopted number inside the range would be given to another guest one day. */
static enum gp_status check_adopted(const struct parse *p, enum key key, uint32_t base,
				    uint32_t size)
{
	const struct gp_ids_rules *r = p->rules;
	bool user = key == ADOPT_USER;
	const struct gp_ids_adopted *list = user ? r->adopted_users : r->adopted_groups;
	size_t count = user ? r->adopted_user_count : r->adopted_group_count;
	for (size_t i = 0; i < count; i++)
		if (list[i].number >= base && list[i].number - base < size)
			return gp_fail(
				p->err, GP_ST_INVALID,
				"%s:%u: \"%s\": number %u of \"%s\" lies in the guests' own range",
				p->file, p->seen_at[key], key_names[key], list[i].number,
				list[i].name);
	return GP_ST_OK;
}

enum gp_status gp_ids_conf_parse(struct gp_str text, const char *file, struct gp_ids_rules *rules,
				 struct gp_error *err)
{
	struct parse p = {.file = file, .rules = rules, .err = err};
	enum gp_status st = GP_ST_OK;

	gp_ids_rules_default(rules);
	while (text.len > 0 && st == GP_ST_OK) {
		const char *end = memchr(text.ptr, '\n', text.len);
		struct gp_str line = {text.ptr, end != NULL ? (size_t)(end - text.ptr) : text.len};
		p.line++;
		st = parse_line(&p, line);
		size_t used = line.len + (end != NULL ? 1 : 0);
		text.ptr += used;
		text.len -= used;
	}
	if (st == GP_ST_OK)
		st = check_range(&p, UID_BASE, rules->uid_base, rules->uid_size);
	if (st == GP_ST_OK)
		st = check_range(&p, GID_BASE, rules->gid_base, rules->gid_size);
	if (st == GP_ST_OK)
		st = check_adopted(&p, ADOPT_USER, rules->uid_base, rules->uid_size);
	if (st == GP_ST_OK)
		st = check_adopted(&p, ADOPT_GROUP, rules->gid_base, rules->gid_size);
	return st;
}
