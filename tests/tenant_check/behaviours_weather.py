# SPDX-License-Identifier: Apache-2.0
"""Every kind of weather, from the tenant's own catalogue: a kind without a test is a behaviour that nothing proves."""
from tenant_client import TENANT_DIR  # first: it makes the tenant's modules importable

from rehearsal.weather import catalogue

__all__ = ["BEHAVIOURS", "TENANT_DIR", "ident"]


def ident(kind, group=None):
    """Id of the behaviour: mutations of tokens are many, and have names of their own."""
    return f"{'mutation' if group == 'token' else 'weather'}.{kind}"


BEHAVIOURS = {ident(one["kind"], one["group"]): one["about"] for one in catalogue.kinds()}
