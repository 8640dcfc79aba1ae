/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cell.h"

#include "base/clock.h"
#include "contract/buf.h"
#include "contract/text.h"

#include "contract/ban.h"

#define DAY_S    86400
#define TEXT_MAX 1024
#define TIME_MAX 253402300799 /* the end of the year 9999 */

const char *gp_cell_text(const struct gp_json *object, const char *key, char cell[static GP_CELL])
{
	struct gp_str text = {0};
	cell[0] = '\0';
	if (gp_json_get_str(object, key, TEXT_MAX, &text) == GP_ST_OK)
		(void)gp_text_safe(text, GP_TEXT_LINE, cell, GP_CELL);
	return cell;
}

int64_t gp_cell_number(const struct gp_json *object, const char *key)
{
	int64_t number = 0;
	return gp_json_get_int(object, key, 0, TIME_MAX, &number) == GP_ST_OK ? number : 0;
}

const char *gp_cell_when(int64_t at_s, int64_t now_s, char cell[static GP_CELL])
{
	static const struct {
		int64_t below; /* this many seconds */
		int64_t unit_s;
		const char *unit;
	} units[] = {{120, 1, "s"},
		     {7200, 60, "min"},
		     {2 * (int64_t)DAY_S, 3600, "h"},
		     {INT64_MAX, DAY_S, "days"}};
	char text[GP_TIME_TEXT];
	int64_t ago = now_s - at_s;
	size_t u = 0;

	gp_time_format(at_s, text);
	while (ago >= units[u].below)
		u++;
	enum gp_status st = ago < 0 ? gp_format(cell, GP_CELL, "%s", text)
				    : gp_format(cell, GP_CELL, "%s (%lld %s ago)", text,
						(long long)(ago / units[u].unit_s), units[u].unit);
	return st == GP_ST_OK ? cell : "";
}

const char *gp_cell_time(const struct gp_json *object, const char *key, int64_t now_s,
			 const char *never, char cell[static GP_CELL])
{
	int64_t at_s = gp_cell_number(object, key);
	return at_s == 0 ? never : gp_cell_when(at_s, now_s, cell);
}

const char *gp_cell_list(const struct gp_json *object, const char *key, char cell[static GP_CELL])
{
	const struct gp_json *list = NULL;
	gp_buf_auto struct gp_buf all = GP_BUF(GP_CELL - 1);
	cell[0] = '\0';
	if (gp_json_get_array(object, key, &list) != GP_ST_OK)
		return cell;
	for (size_t i = 0; i < gp_json_array_len(list); i++) {
		struct gp_str text = {0};
		if (gp_json_str(gp_json_array_at(list, i), TEXT_MAX, &text) != GP_ST_OK)
			continue;
		gp_buf_text(&all, all.len > 0 ? ", " : "");
		gp_buf_str(&all, text);
	}
	(void)gp_text_safe(gp_buf_status(&all) == GP_ST_OK ? gp_str_from(gp_buf_get(&all))
							   : GP_STR("(many)"),
			   GP_TEXT_LINE, cell, GP_CELL);
	return cell;
}
