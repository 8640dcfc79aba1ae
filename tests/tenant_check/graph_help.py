# SPDX-License-Identifier: Apache-2.0
"""What the tests of Graph share: names of the data, short ways to ask, and the check of an error's whole body."""
import uuid

ACCESS = "67000000-0001-4e00-8e00-000000000001"
NESTED = "67000000-0002-4e00-8e00-000000000002"
OTHER = "67000000-0003-4e00-8e00-000000000003"
ADA, GRACE, LINUS = "ada@fabrikam.example", "grace@fabrikam.example", "linus@northwind.example"
EVENTUAL = {"ConsistencyLevel": "eventual"}
COUNT = {"$count": "true"}
CAST = f"/groups/{ACCESS}/transitiveMembers/microsoft.graph.user"


def check_graph_error(answer, status, code):
    body = answer.json()
    assert answer.status_code == status, body
    assert body["error"]["code"] == code and body["error"]["message"]
    assert uuid.UUID(body["error"]["innerError"]["request-id"]) and answer.headers["request-id"]
    return body["error"]


def grant(tenant, *roles):
    """The reader's permissions from now on; the header with a token that has them."""
    tenant.control("PATCH", "/registrations/reader", {"roles": list(roles)})
    return tenant.bearer()


def other_app(tenant, *roles):
    """The header with a token of another application that may ask Graph."""
    tenant.control("PATCH", "/registrations/api", {"secrets": ["another-secret"], "roles": list(roles)})
    answer = tenant.app(client_id=tenant.ready["api_id"], client_secret="another-secret")
    return {"Authorization": "Bearer " + answer.json()["access_token"]}


def rest_of(tenant, answer, headers):
    """All values of a listing, page by page."""
    out, pages = [], 0
    while True:
        body = answer.json()
        assert answer.status_code == 200, body
        out, pages = out + body["value"], pages + 1
        if "@odata.nextLink" not in body:
            return out, pages
        assert body["@odata.nextLink"].startswith(tenant.graph + "/v1.0/")
        answer = tenant.get(body["@odata.nextLink"], headers)


def call(tenant, method, path, headers, body=None, **query):
    return tenant.http.request(method, f"{tenant.graph}/v1.0{path}", json=body, params=query, headers=headers,
                               timeout=10)


def mails(answer):
    assert answer.status_code == 200, answer.text
    return [one["mail"] for one in answer.json()["value"]]


def ids(answer):
    assert answer.status_code == 200, answer.text
    return [one["id"] for one in answer.json()["value"]]


def later(tenant, seconds):
    """Move the tenant's clock on."""
    now = tenant.control("GET", "/clock")["offset"]
    tenant.control("PUT", "/clock", {"offset": now + seconds})
