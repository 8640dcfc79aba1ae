# SPDX-License-Identifier: Apache-2.0
"""One behaviour for each login error that the tenant knows (data/login_errors.txt), split by who makes its state.

A number counts as proved when a test has reached it by state: something an administrator, a home or the service did.
"""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tenant"))

from rehearsal.login.errors import TABLE

OF_PROGRAMS = ("CONFIG", "CODE_FLOW", "REAUTH", "RETRY", "OTHER")
OF_PEOPLE = ("GUEST_NOT_HERE", "GUEST_PENDING", "DISABLED", "HOME_SIDE", "INTERACT", "NOT_ASSIGNED", "CONSENT",
             "POLICY_BLOCK")


def errors_of(kinds):
    return {f"error.{one.number}": f"{one.kind}: AADSTS{one.number} in the state that causes it"
            for one in TABLE.values() if one.kind in kinds}
