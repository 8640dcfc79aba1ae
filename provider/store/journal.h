/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A record to the systemd journal, by its native protocol. libsystemd's own sender waits when the
 * journal does not read; the daemon's loop must not, so a record that cannot go at once is left
 * out: the audit file is what counts. Room-private.
 */
#ifndef GP_STORE_JOURNAL_H
#define GP_STORE_JOURNAL_H

#include "contract/buf.h"

#define GP_JOURNAL_SOCKET "/run/systemd/journal/socket"
#define GP_JOURNAL_RECORD 65536 /* bytes of the largest record */

/* Appends a field; a line break in VALUE cannot start another one. Empty and NULL are left out. */
void gp_journal_field(struct gp_buf *record, const char *name, const char *value);
/* Never waits. GP_ST_UNAVAILABLE when there is no journal or it does not keep up. */
enum gp_status gp_journal_send(const char *socket_path, const struct gp_buf *record) gp_must_check;

#endif
