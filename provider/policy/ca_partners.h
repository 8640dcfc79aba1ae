/* SPDX-License-Identifier: Apache-2.0 */
/* The tenant's settings for one partner, with what it inherits. Room-private. */
#ifndef GP_POLICY_CA_PARTNERS_H
#define GP_POLICY_CA_PARTNERS_H

#include "policy/ca_internal.h"

/* Does the tenant accept that multifactor authentication was done at HOME? */
enum gp_tri gp_ca_trusts_mfa(const struct gp_ca_set *set, const char *home);
/* May guests of HOME come in, and to API? GP_FALSE when the settings keep all of them out. */
enum gp_tri gp_ca_lets_users_in(const struct gp_ca_set *set, const char *home);
enum gp_tri gp_ca_lets_to_api(const struct gp_ca_set *set, const char *home, const char *api);

#endif
