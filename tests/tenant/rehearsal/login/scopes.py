# SPDX-License-Identifier: Apache-2.0
"""What a `scope` parameter asks for: the sign-in scopes, and one resource with its values."""
from dataclasses import dataclass

from . import registrations
from .errors import LoginError
from .registrations import GRAPH_APP_ID, GRAPH_DELEGATED, GRAPH_PUBLIC

OIDC = ("openid", "profile", "email", "offline_access")


@dataclass
class Scopes:
    text: str
    oidc: list
    resource: str          # short name of the API's registration, or "graph"
    values: list
    spelled: list          # the resource scopes as they were written

    def __contains__(self, name):
        return name in self.oidc


def _split(world, client, one):
    """(resource, value) of one scope."""
    prefix, slash, value = one.rpartition("/")
    if not slash:
        if one not in GRAPH_DELEGATED and one != ".default":
            raise LoginError(650053, app=client["displayName"], scope=one, resource=GRAPH_APP_ID)
        return "graph", one
    resource = registrations.name_of_resource(world, prefix)
    if resource is None:
        raise LoginError(500011, resource=prefix or one, tenant=world.tenant["name"])
    if not value:
        raise LoginError(70011, scope=one)
    known = registrations.resource(world, resource)
    if known is client and prefix.lower() != client["appId"]:
        raise LoginError(90009, app_id=client["appId"], app=client["displayName"])
    if value != ".default" and value not in known["scopes"]:
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
        raise LoginError(28002 if world.switches.two_resources_code == 28002 else 70011, scope=text)
    if ".default" in values and len(values) > 1:
        raise LoginError(70011, scope=text)
    resource = resources.pop() if resources else "graph"
    registrations.check_resource(world, client, resource)
    if ".default" in values:
        registrations.check_list(world, client)
        known = registrations.resource(world, resource)["scopes"]
        have = registrations.granted(world, client, resource, None, world.switches.default_scope_preauthorized)
        values = [one for one in known if one in have]
    return Scopes(text, oidc, resource, values, spelled)


def consented(world, client, scopes, user=None):
    """Whether no consent is missing: granted or pre-authorised for the API, granted for the sign-in scopes."""
    wanted = set(scopes.oidc) | (set(scopes.values) if scopes.resource == "graph" else set())
    if not wanted <= registrations.granted(world, client, "graph", user):
        return False
    if scopes.resource == "graph":
        return True
    have = registrations.granted(world, client, scopes.resource, user)
    return bool(scopes.values) and set(scopes.values) <= have


def for_app(world, client, text):
    """The resource of a client-credentials request: exactly one, with /.default."""
    words = text.split()
    if not words:
        raise LoginError(900144, field="scope")
    if len(words) != 1:
        raise LoginError(70011, scope=text)
    if not text.endswith("/.default"):
        raise LoginError(1002012, scope=text)
    prefix = text[:-len("/.default")]
    resource = registrations.name_of_resource(world, prefix)
    if resource is None:
        raise LoginError(500011, resource=prefix, tenant=world.tenant["name"])
    if resource != "graph":
        registrations.check_resource(world, {**client, "requiredResourceAccess": None}, resource)
    return resource
