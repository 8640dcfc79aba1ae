# SPDX-License-Identifier: Apache-2.0
"""A partner engineer: an ssh client on a pty, and a browser beside it."""

import contextlib
import re

PASSWORDS = {
    "ada@fabrikam.example": "analytical-engine-1843",
    "grace@fabrikam.example": "nanoseconds-1944",
    "linus@northwind.example": "penguins-1991",
    "eska@fabrikam.example": "colours-31m",
    "dora@fabrikam.example": "switched-off-2",
    "dana@mailonly.example": None,
}
ADA = "ada@fabrikam.example"
GRACE = "grace@fabrikam.example"

CODE = r"Enter this code +[A-Z0-9 ]+\(([A-Z0-9]+)\)"
PRESS_ENTER = r"Press Enter when you have signed in: "
GENERIC = "You cannot sign in here now"  # before it is proved who asks
REFERENCE = r"Reference for the administrators: ([0-9a-f-]{36})"


def wait_for_code(terminal):
    """The code on the screen, once the question behind it stands there too."""
    code = terminal.expect(CODE)[1].decode()
    terminal.expect(PRESS_ENTER)
    return code


def sign_in(tenant, code, mail, **kw):
    """The browser's part; the outcome of the pages."""
    return tenant.person().sign_in(code, mail, PASSWORDS[mail], **kw)


@contextlib.contextmanager
def prompted(host, name, *command, **kw):
    """(terminal, code): a login that stands at the sign-in screen."""
    with host.ssh(name, *command, **kw) as terminal:
        yield terminal, wait_for_code(terminal)


def log_in(host, tenant, name, *command, **kw):
    """A whole login by the guest himself; the terminal, where the command runs."""
    terminal = host.ssh(name, *command, **kw)
    try:
        result = sign_in(tenant, wait_for_code(terminal), name)
        assert result.outcome == "done", result
        terminal.line()
    except BaseException:
        terminal.close()
        raise
    return terminal


def refused(terminal, *sentences):
    """The login ends in a refusal that shows each sentence; the reference that it names. Asked to press
    Enter again meanwhile, the person does."""
    while terminal.either_or_end("Press Enter to check again: "):
        terminal.line()
    code = terminal.end()
    assert code == 255, f"ended with {code}:\n{terminal.text}"
    for sentence in sentences:
        assert re.search(sentence, terminal.text), f"{sentence!r} is not in:\n{terminal.text}"
    return re.search(REFERENCE, terminal.text)


def refused_before_code(host, name, *sentences):
    count = len(host.audit())
    with host.ssh(name, "true") as t:
        reference = refused(t, *sentences)
        assert "Enter this code" not in t.text
        record = host.audit_after(count, event="sign-in", name=name)
        assert reference[1] == record["correlation_id"]
    return record


def refused_after_proof(host, tenant, name, *sentences, as_person=None):
    count = len(host.audit())
    with prompted(host, name, "true") as (t, code):
        assert sign_in(tenant, code, as_person or name).outcome == "done"
        t.line()
        reference = refused(t, *sentences)
        record = host.audit_after(count, event="sign-in", name=name)
        assert reference[1] == record["correlation_id"]
    assert record["verdict"] == "refused"
    return record


def checks(record):
    """name -> verdict of an audit record's checks."""
    return {check["name"]: check["verdict"] for check in record["checks"]}
