/* SPDX-License-Identifier: Apache-2.0 */
#include "config/value.h"

#include "base/address.h"
#include "config/access.h"
#include "config/clouds.h"
#include "config/hours.h"
#include "config/syntax.h"
#include "config/times.h"
#include "contract/text.h"

#include "contract/ban.h"

static char *member(struct gp_config *config, size_t offset)
{
	return (char *)config + offset;
}

static const char *member_of(const struct gp_config *config, size_t offset)
{
	return (const char *)config + offset;
}

static size_t count_of(const struct gp_key *key, const struct gp_config *config)
{
	size_t n = 0;
	memcpy(&n, member_of(config, key->count), sizeof(n));
	return n;
}

static const char *element(const struct gp_key *key, const struct gp_config *config, size_t i)
{
	return member_of(config, key->offset) + i * key->size;
}

static bool contains(const struct gp_key *key, const struct gp_config *config, const char *what)
{
	size_t n = count_of(key, config);
	for (size_t i = 0; i < n; i++)
		if (strcmp(element(key, config, i), what) == 0)
			return true;
	return false;
}

/* Takes the next word, up to a blank or a comma, off *REST; empty at the end. */
static struct gp_str next_word(struct gp_str *rest)
{
	size_t from = 0;
	while (from < rest->len && memchr(" \t,", rest->ptr[from], 3) != NULL)
		from++;
	size_t to = from;
	while (to < rest->len && memchr(" \t,", rest->ptr[to], 3) == NULL)
		to++;
	struct gp_str word = {rest->ptr + from, to - from};
	rest->ptr += to;
	rest->len -= to;
	return word;
}

/* GUIDs are compared as text later, so they are kept in one spelling. */
static const char *put_guid(char *to, struct gp_str text)
{
	uint8_t guid[16];
	if (gp_guid_parse(text, guid) != GP_ST_OK)
		return "not a GUID such as 6f1d5ee0-0000-4000-8000-000000000001";
	gp_guid_format(guid, to);
	static const uint8_t zero[16];
	return memcmp(guid, zero, sizeof(guid)) != 0 ? NULL : "the GUID of nothing";
}

/* TEXT at TO, unless something is WRONG with it. */
static const char *put_text(const struct gp_key *key, char *to, struct gp_str text,
			    const char *wrong)
{
	if (wrong != NULL)
		return wrong;
	return gp_copy(to, key->size, text) == GP_ST_OK ? NULL : "too long";
}

static const char *put_domain(char *to, struct gp_str text)
{
	if (text.len > GP_DIRECTORY_DOMAIN_MAX)
		return "a domain is too long for a login name";
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];
		to[i] = (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
	}
	to[text.len] = '\0';
	return gp_directory_domain_ok((struct gp_str){to, text.len})
		       ? NULL
		       : "not a mail domain such as partner.example";
}

static const char *put_network(const struct gp_key *key, char *to, struct gp_str text)
{
	struct gp_network network;
	return put_text(
		key, to, text,
		gp_network_parse(text, &network) == GP_ST_OK
			? NULL
			: "not an address or network such as 192.0.2.0/24 or 2001:db8::/32");
}

static const char *put_element(const struct gp_key *key, char *to, struct gp_str word)
{
	if (key->type == GP_KEY_GUIDS)
		return put_guid(to, word);
	if (key->type == GP_KEY_DOMAINS)
		return put_domain(to, word);
	if (key->type == GP_KEY_CLASSES)
		return put_text(key, to, word,
				gp_syntax_user_class(word)
					? NULL
					: "none of external-guest, external-member, "
					  "internal-guest");
	if (key->type == GP_KEY_ACCESS)
		return gp_access_text(word, to, key->size);
	if (key->type == GP_KEY_NETWORKS)
		return put_network(key, to, word);
	if (key->type == GP_KEY_CREATIONS)
		return put_text(key, to, word,
				gp_syntax_creation_type(word)
					? NULL
					: "none of invitation, self-service, email-verified, none");
	if (key->type == GP_KEY_CHECKS)
		return put_text(key, to, word,
				gp_syntax_reportable(word) ? NULL
							   : "not a check that may only report");
	if (key->type == GP_KEY_SERVICES)
		return put_text(key, to, word,
				gp_syntax_word(word) ? NULL : "not the name of a PAM service");
	return put_text(key, to, word, gp_syntax_literal(word) ? NULL : "a word is not plain text");
}

