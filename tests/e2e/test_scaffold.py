# SPDX-License-Identifier: Apache-2.0
"""What `guestpass scaffold` prints is loaded into the tenant call by call, and a guest gets in by these registrations."""

import contextlib
import json
import os
import shutil
from pathlib import Path

import pytest

from support.guest import GRACE, PASSWORDS, log_in, prompted, sign_in
from support.host import run
from support.scaffold import Loader, document, filled
from support.tier import reload
from support.waiting import until
from test_as_admin import as_admin

OLGA = "olga@northwind.example"  # in no group before
TIER = "vault"
FLEET = "Contoso \"SSH\" & Co"
BREAK_GLASS, APPROVER = "67000000-0003-4e00-8e00-000000000003", "a0000000-000b-4d00-8d00-000000000a1a"
MIA = APPROVER
FABRIKAM = "c0440000-0001-4a00-8a00-000000000001"  # a connected organisation
GRAPH_APP, ENTITLEMENT_READ = "00000003-0000-0000-c000-000000000000", "c74fd47d-ed3c-45c3-9a9e-b8676de685d2"
POLICIES = "/identity/conditionalAccess/policies"
ETC = Path("/etc/guestpass")
OLD = ("reader", "signin", "api")
SECRET = "rehearsal-reader-secret-not-for-use-elsewhere"


def certificate(work):
    """The reader's, with its key where the daemon may read it."""
    ETC.mkdir(exist_ok=True)
    pem, key = ETC / "scaffold.pem", ETC / "scaffold.key"
    run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=fleet", "-days", "90",
        "-keyout", key, "-out", pem)
    shutil.chown(key, "root", "guestpass")
    os.chmod(key, 0o640)
    both = work / "both.pem"
    both.write_text(key.read_text() + pem.read_text())
    return pem, key, both


def admin_token(tenant, steps):
    """A token with exactly the permissions that the document says it needs, and two that the test itself needs."""
    needed = {one for step in steps.values() for one in step["needs"].split()}
    tenant.control("PATCH", "/registrations/reader", {"roles": sorted(needed | {"User.Read.All", "Directory.Read.All"})})
    answer = Loader(tenant.ready["graph"], tenant.ready["ca_file"], "").http.post(
        f"{tenant.ready['login']}/{tenant.ready['tenant_id']}/oauth2/v2.0/token", timeout=10, data={
            "grant_type": "client_credentials", "client_id": tenant.ready["reader_id"], "client_secret": SECRET,
            "scope": "https://graph.microsoft.com/.default"})
    return answer.json()["access_token"]


def load(tenant, steps):
    roles = tenant.control("GET", "/registrations")["reader"]["roles"]
    loader = Loader(tenant.ready["graph"], tenant.ready["ca_file"], admin_token(tenant, steps))
    # The token keeps what it was given; the daemon's next one must not have it.
    tenant.control("PATCH", "/registrations/reader", {"roles": roles})
    for step in steps.values():
        loader.do(step)
    return loader


@pytest.fixture(scope="module")
def loaded(host, tenant, work):
    """(document, loader, settings): the tier is registered, and Olga has its access package."""
    pem, key, both = certificate(work)
    told = run("guestpass", "scaffold", "--elevation", f"--fleet={FLEET}", f"--certificate={both}",
               f"--break-glass-group={BREAK_GLASS}", f"--approver={APPROVER}", f"--connected-organization={FABRIKAM}",
               f"--administrator={MIA}", TIER)
    steps = document(told.stdout)
    policies = tenant.control("GET", "/conditional-access")["policies"]
    tenant.control("PUT", "/graph/limits", {"conditional_access": 1000})
    with tenant.switched(entitlement_delay=1):
        loader = load(tenant, steps)
        let_in(tenant, loader)
        settings = {
            "guestpass.reader_client_id": loader.values["reader appId"], "guestpass.reader_secret_file": "",
            "guestpass.reader_certificate": pem, "guestpass.reader_key": key,
            "guestpass.sign_in_client_id": loader.values["client appId"], "tier.name": TIER,
            "guestpass.admin_client_id": loader.values["admins appId"],
            "tier.api_client_id": loader.values["api appId"],
            "tier.scope": f"api://{loader.values['api appId']}/ssh.login",
            "tier.elevation_resource": loader.values["elevation api appId"],
            # The old group keeps the other guests on this host, so that the next tests find it as it was.
            "tier.access_groups": f"{loader.values['group id']}=package:{loader.values['package']}, "
                                  f"{tenant.ready['group_ids']['SSH prod partners']}=group"}
        yield steps, loader, settings
    tenant.control("PATCH", "/conditional-access", {"policies": policies})
    tenant.control("PUT", "/graph/limits", {"conditional_access": None})


