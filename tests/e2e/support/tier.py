# SPDX-License-Identifier: Apache-2.0
"""The tier's configuration for a while, by reload."""

import contextlib
import signal

from support.guest import ADA
from support.waiting import until


def reload(host):
    before = len(host.log_lines("reloaded "))
    reads = len(host.log_lines("directory-read"))
    host.daemon.send_signal(signal.SIGHUP)
    until(lambda: len(host.log_lines("reloaded ")) > before, 20, host.log_tail)
    until(lambda: host.knows(ADA) and host.status().get("sync", {}).get("phase", "idle") == "idle", 30, host.log_tail)
    return reads


@contextlib.contextmanager
def tier(host, tenant, *changes):
    """The tier says so for a while."""
    host.configure(tenant.ready_file, *(f"tier.{change}" for change in changes))
    reload(host)
    try:
        yield
    finally:
        host.configure(tenant.ready_file)
        reload(host)
