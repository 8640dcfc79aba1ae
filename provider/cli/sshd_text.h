/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What sshd must know about guests, as a file of sshd_config.d: made from the tier's configuration.
 * PURE. conf/sshd/guestpass.conf is this text for a tier that sets nothing; a test compares them.
 */
#ifndef GP_CLI_SSHD_TEXT_H
#define GP_CLI_SSHD_TEXT_H

#include "config/config.h"
#include "contract/buf.h"
#include "contract/ids_conf.h"

/* The whole file. What cannot be written latches OUT's error. */
void gp_sshd_text(const struct gp_config *config, const struct gp_ids_rules *rules,
		  struct gp_buf *out);

#endif
