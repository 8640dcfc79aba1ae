/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/sshd_settings.h"

#include "contract/ban.h"

/* "Keyword value of any length" */
static bool split(struct gp_str line, struct gp_sshd_setting *out)
{
	line = gp_str_trim(line);
	if (line.len == 0 || line.ptr[0] == '#')
		return false;
	size_t n = 0;
	while (n < line.len && !gp_is_blank(line.ptr[n]))
		n++;
	out->key = (struct gp_str){line.ptr, n};
	out->value = gp_str_trim((struct gp_str){line.ptr + n, line.len - n});
	return true;
}

static bool is_in(const struct gp_doctor_guest *guest, struct gp_str group)
{
	for (size_t i = 0; i < guest->group_count; i++)
		if (gp_str_is(group, guest->groups[i]))
			return true;
	return false;
}

/* A list of names, those with '!' before them excluding: ssh_config(5), PATTERNS, without any. */
static bool matches_groups(struct gp_str list, const struct gp_doctor_guest *guest)
{
	bool matches = false;
	while (list.len > 0) {
		const char *comma = memchr(list.ptr, ',', list.len);
		struct gp_str word = {list.ptr,
				      comma != NULL ? (size_t)(comma - list.ptr) : list.len};
		size_t used = word.len + (comma != NULL ? 1 : 0);
		list = (struct gp_str){list.ptr + used, list.len - used};
		bool negated = word.len > 0 && word.ptr[0] == '!';
		if (negated)
			word = (struct gp_str){word.ptr + 1, word.len - 1};
		if (!is_in(guest, word))
			continue;
		if (negated)
			return false;
		matches = true;
	}
	return matches;
}

static bool block_holds(struct gp_str condition, const struct gp_doctor_guest *guest)
{
	struct gp_sshd_setting match = {0};
	if (gp_str_equal_nocase(condition, GP_STR("all")))
		return true;
	return split(condition, &match) && gp_str_equal_nocase(match.key, GP_STR("group")) &&
	       matches_groups(match.value, guest);
}

static bool has(const struct gp_sshd_settings *settings, struct gp_str key)
{
	for (size_t i = 0; i < settings->count; i++)
		if (gp_str_equal_nocase(settings->settings[i].key, key))
			return true;
	return false;
}

void gp_sshd_wanted(struct gp_str text, const struct gp_doctor_guest *guest,
		    struct gp_sshd_settings *out)
{
	bool holds = true;
	out->count = 0;
	while (text.len > 0) {
		struct gp_sshd_setting setting;
		if (!split(gp_str_take_line(&text), &setting))
			continue;
		if (gp_str_equal_nocase(setting.key, GP_STR("match")))
			holds = block_holds(setting.value, guest);
		else if (holds && out->count < GP_SSHD_SETTINGS_MAX && !has(out, setting.key))
			out->settings[out->count++] = setting;
	}
}

void gp_sshd_effective(struct gp_str text, struct gp_sshd_settings *out)
{
	out->count = 0;
	while (text.len > 0 && out->count < GP_SSHD_SETTINGS_MAX)
		if (split(gp_str_take_line(&text), &out->settings[out->count]))
			out->count++;
}

struct gp_str gp_sshd_value(const struct gp_sshd_settings *settings, const char *key)
{
	for (size_t i = 0; i < settings->count; i++)
		if (gp_str_equal_nocase(settings->settings[i].key, gp_str_from(key)))
			return settings->settings[i].value;
	return (struct gp_str){NULL, 0};
}

bool gp_sshd_time(struct gp_str text, uint64_t *seconds)
{
	static const struct {
		char sign;
		uint64_t seconds;
	} units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}, {'w', 604800}};
	uint64_t sum = 0;
	if (text.len == 0)
		return false;
	while (text.len > 0) {
		size_t digits = 0;
		uint64_t n = 0;
		uint64_t unit = 1;
		while (digits < text.len && text.ptr[digits] >= '0' && text.ptr[digits] <= '9')
			digits++;
		if (gp_parse_u64((struct gp_str){text.ptr, digits}, INT32_MAX, &n) != GP_ST_OK)
			return false;
		text = (struct gp_str){text.ptr + digits, text.len - digits};
		if (text.len > 0) {
			size_t i = 0;
			while (i < sizeof(units) / sizeof(units[0]) &&
			       units[i].sign != (char)(text.ptr[0] | 0x20))
				i++;
			if (i == sizeof(units) / sizeof(units[0]))
				return false;
			unit = units[i].seconds;
			text = (struct gp_str){text.ptr + 1, text.len - 1};
		}
		sum += n * unit;
		if (sum > INT32_MAX)
			return false;
	}
	*seconds = sum;
	return true;
}
