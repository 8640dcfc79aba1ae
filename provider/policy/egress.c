/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/egress.h"

#include "contract/ban.h"

enum gp_tri gp_egress_has(const struct gp_config *config, const struct gp_address *address)
{
	struct gp_network network;
	enum gp_tri has = GP_UNKNOWN;
	for (size_t i = 0; i < config->egress_addresses_len && i < GP_CONFIG_NETWORKS_MAX; i++) {
		if (gp_network_parse(gp_str_from(config->egress_addresses[i]), &network) !=
			    GP_ST_OK ||
		    gp_network_has(&network, address)) {
			return GP_TRUE;
		}
		if (gp_address_is_ipv4(&network.address) == gp_address_is_ipv4(address)) {
			has = GP_FALSE;
		}
	}
	return has;
}