static const char *put_list(const struct gp_key *key, struct gp_str text, struct gp_config *config)
{
	size_t n = 0;
	struct gp_str rest = text;

	memcpy(member(config, key->count), &n, sizeof(n));
	for (struct gp_str word = next_word(&rest); word.len > 0; word = next_word(&rest)) {
		if (n == key->most)
			return "too many elements";
		char *to = member(config, key->offset) + n * key->size;
		const char *wrong = put_element(key, to, word);
		if (wrong != NULL)
			return wrong;
		if (contains(key, config, to))
			return "the same element twice";
		n++;
		memcpy(member(config, key->count), &n, sizeof(n));
	}
	return NULL;
}

static const char *put_number(const struct gp_key *key, char *to, struct gp_str text)
{
	uint64_t wide = 0;
	if (gp_parse_u64(text, UINT32_MAX, &wide) != GP_ST_OK)
		return "not a whole number";
	if (wide < key->min || wide > key->max)
		return "out of range";
	uint32_t n = (uint32_t)wide;
	memcpy(to, &n, sizeof(n));
	return NULL;
}

static const char *put_duration(const struct gp_key *key, char *to, struct gp_str text)
{
	uint32_t seconds = 0;
	if (gp_duration_parse(text, &seconds) != GP_ST_OK)
		return "not a time such as 90d, 12h, 30m or 10s";
	if (seconds > key->max)
		return "too long";
	memcpy(to, &seconds, sizeof(seconds));
	return NULL;
}

static const char *put_date(char *to, struct gp_str text)
{
	int64_t end_s = 0;
	if (gp_date_parse(text, &end_s) != GP_ST_OK)
		return "not a day such as 2026-12-31";
	memcpy(to, &end_s, sizeof(end_s));
	return NULL;
}

static const char *put_label(char *to, struct gp_str text)
{
	enum gp_label label = gp_str_is(text, "low")      ? GP_LABEL_LOW
			      : gp_str_is(text, "medium") ? GP_LABEL_MEDIUM
							  : GP_LABEL_HIGH;
	memcpy(to, &label, sizeof(label));
	return label != GP_LABEL_HIGH || gp_str_is(text, "high") ? NULL
								 : "none of low, medium, high";
}

static const char *put_word(const struct gp_key *key, char *to, struct gp_str text)
{
	for (unsigned int i = 0; key->words[i] != NULL; i++)
		if (gp_str_is(text, key->words[i])) {
			memcpy(to, &i, sizeof(i));
			return NULL;
		}
	return "none of the words that it may be";
}

/* Texts that stand for something. */
static const char *put_choice(const struct gp_key *key, char *to, struct gp_str text)
{
	if (key->type == GP_KEY_CLOUD) {
		const struct gp_cloud *cloud = gp_cloud_find(text);
		if (cloud == NULL)
			return "none of global, usgov, china, custom";
		memcpy(to, &cloud->name, sizeof(cloud->name));
		return NULL;
	}
	if (key->type == GP_KEY_YES_NO) {
		bool yes = gp_str_is(text, "yes");
		memcpy(to, &yes, sizeof(yes));
		return yes || gp_str_is(text, "no") ? NULL : "neither yes nor no";
	}
	if (key->type == GP_KEY_TIER_LABEL)
		return put_label(to, text);
	if (key->type == GP_KEY_CHOICE)
		return put_word(key, to, text);
	if (key->type == GP_KEY_GUESTS) {
		enum gp_guests guests =
			gp_str_is(text, "allowed") ? GP_GUESTS_ALLOWED : GP_GUESTS_NEVER;
		memcpy(to, &guests, sizeof(guests));
		return guests == GP_GUESTS_ALLOWED || gp_str_is(text, "never")
			       ? NULL
			       : "neither never nor allowed";
	}
	static const struct {
		const char *name;
		enum gp_log_level level;
	} levels[] = {{"error", GP_LOG_ERROR},
		      {"warn", GP_LOG_WARN},
		      {"info", GP_LOG_INFO},
		      {"debug", GP_LOG_DEBUG}};
	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++)
		if (gp_str_is(text, levels[i].name)) {
			memcpy(to, &levels[i].level, sizeof(levels[i].level));
			return NULL;
		}
	return "none of error, warn, info, debug";
}

