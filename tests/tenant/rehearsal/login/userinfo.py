# SPDX-License-Identifier: Apache-2.0
"""The UserInfo endpoint: on the Graph host, for a person's access token for Graph (entra-facts 1.2)."""
import jwt
from aiohttp import web

from .registrations import GRAPH_APP_ID, GRAPH_PUBLIC

CHALLENGE = 'Bearer realm="", error="invalid_token"'
routes = web.RouteTableDef()


def _claims(world, header):
    """Claims of a live token for Graph, or None."""
    token = header.removeprefix("Bearer ").strip()
    try:
        kid = jwt.get_unverified_header(token).get("kid")
        key = next(one for one in world.keys.published() if one.kid == kid)
        found = jwt.decode(token, key.private.public_key(), algorithms=["RS256"], audience=[GRAPH_APP_ID, GRAPH_PUBLIC],
                           options={"verify_exp": False, "verify_nbf": False, "verify_iat": False})
    except (jwt.PyJWTError, StopIteration):
        return None
    return found if found["nbf"] <= world.clock.now() < found["exp"] and "scp" in found else None


@routes.get("/oidc/userinfo")
@routes.post("/oidc/userinfo")
async def userinfo(request):
    world = request.app["world"]
    found = _claims(world, request.headers.get("Authorization", ""))
    if found is None or "openid" not in found["scp"].split():
        return web.json_response({"error": {"code": "InvalidAuthenticationToken",
                                            "message": "Access token is not valid."}},
                                 status=401, headers={"WWW-Authenticate": CHALLENGE})
    out = {"sub": found["sub"]}
    user = world.users.get(found.get("oid"))
    if user is not None and "profile" in found["scp"].split():
        out.update({"name": user.props["displayName"], "given_name": user.props["givenName"],
                    "family_name": user.props["surname"], "picture": f"{world.graph}/v1.0/me/photo/$value"})
    if user is not None and "email" in found["scp"].split() and user.props["mail"]:
        out["email"] = user.props["mail"]
    return web.json_response({name: value for name, value in out.items() if value is not None})
