/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/verdict.h"

#include "contract/ban.h"

const char *gp_verdict_name(enum gp_verdict verdict)
{
	switch (verdict) {
	case GP_YES:
		return "yes";
	case GP_NOT_YET:
		return "not-yet";
	case GP_CANNOT_TELL:
		return "cannot-tell";
	case GP_NO:
		break;
	}
	return "no";
}
