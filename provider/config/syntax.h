/* SPDX-License-Identifier: Apache-2.0 */
/* What the texts of the configuration may look like. Pure; each answers for a whole text. */
#ifndef GP_CONFIG_SYNTAX_H
#define GP_CONFIG_SYNTAX_H

#include <stdbool.h>

#include "contract/str.h"

/* "https://host[:port]" and nothing more; a host is a name, an IPv4 address or one in brackets. */
bool gp_syntax_origin(struct gp_str s);
/* An origin and a path that may hold whatever a URL may, but no user name. */
bool gp_syntax_link(struct gp_str s);
bool gp_syntax_proxy(struct gp_str s);
bool gp_syntax_scope(struct gp_str s);
/* Absolute, without empty, "." or ".." components and without a slash at the end. */
bool gp_syntax_path(struct gp_str s);
/* Lower-case letters, digits, '-' and '_', as useradd takes them. */
bool gp_syntax_account(struct gp_str s);
/* Letters, digits and ". _ -", beginning with a letter or a digit. */
bool gp_syntax_word(struct gp_str s);
/* Printable ASCII without blanks, commas and quotes. */
bool gp_syntax_literal(struct gp_str s);

/* A class of users that may be guests: external-guest, external-member or internal-guest. */
bool gp_syntax_user_class(struct gp_str s);
/* How an account came to be: invitation, self-service, email-verified or none. */
bool gp_syntax_creation_type(struct gp_str s);
/* The name of a check that may be recorded without being enforced; the others always hold. */
bool gp_syntax_reportable(struct gp_str s);
/* {mail}, {local}, {domain} and characters of login names; at least one of the first two. */
bool gp_syntax_name_template(struct gp_str s);

#endif
