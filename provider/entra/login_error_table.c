/* SPDX-License-Identifier: Apache-2.0 */
#include "entra/login_error_table.h"

#include <stddef.h>

#include "contract/ban.h"

/* Each list ends in 0. A number is in one list only. */
static const uint32_t guest_not_here[] = {
	16000, 16003, 50020,  50034,  500341, 51004,  90072,  500211, 700056,
	50177, 50178, 500200, 500202, 500204, 500207, 500208, 0,
};
static const uint32_t guest_pending[] = {50014, 50204, 0};
static const uint32_t guest_disabled[] = {50057, 500571, 0};
static const uint32_t home_side[] = {
	50053,  50055,  50056,  50126,  50125,  50135,  50144,  50107,  50008,
	20001,  20012,  500212, 53011,  500021, 500022, 90123,  130500, 130501,
	130502, 130503, 130504, 130505, 130506, 130507, 135010, 135011, 0,
};
static const uint32_t policy_block[] = {
	50005,  50097,  50127,  50129,  50131,  50155, 50187,   53000,  53001,  53002,
	530021, 53003,  53004,  53005,  53009,  53010, 530002,  530003, 530004, 530031,
	530032, 530033, 530034, 530035, 500213, 90084, 1000104, 0,
};
static const uint32_t interact[] = {
	50058, 50072, 50074, 50076, 50078, 50079, 50140, 50158, 50161, 50199, 500121, 50088, 0,
};
static const uint32_t reauth[] = {
	50085,  50089,  50132,  50133, 50143, 50173, 54005,  70000, 70008,
	700081, 700082, 700084, 70043, 70044, 70046, 530036, 0,
};
static const uint32_t code_flow[] = {
	50134, 50189, 70016, 70017, 700171, 70018, 70019, 70020,
	70033, 70034, 70035, 70039, 90119,  90120, 90132, 0,
};
static const uint32_t not_assigned[] = {50105, 0};
/* 650011 is 65001 with a conflicting identifier URI beside it (17.6). */
static const uint32_t consent[] = {
	65001, 650011, 65004, 90094, 90095, 90096, 900941, 900942, 90137, 0,
};
/* 650053, 7000229, 90008 and 90009 are from 17.6: scope, service principal and permissions of a
 * registration that was not scaffolded. */
static const uint32_t config[] = {
	28002,   50011,   50012,   50048,   50059,   50147,   50194,   500011,  500014,
	500112,  501481,  501491,  65005,   650052,  650053,  650056,  650057,  70001,
	70002,   700003,  700005,  700007,  70011,   700011,  700016,  700022,  700023,
	700024,  700025,  700027,  700030,  70025,   700211,  700212,  700213,  700229,
	7000112, 7000215, 7000218, 7000222, 7000229, 90002,   90008,   90009,   90014,
	900144,  90019,   900382,  900432,  90136,   9001023, 1000502, 1002012, 0,
};
static const uint32_t retry[] = {
	50033, 50087, 50196, 50197, 90006, 90012, 90024, 90033, 90055, 90090, 0,
};

static const struct {
	enum gp_login_class class;
	const uint32_t *numbers;
} classes[] = {
	{GP_CLASS_GUEST_NOT_HERE, guest_not_here},
	{GP_CLASS_GUEST_PENDING, guest_pending},
	{GP_CLASS_GUEST_DISABLED, guest_disabled},
	{GP_CLASS_HOME_SIDE, home_side},
	{GP_CLASS_POLICY_BLOCK, policy_block},
	{GP_CLASS_INTERACT, interact},
	{GP_CLASS_REAUTH, reauth},
	{GP_CLASS_NOT_ASSIGNED, not_assigned},
	{GP_CLASS_CONSENT, consent},
	{GP_CLASS_CODE_FLOW, code_flow},
	{GP_CLASS_CONFIG, config},
	{GP_CLASS_RETRY, retry},
};

enum gp_login_class gp_login_error_class_of(uint32_t number)
{
	if (number == 0)
		return GP_CLASS_UNKNOWN;
	for (size_t c = 0; c < sizeof(classes) / sizeof(classes[0]); c++)
		for (const uint32_t *n = classes[c].numbers; *n != 0; n++)
			if (*n == number)
				return classes[c].class;
	return GP_CLASS_UNKNOWN;
}
