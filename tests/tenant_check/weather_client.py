# SPDX-License-Identifier: Apache-2.0
"""What the tests of the weather share: rules of the catalogue on the key document, and what came of them."""
import pytest

from behaviours_weather import ident
from raw_client import Raw


def covers(*kinds):
    """Mark a test with the kinds of weather that it is for."""
    return pytest.mark.covers(*map(ident, kinds))


def kinds(tenant):
    return {one["kind"]: one for one in tenant.control("GET", "/weather/catalogue")}


def keys_path(tenant):
    return f"/{tenant.tid}/discovery/v2.0/keys"


def ask(tenant):
    return Raw(tenant, tenant.login, keys_path(tenant))


def strike(tenant, kind, **members):
    """Put a rule of the catalogue in force for the key document, or for what MEMBERS say."""
    return tenant.control("POST", "/weather", {"path": "*/keys", **kinds(tenant)[kind]["body"], **members})


def honest(tenant):
    with Raw(tenant, tenant.login, keys_path(tenant), headers=["Connection: close"]) as one:
        return one.read()


def held(tenant):
    return tenant.control("GET", "/weather/held")["held"]


def hits(tenant):
    return [rule["hits"] for rule in tenant.control("GET", "/weather")]
