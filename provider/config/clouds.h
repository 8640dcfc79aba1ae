/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Microsoft's clouds by name: the hosts that a tenant's tokens and directory come from. The Graph
 * host is never derived from the sign-in host.
 */
#ifndef GP_CONFIG_CLOUDS_H
#define GP_CONFIG_CLOUDS_H

#include "config/config.h"

#define GP_CLOUD_CUSTOM "custom"

/* The cloud of this name, whose texts are empty if it is "custom"; NULL if there is none. */
const struct gp_cloud *gp_cloud_find(struct gp_str name);

/* What "sts_prefix" means where a custom cloud does not say it. */
extern const char gp_cloud_sts_default[];

#endif
