/* SPDX-License-Identifier: Apache-2.0 */
/* Login names from home mail addresses. Pure. */
#ifndef GP_IDENTITY_NAME_H
#define GP_IDENTITY_NAME_H

#include "contract/status.h"
#include "contract/str.h"

#define GP_NAME_MAX 64 /* bytes */
#define GP_NAME_BUF (GP_NAME_MAX + 1)

/* The login name that TEMPLATE makes of MAIL: "{mail}" is the address in lower case, "{local}" and
 * "{domain}" what stands before and behind its '@', all else stands for itself. MAIL must have one
 * '@' with something on both sides and be made of a-z 0-9 . _ + - @, and so must the name, which
 * begins with a letter, digit or '_' and has at most GP_NAME_MAX bytes. ERR says what is wrong. */
enum gp_status gp_name_make(const char *template, const char *mail, char out[static GP_NAME_BUF],
			    struct gp_error *err) gp_must_check;
/* NAME for a guest who left and whose name another is to have: "NAME~N". Where that is too long
 * NAME is cut. GP_ST_INVALID for a NAME that is none, or an N that is not from 1 to 999999. */
enum gp_status gp_name_departed(const char *name, unsigned int n,
				char out[static GP_NAME_BUF]) gp_must_check;
/* By the template "{mail}". */
enum gp_status gp_name_from_mail(const char *mail, char out[static GP_NAME_BUF],
				 struct gp_error *err) gp_must_check;

#endif
