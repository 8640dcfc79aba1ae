# SPDX-License-Identifier: Apache-2.0
"""What a `scope` parameter asks for: the sign-in scopes, and one resource with its values."""
from dataclasses import dataclass

from .errors import LoginError

OIDC = ("openid", "profile", "email", "offline_access")
GRAPH_APP_ID = "00000003-0000-0000-c000-000000000000"
GRAPH_PUBLIC = "https://graph.microsoft.com"
GRAPH_DELEGATED = ("User.Read", "User.Read.All", "GroupMember.Read.All", "Directory.Read.All", "User.ReadBasic.All")


@dataclass
class Scopes:
    text: str
    oidc: list
    resource: str          # "api" or "graph"
    values: list
    spelled: list          # the resource scopes as they were written

    def __contains__(self, name):
        return name in self.oidc


def _resource_of(world, prefix):
    """("api"|"graph", registration or None) behind an identifier URI or an app id; None if unknown."""
    api = world.registrations["api"]
    if prefix in api["identifierUris"] or prefix.lower() == api["appId"]:
        return "api"
    if prefix in (GRAPH_PUBLIC, world.graph, GRAPH_APP_ID):
        return "graph"
    return None


def _split(world, client, one):
    """(resource, value) of one scope."""
    prefix, slash, value = one.rpartition("/")
    if not slash:
        if one not in GRAPH_DELEGATED and one != ".default":
            raise LoginError(650053, app=client["displayName"], scope=one, resource=GRAPH_APP_ID)
        return "graph", one
    resource = _resource_of(world, prefix)
    if resource is None:
        raise LoginError(500011, resource=prefix or one, tenant=world.tenant["name"])
    known = world.registrations["api"]["scopes"] if resource == "api" else GRAPH_DELEGATED
    if not value:
        raise LoginError(70011, scope=one)
    if value != ".default" and value not in known:
        raise LoginError(650053, app=client["displayName"], scope=value, resource=prefix)
    return resource, value


def for_user(world, client, text):
    """Scopes of a delegated request; LoginError if they cannot be had."""
    words = text.split()
    if not words:
        raise LoginError(900144, field="scope")
    oidc = [word for word in words if word in OIDC]
    spelled = [word for word in words if word not in OIDC]
    pairs = [_split(world, client, word) for word in spelled]
    resources = {resource for resource, _ in pairs}
    values = [value for _, value in pairs]
    if len(resources) > 1:
        raise LoginError(28002)
    if ".default" in values and len(values) > 1:
        raise LoginError(70011, scope=text)
    resource = resources.pop() if resources else "graph"
    api = world.registrations["api"]
    if resource == "api":
        if api.get("disabled"):
            raise LoginError(500014, resource=api["displayName"])
        if ".default" in values:
            values = list(api["scopes"])
    return Scopes(text, oidc, resource, values, spelled)


def consented(world, client, scopes):
    """Whether no consent is missing: pre-authorised for the API, tenant-wide grant for the rest."""
    grants = client.get("grants", [])
    if scopes.resource == "api" and client["appId"] not in world.registrations["api"]["preAuthorizedApplications"]:
        if not all(f"api:{value}" in grants for value in scopes.values):
            return False
    wanted = list(scopes.oidc) + (scopes.values if scopes.resource == "graph" else [])
    return all(one in grants for one in wanted)


def for_app(world, text):
    """The resource of a client-credentials request: exactly one, with /.default."""
    words = text.split()
    if not words:
        raise LoginError(900144, field="scope")
    if len(words) != 1:
        raise LoginError(70011, scope=text)
    if not text.endswith("/.default"):
        raise LoginError(1002012, scope=text)
    resource = _resource_of(world, text[:-len("/.default")])
    if resource is None:
        raise LoginError(500011, resource=text[:-len("/.default")], tenant=world.tenant["name"])
    return resource
