/* SPDX-License-Identifier: Apache-2.0 */
/* The classes of AADSTS numbers (entra-facts 5.2, 17.6). Used by login_error.c and its test. */
#ifndef GP_ENTRA_LOGIN_ERROR_TABLE_H
#define GP_ENTRA_LOGIN_ERROR_TABLE_H

#include <stdint.h>

#include "entra/login_error.h"

/* Of the whole number: longer numbers refine shorter ones in no reliable way. GP_CLASS_UNKNOWN for
 * one that is not listed. */
enum gp_login_class gp_login_error_class_of(uint32_t number);

#endif
