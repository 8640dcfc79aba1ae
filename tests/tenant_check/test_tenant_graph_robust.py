# SPDX-License-Identifier: Apache-2.0
"""Every endpoint of Graph with every kind of nonsense: an error of Graph's, never an accident of the tenant's."""
import json
import random

import pytest

from tenant_client import TENANT_DIR  # noqa: F401  it puts the tenant on the path

from rehearsal.graph import endpoints as graph_endpoints
from rehearsal.world.clock import Clock
from rehearsal.graph.api import Graph
from rehearsal.graph.call import ROUTES, Call, Caller
from rehearsal.graph.errors import GraphError
from rehearsal.graph.http import batch
from rehearsal.graph.permissions import TABLE, closure
from rehearsal.world.state import read
from rehearsal.world.world import World

SEED = 20260825
EVERYTHING = closure(name for row in TABLE.values() for part in row for one in part for name in one) | {
    "User.EnableDisableAccount.All", "CustomSecAttributeAssignment.ReadWrite.All", "Member.Read.Hidden",
    "AuditLog.Read.All"}
WORDS = ["", "x", "'", "''", "null", "a0000000-0001-4d00-8d00-00000000ada0", "67000000-0001-4e00-8e00-000000000001",
         "id",
         "id,mail", "mail eq 'x'", "id eq 'x' or id eq 'y'", "displayName:x", '"displayName:x"', "true", "latest",
         "999", "0", "-1",
         "1e9", "otherMails/any(x:x eq 'y')", "identities/any(i:i/issuer eq 'mail')", "(((", "not not not", "members",
         "\u0000",
         "displayName desc", "catalog", "target($select=id)", "groupId eq 'x'", "startsWith(mail,", "%27", "a" * 5000]
OPTIONS = ["$select", "$filter", "$top", "$orderby", "$search", "$count", "$expand", "$skiptoken", "$deltatoken",
           "$nonsense"]
MEMBERS = ["groupIds", "securityEnabledOnly", "ids", "types", "@odata.id", "displayName", "mailEnabled",
           "securityEnabled",
           "mailNickname", "accountEnabled", "otherMails", "requestType", "assignment", "target", "email", "id",
           "targetId",
           "assignmentPolicyId", "accessPackageId", "schedule", "invitedUserEmailAddress", "inviteRedirectUrl",
           "invitedUser",
           "signInIdentity", "signInContext", "requests", "onPremisesExtensionAttributes", "customSecurityAttributes"]


def value(chance, depth=0):
    kinds = [None, True, False, 0, -1, 1.5, chance.choice(WORDS), "adminAdd", "adminRemove"]
    if depth < 3:
        kinds += [[value(chance, depth + 1) for _ in range(chance.randrange(3))],
                  {chance.choice(MEMBERS): value(chance, depth + 1) for _ in range(chance.randrange(4))}]
    return chance.choice(kinds)


def paths(chance):
    """A path that fits each pattern, with nonsense or an id in its gaps."""
    for first in sorted(ROUTES):
        for method, pattern, _ in ROUTES[first]:
            text = pattern.pattern[1:-1].replace("\\", "")
            while "([^/]+)" in text:
                text = text.replace("([^/]+)", chance.choice([one for one in WORDS if one and "/" not in one][:6])
                                    or "x", 1)
            yield method, text


@pytest.mark.covers("graph.robust")
def test_nonsense_is_answered_by_errors_of_graph():
    world = World(read(str(TENANT_DIR / "data" / "contoso.json")), Clock(), "https://login.example",
                  "https://graph.example")
    graph, chance, answered = Graph(world), random.Random(SEED), 0
    graph.throttle.limits.update(units=10 ** 9, **{name: [10 ** 9, 1]
                                                   for name in ("logs", "conditional_access", "invitations", "writes")})
    callers = [Caller("app", EVERYTHING), Caller("app", EVERYTHING, "a0000000-0001-4d00-8d00-00000000ada0"),
               Caller("app", frozenset())]
    for _ in range(60):
        for method, path in paths(chance):
            query = {chance.choice(OPTIONS): chance.choice(WORDS) for _ in range(chance.randrange(4))}
            headers = chance.choice([{}, {"consistencylevel": "eventual"}, {"prefer": "return=minimal"}])
            call = Call(method, path, query, headers, value(chance), chance.choice(callers))
            try:
                status, body = graph.answer(call)
            except GraphError as wrong:
                status, body = wrong.status, wrong.message
            assert 200 <= status < 600 and (status == 204 or json.dumps(body)), (method, path, query, call.body)
            answered += status < 300
        if not world.users or len(world.groups) > 400:
            world.reset()
    assert answered > 500


@pytest.mark.covers("graph.robust")
def test_batches_of_nonsense():
    world = World(read(str(TENANT_DIR / "data" / "contoso.json")), Clock(), "https://login.example",
                  "https://graph.example")
    graph, chance, done = Graph(world), random.Random(SEED), 0
    for _ in range(3000):
        requests = [{"id": chance.choice(["1", "2", value(chance)]),
                     "method": chance.choice(["GET", "POST", value(chance)]),
                     "url": chance.choice(["/users", "users?$top=x", "//", "https://x/y", value(chance)]),
                     chance.choice(["headers", "dependsOn", "body", "other"]): value(chance)}
                     for _ in range(chance.randrange(4))]
        try:
            done += bool(batch(world, graph, chance.choice([{"requests": requests}, value(chance)]),
                               Caller("a", EVERYTHING), ("a", "b"), []))
        except GraphError as wrong:
            assert wrong.status == 400
    assert done > 20
