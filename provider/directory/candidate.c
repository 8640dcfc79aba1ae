/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/candidate.h"

#include <stdlib.h>

#include "contract/ids_conf.h"
#include "contract/text.h"
#include "directory/domains.h"
#include "directory/expiry.h"

#include "contract/ban.h"

#define DAY_S 86400

/* What the builder borrows. */
struct parts {
	struct gp_directory_new_user *users;
	size_t user_count;
	char *text; /* homes and organisations, one after the other */
	size_t text_len, text_room;
	uint32_t *members; /* indexes of groups, of one user after the other */
	size_t member_count;
	struct gp_directory_new_group groups[1 + GP_CONFIG_MAPPED_MAX];
	size_t group_count;
	uint32_t group_of[GP_CONFIG_MAPPED_MAX]; /* of a mapped group: its index; 0: left out */
	char all[GP_DIRECTORY_NAME_MAX + 1];
	struct gp_domains domains;
	struct gp_str domain_texts[GP_DIRECTORY_DOMAINS_MAX];
	struct gp_str prefix; /* of homes, without a slash at the end */
	struct gp_str nologin;
};

/* How many bytes of S are one character that may stay; 0 if the first byte is to become a blank.
 * Blanks themselves are, so that several come out as one. */
static size_t keep(struct gp_str s)
{
	unsigned int c = 0;
	size_t n = gp_utf8_decode(s, &c);
	if (n == 0 || c == ' ' || c == ':' || c == ',' || c == '&' || c == '=' || c == '"' ||
	    c == '\\') {
		return 0;
	}
	return gp_text_is_safe((struct gp_str){s.ptr, n}, GP_TEXT_LINE) ? n : 0;
}

void gp_candidate_gecos(const char *organisation, char out[static GP_DIRECTORY_GECOS_MAX + 1])
{
	struct gp_str left = gp_str_from(organisation);
	size_t len = 0;
	while (left.len > 0) {
		size_t n = keep(left);
		size_t step = n > 0 ? n : 1;
		if (len + step > GP_DIRECTORY_GECOS_MAX) {
			break;
		}
		if (n > 0) {
			memcpy(out + len, left.ptr, n);
			len += n;
		} else if (len > 0 && out[len - 1] != ' ') {
			out[len++] = ' ';
		}
		left.ptr += step;
		left.len -= step;
	}
	while (len > 0 && out[len - 1] == ' ') {
		len--;
	}
	out[len] = '\0';
}

/* Where nobody gets a shell, as ids.conf permits it. */
static enum gp_status find_nologin(const struct gp_candidate *in, struct parts *p,
				   struct gp_error *err)
{
	bool needed = in->plan->departed > 0;
	for (size_t i = 0; i < in->plan->guest_count && !needed; i++) {
		needed = in->plan->guests[i].in_question;
	}
	if (!needed) {
		return GP_ST_OK;
	}
	const char *shell = gp_ids_nologin(in->rules);
	if (shell != NULL) {
		p->nologin = gp_str_from(shell);
		return GP_ST_OK;
	}
	return gp_fail(err, GP_ST_INVALID,
		       "ids.conf permits no shell for guests who may not enter: add "
		       "/usr/sbin/nologin to its "
		       "shells");
}

static enum gp_status add_groups(const struct gp_candidate *in, struct parts *p,
				 struct gp_error *err)
{
	if (gp_ids_guests_group(in->rules, p->all, sizeof(p->all)) != GP_ST_OK) {
		return gp_fail(err, GP_ST_TOO_BIG, "the group prefix of ids.conf is too long");
	}
	if (gp_local_has_group(in->local, gp_str_from(p->all), in->rules->gid_base)) {
		return gp_fail(err, GP_ST_CONFLICT,
			       "a local group has the name %s or the number %u of the group of all "
			       "guests: rename it, or choose others in ids.conf",
			       p->all, in->rules->gid_base);
	}
	p->groups[p->group_count++] =
		(struct gp_directory_new_group){gp_str_from(p->all), in->rules->gid_base};
	for (size_t i = 0; i < in->plan->group_count; i++) {
		const struct gp_plan_group *group = &in->plan->groups[i];
		if (group->quarantine == NULL) {
			p->group_of[i] = (uint32_t)p->group_count;
			p->groups[p->group_count++] = (struct gp_directory_new_group){
				gp_str_from(group->name), group->gid};
		}
	}
	return GP_ST_OK;
}

static const char *company_of(const struct gp_candidate *in, const struct gp_guest *guest)
{
	return guest->person != NULL ? gp_roll_text(in->roll, guest->person->company) : "";
}

