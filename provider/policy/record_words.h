/* SPDX-License-Identifier: Apache-2.0 */
/* The words of a record (record.h), by the value that each stands for. Room-private. */
#ifndef GP_POLICY_RECORD_WORDS_H
#define GP_POLICY_RECORD_WORDS_H

#include "contract/status.h"
#include "contract/str.h"

#define GP_RECORD_VERSION 1

enum gp_record_kind {
	GP_RECORD_PHASE,
	GP_RECORD_USER_TYPE,
	GP_RECORD_STATE,
	GP_RECORD_CREATION,
	GP_RECORD_HOME,
	GP_RECORD_BASIS,
	GP_RECORD_LOCATION,
};

/* NULL for what has no word: unknown. */
const char *gp_record_word(enum gp_record_kind kind, unsigned int value);
/* GP_ST_INVALID for a word that is none. */
enum gp_status gp_record_value(enum gp_record_kind kind, struct gp_str word,
			       unsigned int *out) gp_must_check;

#endif
