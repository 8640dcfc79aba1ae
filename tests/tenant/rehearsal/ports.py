# SPDX-License-Identifier: Apache-2.0
"""A port that cannot be had, told in a sentence that names the option it was given by."""
import contextlib
import errno


class Unavailable(ValueError):
    """A port is not to be had."""


@contextlib.contextmanager
def asked_for(option, port):
    """Around the bind of PORT, which is what OPTION says."""
    try:
        yield
    except OSError as wrong:
        why = {errno.EADDRINUSE: "is taken: choose another",
               errno.EACCES: "is for root only: choose one above 1023"}.get(wrong.errno, f"cannot be had: {wrong}")
        raise Unavailable(f"port {port} for {option} {why}") from wrong
