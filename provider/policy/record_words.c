/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/record_words.h"

#include "entra/token.h"
#include "policy/admission.h"
#include "policy/conditional_access.h"

#include "contract/ban.h"

#define WORDS_MAX 6

/* They stay as they are: files that were written with them are read for years. */
static const char *const words[][WORDS_MAX] = {
	[GP_RECORD_PHASE] = {[GP_PHASE_BEFORE] = "before",
			     [GP_PHASE_TOKEN] = "token",
			     [GP_PHASE_ACCOUNT] = "account"},
	[GP_RECORD_USER_TYPE] = {[GP_USER_TYPE_GUEST] = "guest", [GP_USER_TYPE_MEMBER] = "member"},
	[GP_RECORD_STATE] = {[GP_EXTERNAL_NONE] = "none",
			     [GP_EXTERNAL_PENDING] = "pending",
			     [GP_EXTERNAL_ACCEPTED] = "accepted"},
	[GP_RECORD_CREATION] = {[GP_CREATION_NONE] = "none",
				[GP_CREATION_INVITATION] = "invitation",
				[GP_CREATION_SELF_SERVICE] = "self-service",
				[GP_CREATION_EMAIL_VERIFIED] = "email-verified",
				[GP_CREATION_OTHER] = "other"},
	[GP_RECORD_HOME] = {[GP_HOME_ENTRA] = "entra",
			    [GP_HOME_MSA] = "msa",
			    [GP_HOME_OTHER] = "other",
			    [GP_HOME_INTERNAL] = "internal"},
	[GP_RECORD_BASIS] = {[GP_BASIS_PACKAGE] = "package",
			     [GP_BASIS_PIM] = "pim",
			     [GP_BASIS_GROUP] = "group",
			     [GP_BASIS_LOCAL] = "local"},
	[GP_RECORD_LOCATION] = {[GP_CA_NONE] = "none",
				[GP_CA_LEFT_TO_ENTRA] = "left-to-entra",
				[GP_CA_ADDRESS_UNKNOWN] = "address-unknown",
				[GP_CA_DEMAND] = "demand",
				[GP_CA_BLOCK] = "block"},
};

const char *gp_record_word(enum gp_record_kind kind, unsigned int value)
{
	return value < WORDS_MAX ? words[kind][value] : NULL;
}

enum gp_status gp_record_value(enum gp_record_kind kind, struct gp_str word, unsigned int *out)
{
	for (unsigned int i = 0; i < WORDS_MAX; i++) {
		if (words[kind][i] != NULL && gp_str_is(word, words[kind][i])) {
			*out = i;
			return GP_ST_OK;
		}
	}
	return GP_ST_INVALID;
}
