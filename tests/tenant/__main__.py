# SPDX-License-Identifier: Apache-2.0
"""Start the rehearsal tenant: `python3 tests/tenant --help`."""
import sys

try:
    from rehearsal.server import main
except ImportError as missing:
    if (missing.name or "").partition(".")[0] not in ("aiohttp", "jwt", "cryptography"):
        raise
    sys.exit(f"{sys.executable} has no module {missing.name}: install Debian's python3-aiohttp python3-jwt "
             "python3-cryptography, and start the rehearsal tenant with /usr/bin/python3.")

sys.exit(main())
