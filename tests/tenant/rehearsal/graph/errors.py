# SPDX-License-Identifier: Apache-2.0
"""Graph's errors (entra-facts 7.8): what is raised anywhere below an endpoint, and the body it becomes."""

DENIED_TEXT = "Insufficient privileges to complete the operation."


class GraphError(Exception):
    def __init__(self, status, code, message, headers=None):
        super().__init__(message)
        self.status, self.code, self.message, self.headers = status, code, message, headers or {}


def bad_request(message, code="Request_BadRequest"):
    return GraphError(400, code, message)


def unsupported(message="Unsupported Query."):
    """For an advanced query without its header and $count, and for what no header would help."""
    return GraphError(400, "Request_UnsupportedQuery", message)


def denied(message=DENIED_TEXT):
    return GraphError(403, "Authorization_RequestDenied", message)


def missing(ref):
    return GraphError(404, "Request_ResourceNotFound", f"Resource '{ref[:80]}' does not exist or one of its queried "
                      "reference-property objects are not present.")


def no_property(name, kind):
    return bad_request(f"Could not find a property named '{name[:60]}' on type 'microsoft.graph.{kind}'.")


def body(world, wrong, request_id, client_id):
    """The JSON of an error; the spelling and the place of the code differ between services of Graph."""
    switches = world.switches
    inner = {"date": world.clock.iso()[:-1], "request-id": request_id, "client-request-id": client_id}
    code = wrong.code
    if switches.graph_error_code == "nested":
        inner = {"code": code, **inner}
        code = {400: "BadRequest", 401: "unauthenticated", 403: "accessDenied", 404: "itemNotFound"}.get(
            wrong.status, "generalException")
    elif switches.graph_error_code == "empty":
        code = ""
    return {"error": {"code": code, "message": wrong.message, switches.graph_inner_error: inner}}
