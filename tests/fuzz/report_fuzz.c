/* SPDX-License-Identifier: Apache-2.0 */
/* Arbitrary bytes as the daemon's answer to "guestpass status": what is taken is shown safely, and
 * as JSON says the same again. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/report.h"
#include "contract/text.h"

#include "contract/ban.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void show(const struct gp_report *report)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (out == NULL)
		return;
	const enum gp_status st = gp_report_show(report, 1800000000, false, out);
	if (fclose(out) != 0 || st != GP_ST_OK ||
	    !gp_text_is_safe((struct gp_str){text, len}, GP_TEXT_SCREEN))
		abort();
	free(text);
}

static void write_json(const struct gp_report *report, struct gp_buf *out)
{
	gp_report_json(report, out);
	/* One line, whatever is in it. */
	if (gp_buf_status(out) == GP_ST_OK &&
	    (out->len < 2 ||
	     !gp_text_is_safe((struct gp_str){gp_buf_get(out), out->len - 1}, GP_TEXT_LINE)))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	gp_json_doc_auto struct gp_json_doc *doc = NULL;
	gp_json_doc_auto struct gp_json_doc *second = NULL;
	gp_buf_auto struct gp_buf once = GP_BUF(4U << 20);
	gp_buf_auto struct gp_buf twice = GP_BUF(4U << 20);
	struct gp_report report;
	struct gp_error err = {0};

	if (gp_json_parse((struct gp_str){(const char *)data, len}, &doc, &err) != GP_ST_OK)
		return 0;
	if (gp_report_read(doc, &report, &err) != GP_ST_OK) {
		if (err.text[0] == '\0' || !gp_text_is_safe(gp_str_from(err.text), GP_TEXT_LINE))
			abort();
		return 0;
	}
	show(&report);
	write_json(&report, &once);
	if (gp_buf_status(&once) != GP_ST_OK ||
	    gp_json_parse((struct gp_str){gp_buf_get(&once), once.len}, &second, &err) !=
		    GP_ST_OK ||
	    gp_report_read(second, &report, &err) != GP_ST_OK)
		abort();
	write_json(&report, &twice);
	if (once.len != twice.len || memcmp(gp_buf_get(&once), gp_buf_get(&twice), once.len) != 0)
		abort();
	return 0;
}
