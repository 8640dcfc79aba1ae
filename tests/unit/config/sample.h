/* SPDX-License-Identifier: Apache-2.0 */
/* A valid configuration, in pieces so that a test can leave out or replace one. */
#ifndef GP_TESTS_CONFIG_SAMPLE_H
#define GP_TESTS_CONFIG_SAMPLE_H

#define TENANT  "aaaaaaaa-0000-4000-8000-000000000001"
#define READER  "aaaaaaaa-0000-4000-8000-000000000002"
#define SIGN_IN "aaaaaaaa-0000-4000-8000-000000000003"
#define API     "aaaaaaaa-0000-4000-8000-000000000004"
#define GROUP_1 "aaaaaaaa-0000-4000-8000-000000000005"
#define GROUP_2 "aaaaaaaa-0000-4000-8000-000000000006"
#define HOME_1  "bbbbbbbb-0000-4000-8000-000000000001"
#define HOME_2  "bbbbbbbb-0000-4000-8000-000000000002"

/* Six lines, the section included. */
#define SAMPLE_MAIN                                                                                \
	"[guestpass]\n"                                                                            \
	"tenant = " TENANT "\n"                                                                    \
	"reader_client_id = " READER "\n"                                                          \
	"reader_certificate = /etc/guestpass/r.pem\n"                                              \
	"reader_key = /etc/guestpass/r.key\n"                                                      \
	"sign_in_client_id = " SIGN_IN "\n"
/* Nine more. */
#define SAMPLE_TIER                                                                                \
	"[tier]\n"                                                                                 \
	"guests = allowed\n"                                                                       \
	"api_client_id = " API "\n"                                                                \
	"scope = api://" API "/ssh.login\n"                                                        \
	"access_groups = " GROUP_1 "=group, " GROUP_2 "=group\n"                                   \
	"home_tenants = " HOME_1 " " HOME_2 "\n"                                                   \
	"idp_allowed = msa mail\n"                                                                 \
	"label = low\n"                                                                            \
	"owner = platform@contoso.example\n"
#define SAMPLE SAMPLE_MAIN SAMPLE_TIER

#endif
