/* SPDX-License-Identifier: Apache-2.0 */
/* Arbitrary bytes as /proc/PID/stat, in which a process chooses its own name; and as such a name in
 * an otherwise good line: the start time is the kernel's, whatever the name says. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "session/steps.h"

#include "contract/ban.h"

#define REST " S 1 2 3 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 1 0 424242 1000 200\n"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char line[256];
	const int name = len < 15 ? (int)len : 15; /* TASK_COMM_LEN */

	pid_t parent = 0;
	pid_t session = 0;
	(void)gp_process_parse_start_time((struct gp_str){(const char *)data, len});
	if (gp_process_parse_kin((struct gp_str){(const char *)data, len}, &parent, &session) &&
	    (parent < 0 || session < 0))
		abort();
	const int head = snprintf(line, sizeof(line), "7 (");
	for (int i = 0; i < name; i++)
		line[head + i] = (char)data[i];
	const int tail =
		snprintf(line + head + name, sizeof(line) - (size_t)(head + name), ")%s", REST);
	if (head < 0 || tail < 0 ||
	    gp_process_parse_start_time((struct gp_str){line, (size_t)(head + name + tail)}) !=
		    424242 ||
	    !gp_process_parse_kin((struct gp_str){line, (size_t)(head + name + tail)}, &parent,
				  &session) ||
	    parent != 1 || session != 3)
		abort();
	return 0;
}