def let_in(tenant, loader):
    """What the note of step 9a says, and the assignment of the package that an administrator makes for Olga."""
    sp, graph_sp = loader.values["reader sp"], loader.values["graph sp"]
    answer = loader.call("POST", f"/servicePrincipals/{graph_sp}/appRoleAssignedTo", {
        "principalId": sp, "resourceId": graph_sp, "appRoleId": ENTITLEMENT_READ})
    assert answer.status_code == 201, answer.text
    answer = loader.call("POST", "/identityGovernance/entitlementManagement/assignmentRequests", {
        "requestType": "adminAdd", "assignment": {
            "targetId": tenant.control("GET", f"/guests/{OLGA}")["id"], "accessPackageId": loader.values["package"],
            "assignmentPolicyId": loader.values["assignment policy"]}})
    assert answer.status_code == 201, answer.text
    path = f"/groups/{loader.values['group id']}/members"
    until(lambda: loader.call("GET", path).json()["value"], 30, "the package made her a member")


@pytest.fixture(scope="module")
def registered(host, tenant, loaded):
    """The host uses the new registrations, and nothing else can help it."""
    _, loader, settings = loaded
    PASSWORDS[OLGA] = "no-group-5"
    for name in OLD:
        tenant.control("PATCH", f"/registrations/{name}", {"disabled": True})
    host.configure(tenant.ready_file, *(f"{name}={value}" for name, value in settings.items()))
    reload(host)
    until(lambda: host.knows(OLGA), 60, host.log_tail)
    yield loader
    for name in OLD:
        tenant.control("PATCH", f"/registrations/{name}", {"disabled": False})
    host.configure(tenant.ready_file)
    reload(host)
    PASSWORDS.pop(OLGA)


def test_the_document_was_loaded_as_it_is(tenant, loaded):
    steps, loader, _ = loaded
    apps = {one["displayName"]: one for one in loader.call("GET", "/applications").json()["value"]}
    assert {FLEET, "guestpass reader", f"SSH {TIER} hosts", f"SSH {TIER} hosts, elevation"} <= set(apps)
    api = apps[f"SSH {TIER} hosts"]
    assert api["appId"] == loader.values["api appId"]
    assert api["identifierUris"] == [f"api://{api['appId']}"] and api["passwordCredentials"] == []
    assert [one["appId"] for one in api["api"]["preAuthorizedApplications"]] == [loader.values["client appId"]]
    policies = {one["displayName"]: one for one in tenant.control("GET", "/conditional-access")["policies"]}
    made = [filled(one["body"], loader.values) for one in steps.values() if one["path"] == POLICIES]
    assert len(made) == 7
    for body in made:
        held = policies[body["displayName"]]
        assert held["state"] == "enabledForReportingButNotEnforced"
        assert held["conditions"]["applications"] == body["conditions"]["applications"]
        assert BREAK_GLASS in held["conditions"]["users"]["excludeGroups"]
    assert policies[f"gp-{TIER}-2 sign in every time"]["sessionControls"]["signInFrequency"]["frequencyInterval"] == (
        "everyTime")


