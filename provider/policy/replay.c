/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/replay.h"

#include <string.h>

#include "base/json.h"
#include "base/zone.h"

#include "contract/ban.h"

static enum gp_status read_verdict(struct gp_str word, enum gp_verdict *out)
{
	static const enum gp_verdict all[] = {GP_NO, GP_CANNOT_TELL, GP_NOT_YET, GP_YES};
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (gp_str_is(word, gp_verdict_name(all[i]))) {
			*out = all[i];
			return GP_ST_OK;
		}
	}
	return GP_ST_INVALID;
}

static enum gp_status read_check(const struct gp_json *check, struct gp_past_check *out)
{
	struct gp_str name, verdict, reason;
	*out = (struct gp_past_check){0};
	if (gp_json_get_str(check, "name", sizeof(out->name) - 1, &name) != GP_ST_OK ||
	    gp_json_get_str(check, "verdict", 32, &verdict) != GP_ST_OK ||
	    gp_json_get_str(check, "reason", sizeof(out->reason) - 1, &reason) != GP_ST_OK ||
	    gp_copy(out->name, sizeof(out->name), name) != GP_ST_OK ||
	    gp_copy(out->reason, sizeof(out->reason), reason) != GP_ST_OK) {
		return GP_ST_INVALID;
	}
	enum gp_status st = gp_json_get_bool(check, "report", &out->report);
	if (st != GP_ST_OK && st != GP_ST_NOT_FOUND) {
		return GP_ST_INVALID;
	}
	return read_verdict(verdict, &out->verdict);
}

static enum gp_status read_checks(const struct gp_json *line, struct gp_past *out,
				  struct gp_error *err)
{
	const struct gp_json *checks = NULL;
	enum gp_status st = gp_json_get_array(line, "checks", &checks);
	if (st != GP_ST_OK) {
		return st == GP_ST_NOT_FOUND ? st : gp_fail(err, st, "checks: no list");
	}
	if (gp_json_array_len(checks) > GP_CHECKS_MAX) {
		return gp_fail(err, GP_ST_TOO_BIG, "checks: more than there can be");
	}
	for (; out->len < gp_json_array_len(checks); out->len++) {
		st = read_check(gp_json_array_at(checks, out->len), &out->checks[out->len]);
		if (st != GP_ST_OK) {
			return gp_fail(err, st, "checks: one of them cannot be read");
		}
	}
	return GP_ST_OK;
}

enum gp_status gp_past_read(const struct gp_json *line, struct gp_past *out, struct gp_error *err)
{
	struct gp_str verdict;
	const struct gp_json *facts = NULL;
	*out = (struct gp_past){0};
	if (gp_json_type(line) != GP_JSON_OBJECT) {
		return gp_fail(err, GP_ST_INVALID, "no JSON object");
	}
	enum gp_status st = gp_json_get_str(line, "verdict", 64, &verdict);
	if (st != GP_ST_OK) {
		return st == GP_ST_NOT_FOUND ? st : gp_fail(err, st, "verdict: no word");
	}
	out->admitted = gp_str_is(verdict, "admitted");
	if (!out->admitted && !gp_str_is(verdict, "refused")) {
		return GP_ST_NOT_FOUND;
	}
	st = read_checks(line, out, err);
	if (st != GP_ST_OK) {
		return st;
	}
	st = gp_json_get_object(line, "facts", &facts);
	if (st != GP_ST_OK) {
		return st == GP_ST_NOT_FOUND ? GP_ST_OK : gp_fail(err, st, "facts: no object");
	}
	st = gp_record_read(facts, &out->record, err);
	out->has_facts = st == GP_ST_OK;
	return st;
}

static bool refused_then(const struct gp_past_check *check)
{
	return check->verdict != GP_YES && check->verdict != GP_NOT_YET && !check->report;
}

static const struct gp_past_check *then_of(const struct gp_past *past, const char *name)
{
	for (size_t i = 0; i < past->len; i++) {
		if (strcmp(past->checks[i].name, name) == 0) {
			return &past->checks[i];
		}
	}
	return NULL;
}

/* Does the record hold what CHECK, which says no or cannot tell, had to know? If it said the very
 * same then, it had looked for it. Otherwise a "cannot tell" is about what was not asked then. */
static bool is_known(const struct gp_past *past, const struct gp_check *check)
{
	const struct gp_past_check *then = then_of(past, check->name);
	bool same = then != NULL && then->verdict == check->verdict &&
		    strcmp(then->reason, check->reason) == 0;
	bool passes = strcmp(check->name, "pass") == 0;
	bool groups = passes || strcmp(check->name, "member") == 0;
	if (check->verdict == GP_NO) {
		/* In the account phase another pass may have been better than the one that is
		 * known. */
		return !passes || same || !past->record.facts.passes.of_sign_in;
	}
	return same && (!groups || past->record.same_groups);
}

static void name_it(struct gp_replay *out, const char *name, const char *reason)
{
	out->by[out->by_len].name = name;
	out->by[out->by_len++].reason = reason;
}

/* Those of NOW that speak against and whose facts are KNOWN, or not; how many. */
static size_t against(const struct gp_past *past, const struct gp_admission *now, bool known,
		      struct gp_replay *out)
{
	out->by_len = 0;
	for (size_t i = 0; i < now->len; i++) {
		const struct gp_check *check = &now->checks[i];
		if (check->verdict != GP_YES && check->verdict != GP_NOT_YET && !check->report &&
		    is_known(past, check) == known) {
			name_it(out, check->name, check->reason);
		}
	}
	return out->by_len;
}

static size_t against_then(const struct gp_past *past, struct gp_replay *out)
{
	out->by_len = 0;
	for (size_t i = 0; i < past->len; i++) {
		if (refused_then(&past->checks[i])) {
			name_it(out, past->checks[i].name, past->checks[i].reason);
		}
	}
	return out->by_len;
}

static enum gp_replay_outcome conclude(const struct gp_past *past, const struct gp_admission *now,
				       struct gp_replay *out)
{
	/* Refused for something that no configuration decides: the sign-in itself failed. */
	if (!past->admitted && against_then(past, out) == 0) {
		return GP_REPLAY_SAME;
	}
	if (against(past, now, true, out) > 0) {
		return past->admitted ? GP_REPLAY_REFUSED : GP_REPLAY_SAME;
	}
	if (against(past, now, false, out) > 0) {
		return GP_REPLAY_CANNOT_TELL;
	}
	if (past->admitted) {
		return GP_REPLAY_SAME;
	}
	(void)against_then(past, out);
	return past->record.phase == GP_PHASE_BEFORE ? GP_REPLAY_MAY_SIGN_IN : GP_REPLAY_ADMITTED;
}

void gp_replay_without_facts(struct gp_replay *out)
{
	*out = (struct gp_replay){0};
	name_it(out, "facts", "not-recorded");
}

void gp_replay_decide(struct gp_past *past, const struct gp_config *config,
		      const struct gp_zone_time *local, struct gp_replay *out)
{
	struct gp_facts facts;
	struct gp_admission now;
	if (!past->has_facts) {
		gp_replay_without_facts(out);
		return;
	}
	*out = (struct gp_replay){0};
	gp_record_apply(&past->record, config, &facts);
	if (local != NULL) {
		facts.local_time.known = GP_TRUE;
		facts.local_time.weekday = local->weekday;
		facts.local_time.minute = local->minute;
	}
	gp_admission_decide(&facts, past->record.phase, &now);
	out->outcome = conclude(past, &now, out);
	if (out->outcome == GP_REPLAY_SAME) {
		out->by_len = 0;
	}
}