static const char *wrong_text(const struct gp_key *key, struct gp_str text)
{
	switch (key->type) {
	case GP_KEY_ORIGIN:
		return gp_syntax_origin(text) ? NULL : "not https://host without a path";
	case GP_KEY_PREFIX:
		return gp_syntax_link(text) && text.ptr[text.len - 1] == '/'
			       ? NULL
			       : "not an https URL that ends in a slash";
	case GP_KEY_LINK:
		return gp_syntax_link(text) ? NULL : "not an https URL";
	case GP_KEY_PROXY:
		return gp_syntax_proxy(text) ? NULL : "not http://host:port without a user name";
	case GP_KEY_SCOPE:
		return gp_syntax_scope(text) ? NULL : "not api://resource/word or GUID/word";
	case GP_KEY_PATH:
		return gp_syntax_path(text) ? NULL : "not a plain absolute path";
	case GP_KEY_ACCOUNT:
		return gp_syntax_account(text) ? NULL : "not the name of a local account";
	case GP_KEY_GROUP:
		return gp_directory_name_ok(text) ? NULL : "not the name of a group of ours";
	case GP_KEY_WORD:
		return gp_syntax_word(text) ? NULL : "not letters, digits and . _ -";
	case GP_KEY_CONTEXT:
		return gp_context_ok(text) ? NULL : "not an authentication context, c1 to c99";
	case GP_KEY_LABEL:
		return gp_text_is_safe(text, GP_TEXT_LINE) ? NULL : "not plain printable text";
	case GP_KEY_TEMPLATE:
		return gp_syntax_name_template(text)
			       ? NULL
			       : "not made of {mail}, {local}, {domain} and a-z 0-9 . _ - + @, or "
				 "without {mail} and {local}";
	case GP_KEY_HOURS:
		return gp_hours_wrong(text);
	case GP_KEY_ACCESS:
	case GP_KEY_NETWORKS:
	case GP_KEY_CREATIONS:
	case GP_KEY_CHECKS:
	case GP_KEY_DURATION:
	case GP_KEY_DATE:
	case GP_KEY_TIER_LABEL:
	case GP_KEY_CHOICE:
	case GP_KEY_CLASSES:
	case GP_KEY_DOMAINS:
	case GP_KEY_GUID:
	case GP_KEY_GUIDS:
	case GP_KEY_LITERALS:
	case GP_KEY_SERVICES:
	case GP_KEY_NUMBER:
	case GP_KEY_YES_NO:
	case GP_KEY_CLOUD:
	case GP_KEY_LEVEL:
	case GP_KEY_GUESTS:
		break;
	}
	return "of no known type";
}

/* Members that are a number, an enum or a pointer into the table of clouds. */
static bool is_scalar(const struct gp_key *key)
{
	return key->type == GP_KEY_NUMBER || key->type == GP_KEY_DURATION ||
	       key->type == GP_KEY_DATE || key->type == GP_KEY_YES_NO ||
	       key->type == GP_KEY_CLOUD || key->type == GP_KEY_LEVEL ||
	       key->type == GP_KEY_GUESTS || key->type == GP_KEY_TIER_LABEL ||
	       key->type == GP_KEY_CHOICE;
}

