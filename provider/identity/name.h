/* SPDX-License-Identifier: Apache-2.0 */
/* Login names from home mail addresses. Pure. */
#ifndef GP_IDENTITY_NAME_H
#define GP_IDENTITY_NAME_H

#include "contract/status.h"
#include "contract/str.h"

#define GP_NAME_MAX 64 /* bytes */
#define GP_NAME_BUF (GP_NAME_MAX + 1)

/* Lower-cases MAIL and checks it: one '@' with something on both sides, a-z 0-9 . _ + - @ only, not
 * starting with '-' or '.', at most GP_NAME_MAX bytes. ERR says what is wrong with it. */
enum gp_status gp_name_from_mail(const char *mail, char out[static GP_NAME_BUF],
				 struct gp_error *err) gp_must_check;

#endif