def test_a_placeholder_that_nobody_fills_stops_the_loading(tenant, loaded):
    steps, loader, _ = loaded
    with pytest.raises(KeyError, match="fleet name"):
        filled(document(run("guestpass", "scaffold", TIER).stdout)["2c"]["body"], loader.values)


def test_a_guest_gets_in_by_these_registrations(host, tenant, registered):
    count = len(host.audit())
    with log_in(host, tenant, OLGA, "id -un") as t:
        t.expect(rf"\n{OLGA}\r")
        assert t.end() == 0
    record = host.audit_after(count, event="sign-in", name=OLGA)
    assert (record["verdict"], record["reason"]) == ("admitted", "ok")
    seen = [one for one in tenant.control("GET", "/log") if one["path"].endswith("/devicecode")]
    assert seen and seen[-1]["status"] == 200


def test_who_is_not_assigned_gets_no_token(host, tenant, registered):
    """She is in the other access group, but the new API is not assigned to that one."""
    with prompted(host, GRACE, "true") as (_, code):
        result = sign_in(tenant, code, GRACE)
        assert result.outcome != "done" and "50105" in str(result)


def test_an_administrator_finds_them_sound(host, tenant, registered):
    """But for the group of the other guests, which they were not made for, and what the tenant lets guests do."""
    _, text = as_admin(tenant, "--json")
    told = json.loads(text)
    assert told["not_looked_at"] == [] and sorted(one["id"] for one in told["findings"]) == [
        "api-not-assigned", "guests-invite"], told
    assert tenant.ready["group_ids"]["SSH prod partners"] in next(
        one["what"] for one in told["findings"] if one["id"] == "api-not-assigned")


def test_what_exists_is_not_made_again(host, registered):
    """With the configuration of this host only policies are left to make, with its ids."""
    steps = document(run("guestpass", "scaffold", f"--config={ETC}/guestpass.conf", TIER).stdout)
    assert set(steps) == {"0", *(f"{number}{api}" for number in (10, 11, 12) for api in ("", "-elevation")), "13"}
    text = json.dumps(steps)
    assert registered.values["api appId"] in text and registered.values["elevation api appId"] in text
    assert set(steps["12"]["body"]["conditions"]["users"]["excludeGroups"]) >= {registered.values["group id"]}


def test_another_tier_beside_it(host, tenant, registered):
    """Reader and client are there: a second tier gets its own API, and the client learns to ask for it."""
    steps = document(run("guestpass", "scaffold", f"--config={ETC}/guestpass.conf",
                         f"--break-glass-group={BREAK_GLASS}", f"--approver={APPROVER}",
                         f"--connected-organization={FABRIKAM}", "attic").stdout)
    assert not {"2a", "3a", "3d", "5a", "6a"} & set(steps) and steps["2c"]["method"] == "PATCH"
    tenant.control("PATCH", "/registrations/reader", {"disabled": False})
    client = filled("/applications(appId='<client appId>')", registered.values)
    with contextlib.ExitStack() as after:
        after.callback(tenant.control, "PATCH", "/registrations/reader", {"disabled": True})
        token = admin_token(tenant, steps)
        held = Loader(tenant.ready["graph"], tenant.ready["ca_file"], token).call("GET", client).json()
        steps["2c"]["body"]["requiredResourceAccess"] += [
            one for one in held["requiredResourceAccess"] if one["resourceAppId"] != GRAPH_APP]
        loader = load(tenant, steps)
    answer = loader.http.post(f"{tenant.ready['login']}/{tenant.ready['tenant_id']}/oauth2/v2.0/devicecode", timeout=10,
                              data={"client_id": registered.values["client appId"],
                                    "scope": f"openid profile api://{loader.values['api appId']}/ssh.login"})
    assert answer.status_code == 200, answer.text
    with log_in(host, tenant, OLGA, "true") as t:   # the first tier goes on
        assert t.end() == 0
