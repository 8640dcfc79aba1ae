/* SPDX-License-Identifier: Apache-2.0 */
/* Whether an address could be this host's own, as Entra sees it: egress_addresses. */
#ifndef GP_POLICY_EGRESS_H
#define GP_POLICY_EGRESS_H

#include "base/address.h"
#include "config/config.h"
#include "graph/graph.h"

/* GP_UNKNOWN where no network of the address's family is listed: a host that names the IPv4
 * address that it goes out with may go out with an IPv6 one too. A network that cannot be read
 * holds everything. Pure. */
enum gp_tri gp_egress_has(const struct gp_config *config, const struct gp_address *address);

#endif
