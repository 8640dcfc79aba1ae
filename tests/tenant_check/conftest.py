# SPDX-License-Identifier: Apache-2.0
"""One started tenant for the whole run, put back to its beginning before each test."""
import pytest

from tenant_client import Certificate, Tenant


@pytest.fixture(scope="session")
def started():
    tenant = Tenant()
    yield tenant
    assert tenant.stop() == 0


@pytest.fixture
def tenant(started):
    started.control("POST", "/reset")
    return started


@pytest.fixture(scope="session")
def certificate():
    return Certificate()
