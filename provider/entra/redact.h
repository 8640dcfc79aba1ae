/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a token looks like without saying whose it is: its claims by name and type, and the values
 * of those that are the same for many people. Pure.
 */
#ifndef GP_ENTRA_REDACT_H
#define GP_ENTRA_REDACT_H

#include "base/json.h"
#include "contract/buf.h"

/* Appends an array of {"name","type","value"} for the claims of CLAIMS, in their order. A "value"
 * is there only where it names nobody: times as seconds from NOW_S, ids as "<id>", texts of a list
 * of claims that hold words of the protocol, lists of such; of all other texts and lists the
 * length. A home is shown if gp_home_is_shared() of STS_PREFIX, the cloud's. Words of
 * a token are escaped. CLAIMS must be verified. */
void gp_redact_claims(const struct gp_json *claims, const char *sts_prefix, int64_t now_s,
		      struct gp_buf *out);

#endif
