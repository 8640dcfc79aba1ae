/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "publish/publish.h"

#include "contract/ban.h"

/* Being the owner of the two directories is all that the work needs. */
static bool drop_capabilities(void)
{
	struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct none[2] = {{0, 0, 0}, {0, 0, 0}};
	/* Without CAP_SETPCAP (already confined, or a test) the bounding set stays; with
	 * no_new_privs and empty sets nothing can be gained from it. */
	for (int cap = 0; cap <= CAP_LAST_CAP; cap++)
		(void)prctl(PR_CAPBSET_DROP, cap, 0, 0, 0);
	return syscall(SYS_capset, &head, none) == 0;
}

enum gp_status gp_publish_confine(struct gp_error *err)
{
	umask(022);
	/* A network namespace of our own has no network. The listening socket is a file and stays
	 * reachable. Where it is not allowed the unit's PrivateNetwork= does the same. */
	(void)unshare(CLONE_NEWNET);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 || !drop_capabilities())
		return gp_fail(err, GP_ST_DENIED, "cannot give up privileges: %m");
	return GP_ST_OK;
}
