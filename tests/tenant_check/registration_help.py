# SPDX-License-Identifier: Apache-2.0
"""A tier's registrations as an administrator makes them by Graph, step by step."""
import base64
import uuid

from graph_help import call, grant

GRAPH = "00000003-0000-0000-c000-000000000000"
OPENID, PROFILE = "37f7f235-527c-4136-accd-4a02d197296e", "14dad69e-099b-42c9-810b-d002981feec1"
USER_READ, MEMBER_READ = "df021288-bdef-4463-88db-98f22de89214", "98830695-27a2-44f7-8c18-0c3ebc9698f6"
DEFAULT = "00000000-0000-0000-0000-000000000000"
RIGHTS = ("Application.ReadWrite.All", "AppRoleAssignment.ReadWrite.All", "DelegatedPermissionGrant.ReadWrite.All",
          "Directory.Read.All", "Group.ReadWrite.All", "EntitlementManagement.ReadWrite.All")
SCOPE = str(uuid.uuid5(uuid.NAMESPACE_DNS, "scope"))


class Admin:
    """Calls of Graph with every right that registering takes."""

    def __init__(self, tenant, *rights):
        self.tenant, self.headers = tenant, grant(tenant, *(rights or RIGHTS))

    def ask(self, method, path, body=None, status=None):
        answer = call(self.tenant, method, path, self.headers, body)
        wanted = status or {"POST": 201, "PATCH": 204, "GET": 200}[method]
        assert answer.status_code == wanted, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def post(self, path, body, status=201):
        return self.ask("POST", path, body, status)

    def refused(self, path, body, status=400, method="POST"):
        return self.ask(method, path, body, status)["error"]


def api(scope=SCOPE, **more):
    return {"displayName": "SSH prod hosts", "signInAudience": "AzureADMyOrg", "api": {
        "requestedAccessTokenVersion": 2, "oauth2PermissionScopes": [
            {"id": scope, "value": "ssh.login", "type": "Admin", "isEnabled": True,
             "adminConsentDisplayName": "Sign in", "adminConsentDescription": "Sign in",
             "userConsentDisplayName": "Sign in", "userConsentDescription": "Sign in"}]},
            "optionalClaims": {"idToken": [], "saml2Token": [], "accessToken": [
                {"name": "acct", "essential": False, "source": None, "additionalProperties": []},
                {"name": "auth_time", "essential": False},
                {"name": "idtyp", "essential": False, "additionalProperties": ["include_user_token"]}]}, **more}


def client(api_id, **more):
    return {"displayName": "Example Corp SSH", "signInAudience": "AzureADMyOrg", "isFallbackPublicClient": True,
            "publicClient": {"redirectUris": []}, "requiredResourceAccess": [
                {"resourceAppId": GRAPH, "resourceAccess": [{"id": OPENID, "type": "Scope"},
                                                            {"id": PROFILE, "type": "Scope"}]},
                {"resourceAppId": api_id, "resourceAccess": [{"id": SCOPE, "type": "Scope"}]}], **more}


def reader(der):
    return {"displayName": "guestpass reader", "signInAudience": "AzureADMyOrg", "keyCredentials": [
        {"type": "AsymmetricX509Cert", "usage": "Verify", "displayName": "fleet",
         "key": base64.b64encode(der).decode()}]}


def preauthorized(api_id, client_id, scope=SCOPE, name="delegatedPermissionIds"):
    return {"identifierUris": [f"api://{api_id}"],
            "api": {"preAuthorizedApplications": [{"appId": client_id, name: [scope]}]}}


def principal(app_id, required=False):
    return {"appId": app_id, "accountEnabled": True, "appRoleAssignmentRequired": required, "tags": ["HideApp"]}


def assignment(who, resource, role=DEFAULT):
    return {"principalId": who, "resourceId": resource, "appRoleId": role}


def consent(client_sp, resource_sp, scope, **more):
    return {"clientId": client_sp, "consentType": "AllPrincipals", "principalId": None, "resourceId": resource_sp,
            "scope": scope, **more}
