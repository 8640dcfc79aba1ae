# SPDX-License-Identifier: Apache-2.0
"""Start the rehearsal tenant: `python3 tests/tenant --help`."""
import sys

from rehearsal.server import main

sys.exit(main())
