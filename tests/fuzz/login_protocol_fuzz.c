/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a login frame: refused, or one message that is written with the same bytes again
   and whose texts can be made safe to show. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "contract/login_protocol.h"
#include "contract/text.h"

#include "contract/ban.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void require(int truth)
{
	if (!truth)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static uint8_t again[GP_LOGIN_FRAME_MAX];
	static char shown[GP_LOGIN_FRAME_MAX];
	struct gp_login_msg msg;
	size_t n = 0;

	if (gp_login_decode(data, len, &msg) != GP_ST_OK)
		return 0;
	require(gp_login_encode(&msg, again, sizeof(again), &n) == GP_ST_OK);
	require(n == len && memcmp(again, data, len) == 0);
	n = gp_text_safe(msg.text, GP_TEXT_SCREEN, shown, sizeof(shown));
	require(gp_text_is_safe((struct gp_str){shown, n}, GP_TEXT_SCREEN));
	return 0;
}
