/* SPDX-License-Identifier: Apache-2.0 */
/* For tests that only root can run: the rest of the test is skipped, and the output says why. */
#ifndef GP_TEST_NEED_ROOT_H
#define GP_TEST_NEED_ROOT_H

#include <unistd.h>

#define NEED_ROOT(why)                                                                             \
	do {                                                                                       \
		if (geteuid() != 0) {                                                              \
			print_message("%s: %s\n", __func__, why);                                  \
			skip();                                                                    \
		}                                                                                  \
	} while (0)

#endif