const char *gp_value_set(const struct gp_key *key, struct gp_str text, struct gp_config *config)
{
	char *to = member(config, key->offset);

	if (gp_key_is_list(key))
		return put_list(key, text, config);
	if (text.len == 0)
		return "empty";
	if (key->type == GP_KEY_GUID)
		return put_guid(to, text);
	if (key->type == GP_KEY_NUMBER)
		return put_number(key, to, text);
	if (key->type == GP_KEY_DURATION)
		return put_duration(key, to, text);
	if (key->type == GP_KEY_DATE)
		return put_date(to, text);
	if (is_scalar(key))
		return put_choice(key, to, text);
	return put_text(key, to, text, wrong_text(key, text));
}

static bool is_subset(const struct gp_key *key, const struct gp_config *of,
		      const struct gp_config *all)
{
	size_t n = count_of(key, of);
	for (size_t i = 0; i < n; i++)
		if (!contains(key, all, element(key, of, i)))
			return false;
	return true;
}

bool gp_value_same(const struct gp_key *key, const struct gp_config *from,
		   const struct gp_config *to)
{
	const char *a = member_of(from, key->offset);
	const char *b = member_of(to, key->offset);

	if (gp_key_is_list(key))
		return is_subset(key, from, to) && is_subset(key, to, from);
	return is_scalar(key) ? memcmp(a, b, key->size) == 0 : strcmp(a, b) == 0;
}

_Static_assert(sizeof(enum gp_guests) == sizeof(uint32_t) &&
		       sizeof(enum gp_label) == sizeof(uint32_t) &&
		       sizeof(enum gp_forwarding) == sizeof(uint32_t),
	       "all are compared as numbers");

/* A duration or a date; 0 is no limit. */
static bool is_shorter(const struct gp_key *key, const char *from, const char *to)
{
	int64_t a = 0;
	int64_t b = 0;
	if (key->type == GP_KEY_DATE) {
		memcpy(&a, from, sizeof(a));
		memcpy(&b, to, sizeof(b));
	} else {
		uint32_t short_a = 0;
		uint32_t short_b = 0;
		memcpy(&short_a, from, sizeof(short_a));
		memcpy(&short_b, to, sizeof(short_b));
		a = short_a;
		b = short_b;
	}
	return a == 0 || (b != 0 && b <= a);
}

bool gp_value_tightens(const struct gp_key *key, const struct gp_config *from,
		       const struct gp_config *to)
{
	uint32_t a = 0;
	uint32_t b = 0;

	switch (key->rule) {
	case GP_RULE_FIXED:
		return gp_value_same(key, from, to);
	case GP_RULE_SMALLER:
		memcpy(&a, member_of(from, key->offset), sizeof(a));
		memcpy(&b, member_of(to, key->offset), sizeof(b));
		return b <= a;
	case GP_RULE_SUBSET:
		return is_subset(key, to, from);
	case GP_RULE_SUPERSET:
		return is_subset(key, from, to);
	case GP_RULE_NARROWER:
		return count_of(key, from) == 0 ||
		       (count_of(key, to) > 0 && is_subset(key, to, from));
	case GP_RULE_SHORTER:
		return is_shorter(key, member_of(from, key->offset), member_of(to, key->offset));
	case GP_RULE_YES:
		return gp_value_same(key, from, to) || !*member_of(from, key->offset);
	case GP_RULE_ONCE:
		return !gp_value_is_set(key, from) || gp_value_same(key, from, to);
	}
	return false;
}

void gp_value_copy(const struct gp_key *key, const struct gp_config *from, struct gp_config *to)
{
	size_t n = gp_key_is_list(key) ? key->most : 1;
	memcpy(member(to, key->offset), member_of(from, key->offset), n * key->size);
	if (gp_key_is_list(key))
		memcpy(member(to, key->count), member_of(from, key->count), sizeof(size_t));
}

bool gp_value_is_set(const struct gp_key *key, const struct gp_config *config)
{
	if (is_scalar(key))
		return true;
	return gp_key_is_list(key) ? count_of(key, config) > 0
				   : member_of(config, key->offset)[0] != '\0';
}
