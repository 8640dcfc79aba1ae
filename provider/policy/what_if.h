/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Graph's What If says (entra-facts 10.4): which policies would apply to a sign-in, not
 * whether they would be met. PURE.
 */
#ifndef GP_POLICY_WHAT_IF_H
#define GP_POLICY_WHAT_IF_H

#include "contract/buf.h"
#include "contract/status.h"
#include "contract/str.h"

/* From {"evaluate":[<pages>]} an array of {"name","state","controls"} of those that apply, at most
 * 200; CONTROLS are Graph's words for what a policy asks for. GP_ST_INVALID: no such answer. OUT
 * may have been written to then. */
enum gp_status gp_what_if_rows(struct gp_str text, struct gp_buf *out) gp_must_check;

#endif