/* How much text and how many memberships there will be at most, in one pass before. */
static enum gp_status make_room(const struct gp_candidate *in, struct parts *p,
				struct gp_error *err)
{
	size_t members = 0;
	size_t users = 0;
	for (size_t i = 0; i < in->plan->guest_count; i++) {
		const struct gp_guest *guest = &in->plan->guests[i];
		if (guest->quarantined) {
			continue;
		}
		users++;
		p->text_room += p->prefix.len + strlen(guest->name) + 2;
		p->text_room += strlen(company_of(in, guest)) + 1;
		members += (size_t)__builtin_popcountll(guest->groups);
	}
	p->text = malloc(p->text_room + 1);
	p->users = calloc(users + 1, sizeof(*p->users));
	p->members = calloc(members + 1, sizeof(*p->members));
	if (p->text == NULL || p->users == NULL || p->members == NULL) {
		return gp_fail(err, GP_ST_NO_MEMORY, "no memory for %zu guests", users);
	}
	return GP_ST_OK;
}

static struct gp_str keep_text(struct parts *p, const char *text, size_t len)
{
	struct gp_str kept = {p->text + p->text_len, len};
	memcpy(p->text + p->text_len, text, len);
	p->text_len += len;
	return kept;
}

static int32_t expiry_of(const struct gp_config *config, const struct gp_guest *guest)
{
	if (!guest->present) {
		return gp_expiry_day(guest->left_s - guest->left_s % DAY_S); /* that very day */
	}
	if (guest->in_question) {
		return gp_expiry_day(0);
	}
	return gp_expiry_day(gp_expiry_end(config, guest->first_seen_s, guest->pass_end_s));
}

static void add_user(const struct gp_candidate *in, struct parts *p, const struct gp_guest *guest)
{
	const bool enters = guest->present && !guest->in_question;
	char gecos[GP_DIRECTORY_GECOS_MAX + 1];
	struct gp_directory_new_user *user = &p->users[p->user_count++];
	size_t at = p->text_len;
	gp_candidate_gecos(company_of(in, guest), gecos);
	(void)keep_text(p, p->prefix.ptr, p->prefix.len);
	(void)keep_text(p, "/", 1);
	(void)keep_text(p, guest->name, strlen(guest->name));
	const struct gp_str home = {p->text + at, p->text_len - at};
	const struct gp_str organisation = keep_text(p, gecos, strlen(gecos));
	*user = (struct gp_directory_new_user){
		.name = gp_str_from(guest->name),
		.gecos = organisation,
		.home = home,
		.shell = enters ? gp_str_from(in->config->shell) : p->nologin,
		.uid = guest->uid,
		.expiry_day = expiry_of(in->config, guest),
		.groups = p->members + p->member_count,
	};
	if (!enters) {
		return;
	}
	for (size_t i = 0; i < in->plan->group_count; i++) {
		if ((guest->groups >> i & 1) != 0 && p->group_of[i] != 0) {
			p->members[p->member_count++] = p->group_of[i];
			user->group_count++;
		}
	}
}

static enum gp_status build(const struct gp_candidate *in, struct parts *p,
			    struct gp_directory_bytes *out, struct gp_error *err)
{
	enum gp_status st = find_nologin(in, p, err);
	if (st == GP_ST_OK) {
		st = add_groups(in, p, err);
	}
	if (st == GP_ST_OK) {
		st = make_room(in, p, err);
	}
	if (st != GP_ST_OK) {
		return st;
	}
	for (size_t i = 0; i < in->plan->guest_count; i++) {
		if (!in->plan->guests[i].quarantined) {
			add_user(in, p, &in->plan->guests[i]);
		}
	}
	gp_domains_make(in->config, in->plan, &p->domains);
	for (size_t i = 0; i < p->domains.count; i++) {
		p->domain_texts[i] = gp_str_from(p->domains.all[i]);
	}
	const struct gp_directory_input input = {
		.generation = in->generation,
		.seed = in->seed,
		.unlisted = !in->config->enumerate,
		.users = p->users,
		.user_count = p->user_count,
		.groups = p->groups,
		.group_count = p->group_count,
		.domains = p->domain_texts,
		.domain_count = p->domains.count,
	};
	return gp_directory_build(&input, in->rules, out, err);
}

enum gp_status gp_candidate_build(const struct gp_candidate *in, struct gp_directory_bytes *out,
				  struct gp_error *err)
{
	struct parts p = {.prefix = gp_str_from(in->config->home_prefix)};
	if (!gp_ids_shell_ok(in->rules, gp_str_from(in->config->shell))) {
		return gp_fail(err, GP_ST_INVALID, "the shell %s is not permitted by ids.conf",
			       in->config->shell);
	}
	while (p.prefix.len > 1 && p.prefix.ptr[p.prefix.len - 1] == '/') {
		p.prefix.len--;
	}
	enum gp_status st = build(in, &p, out, err);
	free(p.text);
	free(p.users);
	free(p.members);
	return st;
}
