/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/candidate.h"

#include <stdlib.h>

#include "contract/ids_conf.h"
#include "contract/text.h"

#include "contract/ban.h"

/* The texts of one user that the builder borrows. */
struct texts {
	char gecos[GP_DIRECTORY_GECOS_MAX + 1];
	char home[GP_DIRECTORY_HOME_MAX + 1];
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

static enum gp_status fill_user(const struct gp_candidate *in, const struct gp_guest *guest,
				struct texts *texts, struct gp_directory_new_user *user)
{
	struct gp_str prefix = gp_str_from(in->home_prefix);
	while (prefix.len > 1 && prefix.ptr[prefix.len - 1] == '/') {
		prefix.len--;
	}
	gp_candidate_gecos(guest->user.company_name, texts->gecos);
	enum gp_status st = gp_format(texts->home, sizeof(texts->home), "%.*s/%s",
				      GP_STR_ARGS(prefix), guest->name);
	*user = (struct gp_directory_new_user){
		.name = gp_str_from(guest->name),
		.gecos = gp_str_from(texts->gecos),
		.home = gp_str_from(texts->home),
		.shell = gp_str_from(in->shell),
		.uid = guest->uid,
		.expiry_day = GP_DIRECTORY_NO_EXPIRY,
		.primary = 0,
	};
	return st;
}

static enum gp_status build(const struct gp_candidate *in, struct texts *texts,
			    struct gp_directory_new_user *users, struct gp_directory_bytes *out,
			    struct gp_error *err)
{
	char group[GP_DIRECTORY_NAME_MAX + 1];
	size_t n = 0;
	if (gp_format(group, sizeof(group), "%sguests", in->rules->group_prefix) != GP_ST_OK) {
		return gp_fail(err, GP_ST_TOO_BIG, "the group prefix of ids.conf is too long");
	}
	if (gp_local_has_group(in->local, gp_str_from(group), in->rules->gid_base)) {
		return gp_fail(err, GP_ST_CONFLICT,
			       "a local group has the name %s or the number %u of the group of all "
			       "guests: rename it, or choose others in ids.conf",
			       group, in->rules->gid_base);
	}
	for (size_t i = 0; i < in->guest_count; i++) {
		if (in->guests[i].quarantined) {
			continue;
		}
		if (fill_user(in, &in->guests[i], &texts[n], &users[n]) != GP_ST_OK) {
			return gp_fail(err, GP_ST_TOO_BIG, "guest %s: the home's path is too long",
				       in->guests[i].user.id);
		}
		n++;
	}
	const struct gp_directory_new_group all = {gp_str_from(group), in->rules->gid_base};
	const struct gp_directory_input input = {
		.generation = in->generation,
		.seed = in->seed,
		.users = users,
		.user_count = n,
		.groups = &all,
		.group_count = 1,
	};
	return gp_directory_build(&input, in->rules, out, err);
}

enum gp_status gp_candidate_build(const struct gp_candidate *in, struct gp_directory_bytes *out,
				  struct gp_error *err)
{
	if (!gp_ids_shell_ok(in->rules, gp_str_from(in->shell))) {
		return gp_fail(err, GP_ST_INVALID, "the shell %s is not permitted by ids.conf",
			       in->shell);
	}
	struct texts *texts = calloc(in->guest_count + 1, sizeof(*texts));
	struct gp_directory_new_user *users = calloc(in->guest_count + 1, sizeof(*users));
	enum gp_status st = texts != NULL && users != NULL
				    ? build(in, texts, users, out, err)
				    : gp_fail(err, GP_ST_NO_MEMORY, "no memory for %zu guests",
					      in->guest_count);
	free(texts);
	free(users);
	return st;
}
