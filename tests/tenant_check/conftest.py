# SPDX-License-Identifier: Apache-2.0
"""One started tenant for the whole run, put back to its beginning before each test; the coverage table at its end."""
import pytest

from coverage_table import TABLE, Coverage
from people_help import KINDS
from tenant_client import Certificate, Tenant

coverage = Coverage()
LAST = "test_zzz_coverage.py"  # sorts last: when it runs, all others have


def pytest_configure(config):
    config.addinivalue_line("markers", "covers(id, ...): the behaviours of behaviours.py that this test proves")


def pytest_collection_modifyitems(items):
    for item in items:
        coverage.see(item)


def pytest_runtest_logreport(report):
    coverage.outcome(report)


def pytest_terminal_summary(terminalreporter):
    for one, text, tests in coverage.rows():
        if tests:
            terminalreporter.write_line(f"covered {one}: {text} -> {', '.join(tests)}: pass")
    if TABLE.exists() and any(LAST in test for test in coverage.marks):
        TABLE.write_text(coverage.text(), encoding="utf-8")


@pytest.fixture(scope="session")
def covered():
    return coverage


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
def started_with_kinds():
    tenant = Tenant("--data", str(KINDS))
    yield tenant
    assert tenant.stop() == 0


@pytest.fixture
def kinds(started_with_kinds):
    """A tenant that also has a guest of every other kind."""
    started_with_kinds.control("POST", "/reset")
    return started_with_kinds


@pytest.fixture(scope="session")
def certificate():
    return Certificate()
