/* SPDX-License-Identifier: Apache-2.0 */
#include <qrencode.h>

#include "signin/screen.h"

#include "contract/ban.h"

#define QUIET_ZONE                                                                                 \
	2 /* modules; the standard asks for 4, terminals have a dark frame of their own */
#define MODULES_MAX 41 /* version 6: wider ones do not fit beside a prompt */

/* A module outside the code is light: the quiet zone. */
static int is_dark(const QRcode *qr, int x, int y)
{
	if (x < 0 || y < 0 || x >= qr->width || y >= qr->width)
		return 0;
	return qr->data[y * qr->width + x] & 1;
}

/* Two rows of modules a line of text. Light is drawn as a full block, so that the code is right on
 * the usual dark terminal; scanners read both polarities. */
static void draw_line(struct gp_buf *out, const QRcode *qr, int y)
{
	gp_buf_text(out, "    ");
	for (int x = -QUIET_ZONE; x < qr->width + QUIET_ZONE; x++) {
		int above = is_dark(qr, x, y);
		int below = is_dark(qr, x, y + 1);
		gp_buf_text(out, above && below ? " "
				 : above        ? "\xe2\x96\x84"
				 : below        ? "\xe2\x96\x80"
						: "\xe2\x96\x88");
	}
	gp_buf_text(out, "\n");
}

void gp_qr_draw(struct gp_buf *out, const char *text)
{
	QRcode *qr = QRcode_encodeString(text, 0, QR_ECLEVEL_L, QR_MODE_8, 1);
	if (qr == NULL)
		return;
	if (qr->width <= MODULES_MAX)
		for (int y = -QUIET_ZONE; y < qr->width + QUIET_ZONE; y += 2)
			draw_line(out, qr, y);
	QRcode_free(qr);
}
