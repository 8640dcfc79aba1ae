/* SPDX-License-Identifier: Apache-2.0 */
/* Arbitrary bytes as a line of the audit: a decision and its facts. What can be read says the same
 * once it is written again, and a replay under a configuration comes to an end that it can name. */
#include <stdint.h>
#include <stdlib.h>

#include "base/json.h"
#include "contract/text.h"
#include "policy/replay.h"

#include "contract/ban.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static const char group[] = "aaaaaaaa-2222-4333-8444-555555555555";

static void configure(struct gp_config *config)
{
	*config = (struct gp_config){.guests = GP_GUESTS_ALLOWED, .access_groups_len = 2};
	memcpy(config->access_groups[0], group, sizeof(group));
	config->access_bases[0].basis = GP_BASIS_GROUP;
	memcpy(config->access_groups[1], group, sizeof(group));
	config->access_groups[1][0] = 'b';
	config->access_bases[1].basis = GP_BASIS_PIM;
}

/* Under the groups that the record itself names, so that nothing is unknown for want of asking. */
static void write_again(struct gp_record *record)
{
	static struct gp_record again;
	struct gp_config config = {.guests = GP_GUESTS_ALLOWED};
	struct gp_facts facts, back;
	struct gp_admission first, second;
	gp_buf_auto struct gp_buf b = GP_BUF(1U << 20);
	gp_json_doc_auto struct gp_json_doc *doc = NULL;
	config.access_groups_len = record->groups_len;
	memcpy(config.access_groups, record->groups, sizeof(config.access_groups));
	memcpy(config.access_bases, record->bases, sizeof(config.access_bases));
	gp_record_apply(record, &config, &facts);
	gp_record_write(&b, &facts, record->phase);
	if (gp_buf_status(&b) != GP_ST_OK ||
	    !gp_text_is_safe((struct gp_str){gp_buf_get(&b), b.len}, GP_TEXT_LINE) ||
	    gp_json_parse(gp_str_from(gp_buf_get(&b)), &doc, NULL) != GP_ST_OK ||
	    gp_record_read(gp_json_root(doc), &again, NULL) != GP_ST_OK ||
	    again.phase != record->phase)
		abort();
	gp_record_apply(&again, &config, &back);
	gp_admission_decide(&facts, record->phase, &first);
	gp_admission_decide(&back, record->phase, &second);
	if (first.verdict != second.verdict || strcmp(first.reason, second.reason) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct gp_past past;
	struct gp_config config;
	struct gp_error err = {0};
	struct gp_replay replay;
	gp_json_doc_auto struct gp_json_doc *doc = NULL;
	if (gp_json_parse((struct gp_str){(const char *)data, len}, &doc, NULL) != GP_ST_OK)
		return 0;
	enum gp_status st = gp_past_read(gp_json_root(doc), &past, &err);
	if (st != GP_ST_OK) {
		if (st != GP_ST_NOT_FOUND && err.text[0] == '\0')
			abort();
		return 0;
	}
	configure(&config);
	gp_replay_decide(&past, &config, NULL, &replay);
	if (replay.outcome > GP_REPLAY_MAY_SIGN_IN || replay.by_len > GP_CHECKS_MAX ||
	    (replay.outcome == GP_REPLAY_SAME) != (replay.by_len == 0))
		abort();
	/* The home is not the configuration's to allow, and none is listed here. */
	if (past.has_facts && past.record.phase != GP_PHASE_BEFORE &&
	    replay.outcome == GP_REPLAY_ADMITTED)
		abort();
	if (past.has_facts)
		write_again(&past.record);
	return 0;
}
