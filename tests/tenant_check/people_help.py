# SPDX-License-Identifier: Apache-2.0
"""What the tests of people share: a tenant with a guest of every kind, and a short way through its pages."""
import json

from tenant_client import TENANT_DIR

KINDS = TENANT_DIR / "data" / "kinds.json"
ADA, LINUS, MIA = "ada@fabrikam.example", "linus@northwind.example", "mia@contoso.example"
DANA = "dana@mailonly.example"
EVAN, PAT, DORA = "evan@fabrikam.example", "pat@fabrikam.example", "dora@fabrikam.example"
MARA, CONRAD, DELIA, TOVA = (f"{name}@fabrikam.example" for name in ("mara", "conrad", "delia", "tova"))
ALMA, ALIAS = "alma@fabrikam.example", "alma.alias@fabrikam.example"
MILO, GIA, FAYE = "milo@outlook.example", "gia@gmail.example", "faye@social.example"
SAM, WES, ADAM = "sam@adatum.example", "wes@tailspin.example", "adam@contoso.example"


def _passwords():
    out = {}
    for path in (TENANT_DIR / "data" / "contoso.json", KINDS):
        data = json.loads(path.read_text(encoding="utf-8"))
        out.update({one["mail"]: one["password"] for home in data["homes"] for one in home["users"]})
        out.update({one["home"]["mail"]: one["home"]["password"] for one in data["users"] if "password" in one["home"]})
    return out


PASSWORDS = _passwords()


def walk(tenant, mail, person=None, password=None, **how):
    """(device code answer, how the walk ended)."""
    flow = tenant.device().json()
    return flow, (person or tenant.person()).sign_in(flow["user_code"], mail, password or PASSWORDS.get(mail), **how)


def home(tenant, mail, **state):
    return tenant.control("PATCH", f"/homes/{mail}", state)


def organisation(tenant, ref, **state):
    return tenant.control("PATCH", f"/organisations/{ref}", state)


def refused_with(tenant, mail, code, person=None, password=None, **how):
    """The page shows the number, and the poller sees what the switch says; returns how the walk ended."""
    flow, result = walk(tenant, mail, person, password, **how)
    assert result.code == code and f"AADSTS{code}" in result.text, (result.outcome, result.code, result.text)
    tenant.switch(slow_down=False, refusal_at_poller="pending")
    assert tenant.poll(flow["device_code"]).json()["error_codes"] == [70016]
    tenant.switch(refusal_at_poller="error")
    assert tenant.poll(flow["device_code"]).json()["error_codes"] == [code]
    return result
